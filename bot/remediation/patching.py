"""Patches that are put together and taken apart: fields and values in, a strategic merge patch out, and what it would make of an object.

What is imagined here is for words and for checks; what a patch really does the API server's dry run tells.
"""

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from bot.facts.change import Style


Path = tuple[str, ...]
_DIRECTIVE: Final = "$patch"
# The lists of a pod template that a strategic merge merges, by their keys (patchMergeKey in
# https://github.com/kubernetes/api/blob/v0.36.0/core/v1/types.go). Every other list is replaced whole.
_KEYS: Final[Mapping[str, str]] = {
    "containers": "name",
    "initContainers": "name",
    "ephemeralContainers": "name",
    "volumes": "name",
    "env": "name",
    "imagePullSecrets": "name",
    "ports": "containerPort",
    "volumeMounts": "mountPath",
    "volumeDevices": "devicePath",
    "hostAliases": "ip",
    "topologySpreadConstraints": "topologyKey",
}


def written(changes: Iterable[tuple[Path, object]]) -> dict[str, Any]:
    """A strategic merge patch that gives fields their values; None takes one away.

    Args:
        changes: paths as a :class:`~bot.facts.change.Dependency` spells them: ``name=web`` in a list of named things.
    """
    patch: dict[str, Any] = {}
    for path, value in changes:
        here: Any = patch
        for step, after in zip(path, (*path[1:], ""), strict=True):
            if isinstance(here, list):
                here = _named(here, step)
            elif not after:
                here[step] = value
            else:
                here = here.setdefault(step, [] if "=" in after and step in _KEYS else {})
    return patch


def told(patch: Mapping[str, Any], style: Style = Style.STRATEGIC) -> Iterator[tuple[Path, Any]]:
    """The fields that a patch writes, each with what stands there afterwards; None for what it takes away."""
    yield from _told((), patch, style)


def imagined(body: Any, patch: Any, style: Style = Style.STRATEGIC) -> Any:
    """What a patch makes of an object, without what the API server adds."""
    return _merged(body, patch, style, at=())


def turned(now: Any, then: Any) -> Any:
    """The strategic merge patch that makes one part of an object into another, with what differs alone."""
    patch: dict[str, Any] = {}
    for name in dict.fromkeys((*now, *then)):
        mine, other = now.get(name), then.get(name)
        if mine == other:
            continue
        if isinstance(mine, Mapping) and isinstance(other, Mapping):
            inner = turned(mine, other)
            patch |= {name: inner} if inner else {}
        elif isinstance(mine, Sequence) and isinstance(other, Sequence) and name in _KEYS:
            patch[name] = _list_turned(_KEYS[name], mine, other)
        else:
            patch[name] = copy.deepcopy(other)
    return patch


def _list_turned(key: str, now: Sequence[Any], then: Sequence[Any]) -> list[Any]:
    if key == "name" and _names(now) == _names(then) and len(set(_names(now))) == len(now):
        pairs = zip(now, then, strict=True)
        return [{**turned(a, b), key: b[key]} for a, b in pairs if a != b]
    # New entries of a merged list come first, and init containers run in their order: so the list is replaced.
    return [*copy.deepcopy(list(then)), {_DIRECTIVE: "replace"}]


def _names(listed: Sequence[Any]) -> list[str]:
    return [str(each.get("name", "")) if isinstance(each, Mapping) else "" for each in listed]


def _named(listed: list[Any], step: str) -> dict[str, Any]:
    key, _, value = step.partition("=")
    found: dict[str, Any] | None = next((each for each in listed if each.get(key) == value), None)
    if found is None:
        found = {key: value}
        listed.append(found)
    return found


def _told(path: Path, value: Any, style: Style) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name != _DIRECTIVE:
                yield from _told((*path, name), inner, style)
        return
    merged = style is Style.STRATEGIC and isinstance(value, list) and _is_merged(path, value)
    if not merged:
        kept = [each for each in value if not _is_replace(each)] if isinstance(value, list) else value
        yield path, kept
        return
    for each in value:
        step = (*path, f"name={each['name']}")
        if each.get(_DIRECTIVE) == "delete":
            yield step, None
        elif len(each) == 1:
            yield (*step, "name"), each["name"]
        else:
            yield from _told(step, {name: inner for name, inner in each.items() if name != "name"}, style)


def _is_merged(path: Path, value: list[Any]) -> bool:
    """Whether a list of a patch is merged into the one that is there, and names what it means."""
    named = all(isinstance(each, Mapping) and "name" in each for each in value)
    return len(path) > 1 and _KEYS.get(path[-1]) == "name" and named


def _is_replace(value: Any) -> bool:
    return isinstance(value, Mapping) and dict(value) == {_DIRECTIVE: "replace"}


def _merged(item: Any, patch: Any, style: Style, at: Path) -> Any:
    if isinstance(patch, list):
        # A ServiceAccount's own imagePullSecrets, at the top of the object, are replaced.
        merges = style is Style.STRATEGIC and len(at) != 1 and at[-1] in _KEYS
        return _list_merged(at, item or [], patch) if merges else copy.deepcopy(patch)
    if not isinstance(patch, Mapping):
        return copy.deepcopy(patch)
    base = dict(item) if isinstance(item, Mapping) and patch.get(_DIRECTIVE) != "replace" else {}
    for name, value in patch.items():
        if value is None:
            base.pop(name, None)
        elif name != _DIRECTIVE:
            base[name] = _merged(base.get(name), value, style, (*at, name))
    return base


def _list_merged(at: Path, old: Sequence[Any], patch: Sequence[Any]) -> list[Any]:
    key, kept, fresh = _KEYS[at[-1]], list(old), []
    if any(_is_replace(each) for each in patch):
        kept, patch = [], [each for each in patch if not _is_replace(each)]
    for each in patch:
        place = next((at for at, there in enumerate(kept) if there.get(key) == each.get(key)), None)
        if each.get(_DIRECTIVE) == "delete":
            kept = [there for there in kept if there.get(key) != each.get(key)]
        elif place is None:
            fresh.append(_merged({}, each, Style.STRATEGIC, (*at, "")))
        else:
            kept[place] = _merged(kept[place], each, Style.STRATEGIC, (*at, ""))
    return fresh + kept
