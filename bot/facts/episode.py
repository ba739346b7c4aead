"""An incident as it is remembered between two looks: what it is, how far its life has come, and what people were told of it.

A look finds an :class:`~bot.facts.verdict.Incident` and forgets it; the life of one is an :class:`Episode`, which
``bot.incidents.lifecycle`` carries from look to look and a store keeps. Everything in here is bounded, however much is
broken: workloads beyond :data:`MOST_MEMBERS` are counted and not named.
"""

import hashlib
import ipaddress
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.facts.cause import Scope
from bot.facts.verdict import Confidence, Place


# A registry behind which 400 workloads stand fits twice; 20,000 pods with images of their own do not, and need not.
MOST_MEMBERS: Final = 1000
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without those that look like others
_ID_LENGTH = 10  # 49 bits: of 100,000 incidents two share an id once in 100,000 worlds
_IN_CLUSTER = (".svc", ".cluster.local", ".localhost")


class Stage(StrEnum):
    """How far an incident has come."""

    HELD = "held"
    OPEN = "open"
    RESOLVED = "resolved"
    ABSORBED = "absorbed"

    @property
    def is_live(self) -> bool:
        """Whether it goes on; of what lives there is one per fingerprint."""
        return self in (Stage.HELD, Stage.OPEN)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What makes two looks' incidents the same one.

    Attributes:
        cluster: where; "" for a registry that is the same for several clusters.
        storm: it stands for everything of its cluster that is too much to be told one by one.
    """

    cause: str | None
    place: Place
    cluster: str
    storm: bool = False

    @property
    def key(self) -> str:
        """The same for the same thing and of one length, whatever a hostile name holds."""
        place = self.place
        parts = [self.storm, self.cause, self.cluster, place.scope.value]
        parts += [place.namespace, place.workload, place.node, place.registry]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:40]


def fingerprint(cause: str | None, place: Place, cluster: str) -> Fingerprint:
    """The fingerprint of a cause at a place, as one cluster sees it."""
    shared = place.scope is Scope.REGISTRY and _is_shared(place.registry)
    return Fingerprint(cause, place, "" if shared else cluster)


def storm(cluster: str) -> Fingerprint:
    """The fingerprint of everything of a cluster that is too much to be told one by one."""
    return Fingerprint(None, Place(Scope.CLUSTER), cluster, storm=True)


def _is_shared(registry: str) -> bool:
    """Whether another cluster means the same registry by that name: not so for its own services and loopback."""
    host = registry.partition("/")[0].lower()
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    try:
        return ipaddress.ip_address(name).is_global
    except ValueError:
        return "." in name and not name.endswith(_IN_CLUSTER)


@dataclass(frozen=True, slots=True, order=True)
class Member:
    """A workload that an incident breaks.

    Attributes:
        workload: ``Kind/name``.
        pods: how many of its pods fail so.
        images: a digest of which containers fail with which images: equal when nobody changed them.
        quiet: only looks at all pods have shown it so far, so that a cheaper one which does not is no witness.
        told: people were told of it, by a look that showed it.
    """

    namespace: str
    workload: str
    pods: int
    images: str = ""
    quiet: bool = False
    told: bool = False

    @property
    def name(self) -> tuple[str, str]:
        """What is unique in a cluster."""
        return self.namespace, self.workload


@dataclass(frozen=True, slots=True)
class Part:
    """What an incident breaks in one cluster; never empty.

    Attributes:
        members: by name, at most :data:`MOST_MEMBERS`.
        more_workloads: how many there are beyond these.
        more_pods: how many pods those have.
    """

    cluster: str
    members: tuple[Member, ...]
    more_workloads: int = 0
    more_pods: int = 0

    @property
    def workloads(self) -> int:
        """How many there are."""
        return len(self.members) + self.more_workloads

    @property
    def pods(self) -> int:
        """How many pods those have."""
        return self.more_pods + sum(each.pods for each in self.members)

    @property
    def digest(self) -> str:
        """Equal where a person would read the same."""
        names = [(*each.name, each.images) for each in self.members]
        return digest([*names, (str(self.workloads), str(self.pods))])


@dataclass(frozen=True, slots=True)
class Reading:
    """What a person reads in the message about an incident, its words aside: while it is the same there is nothing to tell.

    Attributes:
        names: a digest of the workloads' names and images.
        by_cluster: a digest of what each cluster's part is; of what was told, as it was told of that cluster.
    """

    fingerprint: Fingerprint
    confidence: Confidence
    workloads: int
    pods: int
    clusters: tuple[str, ...]
    names: str
    by_cluster: tuple[tuple[str, str], ...] = ()

    def of(self, cluster: str) -> str:
        """The digest of a cluster's part; "" where it has none."""
        return dict(self.by_cluster).get(cluster, "")


@dataclass(frozen=True, slots=True)
class Episode:
    """One incident's life so far.

    Attributes:
        since: the earliest sign of it.
        parts: what it breaks now, by cluster; empty when it is over.
        told: what people were told last; None before they were told anything.
        told_at: when that was.
        ended: when it was resolved or absorbed.
        returns: how often it came back after it was resolved.
        acknowledged_by: who said that they look after it; "" for nobody.
        snoozed_until: before that nothing of it is told but its end.
        survivor: id of the incident that it turned out to belong to.
        version: how often it was stored; a store refuses one that somebody else has stored since.
    """

    id: str
    fingerprint: Fingerprint
    stage: Stage
    confidence: Confidence
    since: datetime
    parts: tuple[Part, ...] = ()
    told: Reading | None = None
    told_at: datetime | None = None
    ended: datetime | None = None
    returns: int = 0
    acknowledged_by: str = ""
    snoozed_by: str = ""
    snoozed_until: datetime | None = None
    survivor: str = ""
    version: int = 0

    def part(self, cluster: str) -> Part | None:
        """What it breaks in a cluster; None for nothing."""
        return next((part for part in self.parts if part.cluster == cluster), None)

    @property
    def clusters(self) -> tuple[str, ...]:
        """Where it breaks something now."""
        return tuple(part.cluster for part in self.parts)

    @property
    def workloads(self) -> int:
        """How many it breaks now."""
        return sum(part.workloads for part in self.parts)

    @property
    def pods(self) -> int:
        """How many pods it breaks now."""
        return sum(part.pods for part in self.parts)

    @property
    def reading(self) -> Reading:
        """What a person would read now."""
        names = ((part.cluster, *each.name, each.images) for part in self.parts for each in part.members)
        return Reading(
            self.fingerprint,
            self.confidence,
            self.workloads,
            self.pods,
            self.clusters,
            digest(names),
            tuple((part.cluster, part.digest) for part in self.parts),
        )


def new_id(of: Fingerprint, at: datetime) -> str:
    """A short name for people to type, the same for the same beginning: ``k7q2mzr4ta``."""
    number = int(hashlib.sha256(f"{of.key} {at.isoformat()}".encode()).hexdigest(), 16)
    return "".join(_LETTERS[number // len(_LETTERS) ** place % len(_LETTERS)] for place in range(_ID_LENGTH))


def digest(names: Iterable[tuple[str, ...]]) -> str:
    """Equal for the same names, in whatever order they come."""
    return hashlib.sha256(json.dumps(sorted(names)).encode()).hexdigest()[:16]
