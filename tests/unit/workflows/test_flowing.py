"""Much work at once: in order, bounded, with room for others, and ended as a whole."""

import asyncio

import pytest

from bot.workflows import flowing
from bot.workflows.world import let_others


async def test_answers_come_in_the_order_of_the_questions() -> None:
    """Whoever is asked first may answer last."""

    async def ask(number: int) -> int:
        await asyncio.sleep((5 - number) / 1000)
        return number * 10

    assert await flowing.flow(ask, range(5), 2, let_others) == [0, 10, 20, 30, 40]


async def test_nothing_to_ask_is_nothing_to_answer() -> None:
    """No question, no answer."""

    async def ask(number: int) -> int:
        return number

    assert await flowing.flow(ask, [], 4, let_others) == []


async def test_no_more_wait_than_may() -> None:
    """What has not begun costs nothing."""
    running, most = 0, 0

    async def ask(_: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001)
        running -= 1

    await flowing.flow(ask, range(40), 8, let_others, at_once=5)
    assert most == 5


async def test_others_have_their_turn_between_a_few() -> None:
    """Work that never waits does not keep the loop to itself."""
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def ask(number: int) -> int:
        return number

    beside = asyncio.create_task(other())
    await flowing.flow(ask, range(100), 4, let_others)
    beside.cancel()
    assert turns >= 25


async def test_first_error_is_raised_and_ends_the_rest() -> None:
    """Nobody waits for answers that nobody will read."""
    ended: list[int] = []

    async def ask(number: int) -> None:
        if number == 3:
            raise ValueError(number)
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(number)

    with pytest.raises(ValueError, match="3"):
        await flowing.flow(ask, range(1000), 2, let_others, at_once=100)
    assert {0, 1, 2} <= set(ended)
    assert len(ended) < 10


async def test_cancelled_work_leaves_nothing_running() -> None:
    """A look that is given up takes its questions with it."""
    ended: list[int] = []

    async def ask(number: int) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(number)

    task = asyncio.create_task(flowing.flow(ask, range(1000), 2, let_others, at_once=10))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(ended) == list(range(10))


async def test_whoever_must_not_wait_goes_first() -> None:
    """Between two handfuls of work, and as often as there are handfuls."""
    waited: list[int] = []

    async def ask(number: int) -> int:
        return number

    async def between() -> None:
        waited.append(1)

    assert await flowing.flow(ask, range(10), 2, between) == list(range(10))
    assert len(waited) == 5
