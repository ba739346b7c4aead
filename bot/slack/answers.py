"""What the desk answers, as messages: an answer in, what the asker or a channel gets out.

A channel gets alerts with their threads and files. What only the asker sees can have neither, so it says so, and
offers to share it: that posts all of it.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from bot.errors import BotError
from bot.facts.document import Document
from bot.facts.text import shown
from bot.ports.answering import Nothing, Several, Told
from bot.slack import commands, limits, listing, names, notices, parts
from bot.slack.commands import Command, Verb
from bot.slack.elements import header, line, note, rich, run, title
from bot.slack.escaping import visible
from bot.slack.limits import Block
from bot.slack.message import Message, joined, message
from bot.slack.parts import Room
from bot.slack.sharing import LONGEST_VALUE
from bot.slack.thread import thread, with_thread


# One by one, so many; more are a list.
_MOST_ALERTS = 3
_MOST_CHOICES = 20
# Of the five uses that an address to answer at has, some stay free for what comes before and after.
_MOST_ALONE = 3
_LABEL = 200
_LINE = 600
_BUTTON = 75
_OF_A_FIX = (
    Room(words=1_500, paragraphs=12, answers=3, commands=6),
    Room(words=800, paragraphs=6, answers=3, commands=3, value=160),
    Room(words=300, paragraphs=2, answers=1, commands=1, value=80),
    Room(words=160, paragraphs=1, answers=1, commands=0, value=80),
)
_TYPED = re.compile(r"`([^`]*)`")
_TYPED_HERE = frozenset(map(str, Verb))
_ALONE = "Only you see this."
_MORE = f"{_ALONE} Shared, everything in full stands below it."
_WAYS = "In threads mention the bot: @imagepull why web-7d4f. In direct messages just write."
_UNCHANGED = "Nothing is changed by asking: what to do is told, and done by you."


def told(answer: Told, incidents: Sequence[str] = ()) -> tuple[Message, ...]:
    """A diagnosis for a channel: alerts with their threads when they are few, else a list.

    Args:
        answer: what was found.
        incidents: for each document the id of the incident that it is about, of which is asked whether it was right; "" for none.
    """
    documents = answer.documents
    if answer.is_list or not documents or len(documents) > _MOST_ALERTS:
        return listing.incidents(answer.report, documents)
    of = incidents or ("",) * len(documents)
    alerts = [_alert(each, incident) for each, incident in zip(documents, of, strict=True)]
    return (*alerts, *listing.remarks(answer.report, documents))


def _alert(document: Document, incident: str) -> Message:
    """The alert with its thread, and whether it is right is asked where an incident holds what was shown."""
    alert = with_thread(document)
    asked = notices.judged(incident, document.cause) if incident else []
    fits = limits.fits([*alert.blocks, *asked], LONGEST_VALUE)
    return joined(alert, asked) if asked and fits else alert


def fixes(answer: Told) -> tuple[Message, ...]:
    """The same diagnosis, what to do first."""
    return _fixes(answer, [note(_UNCHANGED)])


def fixable(answer: Told) -> tuple[Message, ...]:
    """The same, where it is told below it what may be asked for."""
    return _fixes(answer, [])


def _fixes(answer: Told, ends: Sequence[Block]) -> tuple[Message, ...]:
    documents = answer.documents
    if answer.is_list or not documents or len(documents) > _MOST_ALERTS:
        return listing.incidents(answer.report, documents)
    return tuple(_fix(each, ends) for each in documents)


def alone(messages: Sequence[Message], share: str) -> tuple[Message, ...]:
    """Messages as only the asker sees them, with a button that shares them.

    Args:
        messages: as a channel would get them.
        share: the value of the button.
    """
    shown = [*messages[: _MOST_ALONE - 1], messages[-1]] if len(messages) > _MOST_ALONE else messages
    more = len(shown) < len(messages) or any(each.thread or each.files for each in messages)
    buttons: Block = {"type": "actions", "elements": [button("Share", names.SHARE, share)]}
    return _ended(shown, [note(_MORE if more else _ALONE), buttons])


def shared(messages: Sequence[Message]) -> Message:
    """What the asker keeps of them when they are shared."""
    return _ended(messages[-1:], [note("You shared this here.")])[-1]


def attributed(messages: Sequence[Message], user: str) -> tuple[Message, ...]:
    """Messages for a channel, with who shared them: by their id, as names can be chosen.

    Args:
        messages: as a channel gets them.
        user: id of somebody.
    """
    named = rich([line(run("Shared by "), [{"type": "user", "user_id": user}])])
    first = messages[0]
    if limits.fits([*named, *first.blocks]):
        return (replace(first, blocks=(*named, *first.blocks)), *messages[1:])
    return (message("Shared", named), *messages)


def in_short(each: Message) -> Message:
    """A message without its thread and files: what leads to those leads nowhere where there are none."""
    if not each.thread and not each.files:
        return each
    kept = each.blocks[:-1] if each.blocks[-1]["type"] == "context" else each.blocks
    return replace(each, blocks=kept, thread=(), files=())


def several(answer: Several, command: Command) -> Message:
    """A short list to choose from; a choice is asked as if it had been typed.

    Args:
        answer: what may be meant.
        command: what was asked about it.
    """
    blocks = rich([line(run(visible(shown(answer.why), _LINE)))])
    for number, each in enumerate(answer.choices[:_MOST_CHOICES]):
        asked = commands.spelled(replace(command, question=each.question))
        block: Block = {"type": "section", "text": plain(each.label, _LABEL)}
        # What no JSON in UTF-8 can hold could not come back either.
        if len(asked) <= LONGEST_VALUE and asked.isprintable():
            block = {**block, "accessory": button("This one", f"{names.CHOOSE}-{number}", asked)}
        blocks.append(block)
    more = len(answer.choices) - _MOST_CHOICES
    blocks += [note(f"and {more} more: say which with -n and -c")] if more > 0 else []
    return message(f"Which one? {shown(answer.why)}", blocks)


def nothing(answer: Nothing) -> Message:
    """One line, and what would help."""
    return said(answer.message, answer.hint)


def refused(error: BotError) -> Message:
    """What was off with a command, in one line."""
    return said(error.message, error.hint)


def said(text: str, hint: str = "") -> Message:
    """A line of ours with a hint; either may hold what somebody wrote."""
    text, hint = text or "That did not work.", _TYPED.sub(_typed, hint)
    lines = [line(run(visible(shown(text), _LINE)))]
    hints = [note(shown(hint, _LINE))] if hint else []
    return message(f"{shown(text)}{f' ({shown(hint)})' if hint else ''}", [*rich(lines), *hints])


def _typed(found: re.Match[str]) -> str:
    """What to type, as it is typed here: small print shows backticks as they are, and the terminal's verbs have a slash."""
    words = found[1].removeprefix("imagepull ")
    return f"/imagepull {words}" if words.partition(" ")[0] in _TYPED_HERE else found[1]


def button(label: str, action: str, value: str) -> Block:
    """A button."""
    return {"type": "button", "text": plain(label, _BUTTON), "action_id": action, "value": value}


def plain(text: str, most: int) -> Block:
    """Text without markup, every character to be seen."""
    return {"type": "plain_text", "text": visible(shown(text), most).strip() or "-", "emoji": False}


_HELP = (
    ("why web-7d4f -n shop", "why a pod, deploy/web or shop/web-7d4f fails; a bare name means why"),
    ("fix deploy/web", "what to do first, and what may be asked for"),
    ("fix deploy/web roll-back", "ask for it: it is done once its approvers say yes"),
    ("list · history", "open incidents · what ended, what was changed; -c prod-eu for one cluster"),
    ("sweep -c prod-eu", "look at a whole cluster now"),
    ("ack ID · snooze ID 2h", "I look after it · silence it for a while"),
    ("clusters", "when each was looked at, and what hinders"),
)


@cache
def helped() -> Message:
    """What there is, on one screen, and a button that asks which pod."""
    lines = [line(run(words, is_code=True), run(f"  {what}")) for words, what in _HELP]
    ask: Block = {"type": "actions", "elements": [button("Choose a failing pod", names.ASK, "ask")]}
    told = "/imagepull why, fix, list, history, sweep, ack, snooze, clusters"
    return message(told, [*rich([title("/imagepull …"), *lines]), note(_WAYS), ask])


def _fix(document: Document, ends: Sequence[Block]) -> Message:
    told = f"What to do: {parts.headline(document)}"
    rooms = (_fix_blocks(document, told, room) for room in _OF_A_FIX)
    fitting = next((blocks for blocks in rooms if limits.fits([*blocks, *ends], LONGEST_VALUE)), None)
    blocks = fitting or _fix_blocks(document, told, _OF_A_FIX[-1])
    return replace(message(told, [*blocks, *ends]), thread=thread(document))


def _fix_blocks(document: Document, told: str, room: Room) -> list[Block]:
    steps = parts.what_to_do(document, room) or [line(run("Nobody has written down what to do about this."))]
    sections = (steps, parts.alternatives(document, room), parts.image_of(document, room.value))
    return [
        header(told),
        *(block for section in sections for block in rich(section)),
        parts.facts_of(document, room.value),
    ]


def _ended(messages: Sequence[Message], ends: Sequence[Block]) -> tuple[Message, ...]:
    *others, last = map(in_short, messages)
    if limits.fits([*last.blocks, *ends]):
        return (*others, replace(last, blocks=(*last.blocks, *ends)))
    return (*others, last, message(_ALONE, ends))
