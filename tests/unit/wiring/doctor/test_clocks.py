"""Clocks are compared, and whose is off is told by the majority."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.facts.finding import State
from bot.wiring.doctor import clocks
from bot.wiring.doctor.clocks import Reading


NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def _reading(ahead: float, key: str = "slack") -> Reading:
    return Reading(key, NOW + timedelta(seconds=ahead), NOW, NOW + timedelta(seconds=0.2))


@pytest.mark.parametrize("ahead", [0, -0.9, 3, -4])
def test_judged_lets_small_differences_be(ahead: float) -> None:
    """Headers have whole seconds, and answers take a while."""
    assert [each.state for each in clocks.judged([_reading(ahead)])] == [State.OK]


def test_judged_takes_this_machines_clock_when_most_say_so() -> None:
    """Slack and a cluster are as one against it."""
    found = clocks.judged([_reading(300), _reading(301, "clusters.a")])
    assert [(each.key, each.state) for each in found] == [("clock", State.WRONG)]
    assert "300 seconds slow" in found[0].says or "301 seconds slow" in found[0].says


def test_judged_takes_the_one_that_stands_alone() -> None:
    """Of three, one is off."""
    found = clocks.judged([_reading(0), _reading(0, "clusters.a"), _reading(-30, "clusters.b")])
    assert [(each.key, each.state) for each in found] == [("clusters.b", State.WARNING)]


def test_judged_knows_nothing_from_nobody() -> None:
    """Nobody told the time."""
    assert [each.state for each in clocks.judged([])] == [State.UNCHECKED]
