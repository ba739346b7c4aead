"""Everything that one look over a cluster knows, for checks that compare: who else fails, who succeeds.

A single failing pod cannot tell a broken node from a broken registry. The scene holds the failures of the
same look and, on demand, what the pods around them managed to pull. Reads go through the reader, which keeps
its answers, so a thousand checks cost one request for each namespace concerned.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from bot.diagnosis.inventory import Inventory, Use, taken
from bot.facts import image as images
from bot.facts.failure import PullFailure, Workload
from bot.facts.objects import Owner, Pod, PodEvent, Unread
from bot.facts.registries import RegistryBook
from bot.ports.reading import ClusterReader


T = TypeVar("T")

# Symptoms that speak of the way to the registry or of the registry's health, not of one image.
ROAD_SYMPTOMS = frozenset(
    {
        "dns-failure",
        "connect-timeout",
        "connect-refused",
        "connection-dropped",
        "request-timeout",
        "tls-handshake-failed",
        "proxy-failed",
        "registry-server-error",
        "unexpected-response",
        "pull-stalled",
        "x509-untrusted",
        "x509-name-mismatch",
        "x509-expired",
        "http-https-mismatch",
        "rate-limited",
        "forbidden",
    }
)
# The ones where nothing of the registry was reached at all.
NETWORK_SYMPTOMS = frozenset(
    {
        "dns-failure",
        "connect-timeout",
        "connect-refused",
        "connection-dropped",
        "request-timeout",
        "tls-handshake-failed",
        "pull-stalled",
    }
)
# A cluster with failures in more namespaces than this is in a storm; the first ones tell enough.
_MOST_NAMESPACES = 40


@dataclass(frozen=True, slots=True)
class Pulled:
    """A pull that worked.

    Attributes:
        registry: the family of the image's host.
        proven: the kubelet said "successfully pulled"; otherwise a container merely started with an image that
            its policy makes the kubelet ask for every time.
    """

    node: str
    registry: str
    image: str
    pod: str
    at: datetime
    proven: bool


@dataclass(slots=True)
class Scene:
    """What one look found, and what can still be asked about its surroundings.

    Attributes:
        failures: every failure of this look, not only the one under examination.
        namespaces: where to look for others that succeed.
    """

    reader: ClusterReader
    registries: RegistryBook
    failures: Sequence[PullFailure]
    now: datetime
    # In a storm thousands of failures ask the same of each other; each answer is worked out once.
    _families: dict[str, str] = field(default_factory=dict, repr=False)
    _alike: dict[tuple[str, str], tuple[PullFailure, ...]] = field(default_factory=dict, repr=False)
    _failing: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict, repr=False)
    _on_nodes: Mapping[str, tuple[PullFailure, ...]] | None = field(default=None, repr=False)
    _of_families: Mapping[str, tuple[PullFailure, ...]] | None = field(default=None, repr=False)
    _other_ends: dict[tuple[str, frozenset[str]], tuple[PullFailure, ...]] = field(
        default_factory=dict, repr=False
    )
    _last_tries: dict[tuple[str, frozenset[str]], Mapping[str, datetime | None]] = field(
        default_factory=dict, repr=False
    )
    _spelled: dict[frozenset[str], str] = field(default_factory=dict, repr=False)
    _revisions: dict[str, Mapping[str, tuple[Owner, ...]]] = field(default_factory=dict, repr=False)
    _told: dict[str, Mapping[str, tuple[PodEvent, ...]]] = field(default_factory=dict, repr=False)
    _using: dict[tuple[str, str], tuple[Use, ...]] = field(default_factory=dict, repr=False)
    _namespaces: tuple[str, ...] | None = field(default=None, repr=False)
    _inventory: "asyncio.Task[Inventory] | None" = field(default=None, repr=False)
    _unreachable: Mapping[str, frozenset[str]] | None = field(default=None, repr=False)
    _answered: dict[frozenset[str], datetime | None] = field(default_factory=dict, repr=False)
    _pulls: "asyncio.Task[tuple[tuple[Pulled, ...], tuple[Unread, ...]]] | None" = field(
        default=None, repr=False
    )

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The namespaces with a failure, in the order of the look, within reason."""
        if self._namespaces is None:
            seen = dict.fromkeys(failure.pod.namespace for failure in self.failures)
            self._namespaces = tuple(seen)[:_MOST_NAMESPACES]
        return self._namespaces

    async def inventory(self) -> Inventory:
        """Which images run in the namespaces concerned, and which the nodes hold; what may not be read is not in it."""
        if self._inventory is None:
            self._inventory = asyncio.ensure_future(self._take_inventory())
        return await asyncio.shield(self._inventory)

    async def events_of(self, pod: Pod) -> tuple[PodEvent, ...] | Unread:
        """What was said about a pod; read with its whole namespace, so that its neighbours' cost nothing more."""
        events = await self.reader.events(pod.namespace)
        if isinstance(events, Unread):
            return events
        if pod.namespace not in self._told:
            told: dict[str, list[PodEvent]] = {}
            for event in events:
                told.setdefault(event.pod, []).append(event)
            self._told[pod.namespace] = {name: tuple(each) for name, each in told.items()}
        return self._told[pod.namespace].get(pod.name, ())

    async def using(self, namespace: str, registry: str) -> tuple[Use, ...] | Unread:
        """The pods and containers of a namespace that use a registry."""
        pods = await self.reader.neighbours(namespace)
        if isinstance(pods, Unread):
            return pods
        key = (namespace, self.registries.family(registry))
        if key not in self._using:
            # All registries of the namespace at once: the next failure may ask for another one.
            found: dict[tuple[str, str], list[Use]] = {key: []}
            for pod in pods:
                for container in pod.containers:
                    reference = images.parsed(container.image)
                    host = self.registries.family(reference.registry) if reference else ""
                    found.setdefault((namespace, host), []).append((pod, container))
            self._using.update({each: tuple(uses) for each, uses in found.items()})
        return self._using[key]

    async def pulls(self) -> tuple[tuple[Pulled, ...], tuple[Unread, ...]]:
        """Pulls that worked in the namespaces concerned, and what could not be read of them."""
        if self._pulls is None:
            self._pulls = asyncio.ensure_future(self._read_pulls())
        return await asyncio.shield(self._pulls)

    def family(self, failure: PullFailure) -> str:
        """The registry a failure is about."""
        registry = failure.registry
        if registry not in self._families:
            self._families[registry] = self.registries.family(registry)
        return self._families[registry]

    def alike(self, failure: PullFailure) -> tuple[PullFailure, ...]:
        """Failures of the same registry that speak of the same thing, this one included.

        For a fault of the road to a registry or of its health that is every other such fault; for any other,
        the same symptom: that a tag is missing on one node says nothing of a broken runtime on another.
        """
        kind = self._kind(failure)
        if not self._alike:
            gathered: dict[tuple[str, str], list[PullFailure]] = {}
            for each in self.failures:
                gathered.setdefault(self._kind(each), []).append(each)
            self._alike.update({key: tuple(members) for key, members in gathered.items()})
        return self._alike.get(kind, ())

    def failing_nodes(self, failure: PullFailure) -> frozenset[str]:
        """The nodes with a failure alike, this one's own included."""
        kind = self._kind(failure)
        if kind not in self._failing:
            self._failing[kind] = frozenset(each.pod.node for each in self.alike(failure) if each.pod.node)
        return self._failing[kind]

    def on_node(self, node: str) -> tuple[PullFailure, ...]:
        """The failures of a node, in the order of the look."""
        if self._on_nodes is None:
            self._on_nodes = _gathered((each.pod.node, each) for each in self.failures)
        return self._on_nodes.get(node, ())

    def that_asked(self, family: str, but: frozenset[str]) -> tuple[PullFailure, ...]:
        """The failures that a registry itself caused, and no mirror, redirect or proxy; those with other symptoms than these."""
        key = (family, but)
        if key not in self._other_ends:
            self._other_ends[key] = tuple(each for each in self._askers(family) if each.symptom.id not in but)
        return self._other_ends[key]

    def last_tries(self, family: str, symptoms: frozenset[str]) -> Mapping[str, datetime | None]:
        """Node -> when it last asked a registry in vain, for these symptoms; None when one of its tries has no time."""
        key = (family, symptoms)
        if key not in self._last_tries:
            last: dict[str, datetime | None] = {}
            for each in self._askers(family):
                node, at = each.pod.node, each.last_attempt
                if each.symptom.id in symptoms:
                    known = last.get(node, at)
                    last[node] = max(known, at) if known and at else None
            self._last_tries[key] = last
        return self._last_tries[key]

    def answered(self, but: frozenset[str]) -> datetime | None:
        """When some registry last answered some node, if with a refusal; None when that is not known.

        Args:
            but: the symptoms that are no answer.
        """
        if but not in self._answered:
            asked = (
                each for each in self.failures if each.symptom.id not in but and self.asked_the_registry(each)
            )
            self._answered[but] = max(
                (each.last_attempt for each in asked if each.last_attempt), default=None
            )
        return self._answered[but]

    def spelled(self, nodes: frozenset[str]) -> str:
        """Names for a sentence; the same text for all who name the same, which in a storm are thousands."""
        if nodes not in self._spelled:
            self._spelled[nodes] = ", ".join(sorted(nodes))
        return self._spelled[nodes]

    def asked_the_registry(self, failure: PullFailure) -> bool:
        """Whether it was the registry that failed it, and not a mirror, a redirect's target or a proxy."""
        host = failure.symptom.fields.get("host", "")
        return not failure.symptom.fields.get("mirror") and (
            not host or self.registries.same(host, failure.registry)
        )

    async def revisions(self, deployment: Workload) -> tuple[Owner, ...] | Unread:
        """The ReplicaSets of a Deployment, in the order in which the cluster lists them."""
        sets = await self.reader.owners(deployment.namespace, "ReplicaSet")
        if isinstance(sets, Unread):
            return sets
        if deployment.namespace not in self._revisions:
            self._revisions[deployment.namespace] = _gathered(
                (name, each)
                for each in sets
                for name in {owner.name for owner in each.owners if owner.kind == "Deployment"}
            )
        return self._revisions[deployment.namespace].get(deployment.name, ())

    def unreachable(self) -> Mapping[str, frozenset[str]]:
        """Node -> the registries that it could not reach at all."""
        if self._unreachable is None:
            lost: dict[str, set[str]] = {}
            for each in self.failures:
                if each.symptom.id in NETWORK_SYMPTOMS and each.pod.node:
                    lost.setdefault(each.pod.node, set()).add(self.family(each))
            self._unreachable = {node: frozenset(registries) for node, registries in lost.items()}
        return self._unreachable

    def _askers(self, family: str) -> tuple[PullFailure, ...]:
        """The failures that asked a registry, on nodes that are known, in the order of the look."""
        if self._of_families is None:
            self._of_families = _gathered(
                (self.family(each), each)
                for each in self.failures
                if each.pod.node and self.asked_the_registry(each)
            )
        return self._of_families.get(family, ())

    def _kind(self, failure: PullFailure) -> tuple[str, str]:
        road = failure.symptom.id in ROAD_SYMPTOMS
        return self.family(failure), "" if road else failure.symptom.id

    async def _take_inventory(self) -> Inventory:
        answers = await asyncio.gather(*(self.reader.neighbours(name) for name in self.namespaces))
        nodes = await self.reader.nodes()
        pods = (pod for each in answers if not isinstance(each, Unread) for pod in each)
        return taken(pods, () if isinstance(nodes, Unread) else nodes)

    async def _read_pulls(self) -> tuple[tuple[Pulled, ...], tuple[Unread, ...]]:
        names = self.namespaces
        events = await asyncio.gather(*(self.reader.events(name) for name in names))
        pods = await asyncio.gather(*(self.reader.neighbours(name) for name in names))
        unread = tuple(each for each in (*events, *pods) if isinstance(each, Unread))
        # Namespaces without a failure are asked for further witnesses; nothing is missed where they may not be.
        further = await asyncio.gather(
            *(self.reader.events(name) for name in await self._healthy_namespaces())
        )
        known_pods = [pod for each in pods if not isinstance(each, Unread) for pod in each]
        known_events = [
            event for each in (*events, *further) if not isinstance(each, Unread) for event in each
        ]
        return tuple(_pulls(known_pods, known_events, self.registries)), unread

    async def _healthy_namespaces(self) -> tuple[str, ...]:
        """Some namespaces without a failure: who pulls there is a witness for a road or a registry, nothing else."""
        if not any(each.symptom.id in ROAD_SYMPTOMS for each in self.failures):
            return ()
        everywhere = await self.reader.namespaces()
        if isinstance(everywhere, Unread):
            return ()
        failing = set(self.namespaces)
        return tuple(name for name in everywhere if name not in failing)[: _MOST_NAMESPACES - len(failing)]


def _gathered(pairs: Iterable[tuple[str, T]]) -> Mapping[str, tuple[T, ...]]:
    found: dict[str, list[T]] = {}
    for key, each in pairs:
        found.setdefault(key, []).append(each)
    return {key: tuple(members) for key, members in found.items()}


def _pulls(pods: Sequence[Pod], events: Sequence[PodEvent], book: RegistryBook) -> Iterable[Pulled]:
    nodes = {pod.key: pod.node for pod in pods}
    cached: set[tuple[str, str]] = set()
    told: set[tuple[str, str]] = set()
    for event in events:
        key = f"{event.namespace}/{event.pod}"
        if event.reason != "Pulled" or event.last is None:
            continue
        if not event.message.startswith("Successfully pulled image"):
            cached.add((key, event.container))
            continue
        told.add((key, event.container))
        reference = images.parsed(quoted(event.message))
        if reference is not None:
            node = event.node or nodes.get(key, "")
            yield Pulled(
                node, book.family(reference.registry), reference.canonical, key, event.last, proven=True
            )
    for pod in pods:
        for container in pod.containers:
            reference = images.parsed(container.image)
            if reference is None or container.running_since is None:
                continue
            if (pod.key, container.name) in cached | told or container.pull_policy != "Always":
                continue
            yield Pulled(
                pod.node,
                book.family(reference.registry),
                reference.canonical,
                pod.key,
                container.running_since,
                proven=False,
            )


def quoted(message: str) -> str:
    """``Successfully pulled image "x" in …``, ``Container image "x" already present on machine`` -> ``x``."""
    parts = message.split('"', 2)
    return parts[1] if len(parts) == 3 else ""
