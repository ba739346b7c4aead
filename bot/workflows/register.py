"""The incidents as people may see them: what is stored and a view in, :class:`~bot.ports.answering.Listed` out.

What a view does not show is neither counted nor named, and asking for it is answered as if it were not there.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.errors import Overtaken
from bot.facts import times
from bot.facts.cause import Scope, Severity
from bot.facts.episode import Episode, Fingerprint, Part, Stage
from bot.facts.people import Person, View
from bot.facts.playbook import Catalog
from bot.incidents import lifecycle
from bot.incidents.lifecycle import Change, Outcome
from bot.ports.answering import Listed, Nothing
from bot.ports.keeping import Keeper, Letter


_TRIES = 5
_WORST_FIRST = (Severity.HIGH, Severity.MEDIUM, Severity.LOW)
_NOT_KNOWN = "The cause is not known"
_LONGEST_SNOOZE = timedelta(days=30)

Tells = Callable[[Sequence[Change]], Awaitable[Sequence[Letter]]]


class Register:
    """The stored incidents.

    Args:
        keeper: stores them.
        catalog: what causes are called.
        tell: spells what a person did to an incident.
        now: the time.
        stored: is called when there are letters to deliver.

    Attributes:
        catalog: the same.
    """

    def __init__(
        self,
        keeper: Keeper,
        catalog: Catalog,
        tell: Tells,
        now: Callable[[], datetime],
        stored: Callable[[], object] = bool,
    ) -> None:
        self.catalog: Final = catalog
        self._keeper, self._tell, self._now = keeper, tell, now
        self._stored = stored

    async def open(self, view: View, clusters: Sequence[str]) -> tuple[Listed, ...]:
        """What is open in these clusters, the worst first."""
        found = await self._listed(view, clusters, self._now())
        live = [each for each in found if each.stage is Stage.OPEN]
        return tuple(sorted(live, key=_worst_first))

    async def ended(self, view: View, clusters: Sequence[str], since: datetime) -> tuple[Listed, ...]:
        """What ended in these clusters since then, the latest first."""
        found = await self._listed(view, clusters, since)
        over = [each for each in found if each.ended is not None]
        return tuple(sorted(over, key=lambda each: (each.ended or each.since, each.id), reverse=True))

    async def known(self, view: View, name: str) -> Listed | Nothing:
        """The incident of that id, over or not, as far as the view shows it."""
        episode = await self._keeper.episode(name.strip().lower())
        listed = self._as_listed(episode, view) if episode and episode.stage is not Stage.HELD else None
        return listed or _unknown(name)

    async def acknowledge(self, view: View, name: str, person: Person) -> Listed | Nothing:
        """Say who looks after an incident."""
        return await self._changed(
            view, name, lambda episode: lifecycle.acknowledge(episode, _called(person), self._now())
        )

    async def snooze(self, view: View, name: str, person: Person, span: timedelta) -> Listed | Nothing:
        """Let an incident be quiet for a while."""
        if not timedelta() < span <= _LONGEST_SNOOZE:
            return Nothing(
                f"{times.spelled(span)} is no time to snooze for",
                f"write 30m, 2h or 1d; {times.spelled(_LONGEST_SNOOZE)} at most",
            )
        until = self._now() + span
        return await self._changed(
            view, name, lambda episode: lifecycle.snooze(episode, _called(person), until, self._now())
        )

    async def _changed(self, view: View, name: str, change: Callable[[Episode], Outcome]) -> Listed | Nothing:
        for _ in range(_TRIES):
            episode = await self._keeper.episode(name.strip().lower())
            listed = self._as_listed(episode, view) if episode else None
            if episode is None or listed is None or episode.stage is Stage.HELD:
                return _unknown(name)
            if episode.stage is not Stage.OPEN:
                return Nothing(f"incident {episode.id} is over", "`list` shows those that are open")
            outcome = change(episode)
            if not outcome.changed:
                return listed
            try:
                await self._keeper.save(outcome.changed, (), await self._tell(outcome.changes))
            except Overtaken:
                continue
            self._stored()
            return self._as_listed(outcome.changed[0], view) or listed
        return Nothing(f"incident {name} changes too fast just now", "try again", failed=True)

    async def _listed(self, view: View, clusters: Sequence[str], since: datetime) -> Iterable[Listed]:
        found: dict[str, Listed] = {}
        for cluster in clusters:
            for episode in await self._keeper.episodes(cluster, since):
                listed = self._as_listed(episode, view)
                if listed is not None and _concerns(episode, cluster):
                    found[episode.id] = listed
        return found.values()

    def _as_listed(self, episode: Episode, view: View) -> Listed | None:
        """The incident as far as the view shows it; None when it shows nothing of it."""
        broken = {part.cluster: seen for part in episode.parts if (seen := _seen(part, view))}
        if not broken and not _shows_past(episode, view):
            return None
        of = episode.fingerprint
        cause = self.catalog.playbooks.get(of.cause or "")
        return Listed(
            id=episode.id,
            cause=of.cause,
            title=cause.cause.title if cause else of.cause or _NOT_KNOWN,
            severity=cause.cause.severity if cause else Severity.MEDIUM,
            confidence=episode.confidence,
            scope=of.place.scope,
            place=_place(of),
            stage=episode.stage,
            since=episode.since,
            broken=broken,
            storm=of.storm,
            ended=episode.ended,
            returns=episode.returns,
            acknowledged_by=episode.acknowledged_by,
            snoozed_until=episode.snoozed_until,
        )


def _unknown(name: str) -> Nothing:
    return Nothing(f"there is no incident {name[:20]!r}", "`list` shows those that are open")


def _seen(part: Part, view: View) -> tuple[int, int] | None:
    """How many workloads and pods of a part the view shows; None for none."""
    shown = [each for each in part.members if view.shows(part.cluster, each.namespace)]
    workloads, pods = len(shown), sum(each.pods for each in shown)
    if view.shows_all(part.cluster):
        workloads, pods = workloads + part.more_workloads, pods + part.more_pods
    return (workloads, pods) if workloads else None


def _shows_past(episode: Episode, view: View) -> bool:
    """Whether somebody may know of an incident that breaks nothing any more: of all that it may have broken."""
    if episode.stage.is_live or episode.told is None:
        return False
    place, clusters = episode.fingerprint.place, episode.told.clusters or (episode.fingerprint.cluster,)
    if place.namespace:
        return all(view.shows(cluster, place.namespace) for cluster in clusters)
    return all(view.shows_all(cluster) for cluster in clusters)


def _concerns(episode: Episode, cluster: str) -> bool:
    """Whether an incident that clusters share is, or was, one of this cluster."""
    clusters = episode.clusters or (episode.told.clusters if episode.told else ())
    return bool(episode.fingerprint.cluster) or cluster in clusters


def _place(of: Fingerprint) -> str:
    place = of.place
    match place.scope:
        case Scope.REGISTRY:
            return place.registry
        case Scope.NODE:
            return place.node
        case Scope.CLUSTER:
            return of.cluster
        case Scope.NAMESPACE:
            return place.namespace
        case Scope.WORKLOAD:
            return f"{place.namespace}/{place.workload}"


def _called(person: Person) -> str:
    return person.name or person.id


def _worst_first(each: Listed) -> tuple[object, ...]:
    pods = sum(count for _, count in each.broken.values())
    return each.storm, _WORST_FIRST.index(each.severity), -pods, each.since, each.id
