"""Every attack and fault that the project speaks of has its tests, part by part, and the page says which."""

from pathlib import Path

from tests import attacks


def test_every_part_of_every_case_is_shown() -> None:
    """By at least one test, which bears its mark."""
    there = {(each.case, each.part) for each in attacks.shown()}
    assert [
        (case.name, part) for case in attacks.cases() for part in case.parts if (case.name, part) not in there
    ] == []


def test_every_mark_names_what_there_is() -> None:
    """A part that is misspelled would be shown nowhere."""
    known = {(case.name, part) for case in attacks.cases() for part in case.parts}
    assert [each for each in attacks.shown() if (each.case, each.part) not in known] == []


def test_the_page_is_what_the_marks_say() -> None:
    """``make docs`` writes it."""
    written = Path(__file__).parents[1] / "docs" / attacks.PAGE
    assert written.read_text(encoding="utf-8") == attacks.page(attacks.cases(), attacks.shown())
