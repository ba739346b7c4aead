"""When a week is told: a day and an hour on somebody's wall in, the week that is due out.

It is due for a day, so that a bot that was down tells it late; weeks that are longer past are not told any more.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from bot.facts.digest import Week


LATE: Final = timedelta(days=1)
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Turn:
    """When in a week.

    Attributes:
        day: Monday is 0.
        at: on a clock of that zone.
    """

    day: int
    at: time
    zone: tzinfo


def due(turn: Turn, now: datetime) -> Week | None:
    """The week that is to be told now; None where none is."""
    week = last(turn, now)
    return week if now.astimezone(UTC) - week.end < LATE else None


def last(turn: Turn, now: datetime) -> Week:
    """The week that ended last."""
    today = now.astimezone(turn.zone).date()
    day = today - timedelta(days=(today.weekday() - turn.day) % 7)
    if _moment(turn, day) > now.astimezone(UTC):
        day -= _WEEK
    # Called after the week in which it begins.
    year, number, _ = (day - _WEEK).isocalendar()
    ends = (day - 2 * _WEEK, day - _WEEK, day)
    return Week(f"{year}-W{number:02}", *(_moment(turn, each) for each in ends))


def edition(week: Week, channel: str) -> str:
    """What a week's digest is called in the store; the same for whoever makes it."""
    return f"digest-{week.name}-{hashlib.sha256(channel.encode()).hexdigest()[:12]}"


def _moment(turn: Turn, day: date) -> datetime:
    """In UTC: between two times of one zone Python counts what the clock shows, and not what passed."""
    return datetime.combine(day, turn.at, turn.zone).astimezone(UTC)
