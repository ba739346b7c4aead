"""The names of buttons fit Slack's limits, and no two are the same."""

from pathlib import Path

import yaml

from bot.facts import times
from bot.slack import names


def test_names_are_distinct_and_short() -> None:
    """An action_id has at most 255 characters; one that two buttons share, or begin with, acts as either."""
    known = [names.ACKNOWLEDGE, names.SNOOZE, names.LIST, names.SHARE, names.CHOOSE, names.REPAIR]
    known += [names.OFFER, names.APPROVE, names.DECLINE, names.WHOLE, names.UNDO, names.AGAIN]
    assert not [(one, two) for one in known for two in known if one is not two and one.startswith(two)]
    assert all(len(each) <= 200 for each in [*known, names.ASK])


def test_spans_are_durations() -> None:
    """What a button offers is what one could type."""
    assert all(times.duration(each) for each in names.SPANS)


def test_actions_are_those_that_the_playbooks_know() -> None:
    """All but those that are no change: waiting, and what a person does."""
    listed = yaml.safe_load((Path(__file__).parents[3] / "playbooks" / "actions.yaml").read_text())
    assert {each["id"] for each in listed} - {"wait", "manual"} == set(names.ACTIONS)


def test_action_is_spoken_as_words() -> None:
    """A sentence's beginning."""
    assert names.spoken("roll-back") == "Roll back"
