"""Where plans are approved and declined: a click in, how the plan stands then, or why it does not count, out.

Who clicks is looked up afresh, and so is everybody who said yes before, when the last yes comes. A yes counts for the plan
that its message shows, in the channel where it shows it, and of two at once one is first.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.errors import Overtaken
from bot.facts.audit import Entry, Event
from bot.facts.people import Asker
from bot.facts.proposal import Approval, Proposal, Stage
from bot.facts.text import shown
from bot.ports.answering import Nothing
from bot.ports.keeping import Address
from bot.ports.repairing import Click, Proposed
from bot.remediation.policy import Ruling
from bot.workflows import fixing, limiting
from bot.workflows.fixing import Terms, Tools
from bot.workflows.reach import Reach


# Of those who decide at once one is first; the others decide again on what is stored by then.
_TRIES = 5
# Seconds. A message can be clicked the moment that it is posted, and that it was is stored a moment later.
_PAUSES = (0.1, 0.2, 0.4, 0.8, 1.5)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A plan that somebody may see, and who they are now."""

    proposal: Proposal
    asker: Asker


class Deciding:
    """Takes clicks.

    Args:
        reach: the clusters as people may see them.
        terms: what the settings say about changes now.
        tools: what it works with.
    """

    def __init__(self, reach: Reach, terms: Callable[[], Terms], tools: Tools) -> None:
        self._reach, self._terms, self._tools = reach, terms, tools

    async def approve(self, asker: Asker, name: str, click: Click) -> Proposed | Nothing:
        """Count a yes; with the last that it needs the plan is approved.

        Raises:
            BotError: it cannot be stored, or nobody can be looked up.
        """
        return await self._decided(asker, name, click, self._approve)

    async def decline(self, asker: Asker, name: str, click: Click) -> Proposed | Nothing:
        """Take a no.

        Raises:
            BotError: as :meth:`approve` does.
        """
        return await self._decided(asker, name, click, self._decline)

    async def _decided(
        self,
        asker: Asker,
        name: str,
        click: Click,
        decide: Callable[[_Seen, Click], Awaitable[Proposed | Nothing]],
    ) -> Proposed | Nothing:
        for _ in range(_TRIES):
            seen = await self._seen(asker, name, click)
            if isinstance(seen, Nothing):
                return seen
            try:
                return await decide(seen, click)
            except Overtaken:
                continue
        return Nothing("others decide about this plan just now", "look at it and try again", failed=True)

    async def _seen(self, asker: Asker, name: str, click: Click) -> _Seen | Nothing:
        """The plan and who clicks, where both are what they seem."""
        proposal = await self._tools.ledger.proposal(name)
        person = await click.recheck(asker.person.key)
        if proposal is None:
            return await fixing.unknown(self._tools, asker, name)
        if person is None or person.key != asker.person.key:
            why = "the workspace does not know you any more"
            return await fixing.refused(self._tools, asker, Ruling(False, why=why, hidden=True), proposal)
        fresh = replace(asker, person=person)
        if not fixing.is_shown(self._reach, self._reach.view(fresh), proposal):
            ruling = Ruling(False, why="they may not see it", hidden=True)
            return await fixing.refused(self._tools, fresh, ruling, proposal)
        return await self._not_itself(proposal, fresh, click) or _Seen(proposal, fresh)

    async def _not_itself(self, proposal: Proposal, asker: Asker, click: Click) -> Nothing | None:
        """Why it is not this plan that was clicked; None where it is, on its own message and as it was shown."""
        address = await self._shown_at(proposal)
        if address is None:
            why = "the message about this plan is still on its way"
            return Nothing(why, "press it again in a moment", failed=True)
        if address != click.address:
            ruling = Ruling(False, why="this is not the plan's own message: go to where it was shown first")
            return await fixing.refused(self._tools, asker, ruling, proposal)
        if proposal.digest != proposal.plan.digest:
            ruling = Ruling(False, why="the stored plan is not the one that was shown: ask for it again")
            return await fixing.refused(self._tools, asker, ruling, proposal)
        return None

    async def _shown_at(self, proposal: Proposal) -> Address | None:
        """Where the plan's message stands, once that is known; None where it is not known in time."""
        for pause in _PAUSES:
            if (address := await self._tools.ledger.shown_at(proposal)) is not None:
                return address
            await self._tools.pause(pause)
        return await self._tools.ledger.shown_at(proposal)

    async def _approve(self, seen: _Seen, click: Click) -> Proposed | Nothing:
        proposal, asker, now = seen.proposal, seen.asker, self._tools.clock()
        if asker.person.key in (each.person for each in proposal.approvals):
            return Proposed(proposal)
        if over := await self._over(proposal, now):
            return over
        ruling = self._terms().policy.may_approve(asker, proposal, now)
        if not ruling.allowed or ruling.rule is None:
            return await fixing.refused(self._tools, asker, ruling, proposal)
        yes = Approval(asker.person.key, asker.person.name, ruling.recorded, now)
        kept, people = await self._still(proposal, asker, click)
        counted = replace(
            proposal,
            approvals=(*kept, yes),
            rule=ruling.recorded,
            approvers=self._terms().policy.approvers(proposal.plan),
            needed=ruling.rule.quorum,
            requester_counts=ruling.rule.requester_counts,
        )
        if self._terms().policy.enough(counted, [*people, asker], now).allowed:
            if why := await limiting.too_much(self._tools.ledger, self._terms().policy, proposal, now):
                return await fixing.refused(self._tools, asker, Ruling(False, ruling.rule, why), proposal)
            counted = replace(counted, stage=Stage.APPROVED)
        return await self._stored(counted, self._approved(seen, counted, ruling))

    async def _decline(self, seen: _Seen, _: Click) -> Proposed | Nothing:
        proposal, asker, now = seen.proposal, seen.asker, self._tools.clock()
        if over := await self._over(proposal, now):
            return over
        ruling = self._terms().policy.may_decline(asker, proposal)
        if not ruling.allowed:
            return await fixing.refused(self._tools, asker, ruling, proposal)
        name = shown(asker.person.name or asker.person.id, 80)
        declined = replace(proposal, stage=Stage.DECLINED, outcome=f"{name} said no", ended=now)
        said = fixing.entry(self._tools, Event.DECLINED, asker, declined, {"rule": ruling.recorded})
        return await self._stored(declined, [said])

    async def _over(self, proposal: Proposal, now: datetime) -> Nothing | None:
        """Why nothing can be decided any more; None where it can."""
        if fixing.is_expired(proposal, now):
            await fixing.expire(self._tools, proposal)
            self._tools.stored()
            return Nothing("the plan has expired", "ask for a new one")
        if proposal.stage is Stage.WAITING:
            return None
        return Nothing(f"nothing is to be decided any more: the plan is {proposal.stage}")

    async def _still(
        self, proposal: Proposal, asker: Asker, click: Click
    ) -> tuple[Sequence[Approval], Sequence[Asker]]:
        """Those who said yes before and still may, as they are now."""
        kept, people = [], []
        for each in proposal.approvals:
            person = await click.recheck(each.person)
            if person is None or person.key != each.person:
                continue
            there = replace(asker, person=person)
            if self._terms().policy.may_approve(there, proposal, self._tools.clock()).allowed:
                kept.append(each)
                people.append(there)
        return kept, people

    def _approved(self, seen: _Seen, counted: Proposal, ruling: Ruling) -> list[Entry]:
        """What is recorded of a yes: those that count no more, and this one."""
        left = {each.person for each in seen.proposal.approvals} - {each.person for each in counted.approvals}
        details = {
            "rule": ruling.recorded,
            "yes": f"{len(counted.approvals)} of {counted.needed}",
            "no longer counted": ", ".join(sorted(left)),
        }
        return [fixing.entry(self._tools, Event.APPROVED, seen.asker, counted, details)]

    async def _stored(self, proposal: Proposal, entries: Sequence[Entry]) -> Proposed:
        letters = fixing.letters(self._tools.cards, proposal)
        kept = await self._tools.ledger.save(proposal, entries, letters)
        self._tools.stored()
        if kept.stage is Stage.APPROVED:
            self._tools.approved()
        return Proposed(kept, new=True)
