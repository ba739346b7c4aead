"""Asks an API server for raw bytes and survives its moods: a resource in -> an answer or a refusal out.

``kubernetes.aio`` supplies login and session (see ``login``); its typed objects are never built. Throttling,
5xx, dropped connections and expired credentials are tried again here, so that everyone above sees either an
answer or the reason why there is none.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Generic, Protocol, Self, TypeVar
from urllib.parse import urlencode

import aiohttp
import msgspec

from bot.cluster import network, sending
from bot.cluster.login import Login, Ready
from bot.errors import ClusterUnreadable


# A Status is a few hundred bytes; whoever stands before the server may say more.
_LONGEST_STATUS = 65536
_LARGEST_KEPT = 16 << 20
_RETRIED = frozenset({429, 500, 502, 503, 504})
_ATTEMPTS = 4
# client-go waits as long as the server says; a sweep has no hour to wait.
_LONGEST_PAUSE = 30.0
_FIRST_PAUSE = 0.2
_LONGEST_CONNECT = 10.0
_DRIPPING = 10
_TIMED_OUT = "timed out"


T = TypeVar("T")


class Refusal(Exception):
    """Why there is no answer. Stays in this room: readers make an ``Unread`` of it.

    Args:
        why: in a word or two, as shown under "unchecked": ``forbidden``, ``timed out``, ``not found``.
        status: HTTP status; 0 when there was none.
        resume: for an expired list the token that goes on with it.
        after: so many seconds it wants to be left alone; None where it does not say.
        object_missing: the server knows the kind and has no such object, which is an answer of sorts.
    """

    def __init__(
        self,
        why: str,
        status: int = 0,
        resume: str = "",
        *,
        object_missing: bool = False,
        after: float | None = None,
    ) -> None:
        super().__init__(why)
        self.why = why
        self.status = status
        self.resume = resume
        self.object_missing = object_missing
        self.after = after


class Place(Protocol):
    """Something that can be read: a resource, or what the server tells of itself."""

    @property
    def path(self) -> str:
        """The URL's path, every part quoted."""
        ...


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What the server sent: the body (or what was made of it), and its own clock."""

    body: T
    date: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient a client is.

    Attributes:
        timeout: seconds without a byte, after which a request is given up; a slow line is no hanging server.
        concurrency: requests under way at once.
        budget: requests in all, repeats included; None for no end.
        sleep: waits so many seconds.
        jitter: a number in [0, 1), to spread repeats.
        now: our own clock; used for credentials that expire.
    """

    timeout: float = 30.0
    concurrency: int = 16
    budget: int | None = None
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    jitter: Callable[[], float] = random.random
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


class _Buffers:
    """Memory for bodies, used again and again: as many as there are requests under way."""

    def __init__(self) -> None:
        self._idle: list[bytearray] = []

    @contextmanager
    def lent(self) -> Iterator[bytearray]:
        """A buffer of some length with something in it; nobody else has it meanwhile."""
        buffer = self._idle.pop() if self._idle else bytearray()
        try:
            yield buffer
        finally:
            if len(buffer) <= _LARGEST_KEPT:
                self._idle.append(buffer)


class _StatusMetadata(msgspec.Struct):
    next: str | None = msgspec.field(default=None, name="continue")


class _StatusDetails(msgspec.Struct):
    name: str | None = None


class _Status(msgspec.Struct):
    reason: str | None = None
    details: _StatusDetails | None = None
    metadata: _StatusMetadata | None = None


class ApiClient:
    """One API server, asked with one login.

    Args:
        login: how to get in; used again when its credential expires or is refused.
        pace: patience and budget.
    """

    def __init__(self, login: Login, pace: Pace | None = None) -> None:
        self._login = login
        self._pace = pace or Pace()
        self._gate = asyncio.Semaphore(self._pace.concurrency)
        self._door = asyncio.Lock()
        self._ready: Ready | None = None
        self._sessions: list[Any] = []
        self._ever_answered = False
        self._spare = _Buffers()
        self.requests = 0

    @property
    def name(self) -> str:
        """What people call this cluster."""
        return self._login.name

    @property
    def namespace(self) -> str:
        """The default namespace."""
        return self._login.namespace

    @property
    def pace(self) -> Pace:
        """How patient this client is."""
        return self._pace

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every session."""
        self._ready = None
        await self._close_sessions(keep=0)

    async def get(self, resource: Place, query: Mapping[str, str] | None = None) -> Answer[bytes]:
        """Read one resource.

        Raises:
            Refusal: the server answered something else than 200, or nothing, several times.
            ClusterUnreadable: it has never answered anything yet, so it will not answer the rest either.
        """
        return await self.take(resource, query, bytes)

    async def take(
        self, resource: Place, query: Mapping[str, str] | None, cut: Callable[[memoryview], T]
    ) -> Answer[T]:
        """Read one resource and hand its body to ``cut``, which must not keep it: the memory is used again.

        Fresh memory for every page of a long list costs as much as decoding it.

        Raises:
            Refusal, ClusterUnreadable: as ``get`` does.
        """
        path = f"{resource.path}?{urlencode(query)}" if query else resource.path
        renewed = False
        for attempt in range(_ATTEMPTS + 1):
            last = attempt + 1 >= _ATTEMPTS
            try:
                async with self._gate:
                    ready = await self._enter()
                    return await self._ask(ready, path, cut)
            except _Again as again:
                if last:
                    raise self._give_up(again.refusal) from None
                await self._pace.sleep(self._pause(attempt, again.after))
            except Refusal as refusal:
                if refusal.status != 401 or renewed:
                    raise self._give_up(refusal) from None
                renewed = True
                await self._renew(ready)
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def send(self, request: sending.Request) -> sending.Reply:
        """Write, once: only what the server refused with 401, so did not do, is sent again, after another login.

        Whatever else came back is the caller's to judge; throttling and server errors are handed on like success.

        Raises:
            Unheard: no answer.
            ClusterUnreadable: there is no way in, so nothing was sent.
        """
        for renewed in (False, True):
            async with self._gate:
                ready = await self._enter()
                self.requests += 1
                reply = await sending.once(ready, request, self._pace.timeout)
            if reply.status != 401 or renewed:
                break
            await self._renew(ready)
        return reply

    async def _enter(self) -> Ready:
        now = self._pace.now()
        async with self._door:
            if self._ready is None or (self._ready.stale_after and self._ready.stale_after <= now):
                self._ready = await self._login(now)
                # Requests may still be under way in the session before this one, in older ones no more.
                await self._close_sessions(keep=1)
                self._sessions.append(self._ready.rest)
            return self._ready

    async def _close_sessions(self, keep: int) -> None:
        while len(self._sessions) > keep:
            await self._sessions.pop(0).close()

    async def _renew(self, refused: Ready) -> None:
        """Log in again, once for all requests that the same credential was refused to."""
        async with self._door:
            if self._ready is refused:
                self._ready = None

    @asynccontextmanager
    async def stream(self, resource: Place, query: Mapping[str, str]) -> AsyncIterator[AsyncIterator[bytes]]:
        """Open an answer that does not end, and close it with the block: its bytes, in the pieces they come in.

        Opened once, and once more after another login; how long it may be quiet is the caller's to know. A login that is
        renewed closes the streams of the one before the last, so a client is for one stream at a time.

        Raises:
            Refusal: the server answered something else than 200, or nothing in time; the stream broke off.
            ClusterUnreadable: there is no way in.
        """
        path = f"{resource.path}?{urlencode(query)}"
        async with AsyncExitStack() as stack:
            stack.enter_context(self._refused_where_faulty())
            response = await self._opened(path)
            stack.callback(response.close)
            yield response.content.iter_any()

    async def renew(self) -> None:
        """Log in again before the next request: a stream said that its login is good no more."""
        if self._ready is not None:
            await self._renew(self._ready)

    async def _opened(self, path: str) -> aiohttp.ClientResponse:
        renewed = False
        while True:
            ready = await self._enter()
            self.requests += 1
            async with asyncio.timeout(self._pace.timeout):
                response = await self._send(ready, path, endless=True)
                if response.status == 200:
                    self._ever_answered = True
                    return response
                try:
                    refusal = _refusal(response.status, await _beginning(response))
                finally:
                    response.close()
            if response.status != 401 or renewed:
                refusal.after = _seconds(response.headers.get("Retry-After", ""))
                raise refusal
            renewed = True
            await self._renew(ready)

    async def _ask(self, ready: Ready, path: str, cut: Callable[[memoryview], T]) -> Answer[T]:
        if self._pace.budget is not None and self.requests >= self._pace.budget:
            raise Refusal("request budget spent")
        self.requests += 1
        try:
            with self._refused_where_faulty():
                # The total bounds a body that drips for ever.
                async with asyncio.timeout(_DRIPPING * self._pace.timeout):
                    response = await self._send(ready, path)
                    async with response:
                        return await self._taken(response, cut)
        except Refusal as refusal:
            if refusal.status or refusal.why == _TIMED_OUT:
                raise
            raise _Again(refusal) from None

    @contextmanager
    def _refused_where_faulty(self) -> Iterator[None]:
        """Say of what networks do that it is a refusal."""
        try:
            yield
        except TimeoutError:
            raise Refusal(_TIMED_OUT) from None
        except (aiohttp.ClientSSLError, aiohttp.ClientConnectorCertificateError) as problem:
            server = network.host(self._ready.server) if self._ready else self.name
            raise ClusterUnreadable(
                f"no secure connection to {server}: {network.certificate_fault(problem)}",
                "check the cluster's certificate-authority, server and tls-server-name",
            ) from None
        except (aiohttp.ClientError, OSError) as problem:
            raise Refusal(network.fault(problem)) from None

    async def _send(self, ready: Ready, path: str, *, endless: bool = False) -> aiohttp.ClientResponse:
        headers = {**ready.headers, "Accept": "application/json", "User-Agent": "imagepull"}
        if endless:
            # What is compressed on its way is kept back until there is enough of it.
            headers["Accept-Encoding"] = "identity"
        answer = await ready.rest.request(
            "GET",
            ready.server + path,
            headers=headers,
            _request_timeout=aiohttp.ClientTimeout(
                total=None,
                sock_connect=min(_LONGEST_CONNECT, self._pace.timeout),
                sock_read=None if endless else self._pace.timeout,
            ),
        )
        response: aiohttp.ClientResponse = answer.response
        return response

    async def _taken(self, response: aiohttp.ClientResponse, cut: Callable[[memoryview], T]) -> Answer[T]:
        if response.status == 200:
            with self._spare.lent() as buffer:
                length = 0
                async for chunk in response.content.iter_any():
                    buffer[length : length + len(chunk)] = chunk
                    length += len(chunk)
                self._ever_answered = True
                with memoryview(buffer) as whole, whole[:length] as body:
                    return Answer(cut(body), _date(response.headers.get("Date", "")))
        refusal = _refusal(response.status, await _beginning(response))
        if response.status in _RETRIED:
            raise _Again(refusal, after=_seconds(response.headers.get("Retry-After", "")))
        self._ever_answered = self._ever_answered or response.status != 401
        raise refusal

    def _pause(self, attempt: int, after: float | None) -> float:
        spread = _FIRST_PAUSE * 2.0**attempt * (0.5 + self._pace.jitter())
        return min(max(after or 0.0, spread), _LONGEST_PAUSE)

    def _give_up(self, refusal: Refusal) -> Exception:
        if self._ever_answered or refusal.status not in (0, 401) or refusal.why == "request budget spent":
            return refusal
        server = network.host(self._ready.server) if self._ready else self.name
        if refusal.status == 401:
            return ClusterUnreadable(
                f"{server} does not accept the credentials of {self.name!r}",
                "log in again; kubectl auth whoami with the same context tells whether that worked",
            )
        return ClusterUnreadable(
            f"{server} does not answer: {refusal.why}",
            "check the network, VPN and proxy between here and the cluster",
        )


class _Again(Exception):
    """The same question may get an answer later."""

    def __init__(self, refusal: Refusal, after: float | None = None) -> None:
        super().__init__()
        self.refusal = refusal
        self.after = after


async def _beginning(response: aiohttp.ClientResponse) -> bytes:
    body = b""
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > _LONGEST_STATUS:
            break
    return body


def _refusal(status: int, body: bytes) -> Refusal:
    said = _Status()
    # A 404 of an unknown group, a 429 and whatever proxies say are plain text or HTML.
    with suppress(msgspec.DecodeError, UnicodeDecodeError):
        said = msgspec.json.decode(body, type=_Status)
    why = {
        400: "not understood",
        401: "credentials refused",
        403: "forbidden",
        404: "not found",
        410: "expired",
        429: "throttled",
        504: _TIMED_OUT,
    }.get(status, f"HTTP {status}")
    resume = (said.metadata.next or "") if said.metadata else ""
    # Of a kind that is not served the server says NotFound as well, but gives no name.
    missing = status == 404 and said.reason == "NotFound" and bool(said.details and said.details.name)
    return Refusal(why, status, resume, object_missing=missing)


def _date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except ValueError:
        return None


def _seconds(text: str) -> float | None:
    return float(text) if text.isdecimal() else None
