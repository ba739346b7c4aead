"""Jobs run at once and again, never over themselves, and a failure or a change stops no other."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest

from bot.schedule import Job, Schedule


TICK = timedelta(seconds=0.05)


@pytest.fixture
async def failures() -> list[tuple[str, str]]:
    """What runs have raised."""
    return []


@pytest.fixture
async def schedule(failures: list[tuple[str, str]]) -> AsyncIterator[Schedule]:
    """A schedule that runs, and stops in the end."""
    made = Schedule(lambda name, error: failures.append((name, str(error))))
    made.start()
    yield made
    await made.stop()


async def _until(wanted: Callable[[], bool]) -> None:
    async with asyncio.timeout(1.5):
        while not wanted():  # noqa: ASYNC110  # what is waited for knows nothing of the test
            await asyncio.sleep(0.005)


def _counting(counts: list[int], pause: float = 0) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        counts.append(1)
        await asyncio.sleep(pause)

    return run


async def test_job_runs_at_once_and_again(schedule: Schedule) -> None:
    """Nobody waits a minute for the first look."""
    counts: list[int] = []
    await schedule.set({"eu": Job(TICK, _counting(counts))})
    await _until(lambda: len(counts) >= 3)


async def test_jobs_that_come_together_begin_one_after_another(schedule: Schedule) -> None:
    """A hundred clusters are not looked at in the same moment, and none waits for its whole interval."""
    began: list[float] = []

    async def run() -> None:
        began.append(asyncio.get_running_loop().time())

    await schedule.set({f"c{number}": Job(timedelta(seconds=0.4), run) for number in range(4)})
    await _until(lambda: len(began) >= 4)
    assert began[3] - began[0] >= 0.1


async def test_job_never_overlaps_itself(schedule: Schedule) -> None:
    """One that takes longer than its interval goes on alone, and what it missed comes once."""
    under_way, most, runs = 0, 0, 0

    async def slow() -> None:
        nonlocal under_way, most, runs
        under_way, runs = under_way + 1, runs + 1
        most = max(most, under_way)
        await asyncio.sleep(0.2)
        under_way -= 1

    await schedule.set({"eu": Job(TICK, slow)})
    await asyncio.sleep(0.7)
    assert most == 1
    assert 2 <= runs <= 4


async def test_failing_job_is_told_and_tried_again(
    schedule: Schedule, failures: list[tuple[str, str]]
) -> None:
    """And others go on meanwhile."""
    counts: list[int] = []

    async def fail() -> None:
        raise ValueError("broken")

    await schedule.set({"bad": Job(TICK, fail), "good": Job(TICK, _counting(counts))})
    await _until(lambda: len(failures) >= 2 and len(counts) >= 2)
    assert set(failures) == {("bad", "broken")}


async def test_change_disturbs_only_what_changed(schedule: Schedule) -> None:
    """A run of a job that stays goes on; one that goes is cancelled; one that is new begins at once."""
    ended: list[str] = []

    def lasting(name: str) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            try:
                await asyncio.sleep(30)
            except asyncio.CancelledError:
                ended.append(name)
                raise

        return run

    hour = timedelta(hours=1)
    await schedule.set({"stays": Job(hour, lasting("stays"), 1), "goes": Job(hour, lasting("goes"), 1)})
    await asyncio.sleep(0.2)
    counts: list[int] = []
    await schedule.set({"stays": Job(hour, lasting("stays"), 1), "new": Job(hour, _counting(counts))})
    assert ended == ["goes"]
    await _until(lambda: bool(counts))
    await schedule.set({"stays": Job(hour, lasting("stays"), 2)})
    assert ended == ["goes", "stays"]


async def test_job_can_be_wanted_sooner(schedule: Schedule) -> None:
    """What somebody asks for does not wait for its turn; a job that is not there is nobody's."""
    counts: list[int] = []
    await schedule.set({"eu": Job(timedelta(hours=1), _counting(counts))})
    await _until(lambda: len(counts) == 1)
    schedule.soon("eu")
    schedule.soon("none")
    await _until(lambda: len(counts) == 2)


async def test_job_wanted_while_it_runs_runs_once_more(schedule: Schedule) -> None:
    """What goes on may have begun too early to see what somebody asks for; asking thrice is asking once."""
    counts: list[int] = []
    await schedule.set({"eu": Job(timedelta(hours=1), _counting(counts, 0.1))})
    await _until(lambda: len(counts) == 1)
    for _ in range(3):
        schedule.soon("eu")
    await _until(lambda: len(counts) == 2)
    await asyncio.sleep(0.2)
    assert len(counts) == 2


async def test_stop_ends_what_is_under_way() -> None:
    """Nothing runs on after it, and stopping what never began is no error."""
    counts: list[int] = []
    schedule = Schedule(lambda *_: None)
    schedule.start()
    await schedule.set({"eu": Job(TICK, _counting(counts, 0.5))})
    await _until(lambda: bool(counts))
    await schedule.stop()
    seen = len(counts)
    await asyncio.sleep(0.15)
    assert len(counts) == seen
    await Schedule(lambda *_: None).stop()
