"""The rules: what is wrong is told with its path, for a reader and as Slack says it."""

from typing import Any

import pytest

from bot.demo.workspace.validation.rules import (
    Field,
    Notes,
    Rule,
    length,
    many,
    number,
    of_type,
    one_of,
    shape,
    string,
    switch,
    typed,
)


THING = typed({"thing": shape(of_type("thing", name=Field(string(3), required=True)))})


@pytest.mark.parametrize(
    ("rule", "value", "said"),
    [
        (string(3), "four", "must be less than 4 characters"),
        (string(3), "", "must be more than 0 characters"),
        (string(3), 3, "is no string"),
        (number(1, 2), True, "is no number from 1 to 2"),
        (one_of("a", "b"), "c", "is none of a, b"),
        (switch, "true", "is neither true nor false"),
        (many(switch, 1), [True, True], "no more than 1 items allowed"),
        (many(switch, 1), [], "no fewer than 1 items allowed"),
        (many(switch, 1), "x", "is no list"),
        (THING, {"type": "other"}, "unsupported type: other"),
        (THING, {"type": "thing"}, "missing required field: name"),
    ],
)
def test_a_rule_says_what_is_wrong(rule: Rule, value: Any, said: str) -> None:
    """Each in the words that Slack uses where they are known."""
    notes = Notes()
    rule(notes, "here", value)
    assert notes.wrong == [f"here: {said}"]


def test_a_pointer_leads_to_the_place() -> None:
    """Slack names the place as a JSON pointer."""
    notes = Notes()
    many(THING, 3)(notes, "blocks", [{"type": "thing", "name": "abc", "more": 1}])
    assert notes.said("/view") == ["[ERROR] invalid additional property: more [json-pointer:/view/blocks/0]"]


def test_lengths_are_counted_as_javascript_does() -> None:
    """A character beyond the basic plane counts twice."""
    assert length("a😀") == 3
