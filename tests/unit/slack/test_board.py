"""Incidents and clusters are listed in a few lines, whatever their names hold."""

from datetime import timedelta

from hypothesis import given, settings

from bot.slack import board
from bot.slack.message import words
from tests import slack
from tests.fakes.desk import AT, listed, state


def _text(messages: tuple[board.Message, ...]) -> str:
    return "\n".join(words(block) for each in messages for block in each.blocks)


def test_open_incident_says_where_how_much_and_who() -> None:
    """In three lines."""
    one = listed(
        acknowledged_by="sam",
        snoozed_until=AT + timedelta(hours=1),
        returns=2,
        broken={"prod-eu": (2, 40), "staging": (1, 1)},
    )
    told = _text(board.open_incidents((one,), "", AT))
    for expected in (
        "1 open incident",
        "k7q2mzr4ta",
        "severity high",
        "prod-eu: 40 pods of 2 workloads; staging: 1 pod of 1 workload",
        "for 17m, came back 2 times",
        "acknowledged by sam",
        "snoozed until 2026-03-01 15:20:00 UTC",
        "ack ID",
    ):
        assert expected in told


def test_storm_and_end_are_said() -> None:
    """With how long it lasted."""
    one = listed(storm=True, ended=AT - timedelta(days=3), since=AT - timedelta(days=3, hours=2))
    told = _text(board.ended_incidents((one,), "prod-eu", AT))
    assert "prod-eu: 1 incident ended of late" in told
    assert "Storm: web" in told
    assert "ended 3d ago after 2h" in told


def test_nothing_is_said_too() -> None:
    """Not an empty message."""
    assert "prod-eu: nothing is open" in _text(board.nothing_open((state(),), "prod-eu"))
    assert "no incident ended of late" in _text(board.ended_incidents((), "", AT))
    assert "no cluster that you may ask about" in _text(board.cluster_states((), AT))


def test_nothing_is_open_only_where_everything_was_seen() -> None:
    """A cluster that hangs, or that nobody has looked at yet, is named instead."""
    for blind in (state("staging", trouble="forbidden"), state("staging", looked_at=None)):
        told = _text(board.nothing_open((state(), blind), ""))
        assert "nothing known to be open" in told
        assert "Not seen: staging" in told
        assert "✔" not in told


def test_cluster_says_when_it_was_seen_and_what_hinders() -> None:
    """By name."""
    told = _text(board.cluster_states((state(), state("staging", looked_at=None, trouble="forbidden")), AT))
    assert "prod-eu · looked at 20s ago, every 1m · 1 open incident" in told
    assert "staging · not looked at yet" in told
    assert "Not seen: forbidden" in told
    told = _text(board.cluster_states((state(trouble="not seen: data"),), AT))
    assert "Not seen: data" in told


def test_long_lists_stay_within_the_limits() -> None:
    """What does not fit is a file."""
    many = tuple(listed(f"id{number}", "x" * 500) for number in range(500))
    made = board.open_incidents(many, "", AT)
    assert slack.wrong(*made) == []
    assert len(made) == 3
    assert made[-1].files


@settings(max_examples=40, deadline=None)
@given(slack.hostile())
def test_hostile_names_stay_inert(text: str) -> None:
    """Cases 9 to 11."""
    one = listed("k7q2mzr4ta", text, broken={text: (1, 2), f"{text}2": (3, 4)}, acknowledged_by=text)
    made = (
        *board.open_incidents((one,) * 3, text, AT),
        *board.ended_incidents((one,), text, AT),
        *board.cluster_states((state(text, trouble=text),) * 3, AT),
    )
    assert slack.wrong(*made) == []
