"""What is done after Slack has its answer: work in, so much of it at once that the rest of the bot goes on.

Slack waits three seconds and a diagnosis may take thirty: whoever listens acknowledges, and leaves the work here.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager


_AT_ONCE = 32
_WAITING = 2_000
_STANDS_BACK = 0.5
# What comes at once is read in several portions: so long after the last one no further one is on its way.
_HUSH = 0.01

Work = Callable[[], Awaitable[None]]


class Traffic:
    """What Slack waits for: while there is any, work that nobody counts in milliseconds stands back, for a moment."""

    def __init__(self) -> None:
        self._waiting = 0
        self._last = 0.0
        self._clear = asyncio.Event()
        self._clear.set()

    @contextmanager
    def passing(self) -> Iterator[None]:
        """One more thing to be acknowledged, until the block ends."""
        self._waiting += 1
        self._clear.clear()
        try:
            yield
        finally:
            self._waiting -= 1
            self._last = time.monotonic()
            if not self._waiting:
                self._clear.set()

    async def calm(self, most: float | None = None) -> None:
        """Wait until nothing waits and nothing more comes, and not for long, or for so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STANDS_BACK if most is None else most):
                while self._waiting or time.monotonic() - self._last < _HUSH:
                    await self._clear.wait()
                    await asyncio.sleep(max(0.0, self._last + _HUSH - time.monotonic()))


class Crew:
    """Runs work beside whoever hands it over; nothing escapes from it.

    Args:
        failed: told of what no work should let out.
        traffic: what goes before it.
        at_once: so much at a time.
        waiting: so much may wait; more is refused.
    """

    def __init__(
        self,
        failed: Callable[[BaseException], None],
        traffic: Traffic,
        at_once: int = _AT_ONCE,
        waiting: int = _WAITING,
    ) -> None:
        self._failed = failed
        self._traffic = traffic
        self._at_once = at_once
        self._most = at_once + waiting
        # What waits is a call and no task: there may be much of it while somebody counts in milliseconds.
        self._waiting: deque[Work] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = False

    @property
    def unfinished(self) -> int:
        """How much runs or waits."""
        return len(self._tasks) + len(self._waiting)

    def start(self, work: Work) -> bool:
        """Have it done; False when there is too much already."""
        if self._stopped or self.unfinished >= self._most:
            return False
        self._waiting.append(work)
        self._go_on()
        return True

    async def stop(self, grace: float) -> int:
        """Take nothing new, give what there is so many seconds, and end what is left; returns how much that was."""
        self._stopped = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace):
                while self._tasks:
                    await asyncio.wait(set(self._tasks))
        left = self.unfinished
        self._waiting.clear()
        late = set(self._tasks)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return left

    def _go_on(self) -> None:
        if self._waiting and len(self._tasks) < self._at_once:
            task = asyncio.create_task(self._run(self._waiting.popleft()))
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._go_on()

    async def _run(self, work: Work) -> None:
        try:
            await self._traffic.calm()
            await work()
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not end the bot
            self._failed(error)
