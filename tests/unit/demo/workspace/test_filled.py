"""Inputs: what they begin with, what was chosen, and what that looks like to the app."""

from typing import Any

import pytest

from bot.demo.workspace.filled import blocks_of, chosen, elements, find, missing, state, used
from bot.demo.workspace.refusals import Refused


def _option(value: str) -> dict[str, Any]:
    return {"text": {"type": "plain_text", "text": value.upper()}, "value": value}


OPTIONS = [_option("a"), _option("b")]
BLOCKS: list[dict[str, Any]] = [
    {
        "type": "actions",
        "block_id": "row",
        "elements": [
            {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}, "value": "v"},
            {"type": "static_select", "action_id": "one", "options": OPTIONS, "initial_option": OPTIONS[0]},
            {"type": "checkboxes", "action_id": "many", "options": OPTIONS},
            {"type": "overflow", "action_id": "more", "options": OPTIONS},
        ],
    },
    {
        "type": "section",
        "block_id": "section",
        "accessory": {"type": "datepicker", "action_id": "day", "initial_date": "2026-01-01"},
    },
    {
        "type": "input",
        "block_id": "typed",
        "element": {"type": "plain_text_input", "action_id": "text"},
    },
    {
        "type": "input",
        "block_id": "grouped",
        "optional": True,
        "element": {"type": "static_select", "action_id": "group", "option_groups": [{"options": OPTIONS}]},
    },
    {
        "type": "input",
        "block_id": "search",
        "optional": True,
        "element": {"type": "external_select", "action_id": "find"},
    },
]


def test_every_element_is_found() -> None:
    """In rows, beside texts and in inputs; another is not there."""
    names = [each["action_id"] for _, each in elements(BLOCKS)]
    assert names == ["go", "one", "many", "more", "day", "text", "group", "find"]
    assert find(BLOCKS, "day", "section")[0]["type"] == "section"
    with pytest.raises(Refused, match="no_such_element"):
        find(BLOCKS, "day", "row")
    assert blocks_of({"blocks": [1], "attachments": [{"blocks": [2]}]}) == [1, 2]


def test_inputs_begin_as_they_are_sent() -> None:
    """And hold what was chosen; nothing that belongs to none."""
    made = state(BLOCKS, {"typed": {"text": {"value": "x"}}, "odd": {"x": {"value": "y"}}, "row": []})
    assert made["row"] == {
        "one": {"type": "static_select", "selected_option": OPTIONS[0]},
        "many": {"type": "checkboxes", "selected_options": []},
    }
    assert made["section"]["day"]["selected_date"] == "2026-01-01"
    assert made["typed"]["text"] == {"type": "plain_text_input", "value": "x"}
    assert made["search"]["find"]["selected_option"] is None
    assert "odd" not in made


def test_what_is_wanted_is_missed() -> None:
    """Unless it is optional or filled."""
    assert list(missing(BLOCKS, state(BLOCKS, {}))) == ["typed"]
    assert missing(BLOCKS, state(BLOCKS, {"typed": {"text": {"value": "x"}}})) == {}


@pytest.mark.parametrize(
    ("action_id", "choice", "key", "value"),
    [
        ("one", "b", "selected_option", OPTIONS[1]),
        ("one", "B", "selected_option", OPTIONS[1]),
        ("one", None, "selected_option", None),
        ("many", ["a"], "selected_options", [OPTIONS[0]]),
        ("more", "a", "selected_option", OPTIONS[0]),
        ("group", "a", "selected_option", OPTIONS[0]),
        ("day", "2026-02-02", "selected_date", "2026-02-02"),
        ("find", _option("z"), "selected_option", _option("z")),
    ],
)
def test_choices_become_actions(action_id: str, choice: Any, key: str, value: Any) -> None:
    """Under Slack's names."""
    block, element = find(BLOCKS, action_id)
    assert chosen(element, choice) == {key: value}
    assert used(block, element, chosen(element, choice))[key] == value


def test_a_button_brings_its_own_value() -> None:
    """Whatever the page says."""
    block, element = find(BLOCKS, "go")
    assert chosen(element, None) == {}
    made = used(block, element, {"value": "other"})
    assert (made["value"], made["text"]["text"]) == ("v", "Go")


@pytest.mark.parametrize("action_id", ["one", "more"])
def test_what_is_not_offered_cannot_be_chosen(action_id: str) -> None:
    """By a person or by a page."""
    block, element = find(BLOCKS, action_id)
    with pytest.raises(Refused, match="no_such_option"):
        chosen(element, "z")
    with pytest.raises(Refused, match="no_such_option"):
        used(block, element, {"selected_option": _option("z")})
