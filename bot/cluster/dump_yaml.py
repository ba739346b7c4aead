"""Reads YAML as kubectl writes it, from the parser's events alone: text in -> plain values out.

Values are built as the events come, without recursion and without YAML's own types: no tag constructs anything,
no alias repeats anything, a time stays text. That keeps hostile files harmless and is seven times as fast as PyYAML's own
composer, which resolves every scalar against all of YAML 1.1. People who write manifests do use aliases; where theirs
are read, what they repeat is counted and capped.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser, where PyYAML has it
_DEEPEST = 100  # the API server refuses deeper objects long before
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_NUMBER = re.compile(r"[-+]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][-+]?[0-9]{1,3})?")
_WORDS: Final = {"": None, "~": None, "null": None, "Null": None, "NULL": None, "true": True, "false": False}
_TEXT_TAG = "tag:yaml.org,2002:str"
# What aliases may repeat in one document, in values and characters. An etcd object has 1.5 MB at most.
_MOST_REPEATED = 2_000_000
_MERGE: Final = "<<"  # https://yaml.org/type/merge.html
_NO_KEY: Final = object()


class Refused(Exception):
    """Why a text is not read.

    Args:
        why: goes after the file's name.
        hostile: whether it would do harm, as opposed to being broken.
    """

    def __init__(self, why: str, *, hostile: bool = False) -> None:
        super().__init__(why)
        self.hostile = hostile


class _Builder:
    """Puts one document together; the stack holds the open collections with their pending keys."""

    def __init__(self) -> None:
        self.value: Any = None
        self._stack: list[tuple[Any, Any]] = []

    def open(self, collection: Any, _anchor: str | None) -> None:
        """Begin a mapping or sequence."""
        self.add(collection)
        self._stack.append((collection, _NO_KEY))
        if len(self._stack) > _DEEPEST:
            raise Refused("is nested too deeply", hostile=True)

    def close(self) -> None:
        """End the innermost collection."""
        self._stack.pop()

    def name(self, _anchor: str | None, _value: Any, _text: str) -> None:
        """Nothing will repeat it."""

    def repeat(self, _anchor: str | None) -> None:
        """Refuse to."""
        raise Refused("uses YAML aliases, which kubectl never writes", hostile=True)

    def add(self, value: Any, text: str | None = None) -> None:
        """Take a value; ``text`` is how it stands there, when it may be a key."""
        if not self._stack:
            self.value = value
            return
        collection, key = self._stack[-1]
        if isinstance(collection, list):
            collection.append(value)
        elif key is not _NO_KEY:
            collection[key] = value
            self._stack[-1] = collection, _NO_KEY
        elif text is not None:
            self._stack[-1] = collection, text
        else:
            raise Refused("holds YAML that is no API object")


class _RepeatingBuilder(_Builder):
    """Puts a document together in which aliases repeat what an anchor named, as ``kubectl apply`` reads it."""

    def __init__(self) -> None:
        super().__init__()
        self._named: dict[str, tuple[Any, str | None]] = {}
        self._open: list[str] = []
        self._repeated = 0

    def open(self, collection: Any, anchor: str | None) -> None:
        """Begin a mapping or sequence, known by its anchor once it has ended."""
        super().open(collection, anchor)
        self._open.append(anchor or "")

    def close(self) -> None:
        """End the innermost collection, with what it merges laid under its own keys."""
        collection = self._stack[-1][0]
        if isinstance(collection, dict) and _MERGE in collection:
            _merge(collection)
        super().close()
        if anchor := self._open.pop():
            self._named[anchor] = collection, None

    def name(self, anchor: str | None, value: Any, text: str) -> None:
        """Remember a scalar."""
        if anchor:
            self._named[anchor] = value, text

    def repeat(self, anchor: str | None) -> None:
        """Take again what an anchor named."""
        if anchor not in self._named:
            raise Refused("holds an alias of something that has not ended before it", hostile=True)
        value, text = self._named[anchor]
        self._repeated += _weight(value, _MOST_REPEATED - self._repeated)
        if self._repeated > _MOST_REPEATED:
            raise Refused("repeats too much with aliases", hostile=True)
        self.add(value, text)


def _merge(collection: dict[str, Any]) -> None:
    merged = collection.pop(_MERGE)
    own = dict(collection)
    collection.clear()
    for each in reversed(merged if isinstance(merged, list) else [merged]):
        if not isinstance(each, dict):
            raise Refused("merges something that is no mapping")
        collection.update(each)
    collection.update(own)


def _weight(value: Any, most: int) -> int:
    """How much an alias repeats: values and characters; counting stops beyond the given number."""
    total, todo = 0, [value]
    while todo and total <= most:
        each = todo.pop()
        total += 1
        match each:
            case dict():
                total += sum(map(len, each))
                todo.extend(each.values())
            case list():
                todo.extend(each)
            case str():
                total += len(each)
    return total


def documents(raw: bytes, *, aliases: bool = False) -> Iterator[Any]:
    """The value of every document in a text.

    Args:
        raw: the text.
        aliases: read them, as in what people write; what kubectl writes has none.

    Raises:
        Refused: not YAML, or YAML that kubectl never writes.
    """
    made = _RepeatingBuilder if aliases else _Builder
    builder = made()
    try:
        for event in yaml.parse(raw, Loader=_LOADER):
            match event:
                case yaml.ScalarEvent():
                    value = _scalar(event)
                    builder.add(value, event.value)
                    builder.name(event.anchor, value, event.value)
                case yaml.MappingStartEvent():
                    builder.open({}, event.anchor)
                case yaml.SequenceStartEvent():
                    builder.open([], event.anchor)
                case yaml.CollectionEndEvent():
                    builder.close()
                case yaml.AliasEvent():
                    builder.repeat(event.anchor)
                case yaml.DocumentEndEvent():
                    yield builder.value
                    builder = made()
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        raise Refused("is neither JSON nor YAML" + (f" (line {mark.line + 1})" if mark else "")) from None


def _scalar(event: yaml.ScalarEvent) -> Any:
    text: str = event.value
    if event.style or event.tag == _TEXT_TAG or (event.tag and event.tag != "!"):
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text
