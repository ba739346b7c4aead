"""What a client may ask before it asks anything: a path in -> version, health and the lists of resources out."""

from collections.abc import Iterable

from bot.demo.cluster.kinds import RESOURCES, REVIEWS, Resource
from bot.demo.cluster.refusals import Object, nowhere


_VERSION: Object = {
    "major": "1",
    "minor": "36",
    "emulationMajor": "1",
    "emulationMinor": "36",
    "minCompatibilityMajor": "1",
    "minCompatibilityMinor": "35",
    "gitVersion": "v1.36.2",
    "gitCommit": "simulated",
    "gitTreeState": "clean",
    "buildDate": "2026-07-25T00:00:00Z",
    "goVersion": "go1.27.3",
    "compiler": "gc",
    "platform": "linux/amd64",
}
_VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
_PART_VERBS = {"log": ["get"], "eviction": ["create"], "token": ["create"]}
_PART_KINDS = {"eviction": "Eviction", "scale": "Scale", "token": "TokenRequest"}


def found(path: str) -> Object | str:
    """What stands at a path that is no resource's: an object, or plain text.

    Raises:
        Refused: 404.
    """
    parts = [part for part in path.split("/") if part]
    if parts in (["healthz"], ["livez"], ["readyz"]):
        return "ok"
    fixed: dict[str, Object] = {
        "version": _VERSION,
        "api": {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []},
        "apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group(each) for each in _groups()]},
        "api/v1": _resources("", "v1"),
    }
    if "/".join(parts) in fixed:
        return fixed["/".join(parts)]
    if parts[:1] == ["apis"] and len(parts) in (2, 3) and parts[1] in _groups():
        if len(parts) == 2:
            return {"kind": "APIGroup", "apiVersion": "v1", **_group(parts[1])}
        if parts[2] == "v1":
            return {"apiVersion": "v1", **_resources(parts[1], f"{parts[1]}/v1")}
    raise nowhere()


def _groups() -> list[str]:
    named = {each.group for each in RESOURCES.values()} | {group for _, group in REVIEWS.values()}
    return sorted(named - {""})


def _group(name: str) -> Object:
    version = {"groupVersion": f"{name}/v1", "version": "v1"}
    return {"name": name, "versions": [version], "preferredVersion": version}


def _resources(group: str, version: str) -> Object:
    listed = [each for each in RESOURCES.values() if each.group == group]
    told = [entry for each in listed for entry in _entries(each)]
    told += [
        {
            "name": plural,
            "singularName": kind.lower(),
            "namespaced": False,
            "kind": kind,
            "verbs": ["create"],
        }
        for plural, (kind, home) in REVIEWS.items()
        if home == group
    ]
    return {"kind": "APIResourceList", "groupVersion": version, "resources": told}


def _entries(resource: Resource) -> Iterable[Object]:
    base = {"namespaced": resource.namespaced}
    yield {
        "name": resource.plural,
        "singularName": resource.kind.lower(),
        **base,
        "kind": resource.kind,
        "verbs": _VERBS,
    }
    for part in resource.parts:
        yield {
            "name": f"{resource.plural}/{part}",
            "singularName": "",
            **base,
            "kind": _PART_KINDS.get(part, resource.kind),
            "verbs": _PART_VERBS.get(part, ["get", "patch", "update"]),
        }
