"""Who rests after what went wrong: a channel and a Refusal in, when to come again and what is red out.

Channels do not wait for one another; only the token is everybody's.
"""

import logging
import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.slack.pacing import Times
from bot.slack.refusals import Fate, Refusal, advice


_LOG = logging.getLogger(__name__)
EVERYWHERE: Final = ""
# Seconds after the first failure and at most; in between they double. What Slack was told before its answer was lost
# has arrived by then.
_BACKOFF = {
    Fate.AWAY: (2.0, 180.0),
    Fate.UNSURE: (10.0, 180.0),
    Fate.CLOSED: (60.0, 300.0),
    Fate.BARRED: (30.0, 300.0),
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why nothing goes to a channel.

    Attributes:
        channel: as the routes name it; empty for all of them.
        name: Slack's word for it, or ours.
        advice: what a person can do.
        since: when it began.
    """

    channel: str
    name: str
    advice: str
    since: datetime


@dataclass
class _Rest:
    trouble: Trouble
    times: int
    end: float


class Rests:
    """All that rest.

    Args:
        times: where time comes from.
        jitter: between 0 and 1, so that many do not come again at once.
    """

    def __init__(self, times: Times, jitter: Callable[[], float] = random.random) -> None:
        self._times, self._jitter = times, jitter
        self._rests: dict[str, _Rest] = {}

    def failed(self, channel: str, refusal: Refusal) -> float:
        """Note that a letter to the channel failed: how many seconds it is to wait.

        A limit of one method is no failure: other letters go on.
        """
        if refusal.fate is Fate.LIMITED:
            return refusal.seconds + self._jitter()
        who = EVERYWHERE if refusal.fate is Fate.BARRED else channel
        before = self._rests.get(who)
        if before is None or before.trouble.name != refusal.name:
            _LOG.warning("%s: %s; %s", who or "every channel", refusal.name, advice(refusal.name))
        times = before.times + 1 if before else 0
        first, most = _BACKOFF.get(refusal.fate, _BACKOFF[Fate.CLOSED])
        backoff = min(math.ldexp(first, min(times, 20)), most) * (0.75 + self._jitter() / 2)
        seconds = max(backoff, refusal.seconds)
        since = before.trouble.since if before else self._times.now()
        trouble = Trouble(who, refusal.name, advice(refusal.name), since)
        self._rests[who] = _Rest(trouble, times, self._times.ticks() + seconds)
        return seconds

    def went(self, channel: str) -> None:
        """Note that a letter arrived there."""
        for each in (channel, EVERYWHERE):
            if self._rests.pop(each, None):
                _LOG.warning("%s: it goes on", each or "every channel")

    def resting(self) -> frozenset[str]:
        """Channels to which nothing is to be sent now."""
        now = self._times.ticks()
        return frozenset(channel for channel, rest in self._rests.items() if rest.end > now)

    def next_end(self) -> float:
        """The tick at which the next of them is done; infinite where none rests."""
        now = self._times.ticks()
        return min((rest.end for rest in self._rests.values() if rest.end > now), default=float("inf"))

    def troubles(self) -> tuple[Trouble, ...]:
        """What is red, by channel."""
        return tuple(rest.trouble for _, rest in sorted(self._rests.items()))
