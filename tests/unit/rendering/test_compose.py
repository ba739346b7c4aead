"""A report becomes documents: one for each group that shares a verdict, or one for each incident."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.facts.cause import Ask, Disposition, Expectation, Scope, Severity, Weight
from bot.facts.document import Candidate, Question, RuledOutLine, Unchecked
from bot.facts.evidence import Answer, Evidence, Witness
from bot.facts.failure import Workload
from bot.facts.objects import ContainerKind
from bot.facts.text import Span, plain
from bot.facts.verdict import Confidence, Incident, Place, Report, Verdict
from bot.rendering import compose
from bot.rendering.voice import Voice
from tests import reports


@pytest.fixture
def voice() -> Voice:
    """The words of two causes."""
    return Voice(reports.catalog())


def test_twenty_replicas_are_one_document(voice: Voice) -> None:
    """With every pod and node in it."""
    replicas = [reports.diagnosis(f"web-{each:02}", node=f"node-{each % 2}") for each in range(20)]
    (document,) = compose.documents(reports.report(*replicas), voice)
    assert len(document.where.pods) == 20
    assert document.where.nodes == ("node-0", "node-1")
    assert document.where.workload == "Deployment/web"
    assert plain(document.headline) == "The tag 1.4 does not exist in registry.corp.example/shop/web"


def test_two_containers_with_two_causes_are_two_documents(voice: Voice) -> None:
    """So are two images, and two confidences; the surest comes first."""
    other = replace(
        reports.diagnosis(),
        failure=replace(reports.failure(), container="sidecar"),
        verdict=reports.unproven(),
    )
    found = compose.documents(reports.report(other, reports.diagnosis()), voice)
    assert [(each.where.container, each.confidence) for each in found] == [
        ("web", Confidence.HIGH),
        ("sidecar", Confidence.MEDIUM),
    ]


def test_document_says_everything_there_is(voice: Voice) -> None:
    """Proof in the cause's order, what was ruled out and by what, remedies with their dispositions, commands."""
    (document,) = compose.documents(reports.report(reports.diagnosis()), voice)
    assert (document.cause, document.title) == ("wrong-tag", "The tag does not exist")
    assert document.severity is Severity.HIGH
    assert [(each.check, plain(each.summary), each.relevant) for each in document.evidence] == [
        ("repository-exists", "The repository is there", True),
        ("manifest-exists", "The registry has no such tag", True),
        ("similar-tag-exists", "There is 1.3", True),
        ("image-ran-before", "It never ran here", False),
    ]
    assert document.ruled_out == (
        RuledOutLine("image-removed", "It was removed", "image-ran-before", (Span("It never ran here"),)),
    )
    assert [(each.action, each.disposition) for each in document.remedies] == [
        ("set-image", Disposition.NEEDS_APPROVAL),
        ("manual", Disposition.MANUAL),
    ]
    assert [each.argv[0] for each in document.commands] == ["kubectl", "crictl"]
    assert document.unchecked == ()
    assert document.since == datetime(2026, 3, 1, 14, 2, 11, tzinfo=UTC)


def test_unproven_document_says_what_would_decide(voice: Voice) -> None:
    """And the flag that would let it be asked; what it could not see is listed."""
    (document,) = compose.documents(reports.report(reports.diagnosis(judged=reports.unproven())), voice)
    assert document.possible == (Candidate("image-removed", "It was removed"),)
    assert document.question == Question("manifest-exists", "The registry has this tag", "--probe anonymous")
    assert document.unchecked == (Unchecked("tag 1.4", "the registry was not asked", "--probe anonymous"),)


def test_experimental_cause_offers_nothing_to_press() -> None:
    """It is shown; every remedy is a person's."""
    playbook = reports.playbook()
    playbook = replace(playbook, cause=replace(playbook.cause, stable=False))
    (document,) = compose.documents(reports.report(reports.diagnosis()), Voice(reports.catalog(playbook)))
    assert not document.stable
    assert {each.disposition for each in document.remedies} == {Disposition.MANUAL}


@pytest.mark.parametrize(
    ("kind", "container", "offered"),
    [
        ("Deployment", ContainerKind.MAIN, True),
        ("Deployment", ContainerKind.EPHEMERAL, False),
        ("Job", ContainerKind.MAIN, False),
    ],
)
def test_remedy_that_cannot_be_done_is_not_offered(
    kind: str, container: ContainerKind, offered: bool
) -> None:
    """Neither a Job's template nor a debug container can be given another image."""
    catalog = reports.catalog()
    fixed = replace(catalog.actions["set-image"], not_for=("Job", "ephemeral"))
    catalog = replace(catalog, actions={**catalog.actions, "set-image": fixed})
    found = reports.diagnosis()
    found = replace(
        found, workload=Workload(kind, "shop", "web"), failure=replace(found.failure, kind=container)
    )
    (document,) = compose.documents(reports.report(found), Voice(catalog))
    assert ("set-image" in [each.action for each in document.remedies]) is offered


def test_unknown_cause_is_told_last_and_whole(voice: Voice) -> None:
    """Not known, with every answer that was got."""
    evidence = (Evidence("manifest-exists", Answer.UNKNOWN, Witness.REGISTRY, why_unknown="timed out"),)
    lost = reports.diagnosis("lost-1", judged=Verdict(None, Confidence.LOW, evidence))
    found = compose.documents(reports.report(lost, reports.diagnosis()), voice)
    assert [each.cause for each in found] == ["wrong-tag", None]
    assert plain(found[1].headline) == "The cause is not known"
    assert [each.relevant for each in found[1].evidence] == [True]
    assert found[1].unchecked == ()  # no flag and no right would have changed that


def test_incident_is_told_once_for_everything_it_breaks(voice: Voice) -> None:
    """Workloads of several namespaces carry theirs in front; the place is the incident's."""
    first, second = (
        reports.diagnosis(),
        replace(reports.diagnosis("api-1"), workload=Workload("Job", "pay", "api")),
    )
    place = Place(Scope.REGISTRY, registry="registry.corp.example")
    incident = Incident("wrong-tag", place, Confidence.MEDIUM, (first, second))
    (document,) = compose.incident_documents(reports.report(first, second, incidents=(incident,)), voice)
    assert document.where.scope is Scope.REGISTRY
    assert document.where.workloads == ("pay/Job/api", "shop/Deployment/web")
    assert document.where.namespace == ""
    assert document.confidence is Confidence.MEDIUM


def test_document_takes_the_scope_of_its_incident(voice: Voice) -> None:
    """The computed place, not the cause's first."""
    diagnosis = reports.diagnosis()
    incident = Incident("wrong-tag", Place(Scope.REGISTRY), Confidence.HIGH, (diagnosis,))
    (document,) = compose.documents(reports.report(diagnosis, incidents=(incident,)), voice)
    assert document.where.scope is Scope.REGISTRY
    (alone,) = compose.documents(reports.report(diagnosis, incidents=()), voice)
    assert alone.where.scope is Scope.WORKLOAD


def _next_try(attempts: int | None, ago: timedelta | None) -> datetime | None:
    now = compose.moment(reports.NOW)
    failure = replace(
        reports.failure(), attempts=attempts, last_attempt=now - ago if ago is not None else None
    )
    report = reports.report(replace(reports.diagnosis(), failure=failure))
    (document,) = compose.documents(report, Voice(reports.catalog()))
    return document.next_try


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 10), (2, 20), (5, 160), (6, 300), (4000, 300)])
def test_next_try_follows_the_kubelets_back_off(attempts: int, seconds: int) -> None:
    """10 s, doubled, five minutes at most."""
    expected = compose.moment(reports.NOW) - timedelta(seconds=5) + timedelta(seconds=seconds)
    assert _next_try(attempts, timedelta(seconds=5)) == expected


def test_next_try_is_not_guessed() -> None:
    """Stale events and unknown counts give none."""
    assert _next_try(1, timedelta(seconds=11)) is None
    assert _next_try(None, timedelta(0)) is None
    assert _next_try(3, None) is None


def test_document_has_no_hidden_character_anywhere(voice: Voice) -> None:
    """A channel escapes its own markup and nothing else, so everything else is done here."""
    hostile = "a\x1b]52;c;x\x07\u202e\u200b\nb"
    diagnosis = reports.diagnosis(
        f"pod{hostile}", image=f"img{hostile}", message=hostile * 2000, node=hostile
    )
    report = reports.report(diagnosis, cluster=hostile)
    for document in (*compose.documents(report, voice), *compose.incident_documents(report, voice)):
        text = repr(document).encode().decode()
        assert "\\u202e" in text
        for character in ("\x1b", "\x07", "\u202e", "\u200b"):
            assert character not in str([document.where, document.message, plain(document.headline)]).replace(
                "\\\\", ""
            )
        assert document.commands == ()


def test_documents_are_the_same_whatever_the_order(voice: Voice) -> None:
    """A report is told the same way every time."""
    some = [reports.diagnosis(f"web-{each}", node=f"node-{each}") for each in range(3)]
    other = replace(reports.diagnosis("x"), workload=Workload("Job", "shop", "x"))
    forward, backward = reports.report(*some, other), reports.report(other, *reversed(some))
    assert compose.documents(forward, voice) == compose.documents(backward, voice)


def test_moment_of_nonsense_is_long_ago() -> None:
    """A report whose time cannot be read is still told."""
    assert compose.moment("yesterday").year == 1
    assert compose.moment("2026-01-01T00:00:00").tzinfo is UTC
    assert compose.documents(Report("c", "?", (), (), ()), Voice(reports.catalog())) == ()


@pytest.mark.parametrize(("answer", "shown"), [(Answer.YES, {"a-b"}), (Answer.UNKNOWN, {"a-b", "c-d"})])
def test_proof_shows_the_answer_that_met_a_line_of_several(answer: Answer, shown: set[str]) -> None:
    """Where one is enough, the others say nothing; where none answered, all are missing."""
    playbook = reports.playbook()
    ask = Ask((Expectation("a-b"), Expectation("c-d")), Weight.MUST)
    playbook = replace(playbook, cause=replace(playbook.cause, evidence=(ask,)))
    evidence = (Evidence("a-b", answer, Witness.CLUSTER), Evidence("c-d", Answer.UNKNOWN, Witness.CLUSTER))
    judged = Verdict("wrong-tag", Confidence.HIGH, evidence)
    found = compose.documents(
        reports.report(reports.diagnosis(judged=judged)), Voice(reports.catalog(playbook))
    )
    assert {each.check for each in found[0].evidence if each.relevant} == shown
