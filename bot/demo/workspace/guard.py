"""Who may see the page: a request in -> let in, or 403.

Whoever opens the printed address has its token; the cookie it sets, the host they name and the site they come from
are looked at each time, so that no other page in the same browser and no name that leads to loopback gets in.
"""

import hmac
import secrets
from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import urlsplit

from aiohttp import web


Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
# https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class Guard:
    """The key to the page of one workspace.

    Attributes:
        token: what the printed address carries.
    """

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(24)
        self._cookie = secrets.token_urlsafe(24)

    def protects(self, answer: Answer) -> Answer:
        """An answer that only who has the key gets."""
        return partial(self._answer, answer)

    async def _answer(self, answer: Answer, request: web.Request) -> web.StreamResponse:
        if not (self.is_near(request) and self.knows(request)):
            return refused()
        return await answer(request)

    async def enter(self, request: web.Request) -> web.StreamResponse:
        """Give the cookie to who has the token, and send them on without it."""
        given = request.query.get("token", "")
        if not self.is_near(request) or not hmac.compare_digest(given.encode(), self.token.encode()):
            return refused()
        response = web.Response(status=303, headers={"Location": "/", **HEADERS})
        response.set_cookie(_name(request), self._cookie, httponly=True, samesite="Strict", path="/")
        return response

    def is_near(self, request: web.Request) -> bool:
        """Whether the request was made to loopback, by name, too, and by no other site."""
        port = request.transport.get_extra_info("sockname")[1] if request.transport else 0
        ours = {f"{host}:{port}" for host in _LOOPBACK}
        if request.headers.get("Host", "") not in ours:
            return False
        origin = request.headers.get("Origin")
        return origin is None or (
            urlsplit(origin).scheme == "http" and urlsplit(origin).netloc == request.headers["Host"]
        )

    def knows(self, request: web.Request) -> bool:
        """Whether the request has the cookie."""
        given = request.cookies.get(_name(request), "")
        return hmac.compare_digest(given.encode(), self._cookie.encode())


def refused() -> web.Response:
    """To whom nothing is said."""
    return web.Response(status=403, text="forbidden\n", headers=HEADERS)


def _name(request: web.Request) -> str:
    """Cookies do not know ports: each workspace has a name of its own."""
    return "workspace-" + request.headers.get("Host", "").rpartition(":")[2]
