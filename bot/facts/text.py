"""Text whose foreign parts stay marked: words we wrote beside values we read from a cluster.

Names, messages and annotations are written by strangers. A channel (terminal, Slack, JSON) may style a value
but never let it speak for us, so a value keeps its mark from the template to the last escaping, and
whatever a screen would not show as itself is spelled out before anybody sees it.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from bot.facts.redaction import redact


_LONGEST_VALUE = 300
_LONGEST_READ = 65536

# Letters by category that no screen shows: https://www.unicode.org/reports/tr36/#Invisible_Characters
_INVISIBLE = frozenset("\u115f\u1160\u2800\u3164\uffa0\u034f")
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text. ``value`` marks what came from outside: a channel shows it as code or plainly, never as markup."""

    text: str
    value: bool = False


Text = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph, or one item of a list."""

    text: Text
    bullet: bool = False


def plain(text: Iterable[Span]) -> str:
    """The same without marks, for a channel that has no styles."""
    return "".join(span.text for span in text)


def shown(text: str, longest: int = _LONGEST_VALUE) -> str:
    """Make every character visible: controls, direction marks and zero-width ones become escapes; long text is cut.

    Args:
        text: anything, hostile text included.
        longest: how many characters of it are kept.
    """
    kept = "".join(_visible(character) for character in redact(text[:_LONGEST_READ])[:longest])
    return kept if len(text) <= longest else f"{kept}…"


def _visible(character: str) -> str:
    if " " <= character <= "~":
        return character
    hidden = unicodedata.category(character) in _HIDDEN_CATEGORIES or character in _INVISIBLE
    if hidden or (unicodedata.category(character) == "Zs" and character != " "):
        return character.encode("unicode_escape").decode("ascii")
    return character
