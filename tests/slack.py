"""Documents for the tests of Slack, small and hostile, and the two questions asked of every payload."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from bot.facts.cause import Disposition, Scope, Severity
from bot.facts.document import (
    Candidate,
    CommandLine,
    Document,
    EvidenceLine,
    Question,
    RemedyLine,
    RuledOutLine,
    Unchecked,
    Where,
)
from bot.facts.evidence import Answer, Witness
from bot.facts.text import Paragraph, Span
from bot.facts.verdict import Confidence
from bot.slack.message import Message
from tests.fakes import slack_limits, slack_markup


AT = datetime(2026, 3, 1, 14, 2, 11, tzinfo=UTC)
HOSTILE = (
    "<!channel>",
    "<!here|x>",
    "<@U012AB3CD>",
    "<#C012AB3CD>",
    "<https://evil.example|docs>",
    "<!date^1392734382^{date}|x>",
    "@here",
    "#general",
    ":rotating_light:",
    "https://evil.example/x",
    "mailto:a@evil.example",
    "`",
    "```",
    "*b* _i_ ~s~",
    "&lt;!channel&gt;",
    "&amp;",
    '","action_id":"approve","type":"button',
    '"}]},{"type":"actions","elements":[{"type":"button"}]',
    "\u202e\u2066",
    "\u200b\u2060\ufeff",
    "\x1b[31m\x1b]52;c;x\x07",
    "\n\n> quote\n# title",
    "\\u202e",
    "\ud83d",
    "😀" * 40,
    "é" * 300,
    "&" * 500,
    "<" * 500,
    '"\\' * 500,
    "x" * 10_000,
    "",
)


def hostile() -> st.SearchStrategy[str]:
    """Texts made of what does something in Slack, and of anything else."""
    pieces = st.one_of(
        st.sampled_from(HOSTILE), st.text(max_size=20), st.text(alphabet='<>&`:@#!*_~|^\\"', max_size=20)
    )
    return st.lists(pieces, max_size=4).map("".join)


def document(text: str = "web", many: int = 1, **changed: Any) -> Document:
    """A document in which every string is this text and every list so long."""
    words = (Span("It is "), Span(text, value=True), Span(f" and {text}"))
    names = tuple(f"{text}/{number}" for number in range(many))
    lines = tuple(
        EvidenceLine(text, answer, words, Witness.REGISTRY, text, text, relevant=True, speaks_for=speaks)
        for answer in Answer
        for speaks in (True, False)
    )
    where = Where(text, Scope.REGISTRY, text, "", names, names, names, text, text, text, text)
    made = Document(
        cause="wrong-tag",
        title=text,
        headline=words,
        confidence=Confidence.MEDIUM,
        severity=Severity.HIGH,
        stable=True,
        where=where,
        symptom=text,
        reason=text,
        meaning=(Paragraph(words), Paragraph(words, bullet=True)) * many,
        proof=(Paragraph(words),) * many,
        evidence=lines * many,
        ruled_out=tuple(RuledOutLine(f"{text}{number}", text, text, words) for number in range(many)),
        possible=(Candidate(text, text),) * many,
        question=Question(text, text, text),
        fix=(Paragraph(words, bullet=True),) * many,
        commands=(CommandLine(text, ("kubectl", "get", "pod", text)),) * many,
        remedies=(RemedyLine(text, Disposition.NEEDS_APPROVAL, words),) * many,
        unchecked=tuple(Unchecked(f"{text}{number}", text, text) for number in range(many)),
        references=(text,),
        message=text,
        since=AT,
        next_try=AT,
    )
    return replace(made, **changed)


def payloads(message: Message) -> Iterator[Mapping[str, Any]]:
    """What is sent for a message and its thread."""
    yield message.payload()
    for reply in message.thread:
        yield from payloads(reply)


def refused(*messages: Message) -> list[str]:
    """What Slack would refuse."""
    return [
        problem
        for message in messages
        for payload in payloads(message)
        for problem in slack_limits.check(payload)
    ]


def wrong(*messages: Message) -> list[str]:
    """What Slack would refuse, and what would do something in it."""
    sent = [payload for message in messages for payload in payloads(message)]
    return [
        problem
        for payload in sent
        for problem in (*slack_limits.check(payload), *slack_markup.arising(payload))
    ]
