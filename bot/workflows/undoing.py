"""The way back: a plan that changed something in, the plan that undoes it, to be approved like any other, out."""

from collections.abc import Callable
from dataclasses import replace

from bot.errors import Overtaken
from bot.facts.audit import Event
from bot.facts.change import Plan
from bot.facts.people import Asker
from bot.facts.proposal import Proposal, Stage
from bot.ports.answering import Nothing
from bot.ports.repairing import Proposed, Words
from bot.remediation import planning
from bot.remediation.drafting import Unfit
from bot.remediation.policy import Ruling
from bot.workflows import fixing, limiting
from bot.workflows.fixing import Terms, Tools
from bot.workflows.reach import Reach


class Undoing:
    """Takes wishes to undo.

    Args:
        reach: the clusters as people may see them.
        terms: what the settings say about changes now.
        tools: what it works with.
    """

    def __init__(self, reach: Reach, terms: Callable[[], Terms], tools: Tools) -> None:
        self._reach, self._terms, self._tools = reach, terms, tools

    async def request(self, asker: Asker, name: str) -> Proposed | Words | Nothing:
        """Plan the way back of a plan, and show it where that was shown.

        Raises:
            StoreError: it cannot be stored.
        """
        done = await self._tools.ledger.proposal(name)
        if done is None or not fixing.is_shown(self._reach, self._reach.view(asker), done):
            return await self._unseen(asker, name, done)
        if not done.stage.is_over or not done.done:
            return Nothing(f"there is nothing to undo: {_nothing_done(done)}")
        if (asked := await self._asked_for(done)) is not None:
            return Proposed(asked)
        plan = done.plan
        ruling = self._terms().policy.may_request(asker, plan, self._tools.clock())
        if not ruling.allowed:
            return await fixing.refused(self._tools, asker, ruling, done)
        made = await self._reach.answered(plan.cluster, self._planned(done))
        if isinstance(made, Unfit):
            told = {"why": made.why, "undoes": plan.id}
            await self._tools.ledger.note([fixing.entry(self._tools, Event.REFUSED, asker, done, told)])
            return Words(plan.action, made.why, made.change, made.commands)
        return await self._propose(asker, done, made) if isinstance(made, Plan) else made

    async def _unseen(self, asker: Asker, name: str, done: Proposal | None) -> Nothing:
        if done is None:
            return await fixing.unknown(self._tools, asker, name)
        ruling = Ruling(False, why="they may not see it", hidden=True)
        return await fixing.refused(self._tools, asker, ruling, done)

    async def _asked_for(self, done: Proposal) -> Proposal | None:
        """The way back that was asked for before and may still be gone."""
        asked = await self._tools.ledger.proposal(done.way_back) if done.way_back else None
        if asked is None or (asked.stage.is_over and not asked.done):
            return None
        return None if fixing.is_expired(asked, self._tools.clock()) else asked

    async def _planned(self, done: Proposal) -> Plan | Unfit:
        plan, tools = done.plan, self._tools
        rule = self._terms().policy.rule(plan)
        if rule is None:
            return Unfit("no rule of `approvals` in the settings allows it")
        async with tools.rehearse(plan.cluster) as rehearse:
            return await planning.way_back(
                plan, done.done, rehearse, name=tools.new_id(), now=tools.clock(), expires=rule.expires
            )

    async def _propose(self, asker: Asker, done: Proposal, plan: Plan) -> Proposed | Nothing:
        ruling = self._terms().policy.may_request(asker, plan, self._tools.clock())
        if not ruling.allowed:
            return await fixing.refused(self._tools, asker, ruling, done)
        now = self._tools.clock()
        if why := await limiting.too_many(self._tools.ledger, plan.cluster, asker.person.key, now):
            return await fixing.refused(self._tools, asker, Ruling(False, ruling.rule, why), done)
        try:
            # First, so that of two who ask at once one gets it.
            await self._tools.ledger.save(replace(done, way_back=plan.id), ())
        except Overtaken:
            return Nothing("somebody else asks for its way back just now", "look at its thread", failed=True)
        return await fixing.proposed(self._tools, self._terms(), asker, plan, (done.channel, done.incident))


def _nothing_done(done: Proposal) -> str:
    if not done.stage.is_over:
        return "it is not over yet"
    return "nobody knows what it changed" if done.stage is Stage.UNKNOWN else "it changed nothing"
