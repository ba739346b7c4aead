"""The look from a simulated node: its way to the world, a host and a port in -> the statement that the real one leaves behind out.

It does not go through the proxy that the runtime has: neither does the real one.
"""

import json
from typing import Any

from bot.demo.nodes.network import Cut, Heard, Line, Unheard


_CONNECTED = frozenset({Cut.CERTIFICATE, Cut.PLAIN, Cut.ANSWER})
_FAULTS = {Cut.DIAL: "connect-timeout", Cut.REFUSED: "connect-refused", Cut.PLAIN: "tls-plain-http"}


async def look(line: Line, host: str, port: int) -> str:
    """What is seen from there, as JSON."""
    told: dict[str, Any] = {"version": 1, "host": host, "port": port, "addresses": [], "connects": []}
    place = host if port == 443 else f"{host}:{port}"
    try:
        heard: Heard | Unheard = await line.send("GET", f"https://{place}/v2/", {}, direct=True)
    except Unheard as unheard:
        heard = unheard
    if isinstance(heard, Unheard) and heard.cut is Cut.NAME:
        fault = "dns-nxdomain" if "no such host" in heard.text else "dns-no-answer"
        return json.dumps({**told, "resolve": fault})
    address = line.address(host)
    met = isinstance(heard, Heard) or heard.cut in _CONNECTED
    fault = "" if isinstance(heard, Heard) or met else _FAULTS[heard.cut]
    told |= {"resolve": "", "addresses": [address], "connects": [{"address": address, "fault": fault}]}
    return json.dumps({**told, **(_answered(heard) if met else {})})


def _answered(heard: Heard | Unheard) -> dict[str, Any]:
    """What TLS and HTTP came to."""
    if isinstance(heard, Heard):
        marks = "docker-distribution-api-version" in heard.headers or "www-authenticate" in heard.headers
        http = {"fault": "", "status": heard.status, "registry": marks}
        return {"tls": {"fault": "", "issuer": "Simulated CA"}, "http": http}
    if heard.cut is Cut.ANSWER:
        return {
            "tls": {"fault": "", "issuer": "Simulated CA"},
            "http": {"fault": "response-timeout", "status": 0, "registry": False},
        }
    if heard.cut is Cut.PLAIN:
        return {"tls": {"fault": "tls-plain-http"}}
    expired = "expired" in heard.text
    return {"tls": {"fault": "tls-certificate-expired" if expired else "tls-unknown-authority"}}
