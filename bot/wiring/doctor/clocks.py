"""Whose clock is off: what other machines say the time is in, findings out.

Slack refuses signatures that are five minutes old, tokens begin and end at a moment, and incidents are told with their times. A
``Date`` header has whole seconds, and its answer was on the way for a while.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.facts.finding import Finding, ok, unchecked, warning, wrong


KEY = "clock"
_NOTICED = 5.0
_HARMFUL = 60.0
_REMEDY = "timedatectl set-ntp true"


@dataclass(frozen=True, slots=True)
class Reading:
    """Somebody else's clock, read once.

    Attributes:
        key: of the settings, whose it is.
        theirs: what it said.
        before: what ours said when it was asked.
        after: what ours said when the answer was there.
    """

    key: str
    theirs: datetime
    before: datetime
    after: datetime

    @property
    def ahead(self) -> float:
        """Seconds that it is ahead of ours at least; negative behind; 0 when the two may agree."""
        early = (self.theirs - self.after).total_seconds()
        # The header is cut to whole seconds: it may have been almost a second later.
        late = (self.theirs - self.before).total_seconds() + 1.0
        return early if early > 0 else min(late, 0.0)


def judged(readings: Sequence[Reading]) -> tuple[Finding, ...]:
    """Ours, when most say the same of it; else theirs, each for itself."""
    if not readings:
        return (unchecked(KEY, "nobody told the time"),)
    off = [each for each in readings if abs(each.ahead) > _NOTICED]
    if not off:
        return (ok(KEY, f"as {_count(readings)} it"),)
    if len(readings) > 1 and 2 * len(off) > len(readings) and _agree(off):
        return (_told(KEY, "this machine's clock", -_middle(off), f"on this machine: {_REMEDY}"),)
    return tuple(
        _told(each.key, "its clock, or this machine's,", each.ahead, f"on the one that is off: {_REMEDY}")
        for each in off
    )


def _agree(readings: Iterable[Reading]) -> bool:
    ahead = [each.ahead for each in readings]
    return max(ahead) - min(ahead) <= 2 * _NOTICED


def _middle(readings: Sequence[Reading]) -> float:
    return sorted(each.ahead for each in readings)[len(readings) // 2]


def _told(key: str, whose: str, ahead: float, remedy: str) -> Finding:
    made = wrong if abs(ahead) >= _HARMFUL else warning
    return made(key, f"{whose} is {abs(ahead):.0f} seconds {'fast' if ahead > 0 else 'slow'}", remedy)


def _count(readings: Sequence[Reading]) -> str:
    return "one other machine tells" if len(readings) == 1 else f"{len(readings)} other machines tell"
