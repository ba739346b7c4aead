"""What is stored as JSON says words of closed lists, and a version refuses a word that it does not know: no list grows unseen.

Fields that a version does not know it passes over. A new word in one of these lists it cannot: with one such incident in the
database every look of an older replica at its cluster fails until the upgrade is over. So a list that grows here needs a schema
that says that older versions do not work with it (table ``works_since``), or a field of its own.
"""

import inspect
import typing
from collections.abc import Iterator
from enum import Enum
from typing import Any

from bot.facts.audit import Entry
from bot.facts.episode import Episode
from bot.facts.forewarning import Forewarning
from bot.facts.proposal import Proposal


def _enums(of: Any, seen: set[Any]) -> Iterator[type[Enum]]:
    """Every list of words that a value of this type may hold one of."""
    for each in typing.get_args(of):
        yield from _enums(each, seen)
    if not inspect.isclass(of) or of in seen:
        return
    seen.add(of)
    if issubclass(of, Enum):
        yield of
    elif hasattr(of, "__dataclass_fields__"):
        for each in typing.get_type_hints(of).values():
            yield from _enums(each, seen)


def _words(of: type) -> dict[str, str]:
    return {
        f"{each.__module__}.{each.__name__}": " ".join(sorted(str(word.value) for word in each))
        for each in _enums(of, set())
    }


KNOWN = {
    "bot.facts.audit.Event": "answered approved declined expired refused requested sent stale verified",
    "bot.facts.cause.Scope": "cluster namespace node registry workload",
    "bot.facts.change.Risk": "high low medium",
    "bot.facts.change.Style": "merge strategic",
    "bot.facts.change.Verb": "copy create delete patch",
    "bot.facts.episode.Stage": "absorbed held open resolved",
    "bot.facts.forewarning.Ending": "dropped fine unused",
    "bot.facts.forewarning.Kind": "image-gone retired-registry token-expires",
    "bot.facts.proposal.Stage": "approved declined expired mended refused running stale unknown unmended waiting watching",
    "bot.facts.verdict.Confidence": "high low medium",
}


def test_stored_words_are_those_that_older_versions_know() -> None:
    """A rolling upgrade has both at work on one database."""
    assert _words(Entry) | _words(Episode) | _words(Forewarning) | _words(Proposal) == KNOWN
