"""Findings say how something is."""

from bot.facts import finding
from bot.facts.finding import State


def test_finding_has_a_word_for_every_state() -> None:
    """Each of the four has its maker."""
    made = (
        finding.ok("a", "b"),
        finding.warning("a", "b"),
        finding.wrong("a", "b"),
        finding.unchecked("a", "b"),
    )
    assert [each.state for each in made] == list(State)
