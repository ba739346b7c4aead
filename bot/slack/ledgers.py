"""Changes at a glance: proposals in, a few lines for each out, for ``history`` and App Home."""

from collections.abc import Sequence
from datetime import datetime

from bot.facts.proposal import Proposal, Stage
from bot.facts.text import shown
from bot.ports.answering import Nothing
from bot.rendering import phrases
from bot.slack import answers, stages
from bot.slack.elements import header, line, note, rich, run, title
from bot.slack.escaping import visible
from bot.slack.limits import Block
from bot.slack.message import Message, messages


_HEADLINE = 200
_VALUE = 120
_OUTCOME = 300
_MOST_MESSAGES = 2
_MOST_WAITING = 10


def changes(found: Sequence[Proposal] | Nothing, now: datetime) -> tuple[Message, ...]:
    """What was asked for and done of late, the newest first; nothing where there is none."""
    if isinstance(found, Nothing):
        return (answers.nothing(found),)
    if not found:
        return ()
    told = phrases.many(len(found), "change")
    lines = [block for each in found for block in rich(_change(each, now))]
    return messages(told, [header(f"{told} asked for of late"), *lines], _MOST_MESSAGES, "changes.txt")


def waiting(found: Sequence[Proposal], now: datetime) -> list[Block]:
    """The plans that can still be approved, and where: a yes is said on the card itself."""
    here = [each for each in found if each.stage is Stage.WAITING and each.plan.expires > now]
    if not here:
        return []
    told = [block for each in here[:_MOST_WAITING] for block in _waiting(each)]
    more = len(here) - _MOST_WAITING
    left = [note(f"and {phrases.many(more, 'more plan')}: /imagepull history")] if more > 0 else []
    return [{"type": "divider"}, *rich([title("Waiting for approval"), *told]), *left]


def _change(each: Proposal, now: datetime) -> list[Block]:
    is_late = each.stage is Stage.WAITING and each.plan.expires <= now
    word = "Not approved in time" if is_late else stages.word(each)
    found = [
        line(run(f"{word}: ", bold=True), run(visible(shown(each.plan.headline), _HEADLINE), bold=True)),
        _where(each),
        line(run(f"{_who(each)} · {phrases.spelled(each.ended or each.plan.made)}")),
    ]
    if each.outcome:
        found.append(line(run(visible(shown(each.outcome, _OUTCOME), _OUTCOME))))
    return found


def _waiting(each: Proposal) -> list[Block]:
    where = visible(shown(each.channel), _VALUE)
    count = f"{len(each.approvals)} of {each.needed}"
    until = phrases.spelled(each.plan.expires)
    return [
        line(run(visible(shown(each.plan.headline), _HEADLINE), bold=True)),
        _where(each),
        line(run(f"Asked for by {stages.requester(each)} · {count} in {where} · until {until}")),
    ]


def _where(each: Proposal) -> Block:
    place = f"{shown(each.plan.cluster)}: {shown(stages.place(each.plan))}"
    return line(run(visible(place, 2 * _VALUE), is_code=True), run(f" · plan {visible(each.id, _VALUE)}"))


def _who(each: Proposal) -> str:
    return f"Asked for by {stages.requester(each)} · approved by {stages.approvers(each)}"
