"""Decodes only what a diagnosis reads, because a typed client costs 200 times more: JSON bytes in -> structs out.

The structs mirror the API's JSON as far as it bears witness and skip the rest. They take what real servers,
``kubectl`` and hand-edited dumps write: nulls anywhere, missing fields, both spellings of events (core/v1 and
events.k8s.io/v1). A value of a wrong type raises ``msgspec.ValidationError``, which the callers turn into an
``Unread`` for that one object. ``reduce`` makes facts of them, ``suspects`` picks the pods worth it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Generic, TypeVar

import msgspec


T = TypeVar("T")

# A time is text in JSON and already a datetime in YAML; `moment` takes both.
Stamp = Any


class Shape(msgspec.Struct, rename="camel", gc=False):
    """A part of an API object: camelCase outside, every field optional."""


class OwnerRefShape(Shape):
    """An entry of ``metadata.ownerReferences``."""

    kind: str | None = None
    name: str | None = None
    uid: str | None = None
    api_version: str | None = None
    controller: bool | None = None


class ManagedFieldsShape(Shape):
    """Who set which fields when; ``fields_v1`` is a tree of ``f:name`` keys."""

    time: Stamp = None
    fields_v1: dict[str, Any] | None = msgspec.field(default=None, name="fieldsV1")


class Metadata(Shape):
    """``metadata`` without ``managedFields``, which is a third of a pod's bytes."""

    name: str | None = None
    namespace: str | None = None
    uid: str | None = None
    resource_version: str | None = None
    creation_timestamp: Stamp = None
    deletion_timestamp: Stamp = None
    labels: dict[str, str | None] | None = None
    annotations: dict[str, str | None] | None = None
    owner_references: list[OwnerRefShape] | None = None


class ManagedMetadata(Metadata):
    """``metadata`` with ``managedFields``, for the few objects whose history matters."""

    managed_fields: list[ManagedFieldsShape] | None = None


class ListMetadata(Shape):
    """``metadata`` of a list."""

    resource_version: str | None = None
    next: str | None = msgspec.field(default=None, name="continue")
    remaining_item_count: int | None = None


class Page(Shape, Generic[T]):
    """A list, or one page of it. Items of a typed list carry no ``kind`` of their own."""

    kind: str | None = None
    metadata: ListMetadata | None = None
    items: list[T] | None = None


class Head(Shape):
    """What tells the kind of any object."""

    kind: str | None = None
    api_version: str | None = None


class NamedShape(Shape):
    """A reference by name only, as ``imagePullSecrets`` holds them."""

    name: str | None = None


class ContainerSpec(Shape):
    """An entry of ``spec.containers``, ``initContainers`` or ``ephemeralContainers``."""

    name: str | None = None
    image: str | None = None
    image_pull_policy: str | None = None
    restart_policy: str | None = None


class ImageSource(Shape):
    """``image`` of a volume."""

    reference: str | None = None
    pull_policy: str | None = None


class VolumeShape(Shape):
    """A volume; only those of type ``image`` matter."""

    name: str | None = None
    image: ImageSource | None = None


class PodSpec(Shape):
    """``spec`` of a pod or of a pod template."""

    containers: list[ContainerSpec] | None = None
    init_containers: list[ContainerSpec] | None = None
    ephemeral_containers: list[ContainerSpec] | None = None
    volumes: list[VolumeShape] | None = None
    node_name: str | None = None
    node_selector: dict[str, str | None] | None = None
    service_account_name: str | None = None
    image_pull_secrets: list[NamedShape] | None = None


class WaitingShape(Shape):
    """``state.waiting``."""

    reason: str | None = None
    message: str | None = None


class RunningShape(Shape):
    """``state.running``."""

    started_at: Stamp = None


class TerminatedShape(Shape):
    """``state.terminated`` and ``lastState.terminated``."""

    exit_code: int | None = None
    reason: str | None = None
    message: str | None = None
    started_at: Stamp = None
    finished_at: Stamp = None


class StateShape(Shape):
    """``state`` and ``lastState``: at most one of the three is set."""

    waiting: WaitingShape | None = None
    running: RunningShape | None = None
    terminated: TerminatedShape | None = None


class ContainerStatus(Shape):
    """What the kubelet last said of a container."""

    name: str | None = None
    image: str | None = None
    image_id: str | None = msgspec.field(default=None, name="imageID")
    ready: bool | None = None
    restart_count: int | None = None
    state: StateShape | None = None
    last_state: StateShape | None = None


class ConditionShape(Shape):
    """A condition of a pod or node."""

    type: str | None = None
    status: str | None = None
    last_transition_time: Stamp = None


class PodStatus(Shape):
    """``status`` of a pod."""

    phase: str | None = None
    conditions: list[ConditionShape] | None = None
    container_statuses: list[ContainerStatus] | None = None
    init_container_statuses: list[ContainerStatus] | None = None
    ephemeral_container_statuses: list[ContainerStatus] | None = None


class PodShape(Shape):
    """A Pod."""

    metadata: Metadata | None = None
    spec: PodSpec | None = None
    status: PodStatus | None = None


class InvolvedShape(Shape):
    """``involvedObject`` (core/v1) or ``regarding`` (events.k8s.io)."""

    kind: str | None = None
    namespace: str | None = None
    name: str | None = None
    uid: str | None = None
    field_path: str | None = None


class SourceShape(Shape):
    """``source`` or ``deprecatedSource`` of an event."""

    component: str | None = None
    host: str | None = None


class SeriesShape(Shape):
    """``series`` of an event: repeats since the first."""

    count: int | None = None
    last_observed_time: Stamp = None


class EventShape(Shape):
    """An Event in either spelling; the one that is absent stays None."""

    metadata: Metadata | None = None
    involved_object: InvolvedShape | None = None
    regarding: InvolvedShape | None = None
    reason: str | None = None
    type: str | None = None
    message: str | None = None
    note: str | None = None
    source: SourceShape | None = None
    deprecated_source: SourceShape | None = None
    count: int | None = None
    deprecated_count: int | None = None
    first_timestamp: Stamp = None
    deprecated_first_timestamp: Stamp = None
    last_timestamp: Stamp = None
    deprecated_last_timestamp: Stamp = None
    event_time: Stamp = None
    series: SeriesShape | None = None
    reporting_component: str | None = None
    reporting_controller: str | None = None
    reporting_instance: str | None = None


class NodeSystem(Shape):
    """``status.nodeInfo``."""

    operating_system: str | None = None
    architecture: str | None = None
    container_runtime_version: str | None = None
    kubelet_version: str | None = None


class NodeImage(Shape):
    """An entry of ``status.images``."""

    names: list[str] | None = None


class TaintShape(Shape):
    """An entry of ``spec.taints``."""

    key: str | None = None
    value: str | None = None
    effect: str | None = None


class NodeSpec(Shape):
    """``spec`` of a node."""

    unschedulable: bool | None = None
    taints: list[TaintShape] | None = None


class NodeStatus(Shape):
    """``status`` of a node."""

    conditions: list[ConditionShape] | None = None
    images: list[NodeImage] | None = None
    node_info: NodeSystem | None = None


class NodeShape(Shape):
    """A Node."""

    metadata: Metadata | None = None
    spec: NodeSpec | None = None
    status: NodeStatus | None = None


class ServiceAccountShape(Shape):
    """A ServiceAccount."""

    metadata: ManagedMetadata | None = None
    image_pull_secrets: list[NamedShape] | None = None


class SecretShape(Shape):
    """A Secret, values and all: it is reduced to structure at once and never kept."""

    metadata: Metadata | None = None
    type: str | None = None
    data: dict[str, str | None] | None = None

    def __repr__(self) -> str:
        return f"SecretShape(type={self.type!r})"


class NamespaceShape(Shape):
    """A Namespace, or any other object of which only the name matters."""

    metadata: Metadata | None = None


class TemplateShape(Shape):
    """A pod template."""

    spec: PodSpec | None = None


class JobTemplateSpec(Shape):
    """``spec.jobTemplate.spec`` of a CronJob."""

    template: TemplateShape | None = None


class JobTemplate(Shape):
    """``spec.jobTemplate`` of a CronJob."""

    spec: JobTemplateSpec | None = None


class WorkloadSpec(Shape):
    """``spec`` of any workload kind."""

    replicas: int | None = None
    template: TemplateShape | None = None
    job_template: JobTemplate | None = None


class WorkloadStatus(Shape):
    """``status`` of any workload kind."""

    ready_replicas: int | None = None
    desired_number_scheduled: int | None = None
    number_ready: int | None = None


class RevisionBody(Shape):
    """``data`` of a ControllerRevision: the part of the owner that was in force."""

    spec: WorkloadSpec | None = None


class WorkloadShape(Shape):
    """A workload of a known kind, or a ControllerRevision."""

    metadata: Metadata | None = None
    spec: WorkloadSpec | None = None
    status: WorkloadStatus | None = None
    revision: int | None = None
    data: RevisionBody | None = None


class ForeignShape(Shape):
    """An owner of a kind we do not know: its ``spec`` may be anything, so only the metadata is read."""

    metadata: Metadata | None = None


WORKLOAD_KINDS: Final = frozenset(
    {
        "ReplicaSet",
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "Job",
        "CronJob",
        "ReplicationController",
        "ControllerRevision",
    }
)

_SHAPES: Final[Mapping[str, type[Shape]]] = {
    "Pod": PodShape,
    "Event": EventShape,
    "Node": NodeShape,
    "ServiceAccount": ServiceAccountShape,
    "Secret": SecretShape,
    "Namespace": NamespaceShape,
    **dict.fromkeys(WORKLOAD_KINDS, WorkloadShape),
}


def shape_of(kind: str) -> type[Shape]:
    """The struct that reads objects of a kind; :class:`ForeignShape` for kinds we do not know."""
    return _SHAPES.get(kind, ForeignShape)


def decode_object(raw: bytes) -> Iterator[tuple[str, Shape]]:
    """Every object in JSON bytes, a single one or a list of either sort, with its kind.

    Raises:
        msgspec.DecodeError: not JSON (``msgspec.ValidationError``: JSON of another form).
    """
    kind = msgspec.json.decode(raw, type=Head).kind or ""
    if kind == "List":
        for item in msgspec.json.decode(raw, type=Page[msgspec.Raw]).items or ():
            yield from decode_object(bytes(item))
    elif kind.endswith("List"):
        inner = kind.removesuffix("List")
        for item in msgspec.json.decode(raw, type=Page[msgspec.Raw]).items or ():
            yield inner, msgspec.json.decode(item, type=shape_of(inner))
    else:
        yield kind, msgspec.json.decode(raw, type=shape_of(kind))


def convert_object(plain: Mapping[str, Any]) -> Iterator[tuple[str, Shape]]:
    """The same for plain dicts, as a YAML file gives them.

    Raises:
        msgspec.ValidationError: of another form than the API's.
    """
    kind = msgspec.convert(plain, Head).kind or ""
    if kind.endswith("List"):
        inner = kind.removesuffix("List")
        for item in plain.get("items") or ():
            yield from convert_object(item if not inner else {**item, "kind": inner})
    else:
        yield kind, msgspec.convert(plain, shape_of(kind))
