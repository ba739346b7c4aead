"""The elements: each is known by its type, and what an app offers for a search has its limits, too."""

from typing import Any

import pytest

from bot.demo.workspace.validation.elements import ELEMENTS, OFFERED, OFFERED_GROUPS, TYPED_IN
from bot.demo.workspace.validation.rules import Notes, Rule


def _option(size: int = 4) -> dict[str, Any]:
    return {"text": {"type": "plain_text", "text": "x" * size}, "value": "v"}


@pytest.mark.parametrize(
    ("rule", "value", "fits"),
    [
        (OFFERED, {"options": []}, True),
        (OFFERED, {"options": [_option(75)] * 100}, True),
        (OFFERED, {"options": [_option()] * 101}, False),
        (OFFERED, {"options": [_option(76)]}, False),
        (
            OFFERED_GROUPS,
            {"option_groups": [{"label": {"type": "plain_text", "text": "x"}, "options": [_option()]}]},
            True,
        ),
        (OFFERED_GROUPS, {"option_groups": [{"options": [_option()]}]}, False),
    ],
)
def test_offers_have_limits(rule: Rule, value: Any, fits: bool) -> None:
    """No option is longer, and there are no more, than in a select that has them from the start."""
    notes = Notes()
    rule(notes, "options", value)
    assert (notes.wrong == []) is fits


def test_what_is_typed_into_is_an_element() -> None:
    """The names of the inputs are names of elements."""
    assert set(TYPED_IN) < set(ELEMENTS)
