"""API objects reduced to facts."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from bot.cluster import reduce, shapes
from bot.facts.image import Platform
from bot.facts.objects import Container, ContainerKind, Owner, OwnerReference, Pod, PodEvent, Taint
from tests.fakes import objects


SEEN = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def _pod(**changes: Any) -> Pod:
    return reduce.to_pod(msgspec.convert(objects.pod(**changes), shapes.PodShape))


def _event(**fields: Any) -> PodEvent:
    return reduce.to_event(msgspec.convert(fields, shapes.EventShape))


def _owner(kind: str, **fields: Any) -> Owner:
    shape = msgspec.convert(fields, shapes.shape_of(kind))
    assert isinstance(shape, shapes.WorkloadShape | shapes.ForeignShape)
    return reduce.to_owner(kind, shape)


def test_to_pod_takes_an_empty_object() -> None:
    """Nothing is set, so nothing is known, and the account is the default one."""
    assert reduce.to_pod(shapes.PodShape()) == Pod("", "")


def test_to_pod_tells_the_kinds_of_containers_apart() -> None:
    """An init container that restarts always is a sidecar; ephemeral ones stand in a list of their own."""
    spec = {
        "initContainers": [
            {"name": "setup", "image": "setup:1"},
            {"name": "proxy", "image": "proxy:1", "restartPolicy": "Always"},
        ],
        "ephemeralContainers": [{"name": "debug", "image": "tools:1"}],
    }
    kinds = {each.name: each.kind for each in _pod(spec=spec).containers}
    assert kinds == {
        "setup": ContainerKind.INIT,
        "proxy": ContainerKind.SIDECAR,
        "app": ContainerKind.MAIN,
        "debug": ContainerKind.EPHEMERAL,
    }


def test_to_pod_puts_spec_and_status_together() -> None:
    """The image is the spec's; what the kubelet reports of it stands beside it."""
    told = objects.waiting("ErrImagePull", "not found")
    status = {
        "containerStatuses": [
            {
                "name": "app",
                "image": "docker.io/library/app:1",
                "imageID": "sha256:1",
                "restartCount": 3,
                "state": told,
                "lastState": objects.terminated(137),
            }
        ]
    }
    (container,) = _pod(status=status).containers
    assert (container.image, container.reported_image, container.image_id) == (
        "app:1",
        "docker.io/library/app:1",
        "sha256:1",
    )
    assert (container.waiting_reason, container.waiting_message, container.restarts) == (
        "ErrImagePull",
        "not found",
        3,
    )
    assert container.last_run is not None
    assert container.last_run.exit_code == 137


def test_to_pod_shows_containers_without_a_status() -> None:
    """The kubelet has not spoken yet: the container is there all the same."""
    status = {"phase": "Pending", "containerStatuses": None}
    assert _pod(status=status).containers == (Container("app", ContainerKind.MAIN, "app:1"),)


def test_to_pod_reads_image_volumes() -> None:
    """A volume of type image names an image that is pulled like a container's."""
    volumes = [{"name": "models", "image": {"reference": "models:2"}}, {"name": "tmp", "emptyDir": {}}]
    assert _pod(spec={"volumes": volumes}).image_volumes == {"models": "models:2"}


def test_to_pod_knows_static_and_deleted_pods() -> None:
    """A mirror pod carries its manifest's hash; a deleted one a deletion time."""
    pod = _pod(
        metadata={
            "annotations": {"kubernetes.io/config.mirror": "abc"},
            "deletionTimestamp": objects.NOW,
            "ownerReferences": [{"kind": "Node", "name": "node-1", "controller": True, "apiVersion": "v1"}],
        }
    )
    assert pod.static
    assert pod.deleted
    assert pod.owners == (OwnerReference("Node", "node-1", "", "v1"),)


def test_to_pod_reads_conditions() -> None:
    """When it was bound, and whether its sandbox stands; an absent condition is not a no."""
    conditions = [
        {"type": "PodReadyToStartContainers", "status": "False"},
        {"type": "PodScheduled", "status": "True", "lastTransitionTime": objects.NOW},
    ]
    pod = _pod(status={"conditions": conditions})
    assert (pod.sandbox_ready, pod.scheduled) == (False, SEEN)
    assert _pod().sandbox_ready is None


def test_to_event_reads_the_core_spelling() -> None:
    """The kubelet writes core/v1 events with a field path."""
    event = reduce.to_event(
        msgspec.convert(
            objects.event(
                count=4, involvedObject={"kind": "Pod", "name": "p", "fieldPath": "spec.containers{app}"}
            ),
            shapes.EventShape,
        )
    )
    assert (event.pod, event.container, event.count, event.node) == ("p", "app", 4, "node-1")
    assert event.last == SEEN


def test_to_event_reads_the_newer_spelling() -> None:
    """events.k8s.io says regarding, note and deprecated…; the object is the same."""
    event = _event(
        regarding={"kind": "Pod", "namespace": "shop", "name": "p", "uid": "u"},
        note="Pulling image",
        reason="Pulling",
        deprecatedSource={"host": "node-1"},
        deprecatedFirstTimestamp=objects.EARLIER,
        deprecatedLastTimestamp=objects.NOW,
        deprecatedCount=5,
    )
    assert (event.namespace, event.pod, event.message) == ("shop", "p", "Pulling image")
    assert (event.count, event.node, event.last) == (5, "node-1", SEEN)


def test_to_event_counts_a_series() -> None:
    """A series holds the count and the last time."""
    event = _event(
        eventTime=objects.EARLIER, series={"count": 9, "lastObservedTime": "2026-11-22T09:00:00.000000Z"}
    )
    assert (event.count, event.last) == (9, SEEN)


def test_to_event_falls_back_to_the_event_time() -> None:
    """The scheduler writes null timestamps and an eventTime; its instance is no node."""
    event = _event(
        firstTimestamp=None,
        lastTimestamp=None,
        eventTime=objects.NOW,
        reportingComponent="default-scheduler",
        reportingInstance="scheduler-0",
    )
    assert (event.first, event.last, event.node) == (SEEN, SEEN, "")


def test_in_order_sorts_by_last_sight() -> None:
    """Oldest first; an event without any time comes first."""
    events = [PodEvent("s", "p", "b", "", last=SEEN), PodEvent("s", "p", "a", "")]
    assert [each.reason for each in reduce.in_order(events)] == ["a", "b"]


def test_to_node_reads_platform_and_conditions() -> None:
    """Unknown is neither ready nor unready."""
    shape = msgspec.convert(
        {
            "metadata": {"name": "n"},
            "spec": {
                "unschedulable": True,
                "taints": [{"key": "os", "value": "windows", "effect": "NoExecute"}, {"key": None}],
            },
            "status": {
                "conditions": [
                    {"type": "Ready", "status": "Unknown"},
                    {"type": "DiskPressure", "status": "True"},
                ],
                "images": [{"names": ["a@sha256:1", "a:1"]}, {"names": None}],
                "nodeInfo": {"operatingSystem": "linux", "architecture": "arm64"},
            },
        },
        shapes.NodeShape,
    )
    node = reduce.to_node(shape)
    assert node.platform == Platform("linux", "arm64")
    assert (node.ready, node.disk_pressure, node.unschedulable) == (None, True, True)
    assert node.images == ("a@sha256:1", "a:1")
    assert node.taints == (Taint("os", "windows", "NoExecute"), Taint(""))


def test_to_service_account_dates_the_attachment() -> None:
    """The time of the manager that set the pull secrets, not of any other."""
    fields = [
        {"time": objects.EARLIER, "fieldsV1": {"f:secrets": {}}},
        {"time": objects.NOW, "fieldsV1": {"f:imagePullSecrets": {}}},
    ]
    shape = msgspec.convert(
        {
            "metadata": {"name": "default", "managedFields": fields},
            "imagePullSecrets": [{"name": "regcred"}, {}],
        },
        shapes.ServiceAccountShape,
    )
    account = reduce.to_service_account(shape)
    assert (account.pull_secrets, account.changed) == (("regcred",), SEEN)


def test_to_owner_reads_the_template() -> None:
    """Images, secrets and account of what its pods will be made from."""
    template = {
        "spec": {
            "containers": [{"name": "web", "image": "web:2"}],
            "initContainers": [{"name": "setup", "image": "setup:1"}],
            "imagePullSecrets": [{"name": "regcred"}],
            "serviceAccountName": "builder",
        }
    }
    owner = _owner(
        "ReplicaSet",
        metadata={"name": "web-1", "annotations": {"deployment.kubernetes.io/revision": "7"}},
        spec={"replicas": 2, "template": template},
        status={"replicas": 2},
    )
    assert owner.images == {"setup": "setup:1", "web": "web:2"}
    assert (owner.pull_secrets, owner.service_account, owner.revision) == (("regcred",), "builder", "7")
    assert (owner.replicas, owner.ready) == (2, 0)


def test_to_owner_reads_each_kind_where_it_keeps_the_template() -> None:
    """A CronJob has it two levels down, a ControllerRevision in its data, a DaemonSet counts nodes."""
    template = {"spec": {"containers": [{"name": "c", "image": "c:1"}]}}
    cron = _owner("CronJob", metadata={"name": "c"}, spec={"jobTemplate": {"spec": {"template": template}}})
    assert cron.images == {"c": "c:1"}
    old = _owner(
        "ControllerRevision", metadata={"name": "c"}, revision=3, data={"spec": {"template": template}}
    )
    assert (old.images, old.revision) == ({"c": "c:1"}, "3")
    daemons = _owner(
        "DaemonSet", metadata={}, spec={}, status={"desiredNumberScheduled": 3, "numberReady": 1}
    )
    assert (daemons.replicas, daemons.ready) == (3, 1)


def test_to_owner_knows_who_manages_it() -> None:
    """Each tool leaves its own mark; Argo CD's and Flux's count before Helm's, which they may render."""
    helm = {"app.kubernetes.io/managed-by": "Helm", "app.kubernetes.io/instance": "shop"}
    release = {"meta.helm.sh/release-name": "shop"}
    tracked = {"argocd.argoproj.io/tracking-id": "store:apps/Deployment:shop/web"}
    marks: list[tuple[dict[str, str], dict[str, str], tuple[str, str]]] = [
        (helm, release, ("helm", "shop")),
        (helm, {}, ("helm", "shop")),
        (helm, tracked | release, ("argocd", "store")),
        (helm | {"kustomize.toolkit.fluxcd.io/name": "apps"}, {}, ("flux", "apps")),
        (helm | {"helm.toolkit.fluxcd.io/name": "web"}, release, ("flux", "web")),
        ({"app.kubernetes.io/instance": "web"}, {}, ("", "")),
    ]
    for labels, annotations, expected in marks:
        owner = _owner("Deployment", metadata={"name": "w", "labels": labels, "annotations": annotations})
        assert (owner.managed_by, owner.managed_name) == expected


def test_to_owner_keeps_to_metadata_for_foreign_kinds() -> None:
    """A custom owner shows its own owners."""
    owner = _owner("Rollout", metadata={"name": "r", "ownerReferences": [{"kind": "App", "name": "a"}]})
    assert (owner.kind, owner.owners) == ("Rollout", (OwnerReference("App", "a", controller=False),))


def test_moment_reads_what_servers_and_yaml_write() -> None:
    """Whole seconds, fractions to the nanosecond, offsets, and what YAML already turned into a time."""
    for value in (
        "2026-11-22T09:00:00Z",
        "2026-11-22T09:00:00.000000Z",
        "2026-11-22T09:00:00.000000000Z",
        "2026-11-22T10:00:00+01:00",
        SEEN,
        SEEN.replace(tzinfo=None),
    ):
        assert reduce.moment(value) == SEEN
    for nonsense in (None, "", "yesterday", 5):
        assert reduce.moment(nonsense) is None
