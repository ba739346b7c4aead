"""The record of changes is a chain."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.facts import audit
from bot.facts.audit import BEGINNING, Entry, Event, Record


_NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def _chain(many: int) -> list[Record]:
    found: list[Record] = []
    for number in range(1, many + 1):
        entry = Entry(
            _NOW + timedelta(seconds=number), Event.SENT, "T1/U1", "p1", details={"step": str(number)}
        )
        found.append(audit.sealed(number, found[-1].digest if found else BEGINNING, entry))
    return found


def _without(records: Sequence[Record], number: int) -> list[Record]:
    return [each for each in records if each.number != number]


def _altered(records: Sequence[Record], number: int, **changes: object) -> list[Record]:
    return [
        replace(each, entry=replace(each.entry, **changes)) if each.number == number else each
        for each in records
    ]


def test_an_honest_chain_is_whole() -> None:
    """Nothing is said about it, and any part of it can be looked at by itself."""
    records = _chain(5)
    assert audit.broken(records) == ""
    assert audit.broken(records[2:], 2, records[1].digest) == ""


@pytest.mark.parametrize("number", [1, 3])
def test_a_record_taken_out_shows(number: int) -> None:
    """At the beginning and in the middle."""
    assert f"record {number} is missing" in audit.broken(_without(_chain(5), number))


@pytest.mark.parametrize(
    "changes",
    [
        {"actor": "T1/U2"},
        {"details": {"step": "9"}},
        {"at": _NOW},
        {"event": Event.REFUSED},
        {"plan": "p2"},
        {"digest": "x"},
        {"cluster": "other"},
        {"namespace": "other"},
    ],
)
def test_an_altered_record_shows(changes: dict[str, object]) -> None:
    """Whatever was altered in it."""
    assert audit.broken(_altered(_chain(5), 3, **changes)) == "record 3 was altered"


def test_a_record_made_anew_shows_in_the_next_one() -> None:
    """Whoever computes a digest of their own has to do so for all that follow."""
    records = _chain(5)
    forged = audit.sealed(3, records[1].digest, replace(records[2].entry, actor="T1/U9"))
    assert audit.broken([*records[:2], forged, *records[3:]]) == "record 4 does not follow the one before it"


def test_a_time_is_the_same_in_every_zone() -> None:
    """A database may give it back in another one."""
    record = _chain(1)[0]
    elsewhere = replace(record.entry, at=record.entry.at.astimezone(timezone(timedelta(hours=5))))
    assert audit.broken([replace(record, entry=elsewhere)]) == ""
