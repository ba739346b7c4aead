"""A registry in this process, over real sockets: repositories, a family and mischief in -> what a registry sends out.

What it says is the simulated registry's (``bot/demo/registry``); the ports and the TLS are its own.
"""

import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from aiohttp import web

from bot.demo.registry.content import Repository
from bot.demo.registry.families import OPEN, Family
from bot.demo.registry.registry import Registry, Seen
from bot.demo.registry.server import seen_in, sent


class RegistryServer(Registry):
    """One registry on a loopback port. Use it as an async context manager.

    Args:
        repositories: by name.
        family: how it lets one in and refuses one.
        users: name -> password.
        tls: speak HTTPS with this.
        name: what it calls itself in its challenge.
        token_elsewhere: the token service has a port of its own.

    Attributes:
        port: where it listens, once it does.
        token_port: and its token service.
    """

    def __init__(
        self,
        repositories: Mapping[str, Repository] | None = None,
        family: Family = OPEN,
        *,
        users: Mapping[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
        name: str = "127.0.0.1",
        token_elsewhere: bool = False,
    ) -> None:
        super().__init__(repositories, family, users=users)
        self._tls = tls
        self._name = name
        self._token_elsewhere = token_elsewhere
        self._runner: web.ServerRunner | None = None
        self.port = 0
        self.token_port = 0

    async def __aenter__(self) -> Self:
        self._runner = web.ServerRunner(web.Server(self._serve), shutdown_timeout=0)
        await self._runner.setup()
        for _ in range(2 if self._token_elsewhere else 1):
            await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._tls).start()
        ports = [address[1] for address in self._runner.addresses]
        self.port, self.token_port = ports[0], ports[-1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def host(self) -> str:
        """As an image names it."""
        return f"{self._name}:{self.port}"

    @property
    def token_host(self) -> str:
        """Of the token service."""
        return f"{self._name}:{self.token_port}"

    @property
    def lines(self) -> list[str]:
        """The requests in short: ``GET /v2/ Basic``."""
        return [
            f"{each.method} {each.path} {each.authorization.partition(' ')[0]}".rstrip()
            for each in self.requests
        ]

    def heard(self, text: str) -> bool:
        """Whether this text reached it, in whatever header."""
        return any(text in each.text for each in self.requests)

    @property
    def scheme(self) -> str:
        """What it speaks."""
        return "https" if self._tls else "http"

    def _for_images(self, seen: Seen) -> bool:
        return seen.port == self.port

    def _for_tokens(self, seen: Seen) -> bool:
        return seen.port == self.token_port

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        return sent(self.answer(seen_in(request)))
