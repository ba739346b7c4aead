"""A lookup says "there is no such name" only when DNS did."""

import asyncio
import ipaddress
import socket
import threading

import pytest

from bot.facts.testimony import Fault
from bot.registry.lookup import SystemLookup, looked_up, lookup_fault


@pytest.mark.parametrize(
    ("code", "system", "fault"),
    [
        (socket.EAI_NONAME, "Linux", Fault.DNS_NXDOMAIN),
        (socket.EAI_NONAME, "Darwin", Fault.DNS_NO_ANSWER),
        (socket.EAI_AGAIN, "Linux", Fault.DNS_NO_ANSWER),
        (socket.EAI_NODATA, "Linux", Fault.DNS_NO_ANSWER),
        (socket.EAI_FAIL, "Linux", Fault.DNS_NO_ANSWER),
        (socket.EAI_SYSTEM, "Linux", Fault.DNS_NO_ANSWER),
    ],
)
def test_lookup_fault_proves_absence_only_by_dns(code: int, system: str, fault: Fault) -> None:
    """A name server that is away, a name without addresses and a system that cannot tell are no proof."""
    assert lookup_fault(socket.gaierror(code, "text"), system) is fault


@pytest.mark.parametrize("host", ["a..example", "x" * 64 + ".example", ".example", "\udcff.example"])
def test_looked_up_survives_names_that_are_none(host: str) -> None:
    """What DNS cannot even be asked for gets no answer, and raises nothing."""
    assert looked_up(host, 443) in (Fault.DNS_NO_ANSWER, Fault.DNS_NXDOMAIN)


async def test_system_lookup_finds_this_machine() -> None:
    """The hosts file counts, each address comes once, and the loop goes on meanwhile."""
    found = await SystemLookup()("localhost", 443)
    assert isinstance(found, tuple)
    assert len(set(found)) == len(found)
    assert all(each.is_loopback for each in found)
    assert await SystemLookup()("127.0.0.1", 443) == (ipaddress.ip_address("127.0.0.1"),)


async def test_system_lookup_outlives_whoever_asked() -> None:
    """One who waits no longer leaves nothing that would keep the program, or the next lookup, waiting."""
    lookup = SystemLookup()
    asking = [asyncio.create_task(lookup("localhost", 443)) for _ in range(100)]
    await asyncio.sleep(0)
    assert all(each.daemon for each in threading.enumerate() if each.name == "lookup")
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    assert isinstance(await lookup("localhost", 443), tuple)


async def test_system_lookup_takes_its_own_want_for_no_answer_of_dns() -> None:
    """While as many as may be hang, another name is not asked for, and nothing is said of it."""
    lookup = SystemLookup()
    lookup._free = asyncio.Semaphore(0)
    assert await lookup("localhost", 443) is Fault.BUDGET_SPENT
