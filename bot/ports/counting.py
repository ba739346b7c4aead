"""What the core asks of a memory for whoever watches the bot: how many there are of what, and never which."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Trouble(StrEnum):
    """What sort of failure a call of Slack's ended with."""

    RATE_LIMITED = "rate_limited"
    CHANNEL = "channel"  # it is archived, or the bot is not in it
    TOKEN = "token"  # noqa: S105  # it is not taken
    SCOPE = "scope"
    GONE = "gone"  # the message that it was about
    REFUSED = "refused"  # Slack does not take what was said
    SERVER = "server"
    NETWORK = "network"
    OTHER = "other"


@dataclass(frozen=True, slots=True, order=True)
class Count:
    """How many there are of a kind.

    Attributes:
        kind: id of a cause, "" for none that is known; or of an action.
        stage: how far they have come.
    """

    kind: str
    stage: str
    number: int


@dataclass(frozen=True, slots=True)
class Tally:
    """What there is, in numbers.

    Attributes:
        incidents: that live, by cause and stage; each once, in however many clusters it is.
        plans: that are remembered, by action and stage.
    """

    incidents: tuple[Count, ...] = ()
    plans: tuple[Count, ...] = ()


class Census(Protocol):
    """Counts."""

    async def tally(self) -> Tally:
        """Everything there is by now, in the order of its kinds.

        Raises:
            StoreError: the store cannot be read.
        """
        ...
