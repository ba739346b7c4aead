"""The look from a simulated node says what the real one says, in the same shape."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from bot.cluster import testifying
from bot.demo.nodes import witnessing
from bot.demo.nodes.network import Certificate, Heard, Line, Outlook, Site, State, Unheard
from bot.facts.testimony import Fault


HOST = "registry.acme.example"
MARKED = {"www-authenticate": 'Bearer realm="x"'}


class Road(Line):
    """A way on which whatever is reached answers this."""

    def __init__(self, site: Site, outlook: Outlook, answer: Heard) -> None:
        super().__init__("http://127.0.0.1", {HOST: site}, outlook, lambda: datetime(2026, 1, 1, tzinfo=UTC))
        self.answer = answer

    async def send(self, method: str, url: str, headers: Mapping[str, str], *, direct: bool = False) -> Heard:
        """Only whether one gets there is tried."""
        assert (method, url, headers) == ("GET", f"https://{HOST}/v2/", {})
        self._connected(HOST, 443, "" if direct else self.outlook.proxy)
        return self.answer


@pytest.mark.parametrize(
    ("site", "outlook", "told"),
    [
        ({}, {}, (None, [None], None, 401, True)),
        ({}, {"unknown": frozenset({HOST})}, (Fault.DNS_NXDOMAIN, [], None, 0, False)),
        ({}, {"unanswered": frozenset({HOST})}, (Fault.DNS_NO_ANSWER, [], None, 0, False)),
        ({}, {"walled": frozenset({HOST})}, (None, [Fault.CONNECT_TIMEOUT], None, 0, False)),
        ({"state": State.REFUSES}, {}, (None, [Fault.CONNECT_REFUSED], None, 0, False)),
        ({"certificate": Certificate.NONE}, {}, (None, [None], Fault.TLS_PLAIN_HTTP, 0, False)),
        ({"certificate": Certificate.EXPIRED}, {}, (None, [None], Fault.TLS_CERTIFICATE_EXPIRED, 0, False)),
        ({"certificate": Certificate.UNKNOWN}, {}, (None, [None], Fault.TLS_UNKNOWN_AUTHORITY, 0, False)),
        ({"state": State.HANGS}, {}, (None, [None], None, 0, False)),
        ({}, {"proxy": "192.0.2.250:3128"}, (None, [None], None, 401, True)),
    ],
)
async def test_look_tells_where_the_road_ends(
    site: dict[str, object], outlook: dict[str, object], told: tuple[object, ...]
) -> None:
    """Past the proxy, which is the runtime's; and what it says is read as the real one's is."""
    line = Road(Site("203.0.113.7", **site), Outlook(**outlook), Heard(401, MARKED, b""))  # type: ignore[arg-type]  # fields by name
    seen = testifying.seen(await witnessing.look(line, HOST, 443))
    assert seen is not None
    faults = [each.fault for each in seen.connections]
    assert (seen.resolve, faults, seen.tls, seen.status, seen.registry) == told


async def test_look_knows_a_login_page() -> None:
    """It bears no mark of a registry."""
    line = Road(Site("203.0.113.7"), Outlook(), Heard(200, {"content-type": "text/html"}, b"<html>"))
    seen = testifying.seen(await witnessing.look(line, HOST, 443))
    assert seen is not None
    assert (seen.status, seen.registry) == (200, False)


async def test_runtime_goes_through_the_proxy_all_the_same() -> None:
    """Only the look does not."""
    line = Road(Site("203.0.113.7"), Outlook(proxy="192.0.2.250:3128"), Heard(200, {}, b""))
    with pytest.raises(Unheard, match="proxyconnect"):
        await line.send("GET", f"https://{HOST}/v2/", {})
