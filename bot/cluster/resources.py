"""Names what is asked of an API server: a resource and a place in -> its path, and the right it takes out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from bot.facts.objects import Unread


# Plural -> API group and version. https://kubernetes.io/docs/reference/using-api/#api-groups
_GROUPS: Final[Mapping[str, str]] = {
    "replicasets": "apis/apps/v1",
    "deployments": "apis/apps/v1",
    "statefulsets": "apis/apps/v1",
    "daemonsets": "apis/apps/v1",
    "controllerrevisions": "apis/apps/v1",
    "jobs": "apis/batch/v1",
    "cronjobs": "apis/batch/v1",
}
_CORE: Final = "api/v1"

PLURALS: Final[Mapping[str, str]] = {
    "ReplicaSet": "replicasets",
    "Deployment": "deployments",
    "StatefulSet": "statefulsets",
    "DaemonSet": "daemonsets",
    "ControllerRevision": "controllerrevisions",
    "Job": "jobs",
    "CronJob": "cronjobs",
    "ReplicationController": "replicationcontrollers",
}

# The tiers of docs/security: what each right is part of.
_LOOK: Final = frozenset({"pods", "events", "namespaces"})


@dataclass(frozen=True, slots=True)
class Resource:
    """One object, or the list of a kind.

    Attributes:
        plural: as in the path and in RBAC: ``pods``.
        namespace: "" for all namespaces, and for what has none.
        name: "" for a list.
        part: subresource: ``log``.
    """

    plural: str
    namespace: str = ""
    name: str = ""
    part: str = ""

    @property
    def path(self) -> str:
        """The URL's path, every part quoted."""
        parts = [_GROUPS.get(self.plural, _CORE)]
        if self.namespace:
            parts += ["namespaces", quote(self.namespace, safe="")]
        parts += [self.plural, quote(self.name, safe=""), self.part]
        return "/" + "/".join(part for part in parts if part)

    @property
    def what(self) -> str:
        """What it is called under "unchecked"."""
        if self.name:
            place = f"{self.namespace}/{self.name}" if self.namespace else self.name
            return f"{self.part or self.plural.removesuffix('s')} {place}"
        return f"{self.plural} in {self.namespace}" if self.namespace else self.plural

    @property
    def right(self) -> str:
        """The RBAC right that reads it."""
        verb = "get" if self.name else "list"
        resource = f"{self.plural}/{self.part}" if self.part else self.plural
        place = f"in namespace {self.namespace}" if self.namespace else "in the whole cluster"
        return f"{verb} {resource} {place} (tier {self._tier})"

    def right_to(self, verb: str) -> str:
        """The RBAC right that a write takes: ``patch``, ``delete``, ``create``."""
        place = f"in namespace {self.namespace}" if self.namespace else "in the whole cluster"
        return f"{verb} {self.plural} {place} (tier 3)"

    @property
    def right_to_watch(self) -> str:
        """The RBAC right that watches it."""
        return f"watch{self.right.removeprefix('list')}"

    @property
    def _tier(self) -> str:
        if self.plural == "secrets":
            return "2a" if self.name else "2b"
        return "0" if self.plural in _LOOK and not self.part else "1"

    def unread(self, why: str, remedy: str | None = None) -> Unread:
        """Say that it could not be read; for ``forbidden`` the right that is missing is the remedy."""
        return Unread(self.what, why, self.right if remedy is None and why == "forbidden" else remedy or "")
