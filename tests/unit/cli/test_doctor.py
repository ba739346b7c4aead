"""Findings become lines, and a document."""

from bot.cli import doctor
from bot.facts.finding import ok, unchecked, warning, wrong
from bot.wiring.doctor.examining import Examination


FOUND = Examination(
    (
        ok("slack", "it answers"),
        wrong("clusters.prod", "nobody \x1b[31m answers", "kubectl get nodes"),
        warning("clusters.prod rights", "too wide"),
        unchecked("clusters.staging.writer", "not tried"),
    )
)


def test_text_groups_by_what_findings_are_about() -> None:
    """Plain in a pipe; what others wrote does nothing; a command stands whole in a line of its own."""
    told = doctor.text(FOUND, 80, colour=False)
    lines = told.splitlines()
    assert [line for line in lines if line and not line.startswith(" ")] == [
        "slack",
        "clusters.prod",
        "clusters.staging",
        "1 ok, 1 warning, 1 wrong, 1 not checked",
    ]
    assert "→ kubectl get nodes" in told
    assert "\x1b" not in told


def test_text_has_colours_where_they_are_wanted() -> None:
    """On a terminal."""
    assert "\x1b[" in doctor.text(FOUND, 80, colour=True)


def test_document_counts_and_lists() -> None:
    """For a program: every finding, what mends it or null."""
    told = doctor.document(FOUND)
    assert (told["ok"], told["counts"]) == (False, {"ok": 1, "warning": 1, "wrong": 1, "unchecked": 1})
    assert [each["remedy"] for each in told["findings"]] == [None, "kubectl get nodes", None, None]
