"""A ledger whose owner is killed: the proposal, its records and what is to be told of it are there, or none of it.

Real processes and SIGKILL, on SQLite's file and on PostgreSQL.
"""

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.facts import audit
from bot.facts.audit import Record
from bot.ports.deciding import Ledger
from bot.store import opening
from bot.store.opening import Store
from tests.fakes import dying
from tests.fakes.cluster import NOW
from tests.lives import HOUR
from tests.proposed import entry


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


async def _record(ledger: Ledger) -> tuple[Record, ...]:
    """All of it, which is a chain."""
    found: list[Record] = []
    while more := await ledger.records(found[-1].number if found else 0):
        found += more
    assert audit.broken(found) == ""
    return tuple(found)


async def _whole(store: Store) -> set[str]:
    """The plans that are there; each with all that belongs to it, and nothing there without its plan."""
    plans = {each.id for each in await store.ledger.since(NOW - HOUR)}
    assert {each.id for each in await store.ledger.unfinished()} == plans
    recorded = Counter(each.entry.plan for each in await _record(store.ledger))
    assert recorded == dict.fromkeys(plans, 2)
    for name in plans:
        assert len(await store.keeper.messages(name)) == 1
    assert (await store.outbox.backlog()).letters == 2 * len(plans)
    return plans


@pytest.mark.attack(32, "killed in the middle of a write")
async def test_kill_at_every_statement_leaves_all_or_nothing(place: str) -> None:
    """Before it, after it, and before the commit; then there is nothing. After the commit there is everything."""
    async with opening.opened(place) as store:
        with _process("plan-statements", place) as process:
            lines, _ = process.communicate(timeout=_PATIENCE)
        told = dict(line.split(" ", 1) for line in lines.splitlines())
        assert len(told) > 12
        assert set(told.values()) == {"killed by 9", "done"}
        assert await _whole(store) == {name for name, end in told.items() if end == "done"}


async def test_kill_at_any_moment_leaves_all_or_nothing(place: str) -> None:
    """And whatever was said to be stored is stored."""
    async with opening.opened(place) as store:
        with _process("plan-until-killed", place) as process:
            last = int(await asyncio.to_thread(_line, process))
            await asyncio.sleep(0.021)
            process.kill()
            rest, _ = process.communicate()
        last = max([last, *(int(line) for line in rest.split())])
        names = {f"u{number:05}" for number in range(last + 1)}
        assert await _whole(store) in (names, names | {f"u{last + 1:05}"})


async def test_processes_add_to_one_chain(place: str) -> None:
    """Neither loses what the other recorded, and what they store is stored once for each time that they say so."""
    async with opening.opened(place) as store:
        await store.ledger.save(dying.planned(dying.SHARED), [], dying.letters(dying.SHARED)[:1])
        with _process("plan-twelve", place) as one, _process("plan-twelve", place) as other:
            for process in (one, other):
                assert await asyncio.to_thread(_line, process) == "done"
        shared = await store.ledger.proposal(dying.SHARED)
        assert shared is not None
        assert shared.done == 2 * dying.TIMES
        plans = Counter(each.entry.plan for each in await _record(store.ledger))
        assert plans[dying.SHARED] == 2 * dying.TIMES
        assert plans[""] >= 2 * dying.TIMES
        assert (await store.outbox.backlog()).letters == 1 + 2 * dying.TIMES


async def test_stop_at_any_step_leaves_all_or_nothing(place: str) -> None:
    """A task that is cancelled is not a kill, but stops at as many places."""
    async with opening.opened(place) as store:
        for steps in range(40):
            name = f"c{steps:02}"
            recorded = [entry(plan=name), entry(plan=name)]
            saving = store.ledger.save(dying.planned(name), recorded, dying.letters(name))
            task = asyncio.ensure_future(saving)
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled() or task.exception() is None
        await _whole(store)


async def test_record_is_read_and_nothing_changed_by_who_only_looks(place: str) -> None:
    """Beside a bot at work; before there is a record nothing is made."""
    with pytest.raises(StoreError):
        async with opening.recorded(place):
            pass
    async with opening.opened(place) as store, opening.recorded(place) as seen:
        await store.ledger.note([entry()])
        assert await _record(seen) == await _record(store.ledger)
        with pytest.raises(StoreError) as refused:
            await seen.note([entry()])
        assert refused.value.message == "the database can only be read"
        assert len(await _record(store.ledger)) == 1
