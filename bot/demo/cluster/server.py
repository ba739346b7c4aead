"""The simulated API server itself: HTTP requests on loopback in -> what kube-apiserver v1.36.2 would send out."""

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from bot.demo.cluster import discovery
from bot.demo.cluster.access import Access, User, Wish
from bot.demo.cluster.bodies import read
from bot.demo.cluster.endings import Endings, is_dry
from bot.demo.cluster.failing import struck
from bot.demo.cluster.faults import Faults
from bot.demo.cluster.kinds import REVIEWS, served
from bot.demo.cluster.lists import ahead, listed
from bot.demo.cluster.policies import Gate, Policy
from bot.demo.cluster.refusals import (
    Object,
    Refused,
    bad_request,
    encoded,
    no_such_method,
    nowhere,
    unserved,
)
from bot.demo.cluster.requests import Asked, forbidden, forbidden_path, is_review, known_group, understood
from bot.demo.cluster.store import Store
from bot.demo.cluster.watches import Watch
from bot.demo.cluster.writes import Answer, Writes


JSON = "application/json"
_TEXT = "text/plain; charset=utf-8"
# https://github.com/kubernetes/kubernetes/blob/v1.36.0/staging/src/k8s.io/apiserver/pkg/endpoints/handlers/responsewriters/writers.go
_COMPRESSED_FROM = 128 * 1024
_PATIENCE = 3.0
_LARGEST_BODY = 4 * 1024 * 1024
_ACCEPTED = (JSON, "application/*", "*/*")
_UNACCEPTED = (
    "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, "
    "application/vnd.kubernetes.protobuf, application/json;stream=watch, "
    "application/vnd.kubernetes.protobuf;stream=watch"
)
_PRETTY_AGENTS = ("curl", "Wget", "Mozilla/5.0")
Logs = Callable[[str, str, str, bool], Awaitable[str]]
"""``(namespace, pod, container, previous)`` -> the log; raises Refused where there is none."""


def now() -> datetime:
    """The clock on the wall."""
    return datetime.now(UTC)


class SimulatedCluster:
    """One API server on a loopback port. Use it as an async context manager.

    Args:
        store: what the cluster holds.
        tokens: bearer token -> who it is.
        logs: where the logs of containers are; None answers that the node cannot be reached.
        clock: the cluster's time.
        patience: seconds until a list from the future is given up.
        policies: what else is asked of every write.

    Attributes:
        url: where it listens, once it does.
        asked: every request for a resource so far.
        faults: what goes wrong on purpose.
    """

    def __init__(
        self,
        store: Store,
        tokens: Mapping[str, User],
        *,
        logs: Logs | None = None,
        clock: Callable[[], datetime] = now,
        patience: float = _PATIENCE,
        policies: Sequence[Policy] = (),
    ) -> None:
        self.store = store
        self.access = Access(store, tokens)
        self.url = ""
        self.asked: list[Asked] = []
        self.faults = Faults()
        gate = Gate(store, policies, self.faults)
        self._writes = Writes(store, clock, gate.admit)
        self._endings = Endings(store, clock, gate.admit)
        self._logs = logs
        self._clock = clock
        self._patience = patience
        self._runner: web.ServerRunner | None = None
        self._open: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Self:
        self._runner = web.ServerRunner(web.Server(self._answer), shutdown_timeout=0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in tuple(self._open):
            task.cancel()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            return await self._answered(request)
        except Refused as refused:
            kind = _TEXT if refused.plain else JSON
            body = refused.body()
            if refused.code == 406:
                body = json.dumps(refused.status(), indent=2).encode()
            return _response(refused.code, body, {"Content-Type": kind, **refused.headers})
        finally:
            self._open.discard(task)

    async def _answered(self, request: web.BaseRequest) -> web.StreamResponse:
        user = self.access.user(request.headers.get("Authorization", ""), self._clock())
        path = request.rel_url.raw_path
        asked = understood(request.method, path, request.rel_url.query)
        if asked is None:
            return self._elsewhere(request, user)
        asked = replace(asked, user=user.name)
        self.asked.append(asked)
        body = await _received(request)
        strike = self.faults.meets(asked, dry=is_dry(asked, body))
        if strike is None:
            return await self._ruled(request, asked, user, body)
        return await struck(strike, request, (user, asked), lambda: self._ruled(request, asked, user, body))

    async def _ruled(
        self, request: web.BaseRequest, asked: Asked, user: User, body: bytes
    ) -> web.StreamResponse:
        path = request.rel_url.raw_path
        if not self.access.ruling(user, Wish.of(asked)).allowed:
            raise forbidden(user.name, asked)
        if not known_group(asked, path):
            raise nowhere()
        if asked.verb in ("get", "list", "watch"):
            _acceptable(request.headers.get("Accept", "*/*"))
        if asked.verb == "watch":
            return await self._watched(request, asked)
        if asked.part == "log":
            return await self._log(asked)
        if is_review(asked):
            return _json(request, Answer(201, self._reviewed(asked, user, body)))
        return _json(request, await self._done(asked, body, request.headers.get("Content-Type", "")))

    def _elsewhere(self, request: web.BaseRequest, user: User) -> web.Response:
        path = request.rel_url.path
        if not self.access.ruling(user, Wish("get", path=path)).allowed:
            raise forbidden_path(user.name, path)
        found = discovery.found(path)
        if isinstance(found, str):
            return _response(200, found.encode(), {"Content-Type": _TEXT})
        return _json(request, Answer(200, found))

    def _reviewed(self, asked: Asked, user: User, body: bytes) -> Object:
        if asked.verb != "create":
            raise no_such_method()
        told = read(body).value
        spec = told if isinstance(told, dict) else {}
        return self.access.review(user, REVIEWS[asked.plural][0], spec, self._clock())

    async def _done(self, asked: Asked, body: bytes, content_type: str) -> Answer:
        resource = served(asked.group, asked.plural)
        if resource is None or (asked.part and asked.part not in resource.parts):
            raise unserved()
        if asked.part == "scale":
            if asked.verb not in ("get", "patch", "update"):
                raise no_such_method()
            return self._writes.scale(asked, body, content_type)
        if asked.verb == "create" and asked.part:
            return self._posted(asked, body)
        if asked.verb == "get":
            return Answer(200, self.store.get(asked.plural, asked.namespace, asked.name))
        if asked.verb == "list":
            if early := ahead(self.store, asked.query):
                await asyncio.sleep(self._patience)
                early = ahead(self.store, asked.query)
                if early is not None:
                    raise early
            return Answer(200, listed(self.store, asked.plural, asked.namespace, asked.query))
        return self._written(asked, body, content_type)

    def _written(self, asked: Asked, body: bytes, content_type: str) -> Answer:
        if asked.verb == "create" and not asked.name:
            return self._writes.create(asked, body)
        if asked.verb == "update" and asked.name:
            return self._writes.update(asked, body)
        if asked.verb == "patch" and asked.name:
            return self._writes.patch(asked, body, content_type)
        if asked.verb == "delete":
            return self._endings.delete(asked, body)
        if asked.verb == "deletecollection":
            return self._endings.delete_many(asked, body)
        raise no_such_method()

    def _posted(self, asked: Asked, body: bytes) -> Answer:
        if asked.part == "eviction":
            return self._endings.evict(asked, body)
        if asked.part == "token":
            told = read(body).value
            return Answer(201, self.access.issue(asked.namespace, asked.name, told, self._clock()))
        raise no_such_method()

    async def _log(self, asked: Asked) -> web.Response:
        pod = self.store.get("pods", asked.namespace, asked.name)
        names = [each["name"] for each in pod["spec"].get("containers") or ()]
        container = asked.query.get("container") or names[0]
        node = pod["spec"].get("nodeName") or ""
        if self._logs is None:
            url = f"https://{node}:10250/containerLogs/{asked.namespace}/{asked.name}/{container}"
            raise Refused(500, f'Get "{url}": dial tcp: lookup {node}: no such host')
        text = await self._logs(asked.namespace, asked.name, container, asked.query.get("previous") == "true")
        try:
            lines = text.encode().splitlines(keepends=True)
            lines = lines[-int(asked.query.get("tailLines") or len(lines)) :] if lines else []
            kept = b"".join(lines)
            kept = kept[: int(asked.query.get("limitBytes") or len(kept))]
        except ValueError as problem:
            raise bad_request(str(problem)) from None
        return _response(200, kept, {"Content-Type": "text/plain"})

    async def _watched(self, request: web.BaseRequest, asked: Asked) -> web.StreamResponse:
        if served(asked.group, asked.plural) is None:
            raise unserved()
        watch = Watch(self.store, asked.plural, asked.namespace, asked.query)
        response = web.StreamResponse(headers={"Content-Type": JSON, "Cache-Control": "no-cache, private"})
        response.enable_chunked_encoding()
        await response.prepare(request)
        with suppress(ConnectionError):
            async for line in watch.lines():
                await response.write(line)
            await response.write_eof()
        return response


async def _received(request: web.BaseRequest) -> bytes:
    body = bytearray()
    async for chunk in request.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > _LARGEST_BODY:
            break
    return bytes(body)


def _acceptable(accept: str) -> None:
    kinds = [each.split(";")[0].strip() for each in accept.split(",")]
    if not set(kinds) & set(_ACCEPTED):
        raise Refused(406, _UNACCEPTED, "NotAcceptable", {})


def _json(request: web.BaseRequest, answer: Answer) -> web.Response:
    body = encoded(answer.body)
    agent = request.headers.get("User-Agent", "")
    pretty = request.rel_url.query.get("pretty")
    if pretty in ("true", "1") or (pretty is None and agent.startswith(_PRETTY_AGENTS)):
        body = json.dumps(answer.body, indent=2, ensure_ascii=False).encode()
    headers = {"Content-Type": JSON}
    if len(body) > _COMPRESSED_FROM and "gzip" in request.headers.get("Accept-Encoding", ""):
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        body = gzip.compress(body, 1)
    response = _response(answer.code, body, headers)
    for warning in answer.warnings:
        response.headers.add("Warning", f"299 - {json.dumps(warning, ensure_ascii=False)}")
    return response


def _response(status: int, body: bytes, headers: Mapping[str, str]) -> web.Response:
    response = web.Response(status=status, body=body, headers=headers)
    response.headers["Cache-Control"] = "no-cache, private"
    if status == 403:
        response.headers["X-Content-Type-Options"] = "nosniff"
    return response
