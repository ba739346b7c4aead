"""What the simulated API server serves: a resource's name in -> its kind, its group and what may be asked of it.

Recorded from kube-apiserver v1.36.2. What else a real server has does not exist here and is answered as such.
"""

from dataclasses import dataclass


_NAMED = ("metadata.name", "metadata.namespace")
_INVOLVED = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of the API.

    Attributes:
        version: the group's version, ``v1`` for all that is served here.
        fields: what a fieldSelector may name beside name and namespace.
        parts: its subresources.
        counted: whether a change of the spec raises ``metadata.generation``.
        blind: whether a PUT without a resourceVersion is taken.
    """

    plural: str
    kind: str
    group: str = ""
    namespaced: bool = True
    fields: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    counted: bool = False
    blind: bool = True
    version: str = "v1"

    @property
    def api_version(self) -> str:
        """As objects spell it: ``apps/v1``."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """As refusals spell the resource: ``deployments.apps``."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def qualified_kind(self) -> str:
        """As refusals spell the kind: ``Deployment.apps``."""
        return f"{self.kind}.{self.group}" if self.group else self.kind

    @property
    def selectable(self) -> tuple[str, ...]:
        """Every field that a fieldSelector may name."""
        return (*_NAMED, *self.fields)


_SCALED = ("status", "scale")
_RBAC = "rbac.authorization.k8s.io"
_SERVED = (
    Resource(
        "pods",
        "Pod",
        fields=(
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ),
        parts=("log", "eviction", "ephemeralcontainers", "status"),
        counted=True,
    ),
    Resource(
        "events",
        "Event",
        fields=(
            *(f"involvedObject.{each}" for each in _INVOLVED),
            "reason",
            "reportingComponent",
            "source",
            "type",
        ),
    ),
    Resource("secrets", "Secret", fields=("type",)),
    Resource("configmaps", "ConfigMap"),
    Resource("resourcequotas", "ResourceQuota", parts=("status",)),
    Resource("serviceaccounts", "ServiceAccount", parts=("token",)),
    Resource("replicationcontrollers", "ReplicationController", fields=("status.replicas",), parts=_SCALED),
    Resource("nodes", "Node", namespaced=False, fields=("spec.unschedulable",), parts=("status",)),
    Resource("namespaces", "Namespace", namespaced=False, fields=("status.phase",), parts=("status",)),
    Resource("replicasets", "ReplicaSet", "apps", parts=_SCALED, counted=True),
    Resource("deployments", "Deployment", "apps", parts=_SCALED, counted=True),
    Resource("statefulsets", "StatefulSet", "apps", parts=_SCALED, counted=True),
    Resource("daemonsets", "DaemonSet", "apps", parts=("status",), counted=True),
    Resource("controllerrevisions", "ControllerRevision", "apps"),
    Resource("jobs", "Job", "batch", fields=("status.successful",), parts=("status",), counted=True),
    Resource("cronjobs", "CronJob", "batch", parts=("status",), counted=True),
    Resource("leases", "Lease", "coordination.k8s.io", blind=False),
    Resource("poddisruptionbudgets", "PodDisruptionBudget", "policy", parts=("status",), counted=True),
    Resource("roles", "Role", _RBAC),
    Resource("rolebindings", "RoleBinding", _RBAC),
    Resource("clusterroles", "ClusterRole", _RBAC, namespaced=False),
    Resource("clusterrolebindings", "ClusterRoleBinding", _RBAC, namespaced=False),
)
RESOURCES = {each.plural: each for each in _SERVED}
BY_KIND = {each.kind: each for each in _SERVED}
# What can only be asked, by POST: access and identity reviews.
REVIEWS = {
    "selfsubjectaccessreviews": ("SelfSubjectAccessReview", "authorization.k8s.io"),
    "subjectaccessreviews": ("SubjectAccessReview", "authorization.k8s.io"),
    "selfsubjectrulesreviews": ("SelfSubjectRulesReview", "authorization.k8s.io"),
    "selfsubjectreviews": ("SelfSubjectReview", "authentication.k8s.io"),
}
GROUPS = frozenset({each.group for each in _SERVED} | {group for _, group in REVIEWS.values()})


def served(group: str, plural: str) -> Resource | None:
    """The resource of that name in that group, if there is one."""
    found = RESOURCES.get(plural)
    return found if found is not None and found.group == group else None
