"""The guarded dialer, the only place from which a registry is connected to: a host in -> a connection to a checked address out.

The name is looked up once, every address of the answer is checked, and only a checked one is connected to: nobody
looks the name up again, so an answer that changes in between changes nothing. There is no switch that turns the
guard off; private addresses are reached when the operator lists them for the registry.
"""

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.facts.testimony import Fault
from bot.registry import addresses
from bot.registry.addresses import Address
from bot.registry.lookup import Resolve
from bot.registry.permits import Reach
from bot.registry.trust import tls_failure
from bot.registry.wire import Failed


Listener = TypeVar("Listener", bound=asyncio.Protocol)

# Registries have a handful; an answer with hundreds is checked whole and tried in part.
_MOST_TRIED = 8
# Our own want of sockets or memory says nothing of the registry.
_OURS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_CONNECT_FAULTS = {
    errno.ECONNREFUSED: Fault.CONNECT_REFUSED,
    errno.ETIMEDOUT: Fault.CONNECT_TIMEOUT,
    errno.ECONNRESET: Fault.DROPPED,
    **dict.fromkeys(_OURS, Fault.BUDGET_SPENT),
}
# Of several addresses that failed, the one that got furthest is told.
_TELLING = (
    Fault.DROPPED,
    Fault.CONNECT_REFUSED,
    Fault.CONNECT_TIMEOUT,
    Fault.BUDGET_SPENT,
    Fault.UNREACHABLE,
)
_HTTP = b"HTTP/"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long each step may take, in seconds.

    Attributes:
        lookup: of the name.
        connect: to the end of the TLS handshake.
        total: of the whole question, from the lookup to the last byte.
        stagger: a head start of each address before the next is tried beside it
            (https://www.rfc-editor.org/rfc/rfc8305#section-5).
    """

    lookup: float = 5.0
    connect: float = 5.0
    total: float = 10.0
    stagger: float = 0.25


@dataclass(frozen=True, slots=True)
class Callee:
    """Whom to connect to.

    Attributes:
        host: without brackets; it is what the certificate must name.
        tls: how to verify it; None for plain HTTP.
        reaches: private addresses that the operator listed.
    """

    host: str
    port: int
    tls: ssl.SSLContext | None
    reaches: tuple[Reach, ...] = ()


class NotDialled(Exception):
    """There is no connection. Stays in this room.

    Args:
        fault: why.
        detail: a few words more; of an address, its kind.
        address: the one that may not be asked.
        listable: listing it for the registry would help.
    """

    def __init__(
        self, fault: Fault, detail: str = "", address: Address | None = None, *, listable: bool = False
    ) -> None:
        super().__init__(fault)
        self.failed = Failed(fault, detail)
        self.address = address
        self.listable = listable


class Dialer:
    """Connects to hosts, to public addresses unless told otherwise.

    Args:
        resolve: looks names up.
        limits: how long that may take.
    """

    def __init__(self, resolve: Resolve, limits: Limits) -> None:
        self._resolve = resolve
        self._limits = limits

    async def dial(self, callee: Callee, listener: Callable[[], Listener]) -> Listener:
        """Connect, and hand the connection to a listener.

        Raises:
            NotDialled: with the fault.
        """
        found = await self.checked(callee)
        deadline = asyncio.get_running_loop().time() + self._limits.connect
        try:
            async with asyncio.timeout_at(deadline):
                line = await _first_open(found[:_MOST_TRIED], callee.port, self._limits.stagger)
        except TimeoutError:
            raise NotDialled(Fault.CONNECT_TIMEOUT) from None
        try:
            async with asyncio.timeout_at(deadline):
                return await _introduced(line, callee, listener)
        except TimeoutError:
            raise NotDialled(Fault.TLS_HANDSHAKE_TIMEOUT) from None
        except OSError as error:
            raise NotDialled(*_handshake_failure(error, line.overheard)) from None

    async def checked(self, callee: Callee) -> tuple[Address, ...]:
        """Where a host leads, looked up once; every address of it may be connected to.

        Raises:
            NotDialled: it leads nowhere, or one of them may not.
        """
        found = await self._found(callee)
        for each in found:
            refused = addresses.objection(each, callee.port, callee.reaches)
            if refused is not None:
                raise NotDialled(Fault.UNSAFE_ADDRESS, refused.kind, each, listable=refused.listable)
        return found

    async def _found(self, callee: Callee) -> tuple[Address, ...]:
        if addresses.is_disguised(callee.host):
            raise NotDialled(Fault.UNSAFE_ADDRESS, "disguised")
        literal = addresses.literal(callee.host)
        if literal is not None:
            return (literal,)
        try:
            async with asyncio.timeout(self._limits.lookup):
                found = await self._resolve(callee.host, callee.port)
        except TimeoutError:
            found = Fault.DNS_NO_ANSWER
        if isinstance(found, Fault):
            raise NotDialled(found)
        if not found:
            raise NotDialled(Fault.DNS_NO_ANSWER)
        return found


class _Line(socket.socket):
    """A connection that remembers the first bytes from the other side.

    OpenSSL says "wrong version number" to whatever is not TLS; only these bytes tell HTTP from the rest.
    """

    overheard = b""

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """As any socket; keeps the first bytes."""
        count = super().recv_into(buffer, nbytes, flags)
        if len(self.overheard) < len(_HTTP):
            self.overheard += bytes(buffer[: min(count, len(_HTTP))])
        return count


async def _first_open(candidates: Iterable[Address], port: int, stagger: float) -> _Line:
    """The first connection that comes about; each address gets a head start over the next."""
    waiting = list(candidates)
    tried: list[asyncio.Task[_Line]] = []
    pending: set[asyncio.Task[_Line]] = set()
    chosen: _Line | None = None
    faults: list[Fault] = []
    try:
        while chosen is None and (waiting or pending):
            if waiting:
                tried.append(asyncio.create_task(_open(waiting.pop(0), port)))
                pending.add(tried[-1])
            done, pending = await asyncio.wait(
                pending, timeout=stagger if waiting else None, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                error = task.exception()
                if error is None:
                    chosen = task.result()
                else:
                    faults.append(connect_fault(error))
    finally:
        _hang_up(tried, but=chosen)
    if chosen is None:
        raise NotDialled(min(faults, key=_TELLING.index))
    return chosen


async def _open(address: Address, port: int) -> _Line:
    line = _Line(socket.AF_INET6 if address.version == 6 else socket.AF_INET, socket.SOCK_STREAM)
    try:
        line.setblocking(False)
        await asyncio.get_running_loop().sock_connect(line, (str(address), port))
    except BaseException:
        line.close()
        raise
    return line


def _hang_up(tried: list[asyncio.Task[_Line]], but: _Line | None) -> None:
    """Close every other connection, those too that come about while nobody waits any more. Waits for nothing itself."""

    def close(task: asyncio.Task[_Line]) -> None:
        if not task.cancelled() and task.exception() is None and task.result() is not but:
            task.result().close()

    for task in tried:
        task.cancel()
        task.add_done_callback(close)


def connect_fault(error: BaseException) -> Fault:
    """Why an address could not be connected to."""
    if not isinstance(error, OSError):
        return Fault.UNREACHABLE
    return _CONNECT_FAULTS.get(error.errno or 0, Fault.UNREACHABLE)


async def _introduced(line: _Line, callee: Callee, listener: Callable[[], Listener]) -> Listener:
    """Shake hands over an open connection."""
    loop = asyncio.get_running_loop()
    name = callee.host.removesuffix(".") if callee.tls else None
    _, ready = await loop.create_connection(listener, sock=line, ssl=callee.tls, server_hostname=name)
    return ready


def _handshake_failure(error: OSError, overheard: bytes) -> tuple[Fault, str]:
    if overheard.startswith(_HTTP):
        return Fault.TLS_PLAIN_HTTP, ""
    if isinstance(error, ssl.SSLError):
        return tls_failure(error)
    return Fault.DROPPED, ""
