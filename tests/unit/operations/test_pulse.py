"""What a sleep takes beyond its time is what everybody waits for."""

import asyncio
from collections.abc import Iterator

import pytest

from bot.operations import pulse


async def _lags(*slept: float) -> list[float]:
    """What is noted of sleeps that take so long."""
    noted: list[float] = []
    clock = 0.0
    each: Iterator[float] = iter(slept)

    async def sleep(_: float) -> None:
        nonlocal clock
        await asyncio.sleep(0)
        took = next(each, None)
        if took is None:
            raise asyncio.CancelledError
        clock += took

    with pytest.raises(asyncio.CancelledError):
        await pulse.beat(noted.append, lambda: clock, sleep)
    return noted


async def test_lag_is_what_a_sleep_takes_too_long() -> None:
    """In seconds, and none where it was in time."""
    assert await _lags(pulse.EVERY, pulse.EVERY + 2.0) == [0.0, 2.0]


async def test_lag_is_never_less_than_nothing() -> None:
    """A timer may fire a little early."""
    assert await _lags(pulse.EVERY - 0.25) == [0.0]
