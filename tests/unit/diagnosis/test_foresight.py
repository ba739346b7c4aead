"""When something that works now is worth a warning: far enough ahead for people, never daily for machines."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.diagnosis import foresight
from bot.facts.registries import Retired


NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
WEEK, DAY, HOUR = timedelta(days=7), timedelta(days=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("life", "left", "warns"),
    [
        (90 * DAY, 6 * DAY, True),
        (90 * DAY, 8 * DAY, False),
        (10 * DAY, 6 * DAY, False),  # in its first half
        (10 * DAY, 3 * DAY, True),
        (12 * HOUR, 6 * HOUR, False),
        (12 * HOUR, HOUR, False),  # a lazy CronJob's
        (12 * HOUR, HOUR / 2, True),
        (12 * HOUR, -HOUR, True),
        (HOUR, HOUR / 10, False),
        (None, 6 * DAY, True),
        (None, 8 * DAY, False),
        (-DAY, 6 * DAY, True),  # made after its end: it does not say how long it lives
    ],
)
def test_a_token_is_told_of_by_what_is_left_of_its_life(
    life: timedelta | None, left: timedelta, warns: bool
) -> None:
    """A week ahead where people renew it, in the last twentieth where a machine should have."""
    expires = NOW + left
    issued = None if life is None else expires - life
    assert foresight.is_ending(issued, expires, NOW, WEEK) is warns


@given(
    st.timedeltas(min_value=timedelta(minutes=1), max_value=foresight.MACHINES_RENEW),
    st.floats(min_value=0.0, max_value=0.94),
)
def test_a_machine_that_renews_in_time_never_alarms(life: timedelta, used: float) -> None:
    """Whenever it renews before the last twentieth, no moment in between is told of."""
    assert not foresight.is_ending(NOW - life * used, NOW - life * used + life, NOW, WEEK)


@given(st.timedeltas(min_value=timedelta(minutes=1), max_value=timedelta(days=4000)))
def test_whatever_is_past_is_told(life: timedelta) -> None:
    """However long it lived."""
    assert foresight.is_ending(NOW - life, NOW, NOW, WEEK)


@pytest.mark.parametrize(
    ("since", "tells"), [("2027-01-01", True), ("2026-11-01", True), ("2025-01-01", False), ("soon", False)]
)
def test_a_registry_is_told_of_while_it_is_news(since: str, tells: bool) -> None:
    """What lies ahead and what is past for less than a year; a date that is none tells nothing."""
    assert foresight.is_worth_telling(Retired("old.example", "", since, ""), NOW, 365 * DAY) is tells
