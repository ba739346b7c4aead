"""What stands below an alert: a document in, everything about it out, in as few messages as hold it.

The evidence in full, the node's own words, what could not be checked, and whatever the alert had to leave out.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.facts.document import CommandLine, Document
from bot.facts.evidence import Answer
from bot.facts.text import Text
from bot.rendering import phrases
from bot.slack import blocks, parts
from bot.slack.elements import line, names, paragraphs, rich, run, spoken, title, verbatim
from bot.slack.escaping import seen, visible
from bot.slack.limits import Block, length
from bot.slack.message import File, Message, messages
from bot.slack.parts import Room


_FULL = Room(words=2_500, paragraphs=500, answers=500, commands=500)
_MOST_MESSAGES = 4
_LONGEST_MESSAGE = 2_500
_LONGEST_LINE = 400
_MOST_NAMES = 20
_LONGEST_NAME = 120
_LEGEND = f"{phrases.PROOF} yes, or proof of the cause · ✘ no · ? not known"


def with_thread(document: Document) -> Message:
    """The alert with everything that is posted below it."""
    return replace(blocks.alert(document), thread=thread(document))


def thread(document: Document) -> tuple[Message, ...]:
    """What is posted below the alert."""
    sections = (
        _left_out(document),
        _evidence(document),
        _commands(document),
        _names(document),
        _verbatim(document),
        parts.unchecked(document.unchecked),
    )
    made = messages(
        f"In full: {parts.headline(document)}",
        [block for section in sections for block in rich(section)],
        _MOST_MESSAGES,
        "everything-else.txt",
    )
    files = _files(document)
    return (*made[:-1], replace(made[-1], files=(*made[-1].files, *files))) if made else ()


def _left_out(document: Document) -> list[Block]:
    """Words that the alert said more briefly."""
    room = blocks.room_for(document)
    found: list[Block] = []
    if parts.meaning(document, room) != parts.meaning(document, _FULL):
        found += [title("What it means, in full"), *parts.meaning(document, _FULL)]
    said = paragraphs(document.fix[: room.paragraphs], room.words)
    if said != paragraphs(document.fix, _FULL.words):
        found += [title("What to do, in full"), *paragraphs(document.fix, _FULL.words)]
    return found


def _evidence(document: Document) -> list[Block]:
    open_last = sorted(document.evidence, key=lambda each: each.answer is Answer.UNKNOWN)
    answers = [line(run(_LEGEND)), *map(parts.answer, open_last)] if open_last else []
    found = [*paragraphs(document.proof, _FULL.words), *answers]
    for because, causes in phrases.by_reason(document.ruled_out).items():
        found.append(_ruled_out(because, causes))
    return [title("Evidence in full"), *found] if found else []


def _ruled_out(because: Text, causes: Sequence[str]) -> Block:
    named = visible(phrases.either(causes), _LONGEST_LINE)
    return line(run(f"· not {named}: "), spoken(because, _LONGEST_LINE))


def _commands(document: Document) -> list[Block]:
    """All of them, where the alert has not room for all."""
    whole, long = parts.copyable(document.commands), _long(document)
    if not long and len(whole) <= blocks.room_for(document).commands:
        return []
    found = [title("All commands"), *(each for one in whole for each in parts.to_copy(one))]
    return [*found, line(run(f"{phrases.many(len(long), 'longer command')} in the file"))] if long else found


def _long(document: Document) -> list[CommandLine]:
    whole = parts.copyable(document.commands)
    return [each for each in document.commands if each not in whole]


def _names(document: Document) -> list[Block]:
    """Every pod, workload and node, where the alert names a few of many."""
    found: list[Block] = []
    for noun, values, total in _concerned(document):
        left = "the first of them" if total > len(values) else "all of them"
        more = [line(run(f"{left} in the file"))] if _many(values) else []
        found += [title(phrases.many(total, noun)), names(values[:_MOST_NAMES], _LONGEST_NAME), *more]
    return found


def _concerned(document: Document) -> list[tuple[str, Sequence[str], int]]:
    where = document.where
    every = (
        ("pod", where.pods, where.pod_count),
        ("workload", where.workloads, where.workload_count),
        ("node", where.nodes, where.node_count),
    )
    return [row for row in every if row[2] > parts.NAMES]


def _many(values: Sequence[str]) -> bool:
    return len(values) > _MOST_NAMES or any(length(each) > _LONGEST_NAME for each in values)


def _verbatim(document: Document) -> list[Block]:
    if not document.message:
        return []
    more = [line(run("in full in the file"))] if length(document.message) > _LONGEST_MESSAGE else []
    return [title("What the node says"), verbatim(document.message, _LONGEST_MESSAGE), *more]


def _files(document: Document) -> list[File]:
    """What no message holds: a long error, many names, commands longer than a message."""
    found = []
    if length(document.message) > _LONGEST_MESSAGE:
        found.append(File("message.txt", seen(document.message) + "\n"))
    for noun, values, total in _concerned(document):
        if _many(values):
            left = [f"and {total - len(values)} more"] if total > len(values) else []
            found.append(File(f"{noun}s.txt", "\n".join([*map(seen, values), *left]) + "\n"))
    if long := [f"# {seen(each.why)}\n{seen(each.line)}\n" for each in _long(document)]:
        found.append(File("commands.txt", "\n".join(long)))
    return found
