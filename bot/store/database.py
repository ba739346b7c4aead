"""The one way to the tables: a block that reads or writes in, a transaction out.

Whatever a driver raises inside such a block leaves it as a StoreError.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store import engines
from bot.store.failures import explained


class Database:
    """A database whose schema is up to date.

    Args:
        engine: as ``engines.opened`` made it.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reads = engine.execution_options(**{engines.READS: True})
        # SQLite has one writer, and who waits for it asks again and again until it gives up: a process that is slow in the
        # middle of a transaction would lock itself out. So its writers stand in line here, as long as it takes.
        # https://www.sqlite.org/c3ref/busy_timeout.html
        self._turn: AbstractAsyncContextManager[object] = (
            asyncio.Lock() if engine.dialect.name == "sqlite" else nullcontext()
        )

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads, and waits for nobody."""
        with explained():
            async with self._reads.connect() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that is carried out when the block ends, and not at all when it fails."""
        with explained():
            async with self._turn, self._engine.begin() as connection:
                yield connection

    async def close(self) -> None:
        """End all connections."""
        with explained():
            await engines.closed(self._engine)


async def upsert(connection: AsyncConnection, table: Any, row: dict[str, Any], *replaced: str) -> bool:
    """Insert a row; where its key is there already replace these columns, or none. Whether anything was written.

    Both engines spell it alike, but SQLAlchemy has no common word for it.
    """
    insert = _dialect(connection).insert(table).values(**row)
    keys = [column.name for column in table.__table__.primary_key]
    if replaced:
        change = {name: insert.excluded[name] for name in replaced}
        insert = insert.on_conflict_do_update(index_elements=keys, set_=change)
    else:
        insert = insert.on_conflict_do_nothing(index_elements=keys)
    return bool((await connection.execute(insert)).rowcount)


async def upsert_all(
    connection: AsyncConnection, table: Any, rows: Sequence[dict[str, Any]], *replaced: str, unless_same: str
) -> None:
    """Insert rows, or replace these columns where the key is there; but not where one column already says the same."""
    insert = _dialect(connection).insert(table)
    statement = insert.on_conflict_do_update(
        index_elements=[column.name for column in table.__table__.primary_key],
        set_={name: insert.excluded[name] for name in replaced},
        where=getattr(table, unless_same) != insert.excluded[unless_same],
    )
    await connection.execute(statement, list(rows))


def _dialect(connection: AsyncConnection) -> Any:
    return postgresql if connection.dialect.name == "postgresql" else sqlite
