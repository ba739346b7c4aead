"""What has changed about an incident: the document before and the one after in, a few phrases out."""

from collections.abc import Iterator
from datetime import datetime

from bot.facts.document import Document
from bot.rendering import phrases
from bot.slack import parts
from bot.slack.elements import line, rich, run, title
from bot.slack.escaping import visible
from bot.slack.message import Message, message


_VALUE = 300


def between(before: Document, after: Document) -> tuple[str, ...]:
    """Each difference that somebody would want to hear of; never empty."""
    return tuple(_differences(before, after)) or ("the evidence was looked at again",)


def told(before: Document, after: Document, at: datetime) -> Message:
    """The same as a message for the thread."""
    found = between(before, after)
    lines = [title(f"Changed at {phrases.spelled(at)}"), *(line(run(f"· {each}")) for each in found)]
    return message(f"Changed: {'; '.join(found)}: {parts.headline(after)}", rich(lines))


def _differences(before: Document, after: Document) -> Iterator[str]:
    for noun, old, new in (
        ("pod", before.where.pods, after.where.pods),
        ("workload", before.where.workloads, after.where.workloads),
        ("node", before.where.nodes, after.where.nodes),
    ):
        if len(old) != len(new):
            yield f"{phrases.many(len(new), noun)}, before {len(old)}"
    for name, was, now in (
        ("cause", before.cause or "not known", after.cause or "not known"),
        ("confidence", before.confidence, after.confidence),
        ("severity", before.severity, after.severity),
        ("scope", before.where.scope, after.where.scope),
        ("place", phrases.lies(before.where), phrases.lies(after.where)),
    ):
        if was != now:
            yield f"{name} {visible(now, _VALUE)}, before {visible(was, _VALUE)}"
