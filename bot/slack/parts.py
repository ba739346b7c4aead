"""The sections that Slack's messages are made of: a document in, lines of rich text out.

Each says one thing in the order of the terminal, and how much of it may be said: an alert is read on a phone at
night, its thread by whoever wants to know everything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC

from bot.facts.document import CommandLine, Document, EvidenceLine, Unchecked
from bot.facts.text import plain
from bot.rendering import phrases
from bot.slack.elements import facts, line, paragraphs, run, spoken, title, verbatim
from bot.slack.escaping import shows_itself, visible
from bot.slack.limits import Block, length


# A command that is cut would be a different command: a longer one goes into a file.
LONGEST_COMMAND = 2_000
_VALUE = 300
_ANSWER = 400
NAMES = 3


@dataclass(frozen=True, slots=True)
class Room:
    """How much an alert says of each section.

    Attributes:
        words: characters of a paragraph.
        paragraphs: of meaning, and of what to do.
        answers: lines of evidence.
        commands: to be copied.
        value: characters of a name or image.
    """

    words: int
    paragraphs: int
    answers: int
    commands: int
    value: int = _VALUE


def headline(document: Document) -> str:
    """What is wrong, as sure as it is."""
    return phrases.sureness(document) + plain(document.headline)


def facts_of(document: Document, most: int = _VALUE) -> Block:
    """Cause, certainty and place, in two columns."""
    where = document.where
    cause = (document.cause or "not known") + ("" if document.stable else " (experimental)")
    workloads = (where.workload,) if where.workload else where.workloads
    pods = [each.removeprefix(f"{where.namespace}/") for each in where.pods]
    found: list[tuple[str, Sequence[str]]] = [
        ("Cause", [cause]),
        ("Confidence", [document.confidence]),
        ("Severity", [document.severity]),
        ("Scope", [where.scope]),
        ("Cluster", [where.cluster]),
        ("Namespace", [where.namespace]),
        _counted("Workload", workloads, 1 if where.workload else where.workload_count),
        _counted("Pod", pods, where.pod_count),
        _counted("Node", where.nodes, where.node_count),
        ("Registry", [where.registry]),
    ]
    return facts([(name, values) for name, values in found if any(values)], most)


def image_of(document: Document, most: int = _VALUE) -> list[Block]:
    """Which image of which container, and what the kubelet makes of it."""
    where = document.where
    since = f" since {phrases.spelled(document.since)}" if document.since else ""
    next_try = f" · next try {document.next_try.astimezone(UTC):%H:%M:%S} UTC" if document.next_try else ""
    container = visible(phrases.container(where), most)
    state = visible(document.reason, most)
    # Where many workloads fail, it is the image of one of them.
    whose = "Image, for example " if where.workload_count > 1 else "Image "
    return [
        line(
            run(whose, bold=True),
            run(visible(where.image, most), is_code=True),
            run(f"\n{container} · {state}{since}{next_try}"),
        )
    ]


def meaning(document: Document, room: Room) -> list[Block]:
    """What it means."""
    return paragraphs(document.meaning[: room.paragraphs], room.words)


def evidence(document: Document, room: Room) -> list[Block]:
    """The answers that prove it, or would; without any, the words about them."""
    lines = [each for each in document.evidence if each.relevant]
    if not lines:
        words = paragraphs(document.proof[: room.paragraphs], room.words)
        return [title("Evidence"), *words] if words else []
    told = [answer(each, room.words) for each in lines[: room.answers]]
    more = len(lines) - len(told)
    return [title("Evidence"), *told, *([line(run(f"and {more} more in the thread"))] if more else [])]


def answer(each: EvidenceLine, most: int = _ANSWER) -> Block:
    """One answer with its sign, and who gave it."""
    most = min(most, _ANSWER)
    tail = visible(phrases.why_unknown(each) or f" [{each.source}]", most)
    return line(run(f"{phrases.mark(each)} "), spoken(each.summary, most), run(tail))


def alternatives(document: Document, room: Room) -> list[Block]:
    """What it could also be, and the one question that would decide."""
    if not document.possible and document.question is None:
        return []
    found = [title("Could also be" if document.possible else "Not proven yet")]
    most = min(room.words, _ANSWER)
    for each in document.possible[: room.answers]:
        name = run(visible(each.cause, room.value), is_code=True)
        found.append(line(run(f"· {visible(each.title, most)} "), name))
    if document.question:
        would = f" ({document.question.would_answer})" if document.question.would_answer else ""
        found.append(line(run(visible(f"? This would decide: {document.question.claim}{would}", most))))
    return found


def what_to_do(document: Document, room: Room) -> list[Block]:
    """The fix in words, then commands that can be copied."""
    words = paragraphs(document.fix[: room.paragraphs], room.words)
    told = copyable(document.commands)[: room.commands]
    found = [*words, *(each for one in told for each in to_copy(one))]
    more = len(document.commands) - len(told)
    if more:
        found.append(line(run(f"{phrases.many(more, 'more command' if told else 'command')} in the thread")))
    return [title("What to do"), *found] if found else []


def copyable(commands: Sequence[CommandLine]) -> list[CommandLine]:
    """Those that a message can hold whole, as they are."""
    return [each for each in commands if shows_itself(each.line) and length(each.line) <= LONGEST_COMMAND]


def to_copy(each: CommandLine) -> list[Block]:
    """What it is for, and the line itself."""
    return [line(run(visible(each.why, _ANSWER))), verbatim(each.line, LONGEST_COMMAND)]


def unchecked(every: Sequence[Unchecked]) -> list[Block]:
    """What could not be checked, why, and what would change that."""
    found = []
    for (why, remedy), names in phrases.by_remedy(every).items():
        because = f": {why}" if why else ""
        change = f" → {remedy}" if remedy else ""
        found.append(line(run(visible(f"? {phrases.some(names)}{because}{change}", 2 * _ANSWER))))
    return [title("Not checked"), *found] if found else []


def _counted(noun: str, values: Sequence[str], total: int) -> tuple[str, Sequence[str]]:
    """One by its name; of several a few, and how many they are."""
    if total < 2:
        return noun, values
    more = [] if total <= min(len(values), NAMES) else ["…"]
    return phrases.many(total, noun.lower()), [*values[:NAMES], *more]
