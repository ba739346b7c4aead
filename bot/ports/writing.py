"""The dangerous port, alone: changes a cluster. Only what carries out an approved plan imports it."""

from typing import Protocol

from bot.facts.change import ObjectKey, Write
from bot.facts.statement import Word
from bot.ports.rehearsing import Accepted, Declined, Live


class Change(Protocol):
    """Changes objects, each only as it was read a moment before."""

    async def read(self, key: ObjectKey) -> Live | Declined | None:
        """The object now; None when it is not there."""
        ...

    async def words(self, job: Live) -> tuple[Word, ...] | Declined:
        """What the pods of a Job that asks a node have said; empty while it has none."""
        ...

    async def change(self, write: Write, live: Live | None, plan: str) -> Accepted | Declined:
        """Carry it out, once: nothing in here repeats a request.

        Args:
            write: what is done.
            live: the object as it was read: the server refuses when it has another uid or version by now. None for what is yet
                to be made.
            plan: id of the plan, which goes into the object with the change.
        """
        ...
