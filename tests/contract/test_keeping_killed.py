"""A memory whose owner is killed: both the incident and what is to be told of it are there, or neither.

Real processes and SIGKILL, on SQLite's file and on PostgreSQL.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.store import claims, opening
from bot.store.opening import Store
from tests.fakes import dying
from tests.fakes.cluster import NOW
from tests.fakes.postgres import Postgres
from tests.lives import MINUTE


ROOT = Path(__file__).parents[2]
_PATIENCE = 20.0


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where things are kept."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'imagepull.db'}"
    url: str = request.getfixturevalue("postgres_server").database()
    return url


@contextmanager
def _process(what: str, url: str) -> Iterator["subprocess.Popen[str]"]:
    """Another bot, which is not there any more when the block ends."""
    command = [sys.executable, "-m", "tests.fakes.dying", what, url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def _line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


async def _is_whole(store: Store, name: str) -> bool:
    """Whether an incident is there; and with it all that is to be told, or nothing."""
    episode, messages = await store.keeper.episode(name), await store.keeper.messages(name)
    assert len(messages) == (episode is not None), name
    return episode is not None


async def _said(store: Store) -> dict[str, list[str]]:
    """What is told of each incident, in order."""
    said: dict[str, list[str]] = {}
    while taken := await store.outbox.due(NOW, MINUTE, 1000):
        for each in taken:
            said.setdefault(each.letter.incident, []).append(each.letter.body)
            await store.outbox.delivered(each)
    return said


async def test_kill_at_every_statement_leaves_all_or_nothing(place: str) -> None:
    """Before it, after it, and before the commit; then there is nothing. After the commit there is everything."""
    async with opening.opened(place) as store:
        with _process("statements", place) as process:
            lines, _ = process.communicate(timeout=_PATIENCE)
        told = dict(line.split(" ", 1) for line in lines.splitlines())
        assert len(told) > 8
        assert set(told.values()) == {"killed by 9", "done"}
        whole = {name for name in told if await _is_whole(store, name)}
        assert whole == {name for name, end in told.items() if end == "done"}
        assert await _said(store) == {name: ["post", "reply"] for name in whole}


@pytest.mark.attack(32, "killed in the middle of a write")
async def test_kill_at_any_moment_leaves_all_or_nothing(place: str) -> None:
    """And whatever was said to be stored is stored."""
    async with opening.opened(place) as store:
        begin = 0
        for pause in (0.0, 0.004, 0.011):
            with _process("until-killed", place) as process:
                last = int(await asyncio.to_thread(_line, process))
                await asyncio.sleep(pause)
                process.kill()
                rest, _ = process.communicate()
            last = max([last, *(int(line) for line in rest.split())])
            names = [f"u{number:05}" for number in range(begin, last + 2)]
            whole = [await _is_whole(store, name) for name in names]
            assert all(whole[:-1])
            assert await _said(store) == {
                name: ["post", "reply"] for name, there in zip(names, whole, strict=True) if there
            }
            for episode in await store.keeper.episodes("eu", NOW):
                await store.keeper.save([], [episode], [])


@pytest.mark.attack(32, "two processes")
async def test_two_processes_share_one_memory(place: str) -> None:
    """Neither loses what the other stored, and neither is refused for good."""
    async with opening.opened(place) as store:
        await store.keeper.save([dying.begun(dying.SHARED)], [], dying.letters(dying.SHARED)[:1])
        with _process("twelve", place) as one, _process("twelve", place) as other:
            for process in (one, other):
                assert await asyncio.to_thread(_line, process) == "done"
        shared = await store.keeper.episode(dying.SHARED)
        assert shared is not None
        assert shared.returns == 2 * dying.TIMES
        said = (await _said(store))[dying.SHARED][1:]
        assert len(said) == len(set(said)) == 2 * dying.TIMES
        for process in (one, other):
            mine = [each for each in said if each.startswith(f"{process.pid}-")]
            assert mine == [f"{process.pid}-{number}" for number in range(dying.TIMES)]


async def test_lost_replicas_clusters_move_on(postgres_server: Postgres) -> None:
    """The claim ends with the process, however that ends."""
    url = postgres_server.database()
    async with opening.opened(url) as store:
        with _process("claim", url) as process:
            assert await asyncio.to_thread(_line, process) == "True"
            assert not await store.keeper.claim("eu")
            assert await store.keeper.claim("us")
            os.kill(process.pid, signal.SIGKILL)
            await _until_claimed(store, "eu")


async def test_stop_at_any_step_leaves_all_or_nothing(place: str) -> None:
    """A task that is cancelled is not a kill, but stops at as many places."""
    async with opening.opened(place) as store:
        for steps in range(60):
            name = f"c{steps:02}"
            saving = store.keeper.save([dying.begun(name)], [], dying.letters(name))
            await _stopped(asyncio.ensure_future(saving), steps)
            await _is_whole(store, name)
            await _stopped(asyncio.ensure_future(store.outbox.due(NOW, MINUTE, 1)), steps)
            await _stopped(asyncio.ensure_future(store.keeper.claim("eu")), steps)
        assert await store.keeper.claim("eu")
        await store.keeper.release("eu")
        async with opening.opened(place) as other:
            assert await other.keeper.claim("eu")


async def _stopped(task: "asyncio.Future[object]", steps: int) -> None:
    """Let it take so many steps of the loop, every third time with a little of the clock's."""
    for _ in range(steps % 30):
        await asyncio.sleep(0)
    if steps % 3 == 0:
        await asyncio.sleep(steps / 20_000)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled() or task.exception() is None


async def _until_claimed(store: Store, cluster: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not await store.keeper.claim(cluster):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def test_claim_is_lost_with_its_session(postgres_server: Postgres) -> None:
    """Who had it is told so when they ask, and takes it again when it is free."""
    url = postgres_server.database()
    async with opening.opened(url) as one, opening.opened(url) as other:
        assert await one.keeper.claim("eu")
        assert await one.keeper.claim("us")
        postgres_server.ask("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
        await _until_claimed(other, "eu")
        assert not await one.keeper.claim("eu")
        assert await one.keeper.claim("us")
        assert not await other.keeper.claim("us")


async def test_claim_is_not_held_when_it_was_lost_meanwhile(postgres_server: Postgres) -> None:
    """Also where nobody else took it; and the server ends sessions that say nothing, as those of a frozen replica do."""
    url = postgres_server.database()
    async with opening.opened(url) as store:
        assert await store.keeper.claim("eu")
        assert await store.keeper.holds("eu")
        postgres_server.ask("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
        await asyncio.sleep(0.1)
        assert not await store.keeper.holds("eu")
        assert await store.keeper.claim("eu")
        assert await store.keeper.holds("eu")


async def test_silent_session_is_ended_by_the_server(
    postgres_server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A replica that is frozen keeps its connection, and says nothing: its clusters move on all the same."""
    monkeypatch.setattr(claims, "_SILENT_MS", 300)
    url = postgres_server.database()
    async with opening.opened(url) as frozen, opening.opened(url) as other:
        assert await frozen.keeper.claim("eu")
        assert not await other.keeper.claim("eu")
        await asyncio.sleep(0.6)
        assert await other.keeper.claim("eu")
        assert not await frozen.keeper.holds("eu")


async def test_replicas_claim_each_cluster_once(postgres_server: Postgres) -> None:
    """However many ask at once for however many clusters; soon each has its share."""
    url = postgres_server.database()
    clusters = [f"cluster-{number}" for number in range(20)]
    async with opening.opened(url) as one, opening.opened(url) as two, opening.opened(url) as three:
        stores = (one, two, three)
        taken = await asyncio.gather(*(store.keeper.claim(each) for store in stores for each in clusters))
        won = [taken[begin :: len(clusters)] for begin in range(len(clusters))]
        assert max(sum(each) for each in won) == 1
        deadline, held = time.monotonic() + _PATIENCE, [set(clusters)]
        while max(map(len, held)) > 7:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.2)
            held = [{each for each in clusters if await store.keeper.claim(each)} for store in stores]
