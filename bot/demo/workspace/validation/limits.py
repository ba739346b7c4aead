"""What Slack would refuse of a payload: a message or a view in, everything that is wrong with it out.

Written from Slack's own tables and from nothing of ours (:mod:`bot.slack` has its limits from the same place, and
neither knows the other): https://docs.slack.dev/reference/block-kit. Stricter than Slack where its page and its
answers differ, and whatever is not listed here is an error: an unknown block, an unknown field.

Lengths are UTF-16 code units, as JavaScript counts them: never fewer than the characters.
"""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from bot.demo.workspace.validation.elements import (
    ELEMENTS,
    IMAGE,
    OFFERED,
    OFFERED_GROUPS,
    RICH_TEXT,
    TYPED_IN,
)
from bot.demo.workspace.validation.rules import (
    ALL_BLOCKS,
    ID,
    Also,
    Field,
    Notes,
    Rule,
    fields_of,
    length,
    many,
    of_type,
    one_of,
    plain_text,
    shape,
    string,
    switch,
    text_object,
    typed,
)


BLOCKS_OF_A_MESSAGE = 50
BLOCKS_OF_A_VIEW = 100
ALL_MARKDOWN = 12_000
# https://api.slack.com/changelog/2018-04-truncating-really-long-messages
TEXT_OF_A_MESSAGE = 4_000
TABLE_ROWS, TABLE_COLUMNS = 100, 20


def check(payload: Mapping[str, Any]) -> list[str]:
    """Everything that Slack would refuse, each with the path to it; empty when it would take the payload."""
    notes = Notes()
    try:
        json.dumps(payload, ensure_ascii=False).encode()
    except (TypeError, ValueError) as error:
        return [f"cannot be sent as JSON in UTF-8: {error}"]
    if payload.get("type") in ("modal", "home"):
        _view(notes, payload)
    else:
        _message(notes, payload)
    return notes.wrong


def refusals(blocks: Any, most: int = BLOCKS_OF_A_MESSAGE) -> list[str]:
    """What is wrong with the blocks of a message, as Slack says it; not their size in all."""
    notes = Notes()
    _blocks(notes, blocks, most)
    _once_in_a_message(notes)
    return notes.said()


def refusals_of_view(view: Mapping[str, Any]) -> list[str]:
    """What is wrong with a modal or a Home, as Slack says it."""
    notes = Notes()
    _view(notes, view)
    return notes.said("/view")


def refusals_of_options(options: Any) -> list[str]:
    """What is wrong with the options that an app offers for a search."""
    notes = Notes()
    (OFFERED_GROUPS if isinstance(options, Mapping) and "option_groups" in options else OFFERED)(
        notes, "options", options
    )
    return notes.said()


def size(blocks: Any) -> int:
    """The characters of the blocks in all, to be held against ``ALL_BLOCKS``."""
    return length(json.dumps(blocks, ensure_ascii=False, separators=(",", ":")))


def _message(notes: Notes, payload: Mapping[str, Any]) -> None:
    text, blocks = payload.get("text", ""), payload.get("blocks", [])
    string(TEXT_OF_A_MESSAGE, least=0)(notes, "text", text)
    if not text:
        notes("text", "is missing: notifications and screen readers read nothing else")
    if not blocks and not text:
        notes("message", "has neither text nor blocks")
    if "blocks" not in payload:
        return
    _blocks(notes, blocks, BLOCKS_OF_A_MESSAGE)
    whole = size(blocks)
    if whole > ALL_BLOCKS:
        notes("blocks", f"{whole} characters in all, more than {ALL_BLOCKS}")
    _once_in_a_message(notes)


def _once_in_a_message(notes: Notes) -> None:
    if notes.markdown > ALL_MARKDOWN:
        notes("blocks", f"{notes.markdown} characters of markdown, more than {ALL_MARKDOWN}")
    if notes.tables > 1:
        notes("blocks", "more than one table")


def _view(notes: Notes, payload: Mapping[str, Any]) -> None:
    fields_of(notes, "view", payload, _MODAL if payload["type"] == "modal" else _HOME)
    blocks = payload.get("blocks", [])
    _blocks(notes, blocks, BLOCKS_OF_A_VIEW)
    for place, block in enumerate(blocks if isinstance(blocks, list) else []):
        kind = block.get("type") if isinstance(block, Mapping) else None
        if kind in ("markdown", "table"):
            notes(f"blocks[{place}]", f"{kind} stands only in messages")
        if kind == "input" and payload["type"] == "modal" and "submit" not in payload:
            notes("view", "has an input and no submit")


def _blocks(notes: Notes, blocks: Any, most: int) -> None:
    if not isinstance(blocks, list):
        notes("blocks", "is no list")
        return
    if len(blocks) > most:
        notes("blocks", f"{len(blocks)} blocks, more than {most}")
    for place, block in enumerate(blocks):
        typed(_BLOCKS)(notes, f"blocks[{place}]", block)
    for name, times in notes.block_ids.items():
        if times > 1:
            notes("blocks", f"block_id {name!r} stands {times} times")


def _block(name: str, also: Also | None = None, /, **fields: Field) -> Rule:
    inner = shape(of_type(name, block_id=ID, **fields), also)

    def rule(notes: Notes, path: str, value: Any) -> None:
        if isinstance(value.get("block_id"), str):
            notes.block_ids[value["block_id"]] += 1
        inner(notes, path, value)

    return rule


def _filled_section(notes: Notes, path: str, value: Mapping[str, Any]) -> None:
    if "text" not in value and "fields" not in value:
        notes(path, "needs text or fields")


def _different_actions(notes: Notes, path: str, value: Mapping[str, Any]) -> None:
    elements = value.get("elements")
    named = (
        [each.get("action_id") for each in elements if isinstance(each, Mapping)]
        if isinstance(elements, list)
        else []
    )
    for name, times in Counter(each for each in named if isinstance(each, str)).items():
        if times > 1:
            notes(path, f"action_id {name!r} stands {times} times")


def _counted_markdown(notes: Notes, _path: str, value: Mapping[str, Any]) -> None:
    notes.markdown += length(str(value.get("text", "")))


def _counted_table(notes: Notes, path: str, value: Mapping[str, Any]) -> None:
    notes.tables += 1
    rows = value.get("rows")
    if isinstance(rows, list) and len({len(row) for row in rows if isinstance(row, list)}) > 1:
        notes(path, "its rows have different numbers of cells")


_CELL = typed(
    {
        "raw_text": shape(of_type("raw_text", text=Field(string(ALL_BLOCKS), required=True))),
        "rich_text": shape(of_type("rich_text", **RICH_TEXT)),
    }
)
_COLUMN = shape({"align": Field(one_of("left", "center", "right")), "is_wrapped": Field(switch)})
_BLOCKS: dict[str, Rule] = {
    "header": _block("header", text=Field(plain_text(150), required=True)),
    "divider": _block("divider"),
    "section": _block(
        "section",
        _filled_section,
        text=Field(text_object(3_000)),
        fields=Field(many(text_object(2_000), 10)),
        accessory=Field(typed({name: rule for name, rule in ELEMENTS.items() if name not in TYPED_IN})),
        expand=Field(switch),
    ),
    "context": _block(
        "context",
        elements=Field(
            many(
                typed(
                    {
                        "image": IMAGE,
                        "plain_text": plain_text(3_000),
                        "mrkdwn": text_object(3_000),
                    }
                ),
                10,
            ),
            required=True,
        ),
    ),
    "actions": _block(
        "actions",
        _different_actions,
        elements=Field(
            many(
                typed({name: rule for name, rule in ELEMENTS.items() if name not in (*TYPED_IN, "image")}),
                25,
            ),
            required=True,
        ),
    ),
    "image": _block(
        "image",
        image_url=Field(string(3_000), required=True),
        alt_text=Field(string(2_000), required=True),
        title=Field(plain_text(2_000)),
    ),
    "input": _block(
        "input",
        label=Field(plain_text(2_000), required=True),
        element=Field(
            typed(
                {name: rule for name, rule in ELEMENTS.items() if name not in ("button", "overflow", "image")}
            ),
            required=True,
        ),
        hint=Field(plain_text(2_000)),
        optional=Field(switch),
        dispatch_action=Field(switch),
    ),
    "rich_text": _block("rich_text", None, **RICH_TEXT),
    "markdown": _block("markdown", _counted_markdown, text=Field(string(ALL_MARKDOWN), required=True)),
    "table": _block(
        "table",
        _counted_table,
        rows=Field(many(many(_CELL, TABLE_COLUMNS), TABLE_ROWS), required=True),
        column_settings=Field(many(_COLUMN, TABLE_COLUMNS)),
    ),
}


_VIEW = {
    "blocks": Field(lambda _notes, _path, _value: None, required=True),  # looked at apart
    "private_metadata": Field(string(3_000, least=0)),
    "callback_id": ID,
    "external_id": ID,
}
_HOME = of_type("home", **_VIEW)
_MODAL = of_type(
    "modal",
    **_VIEW,
    title=Field(plain_text(24), required=True),
    submit=Field(plain_text(24)),
    close=Field(plain_text(24)),
    clear_on_close=Field(switch),
    notify_on_close=Field(switch),
    submit_disabled=Field(switch),
)
