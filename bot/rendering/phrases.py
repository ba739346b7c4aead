"""The small phrases that every channel says alike: how sure, where, how many, since when.

Parts of a :class:`~bot.facts.document.Document` in -> plain text out. A channel adds its own markup, and no words.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from bot.facts.cause import Scope
from bot.facts.document import Document, EvidenceLine, RuledOutLine, Unchecked, Where
from bot.facts.evidence import Answer
from bot.facts.text import Text
from bot.facts.verdict import Confidence


# Widest first: what breaks most stands on top.
SCOPES = (Scope.CLUSTER, Scope.REGISTRY, Scope.NODE, Scope.NAMESPACE, Scope.WORKLOAD)
# What speaks for the cause is proof, whether the claim was expected to be true or false.
PROOF = "✔"
_MARKS = {Answer.YES: PROOF, Answer.NO: "✘", Answer.UNKNOWN: "?"}
_SURENESS = {Confidence.HIGH: "", Confidence.MEDIUM: "Probably: ", Confidence.LOW: "Perhaps: "}
_MOST_NAMES = 4


def sureness(document: Document) -> str:
    """How a headline begins. "Not known" is no guess that could be sure or unsure."""
    return _SURENESS[document.confidence] if document.cause else ""


def mark(line: EvidenceLine) -> str:
    """The sign before an answer: ✔ for what proves the cause, else what the answer was."""
    return PROOF if line.speaks_for else _MARKS[line.answer]


def why_unknown(line: EvidenceLine) -> str:
    """Why there is no answer, and what would change that; "" where there is one."""
    if line.answer is not Answer.UNKNOWN or not line.why_unknown:
        return ""
    return f": {line.why_unknown}" + (f" ({line.would_answer})" if line.would_answer else "")


def container(where: Where) -> str:
    """Which container it is, and of what kind."""
    kind = "image volume" if where.container_kind == "image-volume" else f"{where.container_kind} container"
    return f"{kind} {where.container}"


def lies(where: Where) -> str:
    """The place that the scope means."""
    match where.scope:
        case Scope.NODE:
            return some(where.nodes)
        case Scope.REGISTRY:
            return where.registry
        case Scope.NAMESPACE:
            return where.namespace
        case Scope.CLUSTER:
            return where.cluster
        case Scope.WORKLOAD:
            return "/".join(part for part in (where.namespace, where.workload) if part)


def by_reason(lines: Iterable[RuledOutLine]) -> Mapping[Text, Sequence[str]]:
    """What was ruled out, by the words that exclude it."""
    found: dict[Text, list[str]] = {}
    for each in lines:
        found.setdefault(each.because, []).append(each.cause)
    return found


def by_remedy(every: Iterable[Unchecked]) -> Mapping[tuple[str, str], Sequence[str]]:
    """What could not be checked, by why and by what would change that; each thing once."""
    found: dict[tuple[str, str], list[str]] = {}
    for each in every:
        names = found.setdefault((each.why, each.remedy), [])
        if each.what not in names:
            names.append(each.what)
    return found


def some(names: Sequence[str], most: int = _MOST_NAMES) -> str:
    """A few names as a sentence says them, and how many more there are."""
    listed = list(names[:most])
    if len(names) > most:
        listed.append(f"{len(names) - most} more")
    return " and ".join(filter(None, (", ".join(listed[:-1]), listed[-1]))) if listed else ""


def either(names: Sequence[str]) -> str:
    """Names of which one is meant."""
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def many(number: int, noun: str) -> str:
    """How many of something."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def spelled(when: datetime) -> str:
    """A time with its date, in UTC."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
