"""Reads what a stranger sent: a body of bytes in -> the JSON value in it, or nothing, out.

It may be built to hurt: nested without end, a number of a million digits, text that no terminal can print, a few
bytes that unpack to gigabytes. Whatever is read here takes time and memory in proportion to what arrived, and never
so much that everybody else who waits in the same loop notices: a few hundredths of a second for four mebibytes.
"""

import json
import math
import re
import zlib
from collections.abc import Mapping, Sequence
from itertools import accumulate

import msgspec


JSON = None | bool | int | float | str | Sequence["JSON"] | Mapping[str, "JSON"]

# An index within an index is five deep, a config with its history as well.
DEEPEST = 64
# The largest index known has a few thousand objects, the longest list of tags that is read some hundred thousand
# names. What costs most to build is counted first, which costs next to nothing; in strings too, where there is little.
_MOST_OF = {b",": 400_000, b":": 50_000, b"[": 50_000, b"{": 50_000, b"]": 50_000, b"}": 50_000}
# Numbers beyond a machine's take time in the square of their length.
_LONG_NUMBER = b"0" * 20
_MOST_LONG_NUMBERS = 5_000
# Broken text and such is mended at many times the cost; whoever sends more of it than an error is long is not read.
_LONGEST_MENDED = 128 * 1024
# An unfinished string runs to the end, so that no byte is looked at twice.
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_DIGITS = bytes(48 if 48 <= each <= 57 else 32 for each in range(256))
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_LONE_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_EITHER_HEADER = zlib.MAX_WBITS | 32  # https://docs.python.org/3/library/zlib.html#zlib.decompress
_ENCODINGS = frozenset({"gzip", "x-gzip", "deflate"})


def decoded(body: bytes) -> JSON:
    """The value that a body holds; None when it holds none that is safe to read, or null.

    Bytes that are no UTF-8 and halves of surrogate pairs come out as replacement characters; of a key that stands
    twice the last value counts; numbers beyond a double's range and NaN are no JSON.
    """
    if not _is_light(body) or not _is_shallow(body):
        return None
    try:
        value: JSON = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _mended(body) if len(body) <= _LONGEST_MENDED else None
    return value


def _mended(body: bytes) -> JSON:
    """The value of a body that is JSON but for its text."""
    text = body.decode("utf-8-sig", "replace")
    try:
        value: JSON = json.loads(text, parse_constant=_refused, parse_float=_finite)
        if _LONE_SURROGATE.search(text):
            spelled = json.dumps(value, ensure_ascii=False).encode("utf-16", "surrogatepass")
            value = json.loads(spelled.decode("utf-16", "replace"))
    except (ValueError, RecursionError):  # Python reads no integer of more than 4,300 digits
        return None
    return value


def inflated(body: bytes, encoding: str, most: int) -> bytes | None:
    """A body as it was before it was packed; None when it was packed otherwise, is broken, or is too large.

    Args:
        body: as it arrived.
        encoding: the Content-Encoding header.
        most: bytes that may come out.
    """
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return body
    if encoding not in _ENCODINGS:
        return None
    unpacking = zlib.decompressobj(_EITHER_HEADER)
    try:
        plain = unpacking.decompress(body, most + 1)
    except zlib.error:
        return None
    whole = unpacking.eof and not unpacking.unused_data
    return plain if whole and len(plain) <= most else None


def _is_light(body: bytes) -> bool:
    """Whether it cannot hold so many things that building them would take long."""
    if any(body.count(each) > most for each, most in _MOST_OF.items()):
        return False
    return body.translate(_DIGITS).count(_LONG_NUMBER) <= _MOST_LONG_NUMBERS


def _is_shallow(body: bytes) -> bool:
    """Whether it is nested no deeper than anything honest; brackets in strings are told apart only where they matter."""
    if _depth(body) <= DEEPEST:
        return True
    return len(body) <= _LONGEST_MENDED and _depth(_STRING.sub(b"", body)) <= DEEPEST


def _depth(body: bytes) -> int:
    return max(accumulate(map(_STEPS.__getitem__, body.translate(None, _NOT_BRACKETS))), default=0)


def _refused(constant: str) -> float:
    raise ValueError(constant)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("beyond a double")
    return number
