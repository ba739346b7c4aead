"""Who waits for news of the workspace: an event in -> everybody who may see it told, and whoever waits woken."""

import asyncio
from collections.abc import Container, Iterator
from contextlib import contextmanager, suppress

from bot.demo.workspace.refusals import Object


# A page that does not read so many events is let go; it connects anew and asks for the whole state.
_UNREAD = 1_000


class Hub:
    """The workspace's news."""

    def __init__(self) -> None:
        self._watchers: dict[asyncio.Queue[Object | None], str] = {}
        self._news = asyncio.Event()

    def publish(self, event: Object, users: Container[str] | None = None) -> None:
        """Tell everybody, or these users alone."""
        for queue, user in tuple(self._watchers.items()):
            if users is None or user in users:
                self._tell(queue, event)
        self.stir()

    def stir(self) -> None:
        """Wake whoever waits until something holds."""
        self._news.set()
        self._news = asyncio.Event()

    async def stirred(self, seconds: float) -> None:
        """Return at the next news, or after so long."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), seconds)

    @contextmanager
    def watching(self, user: str) -> Iterator[asyncio.Queue[Object | None]]:
        """What a user sees happen from now on; None when the reader was too slow."""
        queue: asyncio.Queue[Object | None] = asyncio.Queue(_UNREAD)
        self._watchers[queue] = user
        try:
            yield queue
        finally:
            self._watchers.pop(queue, None)

    def _tell(self, queue: asyncio.Queue[Object | None], event: Object) -> None:
        if not queue.full():
            queue.put_nowait(event)
            return
        self._watchers.pop(queue, None)
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(None)
