"""How often a method may be called: a call in -> nothing, or 429 with the seconds to wait.

https://docs.slack.dev/apis/web-api/rate-limits: tiers count calls of a method in a workspace per minute, posting
counts messages per channel and second; both take a few more at once.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from bot.demo.workspace.refusals import Refused


# Tier -> calls a minute; 0 stands for "hundreds".
PER_MINUTE = {1: 10, 2: 20, 3: 50, 4: 100, 0: 600}
POSTING = -1
_BUCKETS = 10_000


@dataclass(slots=True)
class Limits:
    """What is allowed; may be changed at any time.

    Attributes:
        on: whether anything is limited at all.
        posts_per_second: messages in one channel.
        burst: messages that one channel takes at once.
        factor: of what the tiers allow.
    """

    on: bool = True
    posts_per_second: float = 1.0
    burst: int = 4
    factor: float = 1.0


class Rates:
    """The counters of everybody who calls."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.limits = Limits()
        self._clock = clock
        self._left: dict[tuple[str, str], tuple[float, float]] = {}

    def count(self, method: str, tier: int, channel: str) -> None:
        """Count a call.

        Args:
            method: its name.
            tier: of the method, or ``POSTING``.
            channel: where a message is posted.

        Raises:
            Refused: there were too many.
        """
        if not self.limits.on:
            return
        if tier == POSTING:
            self._take((method, channel), self.limits.burst, self.limits.posts_per_second)
            return
        most = PER_MINUTE[tier] * self.limits.factor
        self._take((method, ""), max(most, 1), most / 60)

    def _take(self, which: tuple[str, str], most: float, per_second: float) -> None:
        now = self._clock()
        left, since = self._left.pop(which, (float(most), now))
        left = min(float(most), left + (now - since) * per_second)
        self._left[which] = (left, now)
        if left < 1:
            wait = math.ceil((1 - left) / per_second)
            raise Refused("ratelimited", status=429, headers={"Retry-After": str(wait)})
        self._left[which] = (left - 1, now)
        while len(self._left) > _BUCKETS:
            self._left.pop(next(iter(self._left)))
