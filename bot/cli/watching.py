"""What is different between two looks at a cluster.

Two reports in -> lines out: what is new, what changed, what is over. A look that missed a part of the
cluster never says that something is over.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator

from bot.cli.asking import Depth
from bot.errors import ClusterUnreadable
from bot.facts import text
from bot.facts.verdict import Incident, Place, Report


# A pull's own back-off starts at 10 s (kubelet, imageBackOffPeriod), so nothing changes much faster.
EVERY_S = 5.0

_Key = tuple[str | None, Place]


async def watch(
    look: Callable[[], Awaitable[Report]],
    first: Report,
    tell: Callable[[Report, Report], object],
    complain: Callable[[ClusterUnreadable], object],
    pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> None:
    """Look again and again until somebody ends it, and tell each look that differs from the one before.

    Args:
        look: one look.
        first: what the look before found.
        tell: gets the last look and the new one.
        complain: gets what kept a look from being made; the next one is tried all the same.
        pause: waits so many seconds.
    """
    before = first
    while True:
        await pause(EVERY_S)
        try:
            after = await look()
        except ClusterUnreadable as error:
            complain(error)
            continue
        if any(True for _ in changes(before, after)):
            tell(before, after)
        before = after


def paced(
    look: Callable[[bool], Awaitable[Report]], first: Report, depth: Depth, every: int
) -> Callable[[], Awaitable[Report]]:
    """Looks that are quick in between and full every so often.

    A quick look sees the Pending pods and those that pull events name. What it no longer sees may still be
    there, so before anything is called over a full look has to agree.

    Args:
        look: one look; True for a full one.
        first: what the look before found, a full one unless only quick ones were asked for.
        depth: full or quick alone, or both in turn.
        every: every so many looks is a full one.
    """
    number, before = 0, first

    async def next_look() -> Report:
        """The look whose turn it is."""
        nonlocal number, before
        number += 1
        full = depth is Depth.FULL or (depth is Depth.USUAL and number % every == 0)
        after = await look(full)
        if (
            depth is Depth.USUAL
            and not full
            and _by_key(before.incidents).keys() - _by_key(after.incidents).keys()
        ):
            after = await look(True)
        before = after
        return after

    return next_look


def changes(before: Report, after: Report) -> Iterator[str]:
    """One line for each incident that is new (+), changed (~) or over (-)."""
    was, now = _by_key(before.incidents), _by_key(after.incidents)
    moment = after.observed_at[11:19]
    for key, incident in now.items():
        if key not in was:
            yield f"{moment} + {_line(incident)}"
        elif (was[key].pods, was[key].confidence) != (incident.pods, incident.confidence):
            yield f"{moment} ~ {_line(incident)} (was {_count(len(was[key].pods))})"
    if not after.complete:
        return
    for key, incident in was.items():
        if key not in now:
            yield f"{moment} - {_line(incident)}: over"


def _by_key(incidents: Iterable[Incident]) -> dict[_Key, Incident]:
    return {(incident.cause, incident.place): incident for incident in incidents}


def _line(incident: Incident) -> str:
    place = incident.place
    parts = (place.namespace, place.workload, place.node, place.registry)
    where = " ".join(part for part in parts if part) or place.scope
    cause = incident.cause or "not known"
    return f"{text.shown(cause)} at {text.shown(where)}: {_count(len(incident.pods))}, {incident.confidence}"


def _count(pods: int) -> str:
    return "1 pod" if pods == 1 else f"{pods:,} pods"
