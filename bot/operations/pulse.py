"""How long the loop keeps everybody waiting: a sleep that should be short in, by how much it was longer out.

Slack gives three seconds for an answer, so this is the first sign of a replica that has too much to do.
"""

from collections.abc import Awaitable, Callable
from typing import Final


EVERY: Final = 0.5


async def beat(
    note: Callable[[float], object],
    ticks: Callable[[], float],
    sleep: Callable[[float], Awaitable[object]],
) -> None:
    """Measure until cancelled.

    Args:
        note: is told by how many seconds each sleep was too long.
        ticks: seconds that only grow.
        sleep: sleeps for so many seconds, or longer.
    """
    while True:
        before = ticks()
        await sleep(EVERY)
        note(max(ticks() - before - EVERY, 0.0))
