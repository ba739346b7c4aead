"""A ledger beside a memory in memory: what it keeps in, the same out, by the rules of ``bot.ports.deciding``.

It shares its :class:`~tests.fakes.store.Shelf` with the ``FakeStore`` whose outbox hands out its letters.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.errors import Overtaken
from bot.facts import audit
from bot.facts.audit import Entry, Record
from bot.facts.proposal import Proposal
from bot.facts.redaction import redact
from bot.ports.keeping import Address, Letter
from tests.fakes.store import Shelf, Underway, enclose


class ShelvedLedger:
    """One replica's ``Ledger``.

    Args:
        shelf: what is kept, for all replicas.
    """

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    async def save(
        self, proposal: Proposal, entries: Sequence[Entry], letters: Sequence[Letter] = ()
    ) -> Proposal:
        """Store a proposal, with what is recorded and told of it, or nothing."""
        shelf = self.shelf
        known = shelf.proposals.get(proposal.id)
        if proposal.version != (known.version if known else 0):
            raise Overtaken("somebody else stored it first")
        stored = replace(proposal, version=proposal.version + 1)
        after = Shelf(shelf.episodes, dict(shelf.messages), _copied(shelf.letters), numbers=shelf.numbers)
        after.proposals = {**shelf.proposals, proposal.id: stored}
        for letter in letters:
            enclose(after, letter)
        shelf.proposals, shelf.messages, shelf.letters = after.proposals, after.messages, after.letters
        shelf.numbers = after.numbers
        await self.note(entries)
        return stored

    async def proposal(self, name: str) -> Proposal | None:
        """The proposal of that id."""
        return self.shelf.proposals.get(name)

    async def unfinished(self) -> tuple[Proposal, ...]:
        """All that are not over, the oldest first."""
        found = [each for each in self.shelf.proposals.values() if not each.stage.is_over]
        return tuple(sorted(found, key=lambda each: (each.plan.made, each.id)))

    async def since(self, moment: datetime, cluster: str = "") -> tuple[Proposal, ...]:
        """Those made since then, of one cluster or of all, the newest first."""
        made = [each for each in self.shelf.proposals.values() if each.plan.made >= moment]
        found = [each for each in made if cluster in ("", each.plan.cluster)]
        by_name = sorted(found, key=lambda each: each.id)
        return tuple(sorted(by_name, key=lambda each: each.plan.made, reverse=True))

    async def shown_at(self, proposal: Proposal) -> Address | None:
        """Where its message stands; None while it was not delivered."""
        message = self.shelf.messages.get((proposal.id, proposal.channel))
        return message.address if message else None

    async def note(self, entries: Sequence[Entry]) -> None:
        """Record what belongs to no proposal that changes."""
        for each in entries:
            details = {key: redact(value) for key, value in each.details.items()}
            last = await self.last()
            number, previous = (last.number, last.digest) if last else (0, audit.BEGINNING)
            self.shelf.records.append(audit.sealed(number + 1, previous, replace(each, details=details)))

    async def records(self, after: int = 0, most: int = 1000) -> tuple[Record, ...]:
        """The record from after that number on, in order."""
        return tuple(each for each in self.shelf.records if each.number > after)[:most]

    async def last(self) -> Record | None:
        """The newest record; None where there is none."""
        return self.shelf.records[-1] if self.shelf.records else None

    async def forget(self, before: datetime) -> None:
        """Drop proposals that were over before then and told to the end. The record stays."""
        untold = {each.letter.incident for each in self.shelf.letters.values()}
        for each in list(self.shelf.proposals.values()):
            if each.stage.is_over and each.ended and each.ended < before and each.id not in untold:
                del self.shelf.proposals[each.id]
                kept = {key: one for key, one in self.shelf.messages.items() if key[0] != each.id}
                self.shelf.messages = kept


def _copied(letters: dict[int, Underway]) -> dict[int, Underway]:
    return {number: replace(each) for number, each in letters.items()}
