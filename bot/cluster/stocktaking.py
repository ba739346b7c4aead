"""Lists what runs, page by page, and keeps one of all pods that are alike: an API server in -> a Stock out.

No request is made for a pod, and of a pod only what names images and secrets is decoded. Memory grows with how many
different workloads there are.
"""

from collections.abc import Awaitable, Callable

import msgspec

from bot.cluster import listing
from bot.cluster.client import ApiClient, Refusal
from bot.cluster.listing import Harvest
from bot.cluster.resources import Resource
from bot.cluster.shapes import ContainerSpec, NamedShape, OwnerRefShape, Shape, Stamp, VolumeShape
from bot.cluster.uses import NEVER, RUNNING, Sheaves, counted, each_once, is_local, workload
from bot.errors import ClusterUnreadable
from bot.facts.objects import Unread
from bot.ports.stocktaking import Stock, Use


Elsewhere = Callable[[], Awaitable[tuple[tuple[str, ...], bool]]]


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
    query = {"fieldSelector": f"status.phase={RUNNING}"}
    return await listing.walk(client, Resource("pods", namespace), query, cut)


def _is_running(shape: _Running) -> bool:
    gone = shape.metadata is not None and shape.metadata.deletion_timestamp is not None
    return not gone and shape.status is not None and shape.status.phase == RUNNING


def _use(shape: _Running) -> Use:
    meta, spec, status = shape.metadata or _Metadata(), shape.spec or _Spec(), shape.status or _Status()
    reported = [*(status.container_statuses or ()), *(status.init_container_statuses or ())]
    ids = {each.name: each.image_id or "" for each in reported}
    images = [
        each.image or ""
        for each in (*(spec.containers or ()), *(spec.init_containers or ()))
        if not is_local(each.image_pull_policy or "", ids.get(each.name, ""))
    ]
    images += [
        (each.image.reference or "")
        for each in spec.volumes or ()
        if each.image and each.image.pull_policy != NEVER
    ]
    labels = {key: value or "" for key, value in (meta.labels or {}).items()}
    owners = [
        (each.kind or "", each.name or "", bool(each.controller)) for each in meta.owner_references or ()
    ]
    return Use(
        meta.namespace or "",
        workload(owners, meta.name or "", labels),
        meta.name or "",
        each_once(images),
        each_once(each.name or "" for each in spec.image_pull_secrets or ()),
        labels,
    )


def _nothing(refusal: Refusal) -> ClusterUnreadable:
    return ClusterUnreadable(
        f"running pods cannot be listed: {refusal.why}", f"grant it: {Resource('pods').right}"
    )
