"""Sends one write once and tells what came back: a request in -> the server's reply out, or that none was heard.

Nothing in here sends anything twice, and nobody below may: aiohttp would repeat a DELETE whose connection drops, and
send a PATCH again to wherever a redirect points. What was read may be read again; what was written may not be written again.
https://docs.aiohttp.org/en/stable/client_advanced.html#client-middleware
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlencode

import aiohttp

from bot.cluster import network
from bot.cluster.login import Ready


# An object takes a mebibyte and a half in etcd; a dry run of one may answer with a little more.
_LARGEST = 4 << 20
_LONGEST_CONNECT = 10.0
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Request:
    """One write. Its body may hold a Secret: never print it.

    Attributes:
        path: the URL's path, every part quoted.
    """

    method: str
    path: str
    query: Mapping[str, str]
    content_type: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server, or whoever stands before it, answered.

    Attributes:
        body: all of it; None for what is larger than any object.
        warnings: its ``Warning`` headers, as they came.
        after: its ``Retry-After``, as it came.
    """

    status: int
    body: bytes | None = field(repr=False)
    warnings: tuple[str, ...] = field(default=(), repr=False)
    after: str = ""


class Unheard(Exception):
    """No reply.

    Args:
        why: in a few words.
        sent: whether the server may have got the request all the same.
    """

    def __init__(self, why: str, *, sent: bool) -> None:
        super().__init__(why)
        self.why = why
        self.sent = sent


class _Repeated(aiohttp.ClientError):
    """The library was about to send it a second time."""


class _Once:
    """Lets one attempt of one request through."""

    def __init__(self) -> None:
        self._passed = False

    async def __call__(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """Pass it on, the first time."""
        if self._passed:
            raise _Repeated
        self._passed = True
        return await handler(request)


async def once(ready: Ready, request: Request, patience: float) -> Reply:
    """Send it.

    Args:
        ready: the way in.
        request: what is sent.
        patience: seconds after which the answer is not waited for any longer, however it drips; to connect takes ten more at most.

    Raises:
        Unheard: no answer, or half of one.
    """
    try:
        async with asyncio.timeout(patience + min(_LONGEST_CONNECT, patience)):
            async with _opened(ready, request, patience) as response:
                return await _read(response)
    except network.UNCONNECTED as problem:
        raise Unheard(_unconnected(ready, problem), sent=False) from None
    except TimeoutError:
        raise Unheard("timed out", sent=True) from None
    except (aiohttp.ClientError, OSError) as problem:
        raise Unheard(network.fault(problem), sent=True) from None


def _opened(ready: Ready, request: Request, patience: float) -> Any:
    """The library's own session, with its TLS and its proxy, but not its ``request``: that follows and repeats."""
    rest = ready.rest
    if rest.pool_manager is None:
        rest.pool_manager = rest._create_pool_manager()  # noqa: SLF001  # made to be overridden, and made late
    settings = rest.configuration
    query = f"?{urlencode(request.query)}" if request.query else ""
    return rest.pool_manager.request(
        request.method,
        f"{ready.server}{request.path}{query}",
        data=request.body,
        headers={
            **ready.headers,
            "Accept": "application/json",
            "Content-Type": request.content_type,
            "User-Agent": "imagepull",
        },
        allow_redirects=False,
        middlewares=(_Once(),),
        proxy=rest.proxy or None,
        proxy_headers=rest.proxy_headers or None,
        server_hostname=settings.tls_server_name or None,
        timeout=aiohttp.ClientTimeout(
            total=None, sock_connect=min(_LONGEST_CONNECT, patience), sock_read=patience
        ),
    )


async def _read(response: aiohttp.ClientResponse) -> Reply:
    body: bytes | None = b""
    async for chunk in response.content.iter_any():
        body = (body or b"") + chunk
        if len(body) > _LARGEST:
            body = None
            break
    headers = response.headers
    return Reply(response.status, body, tuple(headers.getall("Warning", ())), headers.get("Retry-After", ""))


def _unconnected(ready: Ready, problem: Exception) -> str:
    host = network.host(ready.server)
    if isinstance(problem, aiohttp.ConnectionTimeoutError):
        return f"no connection to {host}: timed out"
    if isinstance(problem, aiohttp.ClientSSLError | aiohttp.ClientConnectorCertificateError):
        return f"no secure connection to {host}: {network.certificate_fault(problem)}"
    return f"no connection to {host}: {network.fault(problem)}"
