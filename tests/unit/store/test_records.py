"""Records hold together, whoever writes into their rows; the rest is in tests/contract/test_ledger.py."""

from dataclasses import replace
from datetime import UTC, timedelta, timezone

import pytest
from sqlalchemy import text

from bot.errors import StoreError
from bot.facts import audit
from bot.facts.audit import Event
from bot.store import engines, records
from bot.store.opening import Store
from tests import proposed
from tests.fakes.cluster import NOW


async def _alter(url: str, statement: str) -> None:
    engine = engines.opened(url)
    async with engine.begin() as connection:
        await connection.execute(text(statement))
    await engines.closed(engine)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET body = replace(body, 'T1/U1', 'T1/U9') WHERE number = 2",
        "UPDATE audit SET body = '' WHERE number = 2",
        "UPDATE audit SET body = x'ff00' WHERE number = 2",
        "UPDATE audit SET body = CAST(x'ff00' AS TEXT) WHERE number = 2",
        'UPDATE audit SET body = \'{"at":"2026-01-01T00:00:00","event":"sent","actor":"x"}\' WHERE number = 2',
        'UPDATE audit SET body = \'{"at":"0001-01-01T00:00:00+14:00","event":"sent","actor":"x"}\' WHERE number = 2',
        "UPDATE audit SET body = replace(body, 'requested', 'dreamt') WHERE number = 2",
        "UPDATE audit SET body = 7 WHERE number = 2",
        "UPDATE audit SET digest = upper(digest) WHERE number = 2",
        "UPDATE audit SET digest = x'ff' WHERE number = 2",
        "UPDATE audit SET digest = 7 WHERE number = 2",
        "UPDATE audit SET digest = '' WHERE number = 2",
    ],
)
async def test_row_that_was_altered_is_read_and_shown(store: Store, url: str, change: str) -> None:
    """Whatever stands in it; and the record goes on after it."""
    await store.ledger.note([proposed.entry() for _ in range(3)])
    await _alter(url, change)
    found = await store.ledger.records()
    assert audit.broken(found) == "record 2 was altered"
    await store.ledger.note([proposed.entry()])
    assert [each.number for each in await store.ledger.records()] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE audit SET previous = x'ff' WHERE number = 2", "record 2 does not follow"),
        ("UPDATE audit SET number = 9 WHERE number = 3", "record 3 is missing"),
        ("DELETE FROM audit WHERE number = 1", "record 1 is missing"),
        ("DELETE FROM audit WHERE number = 2", "record 2 is missing"),
    ],
)
async def test_row_that_was_moved_or_taken_out_is_missed(
    store: Store, url: str, change: str, said: str
) -> None:
    """By its number, or by what it should follow."""
    await store.ledger.note([proposed.entry() for _ in range(3)])
    await _alter(url, change)
    assert audit.broken(await store.ledger.records()).startswith(said)


async def test_last_record_that_cannot_be_read_is_followed_all_the_same(store: Store, url: str) -> None:
    """It is that one that is broken, and not what comes after it."""
    await store.ledger.note([proposed.entry()])
    await _alter(url, "UPDATE audit SET body = 'x'")
    await store.ledger.note([proposed.entry()])
    last = await store.ledger.last()
    assert last is not None
    first, second = await store.ledger.records()
    assert (first.digest, second) == ("", last)
    assert audit.broken([second], 1, second.previous) == ""


async def test_number_that_nothing_can_follow_is_refused(store: Store, url: str) -> None:
    """Somebody wrote it there."""
    await store.ledger.note([proposed.entry()])
    await _alter(url, "UPDATE audit SET number = 9223372036854775807")
    with pytest.raises(StoreError, match="cannot be continued"):
        await store.ledger.note([proposed.entry()])


async def test_entry_is_recorded_in_utc_in_whole_characters_and_without_secrets(store: Store) -> None:
    """So that it comes back as it was sealed."""
    east = NOW.astimezone(timezone(timedelta(hours=9)))
    said = {"answered": "token=hunter2hunter2 \ud800\0", "half\ud800": "x"}
    await store.ledger.note([replace(proposed.entry(at=east), details=said, namespace="\udfff")])
    (found,) = await store.ledger.records()
    assert found.entry.at == NOW
    assert found.entry.at.tzinfo == UTC
    assert found.entry.namespace == "?"
    assert found.entry.details == {"answered": "token=[redacted] ?\0", "half?": "x"}
    assert audit.broken([found]) == ""


def test_line_of_a_record_is_read_again() -> None:
    """With the digests that it had."""
    record = audit.sealed(1, audit.BEGINNING, proposed.entry(Event.SENT))
    assert records.read(records.spelled(record).encode()) == record


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\xff",
        b"{}",
        b"[" * 5000,
        b'{"number":1,"previous":"","digest":"","entry":{"at":"2026-01-01T00:00:00","event":"sent","actor":""}}',
    ],
)
def test_line_that_holds_no_record_is_none(line: bytes) -> None:
    """Also one whose time could be any."""
    assert records.read(line) is None


async def test_nothing_to_record_takes_no_turn(store: Store) -> None:
    """Nobody waits for it."""
    await store.ledger.note([])
    assert await store.ledger.last() is None
