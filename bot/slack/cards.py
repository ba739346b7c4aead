"""The card of a change: a proposal in, the one message that shows it out, to be approved there and edited at each stage.

Whoever approves must see what they approve: what a card has no room for is cut with a mark, and a button brings all of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.errors import UsageError
from bot.facts.change import Difference, Plan, Risk
from bot.facts.document import CommandLine
from bot.facts.proposal import Proposal, Stage
from bot.facts.text import shown
from bot.ports.answering import Question
from bot.rendering import phrases
from bot.slack import commands, limits, mentions, names, parts, stages
from bot.slack.answers import button, plain
from bot.slack.commands import Command, Verb
from bot.slack.elements import facts, header, line, note, rich, run, title, verbatim
from bot.slack.elements import names as lines_of_code
from bot.slack.escaping import seen, visible
from bot.slack.limits import Block, length
from bot.slack.mentions import NOBODY
from bot.slack.message import File, Message, message


_CHECKED = "Checked again before it is done"
_AHEAD = (Stage.WAITING, Stage.APPROVED)
_DROPPED = (Stage.STALE, Stage.REFUSED, Stage.EXPIRED, Stage.DECLINED)
_VALUE = 200
_ID = 64
_DIGEST = 12
_OUTCOME = 1_500
_RULE = 400
_NAMED = 80
_MOST_COMMANDS = 3
# For the note of a possible repetition.
_SPARE = 300
_LONGEST_KEPT = 20_000
# https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object
_CONFIRM = {"title": 100, "text": 300, "confirm": 30, "deny": 30}


@dataclass(frozen=True, slots=True)
class _Room:
    """How much a card says.

    Attributes:
        value: characters of a value that changes, and of any line.
        lines: of each list.
    """

    value: int
    lines: int


_ROOMS = (_Room(900, 20), _Room(400, 12), _Room(200, 6), _Room(100, 3), _Room(60, 2))


def told(proposal: Proposal, groups: Mapping[str, str] = NOBODY) -> Message:
    """The card as it should read now.

    Args:
        proposal: the change and how far it has come.
        groups: ids of user groups by ``@handle``, for those whom the operator's rule lets approve.
    """
    every = (_blocks(proposal, room, groups) for room in _ROOMS)
    fitting = (blocks for blocks in every if limits.fits(blocks, _SPARE))
    return message(_notification(proposal), next(fitting, _blocks(proposal, _ROOMS[-1], groups)))


def whole(proposal: Proposal) -> Message:
    """All that a card may have cut, as a file."""
    about = f"Plan {visible(proposal.id, _ID)}: {visible(shown(proposal.plan.headline), _VALUE)}"
    name = "".join(each for each in proposal.id[:_ID] if each.isalnum()) or "unnamed"
    return message(about, [note(about)], [File(f"plan-{name}.txt", "\n".join(_everything(proposal)) + "\n")])


def result(proposal: Proposal) -> Message:
    """What came of it, for the thread."""
    said = stages.sentence(proposal)
    lines = [title(said)]
    if proposal.outcome:
        lines.append(line(run(visible(shown(proposal.outcome, _OUTCOME), _OUTCOME))))
    return message(f"{said}: {shown(proposal.plan.headline)}", rich(lines))


def _notification(proposal: Proposal) -> str:
    plan = proposal.plan
    asked = f"asked for by {stages.requester(proposal)}"
    return f"[{shown(plan.cluster)}] {stages.word(proposal)}: {shown(plan.headline)} ({asked})"


def _blocks(proposal: Proposal, room: _Room, groups: Mapping[str, str]) -> list[Block]:
    plan = proposal.plan
    sections = (
        _status(proposal, room, groups),
        _outcome(proposal),
        _changes(proposal, room),
        _list("Mind", plan.warnings, room),
        _list(_CHECKED, _conditions(plan), room) if proposal.stage in _AHEAD else [],
    )
    return [
        header(f"{stages.word(proposal)}: {plan.headline}"),
        _facts(proposal, min(_VALUE, room.value)),
        *(block for section in sections for block in rich(section)),
        *_notes(proposal),
        *_buttons(proposal, is_whole=_is_whole(plan, room)),
    ]


def _status(proposal: Proposal, room: _Room, groups: Mapping[str, str]) -> list[Block]:
    """How it stands, and who is asked; those are called once, when there is something to do for them."""
    found = [line(run(stages.sentence(proposal), bold=True))]
    if proposal.stage is Stage.WAITING:
        wanted = " ".join(each.rpartition("/")[2] for each in proposal.approvers)
        calls = mentions.named(wanted) if proposal.approvals else mentions.called(wanted, groups)
        asked = "" if proposal.requester_counts else "; the yes of who asked does not count"
        found.append(line(run("Approvers: "), calls, run(asked)))
    for each in proposal.approvals[: room.lines]:
        name = visible(shown(each.name), _NAMED) or each.person
        found.append(line(run(f"{phrases.PROOF} {name} at {phrases.spelled(each.at)}")))
    more = len(proposal.approvals) - room.lines
    return [*found, *([line(run(f"and {more} more"))] if more > 0 else [])]


def _outcome(proposal: Proposal) -> list[Block]:
    """What came of it in words; where nobody knows, how to find out."""
    found = [verbatim(shown(proposal.outcome, _OUTCOME), _OUTCOME)] if proposal.outcome else []
    if proposal.stage is Stage.UNKNOWN:
        looks = parts.copyable(_looks(proposal))[:_MOST_COMMANDS]
        found += [block for each in looks for block in parts.to_copy(each)]
    return found


def _looks(proposal: Proposal) -> list[CommandLine]:
    """Where a person sees what became of the writes of which nobody knows; of all of them where all were made."""
    why = f"made if its annotation imagepull/plan is {proposal.id}, or, where it was to be deleted, if it is gone"
    doubtful = () if stages.is_made(proposal) else proposal.plan.writes[proposal.done :]
    return [
        CommandLine(
            why,
            (
                *("kubectl", "get", each.key.kind.lower(), each.key.name),
                *(("-n", each.key.namespace) if each.key.namespace else ()),
                *("-o", "yaml"),
            ),
        )
        for each in doubtful or proposal.plan.writes
    ]


def _facts(proposal: Proposal, most: int) -> Block:
    plan = proposal.plan
    premise = plan.premise
    found = [
        ("Cluster", plan.cluster),
        ("Namespace", premise.namespace),
        ("Workload", premise.workload),
        ("Container", premise.container),
        ("Cause", premise.cause),
        ("Image", premise.image),
        ("Action", plan.action),
        ("Risk", plan.risk),
        ("Asked for by", stages.requester(proposal)),
    ]
    return facts([(name, [value]) for name, value in found if value], most)


def _changes(proposal: Proposal, room: _Room) -> list[Block]:
    """What is done, and what differs afterwards; or what would have been."""
    plan = proposal.plan
    is_dropped = proposal.stage in _DROPPED and not proposal.done
    said = (
        ("What was to be done", "What would have changed") if is_dropped else ("What is done", "What changes")
    )
    done = [each.said or f"{each.verb} {each.key}" for each in plan.writes]
    copied = [
        f"{each.key}: the entry {each.copying.entry} of {each.copying.source}"
        for each in plan.writes
        if each.copying and not (each.copying.entry in each.said and str(each.copying.source) in each.said)
    ]
    found = _list(said[0], [*done, *copied], room)
    told = plan.differences[: room.lines]
    if told:
        found += [title(said[1]), lines_of_code(_diff(told), room.value)]
    more = len(plan.differences) - len(told)
    return [*found, *([line(run(f"and {phrases.many(more, 'more change')}"))] if more else [])]


def _diff(every: Sequence[Difference]) -> list[str]:
    found = []
    for each in every:
        found.append(each.where)
        found += [f"- {each.before}"] if each.before else []
        found += [f"+ {each.after}"] if each.after else []
    return [shown(one, _LONGEST_KEPT) for one in found]


def _list(name: str, every: Sequence[str], room: _Room) -> list[Block]:
    if not every:
        return []
    told = [line(run(f"· {visible(shown(each, room.value), room.value)}")) for each in every[: room.lines]]
    more = len(every) - len(told)
    return [title(name), *told, *([line(run(f"and {more} more"))] if more else [])]


def _conditions(plan: Plan) -> list[str]:
    """What must still be as it was, each thing once."""
    premise = plan.premise
    # What is taken back may have mended it.
    found = [f"that {premise.image or premise.workload} fails for the same cause"] if premise.cause else []
    found += [depends.said for write in plan.writes for depends in write.depends]
    if plan.pledge:
        on = f" for {plan.pledge.platform}" if plan.pledge.platform else ""
        found.append(f"that {plan.pledge.image} is {plan.pledge.digest}{on}")
    return list(dict.fromkeys(found))


def _notes(proposal: Proposal) -> list[Block]:
    plan = proposal.plan
    found = [note(visible(f"Rule: {shown(proposal.rule, _RULE)}", _RULE))] if proposal.rule else []
    ids = [f"Plan {visible(plan.id, _ID)}", f"digest {(proposal.digest or plan.digest)[:_DIGEST]}"]
    ids += [f"the way back of {visible(plan.undoes, _ID)}"] if plan.undoes else []
    ids += [f"its way back is {visible(proposal.way_back, _ID)}"] if proposal.way_back else []
    return [*found, note(" · ".join(ids))]


def _buttons(proposal: Proposal, *, is_whole: bool) -> list[Block]:
    """What can be done now. The value of a yes or no is the plan's id and nothing else."""
    found: list[Block] = []
    if proposal.stage is Stage.WAITING:
        found += [_approve(proposal), button("Decline", names.DECLINE, proposal.id)]
    if not is_whole:
        found.append(button("Show all", names.WHOLE, proposal.id))
    if stages.may_undo(proposal):
        found += _asks("Undo…", names.UNDO, Command(Verb.FIX, undo=proposal.id))
    if stages.may_repeat(proposal):
        found += _asks("Plan again…", names.AGAIN, _again(proposal))
    return [{"type": "actions", "elements": found}] if found else []


def _approve(proposal: Proposal) -> Block:
    plan = proposal.plan
    more = f" and {len(plan.writes) - 1} more" if len(plan.writes) > 1 else ""
    object_named = visible(shown(str(plan.writes[0].key)), 120)
    what = f"Cluster {visible(shown(plan.cluster), _NAMED)}, {object_named}{more}."
    said = {
        "title": "Approve this change?",
        "text": f"{what} It is made as soon as enough have approved.",
        "confirm": "Approve",
        "deny": "Not now",
    }
    style = "danger" if plan.risk is Risk.HIGH else "primary"
    confirm = {name: plain(said[name], most) for name, most in _CONFIRM.items()}
    return {**button("Approve", names.APPROVE, proposal.id), "style": style, "confirm": confirm}


def _asks(label: str, action: str, command: Command) -> list[Block]:
    """A button that says what somebody could type; none where that cannot be typed."""
    value = commands.spelled(command)
    try:
        is_same = commands.read(value) == command
    except UsageError:
        return []
    return [button(label, action, value)] if is_same else []


def _again(proposal: Proposal) -> Command:
    plan = proposal.plan
    if plan.undoes:
        return Command(Verb.FIX, undo=plan.undoes)
    if proposal.incident:
        return Command(Verb.FIX, incident=proposal.incident, action=plan.action)
    premise = plan.premise
    question = Question((premise.workload,), premise.namespace, plan.cluster)
    return Command(Verb.FIX, question, action=plan.action)


def _is_whole(plan: Plan, room: _Room) -> bool:
    """Whether a card with this room says all of it."""
    lists = (plan.writes, plan.differences, plan.warnings, _conditions(plan))
    told = [
        *_diff(plan.differences),
        *plan.warnings,
        *_conditions(plan),
        *(each.said for each in plan.writes),
    ]
    return all(len(each) <= room.lines for each in lists) and all(
        length(seen(each)) <= room.value for each in told
    )


def _everything(proposal: Proposal) -> list[str]:
    plan = proposal.plan
    sections = {
        "What is done": [f"{each.verb} {each.key}: {each.said}" for each in plan.writes],
        "What changes": _diff(plan.differences),
        "Mind": plan.warnings,
        _CHECKED: _conditions(plan),
    }
    told = [
        f"Plan {plan.id}",
        f"digest {proposal.digest or plan.digest}",
        plan.headline,
        f"cluster {plan.cluster}",
    ]
    for name, every in sections.items():
        told += ["", name, *(f"  {each}" for each in every)] if every else []
    return [seen(each) for each in told]
