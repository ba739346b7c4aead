"""Where changes are asked for: a wish in, a plan that those who may approve are shown, or why there is none, out.

What fails is diagnosed afresh, the change is tried without effect, and the one authoriser is asked about the plan that came
of it. The card goes where the routes send the failing pod, whoever asked where.
"""

import difflib
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from bot.facts.audit import Entry, Event
from bot.facts.cause import Disposition, Scope
from bot.facts.change import Plan
from bot.facts.people import Asker, View
from bot.facts.proposal import Stage
from bot.facts.text import shown
from bot.facts.verdict import Confidence, Diagnosis, Incident, Place, Report
from bot.incidents import routing
from bot.ports.answering import Nothing, Question, Several, Told
from bot.ports.reading import Scan
from bot.ports.repairing import Offer, Offers, Proposed, Wish, Words
from bot.remediation import planning
from bot.remediation.actions.table import ACTIONS
from bot.remediation.drafting import Action, Limits, Situation, Unfit
from bot.remediation.policy import Ruling
from bot.workflows import bounds, choosing, fixing, limiting, reach
from bot.workflows.choosing import Failing
from bot.workflows.fixing import Terms, Tools
from bot.workflows.reach import Reach
from bot.workflows.world import World


_LIKELY = "The cause is likely, and not proven."
_AT_WORK = (Stage.APPROVED, Stage.RUNNING)


@dataclass(frozen=True, slots=True)
class Ready:
    """A plan that was tried, and the failure that it is for."""

    plan: Plan
    failing: Failing


class Proposing:
    """Takes wishes.

    Args:
        reach: the clusters as people may see them.
        terms: what the settings say about changes now.
        tools: what it works with.
    """

    def __init__(self, reach: Reach, terms: Callable[[], Terms], tools: Tools) -> None:
        self._reach, self._terms, self._tools = reach, terms, tools

    async def offers(self, asker: Asker, question: Question) -> Offers | Several | Nothing:
        """What can be done about a pod or workload.

        Raises:
            StoreError: what is stored cannot be read.
        """
        view = self._reach.view(asker)
        meant = self._cluster(view, question)
        if not isinstance(meant, Question):
            return meant
        return await self._reach.answered(meant.cluster, self._offers(asker, view, meant))

    async def request(self, asker: Asker, wish: Wish) -> Proposed | Words | Several | Nothing:
        """Plan it, and show it to those who may approve it.

        Raises:
            StoreError: it cannot be stored.
        """
        action = ACTIONS.get(wish.action)
        if action is None:
            return _no_such_action(wish.action)
        view = self._reach.view(asker)
        question = await self._question(view, wish)
        if not isinstance(question, Question):
            return question
        ready = await self._reach.answered(question.cluster, self._ready(asker, view, question, action))
        if not isinstance(ready, Ready):
            return ready
        return await self._propose(asker, ready, wish.incident)

    async def _question(self, view: View, wish: Wish) -> Question | Several | Nothing:
        """The one thing that is meant, with its cluster."""
        if not wish.incident:
            return self._cluster(view, wish.question)
        episode = await self._tools.keeper.episode(wish.incident.strip().lower())
        found = choosing.of_incident(episode, wish.incident, view, self._reach)
        if isinstance(found, Nothing) or len(found) == 1:
            return found if isinstance(found, Nothing) else found[0]
        return choosing.which([(each.cluster, each.namespace, each.words[0]) for each in found])

    def _cluster(self, view: View, question: Question) -> Question | Several | Nothing:
        if not question.words:
            return Nothing("say what is to be fixed", "for example deploy/web, or a pod's name")
        found = self._reach.clusters(view, question.cluster)
        if isinstance(found, Nothing):
            return found
        holding = found if len(found) == 1 else self._reach.holding(view, found, question)
        if len(holding) == 1:
            return replace(question, cluster=holding[0])
        return reach.in_which(holding or found, question)

    async def _failing(
        self, view: View, question: Question, world: World, scan: Scan
    ) -> tuple[Report, tuple[Failing, ...]] | Several | Nothing:
        """The failing containers of what is meant, with the report that tells of them."""
        named = self._reach.named(view, question.cluster, question)
        if isinstance(named, Nothing):
            return named
        report = await self._reach.found(world, named, scan, view, question)
        if not isinstance(report, Report):
            return report
        found = await choosing.of_report(report, self._tools.words, question)
        return (report, found) if isinstance(found, tuple) else found

    async def _offers(self, asker: Asker, view: View, question: Question) -> Offers | Several | Nothing:
        async with self._reach.world(question.cluster, view) as (world, scan):
            found = await self._failing(view, question, world, scan)
        if not isinstance(found, tuple):
            return found
        report, failing = found
        offers: dict[str, Offer] = {}
        words: dict[str, Words] = {}
        for each in failing:
            for remedy in each.document.remedies:
                made = self._offered(asker, each, remedy.action, question.cluster)
                if isinstance(made, Offer):
                    offers.setdefault(remedy.action, made)
                else:
                    words.setdefault(remedy.action, made)
        rest = tuple(each for name, each in words.items() if name not in offers)
        told = Told(report, tuple(each.document for each in failing))
        return Offers(told, tuple(offers.values()), rest)

    def _offered(self, asker: Asker, failing: Failing, action: str, cluster: str) -> Offer | Words:
        workload = failing.diagnosis.workload
        remedy = failing.remedy(action)
        said = choosing.title(remedy) if remedy else action
        if remedy is None or remedy.disposition is not Disposition.NEEDS_APPROVAL or action not in ACTIONS:
            return Words(action, said, commands=failing.document.commands)
        if why := failing.unready(action):
            return Words(action, why, commands=failing.document.commands)
        ruling = self._terms().policy.may_ask(asker, action, cluster, workload.namespace)
        if not ruling.allowed:
            return Words(action, ruling.why)
        return Offer(action, said, Question((str(workload),), workload.namespace, cluster))

    async def _ready(
        self, asker: Asker, view: View, question: Question, action: Action
    ) -> Ready | Words | Several | Nothing:
        """The plan, tried."""
        async with self._reach.world(question.cluster, view) as (world, scan):
            found = await self._failing(view, question, world, scan)
            if not isinstance(found, tuple):
                return found
            chosen = _chosen(found[1], action.id)
            remedy = chosen.remedy(action.id)
            if remedy is not None and remedy.disposition is Disposition.SAFE:
                return await self._told(chosen, action, world, question.cluster)
            if remedy is not None and remedy.disposition is Disposition.NEEDS_APPROVAL:
                place = question.cluster, chosen.diagnosis.workload.namespace
                ruling = self._terms().policy.may_ask(asker, action.id, *place)
                if not ruling.allowed:
                    return await self._refused(asker, action.id, place, ruling)
            if why := chosen.unready(action.id):
                return Words(action.id, why, commands=chosen.document.commands)
            return await self._planned(asker, chosen, action, world, question.cluster)

    async def _planned(
        self, asker: Asker, chosen: Failing, action: Action, world: World, cluster: str
    ) -> Ready | Words | Nothing:
        namespace = chosen.diagnosis.workload.namespace
        async with self._situation(cluster, chosen, world) as situation:
            made = await self._within_rules(situation, action, namespace)
        if isinstance(made, Plan):
            if chosen.diagnosis.verdict.confidence is not Confidence.HIGH:
                made = replace(made, warnings=(_LIKELY, *made.warnings))
            return Ready(made, chosen)
        await self._note(asker, action.id, (cluster, namespace), {"why": made.why})
        return Words(action.id, made.why, made.change, made.commands)

    @asynccontextmanager
    async def _situation(self, cluster: str, chosen: Failing, world: World) -> AsyncIterator[Situation]:
        """The failure with all that may be asked about it; no limit is widened yet."""
        async with self._tools.rehearse(cluster) as rehearse:
            yield Situation(
                cluster,
                chosen.diagnosis,
                chosen.beside,
                world.reader,
                rehearse,
                world.prober,
                world.registries,
                Limits(mirrors=world.mirrors),
                self._tools.clock(),
            )

    async def _within_rules(self, situation: Situation, action: Action, namespace: str) -> Plan | Unfit:
        """The plan within the limits of the rule that decides about it; which one that is only the plan tells."""
        policy, unfit = self._terms().policy, Unfit("no rule of `approvals` in the settings allows it")
        for rule in policy.candidates(action.id, situation.cluster, namespace):
            limits = policy.limits(rule, situation.limits.mirrors)
            sources = [(each.namespace, each.name) for each in limits.copies]
            within = replace(situation, limits=limits, reader=bounds.lending(situation.reader, sources))
            name = self._tools.new_id()
            made = await planning.plan(within, action, name=name, expires=rule.expires)
            if isinstance(made, Unfit):
                unfit = made
            elif policy.rule(made) in (rule, None):
                return made
        return unfit

    async def _told(self, chosen: Failing, action: Action, world: World, cluster: str) -> Words:
        """What nobody needs to approve: words, as fresh as there are any."""
        remedy, commands = chosen.remedy(action.id), chosen.document.commands
        if cluster not in self._terms().policy.writers:
            return Words(action.id, choosing.title(remedy) if remedy else action.id, commands=commands)
        async with self._situation(cluster, chosen, world) as situation:
            made = await action.draft(situation)
        if isinstance(made, Unfit):
            return Words(action.id, made.why, made.change, made.commands or commands)
        return Words(action.id, made.headline, commands=commands)

    async def _propose(self, asker: Asker, ready: Ready, incident: str) -> Proposed | Nothing:
        """Show the plan, unless the same is shown already or something else is under way."""
        plan, tools = ready.plan, self._tools
        ruling = self._terms().policy.may_request(asker, plan, tools.clock())
        if ruling.hidden:
            # They see the namespace; it is the plan that goes beyond it.
            why = f"it changes what all of {plan.cluster} shares, and you may not ask about all of it"
            ruling = replace(ruling, why=why, hidden=False)
        if not ruling.allowed or ruling.rule is None:
            return await self._refused(asker, plan.action, (plan.cluster, plan.namespace), ruling)
        for each in await tools.ledger.unfinished():
            if _is_same(each.plan, plan) and not fixing.is_expired(each, tools.clock()):
                return Proposed(each)
            if each.stage in _AT_WORK and limiting.touches(each.plan, plan):
                return Nothing(f"another change of {plan.writes[0].key} is under way", "wait for its end")
        channel = _channel(self._terms().routing, plan.cluster, ready.failing.diagnosis)
        why = await limiting.too_many(tools.ledger, plan.cluster, asker.person.key, tools.clock())
        if not channel:
            why = "no route of the settings covers the failing pods, so nobody could approve it anywhere"
        if why:
            return await self._refused(
                asker, plan.action, (plan.cluster, plan.namespace), Ruling(False, why=why)
            )
        told = await self._incident(plan.cluster, ready.failing.diagnosis, channel, incident)
        return await fixing.proposed(tools, self._terms(), asker, plan, (channel, told))

    async def _incident(self, cluster: str, diagnosis: Diagnosis, channel: str, named: str) -> str:
        """The incident under whose message it belongs; "" where that channel was told of none."""
        keeper, workload = self._tools.keeper, diagnosis.workload
        name = workload.namespace, str(workload)
        found = [
            each
            for each in await keeper.episodes(cluster, self._tools.clock())
            if each.stage.is_live
            and (part := each.part(cluster))
            and any(one.name == name for one in part.members)
        ]
        found.sort(key=lambda each: (each.id != named, each.fingerprint.cause != diagnosis.verdict.cause))
        for each in found:
            if any(one.channel == channel for one in await keeper.messages(each.id)):
                return each.id
        return ""

    async def _refused(self, asker: Asker, action: str, place: tuple[str, str], ruling: Ruling) -> Nothing:
        await self._note(asker, action, place, {"why": ruling.why, "rule": ruling.recorded})
        if ruling.hidden:
            return Nothing(f"there is no namespace {place[1]!r} in {place[0]} that you may ask about")
        return Nothing(ruling.why)

    async def _note(self, asker: Asker, action: str, place: tuple[str, str], details: dict[str, str]) -> None:
        told = {"action": action, **{key: shown(value) for key, value in details.items() if value}}
        entry = Entry(
            self._tools.clock(),
            Event.REFUSED,
            asker.person.key,
            cluster=place[0],
            namespace=place[1],
            details=told,
        )
        await self._tools.ledger.note([entry])


def _is_same(one: Plan, other: Plan) -> bool:
    """Whether two plans are the same but for their ids."""
    return replace(one, id="").digest == replace(other, id="").digest


def _chosen(failing: Sequence[Failing], action: str) -> Failing:
    """The failing container that an action helps, the surest of them; else the surest of all."""
    ready = (each for each in failing if not each.unready(action))
    helped = (each for each in failing if each.remedy(action) is not None)
    return next(ready, None) or next(helped, None) or failing[0]


def _channel(routes: routing.Routing, cluster: str, diagnosis: Diagnosis) -> str:
    """Where the failing pod is told of; "" for nowhere."""
    verdict, workload = diagnosis.verdict, diagnosis.workload
    place = Place(Scope.WORKLOAD, workload.namespace, str(workload))
    incident = Incident(verdict.cause, place, verdict.confidence, (diagnosis,))
    coverages, _ = routing.covered(routes, cluster, [incident])
    return coverages[0].channel if coverages else ""


def _no_such_action(name: str) -> Nothing:
    there: Iterable[str] = sorted(ACTIONS)
    near = difflib.get_close_matches(name, there, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(there)}"
    return Nothing(f"there is no action {shown(name, 40)!r}", hint)
