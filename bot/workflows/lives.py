"""What is left of incidents to count them by: stored lives and the messages about them in, where and when each was out.

An incident that is over breaks nothing any more; whose it was stands in its place and in what people were told of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from bot.facts.digest import Scope
from bot.facts.episode import Episode
from bot.facts.notice import Notice, Share, Standing
from bot.facts.people import EVERYBODY
from bot.workflows import shares


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """A workload; "" for what is not known of it."""

    cluster: str
    namespace: str
    workload: str


@dataclass(frozen=True, slots=True)
class Life:
    """One incident.

    Attributes:
        cause: its id; None for what is not known.
        ended: None while it goes on.
        healed: it ended, and nobody just stopped looking.
        clusters: in which it was seen.
        spots: what it broke, as far as that is known.
        registries: from which its images come, each with the cluster that it is so in.
        nodes: where it lies in nodes, those, with their clusters.
    """

    id: str
    cause: str | None
    storm: bool
    since: datetime
    ended: datetime | None
    healed: bool
    clusters: frozenset[str]
    spots: frozenset[Spot]
    registries: frozenset[tuple[str, str]]
    nodes: frozenset[tuple[str, str]]

    def overlap(self, begin: datetime, end: datetime) -> timedelta:
        """For how long it went on within a span."""
        return max(min(self.ended or end, end) - max(self.since, begin), timedelta())

    def touches(self, begin: datetime, end: datetime) -> bool:
        """Whether it went on within a span, however shortly."""
        return self.since < end and (self.ended is None or self.ended >= begin)


def life(episode: Episode, notices: Sequence[Notice]) -> Life:
    """An incident, by what is stored of it and what channels were told."""
    of, told = episode.fingerprint, [each for notice in notices for each in notice.shares]
    spots = {
        Spot(part.cluster, each.namespace, each.workload) for part in episode.parts for each in part.members
    }
    spots |= {Spot(share.cluster, *pair) for share in told for pair in shares.named_in(share)}
    spots |= {Spot(share.cluster, name, "") for share in told for name in share.namespaces}
    clusters = frozenset(filter(None, (of.cluster, *episode.clusters, *(each.cluster for each in told))))
    if of.place.namespace:
        spots |= {Spot(cluster, of.place.namespace, of.place.workload) for cluster in clusters}
    dropped = any(each.standing is Standing.DROPPED for each in notices)
    return Life(
        episode.id,
        of.cause,
        of.storm,
        episode.since,
        episode.ended,
        episode.ended is not None and not dropped,
        clusters,
        frozenset(spots),
        _named(clusters, of.place.registry) | _registries(told),
        _named(clusters, of.place.node),
    )


def _named(clusters: Iterable[str], name: str) -> frozenset[tuple[str, str]]:
    """What an incident's own place names, in each of its clusters; nothing where it names none."""
    return frozenset((cluster, name) for cluster in clusters if name)


def _registries(told: Iterable[Share]) -> frozenset[tuple[str, str]]:
    found = ((each.cluster, each.document.where.registry) for each in told)
    return frozenset((cluster, name) for cluster, name in found if name)


def within(every: Iterable[Life], scope: Scope) -> list[Life]:
    """Those of a scope, with nothing in them that is not in it."""
    if scope.is_everything:
        return list(every)
    return [found for each in every if (found := _part(each, scope)) is not None]


def has(patterns: Iterable[str], name: str) -> bool:
    """Whether one of the patterns means the name."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _part(each: Life, scope: Scope) -> Life | None:
    clusters = frozenset(name for name in each.clusters if has(scope.clusters, name))
    spots = frozenset(
        spot for spot in each.spots if spot.cluster in clusters and has(scope.namespaces, spot.namespace)
    )
    # Whose it was nobody knows any more: then it is told to those alone who are told of every namespace.
    if not spots and (each.spots or EVERYBODY not in scope.namespaces or not clusters):
        return None
    return Life(
        each.id,
        each.cause,
        each.storm,
        each.since,
        each.ended,
        each.healed,
        clusters,
        spots,
        frozenset(pair for pair in each.registries if pair[0] in clusters),
        frozenset(pair for pair in each.nodes if pair[0] in clusters),
    )
