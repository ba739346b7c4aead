"""The record reads like a table, whatever somebody wrote into it."""

from dataclasses import replace
from datetime import timedelta, timezone

from bot.cli import audit_page
from bot.cli.audit_page import Shown
from bot.facts import audit
from bot.facts.audit import Event, Record
from tests import proposed
from tests.fakes.cluster import NOW


def _record(number: int = 1, **changes: object) -> Record:
    return audit.sealed(number, audit.BEGINNING, replace(proposed.entry(Event.APPROVED), **changes))  # type: ignore[arg-type]  # as replace


def _lines(*records: Record, wrong: str = "", width: int = 80) -> list[str]:
    told = Shown(records, 12, "d" * 64, wrong)
    return audit_page.text(told, width, colour=False).splitlines()


def test_page_shows_who_did_what_where_when() -> None:
    """In columns, with the rest below."""
    east = NOW.astimezone(timezone(timedelta(hours=9)))
    lines = _lines(_record(9), _record(10, at=east, plan="", details={}, namespace="", digest="ab"))
    assert lines == [
        " #  when                  what      who    where",
        " 9  2026-11-22 09:00:00Z  approved  T1/U1  eu/shop",
        "    plan: p1",
        "    rule: shop may",
        "10  2026-11-22 09:00:00Z  approved  T1/U1  eu",
        "    digest: ab",
        "",
        "2 of 12 records",
        f"last digest: {'d' * 64}",
    ]


def test_page_says_first_that_the_record_is_broken() -> None:
    """Before anybody believes what it shows."""
    assert _lines(_record(), wrong="record 3 was altered")[-3] == (
        "broken: record 3 was altered; `imagepull audit verify` says more"
    )


def test_page_of_nothing_is_short() -> None:
    """No head without rows."""
    assert audit_page.text(Shown((), 0, audit.BEGINNING), 80, colour=False) == "0 of 0 records\n"


def test_page_spells_what_no_screen_shows() -> None:
    """An API server's answer may hold anything."""
    lines = _lines(_record(actor="\x1b[31mx", details={"an\nswered": "no\u202e\r" + "x" * 1000}))
    told = "\n".join(lines)
    assert all(each.isprintable() for each in lines)
    assert "\\x1b[31mx" in told
    assert "an\\nswered:" in told
    assert "no\\u202e\\rxxx" in told
    assert max(map(len, lines)) <= 80


def test_number_of_records_in_words() -> None:
    """One is one."""
    assert [audit_page.records(each) for each in (0, 1, 2)] == ["0 records", "1 record", "2 records"]
