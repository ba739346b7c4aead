"""What an API server would answer about stored objects: kubectl's JSON in -> lists, pages and refusals out.

Recorded from kube-apiserver v1.36.2; ``tests/unit/fakes`` replays the recordings against it.
"""

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


Object = dict[str, Any]

# Plural -> (kind, group/version, namespaced).
KINDS: dict[str, tuple[str, str, bool]] = {
    "pods": ("Pod", "v1", True),
    "events": ("Event", "v1", True),
    "secrets": ("Secret", "v1", True),
    "serviceaccounts": ("ServiceAccount", "v1", True),
    "replicationcontrollers": ("ReplicationController", "v1", True),
    "nodes": ("Node", "v1", False),
    "namespaces": ("Namespace", "v1", False),
    "replicasets": ("ReplicaSet", "apps/v1", True),
    "deployments": ("Deployment", "apps/v1", True),
    "statefulsets": ("StatefulSet", "apps/v1", True),
    "daemonsets": ("DaemonSet", "apps/v1", True),
    "controllerrevisions": ("ControllerRevision", "apps/v1", True),
    "jobs": ("Job", "batch/v1", True),
    "cronjobs": ("CronJob", "batch/v1", True),
}
PLURALS = {kind: plural for plural, (kind, _, _) in KINDS.items()}

_ANY = ("metadata.name", "metadata.namespace")
_INVOLVED = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
FIELDS: dict[str, tuple[str, ...]] = {
    "pods": (
        *_ANY,
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
    "events": (
        *_ANY,
        *(f"involvedObject.{each}" for each in _INVOLVED),
        "reason",
        "reportingComponent",
        "source",
        "type",
    ),
    "secrets": (*_ANY, "type"),
    "nodes": (*_ANY, "spec.unschedulable"),
    "replicationcontrollers": (*_ANY, "status.replicas"),
    "namespaces": (*_ANY, "status.phase"),
    "jobs": (*_ANY, "status.successful"),
}


@dataclass
class Refused(Exception):
    """An answer other than 200, as a Status or as plain text."""

    code: int
    message: str
    reason: str = ""
    details: Object | None = None
    metadata: Object = field(default_factory=dict)
    plain: bool = False

    def body(self) -> bytes:
        """The bytes a server sends."""
        if self.plain:
            return self.message.encode() + b"\n"
        status: Object = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": self.metadata,
            "status": "Failure",
        }
        status["message"] = self.message
        if self.reason:
            status["reason"] = self.reason
        if self.details is not None:
            status["details"] = self.details
        return json.dumps({**status, "code": self.code}, separators=(",", ":")).encode() + b"\n"


def unserved() -> Refused:
    """The 404 of a resource that the group version does not have."""
    return Refused(404, "the server could not find the requested resource", "NotFound", {})


class Store:
    """Objects by resource, in the order etcd keeps them.

    Args:
        objects: as kubectl prints them, single ones or Lists.
    """

    def __init__(self, objects: Iterable[Object] = ()) -> None:
        self.version = 1000
        self.compacted = 0
        self._kept: dict[str, dict[tuple[str, str], Object]] = {plural: {} for plural in KINDS}
        for each in objects:
            self.put(each)

    def put(self, item: Object, kind: str = "") -> None:
        """Add or replace an object, or every object of a List."""
        kind = item.get("kind") or kind
        if kind.endswith("List"):
            for each in item.get("items") or ():
                self.put(each, kind.removesuffix("List"))
            return
        meta = item["metadata"]
        self.version += 1
        bare = {key: value for key, value in item.items() if key not in ("kind", "apiVersion")}
        self._kept[PLURALS[kind]][meta.get("namespace") or "", meta["name"]] = bare

    def delete(self, plural: str, namespace: str, name: str) -> None:
        """Take an object away."""
        self.version += 1
        del self._kept[plural][namespace, name]

    def compact(self) -> None:
        """Forget the past: every continue token handed out so far is expired."""
        self.version += 1
        self.compacted = self.version

    def get(self, plural: str, namespace: str, name: str) -> Object:
        """One object, with its kind."""
        found = self._kept[plural].get((namespace, name))
        if found is None:
            raise Refused(404, f'{plural} "{name}" not found', "NotFound", {"name": name, "kind": plural})
        kind, version, _ = KINDS[plural]
        return {"kind": kind, "apiVersion": version, **found}

    def list(self, plural: str, namespace: str, query: Mapping[str, str]) -> Object:
        """A list or one page of it, by the server's rules for selectors, limits and tokens."""
        fields, labels = query.get("fieldSelector", ""), query.get("labelSelector", "")
        matches = [_fields(plural, fields), _labels(labels)]
        start, version = self._start(query)
        limit = int(query.get("limit") or 0)
        if query.get("resourceVersion") == "0":
            limit = 0
        found = [
            (key, item)
            for key, item in sorted(self._kept[plural].items())
            if (not namespace or key[0] == namespace)
            and (not start or _key(key) > start)
            and all(match(item) for match in matches)
        ]
        page = found[:limit] if limit else found
        meta: Object = {"resourceVersion": str(version)}
        if len(page) < len(found):
            meta["continue"] = _token(version, _key(page[-1][0]))
            if not (fields or labels):
                meta["remainingItemCount"] = len(found) - len(page)
        kind, group, _ = KINDS[plural]
        return {
            "kind": f"{kind}List",
            "apiVersion": group,
            "metadata": meta,
            "items": [item for _, item in page],
        }

    def _start(self, query: Mapping[str, str]) -> tuple[str, int]:
        token = query.get("continue", "")
        if not token:
            return "", self.version
        if query.get("resourceVersion") not in (None, "", "0"):
            raise Refused(400, "specifying resource version is not allowed when using continue", "BadRequest")
        try:
            told = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
            start, version = told["start"].lstrip("/").removesuffix("\0"), int(told["rv"])
        except (ValueError, KeyError, TypeError) as problem:
            raise Refused(400, f"invalid continue token: {problem}", "BadRequest") from None
        if version == -1:
            return start, self.version
        if version < self.compacted:
            raise Refused(
                410,
                "The provided continue parameter is too old to display a consistent list result.",
                "Expired",
                metadata={"continue": _token(-1, start)},
            )
        return start, version


def _key(key: tuple[str, str]) -> str:
    return "/".join(part for part in key if part)


def _token(version: int, start: str) -> str:
    told = {"v": "meta.k8s.io/v1", "rv": version, "start": f"{start}\0"}
    return base64.urlsafe_b64encode(json.dumps(told, separators=(",", ":")).encode()).decode().rstrip("=")


Match = Callable[[Object], bool]


def _fields(plural: str, selector: str) -> Match:
    wanted: list[tuple[str, bool, str]] = []
    for part in filter(None, selector.split(",")):
        found = re.fullmatch(r"(.+?)(!=|==|=)(.*)", part)
        if found is None:
            raise Refused(400, f"invalid selector: '{selector}'; can't understand '{part}'", "BadRequest")
        name, operator, value = found.groups()
        known = FIELDS.get(plural, _ANY)
        if name not in known:
            raise Refused(400, _unsupported(plural, name), "BadRequest")
        wanted.append((name, operator != "!=", value))
    return lambda item: all((_field(item, name) == value) is same for name, same, value in wanted)


def _unsupported(plural: str, name: str) -> str:
    if KINDS[plural][1] == "v1":
        return f"field label not supported: {name}"
    return f'"{name}" is not a known field selector: only "metadata.name", "metadata.namespace"'


def _field(item: Object, name: str) -> str:
    value: Any = item
    if name == "source":
        return (item.get("source") or {}).get("component") or item.get("reportingComponent") or ""
    for part in name.split("."):
        value = (value or {}).get(part)
    return str(value).lower() if isinstance(value, bool) else str(value or "")


def _labels(selector: str) -> Match:
    parts = re.findall(r"(?:[^,(]|\([^)]*\))+", selector)
    matches = [_label(part.strip()) for part in parts]
    return lambda item: all(match(item["metadata"].get("labels") or {}) for match in matches)


def _label(part: str) -> Callable[[Mapping[str, str]], bool]:
    if found := re.fullmatch(r"(\S+)\s+(in|notin)\s+\((.*)\)", part):
        key, operator, listed = found.groups()
        values = {each.strip() for each in listed.split(",")}
        return lambda labels: (labels.get(key) in values) is (operator == "in")
    if found := re.fullmatch(r"([^\s!=]+)\s*(!=|==|=)\s*(\S*)", part):
        key, operator, value = found.groups()
        return lambda labels: (labels.get(key) == value) is (operator != "!=")
    if found := re.fullmatch(r"(!?)([^\s!=]+)", part):
        absent, key = found.groups()
        return lambda labels: (key in labels) is not bool(absent)
    said = part.rsplit(maxsplit=1)[-1]
    raise Refused(400, f"unable to parse requirement: found '{said}' expected: '('", "BadRequest")
