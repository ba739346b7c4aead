"""The weekly digest: incidents of two weeks, changes and voices in, the numbers of a scope out.

Counted is what went on at some time of the week; how long it took, of what ended in it. What is open is counted apart.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from bot.facts.digest import CauseLine, Digest, Fixes, Lasting, Offender, Scope, Sort, Week
from bot.facts.opinion import Judgement, Opinion
from bot.facts.people import EVERYBODY
from bot.facts.proposal import Proposal, Stage
from bot.workflows import lives
from bot.workflows.lives import Life


_MOST_OFFENDERS = 3
_SLOW = 0.9

Kind = tuple[str | None, bool]
"""A cause, and whether it is a storm."""


@dataclass(frozen=True, slots=True)
class Past:
    """What is remembered.

    Attributes:
        lives: of incidents that people were told of, those of two weeks at least.
        proposals: changes that were made since the week before began.
        opinions: voices of that time.
        kept: from when on incidents are remembered that ended.
    """

    lives: Sequence[Life]
    proposals: Sequence[Proposal]
    opinions: Sequence[Opinion]
    kept: datetime


def digest(
    past: Past, week: Week, zone: str, scope: Scope, title: Callable[[str | None, bool], str]
) -> Digest:
    """The numbers of a week.

    Args:
        past: what is remembered.
        week: which one.
        zone: of the clock that it is told by.
        scope: what it is about.
        title: a cause in words; of a storm with True.
    """
    every = lives.within(past.lives, scope)
    now = [each for each in every if each.touches(week.begin, week.end)]
    before = [each for each in every if each.touches(week.before, week.begin)]
    ids = {each.id for each in now}
    voices = Counter(
        each.judgement
        for each in past.opinions
        if week.begin <= each.at < week.end and each.shown.incident in ids
    )
    return Digest(
        week,
        zone,
        scope,
        len(now),
        len(before),
        sum(each.since >= week.begin for each in now),
        sum(_is_open(each, week.end) for each in now),
        _lasting(now, week.begin, week.end),
        _lasting(before, week.before, week.begin),
        _causes(now, before, week, title),
        _offenders(now, week, several=len({name for each in now for name in each.clusters}) > 1),
        _fixes(past.proposals, week, scope),
        voices[Judgement.RIGHT],
        voices[Judgement.WRONG],
        past.kept if past.kept > week.before else None,
    )


def _is_open(each: Life, end: datetime) -> bool:
    return each.ended is None or each.ended >= end


def _lasting(every: Iterable[Life], begin: datetime, end: datetime) -> Lasting:
    spans = sorted(
        max(each.ended - each.since, timedelta())
        for each in every
        if each.healed and each.ended is not None and begin <= each.ended < end
    )
    if not spans:
        return Lasting()
    middle = len(spans) // 2
    median = spans[middle] if len(spans) % 2 else (spans[middle - 1] + spans[middle]) / 2
    # The nearest rank: a time that one of them really took.
    return Lasting(len(spans), median, spans[ceil(_SLOW * len(spans)) - 1])


def _causes(
    now: Sequence[Life], before: Sequence[Life], week: Week, title: Callable[[str | None, bool], str]
) -> tuple[CauseLine, ...]:
    earlier = Counter(map(_kind, before))
    kinds = {_kind(each) for each in (*now, *before)}
    lines = []
    for kind in kinds:
        own = [each for each in now if _kind(each) == kind]
        is_open = sum(_is_open(each, week.end) for each in own)
        lasting = _lasting(own, week.begin, week.end)
        lines.append(CauseLine(kind[0], title(*kind), len(own), earlier[kind], is_open, lasting))
    return tuple(sorted(lines, key=lambda each: (-each.incidents, -each.before, each.title)))


def _kind(each: Life) -> Kind:
    return (None, True) if each.storm else (each.cause, False)


def _offenders(now: Sequence[Life], week: Week, *, several: bool) -> tuple[Offender, ...]:
    counts: dict[tuple[Sort, str], tuple[int, timedelta]] = {}
    for each in now:
        lasted = each.overlap(week.begin, week.end)
        for key in _named(each, several=several):
            number, span = counts.get(key, (0, timedelta()))
            counts[key] = number + 1, span + lasted
    found = [Offender(sort, name, number, span) for (sort, name), (number, span) in counts.items()]
    found.sort(key=lambda each: (-each.incidents, -each.lasted, each.name))
    return tuple(
        each for sort in Sort for each in [one for one in found if one.sort is sort][:_MOST_OFFENDERS]
    )


def _named(each: Life, *, several: bool) -> set[tuple[Sort, str]]:
    """Everything that an incident is to be laid to."""
    spots = [spot for spot in each.spots if spot.workload]
    names = {
        f"{spot.namespace}/{spot.workload}" + (f" in {spot.cluster}" if several else "") for spot in spots
    }
    return {
        *((Sort.WORKLOAD, name) for name in names),
        *((Sort.REGISTRY, name) for _, name in each.registries),
        *((Sort.NODE, name) for _, name in each.nodes),
    }


def _fixes(proposals: Iterable[Proposal], week: Week, scope: Scope) -> Fixes:
    carried = [
        each.stage
        for each in proposals
        if each.sent_at is not None and week.begin <= each.sent_at < week.end and _concerns(each, scope)
    ]
    return Fixes(len(carried), carried.count(Stage.MENDED), carried.count(Stage.UNMENDED))


def _concerns(proposal: Proposal, scope: Scope) -> bool:
    if not lives.has(scope.clusters, proposal.plan.cluster):
        return False
    spaces = {each.key.namespace for each in proposal.plan.writes} - {""}
    return EVERYBODY in scope.namespaces or any(lives.has(scope.namespaces, each) for each in spaces)
