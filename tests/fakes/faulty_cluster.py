"""A simulated cluster behind something that is no API server: an upset and a request in -> another answer, or half of one, out.

What goes wrong at the server itself and in the network stands in ``bot.demo.cluster.faults``.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.demo.cluster.requests import Asked
from bot.demo.cluster.server import SimulatedCluster


@dataclass
class Upset:
    """What happens to one request.

    Attributes:
        method: of the requests that it hits.
        times: how often; -1 for always.
        status: answer so, with nothing done; 0 for no such answer.
        body: of that answer.
        half: do it, answer with half of the body, and drop the connection.
    """

    method: str = "PATCH"
    times: int = 1
    status: int = 0
    body: bytes = b""
    half: bool = False


@dataclass
class Spoiled:
    """What one watch sends instead of what it should.

    Attributes:
        pieces: these bytes, each as a piece of its own.
        ends: then it is over as agreed (``clean``), the connection drops (``cut``), or nothing comes any more (``silent``).
        status: of its answer.
        pace: seconds between two pieces, so that each arrives as one.
    """

    pieces: Sequence[bytes] = ()
    ends: str = "clean"
    status: int = 200
    pace: float = 0.005


@dataclass(frozen=True)
class Heard:
    """A request that arrived, its path with the query."""

    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)


class FaultyCluster(SimulatedCluster):
    """A simulated cluster with upsets.

    Attributes:
        upsets: what is to happen, in this order.
        heard: every request that arrived.
        spoiled: what the next watches send, in this order; None for what they should.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.upsets: list[Upset] = []
        self.heard: list[Heard] = []
        self.spoiled: list[Spoiled | None] = []
        self._watching: list[web.BaseRequest] = []

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.heard.append(Heard(request.method, str(request.rel_url), dict(request.headers)))
        upset = self._upset(request.method)
        if upset is not None and upset.status:
            await request.read()
            return web.Response(status=upset.status, body=upset.body)
        answer = await super()._answer(request)
        if upset is not None and upset.half:
            assert isinstance(answer, web.Response)
            return await _halved(request, answer)
        return answer

    async def _watched(self, request: web.BaseRequest, asked: Asked) -> web.StreamResponse:
        spoiled = self.spoiled.pop(0) if self.spoiled else None
        self._watching.append(request)
        try:
            return await (_spoilt(request, spoiled) if spoiled else super()._watched(request, asked))
        finally:
            self._watching = [each for each in self._watching if each is not request]

    @property
    def watching(self) -> int:
        """How many watches are open; of one whose client has gone the server itself learns with its next line."""
        transports = [each.transport for each in self._watching]
        return sum(each is not None and not each.is_closing() for each in transports)

    def watches(self) -> list[str]:
        """The paths of the watches that were asked for."""
        return [each.path for each in self.sent("GET") if "watch=1" in each.path]

    def sent(self, method: str) -> list[Heard]:
        """The requests of one method so far."""
        return [each for each in self.heard if each.method == method]

    def _upset(self, method: str) -> Upset | None:
        for each in self.upsets:
            if each.method == method and each.times:
                each.times -= 1
                return each
        return None


async def _spoilt(request: web.BaseRequest, spoiled: Spoiled) -> web.StreamResponse:
    response = web.StreamResponse(status=spoiled.status, headers={"Content-Type": "application/json"})
    response.enable_chunked_encoding()
    await response.prepare(request)
    for piece in spoiled.pieces:
        await response.write(piece)
        await asyncio.sleep(spoiled.pace)
    if spoiled.ends == "silent":
        await asyncio.Event().wait()
    if spoiled.ends == "cut" and request.transport is not None:
        request.transport.abort()
        return response
    await response.write_eof()
    return response


async def _halved(request: web.BaseRequest, answer: web.Response) -> web.StreamResponse:
    assert isinstance(answer.body, bytes)
    response = web.StreamResponse(status=answer.status, headers={"Content-Length": str(len(answer.body))})
    await response.prepare(request)
    with suppress(ConnectionError):
        await response.write(answer.body[: len(answer.body) // 2])
    if request.transport is not None:
        request.transport.abort()
    return response
