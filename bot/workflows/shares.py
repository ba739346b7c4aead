"""What a change shows each channel: the incidents of a look and the routes in, each channel's own share out.

Counts are true however few names there are: what the look showed counts as it was seen, and what it could not see as it
was known, wherever it is certain whose that is.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bot.facts.cause import Disposition
from bot.facts.document import Document, Where
from bot.facts.episode import Member, Part
from bot.facts.notice import Notice, Pile, Share, Storm
from bot.facts.text import shown
from bot.facts.verdict import Diagnosis, Incident
from bot.incidents import routing
from bot.incidents.lifecycle import Change
from bot.incidents.routing import Coverage, Routing
from bot.ports.telling import Composer


MOST_PILES: Final = 10
Offered = Callable[[str, str, Iterable[str]], tuple[str, ...]]
"""Which of some actions may be asked for in a cluster's namespace."""


def nothing(_cluster: str, _namespace: str, _actions: Iterable[str]) -> tuple[str, ...]:
    """What is offered where nothing is ever changed."""
    return ()


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What a change shows one channel.

    Attributes:
        share: with all the names that the composer gave; None for a storm.
        mention: of the routes that lead here; "" also where nothing of it was seen.
        severity: how the routes speak of how bad it is.
    """

    share: Share | None = None
    storm: Storm | None = None
    mention: str = ""
    severity: str = ""


def glimpses(
    change: Change,
    cluster: str,
    before: Mapping[str, Notice],
    by: Routing,
    composer: Composer,
    offered: Offered = nothing,
) -> tuple[Mapping[str, Glimpse], tuple[str, ...]]:
    """What each channel sees by now of an incident in the cluster that was looked at.

    Args:
        change: which a look brought.
        cluster: that it looked at.
        before: what channels were told so far.
        by: the routes.
        composer: for the words.
        offered: says what may be asked for.

    Returns:
        By channel; none for a channel with nothing in it there. And what the operator should know about the routes.
    """
    part = change.episode.part(cluster)
    if part is None:
        return {}, ()
    if change.episode.fingerprint.storm:
        return _storms(change, part, before, by, composer)
    seen = change.incidents or tuple(
        replace(each, cause=change.episode.fingerprint.cause) for each in change.seen
    )
    coverages, warnings = routing.covered(by, cluster, seen)
    parts = {each.channel: each for each in coverages}
    olds = {
        channel: old
        for channel, notice in before.items()
        if (old := next((each for each in notice.shares if each.cluster == cluster), None))
    }
    made: dict[str, Glimpse] = {}
    for channel, tally in _tallies(change, part, parts, olds, by).items():
        covered = parts.get(channel)
        document = _document(change, cluster, covered, olds.get(channel), tally, composer)
        if document is not None:
            names = tuple(map(shown, sorted(tally.namespaces)))
            asked = _actions(document, cluster, tally, offered)
            share = Share(cluster, document, tally.pods, tally.workloads, names, asked)
            calls = (covered.mention, covered.severity_words) if covered else ("", "")
            made[channel] = Glimpse(share, None, *calls)
    return made, warnings


def _actions(document: Document, cluster: str, tally: "_Tally", offered: Offered) -> tuple[str, ...]:
    """What may be asked for, of all that would help, in any of the namespaces."""
    helpful = [each.action for each in document.remedies if each.disposition is not Disposition.MANUAL]
    found = {action for namespace in tally.namespaces for action in offered(cluster, namespace, helpful)}
    return tuple(each for each in helpful if each in found)


@dataclass(slots=True)
class _Tally:
    """How much of a part is a channel's."""

    pods: int = 0
    workloads: int = 0
    namespaces: set[str] = field(default_factory=set)
    carried: set[tuple[str, str]] = field(default_factory=set)

    def add(self, member: Member) -> None:
        """Count what this look did not see, but an earlier one did."""
        self.pods += member.pods
        self.workloads += 1
        self.namespaces.add(member.namespace)
        self.carried.add((shown(member.namespace), shown(member.workload)))


def _tallies(
    change: Change, part: Part, parts: Mapping[str, Coverage], olds: Mapping[str, Share], by: Routing
) -> Mapping[str, _Tally]:
    tallies = {channel: _seen(_diagnoses(covered.incidents)) for channel, covered in parts.items()}
    seen = _diagnoses(change.incidents or change.seen)
    names = {(each.workload.namespace, str(each.workload)) for each in seen}
    named = {channel: named_in(old) for channel, old in olds.items()}
    certain: dict[str, str | None] = {}
    for each in part.members:
        if each.name in names:
            continue
        if each.namespace not in certain:
            cause = change.episode.fingerprint.cause
            certain[each.namespace] = by.certain(part.cluster, cause, each.namespace)
        channel = certain[each.namespace]
        spelled = shown(each.namespace), shown(each.workload)
        owners = [channel] if channel else [one for one in named if spelled in named[one]]
        for one in owners:
            tallies.setdefault(one, _Tally()).add(each)
    sole = tallies.get(by.sole_channel or "")
    if sole:  # nobody else's is among what is only counted
        sole.pods, sole.workloads = part.pods, part.workloads
    return tallies


def _seen(diagnoses: Sequence[Diagnosis]) -> _Tally:
    return _Tally(
        len({each.failure.pod.key for each in diagnoses}),
        len({(each.workload.namespace, str(each.workload)) for each in diagnoses}),
        {each.workload.namespace for each in diagnoses},
    )


def _diagnoses(incidents: Iterable[Incident]) -> Sequence[Diagnosis]:
    return [each for incident in incidents for each in incident.diagnoses]


def named_in(share: Share) -> frozenset[tuple[str, str]]:
    """The namespaces and names of the workloads that a share names."""
    return frozenset(map(_pair(share.document.where), share.document.where.workloads))


def _pair(where: Where) -> Callable[[str], tuple[str, str]]:
    """How a workload's name is read: with its namespace in front where there are several."""

    def read(spelled: str) -> tuple[str, str]:
        if len(where.namespaces) == 1:
            return where.namespaces[0], spelled
        namespace, _, name = spelled.partition("/")
        return namespace, name

    return read


def _document(
    change: Change,
    cluster: str,
    covered: Coverage | None,
    old: Share | None,
    tally: _Tally,
    composer: Composer,
) -> Document | None:
    """The words: new ones where the look brought some, else those told last; None where there are none."""
    if covered is None:
        if old is None:
            return None
        return replace(old.document, where=_counting(_still(old.document.where, tally), tally), next_try=None)
    fresh = composer.document(_whole(covered.incidents), cluster, change.moment)
    where = _counting(fresh.where, tally)
    if change.incidents or old is None:
        return replace(fresh, where=where)
    place = old.document.where
    still = replace(where, scope=place.scope, namespace=place.namespace, workload=place.workload)
    return replace(old.document, where=replace(still, registry=place.registry), next_try=None)


def _whole(incidents: Sequence[Incident]) -> Incident:
    first = incidents[0]
    return replace(first, diagnoses=tuple(_diagnoses(incidents))) if len(incidents) > 1 else first


def _still(where: Where, tally: _Tally) -> Where:
    """The same place without the names of what is over."""
    read = _pair(where)
    return replace(
        where,
        pods=tuple(each for each in where.pods if each.partition("/")[0] in tally.namespaces)[: tally.pods],
        workloads=tuple(each for each in where.workloads if read(each) in tally.carried),
    )


def _counting(where: Where, tally: _Tally) -> Where:
    return replace(
        where,
        more_pods=max(tally.pods - len(where.pods), 0),
        more_workloads=max(tally.workloads - len(where.workloads), 0),
    )


def _storms(
    change: Change, part: Part, before: Mapping[str, Notice], by: Routing, composer: Composer
) -> tuple[Mapping[str, Glimpse], tuple[str, ...]]:
    seen = change.incidents or change.seen
    names = {(each.workload.namespace, str(each.workload)) for each in _diagnoses(seen)}
    carried = [each for each in part.members if each.name not in names]
    spaces = {shown(each.namespace) for each in carried}
    made = {
        channel: Glimpse(None, _at_most(notice.storm, replace(part, members=tuple(carried))))
        for channel, notice in before.items()
        if notice.storm and not spaces.isdisjoint(places(notice.storm))
    }
    coverages, warnings = routing.covered(by, part.cluster, seen)
    for each in coverages:
        storm = _storm(part.cluster, each.incidents, composer)
        if by.sole_channel == each.channel:
            storm = replace(storm, pods=part.pods, workloads=part.workloads)
        made[each.channel] = Glimpse(None, storm, each.mention, each.severity_words)
    return made, warnings


def _at_most(storm: Storm, left: Part) -> Storm:
    """The same storm when no more than this can be left of it."""
    workloads = min(storm.workloads, left.workloads)
    return replace(
        storm,
        incidents=min(storm.incidents, left.workloads),
        pods=min(storm.pods, left.pods),
        workloads=workloads,
        namespaces=min(storm.namespaces, workloads),
    )


def places(storm: Storm) -> frozenset[str]:
    """Some of the namespaces where a storm was seen."""
    return frozenset(each.example.partition("/")[0] for each in storm.piles)


def _storm(cluster: str, incidents: Sequence[Incident], composer: Composer) -> Storm:
    by_cause: dict[str | None, list[Incident]] = {}
    for each in incidents:
        by_cause.setdefault(each.cause, []).append(each)
    tallies = {cause: _seen(_diagnoses(found)) for cause, found in by_cause.items()}
    ranked = sorted(by_cause, key=lambda cause: (-len(by_cause[cause]), -tallies[cause].pods, cause or ""))
    piles = tuple(
        Pile(
            cause,
            composer.title(cause),
            len(by_cause[cause]),
            tallies[cause].pods,
            shown(by_cause[cause][0].diagnoses[0].failure.pod.key),
        )
        for cause in ranked[:MOST_PILES]
    )
    whole = _seen(_diagnoses(incidents))
    return Storm(
        shown(cluster),
        len(incidents),
        whole.pods,
        whole.workloads,
        len(whole.namespaces),
        piles,
        len(ranked) - len(piles),
    )
