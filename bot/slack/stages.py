"""How far a change has come, in words: a proposal in, a word and a sentence out, for its card, its thread and every list."""

from collections.abc import Callable, Mapping

from bot.facts import times
from bot.facts.change import LOOKING, Plan, Verb
from bot.facts.proposal import Proposal, Stage
from bot.facts.text import shown
from bot.rendering import phrases
from bot.slack.escaping import visible


_NAME = 80
_MOST_NAMES = 10
_WORDS = {
    Stage.WAITING: "Waits for approval",
    Stage.APPROVED: "Approved",
    Stage.RUNNING: "Being done",
    Stage.WATCHING: "Done, being watched",
    Stage.MENDED: "Mended",
    Stage.UNMENDED: "Done, and not mended",
    Stage.STALE: "Not done: something changed",
    Stage.REFUSED: "Refused",
    Stage.UNKNOWN: "Look here",
    Stage.EXPIRED: "Expired",
    Stage.DECLINED: "Declined",
}
# Of what only looks.
_ASKED = {
    Stage.RUNNING: "Being asked",
    Stage.WATCHING: "Asked, being waited for",
    Stage.MENDED: "Answered",
    Stage.UNMENDED: "Not answered",
}
# Undone is what was done at least in part; of what is unknown nobody can say what there is to undo.
_UNDONE = (Stage.UNMENDED, Stage.STALE, Stage.REFUSED)
_AGAIN = (Stage.STALE, Stage.EXPIRED)
# Done and seen to last, these mend nothing yet.
_KEPT = ("cordon-node", "suspend")


def word(proposal: Proposal) -> str:
    """In a few words."""
    if proposal.plan.action in LOOKING and proposal.stage in _ASKED:
        return _ASKED[proposal.stage]
    if proposal.stage is Stage.MENDED and not _mends(proposal):
        return "Done"
    return _WORDS[proposal.stage]


def sentence(proposal: Proposal) -> str:
    """In a line, with who, when and how long."""
    return _SENTENCES[proposal.stage](proposal)


def approvers(proposal: Proposal) -> str:
    """Who said yes, by name; "nobody" for none."""
    named = [visible(shown(each.name), _NAME) or each.person for each in proposal.approvals[:_MOST_NAMES]]
    return phrases.some(named, _MOST_NAMES) or "nobody"


def requester(proposal: Proposal) -> str:
    """Who asked for it, by name."""
    return visible(shown(proposal.requester_name), _NAME) or proposal.requester


def place(plan: Plan) -> str:
    """Where it is done: ``namespace/Kind/name``."""
    return "/".join(filter(None, (plan.premise.namespace, plan.premise.workload)))


def is_made(proposal: Proposal) -> bool:
    """Whether all of its writes are known to be made."""
    return proposal.done >= len(proposal.plan.writes)


def may_undo(proposal: Proposal) -> bool:
    """Whether its way back may be asked for: something was made, did not help, and can be unmade."""
    made = proposal.plan.writes[: proposal.done]
    if proposal.stage not in _UNDONE or proposal.way_back or proposal.plan.undoes:
        return False
    return any(each.back or each.verb is Verb.COPY for each in made)


def may_repeat(proposal: Proposal) -> bool:
    """Whether a new plan may be asked for: nothing was made, and nobody refused."""
    return proposal.stage in _AGAIN and not proposal.done


def _mends(proposal: Proposal) -> bool:
    return not proposal.plan.undoes and proposal.plan.action not in _KEPT


def _made(proposal: Proposal) -> str:
    return f"Done at {phrases.spelled(proposal.sent_at)}" if proposal.sent_at else "Done"


def _after(proposal: Proposal) -> str:
    """How long it took, as the API server showed it."""
    if proposal.sent_at is None or proposal.ended is None or proposal.ended < proposal.sent_at:
        return ""
    return f" after {times.spelled(proposal.ended - proposal.sent_at)}"


def _rest(proposal: Proposal) -> str:
    if not proposal.done:
        return "nothing was changed"
    return f"only {proposal.done} of {phrases.many(len(proposal.plan.writes), 'change')} was made"


def _count(proposal: Proposal) -> str:
    return f"{len(proposal.approvals)} of {proposal.needed}"


def _progress(proposal: Proposal) -> str:
    return f"{proposal.done} of {phrases.many(len(proposal.plan.writes), 'change')} made so far"


_SENTENCES: Mapping[Stage, Callable[[Proposal], str]] = {
    Stage.WAITING: lambda it: (
        f"{_count(it)} approvals so far; can be approved until {phrases.spelled(it.plan.expires)}"
    ),
    Stage.APPROVED: lambda it: f"Approved by {approvers(it)}; it is done next",
    Stage.RUNNING: _progress,
    Stage.WATCHING: lambda it: f"{_made(it)}; watching what comes of it",
    Stage.MENDED: lambda it: f"{word(it)}{_after(it)}",
    Stage.UNMENDED: lambda it: (
        f"{word(it)}{_after(it)}" if it.plan.action in LOOKING else f"{_made(it)}, and not mended{_after(it)}"
    ),
    Stage.STALE: lambda it: f"It is not what was approved any more, so {_rest(it)}",
    Stage.REFUSED: lambda it: f"It was refused, so {_rest(it)}",
    Stage.UNKNOWN: lambda it: (
        f"{_made(it)}, and nobody could see what came of it"
        if is_made(it)
        else "Nobody knows whether the last change was made"
    ),
    Stage.EXPIRED: lambda it: (
        f"Approved by {approvers(it)}, and not begun in time, so nothing was changed"
        if len(it.approvals) >= it.needed
        else f"Not approved in time: {_count(it)} until {phrases.spelled(it.plan.expires)}"
    ),
    Stage.DECLINED: lambda _: "Declined, so nothing was changed",
}
