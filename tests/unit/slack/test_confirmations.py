"""What somebody did is told back to them in a line."""

from datetime import timedelta

from hypothesis import given

from bot.slack import confirmations
from bot.slack.message import words
from tests import slack
from tests.fakes.desk import AT, listed


def test_done_is_said_with_the_incident() -> None:
    """By title and id."""
    assert words(confirmations.acknowledged(listed()).blocks[0]) == "You look after this now: web k7q2mzr4ta"
    silent = confirmations.snoozed(listed(snoozed_until=AT + timedelta(hours=1)))
    assert "Silent until 2026-03-01 15:20:00 UTC, but for its end: web" in words(silent.blocks[0])


@given(slack.hostile())
def test_hostile_words_stay_inert(text: str) -> None:
    """Those of an incident, and those that somebody typed."""
    one = listed("k7q2mzr4ta", text)
    made = (confirmations.acknowledged(one), confirmations.snoozed(one), confirmations.looking(text))
    assert slack.wrong(*made, confirmations.busy(), confirmations.shared_before()) == []
