"""Whether something was seen before: keys in, the first time out. Slack sends again what it thinks was not heard.

The memory is bounded in number and in time; what two replicas are sent at once, the store that they share tells apart.
"""

import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from bot.errors import BotError


_LOG = logging.getLogger("imagepull.slack")
_MOST = 20_000
# Slack tries an event again within the hour: https://docs.slack.dev/apis/events-api/#retries
_SECONDS = 4_000.0


First = Callable[[str], Awaitable[bool]]


class Once:
    """Remembers keys for a while.

    Args:
        now: seconds that only grow.
        seconds: how long.
        most: how many.
        shared: says of a key whether no replica asked about it before; None where there is but this one.
    """

    def __init__(
        self,
        now: Callable[[], float],
        seconds: float = _SECONDS,
        most: int = _MOST,
        shared: First | None = None,
    ) -> None:
        self._now = now
        self._shared = shared
        self._seconds = seconds
        self._most = most
        self._seen: OrderedDict[str, float] = OrderedDict()

    def first(self, key: str) -> bool:
        """Whether this is the first time; always for a key that says nothing."""
        if not key:
            return True
        now = self._now()
        self._forget(now)
        if key in self._seen:
            return False
        self._seen[key] = now
        return True

    async def anywhere(self, key: str) -> bool:
        """Whether no other replica came first; who cannot ask rather answers twice than not at all."""
        if self._shared is None or not key:
            return True
        try:
            return await self._shared(key)
        except BotError as error:
            _LOG.warning("nobody knows whether another replica answers: %s", error.message)
            return True

    def _forget(self, now: float) -> None:
        while self._seen:
            oldest = next(iter(self._seen.values()))
            if now - oldest <= self._seconds and len(self._seen) < self._most:
                return
            self._seen.popitem(last=False)
