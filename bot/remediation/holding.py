"""A proposal in the hands of one replica: a stored one in, the same as this replica carries it on out.

Who holds it says so in the store, for as long as a lease; each step is stored with what is recorded and told of it. Who was
overtaken stops: somebody else goes on from what is stored.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from bot.errors import Overtaken
from bot.facts.audit import Entry, Event
from bot.facts.proposal import Proposal, Stage
from bot.ports.deciding import Ledger
from bot.ports.keeping import Letter


# Who does what nobody asked for by name.
OURSELVES: Final = "imagepull"
# Clocks of replicas differ by less, and a clock that went back by more cannot tell how old anything is.
_SKEW: Final = timedelta(minutes=5)

Tells = Callable[[Proposal], Sequence[Letter]]
Waits = Callable[[timedelta], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Means:
    """What holding a proposal takes.

    Attributes:
        ledger: stores it.
        tell: spells how a proposal stands now.
        clock: tells the time.
        wait: lets time pass.
        holder: a name for this replica that no other has.
        lease: how long nobody else takes a proposal over; longer than any single request may take.
    """

    ledger: Ledger
    tell: Tells
    clock: Callable[[], datetime]
    wait: Waits
    holder: str
    lease: timedelta = timedelta(minutes=2)


class Holding:
    """One proposal, held.

    Args:
        proposal: as it is stored.
        means: what it takes.

    Attributes:
        proposal: as it is stored by now.
    """

    def __init__(self, proposal: Proposal, means: Means) -> None:
        self.proposal, self._means = proposal, means

    async def store(self, entries: Sequence[Entry] = (), *, telling: bool = False, **changes: Any) -> None:
        """Store what has changed of it, and go on holding it.

        Args:
            entries: what is recorded.
            telling: whether people are told how it stands now.
            changes: fields of the proposal.

        Raises:
            Overtaken: somebody else holds it by now.
            StoreError: it cannot be stored, or nobody knows.
        """
        means = self._means
        changed = replace(
            self.proposal, **{"holder": means.holder, "held_until": means.clock() + means.lease, **changes}
        )
        letters = means.tell(changed) if telling else ()
        self.proposal = await means.ledger.save(changed, entries, letters)

    async def end(self, stage: Stage, outcome: str, entries: Sequence[Entry] = ()) -> Proposal:
        """Store how it ended, and tell it.

        Raises:
            StoreError: as :meth:`store` does.
        """
        changes = {"stage": stage, "outcome": outcome, "ended": self._means.clock()}
        await self.store(entries, telling=True, **changes, holder="", held_until=None, begun=False)
        return self.proposal

    async def keep(self) -> None:
        """Go on holding it while nothing changes; stored once half of the lease is over.

        Raises:
            StoreError: as :meth:`store` does.
        """
        until = self.proposal.held_until
        if until is None or until - self._means.clock() < self._means.lease / 2:
            await self.store()

    def entry(self, event: Event, details: Mapping[str, str]) -> Entry:
        """Something of it, for the record."""
        return entry(self.proposal, event, OURSELVES, self._means.clock(), details)


def entry(proposal: Proposal, event: Event, actor: str, at: datetime, details: Mapping[str, str]) -> Entry:
    """Something that happened to a proposal, for the record."""
    plan = proposal.plan
    return Entry(at, event, actor, plan.id, plan.digest, plan.cluster, plan.namespace, details)


def is_ahead(proposal: Proposal, now: datetime) -> bool:
    """Whether it was asked for or approved at a time that is yet to come: the clock went back, and would make it young again."""
    moments = (proposal.plan.made, *(each.at for each in proposal.approvals))
    return max(moments) - now > _SKEW


def is_free(proposal: Proposal, means: Means) -> bool:
    """Whether this replica may take it: nobody holds it, or not for longer than any lease can be."""
    if proposal.stage not in (Stage.APPROVED, Stage.RUNNING, Stage.WATCHING):
        return False
    if proposal.held_until is None or proposal.holder in ("", means.holder):
        return True
    left = proposal.held_until - means.clock()
    # More than a lease is left only where a clock went back.
    return left <= timedelta() or left > means.lease


async def take(proposal: Proposal, means: Means) -> Holding | None:
    """Hold a proposal from now on; None when somebody else was first.

    Raises:
        StoreError: it cannot be stored.
    """
    if not is_free(proposal, means):
        return None
    holding = Holding(proposal, means)
    begins = proposal.stage is Stage.APPROVED
    stage = Stage.RUNNING if begins else proposal.stage
    try:
        await holding.store(telling=begins, stage=stage)
    except Overtaken:
        return None
    return holding
