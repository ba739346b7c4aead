"""What a change makes of an object, for people: the object before and after in, the lines that really change out.

What the server counts and notes for itself is no change. What may hold a secret is said to change and not shown.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from bot.facts.change import ANNOTATION, Copying, Difference, ObjectKey, spelled
from bot.facts.redaction import redact
from bot.facts.text import shown


HIDDEN: Final = "(not shown)"
# Kept by the server or by controllers, whoever writes.
_OWN: Final = frozenset(
    {
        ("status",),
        ("metadata", "managedFields"),
        ("metadata", "resourceVersion"),
        ("metadata", "generation"),
        ("metadata", "annotations", ANNOTATION),
        # https://kubernetes.io/docs/reference/labels-annotations-taints/#deprecated-daemonset-template-generation
        ("metadata", "annotations", "deprecated.daemonset.template.generation"),
    }
)
# What people put passwords into: of these only is told that they change.
_SECRETIVE: Final = frozenset(
    {"args", "command", "httpHeaders", "annotations", "volumeAttributes", "options", "data", "stringData"}
)
# https://kubernetes.io/docs/reference/labels-annotations-taints/#kubectl-k8s-io-restart-at
_OPEN: Final = frozenset({"kubectl.kubernetes.io/restartedAt"})
# ENABLE_AUTH=true tells nothing.
_SWITCHES: Final = frozenset({"", "0", "1", "false", "no", "off", "on", "true", "yes"})
_PLAIN_KEY: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


def between(key: ObjectKey, before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """The fields that differ, in the order of the object."""
    return tuple(
        Difference(f"{key}: {dotted(path)}", _said(path, old), _said(path, new))
        for path, old, new in _changes((), before, after)
    )


def deleted(key: ObjectKey) -> Difference:
    """An object that goes."""
    return Difference(str(key), "is there", "")


def copied(key: ObjectKey, copying: Copying) -> Difference:
    """A Secret that comes: whose it is and what it is for, never what is in it."""
    return Difference(str(key), "", shown(f"{copying.entry}, copied from {copying.source}"))


def created(key: ObjectKey, said: str) -> Difference:
    """An object that comes and is ours from the first letter to the last: what it does."""
    return Difference(str(key), "", shown(said))


def as_diff(found: Iterable[Difference]) -> str:
    """The lines of a diff, for the source that an object is made from."""
    lines: list[str] = []
    last = ""
    for each in found:
        about, _, field = each.where.partition(": ")
        if about != last:
            lines += [f"--- {about}", f"+++ {about}"]
            last = about
        lines.append(f"@@ {field} @@")
        lines += [f"-{each.before}"] if each.before else []
        lines += [f"+{each.after}"] if each.after else []
    return "\n".join(lines)


def places(found: Iterable[Difference]) -> tuple[str, ...]:
    """Only where something differs."""
    return tuple(each.where.partition(": ")[2] for each in found)


def recorded(patch: str) -> str:
    """A patch as the record keeps it, from which nothing is ever struck again: without what may be secret."""
    told = json.loads(patch)
    kept = _concealed(told, ())
    return patch if kept == told else json.dumps(kept)


def holds_credential(value: Any) -> bool:
    """Whether something in a part of an object looks like a credential: then it is not to be stored either."""
    if isinstance(value, str):
        return redact(value) != value
    if isinstance(value, Mapping):
        return _names_credential(value) or any(map(holds_credential, value.values()))
    return isinstance(value, Sequence) and any(map(holds_credential, value))


def _names_credential(variable: Mapping[str, Any]) -> bool:
    """Whether a variable of an environment is called like a credential, and has a value of its own."""
    name, value = variable.get("name"), variable.get("value")
    if not isinstance(name, str) or not isinstance(value, str) or value.lower() in _SWITCHES:
        return False
    told = f"{name}={value}"
    return redact(told) != told


def _concealed(value: Any, path: tuple[str, ...]) -> Any:
    if _is_secretive(path) and not isinstance(value, Mapping) and value is not None:
        return HIDDEN
    if isinstance(value, Mapping):
        return {name: _concealed(inner, (*path, name)) for name, inner in value.items()}
    if isinstance(value, list):
        return [_concealed(each, path) for each in value]
    return redact(value) if isinstance(value, str) else value


Change = tuple[tuple[str, ...], Any, Any]


def _changes(path: tuple[str, ...], before: Any, after: Any) -> Iterator[Change]:
    if path in _OWN or before == after:
        return
    if _is_map(before, after):
        mine, other = before or {}, after or {}
        for name in dict.fromkeys((*mine, *other)):
            yield from _changes((*path, str(name)), mine.get(name), other.get(name))
    elif _is_list_of_named(before, after):
        mine, other = _by_name(before), _by_name(after)
        for name in dict.fromkeys((*mine, *other)):
            yield from _changes((*path, f"name={name}"), mine.get(name), other.get(name))
        if mine.keys() == other.keys() and list(mine) != list(other):
            yield path, list(mine), list(other)
    else:
        yield path, before, after


def _is_map(before: Any, after: Any) -> bool:
    both = (before, after)
    return any(isinstance(each, Mapping) and each for each in both) and all(
        isinstance(each, Mapping) or each is None for each in both
    )


def _is_list_of_named(before: Any, after: Any) -> bool:
    both = [each for each in (before, after) if each]
    return bool(both) and all(_are_named(each) for each in both)


def _are_named(value: Any) -> bool:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return False
    names = [each.get("name") if isinstance(each, Mapping) else None for each in value]
    return all(isinstance(each, str) and each for each in names) and len(set(names)) == len(names)


def _by_name(listed: Sequence[Mapping[str, Any]] | None) -> dict[str, Mapping[str, Any]]:
    return {str(each["name"]): each for each in listed or ()}


def dotted(path: Sequence[str]) -> str:
    """The path as kubectl's jsonpath reads, with what is no plain word in brackets: ``containers[web].image``."""
    text = ""
    for step in path:
        name = step.removeprefix("name=")
        if name != step or not set(name) <= _PLAIN_KEY:
            text += f"[{shown(name)}]"
        else:
            text += f".{name}" if text else name
    return text


def _said(path: Sequence[str], value: Any) -> str:
    if value is None:
        return ""
    if _is_secretive(path):
        return HIDDEN
    return shown(value if isinstance(value, str) else _spelled(value))


def _spelled(value: Any) -> str:
    """A value that is no text; what stands in it is not looked through, so whatever may hold a secret hides it whole."""
    return HIDDEN if _holds_secret(value) else spelled(value)


def _holds_secret(value: Any) -> bool:
    if isinstance(value, Mapping):
        keys = set(value)
        return bool(keys & (_SECRETIVE | {"value", "env"})) or any(map(_holds_secret, value.values()))
    return isinstance(value, Sequence) and not isinstance(value, str) and any(map(_holds_secret, value))


def _is_secretive(path: Sequence[str]) -> bool:
    if path and path[-1] in _OPEN:
        return False
    return bool(_SECRETIVE & set(path)) or ("env" in path and path[-1] == "value")
