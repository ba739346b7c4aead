"""What a person writes becomes a checked value, or is refused with the way to write it."""

from datetime import timedelta

import pytest
from pydantic import TypeAdapter, ValidationError

from bot.settings import kinds
from bot.settings.kinds import Budget


@pytest.mark.parametrize(("text", "budget"), [("60/h", Budget(60, 3600)), ("5/s", Budget(5, 1))])
def test_budget_is_read_and_spelled(text: str, budget: Budget) -> None:
    """A budget comes out as it was written."""
    assert TypeAdapter(kinds.Rate).validate_python(text) == budget
    assert str(budget) == text


@pytest.mark.parametrize("value", ["0s", "500ms", "0m"])
def test_interval_is_never_nothing(value: str) -> None:
    """What is done again after no time at all is done without end."""
    with pytest.raises(ValidationError, match=r"at least 1s|duration"):
        TypeAdapter(kinds.Interval).validate_python(value)


def test_names_are_one_or_several() -> None:
    """One name needs no brackets, and an empty one is none."""
    names: TypeAdapter[tuple[str, ...]] = TypeAdapter(kinds.Names)
    assert names.validate_python("prod") == ("prod",)
    assert names.validate_python(["a", "b"]) == ("a", "b")
    with pytest.raises(ValidationError):
        names.validate_python("")


def test_default_span_is_shown_as_people_write_it() -> None:
    """The schema says 60s and not PT60S."""
    field = kinds.span("60s")
    assert (field.default, field.json_schema_extra) == (timedelta(seconds=60), {"default": "60s"})


def test_refusal_has_two_lines() -> None:
    """Why, and how to write it."""
    with pytest.raises(ValueError, match="why\nhint"):
        kinds.refuse("why", "hint")


def test_address_to_listen_at_has_a_port() -> None:
    """Of the machine's own ones, in brackets where it has colons."""
    assert kinds.port(kinds.listening("[::1]:8080", "x:1")) == 8080
    with pytest.raises(ValueError, match="write x:1"):
        kinds.listening("::1:8080", "x:1")
