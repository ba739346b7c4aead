"""What can be done, and what became of asking for it: answers about changes in, messages for who asked out."""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.errors import UsageError
from bot.facts.proposal import Proposal, Stage
from bot.facts.text import shown
from bot.ports.answering import Several
from bot.ports.repairing import Offer, Offers, Proposed, Words
from bot.rendering import phrases
from bot.slack import answers, commands, limits, names, parts, stages
from bot.slack.answers import button
from bot.slack.commands import Command, Verb
from bot.slack.elements import Runs, line, note, rich, run, title
from bot.slack.elements import names as lines_of_code
from bot.slack.escaping import seen, visible
from bot.slack.limits import Block, length
from bot.slack.message import File, Message, joined, message, messages
from bot.slack.sharing import LONGEST_VALUE


_MOST_OFFERS = 8
_MOST_WORDS = 6
_MOST_COMMANDS = 4
_MOST_MESSAGES = 2
_TITLE = 300
_LINE = 600
_NAMED = 80
# Of a diff, in a list of several things and by itself.
_LINES_IN_SHORT, _LINES = 8, 30
_WIDTH = 140
_CHANNEL = re.compile(r"[CG][A-Z0-9]{6,}")
_ASKED_FIRST = "Nothing is changed before its approvers say yes."


def offered(found: Offers, told: Sequence[Message]) -> tuple[Message, ...]:
    """A diagnosis, and below it a button for each change that may be asked for, and words for the rest.

    Args:
        found: what can be done.
        told: the diagnosis as messages.
    """
    blocks = [*_offers(found.offers), *_not_by_us(found.words)]
    if not blocks:
        return tuple(told)
    if len(told) == 1 and limits.fits([*told[0].blocks, *blocks], LONGEST_VALUE):
        return (joined(told[0], blocks),)
    return (*told, *messages("What can be done about it", blocks, _MOST_MESSAGES, "offers.txt"))


def words(found: Words) -> tuple[Message, ...]:
    """What a person has to do themselves: why, the change for its source as a diff, and the commands."""
    said = f"{_spoken(found.action)}: not done by the bot"
    why = line(run(f"{said}. ", bold=True), run(visible(shown(found.why, _LINE), _LINE)))
    blocks = rich([why, *_diff(found.change, _LINES), *_commands(found)])
    is_cut = _is_cut(found.change, _LINES)
    blocks += [note("The change in full is in the file below.")] if is_cut else []
    *others, last = messages(f"{said}: {shown(found.why)}", blocks, _MOST_MESSAGES, "commands.txt")
    files = (File(_file_name(found.action), f"{found.change}\n"),) if is_cut else ()
    return (*others, replace(last, files=(*last.files, *files)))


def several(found: Several, command: Command) -> Message:
    """A short list to choose from, for what was asked."""
    return answers.several(found, replace(command, incident=""))


def requested(found: Proposed) -> Message:
    """What became of asking: who was asked where, or how far it has come that somebody asked for before."""
    proposal = found.proposal
    lines = [line(run(visible(shown(proposal.plan.headline), _TITLE), bold=True))]
    lines.append(line(*_asked(proposal)) if proposal.stage is Stage.WAITING else _stands(proposal))
    if not found.new:
        lines.append(line(run(f"{stages.requester(proposal)} asked for it before.")))
    return message(
        f"{stages.word(proposal)}: {shown(proposal.plan.headline)}", [*rich(lines), _named(proposal)]
    )


def decided(found: Proposed, *, yes: bool) -> Message:
    """What became of somebody's yes or no."""
    proposal = found.proposal
    said = "You said yes." if yes else "You said no."
    lines = [line(run(f"{said} ", bold=True), run(f"{stages.sentence(proposal)}."))]
    return message(f"{said} {stages.sentence(proposal)}", [*rich(lines), _named(proposal)])


def _asked(proposal: Proposal) -> list[Runs]:
    """From whom it is wanted, as words that call nobody: the card did that."""
    who = visible(" ".join(proposal.approvers), _LINE) or "-"
    place = proposal.channel
    is_id = bool(_CHANNEL.fullmatch(place))
    where: Runs = [{"type": "channel", "channel_id": place}] if is_id else run(visible(place, _NAMED))
    count = phrases.many(proposal.needed, "approval")
    until = phrases.spelled(proposal.plan.expires)
    return [run(f"Asked {who} for {count} in "), where, run(f"; can be approved until {until}.")]


def _stands(proposal: Proposal) -> Block:
    return line(run(f"{stages.sentence(proposal)}."))


def _named(proposal: Proposal) -> Block:
    return note(f"Plan {visible(proposal.id, _NAMED)} · history tells what became of it")


def _offers(every: Sequence[Offer]) -> list[Block]:
    if not every:
        return []
    found: list[Block] = rich([title("What may be asked for"), line(run(_ASKED_FIRST))])
    for number, each in enumerate(every[:_MOST_OFFERS]):
        block: Block = {"type": "section", "text": answers.plain(each.title, _TITLE)}
        asked = Command(Verb.FIX, each.question, action=each.action)
        if _can_be_typed(asked):
            label = f"{_spoken(each.action)}…"
            pressed = button(label, f"{names.OFFER}-{number}", commands.spelled(asked))
            block = {**block, "accessory": pressed}
        found.append(block)
    more = len(every) - _MOST_OFFERS
    left = rich([line(run(f"and {more} more: name one workload to see them"))])
    return [*found, *(left if more > 0 else [])]


def _can_be_typed(command: Command) -> bool:
    value = commands.spelled(command)
    try:
        return len(value) <= LONGEST_VALUE and commands.read(value) == command
    except UsageError:
        return False


def _not_by_us(every: Sequence[Words]) -> list[Block]:
    if not every:
        return []
    found = [title("Not by the bot")]
    alike: dict[tuple[str, str], list[str]] = {}
    for each in every:
        alike.setdefault((each.why, each.change), []).append(_spoken(each.action))
    for (why, change), actions in list(alike.items())[:_MOST_WORDS]:
        named = visible(phrases.some(actions), _TITLE)
        found.append(line(run(f"{named}: ", bold=True), run(visible(shown(why, _LINE), _LINE))))
        found += _diff(change, _LINES_IN_SHORT)
    more = len(alike) - _MOST_WORDS
    return rich([*found, *([line(run(f"and {more} more"))] if more > 0 else [])])


def _diff(change: str, most: int) -> list[Block]:
    """As much of a diff as a message holds, its lines as they are."""
    if not change.strip():
        return []
    lines = change.splitlines()
    more = [line(run(f"and {phrases.many(len(lines) - most, 'more line')}"))] if len(lines) > most else []
    return [lines_of_code(lines[:most], _WIDTH), *more]


def _is_cut(change: str, most: int) -> bool:
    lines = change.splitlines()
    return len(lines) > most or any(length(seen(each)) > _WIDTH for each in lines)


def _commands(found: Words) -> list[Block]:
    told = parts.copyable(found.commands)[:_MOST_COMMANDS]
    return [block for each in told for block in parts.to_copy(each)]


def _spoken(action: str) -> str:
    return visible(shown(names.spoken(action)), _NAMED)


def _file_name(action: str) -> str:
    return f"{''.join(each for each in action if each.isalnum() or each == '-')[:_NAMED] or 'change'}.diff"
