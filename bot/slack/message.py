"""What is posted: blocks in, messages inside Slack's limits out, and files for what is longer still.

A message is cut between blocks, never inside of one; what remains after the last message that may be sent is
the content of a file.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.slack import limits
from bot.slack.elements import note
from bot.slack.escaping import notification
from bot.slack.limits import Block


# The note that leads to the file, and the title that a message begins with.
_SPARE = 500


@dataclass(frozen=True, slots=True)
class File:
    """Something that is uploaded: text that is too long for a message, or a picture.

    Attributes:
        content: of a picture what it shows, in words.
        picture: a PNG; empty for text. It stands by itself where it belongs to no thread.
    """

    name: str
    content: str
    picture: bytes = b""


@dataclass(frozen=True, slots=True)
class Message:
    """Something to be posted.

    Attributes:
        text: what notifications show and screen readers read.
        thread: what is posted below it, in order.
    """

    text: str
    blocks: tuple[Block, ...]
    files: tuple[File, ...] = ()
    thread: tuple["Message", ...] = ()

    def payload(self) -> dict[str, Any]:
        """The arguments of chat.postMessage, without a channel: Slack looks for no links and names in it."""
        quiet = {"mrkdwn": False, "parse": "none", "unfurl_links": False, "unfurl_media": False}
        return {"text": self.text, "blocks": list(self.blocks), **quiet}

    def values(self) -> dict[str, Any]:
        """The same with its files and its thread, as plain values."""
        return {
            **self.payload(),
            "files": [{"name": each.name, "content": each.content} for each in self.files],
            "thread": [each.values() for each in self.thread],
        }


def joined(told: Message, blocks: Sequence[Block]) -> Message:
    """The same message with more in it, above what leads to its thread."""
    at = len(told.blocks) - (told.blocks[-1]["type"] == "context")
    return replace(told, blocks=(*told.blocks[:at], *blocks, *told.blocks[at:]))


def message(text: str, blocks: Sequence[Block], files: Sequence[File] = ()) -> Message:
    """One message of blocks that are known to fit."""
    return Message(notification(text), tuple(blocks), tuple(files))


def messages(text: str, blocks: Sequence[Block], most: int, rest: str) -> tuple[Message, ...]:
    """As few messages as hold the blocks in order.

    Args:
        text: what notifications say.
        blocks: each fits a message by itself.
        most: so many messages; what remains is a file of the last.
        rest: the name of that file.
    """
    groups = list(_groups(blocks))
    made = [message(text, group) for group in groups[:most]]
    left = [block for group in groups[most:] for block in group]
    if left:
        end = [*groups[most - 1], note(f"The rest is in the file {rest}.")]
        made[-1] = message(text, end, [File(rest, "\n\n".join(map(words, left)) + "\n")])
    return tuple(made)


def words(block: Block) -> str:
    """A block as plain text, a line for each of its lines."""
    if block["type"] in ("rich_text", "rich_text_list", "context"):
        mark = "- " if block["type"] == "rich_text_list" else ""
        return "\n".join(mark + words(each) for each in block["elements"])
    if "elements" in block:
        return "".join(each.get("text", "") for each in block["elements"])
    text: str | Block = block.get("text", "")
    return text if isinstance(text, str) else words(text)


def _groups(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    kept: list[Block] = []
    taken = 0
    for each in blocks:
        size = limits.size([each])
        if kept and (len(kept) >= limits.BLOCKS - 1 or taken + size > limits.ALL - _SPARE):
            yield kept
            kept, taken = [], 0
        kept.append(each)
        taken += size
    if kept:
        yield kept
