"""Who decides about plans, as small as it can be: the real rules and a real ledger, and nothing that is carried out.

For tests of what Slack makes of clicks: who clicked, where, and who they are at that moment.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.errors import Overtaken
from bot.facts import people
from bot.facts.audit import Entry, Event
from bot.facts.people import Asker
from bot.facts.proposal import Approval, Proposal, Stage
from bot.ports.answering import Nothing, Question, Several
from bot.ports.deciding import Ledger
from bot.ports.keeping import Kind, Letter
from bot.ports.repairing import Click, Offers, Proposed, Wish, Words
from bot.ports.telling import Cards
from bot.remediation.policy import Policy


NO_PLAN = Nothing("there is no such plan", "`history` lists those that you may see")


class Deciders:
    """Takes a yes or no; asks the real rules, and stores in a real ledger.

    Args:
        ledger: keeps.
        policy: rules.
        cards: spells.
        now: the time.
        stored: is called when there are letters.
    """

    def __init__(
        self,
        ledger: Ledger,
        policy: Policy,
        cards: Cards,
        now: Callable[[], datetime],
        stored: Callable[[], object],
    ) -> None:
        self._ledger, self._policy, self._cards = ledger, policy, cards
        self._now, self._stored = now, stored

    async def offers(self, asker: Asker, question: Question) -> Offers | Several | Nothing:
        """Nothing: these tests ask for none."""
        return Nothing(f"nothing can be done about {question}", asker.person.name)

    async def request(self, asker: Asker, wish: Wish) -> Proposed | Words | Several | Nothing:
        """Nothing: these tests ask for none."""
        return Nothing(f"nothing can be done about {wish}", asker.person.name)

    async def propose(self, proposal: Proposal) -> None:
        """Show a plan that somebody asked for."""
        await self._save(proposal, Event.REQUESTED, proposal.requester)

    async def approve(self, asker: Asker, name: str, click: Click) -> Proposed | Nothing:
        """Say yes to a plan."""
        while True:
            found = await self._found(asker, name, click)
            if isinstance(found, Nothing):
                return found
            person = asker.person
            ruling = self._policy.may_approve(asker, found, self._now())
            if not ruling.allowed:
                return await self._refused(asker, found, ruling.why, hidden=ruling.hidden)
            if any(each.person == person.key for each in found.approvals):
                return Proposed(found)
            yes = Approval(person.key, person.name, ruling.recorded, self._now())
            after = replace(found, approvals=(*found.approvals, yes))
            known = [await click.recheck(each.person) for each in after.approvals]
            askers = [Asker(each, asker.channel, asker.channel_name) for each in known if each]
            if self._policy.enough(after, askers, self._now()).allowed:
                after = replace(after, stage=Stage.APPROVED)
            try:
                return Proposed(await self._save(after, Event.APPROVED, person.key))
            except Overtaken:
                continue

    async def decline(self, asker: Asker, name: str, click: Click) -> Proposed | Nothing:
        """Say no to a plan."""
        found = await self._found(asker, name, click)
        if isinstance(found, Nothing):
            return found
        ruling = self._policy.may_decline(asker, found)
        if not ruling.allowed:
            return await self._refused(asker, found, ruling.why, hidden=ruling.hidden)
        after = replace(found, stage=Stage.DECLINED, ended=self._now())
        return Proposed(await self._save(after, Event.DECLINED, asker.person.key))

    async def changes(self, asker: Asker, cluster: str = "") -> tuple[Proposal, ...] | Nothing:
        """All that may be seen."""
        view = people.view(self._policy.ask, asker)
        known = await self._ledger.unfinished()
        here = [each for each in known if cluster in ("", each.plan.cluster)]
        return tuple(each for each in here if view.shows(each.plan.cluster, each.plan.namespace))

    async def _found(self, asker: Asker, name: str, click: Click) -> Proposal | Nothing:
        found = await self._ledger.proposal(name)
        if found is None or await self._ledger.shown_at(found) != click.address:
            return await self._refused(asker, found, "not on its own card", hidden=True)
        if found.stage is not Stage.WAITING:
            return Nothing("this plan does not wait for approval any more")
        if found.plan.expires <= self._now():
            await self._save(
                replace(found, stage=Stage.EXPIRED, ended=self._now()), Event.EXPIRED, "imagepull"
            )
            return Nothing("this plan has expired", "ask for a new one")
        return found

    async def _refused(self, asker: Asker, found: Proposal | None, why: str, *, hidden: bool) -> Nothing:
        plan = found.id if found else ""
        await self._ledger.note(
            [Entry(self._now(), Event.REFUSED, asker.person.key, plan, details={"why": why})]
        )
        return NO_PLAN if hidden else Nothing(why)

    async def _save(self, proposal: Proposal, event: Event, actor: str) -> Proposal:
        plan = proposal.plan
        entry = Entry(self._now(), event, actor, plan.id, plan.digest, plan.cluster, plan.namespace)
        letter = Letter(proposal.id, proposal.channel, Kind.MESSAGE, self._cards.card(proposal))
        stored = await self._ledger.save(proposal, [entry], [letter])
        self._stored()
        return stored
