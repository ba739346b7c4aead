"""The alert: a document in, the message that a channel gets out; updated while it lasts, resolved when it is over.

Headline first, how sure and how bad in words, then where, what it means, the evidence in short and what to do. What
does not fit is told more briefly, never cut in the middle of a command; the thread has all of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.facts import times
from bot.facts.document import Document
from bot.facts.text import plain
from bot.rendering import phrases
from bot.slack import changes, limits, parts
from bot.slack.elements import header, note, rich
from bot.slack.limits import Block
from bot.slack.message import Message, message
from bot.slack.parts import Room


# From the most that a screen holds to what fits whatever was written.
_ROOMS = (
    Room(words=1_500, paragraphs=4, answers=6, commands=5),
    Room(words=800, paragraphs=3, answers=4, commands=3),
    Room(words=400, paragraphs=2, answers=3, commands=1, value=160),
    Room(words=160, paragraphs=1, answers=1, commands=0, value=80),
)
# For all that is said besides the document.
EXTRAS = 5_000
_BELOW = "In the thread: all evidence and the node's own words"
_UNCHECKED = ", and what could not be checked"


@dataclass(frozen=True, slots=True)
class Extras:
    """What an alert says besides its document; of :data:`EXTRAS` characters at most.

    Attributes:
        above: below the headline.
        between: after the place and the image.
        below: at the end.
        severity: how bad it is, instead of our own words.
    """

    above: Sequence[Block] = ()
    between: Sequence[Block] = ()
    below: Sequence[Block] = ()
    severity: str = ""


_NONE = Extras()


def alert(document: Document, news: str = "", extras: Extras = _NONE) -> Message:
    """The message about one incident or failure.

    Args:
        document: what is wrong.
        news: what has changed since it was first told.
        extras: what else there is to say.
    """
    above = [*extras.above, *([note(news)] if news else [])]
    whole = replace(extras, above=above)
    return message(notification_of(document, extras.severity), _blocks(document, room_for(document), whole))


def updated(before: Document, after: Document, at: datetime) -> Message:
    """The same message with what is known now, and what that changed; replaces the first."""
    return alert(after, f"Updated {phrases.spelled(at)}: {'; '.join(changes.between(before, after))}")


def resolved(document: Document, began: datetime, ended: datetime, extras: Sequence[Block] = ()) -> Message:
    """The message when it is over, with how long it lasted; replaces the alert."""
    lasted = times.spelled(max(ended - began, ended - ended))
    span = f"Resolved after {lasted}: {phrases.spelled(began)} to {phrases.spelled(ended)}"
    return over(document, "Resolved", [note(span), *extras], f"Resolved after {lasted}")


def over(document: Document, word: str, notes: Sequence[Block], notification: str) -> Message:
    """The message when there is nothing left to do about it here.

    Args:
        document: what it was.
        word: what became of it.
        notes: more of that.
        notification: the same in short.
    """
    past = replace(document, next_try=None)
    blocks = [
        header(f"{word}: {plain(document.headline)}"),
        *notes,
        parts.facts_of(past),
        *rich(parts.image_of(past)),
    ]
    return message(f"{notification}: {notification_of(document)}", blocks)


def room_for(document: Document) -> Room:
    """How much an alert can say of a document: the most that fits."""
    fitting = (room for room in _ROOMS if limits.fits(_blocks(document, room), EXTRAS))
    return next(fitting, _ROOMS[-1])


def _blocks(document: Document, room: Room, extras: Extras = _NONE) -> list[Block]:
    sections = (
        parts.meaning(document, room),
        parts.evidence(document, room),
        parts.alternatives(document, room),
        parts.what_to_do(document, room),
    )
    return [
        header(parts.headline(document)),
        *extras.above,
        parts.facts_of(document, room.value),
        *rich(parts.image_of(document, room.value)),
        *extras.between,
        *(block for section in sections for block in rich(section)),
        note(_BELOW + (_UNCHECKED if document.unchecked else "")),
        *extras.below,
    ]


def notification_of(document: Document, severity: str = "") -> str:
    """The document in a line, for those who see no more.

    Args:
        document: what is wrong.
        severity: how bad it is, instead of our own words.
    """
    where = document.where
    count = phrases.many(where.pod_count, "pod")
    sure = f"{document.confidence} confidence, {severity or f'severity {document.severity}'}"
    return (
        f"[{where.cluster}] {parts.headline(document)} ({sure}; {count}; {where.scope} {phrases.lies(where)})"
    )
