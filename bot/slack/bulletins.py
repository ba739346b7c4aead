"""What one channel is told of one warning, as one message: a bulletin in, blocks within every limit out. Nobody is called."""

from dataclasses import dataclass
from datetime import timedelta

from bot.facts import times
from bot.facts.bulletin import Bulletin, Line
from bot.facts.text import plain
from bot.rendering import phrases
from bot.slack import limits
from bot.slack.elements import facts, header, line, note, paragraphs, rich, run, title
from bot.slack.escaping import visible
from bot.slack.limits import Block
from bot.slack.message import Message, message
from bot.slack.parts import copyable, to_copy


_VALUE = 200
_NAME = 80


@dataclass(frozen=True, slots=True)
class _Room:
    """How much a message says.

    Attributes:
        words: characters of a paragraph.
        lines: items that are named.
        commands: to be copied.
    """

    words: int
    lines: int
    commands: int


_ROOMS = (_Room(1_500, 10, 3), _Room(600, 5, 2), _Room(300, 3, 1), _Room(160, 1, 0))
# For the note of a possible repetition.
_SPARE = 300


def told(bulletin: Bulletin) -> Message:
    """The warning's message as it should read now."""
    if bulletin.ended is not None:
        return _over(bulletin)
    fitting = (blocks for room in _ROOMS if limits.fits(blocks := _blocks(bulletin, room), _SPARE))
    blocks = next(fitting, _blocks(bulletin, _ROOMS[-1]))
    return message(f"[{bulletin.cluster}] Warning: {plain(bulletin.headline)}", blocks)


def _blocks(bulletin: Bulletin, room: _Room) -> list[Block]:
    sections = (
        _lines(bulletin, room),
        paragraphs(bulletin.meaning, room.words),
        paragraphs(bulletin.evidence, room.words),
        _what_to_do(bulletin, room),
    )
    return [
        header(f"Warning: {plain(bulletin.headline)}"),
        _facts(bulletin),
        *(block for section in sections for block in rich(section)),
        note(
            f"Nothing fails yet. Seen first {phrases.spelled(bulletin.since)}; this message is edited as it changes."
        ),
    ]


def _over(bulletin: Bulletin) -> Message:
    """Why there is nothing to do any more."""
    assert bulletin.ended is not None
    lasted = times.spelled(max(bulletin.ended - bulletin.since, timedelta()))
    blocks = [
        header(f"Over: {plain(bulletin.headline)}"),
        note(f"{bulletin.ending} {phrases.spelled(bulletin.ended)}, after {lasted}."),
        _facts(bulletin),
    ]
    return message(f"[{bulletin.cluster}] Over: {plain(bulletin.headline)} ({bulletin.ending})", blocks)


def _facts(bulletin: Bulletin) -> Block:
    named = (
        ("Warning", [bulletin.kind.value]),
        ("Severity", [bulletin.severity]),
        ("Cluster", [bulletin.cluster]),
    )
    return facts(named, _VALUE)


def _lines(bulletin: Bulletin, room: _Room) -> list[Block]:
    shown = bulletin.lines[: room.lines]
    found = [_line(each) for each in shown]
    more = len(bulletin.lines) - len(shown) + bulletin.more
    return [*found, *([line(run(f"and {more} more"))] if more else [])]


def _line(each: Line) -> Block:
    names = [visible(name, _NAME) for name in each.users] + ([f"{each.more} more"] if each.more else [])
    users = f"  {phrases.some(names, len(names))}" if names else ""
    return line(run(visible(each.name, _VALUE), is_code=True), run(users))


def _what_to_do(bulletin: Bulletin, room: _Room) -> list[Block]:
    words = paragraphs(bulletin.fix, room.words)
    commands = [block for each in copyable(bulletin.commands)[: room.commands] for block in to_copy(each)]
    return [title("What to do"), *words, *commands] if words or commands else []
