"""Asks the system where a name leads: host and port in -> addresses or the fault of the lookup out.

Every lookup has a thread of its own that nobody waits for. In asyncio's shared pool a few names whose name server
hangs would hold up every other lookup, and the end of the program, for as long as the system's resolver likes.
"""

import asyncio
import ipaddress
import platform
import socket
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress

from bot.facts.testimony import Fault
from bot.registry.addresses import Address


Resolve = Callable[[str, int], Awaitable[tuple[Address, ...] | Fault]]

_MOST_AT_ONCE = 64


class SystemLookup:
    """The system's resolver, with its hosts file and search list, as the node's own resolver would answer."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(_MOST_AT_ONCE)

    async def __call__(self, host: str, port: int) -> tuple[Address, ...] | Fault:
        """Look a name up once; where too many others hang, that is our own want and no answer of DNS."""
        if self._free.locked():
            return Fault.BUDGET_SPENT
        await self._free.acquire()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[tuple[Address, ...] | Fault] = loop.create_future()

        def settle(outcome: tuple[Address, ...] | Fault) -> None:
            self._free.release()
            if not answer.done():
                answer.set_result(outcome)

        def ask() -> None:
            outcome = looked_up(host, port)
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(settle, outcome)

        threading.Thread(target=ask, name="lookup", daemon=True).start()
        return await answer


def looked_up(host: str, port: int) -> tuple[Address, ...] | Fault:
    """Look a name up, and block meanwhile."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        return lookup_fault(error)
    except (OSError, UnicodeError):  # a label that is empty or too long never gets as far as DNS
        return Fault.DNS_NO_ANSWER
    addresses = (ipaddress.ip_address(str(each[4][0])) for each in found)
    return tuple(dict.fromkeys(addresses)) or Fault.DNS_NO_ANSWER


def lookup_fault(error: socket.gaierror, system: str = platform.system()) -> Fault:
    """Why a lookup failed.

    Linux keeps "there is no such name" apart from "nobody answered"; elsewhere (macOS) the first is also said when the
    network is away, so it proves nothing there.
    """
    if error.errno == socket.EAI_NONAME and system == "Linux":
        return Fault.DNS_NXDOMAIN
    return Fault.DNS_NO_ANSWER
