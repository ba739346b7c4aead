"""The digest of a week as a message: its numbers in, blocks within every limit out."""

from collections.abc import Iterator

from bot.facts.digest import Digest
from bot.facts.text import plain
from bot.rendering import weekly
from bot.slack import limits
from bot.slack.elements import header, line, note, rich, spoken, title
from bot.slack.limits import Block
from bot.slack.message import Message, message


_LINE = 500
_SHORT = 160


def told(digest: Digest) -> Message:
    """What a channel is told of a week."""
    headline, said = weekly.headline(digest), weekly.summary(digest)
    text = f"{headline}: {plain(said[0])}"
    for most in (_LINE, _SHORT):
        blocks = [header(headline), *_blocks(digest, most)]
        if limits.fits(blocks):
            return message(text, blocks)
    return message(text, [header(headline), *rich([line(spoken(each, _SHORT)) for each in said])])


def _blocks(digest: Digest, most: int) -> Iterator[Block]:
    scope = weekly.about(digest)
    lines = [line(spoken(each, most)) for each in (*([scope] if scope else []), *weekly.summary(digest))]
    yield from rich(lines)
    for part in weekly.parts(digest):
        listed = [line(spoken(each, most)) for each in part.lines]
        yield from rich(
            [title(part.title), {"type": "rich_text_list", "style": "bullet", "elements": listed}]
        )
    yield from (note(each) for each in weekly.remarks(digest))
