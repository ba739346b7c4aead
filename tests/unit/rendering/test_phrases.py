"""The small phrases that every channel says alike."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.facts.cause import Scope
from bot.facts.document import Document, EvidenceLine, RuledOutLine, Unchecked
from bot.facts.evidence import Answer, Witness
from bot.facts.text import Span
from bot.facts.verdict import Confidence
from bot.rendering import compose, phrases
from bot.rendering.voice import Voice
from tests import reports


@pytest.fixture
def document() -> Document:
    """One about Deployment/web."""
    with Voice(reports.catalog()) as voice:
        return compose.documents(reports.report(reports.diagnosis()), voice)[0]


@pytest.mark.parametrize(
    ("confidence", "cause", "said"),
    [
        (Confidence.HIGH, "wrong-tag", ""),
        (Confidence.MEDIUM, "wrong-tag", "Probably: "),
        (Confidence.LOW, "wrong-tag", "Perhaps: "),
        (Confidence.LOW, None, ""),
    ],
)
def test_sureness_is_said_before_the_headline(
    document: Document, confidence: Confidence, cause: str | None, said: str
) -> None:
    """What is not known is no guess."""
    assert phrases.sureness(replace(document, confidence=confidence, cause=cause)) == said


def _line(answer: Answer, *, speaks_for: bool = False, **more: str) -> EvidenceLine:
    return EvidenceLine("c", answer, (Span("it is"),), Witness.CLUSTER, speaks_for=speaks_for, **more)


def test_mark_of_a_no_that_proves_is_a_tick() -> None:
    """What speaks for the cause is proof, whichever way it was answered."""
    assert phrases.mark(_line(Answer.NO, speaks_for=True)) == "✔"
    assert [phrases.mark(_line(each)) for each in (Answer.YES, Answer.NO, Answer.UNKNOWN)] == ["✔", "✘", "?"]


def test_why_unknown_is_said_with_what_would_change_it() -> None:
    """And nothing where there is an answer."""
    unasked = {"why_unknown": "forbidden", "would_answer": "tier 2a"}
    assert phrases.why_unknown(_line(Answer.UNKNOWN, **unasked)) == ": forbidden (tier 2a)"
    assert phrases.why_unknown(_line(Answer.UNKNOWN, why_unknown="forbidden")) == ": forbidden"
    assert phrases.why_unknown(_line(Answer.YES, **unasked)) == ""


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        (Scope.NODE, "node-a"),
        (Scope.REGISTRY, "registry.corp.example"),
        (Scope.NAMESPACE, "shop"),
        (Scope.CLUSTER, "prod-eu"),
        (Scope.WORKLOAD, "shop/Deployment/web"),
    ],
)
def test_place_is_what_the_scope_means(document: Document, scope: Scope, said: str) -> None:
    """A node by its name, a workload with its namespace."""
    assert phrases.lies(replace(document.where, scope=scope)) == said


def test_container_says_its_kind(document: Document) -> None:
    """An image volume is no container."""
    assert phrases.container(document.where) == "main container web"
    assert phrases.container(replace(document.where, container_kind="image-volume")) == "image volume web"


def test_reasons_and_remedies_are_said_once() -> None:
    """What one answer rules out, and what one right would show, stands together."""
    because = (Span("it never ran"),)
    assert phrases.by_reason([RuledOutLine(each, each, "c", because) for each in "ab"]) == {
        because: ["a", "b"]
    }
    assert phrases.by_remedy([Unchecked(each, "forbidden", "tier 2a") for each in "aab"]) == {
        ("forbidden", "tier 2a"): ["a", "b"]
    }


def test_names_are_counted_beyond_a_few() -> None:
    """As a sentence says them."""
    assert phrases.some(()) == ""
    assert phrases.some(("a",)) == "a"
    assert phrases.some(tuple("abcdef")) == "a, b, c, d and 2 more"
    assert phrases.some(tuple("abcdef"), 1) == "a and 5 more"
    assert phrases.either(("a", "b", "c")) == "a, b or c"
    assert (phrases.many(1, "pod"), phrases.many(2, "pod")) == ("1 pod", "2 pods")


def test_times_are_spelled_in_utc() -> None:
    """Wherever they were written."""
    there = datetime(2026, 3, 1, 15, 2, 11, tzinfo=timezone(timedelta(hours=1)))
    assert phrases.spelled(there) == "2026-03-01 14:02:11 UTC" == phrases.spelled(there.astimezone(UTC))
