"""A proposal is in one replica's hands at a time, and in nobody's for longer than a lease."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import Overtaken
from bot.facts.audit import Event, broken
from bot.facts.proposal import Proposal, Stage
from bot.remediation import holding
from bot.remediation.holding import Holding
from tests import fixes
from tests.fakes.holding import Clock, means
from tests.fakes.ledger import MemoryLedger


async def _stored(ledger: MemoryLedger, stage: Stage = Stage.APPROVED) -> Proposal:
    return await ledger.save(fixes.proposal(fixes.plan(), stage), ())


async def test_what_is_approved_is_taken_by_one() -> None:
    """Of two that saw the same proposal the second gets nothing."""
    ledger, clock = MemoryLedger(), Clock(fixes.NOW)
    stored = await _stored(ledger)
    first = await holding.take(stored, means(ledger, clock, "one"))
    assert first is not None
    assert (first.proposal.stage, first.proposal.holder) == (Stage.RUNNING, "one")
    assert await holding.take(stored, means(ledger, clock, "two")) is None
    assert await holding.take(first.proposal, means(ledger, clock, "two")) is None
    assert [each.body for each in ledger.letters] == ["running"]


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is Stage.WAITING or stage.is_over])
async def test_what_is_not_approved_or_over_is_taken_by_nobody(stage: Stage) -> None:
    """However old its lease is."""
    ledger, clock = MemoryLedger(), Clock(fixes.NOW)
    assert await holding.take(await _stored(ledger, stage), means(ledger, clock)) is None


@pytest.mark.parametrize("stage", [Stage.RUNNING, Stage.WATCHING])
async def test_a_lapsed_lease_gives_it_to_whoever_comes(stage: Stage) -> None:
    """And not before; a clock that went back by hours keeps it from nobody."""
    ledger, clock = MemoryLedger(), Clock(fixes.NOW)
    mine, other = means(ledger, clock, "one"), means(ledger, clock, "two")
    held = replace(fixes.proposal(fixes.plan(), stage), holder="one", held_until=fixes.NOW + mine.lease)
    stored = await ledger.save(held, ())
    assert not holding.is_free(stored, other)
    assert holding.is_free(stored, mine)
    clock.moment = fixes.NOW + mine.lease
    assert holding.is_free(stored, other)
    clock.moment = fixes.NOW - timedelta(hours=1)
    assert holding.is_free(stored, other)
    taken = await holding.take(stored, other)
    assert taken is not None
    assert (taken.proposal.stage, taken.proposal.holder) == (stage, "two")


def test_a_clock_that_went_back_is_told_from_one_that_is_a_little_off() -> None:
    """By when it was asked for, and by every yes."""
    waiting, approved = (fixes.proposal(fixes.plan(), each) for each in (Stage.WAITING, Stage.APPROVED))
    minute = timedelta(minutes=1)
    assert not holding.is_ahead(waiting, fixes.NOW - 4 * minute)
    assert holding.is_ahead(waiting, fixes.NOW - 6 * minute)
    later = replace(approved, approvals=(replace(approved.approvals[0], at=fixes.NOW + 20 * minute),))
    assert not holding.is_ahead(later, fixes.NOW + 16 * minute)
    assert holding.is_ahead(later, fixes.NOW + 14 * minute)


async def test_who_was_overtaken_stores_nothing_more() -> None:
    """The one who holds it goes on."""
    ledger, clock = MemoryLedger(), Clock(fixes.NOW)
    first = await holding.take(await _stored(ledger), means(ledger, clock, "one"))
    assert first is not None
    clock.moment += timedelta(minutes=3)
    assert await holding.take(first.proposal, means(ledger, clock, "two")) is not None
    with pytest.raises(Overtaken):
        await first.store(done=1)
    stored = await ledger.proposal("p1")
    assert stored is not None
    assert (stored.holder, stored.done) == ("two", 0)


async def test_a_lease_is_renewed_when_half_of_it_is_over() -> None:
    """Not with every look."""
    ledger, clock = MemoryLedger(), Clock(fixes.NOW)
    held = await holding.take(await _stored(ledger), means(ledger, clock))
    assert held is not None
    before = held.proposal.version
    await held.keep()
    assert held.proposal.version == before
    clock.moment += timedelta(seconds=61)
    await held.keep()
    assert held.proposal.version == before + 1


async def test_the_end_is_recorded_told_and_gives_it_up() -> None:
    """In one step."""
    ledger, clock = MemoryLedger(), Clock(fixes.NOW)
    held = Holding(await _stored(ledger, Stage.RUNNING), means(ledger, clock))
    ended = await held.end(Stage.STALE, "it changed", [held.entry(Event.STALE, {"outcome": "it changed"})])
    assert (ended.stage, ended.outcome, ended.holder, ended.ended) == (
        Stage.STALE,
        "it changed",
        "",
        fixes.NOW,
    )
    assert [each.body for each in ledger.letters] == ["stale", "it changed"]
    assert ledger.events == [Event.STALE]
    entry = ledger.chain[0].entry
    assert (entry.actor, entry.plan, entry.digest) == ("imagepull", "p1", fixes.plan().digest)
    assert (entry.cluster, entry.namespace) == ("eu", "shop")
    assert not broken(ledger.chain)
