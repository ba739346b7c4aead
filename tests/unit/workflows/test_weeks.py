"""A week is due once, at its hour on the wall or up to a day late, through every change of the clocks."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.workflows import weeks
from bot.workflows.weeks import Turn


BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = Turn(0, time(9), BERLIN)
HOUR = timedelta(hours=1)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "name"),
    [
        ("2026-11-23T07:59:59", None),
        ("2026-11-23T08:00:00", "2026-W47"),
        ("2026-11-24T07:59:59", "2026-W47"),
        ("2026-11-24T08:00:00", None),
        ("2026-11-29T12:00:00", None),
        # The clocks go forward on the 29th of March and back on the 25th of October.
        ("2026-03-30T06:59:59", None),
        ("2026-03-30T07:00:00", "2026-W13"),
        ("2026-10-26T07:59:59", None),
        ("2026-10-26T08:00:00", "2026-W43"),
        ("2027-01-04T08:00:00", "2026-W53"),
    ],
)
def test_week_is_due_at_its_hour_and_for_a_day(now: str, name: str | None) -> None:
    """By the clock there."""
    found = weeks.due(MONDAY, _at(now))
    assert (found.name if found else None) == name


def test_week_with_a_change_of_the_clocks_has_another_length() -> None:
    """And its ends meet those of the weeks beside it."""
    spring, autumn = (
        weeks.last(MONDAY, _at(each)) for each in ("2026-03-30T12:00:00", "2026-10-26T12:00:00")
    )
    assert spring.end - spring.begin == 7 * 24 * HOUR - HOUR
    assert autumn.end - autumn.begin == 7 * 24 * HOUR + HOUR
    assert weeks.last(MONDAY, spring.begin).end == spring.begin
    assert weeks.last(MONDAY, spring.begin).begin == spring.before


@given(st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)), st.integers(0, 6), st.times())  # noqa: DTZ001  # given a zone below
def test_last_week_is_over_and_no_older_than_a_week(now: datetime, day: int, at: time) -> None:
    """Whatever the hour is, also one that the clocks leave out or show twice."""
    moment = now.replace(tzinfo=UTC)
    week = weeks.last(Turn(day, at.replace(tzinfo=None), BERLIN), moment)
    assert week.end <= moment < week.end + timedelta(days=7) + 2 * HOUR
    assert week.before < week.begin < week.end


def test_edition_is_named_by_week_and_channel() -> None:
    """So that whoever makes it makes the same one."""
    week = weeks.last(MONDAY, _at("2026-11-23T08:00:00"))
    later = weeks.last(MONDAY, _at("2026-11-24T08:00:00"))
    assert weeks.edition(week, "#a") == weeks.edition(later, "#a") != weeks.edition(week, "#b")
    assert weeks.edition(week, "#a").startswith("digest-2026-W47-")
