"""A chart rendered without Helm: the few of Go's templates that the chart is written in, and nothing else.

Whatever it does not know is an error, so that the chart cannot grow beyond what is tried. Where there is a Helm, its own
rendering is compared with this one.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml


_ACTION = re.compile(r"(\s*)\{\{(-(?=\s))?\s*(.*?)\s*((?<=\s)-)?\}\}", re.DOTALL)
_WORD = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[()|]|\$?[\w.]+|\$[\w.]*|:=|,)')


class Refused(Exception):
    """The chart called ``fail``."""


@dataclass
class _Block:
    """What stands between ``if`` or ``range`` and its ``end``."""

    head: str
    body: list[Any] = field(default_factory=list)
    otherwise: list[Any] | None = None


def merged(values: Any, over: Any) -> Any:
    """Values as Helm lays them over the chart's own: mappings key by key."""
    if not (isinstance(values, Mapping) and isinstance(over, Mapping)):
        return over
    return {
        key: merged(values.get(key), over[key]) if key in over else values[key] for key in {**values, **over}
    }


def values_of(chart: Path) -> Any:
    """The chart's own values."""
    return yaml.safe_load((chart / "values.yaml").read_text(encoding="utf-8"))


def rendered(chart: Path, over: Mapping[str, Any], namespace: str = "imagepull") -> dict[str, str]:
    """Each template of a chart as ``helm template`` writes it.

    Raises:
        Refused: the chart does not want these values.
    """
    told = yaml.safe_load((chart / "Chart.yaml").read_text(encoding="utf-8"))
    root = {
        "Values": merged(values_of(chart), over),
        "Release": {"Name": "imagepull", "Namespace": namespace, "Service": "Helm"},
        "Chart": {"AppVersion": told["appVersion"], "Name": told["name"]},
    }
    return {
        path.name: _render(_parse(path.read_text(encoding="utf-8")), root, {"$": root})
        for path in sorted((chart / "templates").iterdir())
    }


def objects(files: Mapping[str, str]) -> list[dict[str, Any]]:
    """The objects among what was rendered."""
    return [
        each
        for name, text in files.items()
        if name.endswith(".yaml")
        for each in yaml.safe_load_all(text)
        if each
    ]


def _parse(text: str) -> list[Any]:
    open_blocks = [_Block("")]
    place = 0
    trims = False
    for found in _ACTION.finditer(text):
        before, left, words, right = found.groups()
        literal = text[place : found.start()]
        if not left:
            literal += before
        _add(open_blocks, literal.lstrip() if trims else literal)
        _act(open_blocks, words)
        trims = bool(right)
        place = found.end()
    _add(open_blocks, text[place:])
    assert len(open_blocks) == 1, "an end is missing"
    return open_blocks[0].body


def _add(blocks: list[_Block], node: Any) -> None:
    top = blocks[-1]
    (top.body if top.otherwise is None else top.otherwise).append(node)


def _act(blocks: list[_Block], words: str) -> None:
    if words.startswith("/*"):
        assert words.endswith("*/")
    elif words.startswith(("if ", "range ")):
        made = _Block(words)
        _add(blocks, made)
        blocks.append(made)
    elif words == "else":
        assert blocks[-1].head.startswith("if ")
        blocks[-1].otherwise = []
    elif words == "end":
        blocks.pop()
        assert blocks, "an end too many"
    else:
        _add(blocks, _Block(f"say {words}"))


def _render(nodes: list[Any], dot: Any, named: Mapping[str, Any]) -> str:
    return "".join(each if isinstance(each, str) else _block(each, dot, named) for each in nodes)


def _block(block: _Block, dot: Any, named: Mapping[str, Any]) -> str:
    kind, _, words = block.head.partition(" ")
    if kind == "say":
        return _said(_value(words, dot, named))
    if kind == "if":
        chosen = block.body if _value(words, dot, named) else block.otherwise or []
        return _render(chosen, dot, named)
    names, is_named, over = words.rpartition(":=")
    found = _value(over if is_named else words, dot, named)
    if not is_named:
        return "".join(_render(block.body, item, named) for item in found)
    key, value = (each.strip() for each in names.split(","))
    # Go ranges over the keys of a map in their order.
    return "".join(
        _render(block.body, item, {**named, key: name, value: item}) for name, item in sorted(found.items())
    )


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    assert isinstance(value, str | int), f"{value!r} is written without toJson or toYaml"
    return str(value)


def _value(words: str, dot: Any, named: Mapping[str, Any]) -> Any:
    tokens = []
    place = 0
    while words[place:].strip():
        found = _WORD.match(words, place)
        assert found, f"not known: {words[place:]!r}"
        tokens.append(found[1])
        place = found.end()
    rest = iter(tokens)
    return _pipe(rest, dot, named)


def _pipe(tokens: Iterator[str], dot: Any, named: Mapping[str, Any]) -> Any:
    """A pipeline up to its end, or to the parenthesis that closes it."""
    calls: list[list[Any]] = [[]]
    for token in tokens:
        if token == ")":
            break
        if token == "|":
            calls.append([])
        elif token == "(":
            calls[-1].append(_pipe(tokens, dot, named))
        else:
            calls[-1].append(_operand(token, dot, named, is_first=not calls[-1]))
    value: Any = None
    for number, (first, *arguments) in enumerate(calls):
        piped = [*arguments, value] if number else arguments
        assert callable(first) or not piped, f"{first!r} is no function"
        value = first(*piped) if callable(first) else first
    return value


def _operand(token: str, dot: Any, named: Mapping[str, Any], *, is_first: bool) -> Any:
    if token.startswith('"'):
        return json.loads(token)
    if token.isdigit():
        return int(token)
    if token.startswith("$"):
        name, *steps = token.split(".")
        return _walked(named[name], steps)
    if token.startswith("."):
        return _walked(dot, token[1:].split(".") if token != "." else [])
    assert is_first, f"not known: {token!r}"
    return _FUNCTIONS[token]


def _walked(value: Any, steps: list[str]) -> Any:
    for step in steps:
        assert isinstance(value, Mapping), f"nil pointer evaluating .{step}"
        value = value.get(step)
    return value


def _fail(why: str) -> None:
    raise Refused(why)


def _to_yaml(value: Any) -> str:
    return str(yaml.safe_dump(value, width=10_000)).removesuffix("...\n").rstrip("\n")


def _indented(width: int, text: str) -> str:
    return "".join(f"\n{' ' * width}{line}" for line in text.splitlines())


def _first_true(*values: Any) -> Any:
    return next((each for each in values if each), values[-1])


def _first_false(*values: Any) -> Any:
    return next((each for each in values if not each), values[-1])


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "and": _first_false,
    "eq": lambda one, other: one == other,
    "fail": _fail,
    "gt": lambda one, other: one > other,
    "has": lambda item, items: item in items,
    "hasPrefix": lambda start, text: text.startswith(start),
    "int": int,
    "nindent": _indented,
    "not": lambda value: not value,
    "or": _first_true,
    "toJson": lambda value: json.dumps(value, ensure_ascii=False),
    "toYaml": _to_yaml,
}
