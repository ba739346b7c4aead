"""Spells out the one request that a write is: the write and the object as it was read in -> the request out, or why there is none.

What must never be sent is refused here, whoever asks for it: a change of another object than the one that was read, a
patch that would add a container, an end of anything but a pod, a Secret or a Job of ours.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bot.cluster.resources import PLURALS, Resource
from bot.cluster.sending import Request
from bot.cluster.writing.copying import Taken
from bot.facts.change import ANNOTATION, ASKING, FIELD_MANAGER, LABEL, ObjectKey, Style, Write
from bot.facts.text import shown
from bot.ports.rehearsing import Declined, Live, Reason


KINDS: Final[Mapping[str, str]] = {
    **PLURALS,
    "Pod": "pods",
    "ServiceAccount": "serviceaccounts",
    "Node": "nodes",
    "Secret": "secrets",
}
_CLUSTERED: Final = frozenset({"Node"})
# A Secret is copied and deleted, never changed; what a rollout wrote of itself is only read.
_UNPATCHED: Final = frozenset({"Secret", "ControllerRevision"})
# https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
# Without a name a DELETE would mean all of a kind, and two dots would mean what stands above.
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
_TYPES: Final[Mapping[Style, str]] = {
    Style.STRATEGIC: "application/strategic-merge-patch+json",
    Style.MERGE: "application/merge-patch+json",
}
_JSON: Final = "application/json"
# Strict, so that a field that does not exist is refused and not passed over.
_OPTIONS: Final[Mapping[str, str]] = {"fieldManager": FIELD_MANAGER, "fieldValidation": "Strict"}
_CONTAINERS: Final = frozenset({"containers", "initContainers", "ephemeralContainers"})


@dataclass(frozen=True, slots=True)
class Order:
    """One request, and what its answer is judged by.

    Attributes:
        right: that it takes.
        uid: of the object that is meant; "" for what is yet to be made.
        known: values in it that are secret.
    """

    request: Request
    right: str
    key: ObjectKey
    uid: str = ""
    known: tuple[str, ...] = field(default=(), repr=False)


def resource_of(key: ObjectKey) -> Resource | Declined:
    """Where an object stands in the API."""
    if key.kind not in KINDS:
        return unserved(key.kind)
    placed = not key.namespace if key.kind in _CLUSTERED else _NAME.fullmatch(key.namespace)
    if not placed or not _NAME.fullmatch(key.name):
        return Declined(Reason.INVALID, f"{shown(str(key))} is no name of an object")
    return Resource(KINDS[key.kind], key.namespace, key.name)


def list_of(kind: str, namespace: str) -> Resource | Declined:
    """Where the objects of one kind of a namespace stand."""
    if kind not in KINDS or kind in _CLUSTERED:
        return unserved(kind)
    if not _NAME.fullmatch(namespace):
        return Declined(Reason.INVALID, f"{shown(namespace)} is no name of a namespace")
    return Resource(KINDS[kind], namespace)


def unserved(kind: str) -> Declined:
    """Of a kind that is neither read nor changed."""
    return Declined(Reason.INVALID, f"{shown(kind)} is not a kind that is looked at whole")


def patching(write: Write, live: Live | None, plan: str, *, dry: bool) -> Order | Declined:
    """A PATCH that holds to the uid and version read, and leaves the plan's id."""
    place = _meant(write, live)
    if isinstance(place, Declined) or live is None:
        return place if isinstance(place, Declined) else _missing(write)
    if write.key.kind in _UNPATCHED:
        return Declined(Reason.INVALID, f"{write.key} is never patched")
    patch = _patch(write.patch)
    if patch is None:
        return Declined(Reason.INVALID, f"{write.key}: the patch is not understood")
    if write.style is Style.STRATEGIC and (names := sorted(set(_strangers(patch, live.body)))):
        told = ", ".join(shown(name) or "without a name" for name in names)
        return Declined(Reason.INVALID, f"{write.key} has no container {told}: the patch would add it")
    body = _encoded(_marked(patch, live, plan))
    query = {**_OPTIONS, "dryRun": "All"} if dry else _OPTIONS
    request = Request("PATCH", place.path, query, _TYPES[write.style], body)
    return Order(request, place.right_to("patch"), write.key, live.uid)


def deleting(write: Write, live: Live | None, *, dry: bool) -> Order | Declined:
    """A DELETE that holds to the uid and version read. Its options stand in the body alone: a body overrides the query."""
    place = _meant(write, live)
    if isinstance(place, Declined) or live is None:
        return place if isinstance(place, Declined) else _missing(write)
    if not _may_end(live):
        return Declined(Reason.INVALID, f"{write.key} is never deleted: only pods, and what was made here")
    options: dict[str, Any] = {
        "kind": "DeleteOptions",
        "apiVersion": "v1",
        "preconditions": {"uid": live.uid, "resourceVersion": live.version},
    }
    if live.key.kind == "Job":
        # Else its pods stay: https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/registry/batch/job/strategy.go
        options["propagationPolicy"] = "Background"
    if dry:
        options["dryRun"] = ["All"]
    request = Request("DELETE", place.path, {}, _JSON, _encoded(options))
    return Order(request, place.right_to("delete"), write.key, live.uid)


def copying(write: Write, taken: Taken, plan: str, *, dry: bool) -> Order | Declined:
    """A POST of a Secret, which the server refuses where there is one of that name."""
    place = resource_of(write.key)
    if isinstance(place, Declined):
        return place
    many = Resource(place.plural, place.namespace)
    query = {**_OPTIONS, "dryRun": "All"} if dry else _OPTIONS
    request = Request("POST", many.path, query, _JSON, _encoded(taken.manifest(write.key, plan)))
    return Order(request, many.right_to("create"), write.key, known=taken.secrets)


def creating(write: Write, plan: str, *, dry: bool) -> Order | Declined:
    """A POST of a Job that asks a node, under its own name; no other kind is ever made of a whole object."""
    place = resource_of(write.key)
    if isinstance(place, Declined):
        return place
    made = _patch(write.patch)
    if made is None or write.key.kind != "Job" or not _is_itself(made, write.key):
        return Declined(Reason.INVALID, f"{write.key} is not what is to be made")
    meta = made["metadata"]
    body = {**made, "metadata": {**meta, "annotations": {**meta["annotations"], ANNOTATION: plan}}}
    many = Resource(place.plural, place.namespace)
    query = {**_OPTIONS, "dryRun": "All"} if dry else _OPTIONS
    request = Request("POST", many.path, query, _JSON, _encoded(body))
    return Order(request, many.right_to("create"), write.key)


def _is_itself(made: Mapping[str, Any], key: ObjectKey) -> bool:
    """Whether an object is the one that is named, by that name alone, and bears the label of those that ask a node."""
    meta = made["metadata"]
    named = (made.get("kind"), meta.get("namespace"), meta.get("name")) == (key.kind, key.namespace, key.name)
    labels = meta.get("labels")
    return named and "generateName" not in meta and isinstance(labels, Mapping) and ASKING in labels


def _meant(write: Write, live: Live | None) -> Resource | Declined:
    """Where the object stands, if what was read is what is to be changed."""
    if live is None:
        return _missing(write)
    if live.key != write.key or not live.uid or not live.version:
        return Declined(Reason.INVALID, f"{write.key} is not what was read")
    if write.uid and write.uid != live.uid:
        return Declined(Reason.CONFLICT, f"{write.key} is another one than was planned for")
    return resource_of(write.key)


def _missing(write: Write) -> Declined:
    return Declined(Reason.GONE, f"{write.key} is not there")


def _may_end(live: Live) -> bool:
    if live.key.kind == "Pod":
        return True
    labels = live.body["metadata"].get("labels")
    label = {"Secret": LABEL, "Job": ASKING}.get(live.key.kind, "")
    return isinstance(labels, Mapping) and label in labels


def _patch(text: str) -> dict[str, Any] | None:
    """The patch, if it is a map and the parts of it that every write adds to are."""
    try:
        patch = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(patch, dict):
        return None
    meta = patch.setdefault("metadata", {})
    whole = isinstance(meta, dict) and isinstance(meta.setdefault("annotations", {}), dict)
    return patch if whole else None


def _marked(patch: dict[str, Any], live: Live, plan: str) -> dict[str, Any]:
    meta = patch["metadata"]
    held = {"uid": live.uid, "resourceVersion": live.version}
    return {**patch, "metadata": {**meta, **held, "annotations": {**meta["annotations"], ANNOTATION: plan}}}


def _strangers(patch: Any, there: Any) -> Iterator[str]:
    """Names of containers in a strategic patch that the object does not have: the server would add them, in front.

    Where the patch says that a part is replaced, it says so of the containers, too.
    """
    if not isinstance(patch, Mapping) or patch.get("$patch") == "replace":
        return
    for name, value in patch.items():
        inside = there.get(name) if isinstance(there, Mapping) else None
        if name in _CONTAINERS and isinstance(value, list):
            yield from _named(value) - _named(inside)
        else:
            yield from _strangers(value, inside)


def _named(containers: Any) -> set[str]:
    if not isinstance(containers, list):
        return set()
    maps = [each for each in containers if isinstance(each, Mapping) and each.get("$patch") != "replace"]
    return {str(each.get("name") or "") for each in maps}


def _encoded(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
