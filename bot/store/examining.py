"""How a memory is, without touching it: a URL in, its schema, what may be written, and whether a session stays, out.

Nothing is made, migrated or written: SQLite is opened to be read, and PostgreSQL answers questions in transactions that only read.
"""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import engines, migrating
from bot.store.database import Database
from bot.store.failures import explained
from bot.store.models import Base


_ROUNDS: Final = 3
_MAY: Final = "has_table_privilege(oid, 'INSERT') AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE')"


@dataclass(frozen=True, slots=True)
class Condition:
    """How a database is.

    Attributes:
        schema: the revision that it has; "" for none yet.
        ours: the revision that this version brings it to.
        is_known: whether this version knows the one that it has.
        barred: what may not be done that has to be, in words; "" for nothing.
        sessions_stay: whether a session keeps its connection between transactions, as claims need it; None where
            there are no sessions to speak of.
        works: whether this version can work with it, also where it does not know it.
    """

    schema: str
    ours: str
    is_known: bool
    barred: str = ""
    sessions_stay: bool | None = None
    works: bool = True


class Session(Protocol):
    """A session of a database: a connection, or what a pooler makes of one."""

    async def transaction(self, *statements: str) -> Any:
        """Do it in a transaction of its own; the first column of the last answer's first row."""
        ...


def file_of(url: str) -> Path | None:
    """The file of an SQLite URL; None for a server's.

    Raises:
        SettingsError: the URL names no database that we can use.
    """
    made = engines.opened(url, readonly=True)
    return Path(made.url.database or "") if made.dialect.name == "sqlite" else None


async def examined(url: str, password: str = "") -> Condition:
    """How the database is that a URL names.

    Args:
        url: of the settings; a file must be there.
        password: "" leaves it to the driver.

    Raises:
        SettingsError: the URL names no database that we can use.
        StoreError: it cannot be reached or read.
    """
    engine = engines.opened(url, password, readonly=True)
    database = Database(engine)
    try:
        async with database.reading() as connection:
            known = migrating.revisions()
            schema = await connection.run_sync(_revision)
            works = await connection.run_sync(migrating.works, known)
            barred = await _barred(connection) if engine.dialect.name == "postgresql" else ""
        stay = None
        if engine.dialect.name == "postgresql":
            with explained():
                async with engine.connect() as one, engine.connect() as other:
                    stay = await sessions_stay(_Real(one), _Real(other))
        return Condition(schema, known[0], not schema or schema in known, barred, stay, works)
    finally:
        await database.close()


async def sessions_stay(one: Session, other: Session) -> bool:
    """Whether a lock that one session took is its own, transaction after transaction.

    A pooler in transaction mode lends one server's session to whoever begins a transaction: then the other takes the same
    lock again, or the first one comes back to a session that knows nothing of it.
    """
    key = secrets.randbits(62)
    take, pid = f"SELECT pg_try_advisory_lock({key})", "SELECT pg_backend_pid()"
    await one.transaction(take)
    first = await one.transaction(pid)
    try:
        for _ in range(_ROUNDS):
            if await other.transaction(pid) == first or await other.transaction(take):
                return False
            if await one.transaction(pid) != first:
                return False
    finally:
        await one.transaction(f"SELECT pg_advisory_unlock({key})")
    return True


@dataclass(frozen=True, slots=True)
class _Real:
    connection: AsyncConnection

    async def transaction(self, *statements: str) -> Any:
        async with self.connection.begin():
            found: Any = None
            for each in statements:
                found = (await self.connection.execute(text(each))).scalar()
            return found


def _revision(connection: Connection) -> str:
    return MigrationContext.configure(connection).get_current_revision() or ""


async def _barred(connection: AsyncConnection) -> str:
    ask: Callable[[str], Awaitable[Any]] = lambda sql: _scalar(connection, sql)  # noqa: E731  # shorter than what it stands for
    if await ask("SELECT pg_is_in_recovery()"):
        return "it is a standby, which can only be read"
    if not await ask("SELECT coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)"):
        return "its user may make no tables in its schema"
    names = ", ".join(f"'{name}'" for name in Base.metadata.tables)
    query = (
        f"SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relname IN ({names}) "  # noqa: S608  # names of our own
        f"AND relnamespace = current_schema()::regnamespace AND NOT ({_MAY})"
    )
    return "its user may not write to every table" if await ask(query) else ""


async def _scalar(connection: AsyncConnection, statement: str) -> Any:
    return (await connection.execute(text(statement))).scalar()
