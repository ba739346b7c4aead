"""Time that goes faster than on the wall, for whoever waits: minutes of a test in, seconds out."""

import asyncio
import time
from datetime import UTC, datetime

from bot.slack.pacing import Times


class Hasty:
    """A clock; several processes that are given the same origin agree on it.

    Args:
        speed: its seconds in one of the wall's.
        origin: when the wall showed the same as this, in seconds since 1970.
    """

    def __init__(self, speed: float, origin: float | None = None) -> None:
        self.speed = speed
        self.origin = time.time() if origin is None else origin

    def seconds(self) -> float:
        """Since 1970."""
        return self.origin + (time.time() - self.origin) * self.speed

    def now(self) -> datetime:
        """The same as a moment."""
        return datetime.fromtimestamp(self.seconds(), UTC)

    async def sleep(self, seconds: float) -> None:
        """Sleep for so many of its seconds."""
        await asyncio.sleep(seconds / self.speed)

    @property
    def times(self) -> Times:
        """As the messenger wants it."""
        return Times(self.now, self.seconds, self.sleep)
