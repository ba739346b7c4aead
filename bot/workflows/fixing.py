"""What asking for changes and deciding about them have in common: the operator's terms, the tools, and how it is told."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.facts.audit import Entry, Event
from bot.facts.change import Plan
from bot.facts.document import Document
from bot.facts.people import Asker, View
from bot.facts.proposal import Proposal, Stage
from bot.facts.text import shown
from bot.facts.verdict import Report
from bot.incidents.routing import Routing
from bot.ports.answering import Nothing
from bot.ports.deciding import Ledger
from bot.ports.keeping import Keeper, Kind, Letter
from bot.ports.repairing import Proposed
from bot.ports.telling import Cards
from bot.remediation import holding, policy
from bot.remediation.drafting import Rehearsals
from bot.remediation.policy import Policy, Ruling
from bot.workflows.reach import Reach


# These end what nobody approved: the card says so, and nobody in the thread waits for it.
_QUIET = frozenset({Stage.EXPIRED, Stage.DECLINED})

Words = Callable[[Report, bool], Awaitable[tuple[Document, ...]]]


@dataclass(frozen=True, slots=True)
class Terms:
    """What the settings and the playbooks say about changes.

    Attributes:
        routing: which channel is told of which failing pods.
        title: a cause in a few words.
    """

    policy: Policy = field(default_factory=Policy)
    routing: Routing = field(default_factory=lambda: Routing(()))
    title: Callable[[str | None], str] = str


@dataclass(frozen=True, slots=True)
class Tools:
    """What changes are asked for and decided with, whatever the settings say.

    Attributes:
        ledger: keeps proposals and the record.
        keeper: keeps incidents.
        cards: spells what is told of proposals.
        words: a document for each diagnosis of a report.
        rehearse: opens a cluster to see objects whole, and to try.
        new_id: an id that nobody can guess, each time another one.
        clock: tells the time.
        stored: is called when there are letters to deliver.
        approved: is called when there is something to be carried out.
        pause: waits for so many seconds.
    """

    ledger: Ledger
    keeper: Keeper
    cards: Cards
    words: Words
    rehearse: Rehearsals
    new_id: Callable[[], str]
    clock: Callable[[], datetime]
    stored: Callable[[], object] = bool
    approved: Callable[[], object] = bool
    pause: Callable[[float], Awaitable[object]] = asyncio.sleep


def letters(cards: Cards, proposal: Proposal) -> Sequence[Letter]:
    """How a proposal stands, for its channel: the one message, and what came of it as a reply."""
    where = proposal.id, proposal.channel
    card = Letter(*where, Kind.MESSAGE, cards.card(proposal), proposal.incident)
    if not proposal.stage.is_over or (proposal.stage in _QUIET and not proposal.approvals):
        return (card,)
    return card, Letter(*where, Kind.REPLY, cards.result(proposal), proposal.incident)


async def proposed(
    tools: Tools, terms: Terms, asker: Asker, plan: Plan, where: tuple[str, str]
) -> Proposed | Nothing:
    """Store a plan that somebody asked for, with its card, if they may ask for it.

    Args:
        tools: what it takes.
        terms: what the settings say now.
        asker: who asked.
        plan: tried.
        where: the channel, and the incident under whose message it belongs; "" for none.

    Raises:
        StoreError: it cannot be stored.
    """
    ruling, person = terms.policy.may_request(asker, plan, tools.clock()), asker.person
    channel, incident = where
    proposal = Proposal(
        plan,
        Stage.WAITING,
        person.key,
        person.name,
        channel,
        digest=plan.digest,
        incident=incident,
        rule=ruling.recorded,
        approvers=terms.policy.approvers(plan),
        needed=ruling.rule.quorum if ruling.rule else 1,
        requester_counts=ruling.rule.requester_counts if ruling.rule else False,
        limits=ruling.rule.limits if ruling.rule else "",
    )
    if not ruling.allowed:
        return await refused(tools, asker, ruling, proposal)
    told = {
        "risk": plan.risk.value,
        "headline": plan.headline,
        "rule": ruling.recorded,
        "undoes": plan.undoes,
    }
    asked = entry(tools, Event.REQUESTED, asker, proposal, told)
    kept = await tools.ledger.save(proposal, [asked], letters(tools.cards, proposal))
    tools.stored()
    return Proposed(kept, new=True)


def is_shown(reach: Reach, view: View, proposal: Proposal) -> bool:
    """Whether somebody may see a proposal."""
    cluster, place = proposal.plan.cluster, policy.place(proposal.plan)
    if cluster not in reach.rules.places:
        return False
    return reach.shows(view, cluster, place) if place else view.shows_all(cluster)


def no_such_plan(name: str) -> Nothing:
    """The answer for what is not there and for what somebody may not see."""
    return Nothing(f"there is no plan {name[:40]!r}", "`history` shows those of the last days")


async def unknown(tools: Tools, asker: Asker, name: str) -> Nothing:
    """Record that somebody named a plan that is not there, and tell them so.

    Raises:
        StoreError: it cannot be recorded.
    """
    why = {"why": "there is no such plan", "named": shown(name, 64)}
    await tools.ledger.note([Entry(tools.clock(), Event.REFUSED, asker.person.key, details=why)])
    return no_such_plan(name)


async def refused(tools: Tools, asker: Asker, ruling: Ruling, proposal: Proposal) -> Nothing:
    """Record that somebody may not do something about a plan, and tell them as much as they may know.

    Raises:
        StoreError: it cannot be recorded.
    """
    told = {"why": ruling.why, "rule": ruling.recorded}
    await tools.ledger.note([entry(tools, Event.REFUSED, asker, proposal, told)])
    return no_such_plan(proposal.id) if ruling.hidden else Nothing(ruling.why)


def entry(tools: Tools, event: Event, asker: Asker, proposal: Proposal, details: Mapping[str, str]) -> Entry:
    """What somebody did about a plan, for the record."""
    told = {key: value for key, value in details.items() if value}
    action = {"action": proposal.plan.action, **told}
    return holding.entry(proposal, event, asker.person.key, tools.clock(), action)


def is_expired(proposal: Proposal, now: datetime) -> bool:
    """Whether a plan waits for approval that can come no more."""
    if proposal.stage is not Stage.WAITING:
        return False
    return proposal.plan.expires <= now or holding.is_ahead(proposal, now)


async def expire(tools: Tools, proposal: Proposal) -> None:
    """End a plan that nobody approved in time.

    Raises:
        Overtaken: somebody decided about it meanwhile.
        StoreError: it cannot be stored.
    """
    now = tools.clock()
    back = holding.is_ahead(proposal, now)
    # How many of those who were needed said yes, and until when, is told of every plan that expired.
    why = "the clock went back since it was asked for" if back else ""
    over = replace(proposal, stage=Stage.EXPIRED, outcome=why, ended=now)
    yes = {"yes": f"{len(over.approvals)} of {over.needed}"}
    ended = holding.entry(over, Event.EXPIRED, holding.OURSELVES, now, yes)
    await tools.ledger.save(over, [ended], letters(tools.cards, over))
