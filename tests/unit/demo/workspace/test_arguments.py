"""Arguments: from forms and JSON alike."""

import pytest

from bot.demo.workspace.arguments import Arguments
from bot.demo.workspace.refusals import Refused


def test_both_encodings_mean_the_same() -> None:
    """What a form writes as text is what JSON has as a value."""
    form = Arguments({"a": "1", "b": "true", "c": '{"x": 1}', "d": ""})
    body = Arguments({"a": 1, "b": True, "c": {"x": 1}, "d": None})
    for each in (form, body):
        assert each.text("a") == "1"
        assert each.number("a", 0) == 1
        assert each.flag("b")
        assert each.object("c") == {"x": 1}
        assert each.value("d") is None
        assert each.number("d", 7) == 7
    assert "a" in form
    assert "d" not in body


def test_what_does_not_fit_is_refused() -> None:
    """Missing, no number, no JSON, no object."""
    given = Arguments({"a": "x", "b": "[]"})
    for asked in (
        lambda: given.required("z"),
        lambda: given.number("a", 0),
        lambda: given.value("a"),
        lambda: given.object("b"),
    ):
        with pytest.raises(Refused, match="invalid_arguments"):
            asked()
