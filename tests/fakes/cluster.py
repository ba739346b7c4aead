"""A cluster made of plain facts, and a cluster seen with fewer rights: what the tests of the diagnosis stand on.

Facts in -> a :class:`~bot.ports.reading.ClusterReader` out. Any of the facts may be an ``Unread``: then that
question has no answer, as with a right that is missing.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, TypeVar

from bot.cluster import suspects
from bot.cluster.resources import PLURALS, Resource
from bot.errors import ClusterUnreadable
from bot.facts.objects import Node, Owner, Pod, PodEvent, PullSecret, ServiceAccount, Sighting, Unread
from bot.ports.reading import ClusterReader, Scan


T = TypeVar("T")

NOW: Final = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
DENIED: Final = Unread("everything", "forbidden", "the right to see anything")
# security.md, "Rights, as tiers".
TIERS: Final = ("0", "1", "2a", "2b")


class FakeReader:
    """A cluster's witnesses, each as given; counts how often each is asked.

    Attributes:
        calls: name of the question -> how often it was asked.
        complete: whether a look may be taken for the whole truth.
        told_unread: what a look says it did not see.
    """

    name = "fake"

    def __init__(
        self,
        *,
        pods: Sequence[Pod] | Unread = (),
        events: Sequence[PodEvent] | Unread = (),
        nodes: Sequence[Node] | Unread = (),
        secrets: Sequence[PullSecret] | Unread = (),
        accounts: Sequence[ServiceAccount] | Unread = (),
        owners: Sequence[Owner] | Unread = (),
        logs: Mapping[str, str] | Unread | None = None,
        namespaces: Sequence[str] | Unread | None = None,
        now: datetime = NOW,
    ) -> None:
        self._pods, self._events, self._nodes = pods, events, nodes
        self._secrets, self._accounts, self._owners = secrets, accounts, owners
        self._logs = logs or {}
        self._namespaces = namespaces
        self._now = now
        self.calls: Counter[str] = Counter()
        self.complete = True
        self.told_unread: tuple[Unread, ...] = ()

    async def look(self, scan: Scan) -> Sighting:
        """Every pod that is not wholly running, with the events of all."""
        self.calls["look"] += 1
        if isinstance(self._pods, Unread):
            raise ClusterUnreadable(f"{self._pods.what}: {self._pods.why}", self._pods.remedy)
        pods = [pod for pod in self._pods if scan.namespaces is None or pod.namespace in scan.namespaces]
        told: dict[str, tuple[PodEvent, ...]] = {}
        for event in () if isinstance(self._events, Unread) else self._events:
            if event.reason not in suspects.PULL_REASONS:
                continue
            key = f"{event.namespace}/{event.pod}"
            told[key] = (*told.get(key, ()), event)
        unread = (*self.told_unread, *([self._events] if isinstance(self._events, Unread) else []))
        failing = [
            pod for pod in pods if not pod.containers or not all(c.running_since for c in pod.containers)
        ]
        return Sighting(tuple(failing), told, unread, self.complete, len(pods), self._now)

    async def pod(self, namespace: str, name: str) -> Pod | Unread | None:
        """One pod, whatever its state."""
        return self._one("pod", self._pods, namespace, name)

    async def pods(self, namespace: str) -> tuple[Pod, ...] | Unread:
        """Every pod of a namespace."""
        return self._all("pods", self._pods, namespace)

    async def neighbours(self, namespace: str) -> tuple[Pod, ...] | Unread:
        """Every pod of a namespace."""
        return await self.pods(namespace)

    async def events_of(self, namespace: str, pod: str) -> tuple[PodEvent, ...] | Unread:
        """The events about one pod."""
        found = self._all("events_of", self._events, namespace)
        return found if isinstance(found, Unread) else tuple(each for each in found if each.pod == pod)

    async def events(self, namespace: str) -> tuple[PodEvent, ...] | Unread:
        """The events of a namespace that bear on pulling."""
        found = self._all("events", self._events, namespace)
        if isinstance(found, Unread):
            return found
        return tuple(each for each in found if each.reason in suspects.PULL_REASONS)

    async def nodes(self) -> tuple[Node, ...] | Unread:
        """Every node."""
        self.calls["nodes"] += 1
        return self._nodes if isinstance(self._nodes, Unread) else tuple(self._nodes)

    async def service_accounts(self, namespace: str) -> tuple[ServiceAccount, ...] | Unread:
        """Every ServiceAccount of a namespace."""
        return self._all("service_accounts", self._accounts, namespace)

    async def secret(self, namespace: str, name: str) -> PullSecret | Unread | None:
        """One Secret by name."""
        return self._one("secret", self._secrets, namespace, name)

    async def secrets(self, namespace: str) -> tuple[PullSecret, ...] | Unread:
        """The Secrets of a namespace that have a docker type or that a pod or ServiceAccount names."""
        found = self._all("secrets", self._secrets, namespace)
        if isinstance(found, Unread):
            return found
        named = {
            name
            for holders in (self._pods, self._accounts)
            if not isinstance(holders, Unread)
            for holder in holders
            if holder.namespace == namespace
            for name in holder.pull_secrets
        }
        return tuple(each for each in found if each.type_right or each.name in named)

    async def namespaces(self) -> tuple[str, ...] | Unread:
        """Every namespace's name; those of the pods unless given."""
        self.calls["namespaces"] += 1
        if isinstance(self._namespaces, Unread) or self._namespaces is not None:
            return self._namespaces if isinstance(self._namespaces, Unread) else tuple(self._namespaces)
        pods = () if isinstance(self._pods, Unread) else self._pods
        return tuple(dict.fromkeys(pod.namespace for pod in pods))

    async def owners(self, namespace: str, kind: str) -> tuple[Owner, ...] | Unread:
        """Every object of a built-in workload kind; nobody knows how to list the others."""
        self.calls["owners"] += 1
        if isinstance(self._owners, Unread):
            return self._owners
        if kind not in PLURALS:
            return Unread(f"{kind} in {namespace}", "kind not known")
        return tuple(each for each in self._owners if (each.namespace, each.kind) == (namespace, kind))

    async def log_tail(self, namespace: str, pod: str, container: str, *, previous: bool) -> str | Unread:
        """A container's log, under ``namespace/pod/container``; ``…/previous`` for the run before."""
        self.calls["log_tail"] += 1
        if isinstance(self._logs, Unread):
            return self._logs
        key = f"{namespace}/{pod}/{container}{'/previous' if previous else ''}"
        return self._logs.get(key, Unread(f"log of {container} in {namespace}/{pod}", "no log kept"))

    def _all(self, question: str, facts: Sequence[T] | Unread, namespace: str) -> tuple[T, ...] | Unread:
        self.calls[question] += 1
        if isinstance(facts, Unread):
            return facts
        return tuple(each for each in facts if not namespace or each.namespace == namespace)  # type: ignore[attr-defined]

    def _one(
        self, question: str, facts: Sequence[T] | Unread, namespace: str, name: str
    ) -> T | Unread | None:
        found = self._all(question, facts, namespace)
        if isinstance(found, Unread):
            return found
        return next((each for each in found if each.name == name), None)  # type: ignore[attr-defined]


class TieredReader:
    """Another reader's witnesses, as far as a tier's rights reach; the rest is forbidden as an API server says it.

    Args:
        inner: who knows everything.
        tier: ``0``, ``1``, ``2a`` or ``2b``.
    """

    def __init__(self, inner: ClusterReader, tier: str) -> None:
        self._inner = inner
        self._level = TIERS.index(tier)

    @property
    def name(self) -> str:
        """The inner reader's."""
        return self._inner.name

    async def look(self, scan: Scan) -> Sighting:
        """Tier 0."""
        return await self._inner.look(scan)

    async def pod(self, namespace: str, name: str) -> Pod | Unread | None:
        """Tier 0."""
        return await self._inner.pod(namespace, name)

    async def pods(self, namespace: str) -> tuple[Pod, ...] | Unread:
        """Tier 0."""
        return await self._inner.pods(namespace)

    async def neighbours(self, namespace: str) -> tuple[Pod, ...] | Unread:
        """Tier 0."""
        return await self._inner.neighbours(namespace)

    async def events_of(self, namespace: str, pod: str) -> tuple[PodEvent, ...] | Unread:
        """Tier 0."""
        return await self._inner.events_of(namespace, pod)

    async def events(self, namespace: str) -> tuple[PodEvent, ...] | Unread:
        """Tier 0."""
        return await self._inner.events(namespace)

    async def namespaces(self) -> tuple[str, ...] | Unread:
        """Tier 0."""
        return await self._inner.namespaces()

    async def nodes(self) -> tuple[Node, ...] | Unread:
        """Tier 1."""
        return self._forbidden("1", Resource("nodes")) or await self._inner.nodes()

    async def service_accounts(self, namespace: str) -> tuple[ServiceAccount, ...] | Unread:
        """Tier 1."""
        asked = Resource("serviceaccounts", namespace)
        return self._forbidden("1", asked) or await self._inner.service_accounts(namespace)

    async def owners(self, namespace: str, kind: str) -> tuple[Owner, ...] | Unread:
        """Tier 1."""
        asked = Resource(PLURALS.get(kind, kind), namespace)
        return self._forbidden("1", asked) or await self._inner.owners(namespace, kind)

    async def log_tail(self, namespace: str, pod: str, container: str, *, previous: bool) -> str | Unread:
        """Tier 1."""
        asked = Resource("pods", namespace, pod, "log")
        return self._forbidden("1", asked) or await self._inner.log_tail(
            namespace, pod, container, previous=previous
        )

    async def secret(self, namespace: str, name: str) -> PullSecret | Unread | None:
        """Tier 2a."""
        asked = Resource("secrets", namespace, name)
        return self._forbidden("2a", asked) or await self._inner.secret(namespace, name)

    async def secrets(self, namespace: str) -> tuple[PullSecret, ...] | Unread:
        """Tier 2b."""
        return self._forbidden("2b", Resource("secrets", namespace)) or await self._inner.secrets(namespace)

    def _forbidden(self, tier: str, asked: Resource) -> Unread | None:
        return asked.unread("forbidden") if self._level < TIERS.index(tier) else None
