"""Who asks the registries of a simulated world: its way to them in -> a wire, from a place outside the nodes' faults, out.

The names of registries are the real ones, so no resolver may be asked for them; everything else is HTTP as ever.
"""

from bot.demo.nodes.network import Cut, Line, Unheard
from bot.facts.testimony import Fault
from bot.registry.wire import Ask, Failed, Reply


_FAULTS = {
    Cut.DIAL: Fault.CONNECT_TIMEOUT,
    Cut.REFUSED: Fault.CONNECT_REFUSED,
    Cut.PLAIN: Fault.TLS_PLAIN_HTTP,
    Cut.ANSWER: Fault.RESPONSE_TIMEOUT,
}


class SimulatedWire:
    """A wire into a simulated world.

    Args:
        line: the way there; entered for as long as the wire is used.
    """

    def __init__(self, line: Line) -> None:
        self._line = line

    async def send(self, ask: Ask) -> Reply | Failed:
        """Put a question."""
        headers = {"Accept": ask.accept} if ask.accept else {}
        if ask.scheme:
            headers["Authorization"] = f"{ask.scheme} {ask.secret}"
        try:
            heard = await self._line.send(ask.method, ask.url, headers)
        except Unheard as unheard:
            return Failed(_fault(unheard))
        if len(heard.body) > ask.most:
            return Failed(Fault.TOO_LARGE)
        return Reply(heard.status, heard.headers, heard.body)


def _fault(unheard: Unheard) -> Fault:
    if unheard.cut is Cut.NAME:
        return Fault.DNS_NXDOMAIN if unheard.text.endswith("no such host") else Fault.DNS_NO_ANSWER
    if unheard.cut is Cut.CERTIFICATE:
        expired = "expired" in unheard.text
        return Fault.TLS_CERTIFICATE_EXPIRED if expired else Fault.TLS_UNKNOWN_AUTHORITY
    return _FAULTS[unheard.cut]
