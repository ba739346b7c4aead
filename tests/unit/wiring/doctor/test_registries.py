"""Registries are asked once for nothing, and what keeps them from answering is told."""

from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.facts.finding import State
from bot.facts.testimony import Fault
from bot.registry.permits import Permit, Permits, Probe, Proxy
from bot.registry.wire import Failed, Reply
from bot.settings import Registry
from bot.wiring.doctor import registries
from tests.surroundings import HOST, Wire


PERMIT = Permit(HOST, Probe.ANONYMOUS)


@pytest.mark.parametrize(
    ("ended", "state"),
    [
        (Reply(200), State.OK),
        (Reply(401), State.OK),
        (Reply(429), State.WARNING),
        (Reply(404), State.WRONG),
        (Reply(503), State.WRONG),
        (Failed(Fault.DNS_NXDOMAIN), State.WRONG),
        (Failed(Fault.PROXY_FAILED, "the proxy http://p.example:1: connect refused"), State.WRONG),
        (
            Failed(Fault.UNSAFE_ADDRESS, "private address", "registries.x.addresses in the settings"),
            State.WRONG,
        ),
    ],
)
def test_judged_tells_how_it_ended(ended: Reply | Failed, state: State) -> None:
    """What is wrong has something that mends it."""
    found = registries.judged("registries.x", PERMIT, ended)
    assert found.state is state
    assert bool(found.remedy) == (state is not State.OK)


async def _found(said: Registry, rules: Permits) -> list[tuple[str, State]]:
    return [(each.key, each.state) async for each in registries.look(HOST, said, rules, Wire().dialled)]


async def test_look_asks_nobody_who_may_not_be_asked() -> None:
    """That is no fault, and not known either."""
    assert await _found(Registry(), Permits()) == [(f"registries.{HOST}.probe", State.UNCHECKED)]


async def test_look_names_certificates_that_cannot_be_read(tmp_path: Path) -> None:
    """The key says which."""
    said = Registry.model_validate({"probe": "anonymous", "ca_file": tmp_path / "none.pem"})
    found = await _found(said, Permits({HOST: PERMIT}))
    assert found == [(f"registries.{HOST}.ca_file", State.WRONG)]


async def test_look_finds_a_budget_too_small_for_one_diagnosis() -> None:
    """It would end in the middle of every one."""
    said = Registry.model_validate({"probe": "anonymous", "budget": "2/h"})
    found = await _found(said, Permits({HOST: PERMIT}))
    assert found == [(f"registries.{HOST}.budget", State.WARNING), (f"registries.{HOST}", State.OK)]


async def test_look_says_through_which_proxy_a_registry_answers() -> None:
    """Whoever reads it sees that the proxy lets it through."""
    rules = Permits({HOST: Permit(HOST, proxy=Proxy("p.example", 3128, authorization="canary"))})
    said = Registry.model_validate({"probe": "anonymous", "proxy": "http://p.example:3128"})
    (found,) = [each async for each in registries.look(HOST, said, rules, Wire().dialled)]
    assert found.state is State.OK
    assert "through http://p.example:3128" in found.says
    assert "canary" not in repr(found)


async def test_without_tells_why_nobody_can_be_asked() -> None:
    """As the settings said it."""
    (found,) = [each async for each in registries.without(SettingsError("no user", "write one"))]
    assert (found.key, found.state, found.says, found.remedy) == (
        "registries.proxy",
        State.WRONG,
        "no user",
        "write one",
    )
