"""A courier that is killed again and again: every post arrives, in order, under one id, and says the same each time.

Real processes and SIGKILL, on SQLite's file and on PostgreSQL, with a receiver that fails now and then.
"""

import asyncio
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from bot.carriers.scribe import NoticeScribe
from bot.facts.notice import Notice
from bot.ports.dispatching import Post, State
from bot.ports.keeping import Kind
from bot.store import opening
from tests.fakes import dying
from tests.fakes.cluster import NOW
from tests.fakes.mortal_courier import CARRIER
from tests.fakes.receiver import SECRET, Receiver


ROOT = Path(__file__).parents[2]
INCIDENTS = 12
LIFE = (State.OPENED, State.RESOLVED, State.OPENED)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where things are kept."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'imagepull.db'}"
    url: str = request.getfixturevalue("postgres_server").database()
    return url


async def _lives_shortly(place: str, hook: str, seconds: float) -> None:
    command = [sys.executable, "-m", "tests.fakes.mortal_courier", place, hook]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:  # noqa: ASYNC220  # begun in a moment
        try:
            assert process.stdout is not None
            await asyncio.to_thread(process.stdout.readline)
            await asyncio.sleep(seconds)
        finally:
            process.kill()


async def test_nothing_is_lost_and_nothing_told_under_another_id(place: str) -> None:
    """However often it is killed; what was told twice is told by the same id."""
    random = Random(7)  # noqa: S311  # when somebody is killed is no secret
    names = [f"i{number:02}" for number in range(INCIDENTS)]
    async with opening.opened(place) as store, Receiver() as receiver:
        receiver.answers = [200, 500, 200, 429, 200]
        for name in names:
            body = NoticeScribe().message(Notice(name, NOW, NOW))
            posts = [Post(name, CARRIER, Kind.MESSAGE, body, state=state) for state in LIFE]
            await store.keeper.save([dying.begun(name)], [], posts)
        for _ in range(20):
            await _lives_shortly(place, receiver.url, random.uniform(0.02, 0.5))
            if not await store.dispatches.waiting():
                break
        else:
            await _lives_shortly(place, receiver.url, 10)
        assert await store.dispatches.waiting() == {}
    assert len({each.key for each in receiver.took}) == INCIDENTS * len(LIFE)
    assert len({(each.key, each.body) for each in receiver.received}) == INCIDENTS * len(LIFE)
    assert all(each.is_from(SECRET) for each in receiver.received)
    for name in names:
        told = [each for each in receiver.received if each.said["incident"]["id"] == name]
        order = [each.said["sequence"] for each in told]
        assert order == sorted(order)
        firsts = {each.key: each.said["state"] for each in told}
        assert list(firsts.values()) == [*LIFE]
