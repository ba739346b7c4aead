"""How Go's encoding/json complains: text that is not JSON in -> the words the API server passes on.

Follows the scanner of https://github.com/golang/go/blob/go1.24.0/src/encoding/json/scanner.go.
"""

import json
import re
from typing import Any


_SPACE = " \t\r\n"
_WORDS = {"n": "null", "t": "true", "f": "false"}
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_NAMES = {dict: "object", list: "array", str: "string", bool: "bool", int: "number", float: "number"}


class NotJson(ValueError):
    """What Go's decoder would say."""


def decoded(text: str) -> Any:
    """The value that a text holds.

    Raises:
        NotJson: in Go's words.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise NotJson(complaint(text)) from None


def named(value: object) -> str:
    """What Go calls a value's type in "cannot unmarshal X into Go value"."""
    return _NAMES.get(type(value), "null")


def complaint(text: str) -> str:
    """Why a text is not JSON; "" where Go would find nothing wrong."""
    try:
        end = _space(text, _value(text, _space(text, 0), "looking for beginning of value"))
        if end < len(text):
            raise _unexpected(text, end, "after top-level value")
    except NotJson as said:
        return str(said)
    return ""


def _value(text: str, at: int, expecting: str) -> int:
    head = text[at : at + 1]
    if head == "{":
        return _object(text, at + 1)
    if head == "[":
        return _array(text, at + 1)
    if head in _WORDS and head:
        return _word(text, at, _WORDS[head])
    found = (_STRING if head == '"' else _NUMBER).match(text, at)
    if found is not None:
        return found.end()
    if head == '"':
        raise NotJson("unexpected end of JSON input")
    raise _unexpected(text, at, expecting)


def _object(text: str, at: int) -> int:
    at = _space(text, at)
    if text[at : at + 1] == "}":
        return at + 1
    while True:
        if text[at : at + 1] != '"':
            raise _unexpected(text, at, "looking for beginning of object key string")
        at = _space(text, _value(text, at, ""))
        if text[at : at + 1] != ":":
            raise _unexpected(text, at, "after object key")
        at = _space(text, _value(text, _space(text, at + 1), "looking for beginning of value"))
        if text[at : at + 1] == "}":
            return at + 1
        if text[at : at + 1] != ",":
            raise _unexpected(text, at, "after object key:value pair")
        at = _space(text, at + 1)


def _array(text: str, at: int) -> int:
    at = _space(text, at)
    if text[at : at + 1] == "]":
        return at + 1
    while True:
        at = _space(text, _value(text, at, "looking for beginning of value"))
        if text[at : at + 1] == "]":
            return at + 1
        if text[at : at + 1] != ",":
            raise _unexpected(text, at, "after array element")
        at = _space(text, at + 1)


def _word(text: str, at: int, word: str) -> int:
    for offset, letter in enumerate(word):
        if text[at + offset : at + offset + 1] != letter:
            raise _unexpected(text, at + offset, f"in literal {word} (expecting '{letter}')")
    return at + len(word)


def _space(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def _unexpected(text: str, at: int, where: str) -> NotJson:
    if at >= len(text):
        return NotJson("unexpected end of JSON input")
    letter = text[at]
    shown = letter if letter.isprintable() and letter != "'" else letter.encode("unicode_escape").decode()
    return NotJson(f"invalid character '{shown}' {where}")
