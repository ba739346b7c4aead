"""Shows objects whole, but for what is secret in them: what an API server sent in -> a ``Live`` out, or that it is none."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from bot.cluster.shapes import Metadata
from bot.facts.change import ObjectKey
from bot.ports.rehearsing import Live


# kubectl apply writes the whole object in here, a Secret's values with it.
_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
_VALUES: Final = ("data", "stringData")


class _Owned(msgspec.Struct):
    metadata: Metadata | None = None


def live(key: ObjectKey, body: bytes | None) -> Live | None:
    """The object that was asked for; None when these bytes are something else."""
    found = _decoded(body)
    if found is None or found.get("kind") != key.kind:
        return None
    shown = _live(key.kind, found)
    return shown if shown is not None and shown.key == key else None


def item(kind: str, raw: msgspec.Raw) -> Live | None:
    """An item of a list, which bears no kind of its own; None when it is no object."""
    found = _decoded(raw)
    return None if found is None else _live(kind, {"kind": kind, **found})


def is_controlled(raw: msgspec.Raw, uid: str) -> bool:
    """Whether the object of that uid is the controller of an item of a list; it may be of one that is not understood."""
    try:
        meta = msgspec.json.decode(raw, type=_Owned).metadata
    except msgspec.DecodeError:
        return True
    return any(each.controller and each.uid == uid for each in (meta and meta.owner_references) or ())


def is_ended(key: ObjectKey, uid: str, body: bytes | None) -> bool:
    """Whether these bytes say that the one object of that uid is gone, or on its way out."""
    found = _decoded(body) or {}
    if found.get("kind") != "Status":
        ended = live(key, body)
        return ended is not None and ended.uid == uid
    details = found.get("details")
    told = details.get("uid") if isinstance(details, Mapping) else None
    return found.get("status") == "Success" and told == uid


def _decoded(body: bytes | msgspec.Raw | None) -> dict[str, Any] | None:
    try:
        return msgspec.json.decode(body or b"", type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _live(kind: str, found: dict[str, Any]) -> Live | None:
    meta = found.get("metadata")
    if not isinstance(meta, dict):
        return None
    name, uid, version = (meta.get(each) for each in ("name", "uid", "resourceVersion"))
    if not (name and uid and isinstance(name, str) and isinstance(uid, str)):
        return None
    key = ObjectKey(kind, str(meta.get("namespace") or ""), name)
    # What a dry run makes has no version yet.
    return Live(key, uid, str(version or ""), _veiled(found) if kind == "Secret" else found)


def _veiled(found: dict[str, Any]) -> dict[str, Any]:
    """A Secret without its values: the names of its keys stay."""
    bare = dict(found)
    for part in _VALUES:
        if part in bare:
            values = bare[part]
            bare[part] = dict.fromkeys(values, "") if isinstance(values, Mapping) else {}
    meta = dict(bare["metadata"])
    if "annotations" in meta:
        told = meta["annotations"]
        kept = told if isinstance(told, Mapping) else {}
        meta["annotations"] = {name: value for name, value in kept.items() if name != _APPLIED}
    return {**bare, "metadata": meta}
