"""One look of the bot at one cluster, from the claim to what is to be told of it, stored at once or not at all.

A cluster that hangs, refuses or answers in part was not seen, or not whole: nothing of it ends, and why is remembered
for everybody who asks.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.errors import BotError, ClusterUnreadable, Overtaken
from bot.facts import times
from bot.facts.episode import Episode
from bot.facts.verdict import Report
from bot.incidents import lifecycle
from bot.incidents.lifecycle import Change, Outcome, Patience
from bot.incidents.looking import EVERYWHERE, NOWHERE, Extent, Look
from bot.ports.keeping import Glance, Keeper, Letter


# Of those who store at once one is first; the others decide again on what is there by then.
_TRIES = 5
_NAMED = 5
# A look that takes longer asks whether the cluster is still its own: nobody sweeps beside who has it now for longer than this.
_ASKS_EVERY = timedelta(seconds=1)

Looks = Callable[[], Awaitable[Report]]
Tells = Callable[[Sequence[Change], Look], Awaitable[Sequence[Letter]]]


async def _nobody(_standing: Sequence[Change], _look: Look) -> Sequence[Letter]:
    """For those who hear of everything from its beginning."""
    return ()


class Ending(StrEnum):
    """How a round ended."""

    SEEN = "seen"
    UNSEEN = "unseen"
    ELSEWHERE = "elsewhere"


class _Lost(Exception):
    """Somebody else looks after the cluster by now, and knows more than this look."""


@dataclass(frozen=True, slots=True)
class Round:
    """What became of one look.

    Attributes:
        trouble: why the cluster was not seen, or what of it was not; "" when all was.
        hint: what would help.
        report: what was found; None when nothing was seen.
        letters: how many letters were stored.
    """

    cluster: str
    ending: Ending
    trouble: str = ""
    hint: str = ""
    report: Report | None = None
    letters: int = 0


@dataclass(frozen=True, slots=True)
class Beat:
    """A cluster that this bot looks after.

    Attributes:
        deadline: how long a look may take.
        tell: spells what has changed.
        clock: tells the time.
        extent: what looks are meant to see of it.
        asks_every: how often a look that takes its time asks whether the cluster is still its own.
        late: spells what goes on as it was told, for whoever was not told then.
    """

    cluster: str
    deadline: timedelta
    keeper: Keeper
    patience: Patience
    tell: Tells
    clock: Callable[[], datetime]
    extent: Extent = EVERYWHERE
    asks_every: timedelta = _ASKS_EVERY
    late: Tells = _nobody


async def patrol(beat: Beat, look: Looks, *, full: bool, ends: bool = True) -> Round:
    """Look once, if nobody else looks after the cluster; what is found counts only if that held until it is stored.

    Args:
        beat: the cluster.
        look: finds what fails there.
        full: whether it lists every pod.
        ends: whether what it does not see is over; a look at an odd moment may show what begins, and no more.

    Raises:
        StoreError: what was found cannot be stored; the next look finds it again.
    """
    if not await beat.keeper.claim(beat.cluster):
        return Round(beat.cluster, Ending.ELSEWHERE)
    try:
        return await _looked(beat, look, full=full, ends=ends)
    except _Lost:
        return Round(beat.cluster, Ending.ELSEWHERE)


async def _looked(beat: Beat, look: Looks, *, full: bool, ends: bool) -> Round:
    began = beat.clock()
    try:
        async with asyncio.timeout(beat.deadline.total_seconds()):
            report = await _while_held(beat, look)
    except TimeoutError:
        late = ClusterUnreadable(
            f"no answer within {times.spelled(beat.deadline)}", "is the API server slow, or out of reach?"
        )
        return await _unseen(beat, began, late)
    except BotError as error:
        return await _unseen(beat, began, error)
    seen = _seen(beat, report, full=full)
    letters = await _carry(beat, seen if ends else replace(seen, complete=False))
    trouble = _missing(report)
    await beat.keeper.note_glance(
        Glance(beat.cluster, began, _moment(report, began), trouble, report.looked_at)
    )
    return Round(beat.cluster, Ending.SEEN, trouble, report=report, letters=letters)


async def _while_held(beat: Beat, look: Looks) -> Report:
    """Look for as long as the claim holds."""
    looking = asyncio.ensure_future(look())
    try:
        while not (await asyncio.wait({looking}, timeout=beat.asks_every.total_seconds()))[0]:
            await _must_hold(beat)
        return looking.result()
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


async def retire(beat: Beat) -> int:
    """Tell of a cluster that is looked at no more: whatever was open there ends. How many letters that took."""
    if not await beat.keeper.claim(beat.cluster):
        return 0
    # Nobody saw it end, so nobody says that it did.
    try:
        return await _carry(beat, Look(beat.cluster, beat.clock(), (), extent=NOWHERE))
    except _Lost:
        return 0


async def _unseen(beat: Beat, began: datetime, error: BotError) -> Round:
    await _must_hold(beat)
    await beat.keeper.note_glance(Glance(beat.cluster, began, trouble=error.message))
    return Round(beat.cluster, Ending.UNSEEN, error.message, error.hint)


async def _carry(beat: Beat, look: Look) -> int:
    """Carry the incidents through the look, and store them with what is to be told."""
    since = look.moment - beat.patience.flapping
    for tries_left in reversed(range(_TRIES)):
        known = await beat.keeper.episodes(beat.cluster, since)
        # In this order: what somebody else stores after this makes ours fail, and what they stored before is lost to us.
        await _must_hold(beat)
        # In a storm this takes a second, and people's clicks must not wait for it.
        outcome = await asyncio.to_thread(lifecycle.advance, known, look, beat.patience)
        late = await beat.late(outcome.standing, look)
        letters = (*await beat.tell(outcome.changes, look), *late)
        changed = (*outcome.changed, *_held(outcome, late))
        if not (changed or outcome.forgotten or letters):
            return 0
        try:
            await beat.keeper.save(changed, outcome.forgotten, letters)
        except Overtaken:
            if not tries_left:
                raise
        else:
            return len(letters)
    return 0


def _held(outcome: Outcome, late: Sequence[Letter]) -> list[Episode]:
    """What is stored as it is, so that nobody changes it unnoticed while it is told to somebody who is late."""
    told = {each.incident for each in late} - {each.id for each in outcome.changed}
    return [each.episode for each in outcome.standing if each.episode.id in told]


async def _must_hold(beat: Beat) -> None:
    """Go no further where the claim was lost meanwhile: a process may have stood still for as long as you like."""
    if not await beat.keeper.holds(beat.cluster):
        raise _Lost


def _seen(beat: Beat, report: Report, *, full: bool) -> Look:
    return Look(
        beat.cluster,
        _moment(report, beat.clock()),
        report.incidents,
        complete=report.complete or bool(report.unseen),
        full=full,
        unseen=report.unseen,
        extent=beat.extent,
    )


def _moment(report: Report, otherwise: datetime) -> datetime:
    """The moment that a report stands for."""
    try:
        return datetime.fromisoformat(report.observed_at)
    except ValueError:
        return otherwise


def _missing(report: Report) -> str:
    """What a look did not see, in a line; "" when it saw everything."""
    if report.complete:
        return ""
    if report.unseen:
        named = sorted(report.unseen)
        more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
        return f"not seen: {', '.join(named[:_NAMED])}{more}"
    return "only a part of it answered"
