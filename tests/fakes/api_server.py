"""An API server in this process that can fail: objects and faults in -> what kube-apiserver would send out.

It reads what the simulated cluster (``bot/demo/cluster``) holds and lists; faults, TLS and rights by function
are its own.
"""

import asyncio
import gzip
import json
import ssl
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from bot.demo.cluster.kinds import RESOURCES
from bot.demo.cluster.lists import listed
from bot.demo.cluster.refusals import Object, Refused, bad_request, nowhere, unauthorized, unserved
from bot.demo.cluster.requests import Asked, forbidden, known_group, understood
from bot.demo.cluster.store import Store


_COMPRESSED_FROM = 128 * 1024


Allow = Callable[[Asked], bool]


@dataclass(frozen=True)
class Identity:
    """Who asks, and what they may."""

    user: str = "system:serviceaccount:shop:pullbot"
    allow: Allow = lambda _: True


@dataclass
class Fault:
    """What goes wrong, and for whom.

    Attributes:
        on: which requests it hits.
        times: how often; -1 for always.
        after: so many such requests pass first.
        status: answer with it instead.
        body: with this text.
        headers: and these headers.
        hang: never answer.
        slow: answer after so many seconds.
        drip: send the real body in ten pieces, so many seconds apart.
        cut: send half of the real body, then drop the connection.
        truncate: send half of the real body as if it were whole.
        first: do this before answering as usual.
    """

    on: Allow = lambda _: True
    times: int = 1
    after: int = 0
    status: int = 0
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    hang: bool = False
    slow: float = 0.0
    drip: float = 0.0
    cut: bool = False
    truncate: bool = False
    first: Callable[[], object] | None = None

    def strikes(self, asked: Asked) -> bool:
        """Whether this request is hit; counts down."""
        if self.times == 0 or not self.on(asked):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.times -= 1
        return True


def throttled(times: int = 1, seconds: int = 2) -> Fault:
    """The server's own 429: plain text, with Retry-After."""
    return Fault(
        times=times,
        status=429,
        body="Too many requests, please try again later.\n",
        headers={"Content-Type": "text/plain; charset=utf-8", "Retry-After": str(seconds)},
    )


class FakeApiServer:
    """One API server on a loopback port. Use it as an async context manager.

    Args:
        objects: what it holds.
        tokens: bearer token -> identity; None lets everybody in as admin.
        logs: ``(namespace, pod, container, previous)`` -> text.
        date: the ``Date`` header it sends; None for none.
        tls: speak HTTPS.
    """

    def __init__(
        self,
        objects: Iterable[Object] = (),
        *,
        tokens: Mapping[str, Identity] | None = None,
        logs: Mapping[tuple[str, str, str, bool], str] | None = None,
        date: str | None = "Sun, 22 Nov 2026 09:00:00 GMT",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.store = Store(objects)
        self.tokens = dict(tokens) if tokens is not None else None
        self.logs = dict(logs or {})
        self.date = date
        self.tls = tls
        self.peers: list[str] = []
        self.faults: list[Fault] = []
        self.log: list[Asked] = []
        self.headers: list[Mapping[str, str]] = []
        self.url = ""
        self.busiest = 0
        self._busy = 0
        self._runner: web.ServerRunner | None = None
        self._hanging: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Self:
        self._runner = web.ServerRunner(web.Server(self._answer), shutdown_timeout=0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self.tls)
        await site.start()
        scheme = "https" if self.tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in tuple(self._hanging):
            task.cancel()
        if self._runner is not None:
            await self._runner.cleanup()

    def asked(self, resource: str) -> list[Asked]:
        """The requests so far for one resource."""
        return [each for each in self.log if each.resource == resource]

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self._busy += 1
        self.busiest = max(self.busiest, self._busy)
        try:
            return await self._answered(request)
        finally:
            self._busy -= 1

    async def _answered(self, request: web.BaseRequest) -> web.StreamResponse:
        asked = _asked(request)
        self.headers.append(dict(request.headers))
        peer = request.transport.get_extra_info("peercert") if request.transport else None
        self.peers += [value for part in peer["subject"] for _, value in part] if peer else []
        if asked is not None:
            self.log.append(asked)
        fault = next((each for each in self.faults if asked and each.strikes(asked)), None)
        if fault is not None and fault.first is not None:
            fault.first()
        if fault is not None and (fault.hang or fault.slow):
            await self._hang(fault.slow or 60)
        if fault is not None and fault.status:
            kind = {"Content-Type": "application/json"}
            return self._response(fault.status, fault.body.encode(), {**kind, **fault.headers})
        try:
            self._admit(request, asked)
            body, kind_of_body = self._body(asked), "application/json"
            if asked is not None and asked.part == "log":
                kind_of_body = "text/plain"
        except Refused as refused:
            text = "text/plain; charset=utf-8" if refused.plain else "application/json"
            return self._response(refused.code, refused.body(), {"Content-Type": text})
        if fault is not None and fault.drip:
            return await self._drip(request, body, fault.drip)
        if fault is not None and fault.cut:
            return await self._cut(request, body)
        if fault is not None and fault.truncate:
            body = body[: len(body) // 2]
        return self._sent(request, body, kind_of_body)

    def _sent(self, request: web.BaseRequest, body: bytes, kind: str) -> web.Response:
        headers = {"Content-Type": kind}
        if len(body) > _COMPRESSED_FROM and "gzip" in request.headers.get("Accept-Encoding", ""):
            headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
            body = gzip.compress(body, 1)
        return self._response(200, body, headers)

    def _response(self, status: int, body: bytes, headers: Mapping[str, str]) -> web.Response:
        response = web.Response(status=status, body=body, headers=headers)
        response.headers["Cache-Control"] = "no-cache, private"
        if status == 403:
            response.headers["X-Content-Type-Options"] = "nosniff"
        # aiohttp writes its own clock where there is no Date; an empty one reads as none.
        response.headers["Date"] = self.date or ""
        return response

    async def _hang(self, seconds: float) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._hanging.add(task)
        try:
            await asyncio.sleep(seconds)
        finally:
            self._hanging.discard(task)

    async def _drip(self, request: web.BaseRequest, body: bytes, seconds: float) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(len(body))})
        await response.prepare(request)
        step = len(body) // 10 + 1
        for start in range(0, len(body), step):
            await self._hang(seconds)
            await response.write(body[start : start + step])
        return response

    async def _cut(self, request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(len(body))})
        await response.prepare(request)
        with suppress(ConnectionError):
            await response.write(body[: len(body) // 2])
        if request.transport is not None:
            request.transport.close()
        return response

    def _admit(self, request: web.BaseRequest, asked: Asked | None) -> None:
        if self.tokens is None:
            return
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        identity = Identity("system:anonymous", lambda _: False)
        if scheme:
            known = self.tokens.get(token.strip())
            if known is None or scheme.lower() != "bearer":
                raise unauthorized()
            identity = known
        if asked is not None and not identity.allow(asked):
            raise forbidden(identity.user, asked)

    def _body(self, asked: Asked | None) -> bytes:
        if asked is None:
            raise nowhere()
        if asked.plural not in RESOURCES or asked.part not in ("", "log"):
            raise unserved()
        if asked.part == "log":
            return self._log_of(asked)
        if asked.name:
            found = self.store.get(asked.plural, asked.namespace, asked.name)
        else:
            found = listed(self.store, asked.plural, asked.namespace, asked.query)
        return json.dumps(found, separators=(",", ":")).encode() + b"\n"

    def _log_of(self, asked: Asked) -> bytes:
        self.store.get("pods", asked.namespace, asked.name)
        container, previous = asked.query.get("container", ""), asked.query.get("previous") == "true"
        text = self.logs.get((asked.namespace, asked.name, container, previous))
        if text is None:
            which = "previous terminated container" if previous else "container"
            message = f'{which} "{container}" in pod "{asked.name}" not found'
            raise bad_request(message)
        lines = text.encode().splitlines(keepends=True)
        kept = b"".join(lines[-int(asked.query.get("tailLines", len(lines)) or 0) :])
        return kept[: int(asked.query.get("limitBytes", len(kept)))]


def _asked(request: web.BaseRequest) -> Asked | None:
    path = request.rel_url.raw_path
    asked = understood(request.method, path, request.rel_url.query)
    return asked if asked is not None and known_group(asked, path) else None
