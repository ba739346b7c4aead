"""Much of the same work, done so that everything else goes on: a question and whom to ask it about in, the answers out.

Whoever waits for somebody leaves room for others; and whoever need not wait for anybody is not many at once, because
between two turns of the event loop nobody else is heard.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar


A = TypeVar("A")
T = TypeVar("T")

# Enough to keep every connection to the API server and to registries busy.
_AT_ONCE = 256


async def flow(
    ask: Callable[[A], Awaitable[T]],
    about: Sequence[A],
    at_a_time: int,
    between: Callable[[], Awaitable[None]],
    at_once: int = _AT_ONCE,
) -> list[T]:
    """What is answered about each, in the order given.

    Args:
        ask: may wait for others.
        about: any number: what has not begun costs nothing yet.
        at_a_time: how many begin before others have their turn.
        between: lets others have theirs.
        at_once: how many may wait.

    Raises:
        Exception: the first that was raised; the rest is given up.
    """
    answers: dict[int, T] = {}
    free = asyncio.Semaphore(at_once)

    async def one(number: int) -> None:
        """Ask about one, and let the next one begin."""
        try:
            answers[number] = await ask(about[number])
        finally:
            free.release()

    running: set[asyncio.Task[None]] = set()
    wrong: list[asyncio.Task[None]] = []

    def done(task: asyncio.Task[None]) -> None:
        """Keep what went wrong."""
        running.discard(task)
        if not task.cancelled() and task.exception():
            wrong.append(task)

    try:
        for number in range(len(about)):
            await free.acquire()
            if wrong:
                break
            task = asyncio.create_task(one(number))
            running.add(task)
            task.add_done_callback(done)
            if number % at_a_time == at_a_time - 1:
                await between()
        while running and not wrong:
            await asyncio.wait(running, return_when=asyncio.FIRST_EXCEPTION)
            await asyncio.sleep(0)  # for those that ended to be counted
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    for task in wrong:
        task.result()
    return [answers[number] for number in range(len(about))]
