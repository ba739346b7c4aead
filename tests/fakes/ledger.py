"""A ledger in memory: it refuses what was overtaken, and its record is the chain that the store's is."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.errors import Overtaken
from bot.facts.audit import BEGINNING, Entry, Event, Record, sealed
from bot.facts.proposal import Proposal
from bot.ports.keeping import Address, Kind, Letter


class MemoryLedger:
    """Implements ``Ledger``.

    Attributes:
        letters: all that were stored.
        chain: the record.
        addresses: plan's id -> where its message stands.
        before: called before anything is stored; may raise.
    """

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.chain: list[Record] = []
        self.addresses: dict[str, Address] = {}
        self.before: Callable[[], object] = bool
        self._kept: dict[str, Proposal] = {}

    @property
    def events(self) -> list[Event]:
        """What was recorded, in order."""
        return [each.entry.event for each in self.chain]

    async def save(
        self, proposal: Proposal, entries: Sequence[Entry], letters: Sequence[Letter] = ()
    ) -> Proposal:
        """Store all of it or nothing."""
        self.before()
        known = self._kept.get(proposal.id)
        if (known.version if known else 0) != proposal.version:
            raise Overtaken("somebody else stored it")
        stored = replace(proposal, version=proposal.version + 1)
        self._kept[proposal.id] = stored
        await self.note(entries)
        self.letters += letters
        for each in letters:
            if each.kind is Kind.MESSAGE:
                self.addresses.setdefault(each.incident, Address(f"id of {each.channel}", each.incident))
        return stored

    async def proposal(self, name: str) -> Proposal | None:
        """The proposal of that id."""
        return self._kept.get(name)

    async def unfinished(self) -> tuple[Proposal, ...]:
        """All that are not over."""
        return tuple(each for each in self._by_age() if not each.stage.is_over)

    async def since(self, moment: datetime, cluster: str = "") -> tuple[Proposal, ...]:
        """Those made since then, the newest first."""
        found = (each for each in self._by_age() if each.plan.made >= moment)
        return tuple(each for each in found if cluster in ("", each.plan.cluster))[::-1]

    async def shown_at(self, proposal: Proposal) -> Address | None:
        """Where its message stands."""
        return self.addresses.get(proposal.id)

    async def note(self, entries: Sequence[Entry]) -> None:
        """Record."""
        for each in entries:
            last = self.chain[-1] if self.chain else None
            self.chain.append(
                sealed(last.number + 1 if last else 1, last.digest if last else BEGINNING, each)
            )

    async def records(self, after: int = 0, most: int = 1000) -> tuple[Record, ...]:
        """The record from after that number on."""
        return tuple(self.chain[after : after + most])

    async def last(self) -> Record | None:
        """The newest record."""
        return self.chain[-1] if self.chain else None

    async def forget(self, before: datetime) -> None:
        """Drop what was over before then."""
        over = [each.id for each in self._by_age() if each.ended and each.ended < before]
        for name in over:
            del self._kept[name]

    def _by_age(self) -> list[Proposal]:
        return sorted(self._kept.values(), key=lambda each: (each.plan.made, each.id))
