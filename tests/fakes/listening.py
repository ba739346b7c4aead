"""A watch that hears what a test says: signals in, the same out, and what it was told of looks."""

import asyncio
from collections.abc import Callable, Collection

from bot.ports.watching import Hearing, Signal


class FakeWatch:
    """Implements ``PodWatch``.

    Attributes:
        settled: what looks said, in turn.
        running: whether anybody listens.
        fault: raised instead of listening, once.
    """

    def __init__(self) -> None:
        self.settled: list[Collection[tuple[str, str]]] = []
        self.running = False
        self.fault: Exception | None = None
        self._heard: Callable[[Signal], object] = lambda _: None

    def say(self, signal: Signal) -> None:
        """Let it hear something."""
        self._heard(signal)

    async def run(self, heard: Callable[[Signal], object]) -> None:
        """Listen until cancelled."""
        if self.fault is not None:
            fault, self.fault = self.fault, None
            raise fault
        self._heard, self.running = heard, True
        try:
            await asyncio.Event().wait()
        finally:
            self.running = False

    def settle(self, failing: Collection[tuple[str, str]]) -> None:
        """Take what a look found."""
        self.settled.append(failing)

    @property
    def hearing(self) -> Hearing:
        """How it stands."""
        return Hearing(self.running)
