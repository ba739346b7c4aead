"""New pods for failing ones: a failing workload in -> deletes that have its controller make new pods, out.

A pod is what it was made as: a pull secret, a selector or another node helps only those made afterwards. Only pods that a
controller makes anew are deleted, each by its uid and while its container still does not run.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.facts.change import Dependency, ObjectKey, Verb, Write
from bot.facts.document import CommandLine
from bot.facts.failure import PullFailure
from bot.facts.objects import ContainerKind
from bot.facts.text import shown
from bot.ports.rehearsing import Declined, Live
from bot.remediation import fields
from bot.remediation.drafting import Situation, Unfit


# More than a screenful of deletes is a restart, and nobody reads it before saying yes.
MOST: Final = 20
# https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/
_MIRROR: Final = "kubernetes.io/config.mirror"
# These make a pod for each that is gone. What another controller makes of it, only its authors know.
_MAKERS: Final = frozenset({"ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet", "Job"})
_STATUSES: Final = ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses")
# https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-backoff-failure-policy
_USUAL_BACKOFF_LIMIT: Final = 6


@dataclass(frozen=True, slots=True)
class Renewal:
    """New pods for failing ones.

    Attributes:
        writes: a delete for each.
        warnings: what is lost with them.
        rest: how many more fail than are made anew at once; then none is.
    """

    writes: tuple[Write, ...] = ()
    warnings: tuple[str, ...] = ()
    rest: int = 0


def failures(situation: Situation) -> tuple[PullFailure, ...]:
    """The pods of the workload that fail from the same cause, the one that was asked about first."""
    first = situation.diagnosis
    alike = (
        each
        for each in situation.beside
        if each.workload == first.workload and each.verdict.cause == first.verdict.cause
    )
    found: dict[str, PullFailure] = {}
    for each in (first, *alike):
        found.setdefault(each.failure.pod.name, each.failure)
    return tuple(found.values())


def unrenewable(failure: PullFailure) -> Unfit | None:
    """Why deleting the pod of a failure gives no better one, as far as it tells itself; None where it does."""
    pod = failure.pod
    if pod.static or any(each.kind == "Node" for each in pod.owners):
        why = f"pod {pod.key} is static: its file lies on node {pod.node}, and deleting what is seen of it changes nothing"
        return Unfit(why)
    if not pod.owners:
        return bare(failure)
    if failure.kind is ContainerKind.EPHEMERAL:
        why = f"only the debug container {failure.container} of pod {pod.key} fails: the pod would be lost, and that with it"
        return Unfit(why)
    return None


def bare(failure: PullFailure) -> Unfit:
    """What is lost with a pod that nothing makes anew, and how a person keeps what it is."""
    pod = failure.pod
    why = f"nothing makes pod {pod.key} anew: deleting it destroys it and all that it keeps outside of persistent volumes"
    kubectl = ("kubectl", "-n", pod.namespace)
    return Unfit(
        why,
        commands=(
            CommandLine(
                f"keep what it is: save this as {pod.name}.yaml",
                (*kubectl, "get", "pod", pod.name, "-o", "yaml"),
            ),
            CommandLine(
                "change in the file what is to change, then delete the pod and make it from the file",
                (*kubectl, "replace", "--force", "-f", f"{pod.name}.yaml"),
            ),
        ),
    )


async def renewal(
    situation: Situation, wanted: Callable[[PullFailure], bool] = lambda _: True
) -> Renewal | Unfit:
    """New pods for the failing ones of the workload.

    Args:
        situation: the workload.
        wanted: which of them; all unless said otherwise.
    """
    found = [each for each in failures(situation) if wanted(each)]
    for each in found:
        why = unrenewable(each)
        if why is not None:
            return why
    if len(found) > MOST:
        return Renewal(rest=len(found))
    lives = []
    for each in found:
        live = await _live(situation, each)
        if isinstance(live, Unfit):
            return live
        if live is not None:
            lives.append((each, live))
    return await _renewed(situation, lives)


def too_many(situation: Situation, found: Renewal) -> Unfit:
    """Why so many pods are not replaced one by one, and how all of them are."""
    workload = situation.diagnosis.workload
    return Unfit(
        f"{found.rest} pods of {workload} fail, and at most {MOST} are replaced at once",
        commands=(restart(situation),),
    )


def restart(situation: Situation) -> CommandLine:
    """How a person replaces all pods of a workload."""
    workload = situation.diagnosis.workload
    if workload.kind in ("Deployment", "StatefulSet", "DaemonSet"):
        target = f"{workload.kind.lower()}/{workload.name}"
        return CommandLine(
            "replace all of its pods, as many at once as its strategy allows",
            ("kubectl", "-n", workload.namespace, "rollout", "restart", target),
        )
    return CommandLine(
        "see its pods, and delete those that fail",
        ("kubectl", "-n", workload.namespace, "get", "pods", "--field-selector=status.phase=Pending"),
    )


async def _live(situation: Situation, failure: PullFailure) -> Live | Unfit | None:
    """The pod, where it is still the one that fails and may be made anew; None when it is gone."""
    pod = failure.pod
    live = await situation.rehearse.read(ObjectKey("Pod", pod.namespace, pod.name))
    if isinstance(live, Declined):
        return unseen(f"pod {pod.key}", live)
    if (
        live is None
        or (pod.uid and live.uid != pod.uid)
        or fields.found(live.body, ("metadata", "deletionTimestamp"))
    ):
        return None
    if fields.found(live.body, ("metadata", "annotations", _MIRROR)):
        return Unfit(f"pod {pod.key} is static: its file lies on node {pod.node}")
    maker = made_by(live.body)
    if not maker:
        return bare(failure)
    if maker["kind"] not in _MAKERS and not situation.limits.gitops:
        return Unfit(
            f"pod {pod.key} is made by {_said(maker)}, whose controller alone knows what may be deleted"
        )
    return live


def unseen(what: str, declined: Declined) -> Unfit:
    """That something could not be read, in the API server's words."""
    hint = f" ({shown(declined.hint)})" if declined.hint else ""
    return Unfit(f"{what} cannot be read: {shown(declined.said)}{hint}")


def made_by(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The owner reference of an object's controller; empty where nothing controls it."""
    references = fields.found(body, ("metadata", "ownerReferences")) or ()
    return next((each for each in references if each.get("controller")), {})


def _said(maker: Mapping[str, Any]) -> str:
    """A controller in words; whoever made the pod wrote them."""
    return f"{shown(maker['kind'])} {shown(maker['name'])}"


async def _renewed(situation: Situation, lives: Sequence[tuple[PullFailure, Live]]) -> Renewal | Unfit:
    if not lives:
        return Unfit("the failing pods are gone by now, and others may have come: ask again")
    bodies = [live.body for _, live in lives]
    told = await _of_job(situation, bodies)
    if isinstance(told, Unfit):
        return told
    writes = tuple(_delete(failure, live) for failure, live in lives)
    return Renewal(writes, (*told, *_lost(bodies), *_stopped(bodies)))


def _delete(failure: PullFailure, live: Live) -> Write:
    maker = made_by(live.body)
    said = f"delete pod {failure.pod.key}, for which {_said(maker)} makes a new one"
    return Write(Verb.DELETE, live.key, live.uid, depends=(_still_waits(failure, live),), said=said)


def _still_waits(failure: PullFailure, live: Live) -> Dependency:
    """That the container still does not run: a pod that mended itself is left alone."""
    of_init = failure.kind in (ContainerKind.INIT, ContainerKind.SIDECAR)
    statuses = "initContainerStatuses" if of_init else "containerStatuses"
    path = ("status", statuses, f"name={failure.container}", "state", "running")
    return fields.pinned(
        live.body, path, f"that container {failure.container} of pod {failure.pod.key} does not run"
    )


async def _of_job(situation: Situation, bodies: Sequence[Mapping[str, Any]]) -> tuple[str, ...] | Unfit:
    """What deleting pods of a Job costs it: each counts as one that failed."""
    maker = made_by(bodies[0])
    if maker["kind"] != "Job":
        return ()
    key = ObjectKey("Job", situation.diagnosis.workload.namespace, maker["name"])
    job = await situation.rehearse.read(key)
    if not isinstance(job, Live):
        return Unfit(f"{key} is gone") if job is None else unseen(str(key), job)
    limit = fields.found(job.body, ("spec", "backoffLimit"))
    limit = _USUAL_BACKOFF_LIMIT if limit is None else limit
    failed = (fields.found(job.body, ("status", "failed")) or 0) + len(bodies)
    if failed > limit:
        return Unfit(f"a deleted pod counts as failed, and {key} gives up after {limit}: it would be over")
    return (f"A deleted pod counts as failed: {key} has {failed} of {limit} then.",)


def _lost(bodies: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """What containers that ran may have left in volumes that are not the next pod's."""
    ran = [each for each in bodies if _has_run(each)]
    names = {kind: _volumes(ran, kind) for kind in ("emptyDir", "ephemeral", "hostPath")}
    told = {
        "emptyDir": "Containers of these pods have run; what they left in emptyDir volumes is lost: {}.",
        "ephemeral": "The claims of ephemeral volumes are deleted with their pods: {}.",
        "hostPath": "What stands in hostPath volumes stays on its node, and a new pod may land on another: {}.",
    }
    return tuple(told[kind].format(", ".join(each)) for kind, each in names.items() if each)


def _volumes(bodies: Sequence[Mapping[str, Any]], kind: str) -> list[str]:
    volumes = (each for body in bodies for each in fields.found(body, ("spec", "volumes")) or ())
    return sorted({each["name"] for each in volumes if kind in each})


def _stopped(bodies: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    running = sorted(
        {each["name"] for body in bodies for each in _told(body) if "running" in (each.get("state") or {})}
    )
    if not running:
        return ()
    return (
        f"Containers that run beside it are stopped: {', '.join(running)}. No disruption budget is asked.",
    )


def _has_run(body: Mapping[str, Any]) -> bool:
    return any(
        each.get("restartCount")
        or {"running", "terminated"} & {*(each.get("state") or {}), *(each.get("lastState") or {})}
        for each in _told(body)
    )


def _told(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for name in _STATUSES for each in fields.found(body, ("status", name)) or ()]
