"""The names of buttons fit Slack's limits, and no two are the same."""

from bot.facts import times
from bot.slack import names


def test_names_are_distinct_and_short() -> None:
    """An action_id has at most 255 characters, and one that two buttons share acts as either."""
    known = [names.ACKNOWLEDGE, names.SNOOZE, names.LIST, names.SHARE, names.ASK, names.CHOOSE]
    assert len(set(known)) == len(known)
    assert all(len(each) <= 255 for each in known)


def test_spans_are_durations() -> None:
    """What a button offers is what one could type."""
    assert all(times.duration(each) for each in names.SPANS)
