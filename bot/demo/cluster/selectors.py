"""Which objects a list or a watch is about: the selectors of a request in -> a test for objects out."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from bot.demo.cluster.kinds import Resource
from bot.demo.cluster.refusals import Object, bad_request, quoted


Match = Callable[[Object], bool]


def selecting(resource: Resource, query: Mapping[str, str]) -> Match:
    """What both selectors of a request let through.

    Raises:
        Refused: for a selector that does not parse, or a field that is not indexed.
    """
    matches = [_fields(resource, query.get("fieldSelector", "")), labelled(query.get("labelSelector", ""))]
    return lambda item: all(match(item) for match in matches)


def labelled(selector: str) -> Match:
    """What a labelSelector, equality- or set-based, lets through."""
    parts = re.findall(r"(?:[^,(]|\([^)]*\))+", selector)
    matches = [_label(part.strip()) for part in parts]
    return lambda item: all(match(item["metadata"].get("labels") or {}) for match in matches)


def chosen(selector: Mapping[str, Any]) -> Match:
    """What an object's own selector (``matchLabels``, ``matchExpressions``) chooses."""
    parts = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    for each in selector.get("matchExpressions") or ():
        operator, key = each["operator"], each["key"]
        listed = f"({','.join(each.get('values') or ())})"
        parts.append(
            {"In": f"{key} in {listed}", "NotIn": f"{key} notin {listed}", "Exists": key}.get(
                operator, f"!{key}"
            )
        )
    return labelled(",".join(parts))


def _fields(resource: Resource, selector: str) -> Match:
    wanted: list[tuple[str, bool, str]] = []
    for part in filter(None, selector.split(",")):
        found = re.fullmatch(r"(.+?)(!=|==|=)(.*)", part)
        if found is None:
            raise bad_request(f"invalid selector: '{selector}'; can't understand '{part}'")
        name, operator, value = found.groups()
        if name not in resource.selectable:
            raise bad_request(_unsupported(resource, name))
        wanted.append((name, operator != "!=", value))
    return lambda item: all((_field(item, name) == value) is same for name, same, value in wanted)


def _unsupported(resource: Resource, name: str) -> str:
    if not resource.group:
        return f"field label not supported: {name}"
    listed = ", ".join(quoted(each) for each in resource.selectable)
    return f"{quoted(name)} is not a known field selector: only {listed}"


def _field(item: Object, name: str) -> str:
    if name == "source":
        return (item.get("source") or {}).get("component") or item.get("reportingComponent") or ""
    value: Any = item
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return str(value).lower() if isinstance(value, bool) else str(value or "")


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
    raise bad_request(f"unable to parse requirement: found '{said}' expected: '('")
