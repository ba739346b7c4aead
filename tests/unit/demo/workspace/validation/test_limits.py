"""The validator itself: each limit has a payload that just fits and one that just does not."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from bot.demo.workspace.validation import limits
from bot.demo.workspace.validation.rules import ALL_BLOCKS


Block = dict[str, Any]
Made = Callable[[int], dict[str, Any]]


def plain(size: int) -> Block:
    """A plain text of so many characters."""
    return {"type": "plain_text", "text": "x" * size}


def mrkdwn(size: int) -> Block:
    """A marked-up text of so many characters."""
    return {"type": "mrkdwn", "text": "x" * size}


def message(*blocks: Block) -> dict[str, Any]:
    """A message of these blocks."""
    return {"text": "what happened", "blocks": list(blocks)}


def modal(*blocks: Block, **more: Any) -> dict[str, Any]:
    """A modal of these blocks."""
    return {"type": "modal", "title": plain(5), "blocks": list(blocks), **more}


def section(size: int = 5, **more: Any) -> Block:
    """A section."""
    return {"type": "section", "text": mrkdwn(size), **more}


def actions(*elements: Block) -> dict[str, Any]:
    """A message with a row of elements."""
    return message({"type": "actions", "elements": list(elements)})


def button(**more: Any) -> Block:
    """A button."""
    return {"type": "button", "text": plain(4), **more}


def option(number: int = 0, **more: Any) -> Block:
    """An option with a value of its own."""
    return {"text": plain(4), "value": f"v{number}", **more}


def select(**more: Any) -> dict[str, Any]:
    """A message with a select."""
    return actions({"type": "static_select", **more})


def options(number: int) -> list[Block]:
    """So many options."""
    return [option(each) for each in range(number)]


def confirm(**more: Any) -> dict[str, Any]:
    """A button that asks again."""
    asked = {"title": plain(4), "text": plain(4), "confirm": plain(3), "deny": plain(2), **more}
    return actions(button(confirm=asked))


def typed_in(**more: Any) -> Block:
    """An input of a modal."""
    return {"type": "input", "label": plain(4), "element": {"type": "plain_text_input"}, **more}


def rich(*runs: Block) -> Block:
    """A rich text of one section."""
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(runs)}]}


def table(rows: int, columns: int) -> dict[str, Any]:
    """A message with a table."""
    cell = {"type": "raw_text", "text": "x"}
    return message({"type": "table", "rows": [[cell] * columns] * rows})


def long_in_all(size: int) -> dict[str, Any]:
    """A message whose blocks are so long together."""
    blocks = [section(3000), section(3000), section(3000), section(3000), section(1)]
    empty = len(json.dumps(blocks, separators=(",", ":"))) - 1
    blocks[-1] = section(size - empty)
    return message(*blocks)


LIMITS: dict[str, tuple[Made, int]] = {
    "blocks of a message": (lambda n: message(*[{"type": "divider"}] * n), 50),
    "blocks of a modal": (lambda n: modal(*[{"type": "divider"}] * n), 100),
    "blocks of a home": (lambda n: {"type": "home", "blocks": [{"type": "divider"}] * n}, 100),
    "section text": (lambda n: message(section(n)), 3000),
    "section field": (lambda n: message({"type": "section", "fields": [mrkdwn(n)]}), 2000),
    "section fields": (lambda n: message({"type": "section", "fields": [mrkdwn(4)] * n}), 10),
    "header": (lambda n: message({"type": "header", "text": plain(n)}), 150),
    "actions": (lambda n: actions(*[button()] * n), 25),
    "context": (lambda n: message({"type": "context", "elements": [plain(4)] * n}), 10),
    "context text": (lambda n: message({"type": "context", "elements": [mrkdwn(n)]}), 3000),
    "button text": (lambda n: actions(button(text=plain(n))), 75),
    "button value": (lambda n: actions(button(value="x" * n)), 2000),
    "button url": (lambda n: actions(button(url="x" * n)), 3000),
    "button label": (lambda n: actions(button(accessibility_label="x" * n)), 75),
    "action_id": (lambda n: actions(button(action_id="x" * n)), 255),
    "block_id": (lambda n: message(section(block_id="x" * n)), 255),
    "callback_id": (lambda n: modal(callback_id="x" * n), 255),
    "external_id": (lambda n: modal(external_id="x" * n), 255),
    "option text": (lambda n: select(options=[option(text=plain(n))]), 75),
    "option value": (lambda n: select(options=[option(value="x" * n)]), 75),
    "option description": (lambda n: select(options=[option(description=plain(n))]), 75),
    "options": (lambda n: select(options=options(n)), 100),
    "option groups": (
        lambda n: select(option_groups=[{"label": plain(4), "options": [option(each)]} for each in range(n)]),
        100,
    ),
    "option group label": (lambda n: select(option_groups=[{"label": plain(n), "options": options(1)}]), 75),
    "placeholder": (lambda n: select(options=options(1), placeholder=plain(n)), 150),
    "overflow": (lambda n: actions({"type": "overflow", "options": options(n)}), 5),
    "radio buttons": (lambda n: actions({"type": "radio_buttons", "options": options(n)}), 10),
    "checkboxes": (lambda n: actions({"type": "checkboxes", "options": options(n)}), 10),
    "confirm title": (lambda n: confirm(title=plain(n)), 100),
    "confirm text": (lambda n: confirm(text=mrkdwn(n)), 300),
    "confirm yes": (lambda n: confirm(confirm=plain(n)), 30),
    "confirm no": (lambda n: confirm(deny=plain(n)), 30),
    "modal title": (lambda n: modal(title=plain(n)), 24),
    "modal submit": (lambda n: modal(submit=plain(n)), 24),
    "modal close": (lambda n: modal(close=plain(n)), 24),
    "private_metadata": (lambda n: modal(private_metadata="x" * n), 3000),
    "input label": (lambda n: modal(typed_in(label=plain(n)), submit=plain(2)), 2000),
    "input hint": (lambda n: modal(typed_in(hint=plain(n)), submit=plain(2)), 2000),
    "one markdown block": (lambda n: message({"type": "markdown", "text": "x" * n}), 12000),
    "all markdown blocks": (
        lambda n: message(*({"type": "markdown", "text": "x" * each} for each in (6000, n - 6000))),
        12000,
    ),
    "table rows": (lambda n: table(n, 1), 100),
    "table columns": (lambda n: table(1, n), 20),
    "alt text": (lambda n: message({"type": "image", "image_url": "u", "alt_text": "x" * n}), 2000),
    "message text": (lambda n: {"text": "x" * n}, 4000),
    "all blocks": (long_in_all, ALL_BLOCKS),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_limits_are_held_to_the_character(limit: str) -> None:
    """What just fits is fine; one more is not."""
    made, most = LIMITS[limit]
    assert limits.check(made(most)) == []
    assert limits.check(made(most + 1))


WRONG: dict[str, dict[str, Any]] = {
    "unknown block": message({"type": "sektion", "text": plain(3)}),
    "no type": message({"text": plain(3)}),
    "no block": {"text": "x", "blocks": ["section"]},
    "no list": {"text": "x", "blocks": {"type": "divider"}},
    "unknown field": message(section(colour="red")),
    "neither text nor fields": message({"type": "section"}),
    "empty text": message(section(0)),
    "empty field": message({"type": "section", "fields": [mrkdwn(0)]}),
    "no fields": message({"type": "section", "fields": []}),
    "empty header": message({"type": "header", "text": plain(0)}),
    "mrkdwn header": message({"type": "header", "text": mrkdwn(4)}),
    "mrkdwn button": actions(button(text=mrkdwn(4))),
    "emoji in mrkdwn": message({"type": "section", "text": {**mrkdwn(4), "emoji": True}}),
    "verbatim in plain text": message({"type": "section", "text": {**plain(4), "verbatim": True}}),
    "empty actions": actions(),
    "empty context": message({"type": "context", "elements": []}),
    "empty select": select(options=[]),
    "select without options": select(),
    "select with both": select(
        options=options(1), option_groups=[{"label": plain(1), "options": options(1)}]
    ),
    "empty group": select(option_groups=[{"label": plain(1), "options": []}]),
    "empty overflow": actions({"type": "overflow", "options": []}),
    "two options mean the same": select(options=[option(1), option(1)]),
    "chosen and not offered": select(options=options(2), initial_option=option(7)),
    "unknown element": actions({"type": "knob"}),
    "input among actions": actions({"type": "plain_text_input"}),
    "style": actions(button(style="red")),
    "one action_id twice": actions(button(action_id="a"), button(action_id="a")),
    "one block_id twice": message(section(block_id="b"), section(block_id="b")),
    "one block_id twice in a view": modal(section(block_id="b"), section(block_id="b")),
    "confirm without a no": actions(
        button(confirm={"title": plain(1), "text": plain(1), "confirm": plain(1)})
    ),
    "input without submit": modal(typed_in()),
    "modal without title": {"type": "modal", "blocks": []},
    "home with title": {"type": "home", "title": plain(4), "blocks": []},
    "view without blocks": {"type": "home"},
    "markdown in a view": modal({"type": "markdown", "text": "x"}),
    "table in a view": modal(table(1, 1)["blocks"][0]),
    "two tables": message(*table(1, 1)["blocks"] * 2),
    "ragged table": message(
        {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * n for n in (1, 2)]}
    ),
    "min over max": modal(
        typed_in(element={"type": "plain_text_input", "min_length": 9, "max_length": 2}), submit=plain(2)
    ),
    "rich text without text": message({"type": "rich_text", "elements": []}),
    "empty rich text section": message(rich()),
    "empty run": message(rich({"type": "text", "text": ""})),
    "unknown run": message(rich({"type": "shout", "text": "x"})),
    "unknown style": message(rich({"type": "text", "text": "x", "style": {"blink": True}})),
    "a list in a list": message(
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_list",
                    "style": "bullet",
                    "elements": [{"type": "rich_text_list", "style": "bullet", "elements": []}],
                }
            ],
        }
    ),
    "a user in a code block": message(
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_preformatted", "elements": [{"type": "user", "user_id": "U1"}]}],
        }
    ),
    "no text at all": {"blocks": [section()]},
    "nothing": {},
    "half a surrogate pair": {"text": "\ud83d"},
    "not JSON": {"text": "x", "blocks": [section(block_id=object())]},
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_payloads_are_refused(what: str) -> None:
    """Also what ``slack_sdk.models`` lets pass."""
    assert limits.check(WRONG[what])


RIGHT: dict[str, dict[str, Any]] = {
    "text alone": {"text": "x"},
    "an empty home": {"type": "home", "blocks": []},
    "one action_id in two blocks": message(
        *[{"type": "actions", "elements": [button(action_id="open")]} for _ in range(2)]
    ),
    "a modal with an input": modal(typed_in(), submit=plain(2), close=plain(2), notify_on_close=True),
    "selects": modal(
        *(
            {
                "type": "input",
                "label": plain(4),
                "element": {"type": kind, "placeholder": plain(3), "action_id": kind},
            }
            for kind in ("external_select", "multi_users_select", "conversations_select", "channels_select")
        ),
        submit=plain(2),
    ),
    "chosen and offered": select(options=options(2), initial_option=option(1)),
    "rich text": message(
        rich(
            {"type": "text", "text": "<!channel>", "style": {"code": True}},
            {"type": "link", "url": "https://example.com", "text": "there"},
            {"type": "broadcast", "range": "here"},
        )
    ),
    "an accessory": message(
        section(accessory=button(action_id="a", confirm=confirm()["blocks"][0]["elements"][0]["confirm"]))
    ),
}


@pytest.mark.parametrize("what", RIGHT)
def test_right_payloads_pass(what: str) -> None:
    """What Slack takes is not refused here."""
    assert limits.check(RIGHT[what]) == []


def test_lengths_are_counted_as_slack_counts() -> None:
    """An emoji outside the first plane is two units."""
    assert limits.check(message({"type": "header", "text": {"type": "plain_text", "text": "😀" * 75}})) == []
    assert limits.check(message({"type": "header", "text": {"type": "plain_text", "text": "😀" * 76}}))


def test_what_is_wrong_is_told_with_its_place() -> None:
    """Who reads a failing test finds it."""
    assert limits.check(message(section(), section(3001))) == [
        "blocks[1].text.text: must be less than 3001 characters"
    ]


def test_blocks_are_refused_in_slacks_words() -> None:
    """Blocks by themselves, a view and offered options are looked at as they come in, without a text."""
    long = section(3001)
    assert limits.refusals([section()]) == []
    assert limits.refusals([long]) == [
        "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    ]
    assert limits.refusals_of_view(modal(long)) == [
        "[ERROR] must be less than 3001 characters [json-pointer:/view/blocks/0/text/text]"
    ]
    assert limits.refusals_of_options({"options": [option()]}) == []
    assert limits.refusals_of_options({"option_groups": []}) == []
    assert limits.refusals_of_options(None)
    assert limits.size([]) == 2
