"""Reduces API objects to the facts a diagnosis reads: structs of ``shapes`` in -> ``bot.facts.objects`` out."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime

from bot.cluster.shapes import (
    ConditionShape,
    ContainerSpec,
    ContainerStatus,
    EventShape,
    ForeignShape,
    InvolvedShape,
    ManagedMetadata,
    Metadata,
    NamedShape,
    NodeShape,
    NodeStatus,
    NodeSystem,
    PodShape,
    PodSpec,
    PodStatus,
    ServiceAccountShape,
    Stamp,
    StateShape,
    TerminatedShape,
    VolumeShape,
    WorkloadShape,
    WorkloadStatus,
)
from bot.facts.image import Platform
from bot.facts.objects import (
    Container,
    ContainerKind,
    Node,
    Owner,
    OwnerReference,
    Pod,
    PodEvent,
    Run,
    ServiceAccount,
    Taint,
)


_DAWN = datetime.min.replace(tzinfo=UTC)


def to_pod(shape: PodShape) -> Pod:
    """A pod with the spec and the status of each container put together."""
    meta = shape.metadata or Metadata()
    spec = shape.spec or PodSpec()
    status = shape.status or PodStatus()
    annotations = _texts(meta.annotations)
    return Pod(
        namespace=meta.namespace or "",
        name=meta.name or "",
        uid=meta.uid or "",
        phase=status.phase or "",
        node=spec.node_name or "",
        created=moment(meta.creation_timestamp),
        service_account=spec.service_account_name or "default",
        pull_secrets=_names(spec.image_pull_secrets),
        containers=tuple(_containers(spec, status)),
        image_volumes=_image_volumes(spec.volumes),
        owners=_owner_references(meta),
        labels=_texts(meta.labels),
        annotations=annotations,
        node_selector=_texts(spec.node_selector),
        sandbox_ready=_condition(status.conditions, "PodReadyToStartContainers"),
        scheduled=_since(status.conditions, "PodScheduled"),
        deleted=meta.deletion_timestamp is not None,
        # https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-config-mirror
        static="kubernetes.io/config.mirror" in annotations,
    )


def _containers(spec: PodSpec, status: PodStatus) -> Iterator[Container]:
    yield from _merged(spec.init_containers, status.init_container_statuses, _init_kind)
    yield from _merged(spec.containers, status.container_statuses, lambda _: ContainerKind.MAIN)
    yield from _merged(
        spec.ephemeral_containers, status.ephemeral_container_statuses, lambda _: ContainerKind.EPHEMERAL
    )


def _init_kind(spec: ContainerSpec) -> ContainerKind:
    # https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
    return ContainerKind.SIDECAR if spec.restart_policy == "Always" else ContainerKind.INIT


def _merged(
    specs: list[ContainerSpec] | None,
    statuses: list[ContainerStatus] | None,
    kind_of: Callable[[ContainerSpec], ContainerKind],
) -> Iterator[Container]:
    told = {status.name: status for status in statuses or ()}
    for spec in specs or ():
        yield _container(spec, told.get(spec.name) or ContainerStatus(), kind_of(spec))


def _container(spec: ContainerSpec, status: ContainerStatus, kind: ContainerKind) -> Container:
    state = status.state or StateShape()
    return Container(
        name=spec.name or "",
        kind=kind,
        image=spec.image or "",
        pull_policy=spec.image_pull_policy or "",
        reported_image=status.image or "",
        image_id=status.image_id or "",
        ready=bool(status.ready),
        restarts=status.restart_count or 0,
        waiting_reason=(state.waiting.reason or "") if state.waiting else "",
        waiting_message=(state.waiting.message or "") if state.waiting else "",
        running_since=moment(state.running.started_at) if state.running else None,
        ended=_run(state.terminated),
        last_run=_run(status.last_state.terminated) if status.last_state else None,
    )


def _run(shape: TerminatedShape | None) -> Run | None:
    if shape is None:
        return None
    return Run(
        exit_code=shape.exit_code or 0,
        reason=shape.reason or "",
        message=shape.message or "",
        started=moment(shape.started_at),
        finished=moment(shape.finished_at),
    )


def _image_volumes(volumes: list[VolumeShape] | None) -> dict[str, str]:
    return {
        volume.name or "": volume.image.reference or ""
        for volume in volumes or ()
        if volume.image is not None
    }


def to_event(shape: EventShape) -> PodEvent:
    """An event in one spelling, whichever API version wrote it."""
    meta = shape.metadata or Metadata()
    about = shape.involved_object or shape.regarding or InvolvedShape()
    first, last = _event_span(shape, meta)
    return PodEvent(
        namespace=about.namespace or meta.namespace or "",
        pod=about.name or "",
        reason=shape.reason or "",
        message=shape.message or shape.note or "",
        type=shape.type or "Normal",
        container=_container_of(about.field_path or ""),
        first=first,
        last=last,
        count=_event_count(shape),
        node=_event_node(shape),
        pod_uid=about.uid or "",
    )


def in_order(events: Iterable[PodEvent]) -> tuple[PodEvent, ...]:
    """Events by the time they were last seen, oldest first; those without a time come first."""
    return tuple(sorted(events, key=lambda event: event.last or event.first or _DAWN))


def _event_count(shape: EventShape) -> int:
    series = (shape.series.count or 0) if shape.series else 0
    return max(shape.count or 0, shape.deprecated_count or 0, series, 1)


def _event_span(shape: EventShape, meta: Metadata) -> tuple[datetime | None, datetime | None]:
    begun = (
        shape.first_timestamp,
        shape.deprecated_first_timestamp,
        shape.event_time,
        meta.creation_timestamp,
    )
    first = next((found for found in map(moment, begun) if found), None)
    seen = (
        shape.series.last_observed_time if shape.series else None,
        shape.last_timestamp,
        shape.deprecated_last_timestamp,
    )
    return first, max((found for found in map(moment, seen) if found), default=first)


def _event_node(shape: EventShape) -> str:
    source = shape.source or shape.deprecated_source
    if source is not None and source.host:
        return source.host
    component = shape.reporting_component or shape.reporting_controller
    return (shape.reporting_instance or "") if component == "kubelet" else ""


def _container_of(field_path: str) -> str:
    """``spec.containers{web}`` -> ``web``."""
    _, brace, rest = field_path.partition("{")
    return rest.removesuffix("}") if brace else ""


def to_node(shape: NodeShape) -> Node:
    """A node."""
    meta, status = shape.metadata or Metadata(), shape.status or NodeStatus()
    system = status.node_info or NodeSystem()
    labels = _texts(meta.labels)
    operating_system = system.operating_system or labels.get("kubernetes.io/os", "")
    architecture = system.architecture or labels.get("kubernetes.io/arch", "")
    return Node(
        name=meta.name or "",
        platform=Platform(operating_system, architecture) if operating_system and architecture else None,
        ready=_condition(status.conditions, "Ready"),
        disk_pressure=_condition(status.conditions, "DiskPressure"),
        unschedulable=bool(shape.spec and shape.spec.unschedulable),
        runtime=system.container_runtime_version or "",
        kubelet=system.kubelet_version or "",
        images=tuple(name for image in status.images or () for name in image.names or ()),
        labels=labels,
        taints=tuple(
            Taint(each.key or "", each.value or "", each.effect or "NoSchedule")
            for each in (shape.spec.taints if shape.spec else None) or ()
        ),
    )


def to_service_account(shape: ServiceAccountShape) -> ServiceAccount:
    """A ServiceAccount, with the time when its pull secrets were last set, where ``managedFields`` tells it."""
    meta = shape.metadata or ManagedMetadata()
    times = (
        moment(entry.time)
        for entry in meta.managed_fields or ()
        if "f:imagePullSecrets" in (entry.fields_v1 or {})
    )
    return ServiceAccount(
        namespace=meta.namespace or "",
        name=meta.name or "",
        pull_secrets=_names(shape.image_pull_secrets),
        changed=max((found for found in times if found), default=None),
    )


def to_owner(kind: str, shape: WorkloadShape | ForeignShape) -> Owner:
    """A workload object of any kind; of an unknown one the metadata only."""
    meta = shape.metadata or Metadata()
    body = shape if isinstance(shape, WorkloadShape) else WorkloadShape()
    template, status = _template(body), body.status or WorkloadStatus()
    managed_by, managed_name = _managed(_texts(meta.labels), _texts(meta.annotations))
    replicas = body.spec.replicas if body.spec else None
    ready = status.ready_replicas if status.ready_replicas is not None else status.number_ready
    if ready is None and replicas is not None:
        ready = 0  # the API leaves a zero out
    return Owner(
        kind=kind,
        namespace=meta.namespace or "",
        name=meta.name or "",
        uid=meta.uid or "",
        owners=_owner_references(meta),
        images=_template_images(template),
        pull_secrets=_names(template.image_pull_secrets),
        service_account=template.service_account_name or "default",
        revision=_revision(body, meta),
        replicas=replicas if replicas is not None else status.desired_number_scheduled,
        ready=ready,
        created=moment(meta.creation_timestamp),
        managed_by=managed_by,
        managed_name=managed_name,
    )


def _template(shape: WorkloadShape) -> PodSpec:
    spec = shape.spec or (shape.data.spec if shape.data else None)
    if spec is None:
        return PodSpec()
    template = spec.template
    if template is None and spec.job_template and spec.job_template.spec:
        template = spec.job_template.spec.template
    return (template.spec if template else None) or PodSpec()


def _template_images(spec: PodSpec) -> dict[str, str]:
    every = (*(spec.init_containers or ()), *(spec.containers or ()))
    return {each.name or "": each.image or "" for each in every}


def _revision(shape: WorkloadShape, meta: Metadata) -> str:
    if shape.revision is not None:
        return str(shape.revision)
    return _texts(meta.annotations).get("deployment.kubernetes.io/revision", "")


def _managed(labels: Mapping[str, str], annotations: Mapping[str, str]) -> tuple[str, str]:
    """Who keeps the object as it is, and under which name: what those tools write on what they apply."""
    # https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/
    if tracked := annotations.get("argocd.argoproj.io/tracking-id"):
        return "argocd", tracked.partition(":")[0]
    # https://fluxcd.io/flux/components/kustomize/kustomizations/ and https://fluxcd.io/flux/components/helm/
    for label in ("kustomize.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/name"):
        if name := labels.get(label):
            return "flux", name
    if application := labels.get("argocd.argoproj.io/instance"):
        return "argocd", application
    # https://helm.sh/docs/chart_best_practices/labels/
    release = annotations.get("meta.helm.sh/release-name", "")
    if release or labels.get("app.kubernetes.io/managed-by") == "Helm":
        return "helm", release or labels.get("app.kubernetes.io/instance", "")
    return "", ""


def moment(value: Stamp) -> datetime | None:
    """A time of the API (RFC 3339 text, or what YAML made of it) in UTC; None for null and for nonsense."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _condition(conditions: list[ConditionShape] | None, kind: str) -> bool | None:
    status = next((each.status for each in conditions or () if each.type == kind), None)
    return {"True": True, "False": False}.get(status or "")


def _since(conditions: list[ConditionShape] | None, kind: str) -> datetime | None:
    return next(
        (
            moment(each.last_transition_time)
            for each in conditions or ()
            if (each.type, each.status) == (kind, "True")
        ),
        None,
    )


def _owner_references(meta: Metadata) -> tuple[OwnerReference, ...]:
    return tuple(
        OwnerReference(
            kind=each.kind or "",
            name=each.name or "",
            uid=each.uid or "",
            api_version=each.api_version or "",
            controller=bool(each.controller),
        )
        for each in meta.owner_references or ()
    )


def _names(references: Iterable[NamedShape] | None) -> tuple[str, ...]:
    return tuple(each.name for each in references or () if each.name)


def _texts(pairs: Mapping[str, str | None] | None) -> dict[str, str]:
    return {key: value or "" for key, value in (pairs or {}).items()}
