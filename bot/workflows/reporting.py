"""Puts a look's results into one Report, with everything that could not be seen listed once."""

from collections.abc import Iterable, Mapping, Sequence

from bot.facts.evidence import Answer
from bot.facts.objects import Sighting, Unread
from bot.facts.verdict import Diagnosis, Incident, Report
from bot.workflows.world import World


def report(
    world: World,
    sighting: Sighting,
    diagnoses: Sequence[Diagnosis],
    incidents: Sequence[Incident],
    unread: Iterable[Unread],
    recovered: Mapping[str, str] | None = None,
) -> Report:
    """The answer of ``why`` and ``sweep`` for one cluster."""
    return Report(
        cluster=world.name,
        observed_at=sighting.observed_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        diagnoses=tuple(diagnoses),
        incidents=tuple(incidents),
        unchecked=_unchecked(unread, diagnoses),
        looked_at=sighting.seen,
        complete=sighting.complete,
        recovered=recovered,
        asked=world.asked(),
        unseen=sighting.unseen,
    )


def _unchecked(unread: Iterable[Unread], diagnoses: Iterable[Diagnosis]) -> tuple[tuple[str, str, str], ...]:
    """What was not seen, why, and what would change that; each once, in the order it was met."""
    rows = {(each.what, each.why, each.remedy): None for each in unread}
    for diagnosis in diagnoses:
        for item in diagnosis.verdict.evidence:
            if item.answer is Answer.UNKNOWN and item.what:
                rows.setdefault((item.what, item.why_unknown, item.would_answer), None)
    return tuple(rows)
