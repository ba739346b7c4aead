"""Work is done beside its giver, so much at once, and nothing escapes from it."""

import asyncio

from bot.slack.working import Crew


async def test_work_runs_beside_and_failures_are_told() -> None:
    """One that fails ends nothing."""
    failed: list[BaseException] = []
    done: list[int] = []
    crew = Crew(failed.append)

    async def work() -> None:
        done.append(1)

    async def broken() -> None:
        raise ValueError("broken")

    assert crew.start(broken)
    assert crew.start(work)
    await crew.stop(1)
    assert done == [1]
    assert [str(each) for each in failed] == ["broken"]
    assert not crew.start(work)


async def test_so_much_runs_and_so_much_waits() -> None:
    """More is refused."""
    crew, gate = Crew(lambda _: None, at_once=2, waiting=1), asyncio.Event()
    running: list[int] = []

    async def work() -> None:
        running.append(1)
        await gate.wait()

    assert [crew.start(work) for _ in range(4)] == [True, True, True, False]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(running) == 2
    gate.set()
    await crew.stop(1)
    assert len(running) == 3


async def test_what_does_not_end_is_ended() -> None:
    """After its grace."""
    crew = Crew(lambda _: None)
    crew.start(asyncio.Event().wait)  # type: ignore[arg-type]  # what it gives back is nobody's business
    await crew.stop(0.01)
