"""When changes may be made, by the clock on the wall of a zone."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import pytest

from bot.errors import UsageError
from bot.remediation import hours


def _holds(text: str, moment: str) -> bool:
    return hours.read(text, ZoneInfo).holds(datetime.fromisoformat(moment).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "moment", "inside"),
    [
        # 2026-11-23 is a Monday; Berlin is one hour ahead of UTC in winter.
        ("Mon-Fri 08:00-18:00 Europe/Berlin", "2026-11-23T07:00:00", True),
        ("Mon-Fri 08:00-18:00 Europe/Berlin", "2026-11-23T06:59:59", False),
        ("Mon-Fri 08:00-18:00 Europe/Berlin", "2026-11-23T16:59:59", True),
        ("Mon-Fri 08:00-18:00 Europe/Berlin", "2026-11-23T17:00:00", False),
        ("Mon-Fri 08:00-18:00 Europe/Berlin", "2026-11-22T12:00:00", False),
        # In summer it is two.
        ("Mon-Fri 08:00-18:00 Europe/Berlin", "2026-07-06T06:00:00", True),
        ("Mon-Fri 08:00-18:00 Europe/Berlin", "2026-07-06T16:00:00", False),
        ("mon,WED 00:00-24:00 UTC", "2026-11-25T23:59:59", True),
        ("mon,WED 00:00-24:00 UTC", "2026-11-24T00:00:00", False),
        ("Mon,Wed 00:00-24:00 UTC", "2026-11-23T00:00:00", True),
        ("Fri-Mon 10:00-11:00 UTC", "2026-11-22T10:30:00", True),
        ("Fri-Mon 10:00-11:00 UTC", "2026-11-24T10:30:00", False),
        ("Mon,Wed-Fri 10:00-11:00 UTC", "2026-11-26T10:30:00", True),
        # Over midnight the end belongs to the day after.
        ("Fri 22:00-06:00 UTC", "2026-11-27T22:00:00", True),
        ("Fri 22:00-06:00 UTC", "2026-11-28T05:59:00", True),
        ("Fri 22:00-06:00 UTC", "2026-11-28T22:30:00", False),
        ("Fri 22:00-06:00 UTC", "2026-11-27T05:00:00", False),
        ("Sun 22:00-06:00 UTC", "2026-11-23T05:00:00", True),
        ("Mon 20:00-24:00 UTC", "2026-11-23T23:59:00", True),
        ("Mon 20:00-24:00 UTC", "2026-11-24T00:00:00", False),
        # The night in which the clocks go forward has no half past two; the one in which they go back has two.
        ("Sun 02:00-03:00 Europe/Berlin", "2026-03-29T01:30:00", False),
        ("Sun 02:00-03:00 Europe/Berlin", "2026-10-25T00:30:00", True),
        ("Sun 02:00-03:00 Europe/Berlin", "2026-10-25T01:30:00", True),
    ],
)
def test_hours_are_those_of_the_clock_on_the_wall(text: str, moment: str, inside: bool) -> None:
    """Whatever the clocks are changed to, with the beginning inside and the end outside."""
    assert _holds(text, moment) is inside


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no hours"),
        ("08:00-18:00 UTC", "no hours"),
        ("Mon-Fri 08:00-18:00", "no hours"),
        ("Mon-Fri 8-18 UTC", "no hours"),
        ("Mon-Fri 08:00-18:00 UTC UTC", "no hours"),
        ("Mon-Fri 08:00-18:60 UTC", "no hours"),
        ("Mon-Fri 24:00-08:00 UTC", "no day has"),
        ("Mon-Fri 08:00-25:00 UTC", "no day has"),
        ("Mon-Fri 08:00-24:01 UTC", "no day has"),
        ("Mon-Fri 08:00-08:00 UTC", "end when they begin"),
        ("Mo-Fri 08:00-18:00 UTC", "no week has"),
        ("Mon- 08:00-18:00 UTC", "no week has"),
        ("Mon,,Fri 08:00-18:00 UTC", "no week has"),
        ("Mon-Fri 08:00-18:00 Mars/Olympus", "no time zone"),
        ("Mon-Fri 08:00-18:00 ../../etc/passwd", "no time zone"),
    ],
)
def test_what_are_no_hours_is_refused(text: str, told: str) -> None:
    """With the reason and the way to write it: hours that are misread would allow what nobody meant."""
    with pytest.raises(UsageError, match=told) as caught:
        hours.read(text, ZoneInfo)
    assert caught.value.hint


def test_a_zone_that_cannot_be_read_is_refused() -> None:
    """A disk without time zones is no reason for a traceback."""

    def missing(name: str) -> tzinfo:
        raise OSError(name)

    with pytest.raises(UsageError, match="no time zone"):
        hours.read("Mon 08:00-18:00 Europe/Berlin", missing)


def test_hours_are_shown_as_they_were_written() -> None:
    """A refusal repeats them."""
    assert str(hours.read("Mon-Fri 08:00-18:00 UTC", ZoneInfo)) == "Mon-Fri 08:00-18:00 UTC"
