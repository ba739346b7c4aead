"""The live wire: one :class:`Ask` in -> what the registry really said, or the fault that kept it from saying anything, out.

Every question has a connection of its own, made by the guarded dialer and handed to aiohttp, which cannot open any:
nothing is kept alive, so no connection that was checked under one registry's permit can serve another's question.
Whatever the other side does ends in a :class:`Failed` within the time and the memory that a question may cost.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from typing import Protocol, Self
from weakref import WeakValueDictionary

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from bot.facts.objects import Unread
from bot.facts.testimony import Fault, Step
from bot.registry import outgoing
from bot.registry.decoding import inflated
from bot.registry.dialer import Callee, Dialer, Limits, NotDialled
from bot.registry.lookup import Resolve, SystemLookup
from bot.registry.outgoing import Letter
from bot.registry.permits import Permit, Probe, plain
from bot.registry.trust import NoAuthorities, Trust, tls_failure
from bot.registry.tunnel import NotKnownHere, NotThrough, Passenger, Tunnels, through
from bot.registry.wire import MOST_ERROR, Ask, Failed, Reply


# Each holds a body of some MiB at most; whoever has more to ask waits without his time running. A registry that hangs
# keeps its own questions waiting and leaves room for the others; whether it answers at all is asked beside them.
_MOST_AT_ONCE = 16
_MOST_OF_ONE = 6
# Beside the body: heads, and what chunks cost around it. Ten times what registries send.
_MOST_AROUND = 256 * 1024
# https://www.rfc-editor.org/rfc/rfc9110#section-5.5: what a value cannot hold is taken for a space.
_CONTROLS = dict.fromkeys((*range(32), 127), " ")


class Rules(Protocol):
    """Who knows what may be asked of a registry."""

    def of(self, registry: str) -> Permit | Unread:
        """What may be asked of it, or why nothing may."""
        ...

    def denies(self, host: str) -> bool:
        """Whether a host is never asked, whoever leads there."""
        ...


class LiveWire:
    """Puts questions to real registries. Needs a running loop from its first question on.

    Args:
        permits: what may be asked of whom.
        resolve: looks names up; the system's resolver unless given.
        limits: how long each step may take.
    """

    def __init__(self, permits: Rules, resolve: Resolve | None = None, limits: Limits | None = None) -> None:
        self._permits = permits
        self._limits = limits or Limits()
        self._dialer = Dialer(resolve or SystemLookup(), self._limits)
        self._trust = Trust()
        self._tunnels = Tunnels(self._dialer, self._trust, self._limits)
        self._gate = asyncio.Semaphore(_MOST_AT_ONCE)
        self._gates: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Let no further question out; those under way end by themselves."""
        self._closed = True

    async def send(self, ask: Ask) -> Reply | Failed:
        """Put a question. Raises nothing but its own cancellation."""
        permit = self._permits.of(ask.registry)
        if isinstance(permit, Unread):
            return Failed(outgoing.unsafe(ask), permit.why, permit.remedy)
        if self._closed or permit.probe is Probe.OFF:
            return Failed(outgoing.unsafe(ask), "not asked")
        letter = outgoing.letter(ask, permit)
        if isinstance(letter, Failed):
            return letter
        if self._permits.denies(letter.target.authority):
            return Failed(outgoing.unsafe(ask), "the settings deny it", "registries.deny in the settings")
        place = f"{plain(ask.registry)} {ask.step is Step.BASE}"
        own = self._gates.setdefault(place, asyncio.Semaphore(_MOST_OF_ONE))
        async with own, self._gate:
            return await self._sent(ask, letter, permit)

    async def _sent(self, ask: Ask, letter: Letter, permit: Permit) -> Reply | Failed:
        deadline = asyncio.get_running_loop().time() + self._limits.total
        line = await self._opened(ask, letter, permit)
        if isinstance(line, Failed):
            return line
        try:
            async with asyncio.timeout_at(deadline):
                return await _exchange(ask, letter, line)
        except TimeoutError:
            return through(Failed(Fault.RESPONSE_TIMEOUT), permit.proxy)
        except Exception as error:  # noqa: BLE001  # the other side chose what led here; the sweep goes on
            return through(line.fault(error), permit.proxy)
        finally:
            line.abort()

    async def _opened(self, ask: Ask, letter: Letter, permit: Permit) -> "_Line | Failed":
        """A connection, or why there is none."""
        try:
            return await self._dialled(letter, permit, lambda: _Line(2 * ask.most + _MOST_AROUND))
        except NoAuthorities:
            return Failed(Fault.NO_AUTHORITIES, "", f"registries.{ask.registry}.ca_file in the settings")
        except NotDialled as not_dialled:
            return _advised(not_dialled, ask, letter)
        except NotKnownHere:
            return _not_known_here(ask)
        except NotThrough as not_through:
            return not_through.failed
        except Exception as error:  # noqa: BLE001  # as above
            return Failed(Fault.GARBLED, type(error).__name__)

    async def _dialled(self, letter: Letter, permit: Permit, listener: Callable[[], "_Line"]) -> "_Line":
        """A connection, directly or through the proxy that the operator named."""
        place = letter.target
        tls = None
        if place.scheme == "https":
            tls = self._trust.context(permit.ca_file if letter.own else None)
        callee = Callee(place.host, place.port, tls, permit.addresses)
        if permit.proxy is None:
            return await self._dialer.dial(callee, listener)
        if tls is None:
            raise NotThrough(_in_the_clear(permit))
        return await self._tunnels.dial(Passenger(callee, by_name=letter.own), permit.proxy, listener, tls)


class _Line(ResponseHandler):
    """One connection as aiohttp reads it, with an end to how much it reads and a memory of what went wrong.

    Args:
        most: bytes after which the other side is taken for endless.
    """

    def __init__(self, most: int) -> None:
        super().__init__(asyncio.get_running_loop())
        self._most = most
        self._garbled = False
        self._lost: Exception | None = None

    def data_received(self, data: bytes) -> None:
        """Read on, unless it is too much."""
        self._most -= len(data)
        if self._most >= 0:
            super().data_received(data)
            if not isinstance(self.exception(), HttpProcessingError):
                return
        # Whoever waits for the head learns of it from aiohttp, whoever reads the body would wait on.
        self._garbled = True
        self.set_exception(HttpProcessingError())
        if self._payload is not None:
            self._payload.set_exception(HttpProcessingError())
        self.abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Remember why: aiohttp forgets it when it tries again."""
        self._lost = exc if isinstance(exc, Exception) else None
        super().connection_lost(exc)

    def close(self) -> None:
        """Hang up at once: a TLS connection that is closed politely waits half a minute for the other side to agree."""
        self.abort()

    def fault(self, error: Exception) -> Failed:
        """What kept the answer from being read."""
        if isinstance(error, aiohttp.ClientResponseError) or self._garbled:
            return Failed(Fault.GARBLED)
        if isinstance(self._lost, ssl.SSLError):  # it wanted a certificate of ours, say
            return Failed(*tls_failure(self._lost))
        if isinstance(error, aiohttp.ClientError | OSError | _Twice):
            return Failed(Fault.DROPPED)
        return Failed(Fault.GARBLED, type(error).__name__)


class _Twice(Exception):
    """aiohttp asks again over a new connection when one is dropped; there is only this one."""


class _OneLine(aiohttp.BaseConnector):
    """Gives aiohttp the one connection that was dialled, and cannot make any."""

    def __init__(self, line: _Line) -> None:
        super().__init__(force_close=True)
        self._line: _Line | None = line

    async def _create_connection(self, *_: object) -> ResponseHandler:
        line, self._line = self._line, None
        if line is None:
            raise _Twice
        return line


async def _exchange(ask: Ask, letter: Letter, line: _Line) -> Reply | Failed:
    session = aiohttp.ClientSession(
        connector=_OneLine(line),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        timeout=aiohttp.ClientTimeout(total=None),
    )
    async with (
        session,
        session.request(
            ask.method, URL(letter.target.url, encoded=True), headers=letter.headers, allow_redirects=False
        ) as response,
    ):
        headers = _headers(response.headers)
        if not 200 <= response.status < 600:
            return Failed(Fault.GARBLED)
        if ask.method == "HEAD":
            return Reply(response.status, headers)
        return await _read(response, headers, ask.most)


async def _read(response: aiohttp.ClientResponse, headers: Mapping[str, str], most: int) -> Reply | Failed:
    good = response.status < 300
    cap = most if good else MOST_ERROR
    if good and (response.content_length or 0) > cap:
        return Failed(Fault.TOO_LARGE)
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > cap:
            break
    if good and len(body) > cap:
        return Failed(Fault.TOO_LARGE)
    plain = inflated(bytes(body[:cap]), headers.get("content-encoding", ""), cap)
    if plain is None and good:
        return Failed(Fault.GARBLED)
    return Reply(response.status, headers, plain or b"")


def _headers(received: Mapping[str, str]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in received.items():
        plain = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace").translate(_CONTROLS)
        name = name.lower()  # noqa: PLW2901  # HTTP/1.1 spells it as it likes
        joined[name] = f"{joined[name]}, {plain}" if name in joined else plain
    return joined


def _in_the_clear(permit: Permit) -> Failed:
    """What is asked without TLS would be the proxy's to read and to answer."""
    remedy = f"registries.{permit.registry}.proxy: direct in the settings"
    return Failed(Fault.PROXY_FAILED, "plain HTTP is not asked through a proxy", remedy)


def _not_known_here(ask: Ask) -> Failed:
    """Of a host that only the registry named, and that only the proxy could look up."""
    remedy = f"registries.{ask.registry}.token_services in the settings" if ask.step is Step.TOKEN else ""
    return Failed(
        outgoing.unsafe(ask), "its name is not known here, and only the proxy could look it up", remedy
    )


def _advised(not_dialled: NotDialled, ask: Ask, letter: Letter) -> Failed:
    """Tell what the operator could do, and, of a host that only the registry named, not where its name leads."""
    failed = not_dialled.failed
    setting = f"registries.{ask.registry}"
    if failed.fault is Fault.UNSAFE_ADDRESS:
        remedy = f"{setting}.addresses in the settings, or --allow-registry {ask.registry}=CIDR"
        where = f" ({not_dialled.address})" if letter.own and not_dialled.address else ""
        detail = f"{failed.detail} address{where}"
        return Failed(outgoing.unsafe(ask), detail, remedy if not_dialled.listable else "")
    if failed.fault is Fault.TLS_UNKNOWN_AUTHORITY and letter.own:
        return Failed(failed.fault, failed.detail, f"{setting}.ca_file in the settings")
    if failed.fault is Fault.TLS_PLAIN_HTTP and letter.own:
        return Failed(failed.fault, failed.detail, f"{setting}.plain_http in the settings")
    return failed
