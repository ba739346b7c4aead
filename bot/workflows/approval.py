"""Whether what was approved still is, when it is to be begun: those who said yes, as they are now, in; why it is not, out.

Between the last yes and the first write people leave groups and workspaces. So everybody who said yes is looked up once more,
and the one authoriser is asked about them as at the last yes.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.facts.people import Asker
from bot.facts.proposal import Approval, Proposal
from bot.facts.text import shown
from bot.ports.deciding import Ledger
from bot.remediation.policy import Policy
from bot.rendering import phrases


_LONGEST_NAME = 80

Present = Callable[[Sequence[str], str], Awaitable[Sequence[Asker]]]
"""Those of some ``team/id`` whom the workspace knows now, in the channel of that id; asked afresh. Raises ``BotError`` where it
does not say."""


@dataclass(frozen=True, slots=True)
class Lapse:
    """An approval that is none any more.

    Attributes:
        why: in words, without a full stop.
        people: ``team/id`` of those whose yes counts no more.
    """

    why: str
    people: tuple[str, ...]


async def lapse(
    proposal: Proposal, policy: Policy, ledger: Ledger, present: Present, now: datetime
) -> Lapse | None:
    """Why those who said yes are not enough any more; None where they are.

    Args:
        proposal: approved, and not begun.
        policy: decides, by the settings of now.
        ledger: knows where the plan is shown: what somebody may see may depend on the place.
        present: looks them up.
        now: the moment at which it is to be begun.

    Raises:
        BotError: nobody can tell.
    """
    place = await ledger.shown_at(proposal)
    said_yes = {each.person: each for each in proposal.approvals}
    found = await present(tuple(said_yes), place.channel if place else "")
    there = [each for each in found if each.person.key in said_yes]
    ruling = policy.enough(proposal, there, now)
    if ruling.allowed:
        return None
    counted = {each.person.key for each in there if policy.may_approve(each, proposal, now).allowed}
    gone = [each for key, each in said_yes.items() if key not in counted]
    return Lapse(_why(gone, ruling.why), tuple(each.person for each in gone))


def _why(gone: Sequence[Approval], why: str) -> str:
    if not gone:
        return why
    named = phrases.some([shown(each.name or each.person, _LONGEST_NAME) for each in gone])
    return f"{named} said yes and may not approve it any more: {why}"
