"""Work is done beside its giver, so much at once, and nothing escapes from it."""

import asyncio

import pytest

from bot.slack import working
from bot.slack.working import Crew, Traffic


async def test_work_runs_beside_and_failures_are_told() -> None:
    """One that fails ends nothing."""
    failed: list[BaseException] = []
    done: list[int] = []
    crew = Crew(failed.append, Traffic())

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
    crew, gate = Crew(lambda _: None, Traffic(), at_once=2, waiting=1), asyncio.Event()
    running: list[int] = []

    async def work() -> None:
        running.append(1)
        await gate.wait()

    assert [crew.start(work) for _ in range(4)] == [True, True, True, False]
    await asyncio.sleep(0.01)
    assert len(running) == 2
    gate.set()
    await crew.stop(1)
    assert len(running) == 3


async def test_what_does_not_end_is_ended() -> None:
    """After its grace; and it is said how much that was."""
    crew = Crew(lambda _: None, Traffic(), at_once=1)
    for _ in range(3):
        crew.start(asyncio.Event().wait)  # type: ignore[arg-type]  # what it gives back is nobody's business
    assert crew.unfinished == 3
    assert await crew.stop(0.01) == 3
    assert crew.unfinished == 0
    assert await crew.stop(0.01) == 0


async def test_what_waits_is_done_before_the_end() -> None:
    """All of it, one after the other, within the grace; and also behind work that ends itself."""
    done: list[int] = []
    crew = Crew(lambda _: None, Traffic(), at_once=1)

    async def ends_itself() -> None:
        raise asyncio.CancelledError

    async def work() -> None:
        await asyncio.sleep(0)
        done.append(len(done))

    crew.start(ends_itself)
    for _ in range(20):
        crew.start(work)
    assert await crew.stop(1) == 0
    assert done == list(range(20))


async def test_calm_begins_a_moment_after_the_last() -> None:
    """A burst is read in portions: between two of them nothing waits, and yet more is on its way."""
    traffic, now = Traffic(), asyncio.get_running_loop().time
    began = now()
    await traffic.calm()
    assert now() - began < 0.008
    for _ in range(3):
        with traffic.passing():
            pass
        calm = asyncio.ensure_future(traffic.calm())
        await asyncio.sleep(0.004)
        assert not calm.done()
    await calm
    assert now() - began >= 0.01


async def test_work_stands_back_while_slack_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a moment: whoever floods the bot does not stop it."""
    monkeypatch.setattr(working, "_STANDS_BACK", 0.05)
    traffic, done = Traffic(), []
    crew = Crew(lambda _: None, traffic)

    async def work() -> None:
        done.append(1)

    with traffic.passing():
        with traffic.passing():
            crew.start(work)
        await asyncio.sleep(0.01)
        assert done == []
    await asyncio.sleep(0.01)
    assert done == [1]
    with traffic.passing():
        crew.start(work)
        await asyncio.sleep(0.1)
        assert done == [1, 1]
    await crew.stop(1)
