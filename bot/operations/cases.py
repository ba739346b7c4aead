"""Open incidents as series, for whoever wants alerts of Prometheus about what fails: stored incidents in, a bounded few out.

Off unless the settings ask for it: every incident that ever was is a series of its own to Prometheus, and its labels are names
that tenants chose, told to whoever reaches the port.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from bot.errors import StoreError
from bot.facts.cause import Severity
from bot.facts.episode import Episode, Stage
from bot.facts.text import shown
from bot.ports.keeping import Keeper


# What is the same as long as the incident lives: how sure it is and how much it breaks is not among them.
LABELS: Final = ("cluster", "cause", "scope", "severity", "namespace", "workload", "node", "registry")
NOT_KNOWN: Final = "not-known"
STORM: Final = "storm"
# As long as a name of Kubernetes; a storm of hostile ones is still small.
_LONGEST: Final = 253
_FIRST: Final = {Severity.HIGH: 0, Severity.MEDIUM: 1, Severity.LOW: 2}


@dataclass(frozen=True, slots=True)
class Case:
    """An open incident in one cluster.

    Attributes:
        labels: the values of :data:`LABELS`, fit to be shown.
        pods: that it breaks there.
    """

    labels: tuple[str, ...]
    severity: Severity
    since: datetime
    pods: int


@dataclass(frozen=True, slots=True)
class Cases:
    """What is told of them.

    Attributes:
        told: each is a series.
        beyond: how many more there are, by cluster.
    """

    told: tuple[Case, ...] = ()
    beyond: Mapping[str, int] | None = None


class Docket:
    """The open incidents of the clusters that this replica looks at, read again after each look.

    Args:
        most: that are told one by one; 0 for none at all.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._due: set[str] = set()
        self._of: dict[str, tuple[Case, ...]] = {}

    def looked(self, cluster: str, *, is_ours: bool) -> None:
        """A look came to an end, or was left to another replica, which tells of the cluster then."""
        if not self._most:
            return
        if is_ours:
            self._due.add(cluster)
        else:
            self.drop([cluster])

    def drop(self, clusters: Iterable[str]) -> None:
        """Tell of these no more."""
        for each in clusters:
            self._due.discard(each)
            self._of.pop(each, None)

    def keep(self, clusters: Collection[str]) -> None:
        """Tell of no clusters but these, which the settings name by now."""
        self.drop([each for each in (*self._due, *self._of) if each not in clusters])

    async def read(self, keeper: Keeper, severities: Mapping[str, Severity], now: datetime) -> None:
        """Read what was looked at since; where the store does not answer what was told stays.

        Args:
            keeper: has them.
            severities: by cause; what is in none is of medium severity.
            now: the time.
        """
        for cluster in sorted(self._due):
            try:
                episodes = await keeper.episodes(cluster, now)
            except StoreError:
                return
            if cluster in self._due:
                self._due.discard(cluster)
                self._of[cluster] = tuple(_cases(episodes, cluster, severities))

    def cases(self) -> Cases:
        """The most severe, and of these the oldest."""
        if not self._most:
            return Cases()
        every = [each for found in self._of.values() for each in found]
        every.sort(key=lambda each: (_FIRST[each.severity], each.since, each.labels))
        beyond = dict.fromkeys(self._of, 0)
        for each in every[self._most :]:
            beyond[each.labels[0]] += 1
        return Cases(tuple(every[: self._most]), beyond)


def _cases(episodes: Iterable[Episode], cluster: str, severities: Mapping[str, Severity]) -> Iterator[Case]:
    """What is open in a cluster. Prometheus takes no series twice: what reads the same is one."""
    found: dict[tuple[str, ...], Case] = {}
    for episode in episodes:
        part = episode.part(cluster)
        if episode.stage is not Stage.OPEN or part is None:
            continue
        cause, place = episode.fingerprint.cause, episode.fingerprint.place
        is_storm = episode.fingerprint.storm
        severity = Severity.HIGH if is_storm else severities.get(cause or "", Severity.MEDIUM)
        named = (STORM if is_storm else cause or NOT_KNOWN, place.scope.value, severity.value)
        where = (place.namespace, place.workload, place.node, place.registry)
        labels = (cluster, *(shown(each, _LONGEST) for each in (*named, *where)))
        other = found.get(labels)
        since = min(episode.since, other.since) if other else episode.since
        found[labels] = Case(labels, severity, since, part.pods + (other.pods if other else 0))
    yield from found.values()


def metrics(cases: Cases) -> Iterator[Metric]:
    """As Prometheus reads it; nothing where nothing is to be told."""
    if cases.beyond is None:
        return
    each = GaugeMetricFamily(
        "imagepull_incident",
        "Pods that an open incident breaks, as of this replica's last look",
        labels=LABELS,
    )
    for case in cases.told:
        each.add_metric(case.labels, case.pods)
    beyond = GaugeMetricFamily(
        "imagepull_incidents_beyond",
        "Open incidents that have no series of their own, because there are too many",
        labels=["cluster"],
    )
    for cluster, number in sorted(cases.beyond.items()):
        beyond.add_metric([cluster], number)
    yield from (each, beyond)
