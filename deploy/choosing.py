"""Writes one object in two ways: as plain YAML by the defaults, and as a template in which a chart's user may choose.

An object is what YAML holds (mappings, lists, scalars) with the values below in it, wherever something can be chosen. Of Go's
templates (https://pkg.go.dev/text/template) only conditions, ranges and a few functions are written, each on a line of its own or
as a whole scalar, so that a page of Python can try them (tests/charts.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """A scalar, or a small value written in JSON.

    Attributes:
        plain: what it is by default.
        template: what stands in the chart.
    """

    plain: Any
    template: str


@dataclass(frozen=True, slots=True, eq=False)
class When:
    """An item, or what a key holds, that is there under a condition only.

    Attributes:
        condition: of the template.
        body: what is there then.
        plain: whether it is there by default.
    """

    condition: str
    body: Any
    plain: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Each:
    """Items of a list, or keys with a ``Chosen`` name, one for each of what is chosen.

    Attributes:
        over: of the template: ``$name, $target := .Values.targets``.
        body: what is there for each.
        plain: the items by default.
    """

    over: str
    body: Any
    plain: Sequence[Any] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """The keys or items of a value, in the place of one key or as what a key holds.

    Attributes:
        path: of the value.
        plain: what it holds by default.
    """

    path: str
    plain: Any


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """A file in a file: what is written here is one string of several lines there."""

    body: Any


@dataclass(frozen=True, slots=True, eq=False)
class Verbatim:
    """What holds templates of others, as Prometheus' and Grafana's are, which a chart must pass on as they are."""

    body: Any


def resolved(node: Any) -> Any:
    """The object by its defaults."""
    match node:
        case Chosen() | Spread():
            return node.plain
        case Verbatim():
            return node.body
        case Text():
            return "\n".join(_lines(resolved(node.body), 0)) + "\n"
        case Mapping():
            return dict(_resolved_items(node))
        case list() | tuple():
            return list(_resolved_each(node))
        case _:
            return node


def _resolved_each(node: Sequence[Any]) -> Iterator[Any]:
    for item in node:
        if isinstance(item, Each):
            yield from item.plain
        elif not _left_out(item):
            found = resolved(_inner(item))
            yield from found if isinstance(_inner(item), Spread) else [found]


def _resolved_items(node: Mapping[Any, Any]) -> Iterator[tuple[Any, Any]]:
    for key, value in node.items():
        if isinstance(key, Each) or _left_out(key) or _left_out(value):
            continue
        if isinstance(key, Spread):
            yield from key.plain.items()
        elif isinstance(key, When):
            yield from _resolved_items(key.body)
        else:
            yield resolved(key), resolved(_inner(value))


def _left_out(node: Any) -> bool:
    return isinstance(node, When) and not node.plain


def _inner(node: Any) -> Any:
    return node.body if isinstance(node, When) else node


def plain(*objects: Any) -> str:
    """The objects as YAML, by their defaults."""
    return "---\n".join("\n".join(_lines(resolved(each), 0)) + "\n" for each in objects)


def template(*objects: Any) -> str:
    """The objects as a file of a chart; a ``When`` or ``Each`` may stand around one."""
    return "".join(_document(each) for each in objects)


def _document(node: Any) -> str:
    match node:
        case When():
            return f"{{{{- if {node.condition} }}}}\n{_document(node.body)}{{{{- end }}}}\n"
        case Each():
            return f"{{{{- range {node.over} }}}}\n{_document(node.body)}{{{{- end }}}}\n"
        case list() | tuple():
            return template(*node)
        case _:
            return "---\n" + "\n".join(_lines(node, 0)) + "\n"


def _lines(node: Any, deep: int) -> Iterator[str]:
    """The lines of a mapping or a list that is not empty."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _entry(key, value, deep)
        return
    for item in node:
        yield from _item(item, deep)


def _entry(key: Any, value: Any, deep: int) -> Iterator[str]:
    pad = " " * deep
    match key, value:
        case (When(), _):
            yield f"{pad}{{{{- if {key.condition} }}}}"
            yield from _lines(key.body, deep)
            yield f"{pad}{{{{- end }}}}"
        case (Each(), _):
            yield f"{pad}{{{{- range {key.over} }}}}"
            yield from _lines(key.body, deep)
            yield f"{pad}{{{{- end }}}}"
        case (Spread(), _):
            yield f"{pad}{{{{- toYaml {key.path} | nindent {deep} }}}}"
        case (_, When()):
            yield f"{pad}{{{{- if {value.condition} }}}}"
            yield from _entry(key, value.body, deep)
            yield f"{pad}{{{{- end }}}}"
        case (_, Verbatim()):
            yield from (line.replace("{{", '{{"{{"}}') for line in _entry(key, value.body, deep))
        case (_, Text()):
            yield f"{pad}{_scalar(key)}: |"
            yield from _lines(value.body, deep + 2)
        case (_, Spread()):
            yield f"{pad}{_scalar(key)}:"
            yield f"{pad}  {{{{- toYaml {value.path} | nindent {deep + 2} }}}}"
        case (_, str()) if "\n" in value:
            yield f"{pad}{_scalar(key)}: |"
            yield from (f"{pad}  {line}" for line in value.splitlines())
        case (_, Mapping() | list() | tuple()) if value:
            yield f"{pad}{_scalar(key)}:"
            yield from _lines(value, deep + 2)
        case _:
            yield f"{pad}{_scalar(key)}: {_scalar(value)}"


def _item(item: Any, deep: int) -> Iterator[str]:
    pad = " " * deep
    match item:
        case When():
            yield f"{pad}{{{{- if {item.condition} }}}}"
            yield from _item(item.body, deep)
            yield f"{pad}{{{{- end }}}}"
        case Each():
            yield f"{pad}{{{{- range {item.over} }}}}"
            yield from _item(item.body, deep)
            yield f"{pad}{{{{- end }}}}"
        case Spread():
            yield f"{pad}{{{{- toYaml {item.path} | nindent {deep} }}}}"
        case Mapping() if item:
            first, *rest = _lines(item, deep + 2)
            yield f"{pad}- {first.strip()}"
            yield from rest
        case _:
            yield f"{pad}- {_scalar(item)}"


def _scalar(value: Any) -> str:
    if isinstance(value, Chosen):
        return value.template
    if isinstance(value, str | None | bool | int | float):
        return str(yaml.safe_dump(value, width=10_000)).removesuffix("...\n").strip()
    assert isinstance(value, Mapping | Sequence)
    assert not value
    return "{}" if isinstance(value, Mapping) else "[]"
