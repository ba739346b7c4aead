"""When a CronJob is due: its schedule and a span of time in -> whether it comes round in it, out.

Five fields with numbers, lists, ranges and steps: https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax.
Names of days, macros and time zones are not known here.
"""

from datetime import datetime, timedelta


# Missed runs from before are forgotten, as they soon are for a real controller.
_LONGEST = timedelta(minutes=100)
_FIRST = (0, 0, 1, 1, 0)
_LAST = (59, 23, 31, 12, 6)


def due(schedule: str, after: datetime, now: datetime) -> bool:
    """Whether a schedule comes round after one time, up to another."""
    minute = max(after, now - _LONGEST).replace(second=0, microsecond=0) + timedelta(minutes=1)
    while minute <= now:
        if _comes(schedule, minute):
            return True
        minute += timedelta(minutes=1)
    return False


def _comes(schedule: str, minute: datetime) -> bool:
    fields = schedule.split()
    if len(fields) != len(_FIRST):
        return False
    now = (minute.minute, minute.hour, minute.day, minute.month, minute.isoweekday() % 7)
    fits = [number in _numbers(field, at) for at, (field, number) in enumerate(zip(fields, now, strict=True))]
    # Of day and weekday one is enough where both are told.
    days = any(fits[at] for at in (2, 4)) if "*" not in (fields[2], fields[4]) else fits[2] and fits[4]
    return fits[0] and fits[1] and fits[3] and days


def _numbers(field: str, at: int) -> set[int]:
    found: set[int] = set()
    for part in field.split(","):
        told, _, step = part.partition("/")
        low, _, high = told.partition("-")
        first = _FIRST[at] if told == "*" else int(low)
        last = _LAST[at] if told == "*" or (step and not high) else int(high or low)
        found |= set(range(first, last + 1, int(step or 1)))
    return found
