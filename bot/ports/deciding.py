"""What the core asks of a memory about changes: proposals, the record of everything about them, and what is told of them.

All that belongs together is stored at once or not at all.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.facts.audit import Entry, Record
from bot.facts.proposal import Proposal
from bot.ports.keeping import Address, Letter


class Ledger(Protocol):
    """Keeps proposals and the record. Every method raises ``StoreError`` where the store cannot be used."""

    async def save(
        self, proposal: Proposal, entries: Sequence[Entry], letters: Sequence[Letter] = ()
    ) -> Proposal:
        """Store a proposal as it was loaded but for what changed (a new one has version 0), with what is recorded and told of it.

        Returns:
            It, with its new version.

        Raises:
            Overtaken: somebody stored it meanwhile; load and decide again.
        """
        ...

    async def proposal(self, name: str) -> Proposal | None:
        """The proposal of that id."""
        ...

    async def unfinished(self) -> tuple[Proposal, ...]:
        """All that are not over, the oldest first."""
        ...

    async def since(self, moment: datetime, cluster: str = "") -> tuple[Proposal, ...]:
        """Those made since then, of one cluster or of all, the newest first."""
        ...

    async def shown_at(self, proposal: Proposal) -> Address | None:
        """Where its message stands; None while it was not delivered."""
        ...

    async def note(self, entries: Sequence[Entry]) -> None:
        """Record what belongs to no proposal that changes: a refusal."""
        ...

    async def records(self, after: int = 0, most: int = 1000) -> tuple[Record, ...]:
        """The record from after that number on, in order."""
        ...

    async def last(self) -> Record | None:
        """The newest record; None where there is none."""
        ...

    async def forget(self, before: datetime) -> None:
        """Drop proposals that were over before then and told to the end. The record stays."""
        ...
