"""Which names and tags are nearly the same: a mistyped text and what exists in, the likeliest meant out.

rapidfuzz has its home here. Nearness proposes and never proves: ``api`` and ``app`` are two letters apart
and two different things, so short words count as near only when two neighbouring letters are swapped.
"""

import itertools
import re
from collections.abc import Iterable

from rapidfuzz.distance import OSA


_MOST_EDITS = 2
# Below this length two edits turn nearly any word into nearly any other.
_SHORT = 5


def nearest_name(text: str, names: Iterable[str]) -> str:
    """The existing repository that a mistyped one most likely means; "" when none is near enough."""
    near = [(OSA.distance(text, name, score_cutoff=_MOST_EDITS), name) for name in names if name != text]
    fitting = sorted(
        (distance, name) for distance, name in near if distance <= _MOST_EDITS and _plausible(text, name)
    )
    return fitting[0][1] if fitting else ""


def nearest_tags(tag: str, tags: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """The existing tags that a missing one may mean, the likeliest first; none when nothing is near.

    Other spellings of the same come first (``v1.2.3`` for ``1.2.3``, ``LATEST``), then tags one or two edits away and
    those of the same line (``1.4.2`` for ``1.4``). In a short tag one edit is a large part of it, and two are too much.
    """
    ranked = sorted(
        (distance, -_shared(tag, other), _apart(tag, other), other)
        for other in dict.fromkeys(tags)
        if other != tag and (distance := _tag_distance(tag, other)) is not None
    )
    return tuple(other for *_, other in ranked[:most])


def edits(text: str, other: str) -> int:
    """How many letters must be added, dropped, changed or swapped with their neighbour; upper case is the same as lower."""
    return OSA.distance(text.lower(), other.lower())


def newest(tags: Iterable[str]) -> str:
    """The highest of several version tags; "" when none is a version."""
    versions = [(key, tag) for tag in tags if (key := _version(tag)) is not None]
    return max(versions, default=((), ""))[1]


def follows(tag: str, newest_known: str) -> bool:
    """Whether a tag is the direct successor of another.

    One part of the version is one higher, the parts after it are zero, and everything around the numbers is
    the same.
    """
    old, new = _version(newest_known), _version(tag)
    if old is None or new is None or len(old) != len(new) or _shape(tag) != _shape(newest_known):
        return False
    first = next((index for index, (a, b) in enumerate(zip(old, new, strict=True)) if a != b), None)
    return first is not None and new[first] == old[first] + 1 and not any(new[first + 1 :])


def _plausible(text: str, name: str) -> bool:
    """Only one part of the path differs, and a short one only by swapped letters."""
    mine, theirs = text.split("/"), name.split("/")
    if len(mine) != len(theirs):
        return False
    different = [(a, b) for a, b in zip(mine, theirs, strict=True) if a != b]
    if len(different) != 1:
        return False
    a, b = different[0]
    if min(len(a), len(b)) < _SHORT:
        return len(a) == len(b) and sorted(a) == sorted(b)
    return True


def _tag_distance(tag: str, other: str) -> int | None:
    """0 for another spelling of the same, 1 or 2 for what is close to it; None when they are further apart."""
    mine, theirs = _spelling(tag), _spelling(other)
    # A dot that was dropped or moved is the same: 1.41 for 1.4.1.
    if mine.replace(".", "") == theirs.replace(".", ""):
        return 0
    # 1.4 for 1.4.2, 3.19 for 3.19-alpine: a longer or shorter name for one of the same line.
    if mine.startswith(f"{theirs}.") or theirs.startswith(f"{mine}."):
        return 1
    allowed = _MOST_EDITS if min(len(mine), len(theirs)) >= _SHORT else 1
    distance = OSA.distance(mine, theirs, score_cutoff=allowed)
    # Of `v1` and `v2`, or `a` and `b`, one edit leaves nothing in common.
    return distance if distance <= allowed and min(len(mine), len(theirs)) > allowed else None


def _shared(tag: str, other: str) -> int:
    """How many letters both begin with: people slip towards the end of a name."""
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(tag, other, strict=False)))


def _apart(tag: str, other: str) -> tuple[float, ...]:
    """How far two versions of the same shape are apart, the first part weighing most; the farthest for any other pair.

    Of 1.3, 1.4 and 2.5 the nearest to 1.5 is 1.4, though each is one letter away.
    """
    mine, theirs = _version(tag), _version(other)
    if mine is None or theirs is None or _shape(tag) != _shape(other):
        return (float("inf"),)
    return tuple(abs(a - b) for a, b in zip(mine, theirs, strict=True))


def _spelling(tag: str) -> str:
    """Without what people add and drop: case, a leading v, the kind of separator."""
    plain = re.sub(r"[._-]+", ".", tag.lower())
    return re.sub(r"^v(?=\d)", "", plain)


def _version(tag: str) -> tuple[int, ...] | None:
    numbers = re.findall(r"\d+", tag, re.ASCII)
    # Dates and hashes are no versions to count on: their parts are long.
    if not numbers or any(len(number) > 4 for number in numbers):
        return None
    return tuple(int(number) for number in numbers)


def _shape(tag: str) -> str:
    return re.sub(r"\d+", "#", tag, flags=re.ASCII)
