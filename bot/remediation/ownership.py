"""Whose an object is, where it is not its cluster's: an object in -> the tool or operator that would take a change back, out.

Labels and annotations are written by tenants; what they say can only keep the bot from changing something.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.facts.change import ObjectKey
from bot.facts.evidence import Answer
from bot.facts.text import shown
from bot.ports.rehearsing import Live
from bot.remediation import fields
from bot.remediation.drafting import Situation, Unfit


# Kinds that Kubernetes itself brings; whatever controls anything else is an operator.
BUILT_IN: Final = frozenset(
    {
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "ReplicaSet",
        "ReplicationController",
        "Job",
        "CronJob",
        "Pod",
    }
)
# https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/
_ARGO_TRACKING: Final = "argocd.argoproj.io/tracking-id"
_ARGO: Final = "Argo CD"
# https://fluxcd.io/flux/components/kustomize/kustomizations/ and https://fluxcd.io/flux/components/helm/
_APPLIED: Final = (
    ("helm.toolkit.fluxcd.io/name", "Flux", "HelmRelease"),
    ("kustomize.toolkit.fluxcd.io/name", "Flux", "Kustomization"),
    ("argocd.argoproj.io/instance", _ARGO, "application"),
)
# https://helm.sh/docs/chart_best_practices/labels/
_HELM_RELEASE: Final = "meta.helm.sh/release-name"
_MANAGED_BY: Final = "app.kubernetes.io/managed-by"
# Who writes objects on which there may be no other mark: until 3.0 Argo CD marked them with a label that is anybody's.
# https://argo-cd.readthedocs.io/en/stable/operator-manual/upgrading/2.14-3.0/
_WRITERS: Final = {
    "argocd-controller": _ARGO,
    "argocd-application-controller": _ARGO,
    "kustomize-controller": "Flux",
    "helm-controller": "Flux",
    "helm": "Helm",
}


@dataclass(frozen=True, slots=True)
class Owned:
    """Who keeps an object as it is.

    Attributes:
        tool: ``Argo CD``, ``Flux``, ``Helm``, or whatever else says that it manages the object.
        name: of its application, release or resource; "" where nothing tells.
    """

    tool: str
    name: str = ""

    def __str__(self) -> str:
        # Whoever made the object wrote them.
        tool, name = shown(self.tool), shown(self.name)
        return f"{tool} ({name})" if name else tool


async def owner_of(situation: Situation) -> Owned | None:
    """Who owns the workload, beside its cluster; None where nobody does, as far as can be seen."""
    workload = situation.diagnosis.workload
    if workload.kind not in BUILT_IN:
        return Owned(workload.kind, workload.name)
    live = await situation.rehearse.read(ObjectKey(workload.kind, workload.namespace, workload.name))
    found = owner_in(live.body) if isinstance(live, Live) else None
    # The diagnosis may have seen what we cannot.
    told = situation.diagnosis.verdict.answer("owner-is-gitops")
    if found is None and told is not None and told.answer is Answer.YES:
        return Owned(told.details.get("tool", ""), told.details.get("name", ""))
    return found


def owner_in(body: Mapping[str, Any]) -> Owned | None:
    """Who keeps this object as it is, by what those tools write on what they apply."""
    labels = fields.found(body, ("metadata", "labels")) or {}
    annotations = fields.found(body, ("metadata", "annotations")) or {}
    if tracked := annotations.get(_ARGO_TRACKING):
        return Owned(_ARGO, f"application {tracked.partition(':')[0]}")
    for label, tool, kind in _APPLIED:
        if name := labels.get(label):
            return Owned(tool, f"{kind} {name}")
    if release := annotations.get(_HELM_RELEASE):
        return Owned("Helm", release)
    references = fields.found(body, ("metadata", "ownerReferences")) or ()
    operator = next((each for each in references if each.get("controller")), None)
    if operator and operator.get("kind") not in BUILT_IN:
        return Owned(operator["kind"], operator["name"])
    manager = labels.get(_MANAGED_BY) or _writer(body)
    return Owned(manager, labels.get("app.kubernetes.io/instance", "")) if manager else None


def _writer(body: Mapping[str, Any]) -> str:
    """The tool among those that wrote the object; "" for none."""
    managers = (each.get("manager", "") for each in fields.found(body, ("metadata", "managedFields")) or ())
    return next((_WRITERS[each] for each in managers if each in _WRITERS), "")


def theirs(owned: Owned, what: str, change: str = "") -> Unfit:
    """That a change belongs into the source of whoever owns the object, with the change for it."""
    return Unfit(
        f"{what} is owned by {owned}, which would take the change back: make it in its source", change
    )


def warned(owned: Owned, what: str) -> str:
    """What an approver must know where the settings let the bot change it all the same."""
    return f"{what} is owned by {owned}, which takes the change back unless its source gets it, too."
