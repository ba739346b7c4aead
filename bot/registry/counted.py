"""A wire that tells how questions ended: a question in -> its answer out, and a word to whoever counts."""

from collections.abc import Callable

from bot.registry.wire import Ask, Failed, Reply, Wire


Ended = Callable[[str, str], object]
"""Is told of the registry, and of how the question ended: as :func:`ending` spells it."""

_TOO_MANY_REQUESTS = 429


def ending(ended: Reply | Failed) -> str:
    """The class of its status, 429 by itself, or the fault; never anything that the other side chose."""
    if isinstance(ended, Failed):
        return ended.fault.value
    return "429" if ended.status == _TOO_MANY_REQUESTS else f"{ended.status // 100}xx"


class Counted:
    """Implements ``Wire``.

    Args:
        wire: puts the questions.
        told: is told of each.
    """

    def __init__(self, wire: Wire, told: Ended) -> None:
        self._wire, self._told = wire, told

    async def send(self, ask: Ask) -> Reply | Failed:
        """Put a question."""
        ended = await self._wire.send(ask)
        self._told(ask.registry, ending(ended))
        return ended
