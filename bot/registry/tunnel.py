"""A connection through the operator's proxy: a checked callee and a proxy in -> TLS to the registry itself, end to end, out.

The proxy hears one CONNECT line with a name and a port, and its own credentials; nothing of the question. What it
connects to we cannot see, so the guard looks at the name before the proxy hears of it, and until the registry has
proved who it is nothing that comes back is taken for the registry's: a refusal, a hang-up and a certificate of
somebody else are the proxy's, a fault of our own road.
"""

import asyncio
import ipaddress
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar

from bot.facts.testimony import Fault
from bot.registry.dialer import Callee, Dialer, Limits, NotDialled
from bot.registry.permits import Proxy, Reach
from bot.registry.trust import NoAuthorities, Trust, tls_failure
from bot.registry.wire import Failed


Listener = TypeVar("Listener", bound=asyncio.Protocol)

# Proxies send a few hundred bytes; the head of an answer with more than this is not read on.
_MOST_HEAD = 16 * 1024
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: [^\r\n]*)?\r\n")
_END = b"\r\n\r\n"
# Where the proxy stands is the operator's word. What no list opens, as the metadata services, stays closed.
_ANYWHERE = (Reach(ipaddress.ip_network("0.0.0.0/0")), Reach(ipaddress.ip_network("::/0")))
# Faults of a name that is not known here; the proxy's own DNS may know it.
_NOT_KNOWN_HERE = frozenset({Fault.DNS_NXDOMAIN, Fault.DNS_NO_ANSWER})
# Of an answer on its way through a proxy: whoever cut or held it back may be the proxy.
_MAYBE_THE_PROXY_S = frozenset({Fault.DROPPED, Fault.RESPONSE_TIMEOUT})


@dataclass(frozen=True, slots=True)
class Passenger:
    """Whom to reach through a proxy.

    Attributes:
        by_name: its name may go to the proxy even where it is not known here, because the operator or our own table
            named this host; somebody whom only the registry named must be known here, and lead nowhere inside.
    """

    callee: Callee
    by_name: bool


class NotThrough(Exception):
    """The proxy did not let us through, or nobody proved at its other end to be the registry. Stays in this room.

    Args:
        failed: what is told of it.
    """

    def __init__(self, failed: Failed) -> None:
        super().__init__(failed.fault)
        self.failed = failed


class NotKnownHere(Exception):
    """Only the proxy could tell where the name leads, and it is nobody's whom the operator named. Stays in this room."""


class Tunnels:
    """Connects through proxies.

    Args:
        dialer: checks names, and connects to the proxy.
        trust: knows the authorities by which a proxy is verified that is spoken to over TLS.
        limits: how long that may take.
    """

    def __init__(self, dialer: Dialer, trust: Trust, limits: Limits) -> None:
        self._dialer, self._trust, self._limits = dialer, trust, limits

    async def dial(
        self, passenger: Passenger, proxy: Proxy, listener: Callable[[], Listener], tls: ssl.SSLContext
    ) -> Listener:
        """Connect through a proxy, shake hands with the other end, and hand the connection to a listener.

        Raises:
            NotDialled: the guard refuses where the name leads; the proxy did not hear of it.
            NotKnownHere: likewise, where the name leads nowhere that we could look at.
            NotThrough: whatever came of it afterwards.
        """
        await self._check(passenger)
        try:
            async with asyncio.timeout(self._limits.total):
                return await self._through(passenger.callee, proxy, listener, tls)
        except TimeoutError:
            raise NotThrough(_failed(proxy, "no connection in time")) from None

    async def _through(
        self, callee: Callee, proxy: Proxy, listener: Callable[[], Listener], tls: ssl.SSLContext
    ) -> Listener:
        door = await self._door(proxy)
        try:
            await self._connected(door, callee, proxy)
            return await self._introduced(door, callee, proxy, listener(), tls)
        except BaseException:
            door.hang_up()
            raise

    async def _check(self, passenger: Passenger) -> None:
        try:
            await self._dialer.checked(passenger.callee)
        except NotDialled as refused:
            if refused.failed.fault not in _NOT_KNOWN_HERE:
                raise
            if not passenger.by_name:
                raise NotKnownHere from None

    async def _door(self, proxy: Proxy) -> "_Door":
        """A connection to the proxy itself."""
        try:
            tls = self._trust.context() if proxy.is_tls else None
            return await self._dialer.dial(Callee(proxy.host, proxy.port, tls, _ANYWHERE), _Door)
        except NoAuthorities:
            raise NotThrough(_failed(proxy, Fault.NO_AUTHORITIES)) from None
        except NotDialled as error:
            why = error.failed.detail or error.failed.fault
            raise NotThrough(_failed(proxy, f"{why} address" if error.address else why)) from None

    async def _connected(self, door: "_Door", callee: Callee, proxy: Proxy) -> None:
        """Have the proxy connect."""
        door.ask(_line(callee, proxy))
        try:
            async with asyncio.timeout(self._limits.connect):
                status = await door.status
        except TimeoutError:
            raise NotThrough(_failed(proxy, "no answer to CONNECT")) from None
        if status is None:
            raise NotThrough(_failed(proxy, "what answers is no HTTP proxy"))
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            raise NotThrough(_refused(proxy, status))

    async def _introduced(
        self, door: "_Door", callee: Callee, proxy: Proxy, ready: Listener, tls: ssl.SSLContext
    ) -> Listener:
        """Shake hands with whoever is at the other end."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._limits.connect):
                line = await loop.start_tls(
                    door.transport, ready, tls, server_hostname=callee.host.removesuffix(".")
                )
        except TimeoutError:
            raise NotThrough(_failed(proxy, Fault.TLS_HANDSHAKE_TIMEOUT)) from None
        except OSError as error:
            fault, detail = tls_failure(error) if isinstance(error, ssl.SSLError) else (Fault.DROPPED, "")
            raise NotThrough(_strange(proxy, fault, detail)) from None
        if line is None:  # as asyncio says it where the proxy hung up just then
            raise NotThrough(_strange(proxy, Fault.DROPPED, ""))
        ready.connection_made(line)  # start_tls leaves that to its caller
        return ready


class _Door(asyncio.Protocol):
    """The proxy's side of a connection, until it lets us through: reads the head of one answer and no more.

    Attributes:
        status: the answer's; None where there is none that HTTP knows.
    """

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.status: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        self._head = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        if transport.get_extra_info("ssl_object") is not None:
            # TLS inside TLS ends by this, which before 3.11.8 raises instead: https://github.com/python/cpython/issues/113214
            transport._force_close = lambda _: transport.abort()  # type: ignore[attr-defined]  # noqa: SLF001  # likewise

    def ask(self, line: bytes) -> None:
        """Say a line; what was said before it is no answer to it."""
        self._settle(None) if self._head else self.transport.write(line)

    def data_received(self, data: bytes) -> None:
        """Read on to the end of the head. Who goes on unasked, before TLS began, speaks for nobody."""
        self._head += data[: _MOST_HEAD + 1]
        end = self._head.find(_END)
        if end < 0 and len(self._head) <= _MOST_HEAD:
            return
        found = _STATUS.match(self._head)
        is_whole = found is not None and 0 <= end <= _MOST_HEAD
        status = int(found[1]) if found and is_whole else None
        goes_on = (
            status is not None and status < HTTPStatus.MULTIPLE_CHOICES and len(self._head) > end + len(_END)
        )
        self._settle(None if goes_on else status)

    def connection_lost(self, _: Exception | None) -> None:
        """Nobody answers any more."""
        self._settle(None)

    def hang_up(self) -> None:
        """Close at once."""
        self._settle(None)
        self.transport.abort()

    def _settle(self, status: int | None) -> None:
        if not self.status.done():
            self.status.set_result(status)
            self.transport.pause_reading()


def through(failed: Failed, proxy: Proxy | None) -> Failed:
    """How a question ended whose connection stood: what was cut or held back on the way may be the proxy's doing."""
    if proxy is None or failed.fault not in _MAYBE_THE_PROXY_S:
        return failed
    return _failed(proxy, f"{_words(failed.fault)}, and it may be the proxy that did it", remedy="")


def _line(callee: Callee, proxy: Proxy) -> bytes:
    """What the proxy hears (https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6)."""
    host = f"[{callee.host}]" if ":" in callee.host else callee.host
    place = f"{host}:{callee.port}"
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}", "User-Agent: imagepull"]
    if proxy.authorization:
        lines.append(f"Proxy-Authorization: Basic {proxy.authorization}")
    return "\r\n".join((*lines, "", "")).encode("ascii")


def _refused(proxy: Proxy, status: int) -> Failed:
    if status != HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return _failed(proxy, f"it answered {status} to CONNECT")
    wants = "it refuses our credentials" if proxy.authorization else "it wants credentials"
    return _failed(proxy, f"{wants} ({status})", f"{proxy.setting}_credentials_file in the settings")


def _strange(proxy: Proxy, fault: Fault, detail: str) -> Failed:
    """Nobody at the other end proved to be the registry: a proxy that looks into TLS has a certificate of its own."""
    why = f"{_words(fault)} at its other end{f' ({detail})' if detail else ''}"
    if fault is Fault.TLS_UNKNOWN_AUTHORITY:
        return _failed(proxy, why, "registries.HOST.ca_file in the settings, where the proxy looks into TLS")
    return _failed(proxy, why)


def _failed(proxy: Proxy, why: str, remedy: str | None = None) -> Failed:
    usual = f"{proxy.setting} in the settings"
    return Failed(
        Fault.PROXY_FAILED, f"the proxy {proxy}: {_words(why)}", usual if remedy is None else remedy
    )


def _words(fault: str) -> str:
    return fault.replace("-", " ")
