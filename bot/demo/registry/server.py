"""Many registries behind one loopback port: a request's Host header in -> that registry's answer out.

Names of real registries mean nothing to a resolver here; who asks connects to the port and names the host.
"""

import json
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from aiohttp import web

from bot.demo.registry.families import Said
from bot.demo.registry.registry import Registry, Seen


_TEXT, _JSON = "text/html; charset=utf-8", "application/json"


class SimulatedRegistries:
    """The registries of a simulated world. Use it as an async context manager.

    Args:
        registries: each under its own host; a token service under its own, too.
        further: host -> registry, for stores of blobs under names of their own.

    Attributes:
        url: where all of them are reached, once they are.
    """

    def __init__(self, registries: Iterable[Registry], further: Iterable[tuple[str, Registry]] = ()) -> None:
        self._by_host: dict[str, Registry] = {}
        for each in registries:
            self._by_host |= {each.token_host: each, each.host: each}
        self._by_host |= dict(further)
        self._runner: web.ServerRunner | None = None
        self.url = ""

    async def __aenter__(self) -> Self:
        self._runner = web.ServerRunner(web.Server(self._answer), shutdown_timeout=0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every name that somebody answers to."""
        return tuple(self._by_host)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        registry = self._by_host.get(request.headers.get("Host", ""))
        if registry is None:
            return sent(Said(421, "nobody of that name is here\n"))
        return sent(registry.answer(seen_in(request)))


def seen_in(request: web.BaseRequest) -> Seen:
    """A request as it is written down."""
    port = request.transport.get_extra_info("sockname")[1] if request.transport else 0
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Seen(request.method, request.raw_path, headers, port)


def sent(said: Said) -> web.Response:
    """An answer as it is sent: JSON, or text as it stands."""
    is_text = isinstance(said.body, str | bytes)
    body = said.body if isinstance(said.body, str | bytes) else json.dumps(said.body)
    raw = body.encode() if isinstance(body, str) else body
    kind = _TEXT if is_text else _JSON
    headers = {"Content-Type": kind, "Docker-Distribution-Api-Version": "registry/2.0", **said.headers}
    return web.Response(status=said.status, body=raw, headers=headers)
