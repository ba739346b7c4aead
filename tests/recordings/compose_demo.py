"""Compose the demo's cluster out of recorded ones: several days' worth of trouble, in one cluster, at one moment.

Recordings in, a dump out. Each source keeps its own namespaces (renamed, so that they do not
mix), every time is moved so that all recordings end together, and the one broken node gets a name of its own, so
that its fault is not refuted by what it pulled in another recording. What the runtimes said stays verbatim.
Usage: ``python tests/recordings/compose_demo.py SOURCE RAW``, where SOURCE holds ``clusters/<name>/dump/``, and
then ``imagepull dump -A --from RAW bot/demo/recordings/demo``, which reduces every Secret to its structure.
"""

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any


TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
# The items of an API server's own lists name no kind; the list does.
LISTS = {
    "pods": "PodList",
    "events": "EventList",
    "nodes": "NodeList",
    "namespaces": "NamespaceList",
    "secrets": "SecretList",
    "serviceaccounts": "ServiceAccountList",
    "deployments": "DeploymentList",
    "replicasets": "ReplicaSetList",
    "statefulsets": "StatefulSetList",
    "daemonsets": "DaemonSetList",
    "jobs": "JobList",
}
API = {
    "deployments": "apps/v1",
    "replicasets": "apps/v1",
    "statefulsets": "apps/v1",
    "daemonsets": "apps/v1",
    "jobs": "batch/v1",
}
DROPPED = frozenset({"managedFields", "kubectl.kubernetes.io/last-applied-configuration"})


@dataclass(frozen=True)
class Source:
    """A recorded cluster and what it is called in the demo."""

    name: str
    namespaces: Mapping[str, str]
    nodes: Mapping[str, str] = field(default_factory=dict)


SOURCES = (
    Source(
        "private-four-namespaces",
        {"shop": "shop", "data": "data", "pay": "pay", "search": "search", "web": "web"},
    ),
    Source("wrong-tag-and-wrong-repo", {"shop": "store", "search": "finder", "data": "cache"}),
    Source(
        "node-b-dns",
        {"shop": "cart", "data": "metrics", "pay": "billing", "search": "index", "web": "landing"},
        {"node-b": "node-d"},
    ),
    Source("arm64-only", {"media": "media", "shop": "video"}),
)


def main(source: Path, target: Path) -> None:
    """Write every kind of every source into one dump."""
    kinds: dict[str, list[Any]] = {}
    read = {each.name: _read(source / "clusters" / each.name / "dump") for each in SOURCES}
    newest = {name: max(_times(json.dumps(kinds))) for name, kinds in read.items()}
    latest = max(newest.values())
    for each in SOURCES:
        for kind, items in read[each.name].items():
            kept = kinds.setdefault(kind, [])
            known = {_key(item) for item in kept}
            for item in items:
                told = _told(item, each, latest - newest[each.name])
                if _belongs(told, each, kind) and _key(told) not in known:
                    kept.append(told)
    _logs(source, target)
    for kind, items in kinds.items():
        whole = {"apiVersion": API.get(kind, "v1"), "kind": LISTS[kind], "items": items}
        (target / f"{kind}.json").write_text(
            json.dumps(whole, separators=(",", ":")) + "\n", encoding="utf-8"
        )


def _read(folder: Path) -> dict[str, list[Any]]:
    files = sorted(path for path in folder.glob("*.json") if path.name != "registry.json")
    return {path.stem: json.loads(path.read_text(encoding="utf-8"))["items"] for path in files}


def _logs(source: Path, target: Path) -> None:
    for each in SOURCES:
        folder = source / "clusters" / each.name / "dump" / "logs"
        for path in folder.rglob("*.log"):
            namespace, *rest = path.relative_to(folder).parts
            copy = target.joinpath("logs", each.namespaces.get(namespace, namespace), *rest)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())


def _told(value: Any, source: Source, shift: timedelta) -> Any:
    """The same object under the demo's names and at the demo's time."""
    if isinstance(value, dict):
        found = {key: _told(each, source, shift) for key, each in value.items() if key not in DROPPED}
        if isinstance(found.get("namespace"), str):
            found["namespace"] = source.namespaces.get(found["namespace"], found["namespace"])
        if found.get("kind") == "Namespace" and "metadata" in found:
            name = source.namespaces.get(found["metadata"]["name"], found["metadata"]["name"])
            found["metadata"] |= {"name": name, "labels": {"kubernetes.io/metadata.name": name}}
        return found
    if isinstance(value, list):
        return [_told(each, source, shift) for each in value]
    if isinstance(value, str):
        for old, new in source.nodes.items():
            value = re.sub(rf"\b{old}\b", new, value)
        return TIME.sub(lambda match: _stamp(_time(match[0]) + shift, match[0]), value)
    return value


def _belongs(item: Any, source: Source, kind: str) -> bool:
    """Whether it is the source's own: its namespaces, and of a source with a node of its own also that node."""
    namespace = item["metadata"].get("namespace")
    if namespace is not None:
        return namespace in source.namespaces.values()
    if kind == "namespaces":
        return item["metadata"]["name"] in source.namespaces.values()
    return True


def _key(item: Any) -> tuple[str, str]:
    return item["metadata"].get("namespace", ""), item["metadata"]["name"]


def _times(text: str) -> list[datetime]:
    return [_time(each) for each in TIME.findall(text)]


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _stamp(moment: datetime, like: str) -> str:
    kept = "microseconds" if "." in like else "seconds"
    return moment.astimezone(UTC).isoformat(timespec=kept).replace("+00:00", "Z")


if __name__ == "__main__":
    folder = Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    main(Path(sys.argv[1]), folder)
