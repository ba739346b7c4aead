"""A connection goes to a checked address or nowhere, and what kept it from coming about is told apart."""

import asyncio
import errno
import gc
import ipaddress
import socket
import ssl
from contextlib import AsyncExitStack

import pytest

from bot.facts.testimony import Fault
from bot.registry.addresses import Address
from bot.registry.dialer import Callee, Dialer, Limits, NotDialled, _Line, connect_fault
from bot.registry.permits import Reach
from tests.fakes.misbehaving import Misbehaving, answer, closed_port, deaf, says


QUICK = Limits(lookup=0.2, connect=0.2, total=0.5, stagger=0.05)
LOOPBACK = (Reach(ipaddress.ip_network("127.0.0.1/32")),)


class Names:
    """A resolver that gives its answers in turn; the last one stays.

    Attributes:
        asked: how often.
    """

    def __init__(self, *answers: tuple[str, ...] | Fault) -> None:
        self._answers = answers
        self.asked = 0

    async def __call__(self, host: str, port: int) -> tuple[Address, ...] | Fault:  # noqa: ARG002
        """The next answer."""
        self.asked += 1
        given = self._answers[min(self.asked, len(self._answers)) - 1]
        return given if isinstance(given, Fault) else tuple(ipaddress.ip_address(each) for each in given)


async def dialled(
    host: str,
    port: int,
    names: Names,
    reaches: tuple[Reach, ...] = LOOPBACK,
    tls: ssl.SSLContext | None = None,
) -> NotDialled | None:
    """Dial, hang up again, and say what went wrong."""
    reader = asyncio.StreamReader()
    try:
        line = await Dialer(names, QUICK).dial(
            Callee(host, port, tls, reaches), lambda: asyncio.StreamReaderProtocol(reader)
        )
    except NotDialled as error:
        return error
    await asyncio.sleep(0.01)
    line._transport.abort()  # type: ignore[attr-defined]  # the only way to it
    return None


@pytest.mark.attack("R6", "time")
def test_limits_are_those_of_the_design() -> None:
    """5 s to be connected and 10 s in all; the other tests have less."""
    assert (Limits().connect, Limits().total) == (5, 10)


INWARD = [
    "169.254.169.254",
    "127.0.0.1",
    "0.0.0.0",  # noqa: S104
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "10.0.0.1",
    "fd00:ec2::254",
    "100.100.100.200",
]


@pytest.mark.parametrize("address", INWARD)
async def test_dialer_refuses_inward_addresses_as_literals_and_behind_names(address: str) -> None:
    """However one gets there, inside is not connected to: written as it is, or as the answer of a lookup."""
    async with Misbehaving(says(answer(b"{}")), listens=False) as server:
        for host in (address, "registry.example"):
            error = await dialled(host, server.port, Names((address,)), ())
            assert error is not None
            assert error.failed.fault is Fault.UNSAFE_ADDRESS
        assert server.calls == 0


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "127.0.0.1.", "::1%lo"])
async def test_dialer_refuses_disguised_addresses(host: str) -> None:
    """A spelling that the system would read as this machine is not even looked up, whatever is listed."""
    names = Names(("127.0.0.1",))
    async with Misbehaving(says(), listens=False) as server:
        error = await dialled(host, server.port, names, (Reach(ipaddress.ip_network("0.0.0.0/0")),))
        assert error is not None
        assert error.failed.fault is Fault.UNSAFE_ADDRESS
        assert (names.asked, server.calls) == (0, 0)


@pytest.mark.attack("R4", "every address is checked")
@pytest.mark.parametrize(
    "found", [("127.0.0.1", "10.0.0.1"), ("10.0.0.1", "127.0.0.1"), ("127.0.0.1", "::1")]
)
async def test_dialer_refuses_an_answer_with_one_bad_address(found: tuple[str, ...]) -> None:
    """One address that may not be asked spoils the answer: the good one beside it is not connected to either."""
    async with Misbehaving(says(), listens=False) as server:
        error = await dialled("registry.example", server.port, Names(found))
        assert error is not None
        assert error.failed.fault is Fault.UNSAFE_ADDRESS
        assert error.listable
        assert server.calls == 0


@pytest.mark.attack(15, "name that changes its answer")
@pytest.mark.attack("R4", "connects to what was checked")
async def test_dialer_connects_to_what_it_checked() -> None:
    """A name that changes its answer between lookups leads nowhere else: it is looked up once for each connection."""
    names = Names(("127.0.0.1",), ("127.0.0.2",), ("127.0.0.1",))
    async with AsyncExitStack() as stack:
        good = await stack.enter_async_context(Misbehaving(says(hangs=True), listens=False))
        there = ("127.0.0.2", good.port)
        other = await stack.enter_async_context(Misbehaving(says(), listens=False, at=there))
        assert await dialled("registry.example", good.port, names) is None
        assert (names.asked, good.calls) == (1, 1)
        error = await dialled("registry.example", good.port, names)
        assert error is not None
        assert error.failed.fault is Fault.UNSAFE_ADDRESS
        assert (names.asked, good.calls, other.calls) == (2, 1, 0)


async def test_dialer_tries_the_next_address() -> None:
    """Where one of several addresses refuses or hangs the next one is tried, without waiting for long."""
    reaches = (Reach(ipaddress.ip_network("127.0.0.0/8")),)
    async with Misbehaving(says(hangs=True), listens=False) as server:
        with socket.create_server(("127.0.0.3", server.port), backlog=0) as full:
            held = [socket.socket() for _ in range(4)]
            for each in held:
                each.setblocking(False)
                each.connect_ex(full.getsockname())
            found = ("127.0.0.2", "127.0.0.3", "127.0.0.1")
            assert await dialled("registry.example", server.port, Names(found), reaches) is None
            assert server.calls == 1
            for each in held:
                each.close()


@pytest.mark.parametrize("found", [("127.0.0.1",), ("127.0.0.2", "127.0.0.1"), ("127.0.0.1", "127.0.0.1")])
async def test_dialer_leaves_no_connection_open_whenever_it_is_given_up(found: tuple[str, ...]) -> None:
    """Whoever stops waiting may do so at any moment, also when the connection has just come about."""
    reaches = (Reach(ipaddress.ip_network("127.0.0.0/8")),)
    async with Misbehaving(says(hangs=True), listens=False) as server:
        for moments in range(14):
            callee = Callee("registry.example", server.port, None, reaches)
            reader = asyncio.StreamReader()
            dialling = asyncio.create_task(
                Dialer(Names(found), QUICK).dial(callee, lambda: asyncio.StreamReaderProtocol(reader))  # noqa: B023  # used at once
            )
            for _ in range(moments):
                await asyncio.sleep(0)
            dialling.cancel()
            (line,) = await asyncio.gather(dialling, return_exceptions=True)
            if isinstance(line, asyncio.StreamReaderProtocol):  # it was there before
                line._transport.abort()  # type: ignore[attr-defined]  # the only way to it
        await asyncio.sleep(0.05)
        kept = [each for each in gc.get_objects() if isinstance(each, _Line) and each.fileno() != -1]
        for each in kept:
            each.close()
        assert not kept


@pytest.mark.parametrize("fault", [Fault.DNS_NXDOMAIN, Fault.DNS_NO_ANSWER])
async def test_dialer_tells_why_a_name_was_not_found(fault: Fault) -> None:
    """What the resolver says is what is told."""
    error = await dialled("registry.example", 443, Names(fault))
    assert error is not None
    assert error.failed.fault is fault


async def test_dialer_waits_for_no_name_server() -> None:
    """A name server that hangs is one that did not answer; so is one without any address."""

    async def hanging(host: str, port: int) -> tuple[Address, ...]:  # noqa: ARG001
        await asyncio.sleep(60)
        return ()

    with pytest.raises(NotDialled) as caught:
        await Dialer(hanging, QUICK).dial(Callee("registry.example", 443, None), asyncio.Protocol)
    assert caught.value.failed.fault is Fault.DNS_NO_ANSWER
    error = await dialled("registry.example", 443, Names(()))
    assert error is not None
    assert error.failed.fault is Fault.DNS_NO_ANSWER


async def test_dialer_tells_refused_from_silent() -> None:
    """Nobody at the port, or nobody who opens: two different things."""
    error = await dialled("127.0.0.1", closed_port(), Names())
    assert error is not None
    assert error.failed.fault is Fault.CONNECT_REFUSED
    with deaf() as port:
        error = await dialled("127.0.0.1", port, Names())
    assert error is not None
    assert error.failed.fault is Fault.CONNECT_TIMEOUT


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        (errno.ECONNREFUSED, Fault.CONNECT_REFUSED),
        (errno.ETIMEDOUT, Fault.CONNECT_TIMEOUT),
        (errno.ENETUNREACH, Fault.UNREACHABLE),
        (errno.EHOSTUNREACH, Fault.UNREACHABLE),
        (errno.EPERM, Fault.UNREACHABLE),
        (errno.ECONNRESET, Fault.DROPPED),
        (errno.EMFILE, Fault.BUDGET_SPENT),
    ],
)
def test_connect_fault_goes_by_the_system_s_number(number: int, fault: Fault) -> None:
    """Our own lack of sockets is not taken for a registry that cannot be reached."""
    assert connect_fault(OSError(number, "text")) is fault
