"""The world's clock: it can be pushed on while a world is made, and then keeps step with the one on the wall."""

from collections.abc import Callable
from datetime import datetime, timedelta


class Clock:
    """A clock.

    Args:
        wall: the one on the wall.
        behind: by how much the world begins in the past; it stands until it is let go.
    """

    def __init__(self, wall: Callable[[], datetime], behind: timedelta = timedelta(0)) -> None:
        self._wall = wall
        self._stands: datetime | None = (wall() - behind).replace(microsecond=0)

    def __call__(self) -> datetime:
        """What time it is."""
        return self._wall() if self._stands is None else self._stands

    def push(self, seconds: float) -> None:
        """Move on, while it stands."""
        assert self._stands is not None
        self._stands += timedelta(seconds=seconds)

    def let_go(self) -> None:
        """From now on it is the clock on the wall."""
        self._stands = None
