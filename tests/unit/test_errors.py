"""Every error that we expect is for a person: a line, a hint, and the exit code that scripts read."""

import inspect

import pytest

from bot import errors
from bot.facts import times


ALL = [
    each
    for _, each in inspect.getmembers(errors, inspect.isclass)
    if issubclass(each, errors.BotError) and each is not errors.BotError
]


@pytest.mark.parametrize("kind", ALL)
def test_errors_carry_message_and_hint(kind: type[errors.BotError]) -> None:
    """Whatever went wrong, what is said and what can be done come out as they went in."""
    error = kind("it is off", "mend it")
    assert (error.message, error.hint, str(error)) == ("it is off", "mend it", "it is off")


@pytest.mark.parametrize("kind", ALL)
def test_errors_are_drawn_in_the_tree(kind: type[errors.BotError]) -> None:
    """The docstring's tree shows each of them."""
    assert errors.__doc__ is not None
    assert f" {kind.__name__} " in errors.__doc__


def test_errors_end_with_the_documented_codes() -> None:
    """2 usage, 3 not found, 4 unreadable, 5 whatever we did not expect."""
    codes = {kind.__name__: kind.exit_code for kind in ALL}
    assert codes["UsageError"] == codes["SettingsError"] == codes["UnsafeSource"] == 2
    assert codes["TargetNotFound"] == 3
    assert codes["ClusterUnreadable"] == 4
    assert errors.BotError("x").exit_code == 5


def test_errors_need_no_hint() -> None:
    """Where nothing can be added, nothing is."""
    assert errors.BotError("x").hint == ""


def test_fault_of_ours_has_a_place() -> None:
    """The innermost line of this house; what was raised elsewhere has none."""
    with pytest.raises(TypeError) as caught:
        times.duration(None)  # type: ignore[arg-type]
    assert errors.place(caught.value).startswith(" in times.py:")
    assert errors.place(ValueError()) == ""
