"""Whether something was seen before: keys in, the first time out. Slack sends again what it thinks was not heard.

The memory is bounded in number and in time; what two replicas are sent at once is for the store to tell apart.
"""

from collections import OrderedDict
from collections.abc import Callable


_MOST = 20_000
# Slack tries an event again within the hour: https://docs.slack.dev/apis/events-api/#retries
_SECONDS = 4_000.0


class Once:
    """Remembers keys for a while."""

    def __init__(self, now: Callable[[], float], seconds: float = _SECONDS, most: int = _MOST) -> None:
        self._now = now
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

    def _forget(self, now: float) -> None:
        while self._seen:
            oldest = next(iter(self._seen.values()))
            if now - oldest <= self._seconds and len(self._seen) < self._most:
                return
            self._seen.popitem(last=False)
