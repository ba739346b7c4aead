"""The blocks that are used here: words and values in, Block Kit out, escaped and inside the limits.

Values stand in ``plain_text``, or in ``rich_text`` as code: neither knows markup, so that nothing in them
can become a mention, a link or another block. https://docs.slack.dev/reference/block-kit/blocks
"""

from collections.abc import Iterable, Sequence
from typing import Any

from bot.facts.text import Paragraph, Text
from bot.slack import limits
from bot.slack.escaping import CUT, code, visible
from bot.slack.limits import Block


# Far inside the whole message also where each character is written as two.
_RICH_TEXT = 5_000
_NOTE = 1_000
_CODE = 2_500
_LIST = 3_000
# Each run costs its form, too, which is about as long as this.
_RUN = 25

Runs = list[dict[str, Any]]


def header(text: str) -> Block:
    """The first line, large; without markup."""
    return {"type": "header", "text": _plain(text, limits.HEADER)}


def note(text: str) -> Block:
    """A small grey line."""
    return {"type": "context", "elements": [_plain(text, _NOTE)]}


def facts(named: Iterable[tuple[str, Sequence[str]]], most: int) -> Block:
    """Names of ours with values of others, in two columns; at most ten of them.

    Args:
        named: a name and a few values, which stand as code.
        most: characters of each value.
    """
    return {"type": "section", "fields": [_field(name, values, most) for name, values in named]}


def run(text: str, *, bold: bool = False, is_code: bool = False) -> Runs:
    """A piece of rich text; none for an empty one."""
    if not text:
        return []
    style = {name: True for name, wanted in (("bold", bold), ("code", is_code)) if wanted}
    return [{"type": "text", "text": text} | ({"style": style} if style else {})]


def spoken(text: Text, most: int, *, bold: bool = False) -> Runs:
    """Words as they are and values as code, so many characters in all."""
    found: Runs = []
    most_runs = max(4, most // _RUN)
    for span in text:
        if most <= 0 or len(found) >= most_runs:
            return [*found, *run(CUT)]
        piece = visible(span.text, most)
        most -= limits.length(piece)
        found += run(piece, bold=bold, is_code=span.value)
    return found


def line(*pieces: Runs) -> Block:
    """A line of rich text, or a paragraph."""
    found = [each for piece in pieces for each in piece]
    return {"type": "rich_text_section", "elements": found or run(" ")}


def title(text: str) -> Block:
    """What stands above a group of lines."""
    return line(run(text, bold=True))


def paragraphs(every: Iterable[Paragraph], most: int) -> list[Block]:
    """Paragraphs, and items as a list, each of so many characters."""
    found: list[Block] = []
    for each in every:
        spoken_line = line(spoken(each.text, most))
        if not each.bullet:
            found.append(spoken_line)
        elif (
            found and found[-1]["type"] == "rich_text_list" and limits.size([found[-1], spoken_line]) < _LIST
        ):
            found[-1]["elements"].append(spoken_line)
        else:
            found.append({"type": "rich_text_list", "style": "bullet", "elements": [spoken_line]})
    return found


def verbatim(text: str, most: int = _CODE) -> Block:
    """A block of code, to be copied or read as it is."""
    return {"type": "rich_text_preformatted", "elements": run(visible(text, most) or " ")}


def names(every: Sequence[str], most: int) -> Block:
    """A block of code with a name a line, each of so many characters."""
    shown = "\n".join(visible(each, most) for each in every)
    return {"type": "rich_text_preformatted", "elements": run(shown or " ")}


def rich(elements: Sequence[Block]) -> list[Block]:
    """Lines, lists and code as blocks, in as few as there must be."""
    blocks: list[Block] = []
    kept: list[Block] = []
    taken = 0
    for each in elements:
        size = limits.size([each])
        if kept and taken + size > _RICH_TEXT:
            blocks.append({"type": "rich_text", "elements": kept})
            kept, taken = [], 0
        kept.append(each)
        taken += size
    return [*blocks, {"type": "rich_text", "elements": kept}] if kept else blocks


def _plain(text: str, most: int) -> Block:
    # Without emoji: a value's :name: stays text.
    return {"type": "plain_text", "text": visible(text, most).strip() or "-", "emoji": False}


def _field(name: str, values: Sequence[str], most: int) -> Block:
    told = ", ".join(code(each, most) for each in values)
    # Verbatim: Slack makes no links of what looks like one.
    return {"type": "mrkdwn", "text": f"*{name}*\n{told}", "verbatim": True}
