"""What the core asks of a memory about what is told regularly: each edition once, whoever makes it, whatever is killed when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.ports.keeping import Letter


@dataclass(frozen=True, slots=True)
class Edition:
    """Something that is told once.

    Attributes:
        name: the same for whoever makes it.
        channel: where it is told.
        made: when.
    """

    name: str
    channel: str
    made: datetime


class Editions(Protocol):
    """Keeps editions. Every method raises ``StoreError`` where the store cannot be used."""

    async def is_out(self, name: str) -> bool:
        """Whether an edition is published, by whomever."""
        ...

    async def publish(self, edition: Edition, letters: Sequence[Letter]) -> bool:
        """Store an edition with its letters, or nothing. False where somebody did so before: then nothing is stored.

        Args:
            edition: which one.
            letters: replies that stand by themselves, in the order in which they are to arrive.
        """
        ...

    async def forget(self, before: datetime) -> None:
        """Drop editions that were made before then and told to the end."""
        ...
