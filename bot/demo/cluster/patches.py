"""What a patch makes of an object: the object and a patch in -> the changed object out, the old one untouched.

JSON merge patch (RFC 7386), JSON patch (RFC 6902) and the strategic merge of
https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/.
"""

import copy
from collections.abc import Callable
from typing import Any

from bot.demo.cluster import gojson, shapes
from bot.demo.cluster.refusals import Object, Refused, bad_request


STRATEGIC = "application/strategic-merge-patch+json"
MERGE = "application/merge-patch+json"
JSON = "application/json-patch+json"
_DIRECTIVE = "$patch"


def merged(item: Any, patch: Any) -> Any:
    """By RFC 7386: maps merge, null removes, everything else is replaced."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    base = dict(item) if isinstance(item, dict) else {}
    for name, value in patch.items():
        if value is None:
            base.pop(name, None)
        else:
            base[name] = merged(base.get(name), value)
    return base


def strategic(shape: str, item: Any, patch: Any) -> Any:
    """By the kinds' own merge keys: lists of a kind with a key merge by it, new entries come first.

    The shape is a kind as :mod:`bot.demo.cluster.shapes` knows it, "" for what has none.
    """
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    if patch.get(_DIRECTIVE) == "replace":
        return {name: copy.deepcopy(value) for name, value in patch.items() if name != _DIRECTIVE}
    base = dict(item) if isinstance(item, dict) else {}
    for name, value in patch.items():
        if name == _DIRECTIVE or name.startswith(("$setElementOrder/", "$retainKeys")):
            continue
        known = shapes.field(shape, name)
        if value is None:
            base.pop(name, None)
        elif known.key and isinstance(value, list):
            base[name] = _by_key(known, base.get(name) or [], value)
            if not base[name]:  # as Go leaves out what is empty
                del base[name]
        else:
            base[name] = strategic(known.shape, base.get(name), value)
    return base


def replayed(item: Object, operations: Any) -> Object:
    """By RFC 6902, all or nothing.

    Raises:
        Refused: 400 for what is no list of operations, 422 for one that cannot be done; the server says no more.
    """
    if not isinstance(operations, list):
        kind = gojson.named(operations)
        raise bad_request(
            f"error decoding patch: json: cannot unmarshal {kind} into Go value of type []handlers.jsonPatchOp"
        )
    changed = copy.deepcopy(item)
    try:
        for operation in operations:
            changed = _operated(changed, operation)
    except (LookupError, ValueError, TypeError, AttributeError):
        said = "the server rejected our request due to an error in our request"
        raise Refused(422, said, "Invalid", {}) from None
    return changed


def _by_key(known: shapes.Field, old: list[Any], patch: list[Any]) -> list[Any]:
    key = known.key or ""
    kept, fresh = list(old), []
    if any(isinstance(each, dict) and each == {_DIRECTIVE: "replace"} for each in patch):
        kept, patch = [], [each for each in patch if each != {_DIRECTIVE: "replace"}]
    for each in patch:
        place = next((at for at, there in enumerate(kept) if there.get(key) == each.get(key)), None)
        if each.get(_DIRECTIVE) == "delete":
            kept = [there for there in kept if there.get(key) != each.get(key)]
        elif place is None:
            fresh.append(strategic(known.shape, {}, each))
        else:
            kept[place] = strategic(known.shape, kept[place], each)
    return fresh + kept


def _operated(item: Any, operation: Object) -> Any:
    name = operation["op"]
    if name in ("move", "copy"):
        value = copy.deepcopy(_at(item, operation["from"]))
        if name == "move":
            item = _changed(item, operation["from"], _remove)
        return _changed(item, operation["path"], lambda holder, key: _add(holder, key, value))
    if name == "remove":
        return _changed(item, operation["path"], _remove)
    value = operation["value"]
    if name == "test":
        if _at(item, operation["path"]) != value:
            raise ValueError(operation["path"])
        return item
    acts = {"add": _add, "replace": _replace}
    return _changed(item, operation["path"], lambda holder, key: acts[name](holder, key, value))


def _changed(item: Any, path: str, act: Callable[[Any, str], None]) -> Any:
    steps = _steps(path)
    if not steps:
        raise ValueError(path)
    holder = item
    for step in steps[:-1]:
        holder = _inside(holder, step)
    act(holder, steps[-1])
    return item


def _at(item: Any, path: str) -> Any:
    for step in _steps(path):
        item = _inside(item, step)
    return item


def _steps(path: str) -> list[str]:
    if path and not path.startswith("/"):
        raise ValueError(path)
    return [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]


def _inside(holder: Any, step: str) -> Any:
    return holder[int(step)] if isinstance(holder, list) else holder[step]


def _add(holder: Any, key: str, value: Any) -> None:
    if isinstance(holder, list):
        holder.insert(len(holder) if key == "-" else _place(key, len(holder)), value)
    else:
        holder[key] = value


def _replace(holder: Any, key: str, value: Any) -> None:
    if isinstance(holder, list):
        holder[_place(key, len(holder) - 1)] = value
    elif key in holder:
        holder[key] = value
    else:
        raise KeyError(key)


def _remove(holder: Any, key: str) -> None:
    if isinstance(holder, list):
        del holder[_place(key, len(holder) - 1)]
    else:
        del holder[key]


def _place(key: str, last: int) -> int:
    place = int(key)
    if not 0 <= place <= last:
        raise IndexError(key)
    return place
