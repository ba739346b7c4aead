"""A button means what it was made for, whatever its value says."""

import pytest

from bot.slack import commands, names, pressing


ID = "k7q2mzr4ta"
_MEANT = {
    names.ACKNOWLEDGE: f"ack {ID}",
    names.SNOOZE: f"snooze {ID} 1h",
    names.LIST: "list -c prod-eu",
    f"{names.CHOOSE}-0": "why deploy/web -n shop",
    f"{names.REPAIR}-roll-back": f"fix #{ID} roll-back",
    f"{names.OFFER}-1": "fix deploy/web roll-back -n shop",
    names.UNDO: "fix undo p8rw3kfz5n",
}


@pytest.mark.parametrize("action", _MEANT)
def test_button_means_its_own_and_nothing_else(action: str) -> None:
    """Case 5: an edited value."""
    others = [*_MEANT.values(), "help", "clusters", "sweep -c prod-eu", f"fix #{ID} set-image", "history"]
    allowed = [each for each in others if pressing.may_mean(action, commands.read(each))]
    extra = ["fix deploy/web roll-back -n shop"] if action.startswith(names.CHOOSE) else []
    assert allowed == [_MEANT[action], *extra]


def test_new_plan_may_be_asked_for_in_every_way() -> None:
    """And nothing but a plan."""
    for typed, may in ((f"fix #{ID} roll-back", True), ("fix undo p8rw3kfz5n", True), ("fix web", False)):
        assert pressing.may_mean(names.AGAIN, commands.read(typed)) is may


@pytest.mark.parametrize("action", ["", "ask", "plan-approve", "answer-share", "evil"])
def test_other_buttons_say_no_command(action: str) -> None:
    """Their values are ids."""
    assert not pressing.may_mean(action, commands.read("list"))
    assert not action.startswith(pressing.TYPED)
