"""When changes may be made: ``Mon-Fri 08:00-18:00 Europe/Berlin`` in, whether a moment is inside out.

What counts is what a clock on the wall of that zone shows, so nothing shifts when the clocks are changed. Zones are looked up
on a disk, so whoever reads settings brings that along.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Final

from bot.errors import UsageError
from bot.facts.target import quoted


_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SPELLED = re.compile(r"(\S+) ([0-2][0-9]):([0-5][0-9])-([0-2][0-9]):([0-5][0-9]) (\S+)", re.ASCII)
_HINT = "write days, hours and a zone: Mon-Fri 08:00-18:00 Europe/Berlin"
_MIDNIGHT = time()


@dataclass(frozen=True, slots=True)
class Hours:
    """Some hours of some days.

    Attributes:
        days: on which they begin; Monday is 0.
        begin: inside.
        end: outside. Where it is not after the beginning it is the next day's; midnight ends the day.
        zone: of the clock that is meant.
        spelled: as the operator wrote it.
    """

    days: frozenset[int]
    begin: time
    end: time
    zone: tzinfo
    spelled: str

    def __str__(self) -> str:
        return self.spelled

    def holds(self, moment: datetime) -> bool:
        """Whether a moment is inside."""
        there = moment.astimezone(self.zone)
        shown, today = there.time(), there.weekday()
        if self.begin < self.end:
            return today in self.days and self.begin <= shown < self.end
        yesterday = (there.date() - timedelta(days=1)).weekday()
        return (today in self.days and shown >= self.begin) or (yesterday in self.days and shown < self.end)


def read(text: str, zone: Callable[[str], tzinfo]) -> Hours:
    """Read days, hours and a zone; days may be a list (``Mon,Wed-Fri``), and hours may go over midnight (``22:00-06:00``).

    Args:
        text: as the operator wrote it.
        zone: finds the zone of a name, or raises ``LookupError``, ``ValueError`` or ``OSError``.

    Raises:
        UsageError: it is none, or there is no such zone.
    """
    found = _SPELLED.fullmatch(text)
    if found is None:
        raise UsageError(f"{quoted(text)} are no hours", _HINT)
    days, name = found[1], found[6]
    begin, end = _time(found[2], found[3], text), _time(found[4], found[5], text, last=True)
    if begin == end and begin != _MIDNIGHT:
        raise UsageError(f"{quoted(text)} end when they begin", "00:00-24:00 is all day")
    try:
        there = zone(name)
    except (LookupError, ValueError, OSError):
        raise UsageError(
            f"there is no time zone {quoted(name)}", "write it as Europe/Berlin, or UTC"
        ) from None
    return Hours(frozenset(_days(days, text)), begin, end, there, text)


def _time(hours: str, minutes: str, text: str, *, last: bool = False) -> time:
    if last and (hours, minutes) == ("24", "00"):
        return _MIDNIGHT
    if int(hours) > 23:
        raise UsageError(f"{quoted(text)} name an hour that no day has", "hours go from 00:00 to 24:00")
    return time(int(hours), int(minutes))


def _days(text: str, whole: str) -> Iterator[int]:
    for part in text.split(","):
        first, dash, last = part.partition("-")
        begin = _day(first, whole)
        end = _day(last, whole) if dash else begin
        yield begin
        while begin != end:
            begin = (begin + 1) % len(_DAYS)
            yield begin


def _day(word: str, whole: str) -> int:
    name = word.capitalize()
    if name not in _DAYS:
        raise UsageError(
            f"{quoted(whole)} name a day that no week has: {quoted(word)}",
            f"days are {', '.join(_DAYS)}",
        )
    return _DAYS.index(name)
