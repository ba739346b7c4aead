"""What is warned of: nothing unless it is named."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from bot.facts.forewarning import Kind
from bot.settings.warnings import Warnings


def test_nothing_is_warned_of_unless_it_is_named() -> None:
    """And then once a day, a week ahead, with half of a registry's budget."""
    said = Warnings()
    assert (said.kinds, said.every, said.before) == ((), timedelta(days=1), timedelta(days=7))
    assert (said.share, said.images) == (0.5, 200)
    assert Warnings.model_validate({"kinds": "image-gone"}).kinds == (Kind.IMAGE,)


@pytest.mark.parametrize(
    "wrong", [{"kinds": ["tokens"]}, {"share": 0}, {"share": 1.5}, {"images": 0}, {"x": 1}]
)
def test_what_cannot_be_meant_is_refused(wrong: dict[str, object]) -> None:
    """A share of nothing asks nothing, and a misspelled kind would warn of nothing."""
    with pytest.raises(ValidationError):
        Warnings.model_validate(wrong)
