"""Records of what was done, as they are kept and handed out: entries in, a chain of rows out, and records again.

Whoever can write to the database can alter a row. It is read nevertheless, so that the chain shows it; what cannot be read at
all comes as a record without a digest, which fits nowhere.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from sqlalchemy import LargeBinary, cast, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import StoreError
from bot.facts import audit
from bot.facts.audit import Entry, Event, Record
from bot.facts.redaction import redact
from bot.store.models import AuditRow


_LOCK: Final = 0x61756469747275  # "auditru", as a number of PostgreSQL's advisory locks
_LAST_NUMBER: Final = 2**31 - 1  # of PostgreSQL's integer
_ENTRIES = msgspec.json.Decoder(Entry)
_RECORDS = msgspec.json.Decoder(Record)
_ILLEGIBLE: Final = Entry(
    datetime(1970, 1, 1, tzinfo=UTC), Event.REFUSED, "", details={"illegible": "this record cannot be read"}
)


async def append(connection: AsyncConnection, entries: Sequence[Entry]) -> None:
    """Add to the chain, in the transaction that stores what the entries are about; call it last.

    From here to the end of the transaction nobody else adds: SQLite has one writer, PostgreSQL a lock that ends with it. All
    take it after every lock on rows, so that none waits in a circle.

    Raises:
        StoreError: the last record has a number that none of ours can have.
    """
    if not entries:
        return
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    end = await newest(connection)
    number, previous = (end.number, end.digest) if end else (0, audit.BEGINNING)
    if number + len(entries) > _LAST_NUMBER:
        raise StoreError(
            "the record of changes cannot be continued after its last number", "look: imagepull audit verify"
        )
    rows = []
    for each in entries:
        record = audit.sealed(number + 1, previous, _recordable(each))
        number, previous = record.number, record.digest
        body = msgspec.json.encode(record.entry).decode()
        rows.append({"number": number, "previous": record.previous, "digest": previous, "body": body})
    await connection.execute(insert(AuditRow), rows)


async def newest(connection: AsyncConnection) -> Record | None:
    """The last record; None where there is none."""
    wanted = _wanted(connection).order_by(AuditRow.number.desc()).limit(1)
    row = (await connection.execute(wanted)).first()
    if row is None:
        return None
    found = _record(row)
    # What follows has to follow what stands there, also where that cannot be read.
    return found if found.digest else replace(found, digest=_text(row.digest))


async def after(connection: AsyncConnection, number: int, most: int) -> tuple[Record, ...]:
    """The records from after that number on, in order."""
    wanted = _wanted(connection).where(AuditRow.number > number).order_by(AuditRow.number).limit(most)
    return tuple(_record(row) for row in await connection.execute(wanted))


def spelled(record: Record) -> str:
    """A record as a line of JSON, in ASCII, to be kept elsewhere."""
    return json.dumps(msgspec.to_builtins(record))


def read(line: bytes) -> Record | None:
    """The record that such a line holds; None where it holds none."""
    try:
        found = _RECORDS.decode(line)
    except (msgspec.MsgspecError, RecursionError):
        return None
    return found if _has_a_time(found.entry) else None


def _wanted(connection: AsyncConnection) -> Any:
    """All of the rows; SQLite also keeps text that is none, and would refuse to hand it out as text."""
    columns = (AuditRow.previous, AuditRow.digest, AuditRow.body)
    if connection.dialect.name != "sqlite":
        return select(AuditRow.number, *columns)
    return select(AuditRow.number, *(cast(each, LargeBinary).label(each.key) for each in columns))


def _record(row: Any) -> Record:
    previous, digest = _text(row.previous), _text(row.digest)
    try:
        entry = _ENTRIES.decode(row.body)
    except (msgspec.MsgspecError, RecursionError, TypeError):
        return Record(row.number, previous, "", _ILLEGIBLE)
    if not _has_a_time(entry):
        return Record(row.number, previous, "", _ILLEGIBLE)
    return Record(row.number, previous, digest, entry)


def _has_a_time(entry: Entry) -> bool:
    """Whether it happened at a time that can be reckoned with."""
    try:
        entry.at.astimezone(UTC)
    except (OverflowError, ValueError):
        return False
    return entry.at.tzinfo is not None


def _recordable(entry: Entry) -> Entry:
    """As it comes back: in UTC, in whole characters; and without what looks like a secret, whoever put that in."""
    return Entry(
        entry.at.astimezone(UTC),
        entry.event,
        _whole(entry.actor),
        _whole(entry.plan),
        _whole(entry.digest),
        _whole(entry.cluster),
        _whole(entry.namespace),
        {_whole(key): redact(_whole(value)) for key, value in entry.details.items()},
    )


def _whole(value: str) -> str:
    """Without half a character of two, which no database takes."""
    return value.encode(errors="replace").decode()


def _text(value: str | bytes | None) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value or ""
