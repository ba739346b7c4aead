"""Says nothing of what was sent, however a registry repeats it: facts and texts in -> the same without it out.

A registry that was sent a name and a password may put them wherever it likes: in an error, in a tag, in a media type,
in the name of a host; at once, or when somebody else asks. What is known while it is borrowed is looked for letter by
letter. Afterwards only salted fingerprints are left of it, by which its words are known again.
"""

import os
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from hashlib import blake2b
from urllib.parse import parse_qsl, unquote, unquote_plus

from bot.facts.image import Platform
from bot.facts.redaction import STRUCK
from bot.facts.testimony import Manifest
from bot.registry.manifests import is_manifest


# Shorter ones stand in many honest names and addresses by chance.
_SHORTEST = 8
_SHORTEST_WORD = 4
_MOST = 512
_WORD = re.compile(r"[^\s\"'<>()\[\]{},;]+")
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_URL_PARTS = (re.compile(r"[/?&#=;,]+"), re.compile(r"[/?&#@:.]+"))
_PARTS = re.compile(r"[/?&#=;,]+|(?<=[a-z])://|\.(?=[^/]*/)")
_PARTS = re.compile(r"[:=@/&?|]+")


Repeats = Callable[[str], bool]


def repeats(text: str, known: Iterable[str]) -> bool:
    """Whether a text holds one of these values, in whatever case."""
    folded = text.casefold()
    return any(len(value) >= _SHORTEST and value.casefold() in folded for value in known)


def tags(names: Sequence[str], told: Repeats) -> tuple[str, ...]:
    """The names that repeat nothing."""
    return tuple(names) if not told("\n".join(names)) else tuple(name for name in names if not told(name))


def manifest(read: Manifest, told: Repeats) -> Manifest:
    """A manifest without the names in it that repeat something; the usual ones are everybody's."""
    kept = tuple(each for each in read.platforms if not told(str(each)))
    return replace(
        read,
        media_type="" if not is_manifest(read.media_type) and told(read.media_type) else read.media_type,
        kind="" if told(read.kind) else read.kind,
        platforms=kept,
        partial=read.partial or len(kept) < len(read.platforms),
    )


def platform(read: Platform | None, told: Repeats) -> Platform | None:
    """A platform, unless it repeats something."""
    return None if read is None or told(str(read)) else read


class Marks:
    """Words that must not be told, known by nothing but their salted fingerprints; the oldest are forgotten first."""

    def __init__(self) -> None:
        self._salt = os.urandom(16)
        self._marks: OrderedDict[bytes, None] = OrderedDict()

    def learn(self, values: Iterable[str]) -> None:
        """Take note of values."""
        for value in values:
            if len(value) >= _SHORTEST_WORD:
                self._marks[self._mark(value)] = None
                self._marks.move_to_end(self._mark(value))
        while len(self._marks) > _MOST:
            self._marks.popitem(last=False)

    def struck(self, text: str) -> str:
        """A text without the words that are known, wherever one stands by itself."""
        return (
            _WORD.sub(lambda word: STRUCK if self._knows(word[0]) else word[0], text) if self._marks else text
        )

    def in_words(self, text: str) -> bool:
        """Whether one of the longer words of a text is known."""
        return bool(self._marks) and any(
            len(word) >= _SHORTEST and self._is_known(word) for word in set(_NAME.findall(text))
        )

    def in_host(self, host: str, registry: str) -> bool:
        """Whether a part of a host's name is known, and no part of the registry's own name."""
        own = registry.lower()
        return any(
            self._is_known(each) for each in host.lower().partition(":")[0].split(".") if each not in own
        )

    def in_address(self, url: str) -> bool:
        """Whether a part of an address is known, spelled in whatever way an address may spell it."""
        spelled = (url, unquote(url), unquote_plus(url))
        parts = {part for each in spelled for split in _URL_PARTS for part in split.split(each)}
        values = {value for _, value in parse_qsl(url.partition("?")[2])}
        return any(map(self._is_known, parts | values))

    def _knows(self, word: str) -> bool:
        bare = word.strip(".:!?`*")
        return any(map(self._is_known, (bare, *_PARTS.split(bare))))

    def _is_known(self, word: str) -> bool:
        return len(word) >= _SHORTEST_WORD and self._mark(word) in self._marks

    def _mark(self, word: str) -> bytes:
        return blake2b(word.casefold().encode(errors="replace"), key=self._salt, digest_size=16).digest()
