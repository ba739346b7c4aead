"""How fast Slack may be asked: a method and a channel in, when it is their turn out.

https://docs.slack.dev/apis/web-api/rate-limits: one message a second in a channel, and tiers for everything else.
What one channel must wait for, no other does.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from bot.slack.refusals import Fate, Refusal


# Method -> what is counted together, and seconds between two of them in one channel.
_POSTING = ("posting", 1.05)
_PACES = {
    "chat.postMessage": _POSTING,
    "files.completeUploadExternal": _POSTING,
    "chat.update": ("chat.update", 1.2),  # tier 3, 50 a minute
}


@dataclass(frozen=True, slots=True)
class Times:
    """Where time comes from.

    Attributes:
        now: the wall's; may go back.
        ticks: seconds that only go on.
        sleep: for so many of them.
    """

    now: Callable[[], datetime]
    ticks: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]


class Pacing:
    """Every method's turn in every channel."""

    def __init__(self, times: Times) -> None:
        self._times = times
        self._next: dict[tuple[str, str], float] = {}
        self._paused: dict[tuple[str, str], float] = {}

    async def turn(self, method: str, channel: str) -> None:
        """Wait until it is our turn.

        Raises:
            Refusal: Slack wants us to wait for longer than a turn.
        """
        left = self._paused.get((method, channel), 0.0) - self._times.ticks()
        if left > 0:
            raise Refusal(Fate.LIMITED, "ratelimited", left)
        self._paused.pop((method, channel), None)
        if method not in _PACES:
            return
        counted, seconds = _PACES[method]
        wait = self._next.get((counted, channel), 0.0) - self._times.ticks()
        if wait > 0:
            await self._times.sleep(wait)
        self._next[counted, channel] = self._times.ticks() + seconds

    def pause(self, method: str, channel: str, seconds: float) -> None:
        """Take no turn for so long."""
        self._paused[method, channel] = self._times.ticks() + seconds
