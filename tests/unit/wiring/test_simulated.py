"""A wire into a simulated world."""

from datetime import UTC, datetime

import pytest

from bot.demo.nodes.network import ANY, Certificate, Line, Outlook, Site, State
from bot.demo.registry.content import Repository, single
from bot.demo.registry.families import DISTRIBUTION
from bot.demo.registry.registry import Registry
from bot.demo.registry.server import SimulatedRegistries
from bot.facts.testimony import Fault, Step
from bot.registry.wire import Ask, Failed, Reply
from bot.wiring.simulated import SimulatedWire


HOST = "registry.example"


async def _sent(site: Site | None, *, outlook: Outlook | None = None, most: int = 10_000) -> Reply | Failed:
    registry = Registry({"web": Repository({"1": single()})}, DISTRIBUTION, host=HOST)
    sites = {HOST: site} if site else {}
    async with (
        SimulatedRegistries([registry]) as served,
        Line(served.url, sites, outlook or Outlook(), lambda: datetime(2026, 11, 22, tzinfo=UTC)) as line,
    ):
        url = f"https://{HOST}/v2/web/manifests/1"
        ask = Ask("GET", url, HOST, Step.MANIFEST, scheme="Basic", secret="x", accept="*/*", most=most)
        answer = await SimulatedWire(line).send(ask)
        if registry.requests:
            assert registry.requests[0].authorization == "Basic x"
        return answer


async def test_wire_brings_answers_back() -> None:
    """With whatever was sent along; what is too large is not read."""
    answer = await _sent(Site("203.0.113.1"))
    assert isinstance(answer, Reply)
    assert answer.status == 200
    assert await _sent(Site("203.0.113.1"), most=3) == Failed(Fault.TOO_LARGE)


@pytest.mark.parametrize(
    ("site", "fault"),
    [
        (None, Fault.DNS_NXDOMAIN),
        (Site("1.2.3.4", state=State.REFUSES), Fault.CONNECT_REFUSED),
        (Site("1.2.3.4", state=State.SILENT), Fault.CONNECT_TIMEOUT),
        (Site("1.2.3.4", state=State.HANGS), Fault.RESPONSE_TIMEOUT),
        (Site("1.2.3.4", Certificate.EXPIRED), Fault.TLS_CERTIFICATE_EXPIRED),
        (Site("1.2.3.4", Certificate.UNKNOWN), Fault.TLS_UNKNOWN_AUTHORITY),
        (Site("1.2.3.4", Certificate.NONE), Fault.TLS_PLAIN_HTTP),
    ],
)
async def test_wire_names_what_kept_it(site: Site | None, fault: Fault) -> None:
    """As the live one would."""
    assert await _sent(site) == Failed(fault)


async def test_wire_hears_no_nameserver() -> None:
    """Where there is none."""
    outlook = Outlook(unanswered=frozenset({ANY}))
    assert await _sent(Site("1.2.3.4"), outlook=outlook) == Failed(Fault.DNS_NO_ANSWER)
