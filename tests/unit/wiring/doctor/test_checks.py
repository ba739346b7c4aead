"""Checks end by themselves, and none hides what another found."""

import asyncio
from collections.abc import AsyncIterator

from bot.errors import ClusterUnreadable
from bot.facts.finding import Finding, State, ok
from bot.wiring.doctor.checks import Check, every, one


async def _well() -> AsyncIterator[Finding]:
    yield ok("well", "it is")


async def _hangs() -> AsyncIterator[Finding]:
    yield ok("slow", "began")
    await asyncio.sleep(60)


async def _raises() -> AsyncIterator[Finding]:
    yield ok("broken", "began")
    raise ClusterUnreadable("nobody answers", "mend it")


async def _falls() -> AsyncIterator[Finding]:
    yield ok("ours", "began")
    raise ValueError("xoxb-secret")


async def test_one_keeps_what_was_found_before_it_hung() -> None:
    """And says that the rest is not known."""
    found = await one(Check("slow", _hangs, 0.05))
    assert [each.state for each in found] == [State.OK, State.WRONG]
    assert "0.05 seconds" in found[1].says


async def test_every_goes_on_beside_what_hangs() -> None:
    """A cluster that hangs takes nobody else's time."""
    found = await every([Check("slow", _hangs, 0.05), Check("well", _well, 0.05)])
    assert [each.key for each in found] == ["slow", "slow", "well"]


async def test_one_tells_an_error_with_its_hint() -> None:
    """What is expected to go wrong has words of its own."""
    assert (await one(Check("broken", _raises, 1)))[1].remedy == "mend it"


async def test_one_tells_a_fault_of_ours_without_its_text() -> None:
    """It may hold anything, a secret included."""
    found = await one(Check("ours", _falls, 1))
    assert found[1].state is State.UNCHECKED
    assert "xoxb" not in str(found)
