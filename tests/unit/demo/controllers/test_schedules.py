"""When CronJobs are due."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.demo.controllers.schedules import due


SUNDAY = datetime(2026, 11, 22, 3, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "comes"),
    [
        ("* * * * *", True),
        ("0 3 * * *", True),
        ("1 3 * * *", False),
        ("*/15 * * * *", True),
        ("7/15 * * * *", False),
        ("0 1-5 * * *", True),
        ("0 3 22 11 *", True),
        ("0 3 1,15 * *", False),
        ("0 3 * * 0", True),
        ("0 3 1 * 0", True),
        ("0 3 1 * 1", False),
        ("@daily", False),
    ],
)
def test_a_schedule_comes_round(schedule: str, comes: bool) -> None:
    """In the minute of the time that is looked at; of day and weekday one is enough."""
    assert due(schedule, SUNDAY - timedelta(minutes=1), SUNDAY) is comes


def test_a_schedule_comes_once() -> None:
    """Not again within its minute; a run that was missed is made up for."""
    assert not due("0 3 * * *", SUNDAY, SUNDAY + timedelta(seconds=20))
    assert due("0 3 * * *", SUNDAY - timedelta(hours=1), SUNDAY + timedelta(minutes=30))
