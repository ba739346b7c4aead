"""Durations and moments as people write them.

``90s``, ``10m``, ``1h30m`` -> timedelta (the way kubectl and Go spell it); ``2026-11-22T09:00:47Z`` ->
datetime in UTC. There is no clock here: "now" always comes from whoever looked.
"""

import re
from datetime import UTC, datetime, timedelta

from bot.errors import UsageError
from bot.facts.target import quoted


_PART = re.compile(r"([0-9]{1,9})(ms|s|m|h|d)", re.ASCII)
_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
# A century is longer than anything here lasts, and far inside what a timedelta holds.
_LONGEST = timedelta(days=36500)


def duration(text: str) -> timedelta:
    """Read ``90s``, ``10m``, ``2h`` or ``1h30m``.

    Raises:
        UsageError: it is none of these, or not longer than nothing.
    """
    parts = _PART.findall(text)
    hint = "write a number and a unit: 90s, 10m, 2h, 1h30m"
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise UsageError(f"{quoted(text)} is not a duration", hint)
    try:
        total = sum((int(number) * _UNITS[unit] for number, unit in parts), timedelta())
    except OverflowError:
        total = _LONGEST + timedelta(days=1)
    if not timedelta() < total <= _LONGEST:
        raise UsageError(f"{quoted(text)} is not a usable duration", hint)
    return total


def moment(text: str) -> datetime:
    """Read an RFC 3339 time; one without an offset is taken as UTC.

    Raises:
        UsageError: it is not one.
    """
    try:
        read = datetime.fromisoformat(text)
        aware = read if read.tzinfo else read.replace(tzinfo=UTC)
        return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(f"{quoted(text)} is not a time", "write it as 2026-11-22T09:00:47Z") from None


def spelled(span: timedelta) -> str:
    """A duration as :func:`duration` reads it: ``1h30m``; parts of a second are dropped."""
    seconds = int(span.total_seconds())
    parts = []
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, length)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
