"""What strangers write: a few bytes of chance in, a text or a document with a structure out.

Hypothesis makes up the bytes and makes them fewer and smaller where something breaks; each choice here takes one of them, and
without any left the first thing is chosen. A choice of Hypothesis' own costs fifty times as much.
"""

import copy
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeVar


Thing = TypeVar("Thing")

# What has broken readers before: controls, direction marks, halves of pairs, digits of other scripts, markup, terminators.
PIECES: Final = (
    "a", "0", "Z", " ", "\0", "\n", "\r\n", "\t", "\x1b[31m", "\x1b]52;c;Zg==\x07", "\u202e", "\u200b", "\ufeff", "\ud800", "\u0661",
    "\u017f", "\u212a", "İ", "ß", "é", "<!channel>", "<@U1>", "<https://evil.example|docs>", "`", "```", "*", "&amp;", "%", "%zz", "%2e",
    "..", "../", "/", "//", "\\", '"', '\\"', "'", ":", "::", "@", "#", "?", "=", "==", ",", ";", "$(id)", "${jndi:x}", "{{7*7}}", "{",
    "}", "[", "]", "-", "--", "_", "__", ".", "~", "!", "&", "*a", "&a ", "!!python/object", "<<", "- ", "|", ">", "null", "true",
    "1e999", "-1", "99999999999999999999999", "NaN", "sha256:", "https://", "http://", "latest",
)  # fmt: skip
_ODD_VALUES: Final = (
    None, True, False, 0, -1, 1.5, 2**53, 2**64, 10**30, "", " ", "\0", "\ud800", "a" * 300, [], {}, [None], {"": None}, [[[]]], [{}],
    {"a": {"b": {}}}, "2026-01-01T00:00:00Z", "NaN",
)  # fmt: skip
_MOST = 4000


class Pen:
    """Makes choices.

    Args:
        chances: a byte for each small choice, two for a larger one.
    """

    def __init__(self, chances: bytes) -> None:
        self._left = iter(chances)

    def below(self, most: int) -> int:
        """A number from 0 on, below another."""
        number, reach = next(self._left, 0), 256
        while reach < most:
            number, reach = number * 256 + next(self._left, 0), reach * 256
        return number % max(most, 1)

    def one(self, *things: Thing) -> Thing:
        """One of these."""
        return things[self.below(len(things))]

    def among(self, things: Sequence[Thing]) -> Thing:
        """One of many."""
        return things[self.below(len(things))]

    def maybe(self, often: int = 2) -> bool:
        """No, and now and then yes: one time in so many."""
        return self.below(often) == often - 1

    def text(self, alphabet: str, most: int) -> str:
        """Characters of an alphabet."""
        return "".join(self.among(alphabet) for _ in range(self.below(most + 1)))

    def some(self, make: Callable[[], Thing], most: int) -> list[Thing]:
        """A few of a kind."""
        return [make() for _ in range(self.below(most + 1))]

    def joined(self, parts: Iterable[str]) -> str:
        """Parts, as they are but for now and then a stranger's piece between them."""
        return "".join(f"{each}{self.among(PIECES)}" if self.maybe(25) else each for each in parts)

    def misspelled(self, honest: Sequence[str], most: int = 4) -> str:
        """An honest text with a few strokes of a stranger's pen."""
        text = self.among(honest)
        for _ in range(self.below(most + 1)):
            text = self._stroke(text, honest)
        return text[:_MOST]

    def _stroke(self, text: str, honest: Sequence[str]) -> str:
        at = self.below(len(text) + 1)
        to = min(len(text), at + self.below(12))
        match self.below(7):
            case 0 | 1:
                return text[:at] + self.among(PIECES) + text[at:]
            case 2:
                return text[:at] + text[to:]
            case 3:
                return text[:at] + text[at:to] * (2 + self.below(40)) + text[to:]
            case 4:
                other = self.among(honest)
                return text[:at] + other[self.below(len(other) + 1) :]
            case 5:
                return text[:at] + text[at:to].swapcase() + text[to:]
            case _:
                return text[:at]

    def disturbed(self, honest: Sequence[Any], most: int = 4) -> Any:
        """An honest document of which some parts are missing, doubled, moved, or of another kind."""
        document = copy.deepcopy(self.among(honest))
        for _ in range(self.below(most + 1)):
            holders = _holders(document)
            if not holders:
                return self.odd()
            self._change(self.among(holders))
        return document

    def odd(self) -> Any:
        """A value that nobody expects."""
        return copy.deepcopy(self.among(_ODD_VALUES))

    def _change(self, holder: Any) -> None:
        at = self.among(list(holder) if isinstance(holder, dict) else range(len(holder)))
        value = holder[at]
        match self.below(6):
            case 0:
                del holder[at]
            case 1 if isinstance(value, str):
                holder[at] = self.misspelled([value], 2)
            case 2 if isinstance(holder, list):
                holder.insert(at, copy.deepcopy(value))
            case 3 if isinstance(holder, dict):
                holder[self.among(PIECES)] = holder.pop(at)
            case 4:
                holder[at] = [copy.deepcopy(value)]
            case _:
                holder[at] = self.odd()


def _holders(document: Any) -> list[Any]:
    """Every mapping and list in it that holds something."""
    found: list[Any] = []
    todo = [document]
    while todo:
        each = todo.pop()
        inner = list(each.values()) if isinstance(each, dict) else each if isinstance(each, list) else []
        if inner:
            found.append(each)
        todo.extend(inner)
    return found


def turned(value: Any) -> Any:
    """The same document with the keys of all its mappings the other way round."""
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(value)}
    return [turned(each) for each in value] if isinstance(value, list) else value
