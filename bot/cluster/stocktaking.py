"""Lists what runs, page by page, and keeps one of all pods that are alike: an API server in -> a Stock out.

No request is made for a pod, and of a pod only what names images and secrets is decoded. Memory grows with how many
different workloads there are.
"""

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

import msgspec

from bot.cluster import listing
from bot.cluster.client import ApiClient, Refusal
from bot.cluster.listing import Harvest
from bot.cluster.resources import Resource
from bot.cluster.shapes import ContainerSpec, NamedShape, OwnerRefShape, Shape, Stamp, VolumeShape
from bot.errors import ClusterUnreadable
from bot.facts.objects import Pod, Unread
from bot.ports.stocktaking import Stock, Use


# As in bot.diagnosis.workloads, for pods that nobody reads the owners of.
_CRON_SUFFIX = re.compile(r"-\d{8,10}$", re.ASCII)
_RUNNING: Final = "Running"
# The runtime names what it pulled with its registry; what was only ever loaded on the node it names by the config's digest alone.
# https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/kubelet/kuberuntime/convert.go, toKubeContainerImageID
_BARE_ID = re.compile(r"(?:docker://)?sha256:[0-9a-f]{64}")
_NEVER: Final = "Never"

Elsewhere = Callable[[], Awaitable[tuple[tuple[str, ...], bool]]]
_Alike = tuple[str, str, tuple[str, ...], tuple[str, ...]]


class _Metadata(Shape):
    """What names a pod, its labels and its owner."""

    name: str | None = None
    namespace: str | None = None
    labels: dict[str, str | None] | None = None
    owner_references: list[OwnerRefShape] | None = None
    deletion_timestamp: Stamp = None


class _Spec(Shape):
    """What names images and pull secrets."""

    containers: list[ContainerSpec] | None = None
    init_containers: list[ContainerSpec] | None = None
    volumes: list[VolumeShape] | None = None
    image_pull_secrets: list[NamedShape] | None = None


class _Reported(Shape):
    """What the runtime says a container's image is."""

    name: str | None = None
    image_id: str | None = msgspec.field(default=None, name="imageID")


class _Status(Shape):
    """Whether a pod runs, and what."""

    phase: str | None = None
    container_statuses: list[_Reported] | None = None
    init_container_statuses: list[_Reported] | None = None


class _Running(Shape):
    """A pod, as narrowly as it can be said what it runs."""

    metadata: _Metadata | None = None
    spec: _Spec | None = None
    status: _Status | None = None


class Sheaves:
    """Binds pods that are alike together: each is the very same value as the first of its kind."""

    def __init__(self) -> None:
        self._known: dict[_Alike, Use] = {}

    def bound(self, use: Use) -> Use:
        """The first that was alike."""
        return self._known.setdefault((use.namespace, use.workload, use.images, use.secrets), use)


def counted(uses: Iterable[Use]) -> tuple[Use, ...]:
    """Each once, with how many pods it stands for.

    Args:
        uses: for each pod the one that :class:`Sheaves` gave.
    """
    kept = list(uses)
    numbers = Counter(map(id, kept))
    first = {id(each): each for each in kept}
    found = [replace(each, pods=numbers[key]) for key, each in first.items()]
    return tuple(sorted(found, key=lambda each: (each.namespace, each.workload, each.images, each.secrets)))


def use_of(pod: Pod) -> Use:
    """What a pod of a dump uses."""
    images = [each.image for each in pod.containers if not _is_local(each.pull_policy, each.image_id)]
    owners = [(each.kind, each.name, each.controller) for each in pod.owners]
    return Use(
        pod.namespace,
        "Pod/" + pod.name if pod.static else _workload(owners, pod.name, pod.labels),
        pod.name,
        _each_once([*images, *pod.image_volumes.values()]),
        _each_once(pod.pull_secrets),
        pod.labels,
    )


def runs(pod: Pod) -> bool:
    """Whether a pod of a dump runs."""
    return pod.phase == _RUNNING and not pod.deleted


async def taken(client: ApiClient, namespaces: tuple[str, ...] | None, elsewhere: Elsewhere) -> Stock:
    """What runs in a cluster.

    Args:
        client: the API server.
        namespaces: only these; None for all.
        elsewhere: tells which to ask where the whole cluster may not be listed, and whether these are all.

    Raises:
        ClusterUnreadable: not even pods can be listed.
    """
    sheaves = Sheaves()
    harvest: Harvest[Use] = Harvest()
    is_all = True
    if namespaces is None:
        try:
            harvest.add(await _listed(client, "", sheaves))
        except Refusal as refusal:
            if refusal.status != 403:
                raise _nothing(refusal) from None
            namespaces, is_all = await elsewhere()
    unseen: set[str] = set()
    for name in namespaces or ():
        try:
            harvest.add(await _listed(client, name, sheaves))
        except Refusal as refusal:
            if unseen | {name} == set(namespaces or ()):
                raise _nothing(refusal) from None
            unseen.add(name)
            harvest.unread.append(Resource("pods", name).unread(refusal.why))
    if not is_all:
        harvest.unread.append(Unread("pods of other namespaces", "forbidden", Resource("pods").right))
    return Stock(
        counted(harvest.kept),
        harvest.complete and is_all,
        frozenset(unseen),
        tuple(dict.fromkeys(harvest.unread)),
        harvest.seen,
    )


async def _listed(client: ApiClient, namespace: str, sheaves: Sheaves) -> Harvest[Use]:
    cut = listing.keeping(_Running, lambda shape: sheaves.bound(_use(shape)), _is_running)
    query = {"fieldSelector": f"status.phase={_RUNNING}"}
    return await listing.walk(client, Resource("pods", namespace), query, cut)


def _is_running(shape: _Running) -> bool:
    gone = shape.metadata is not None and shape.metadata.deletion_timestamp is not None
    return not gone and shape.status is not None and shape.status.phase == _RUNNING


def _use(shape: _Running) -> Use:
    meta, spec, status = shape.metadata or _Metadata(), shape.spec or _Spec(), shape.status or _Status()
    reported = [*(status.container_statuses or ()), *(status.init_container_statuses or ())]
    ids = {each.name: each.image_id or "" for each in reported}
    images = [
        each.image or ""
        for each in (*(spec.containers or ()), *(spec.init_containers or ()))
        if not _is_local(each.image_pull_policy or "", ids.get(each.name, ""))
    ]
    images += [(each.image.reference or "") for each in spec.volumes or () if each.image]
    labels = {key: value or "" for key, value in (meta.labels or {}).items()}
    owners = [
        (each.kind or "", each.name or "", bool(each.controller)) for each in meta.owner_references or ()
    ]
    return Use(
        meta.namespace or "",
        _workload(owners, meta.name or "", labels),
        meta.name or "",
        _each_once(images),
        _each_once(each.name or "" for each in spec.image_pull_secrets or ()),
        labels,
    )


def _is_local(policy: str, image_id: str) -> bool:
    return policy == _NEVER or bool(_BARE_ID.fullmatch(image_id))


def _workload(owners: Iterable[tuple[str, str, bool]], pod: str, labels: Mapping[str, str]) -> str:
    """The controller, or what its name says is above it."""
    every = list(owners)
    kind, name, _ = next((each for each in every if each[2]), every[0] if every else ("Node", "", True))
    hashed = labels.get("pod-template-hash", "")
    if kind == "Node":
        return f"Pod/{pod}"
    if kind == "ReplicaSet" and hashed and name.endswith(f"-{hashed}"):
        return f"Deployment/{name.removesuffix(f'-{hashed}')}"
    if kind == "Job" and _CRON_SUFFIX.search(name):
        return f"CronJob/{_CRON_SUFFIX.sub('', name)}"
    return f"{kind}/{name}"


def _each_once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in names if each))


def _nothing(refusal: Refusal) -> ClusterUnreadable:
    return ClusterUnreadable(
        f"running pods cannot be listed: {refusal.why}", f"grant it: {Resource('pods').right}"
    )
