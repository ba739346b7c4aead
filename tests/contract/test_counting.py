"""A census by one suite, whoever keeps what is counted: in this process, in SQLite's file, in PostgreSQL."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.facts.episode import Episode, Stage
from bot.facts.proposal import Stage as PlanStage
from bot.incidents import lifecycle
from bot.incidents.lifecycle import Patience
from bot.incidents.looking import Look
from bot.ports.counting import Count, Tally
from bot.store.opening import Store
from tests import lives, proposed
from tests.fakes.cluster import NOW
from tests.fakes.store import Replica


@pytest.fixture
async def store(replica: Replica) -> Store:
    """One of them."""
    return await replica()


def _episode(name: str, workload: str, **changes: object) -> Episode:
    look = Look("eu", NOW, (lives.incident(workload),))
    (begun,) = lifecycle.advance([], look, Patience(hold=timedelta(0))).changed
    return replace(begun, id=name, **changes)


async def test_nothing_is_counted_where_nothing_is(store: Store) -> None:
    """No kind, no number."""
    assert await store.census.tally() == Tally()


async def test_what_lives_is_counted_by_cause_and_stage(store: Store) -> None:
    """What is over is not, and what nobody knows the cause of has none."""
    first = _episode("a", "shop/web")
    cause = str(first.fingerprint.cause)
    nameless = _episode("c", "shop/db")
    nameless = replace(nameless, fingerprint=replace(nameless.fingerprint, cause=None))
    over = _episode("d", "shop/old", stage=Stage.RESOLVED, ended=NOW)
    held = _episode("e", "shop/new", stage=Stage.HELD)
    await store.keeper.save([first, _episode("b", "shop/api"), nameless, over, held], [], [])
    assert (await store.census.tally()).incidents == (
        Count("", "open", 1),
        Count(cause, "held", 1),
        Count(cause, "open", 2),
    )


async def test_plans_are_counted_by_action_and_stage(store: Store) -> None:
    """Those that are over, too: what went wrong is worth a number."""
    action = proposed.plan().action
    for name, stage in (("p1", PlanStage.WAITING), ("p2", PlanStage.MENDED), ("p3", PlanStage.MENDED)):
        await store.ledger.save(proposed.proposal(name, stage=stage), [])
    assert (await store.census.tally()).plans == (Count(action, "mended", 2), Count(action, "waiting", 1))
