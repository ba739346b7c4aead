"""A node's way to the world, cut in every place."""

from datetime import UTC, datetime

import pytest

from bot.demo.nodes.network import ANY, Certificate, Cut, Line, Outlook, Site, State, Unheard
from bot.demo.registry.families import DISTRIBUTION
from bot.demo.registry.registry import Registry
from bot.demo.registry.server import SimulatedRegistries


NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
HOST = "registry.example"


@pytest.mark.parametrize(
    ("site", "outlook", "cut", "text"),
    [
        (None, Outlook(), Cut.NAME, "no such host"),
        (Site("1.2.3.4"), Outlook(unknown=frozenset({HOST})), Cut.NAME, "no such host"),
        (Site("1.2.3.4"), Outlook(unanswered=frozenset({ANY})), Cut.NAME, "i/o timeout"),
        (Site("1.2.3.4"), Outlook(walled=frozenset({ANY})), Cut.DIAL, "dial tcp 1.2.3.4:443: i/o timeout"),
        (Site("1.2.3.4"), Outlook(proxy="5.6.7.8:1"), Cut.REFUSED, "proxyconnect tcp"),
        (Site("1.2.3.4", state=State.SILENT), Outlook(), Cut.DIAL, "i/o timeout"),
        (Site("1.2.3.4", state=State.REFUSES), Outlook(), Cut.REFUSED, "connection refused"),
        (Site("1.2.3.4", state=State.HANGS), Outlook(), Cut.ANSWER, "awaiting response headers"),
        (
            Site("1.2.3.4", Certificate.EXPIRED),
            Outlook(),
            Cut.CERTIFICATE,
            "current time 2026-11-22T09:00:00Z",
        ),
        (Site("1.2.3.4", Certificate.UNKNOWN), Outlook(), Cut.CERTIFICATE, "unknown authority"),
        (Site("1.2.3.4", Certificate.NONE), Outlook(), Cut.PLAIN, "HTTP response to HTTPS client"),
    ],
)
async def test_what_cannot_be_reached_says_so(
    site: Site | None, outlook: Outlook, cut: Cut, text: str
) -> None:
    """In Go's words, and without asking anybody."""
    sites = {HOST: site} if site else {}
    async with Line("http://127.0.0.1:9", sites, outlook, lambda: NOW) as line:
        with pytest.raises(Unheard) as unheard:
            await line.send("GET", f"https://{HOST}/v2/", {})
    assert unheard.value.cut is cut
    assert text in unheard.value.text


async def test_what_can_be_reached_is_asked() -> None:
    """Under its own name; an authority that the node was taught is trusted."""
    registry = Registry({}, DISTRIBUTION, host=f"{HOST}:5000")
    sites = {HOST: Site("1.2.3.4", Certificate.UNKNOWN)}
    outlook = Outlook(trusted=frozenset({HOST}))
    async with (
        SimulatedRegistries([registry]) as served,
        Line(served.url, sites, outlook, lambda: NOW) as line,
    ):
        heard = await line.send("GET", f"https://{HOST}:5000/v2/?a=b", {"X": "y"})
    assert heard.status == 200
    assert (registry.requests[0].path, registry.requests[0].headers["x"]) == ("/v2/?a=b", "y")
