"""When to look at a cluster that is listened to: signals in, errands at the right moments out.

A look follows the first sign within a moment, and however many signs come meanwhile, one more follows it: as late as the
last one took, so that a storm costs half of one replica at most. Such a look shows what begins. It ends nothing
unless somebody was mended, and not while others may be on their way in the stead of those that went: pods that are
replaced are no failures that healed.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.ports.watching import Sign, Signal


# What is named beyond that many the look's own lists have to find.
_MOST_NAMED = 200


@dataclass(frozen=True, slots=True)
class Tempo:
    """How soon things are done, in seconds.

    Attributes:
        debounce: from the first sign to the look, for those that come together.
        settle: from the last pod that went until what is not seen is believed to be gone. Another one is scheduled, and
            refused its image, within that time.
        rest: from the end of a look to the next at least.
        share: how often what the last look took is rested.
    """

    debounce: float = 0.25
    settle: float = 15.0
    rest: float = 1.0
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Errand:
    """What one look is for.

    Attributes:
        named: pods to look at, however healthy they seem, by namespace and name.
        ends: what it does not see is over.
    """

    named: tuple[tuple[str, str], ...] = ()
    ends: bool = False


class Agenda:
    """What is still to be looked at. Times are seconds of one clock that only grows."""

    def __init__(self, tempo: Tempo) -> None:
        self._tempo = tempo
        self._named: dict[tuple[str, str], None] = {}
        self._begins: float | None = None
        self._ends: float | None = None
        self._settled = 0.0
        self._free = 0.0

    def note(self, signal: Signal, now: float) -> None:
        """Something was heard."""
        soon = now + self._tempo.debounce
        if signal.sign in (Sign.FAILS, Sign.LOST):
            self._begins = soon if self._begins is None else self._begins
            if signal.pod and len(self._named) < _MOST_NAMED:
                self._named[signal.namespace, signal.pod] = None
            return
        if signal.sign is Sign.GONE:
            self._settled = now + self._tempo.settle
        self._ends = soon if self._ends is None else self._ends

    def due(self) -> float | None:
        """When to look; None while there is nothing to look at."""
        ends = None if self._ends is None else max(self._ends, self._settled)
        moments = [each for each in (self._begins, ends) if each is not None]
        return max(min(moments), self._free) if moments else None

    def begin(self, now: float) -> Errand:
        """Take everything that a look at this moment is good for."""
        ends = self._ends is not None and now >= max(self._ends, self._settled)
        errand = Errand(tuple(self._named), ends)
        self._named.clear()
        self._begins = None
        if ends:
            self._ends = None
        return errand

    def done(self, began: float, now: float) -> None:
        """A look came to an end, well or not."""
        self._free = now + max(self._tempo.rest, self._tempo.share * (now - began))


class Attention:
    """Looks at one cluster when there is a reason to.

    Args:
        look: looks; what goes wrong it tells itself.
        ticks: seconds that only grow.
        tempo: how soon.
    """

    def __init__(
        self, look: Callable[[Errand], Awaitable[object]], ticks: Callable[[], float], tempo: Tempo
    ) -> None:
        self._look, self._ticks = look, ticks
        self._agenda = Agenda(tempo)
        self._woken = asyncio.Event()

    def heard(self, signal: Signal) -> None:
        """Something was heard; this takes no time."""
        self._agenda.note(signal, self._ticks())
        self._woken.set()

    async def run(self) -> None:
        """Look whenever it is due, until cancelled; never two at once."""
        while True:
            self._woken.clear()
            due = self._agenda.due()
            now = self._ticks()
            if due is None or due > now:
                await self._wait(None if due is None else due - now)
                continue
            errand = self._agenda.begin(now)
            try:
                await self._look(errand)
            finally:
                self._agenda.done(now, self._ticks())

    async def _wait(self, seconds: float | None) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return
