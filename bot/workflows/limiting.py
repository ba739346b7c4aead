"""How much is asked for and changed at once: a plan and those before it in, why it has to wait out."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from bot.facts import times
from bot.facts.change import Plan
from bot.facts.proposal import Proposal, Stage
from bot.ports.deciding import Ledger
from bot.remediation.policy import Policy
from bot.workflows import fixing


_AT_WORK = frozenset({Stage.APPROVED, Stage.RUNNING})
_NEVER_BEGUN = frozenset({Stage.WAITING, Stage.DECLINED, Stage.EXPIRED})
# Long after its approval a plan may be begun: a replica was away.
_SLACK = timedelta(hours=1)
# More cards than anybody reads before saying yes: one person's, and those of a cluster.
_MOST_OF_ONE: Final = 10
_MOST_WAITING: Final = 100


async def too_much(ledger: Ledger, policy: Policy, proposal: Proposal, now: datetime) -> str:
    """Why a plan cannot be begun now, in words without a full stop; "" where it can.

    Raises:
        StoreError: what is stored cannot be read.
    """
    plan, rate = proposal.plan, policy.rate(proposal.plan.cluster)
    oldest = max((each.expires for each in policy.rules), default=timedelta())
    known = await ledger.since(now - rate.within - oldest - _SLACK, plan.cluster)
    others = [each for each in known if each.id != proposal.id]
    busy = next((each for each in others if each.stage in _AT_WORK and touches(each.plan, plan)), None)
    if busy is not None:
        return f"another change of the same object is under way: {busy.plan.headline}"
    if begun(others, now - rate.within) >= rate.most:
        return f"{rate.most} changes within {times.spelled(rate.within)} is the limit of {plan.cluster}"
    return ""


async def too_many(ledger: Ledger, cluster: str, requester: str, now: datetime) -> str:
    """Why somebody cannot have one more plan shown now, in words without a full stop; "" where they can.

    Raises:
        StoreError: what is stored cannot be read.
    """
    waiting = [
        each
        for each in await ledger.unfinished()
        if each.stage is Stage.WAITING and not fixing.is_expired(each, now)
    ]
    if sum(each.requester == requester for each in waiting) >= _MOST_OF_ONE:
        return f"{_MOST_OF_ONE} plans that you asked for wait for approval already"
    if sum(each.plan.cluster == cluster for each in waiting) >= _MOST_WAITING:
        return f"{_MOST_WAITING} plans for {cluster} wait for approval already"
    return ""


def begun(proposals: Iterable[Proposal], since: datetime) -> int:
    """How many were begun since then."""
    return sum(1 for each in proposals if each.stage not in _NEVER_BEGUN and _begun_at(each) >= since)


def touches(one: Plan, other: Plan) -> bool:
    """Whether two plans write to one object."""
    keys = {each.key for each in one.writes}
    return one.cluster == other.cluster and any(each.key in keys for each in other.writes)


def _begun_at(proposal: Proposal) -> datetime:
    """When it was, or from when on it could be."""
    last = max((each.at for each in proposal.approvals), default=proposal.plan.made)
    return max(last, proposal.sent_at or last)
