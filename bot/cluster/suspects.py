"""Sorts out, before anything else is decoded, what may have to do with pulling: structs in -> yes or no out."""

from typing import Final, Protocol

from bot.cluster.shapes import ContainerStatus, EventShape, PodShape
from bot.facts.objects import ContainerKind, Pod


# The kubelet's event reasons that bear on an image:
# https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/kubelet/events/event.go
# Failed and BackOff are shared with containers that do not start: signatures tell those apart by their message,
# and some of them crash because their image is for another architecture.
PULL_REASONS: Final = frozenset(
    {
        "Pulling",
        "Pulled",
        "Failed",
        "BackOff",
        "InspectFailed",
        "ErrImageNeverPull",
        "FailedToRetrieveImagePullSecret",
    }
)


# What the kubelet says of a container before its image is there, and of one it has not yet spoken of.
_SILENT: Final = frozenset({"", "ContainerCreating", "PodInitializing"})


class Statuses(Protocol):
    """As much of a pod's status as tells trouble."""

    phase: str | None
    container_statuses: list[ContainerStatus] | None
    init_container_statuses: list[ContainerStatus] | None
    ephemeral_container_statuses: list[ContainerStatus] | None


def is_suspect(pod: PodShape) -> bool:
    """Whether a pod may have a pull failure: cheap, and wrong only towards yes.

    Pods that succeeded or whose containers all run are never suspect. A pod whose phase is Running may be: a
    restarted or an ephemeral container can fail to pull.
    """
    return speaks_of_trouble(pod.status) or lacks_statuses(pod)


def speaks_of_trouble(status: Statuses | None) -> bool:
    """Whether some container waits, or ended badly and does not run again."""
    if status is None or status.phase == "Succeeded":
        return False
    for group in (
        status.container_statuses,
        status.init_container_statuses,
        status.ephemeral_container_statuses,
    ):
        for each in group or ():
            # Inlined for the common case: 20,000 pods make a call each noticeable.
            if (each.state is None or each.state.running is None) and _is_in_trouble(each):
                return True
    return False


def lacks_statuses(pod: PodShape) -> bool:
    """Whether a Pending pod is bound to a node whose kubelet has not yet spoken of all its containers."""
    status, spec = pod.status, pod.spec
    if spec is None or not spec.node_name or (status and status.phase not in ("Pending", None, "")):
        return False
    wanted = len(spec.containers or ()) + len(spec.init_containers or ())
    told = len(status.container_statuses or ()) + len(status.init_container_statuses or ()) if status else 0
    return told < wanted


def _is_in_trouble(status: ContainerStatus) -> bool:
    state = status.state
    if state is not None and (state.waiting is not None or state.terminated is not None):
        return state.waiting is not None or bool(state.terminated and state.terminated.exit_code)
    last = status.last_state
    return last is not None and last.terminated is not None and bool(last.terminated.exit_code)


def complaint(status: ContainerStatus) -> str:
    """Why a container waits, as far as the kubelet says so; "" where it is silent, or the container does not wait."""
    waiting = status.state.waiting if status.state else None
    reason = (waiting.reason if waiting else None) or ""
    return "" if reason in _SILENT else reason


def is_about_pod(shape: EventShape) -> bool:
    """Whether the event speaks of a pod (and not of its owner or node)."""
    about = shape.involved_object or shape.regarding
    return about is not None and about.kind == "Pod" and bool(about.name)


def bears_on_pulling(shape: EventShape) -> bool:
    """Whether the event speaks of a pod and of getting an image."""
    return shape.reason in PULL_REASONS and is_about_pod(shape)


def waits_in_silence(pod: Pod) -> bool:
    """Whether the pod's next container waits, and nothing tells why.

    Init containers run in turn, so nothing is amiss while one of them runs.
    """
    waiting = [each for each in pod.containers if not (each.running_since or each.ended)]
    if any(each.kind is ContainerKind.INIT and each.running_since for each in pod.containers):
        return False
    return bool(waiting) and all(each.waiting_reason in _SILENT for each in waiting)
