"""Answers that somebody may still share: messages in, a short name for a button out, and the messages again.

The button's value holds the name and what was asked. Where this memory has lost the answer (another replica, a
restart), it is asked again, with the rights of whoever clicks.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.slack.incoming import Caller
from bot.slack.message import Message


_MOST = 300
# As long as the address to answer at is good.
_SECONDS = 30 * 60.0
# https://docs.slack.dev/reference/block-kit/block-elements/button-element
LONGEST_VALUE = 2_000


@dataclass(slots=True)
class Kept:
    """An answer.

    Attributes:
        asker: id of who got it.
        messages: what was told, as it is posted.
        asked: the command, as one could type it.
        shared: it was, already.
    """

    asker: str
    messages: tuple[Message, ...]
    asked: str
    at: float
    shared: bool = field(default=False)


class Answers:
    """Keeps the latest answers for a while."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    def keep(self, caller: Caller, messages: tuple[Message, ...], asked: str) -> str:
        """The value of a button that shares them."""
        name = secrets.token_hex(8)
        self._kept[name] = Kept(caller.user, messages, asked, self._now())
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        value = f"{name} {asked}"
        return value if len(value) <= LONGEST_VALUE else name

    def of(self, value: str, caller: Caller) -> Kept | None:
        """What a button shares; None when it is not known any more, or was told to somebody else."""
        found = self._kept.get(value.partition(" ")[0])
        if found is None or found.asker != caller.user or self._now() - found.at > _SECONDS:
            return None
        return found
