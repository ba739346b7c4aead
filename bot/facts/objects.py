"""What the cluster showed, reduced to what a diagnosis reads.

API objects carry hundreds of fields; these carry the few that are witnesses. The ``cluster`` room makes
them from bytes, everyone else only reads them. A read that failed is an :class:`Unread`, never an empty
list: what could not be seen is not absent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.facts.image import Platform


class ContainerKind(StrEnum):
    """Where in the pod the image is used."""

    MAIN = "main"
    INIT = "init"
    SIDECAR = "sidecar"
    EPHEMERAL = "ephemeral"
    IMAGE_VOLUME = "image-volume"


@dataclass(frozen=True, slots=True)
class Unread:
    """A read that gave no answer.

    Attributes:
        what: what was to be read, as shown under "unchecked": ``secrets in shop``.
        why: the reason in a word or two: ``forbidden``, ``not in the dump``, ``timed out``.
        remedy: the right, flag or file that would let it be read; empty when nobody can say.
    """

    what: str
    why: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a container that has ended (``state.terminated`` or ``lastState.terminated``)."""

    exit_code: int
    reason: str = ""
    message: str = ""
    started: datetime | None = None
    finished: datetime | None = None


@dataclass(frozen=True, slots=True)
class Container:
    """One container of a pod: what the spec asks for, and what the kubelet last said of it.

    ``reported_image`` and ``image_id`` are the status's own spelling: they may add ``docker.io/library``,
    drop a tag, or be a digest.
    """

    name: str
    kind: ContainerKind
    image: str
    pull_policy: str = ""
    reported_image: str = ""
    image_id: str = ""
    ready: bool = False
    restarts: int = 0
    waiting_reason: str = ""
    waiting_message: str = ""
    running_since: datetime | None = None
    ended: Run | None = None
    last_run: Run | None = None


@dataclass(frozen=True, slots=True)
class OwnerReference:
    """Who made an object (``metadata.ownerReferences``)."""

    kind: str
    name: str
    uid: str = ""
    api_version: str = ""
    controller: bool = True


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod, reduced to what tells whether and why an image could not be pulled.

    Attributes:
        pull_secrets: names in ``spec.imagePullSecrets``. The ServiceAccount's are copied here at creation
            and never later.
        image_volumes: volume name -> reference, for volumes of type ``image``.
        sandbox_ready: condition PodReadyToStartContainers; None where the API server does not tell.
        static: a mirror of a manifest on the node; its events carry another uid.
    """

    namespace: str
    name: str
    uid: str = ""
    phase: str = ""
    node: str = ""
    created: datetime | None = None
    service_account: str = "default"
    pull_secrets: tuple[str, ...] = ()
    containers: tuple[Container, ...] = ()
    image_volumes: Mapping[str, str] = field(default_factory=dict)
    owners: tuple[OwnerReference, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    node_selector: Mapping[str, str] = field(default_factory=dict)
    sandbox_ready: bool | None = None
    scheduled: datetime | None = None
    deleted: bool = False
    static: bool = False

    @property
    def key(self) -> str:
        """``namespace/name``."""
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class PodEvent:
    """An event about a pod. ``container`` and ``kind`` come from ``involvedObject.fieldPath``, where there is one."""

    namespace: str
    pod: str
    reason: str
    message: str
    type: str = "Normal"
    container: str = ""
    first: datetime | None = None
    last: datetime | None = None
    count: int = 1
    node: str = ""
    pod_uid: str = ""


@dataclass(frozen=True, slots=True)
class Taint:
    """What keeps pods without a matching toleration off a node (``NoSchedule``, ``NoExecute``), or prefers to."""

    key: str
    value: str = ""
    effect: str = "NoSchedule"


@dataclass(frozen=True, slots=True)
class Node:
    """A node: what it can run, how it feels, and which images its kubelet lists (50 at most, the largest)."""

    name: str
    platform: Platform | None = None
    ready: bool | None = None
    disk_pressure: bool | None = None
    unschedulable: bool = False
    runtime: str = ""
    kubelet: str = ""
    images: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Taint, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """A ServiceAccount and the pull secrets it gives to pods made from now on."""

    namespace: str
    name: str
    pull_secrets: tuple[str, ...] = ()
    changed: datetime | None = None


@dataclass(frozen=True, slots=True)
class SecretEntry:
    """One registry in a pull secret: its structure, never its values.

    Attributes:
        key: the registry key exactly as it stands in the secret.
        trailing_newline: the password or user name ends in a line break, the classic ``echo | base64`` fault.
        expires: when the password says so itself (JWT ``exp``, an ECR token's ``expiration``).
        issued: when it says that it was made (JWT ``iat`` or ``nbf``; an ECR token lives for 12 hours); None where it does not.
        fingerprint: salted digest of the credential: equal credentials compare equal within one run or dump.
    """

    key: str
    has_username: bool = True
    has_password: bool = True
    trailing_newline: bool = False
    expires: datetime | None = None
    fingerprint: str = ""
    issued: datetime | None = None


@dataclass(frozen=True, slots=True)
class PullSecret:
    """A Secret seen as the kubelet sees it when it looks for registry credentials.

    Attributes:
        type: ``kubernetes.io/dockerconfigjson``, ``kubernetes.io/dockercfg``, or another one, which the
            kubelet ignores in silence.
        flaw: why the kubelet gets no entry out of it: ``wrong-type``, ``no-data``, ``not-json``,
            ``no-auths``, ``bad-base64``, ``no-colon``, ``bad-shape`` (JSON, but not of the form the kubelet
            expects); empty when it is well formed. Entries may be listed all the same.
        flaw_fails_pull: the kubelet fails every pull of the pod over it (instead of ignoring it).
        secret_types_right: the type is one of the two the kubelet reads.
    """

    namespace: str
    name: str
    type: str = "kubernetes.io/dockerconfigjson"
    entries: tuple[SecretEntry, ...] = ()
    flaw: str = ""
    flaw_fails_pull: bool = False
    created: datetime | None = None

    @property
    def type_right(self) -> bool:
        """Whether the kubelet reads secrets of this type at all."""
        return self.type in ("kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg")


@dataclass(frozen=True, slots=True)
class Owner:
    """A workload object: the thing a person would edit.

    Attributes:
        images: container name -> image, of the pod template.
        pull_secrets: names in the pod template.
        revision: Deployment revision of a ReplicaSet (annotation), ControllerRevision number, else "".
        managed_by: ``argocd``, ``flux``, ``helm`` or "": read from the labels and annotations those tools set.
    """

    kind: str
    namespace: str
    name: str
    uid: str = ""
    owners: tuple[OwnerReference, ...] = ()
    images: Mapping[str, str] = field(default_factory=dict)
    pull_secrets: tuple[str, ...] = ()
    service_account: str = "default"
    revision: str = ""
    replicas: int | None = None
    ready: int | None = None
    created: datetime | None = None
    managed_by: str = ""
    managed_name: str = ""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one look over a cluster found.

    Attributes:
        pods: every pod that may have a pull failure; healthy ones are left out.
        events: ``namespace/name`` of a pod -> its events that bear on pulling, oldest first.
        unread: what could not be seen; nothing in there may be taken for gone.
        complete: every page of every listing arrived, so that absence means absence.
        seen: how many pods were looked at.
        observed_at: the moment the look stands for.
        unseen: namespaces that could not be seen, where these are all that is missing; for the rest absence means absence.
    """

    pods: tuple[Pod, ...]
    events: Mapping[str, tuple[PodEvent, ...]]
    unread: tuple[Unread, ...]
    complete: bool
    seen: int
    observed_at: datetime
    unseen: frozenset[str] = frozenset()
