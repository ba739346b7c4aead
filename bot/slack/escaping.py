"""What others wrote, made to mean nothing to Slack: any text in, text that shows itself and does nothing out.

Most values go into ``plain_text`` and ``rich_text``, which know no markup. The two places that do know it are
here: mrkdwn, where a value stands only inside a code span, and the notification, which Slack reads as it likes.
https://docs.slack.dev/messaging/formatting-message-text
"""

import re
from collections.abc import Callable

from bot.facts.text import shown
from bot.slack import limits


CUT = "…"
# A direction mark is spelled \u202e; a cut must not leave half of that.
_HALF_ESCAPE = re.compile(r"\\(?:u[0-9a-f]{0,3}|U[0-9a-f]{0,7}|x[0-9a-f]?)?$")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# :emoji: names hold no slash; registry:5000/web:1.4 stays as it is.
_EMOJI = re.compile(r":(?=[^\s/]*:)")
_SCHEME = re.compile(r":(?=//)|(?<=mailto):|(?<=tel):", re.IGNORECASE)
# @here, @channel, @name, #channel; not the digest after an image's @.
_MENTION = re.compile(r"([@#])(?!sha\d+:)(?=\w)")
_RATIO = "\u2236"  # looks like a colon
_FULL_WIDTH = {"@": "\uff20", "#": "\uff03"}


def seen(text: str) -> str:
    """Every character to be seen; nothing is cut, and nothing struck out: that was done when the words were made."""
    strange = {each for each in text if not " " <= each <= "~"}
    return text.translate({ord(each): shown(each) for each in strange})


def shows_itself(text: str) -> bool:
    """Whether every character is seen as what it is, so that the text may be copied."""
    return seen(text) == text


def visible(text: str, most: int) -> str:
    """Every character to be seen, and not more of them than that; a longer text ends with a mark."""
    return cut(seen(text), most)


def cut(text: str, most: int, spelled: Callable[[str], str] = str) -> str:
    """As many whole characters as fit when they are spelled out, and a mark where some are missing.

    Args:
        text: to be cut.
        most: how long the result may be.
        spelled: how a character is written; never cut in two.
    """
    whole = "".join(map(spelled, text))
    if limits.length(whole) <= most:
        return whole
    room, kept = most - len(CUT), 0
    for character in text:
        room -= limits.length(spelled(character))
        if room < 0:
            break
        kept += 1
    return "".join(map(spelled, _HALF_ESCAPE.sub("", text[:kept]))) + CUT


def code(value: str, most: int) -> str:
    """A value in mrkdwn, as a code span that it cannot leave."""
    inside = seen(value).strip()
    return f"`{cut(inside, most - 2, _in_code)}`" if inside else "-"


def notification(text: str, most: int = limits.NOTIFICATION) -> str:
    """A message's fallback text: no mention, channel, link, date or emoji can arise in it.

    The signs that could make one are exchanged for signs that look like them.
    """
    unnamed = _MENTION.sub(lambda found: _FULL_WIDTH[found[1]], seen(text))
    inert = _EMOJI.sub(_RATIO, _SCHEME.sub(_RATIO, unnamed))
    return cut(inert, most, _entity)


def _entity(character: str) -> str:
    return _ENTITIES.get(character, character)


def _in_code(character: str) -> str:
    return r"\x60" if character == "`" else _entity(character)
