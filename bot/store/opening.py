"""Opens the memory: a URL in, everything that the core asks of it out, the schema up to date."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect

from bot.errors import StoreError
from bot.ports.counting import Census
from bot.ports.deciding import Ledger
from bot.ports.dispatching import Dispatches
from bot.ports.foretelling import Forewarnings
from bot.ports.judging import Opinions
from bot.ports.keeping import Keeper, Outbox, Recollection
from bot.ports.publishing import Editions
from bot.store import engines, migrating
from bot.store.claims import Claims, SessionClaims, SoleClaims
from bot.store.counting import DatabaseCensus
from bot.store.database import Database
from bot.store.editions import DatabaseEditions
from bot.store.failures import explained
from bot.store.forewarnings import DatabaseForewarnings
from bot.store.keeper import DatabaseKeeper
from bot.store.ledger import DatabaseLedger
from bot.store.letters import DatabaseOutbox
from bot.store.models import AuditRow, Base
from bot.store.opinions import DatabaseOpinions
from bot.store.posts import DatabaseDispatches
from bot.store.recollecting import DatabaseRecollection


_OWNERS: Final = stat.S_IRUSR | stat.S_IWUSR


@dataclass(frozen=True, slots=True)
class Store:
    """The memory, by what is asked of it."""

    keeper: Keeper
    outbox: Outbox
    recollection: Recollection
    ledger: Ledger
    census: Census
    dispatches: Dispatches
    opinions: Opinions
    editions: Editions
    forewarnings: Forewarnings


@asynccontextmanager
async def opened(url: str, password: str = "") -> AsyncIterator[Store]:
    """The memory at a URL, for as long as the block lasts; claims are given up at its end.

    A file is its owner's alone from its first byte on: it holds what images and namespaces are called.

    Args:
        url: of the settings.
        password: of the database; "" leaves it to the driver.

    Raises:
        SettingsError: the URL names no database that we can use.
        StoreError: it cannot be reached, or a newer version made it.
    """
    engine = engines.opened(url, password)
    database = Database(engine)
    claims: Claims = SoleClaims() if engine.dialect.name == "sqlite" else SessionClaims(engine)
    try:
        if engine.dialect.name == "sqlite":
            await asyncio.to_thread(_made, engine.url.database or "")
        await migrating.migrate(engine)
        yield _store(database, claims)
    finally:
        try:
            with explained():
                await claims.close()
        finally:
            await database.close()


@asynccontextmanager
async def recorded(url: str, password: str = "") -> AsyncIterator[Ledger]:
    """The record at a URL, to be read and nothing else: no database is made, and no schema changed.

    Args:
        url: of the settings.
        password: of the database; "" leaves it to the driver.

    Raises:
        SettingsError: the URL names no database that we can use.
        StoreError: there is none, it cannot be reached, or it has no record yet.
    """
    engine = engines.opened(url, password, readonly=True)
    if engine.dialect.name == "sqlite":
        await asyncio.to_thread(_must_be_there, engine.url.database or "")
    database = Database(engine)
    try:
        async with database.reading() as connection:
            has_record = await connection.run_sync(_has_record)
        if not has_record:
            raise StoreError(
                "the database has no record of changes yet", "this version of the bot makes it when it starts"
            )
        yield DatabaseLedger(database)
    finally:
        await database.close()


@asynccontextmanager
async def remembered(url: str, password: str = "") -> AsyncIterator[Store]:
    """The memory at a URL, to be read and nothing else: no database is made, and no schema changed.

    Args:
        url: of the settings.
        password: of the database; "" leaves it to the driver.

    Raises:
        SettingsError: the URL names no database that we can use.
        StoreError: there is none, it cannot be reached, or this version has not brought it up to date.
    """
    engine = engines.opened(url, password, readonly=True)
    if engine.dialect.name == "sqlite":
        await asyncio.to_thread(_must_be_there, engine.url.database or "")
    database = Database(engine)
    try:
        async with database.reading() as connection:
            is_ours = await connection.run_sync(_is_ours)
        if not is_ours:
            raise StoreError(
                "the database is older than this program",
                "this version of the bot brings it up to date at its start",
            )
        yield _store(database, SoleClaims())
    finally:
        await database.close()


def _store(database: Database, claims: Claims) -> Store:
    return Store(
        DatabaseKeeper(database, claims),
        DatabaseOutbox(database),
        DatabaseRecollection(database),
        DatabaseLedger(database),
        DatabaseCensus(database),
        DatabaseDispatches(database),
        DatabaseOpinions(database),
        DatabaseEditions(database),
        DatabaseForewarnings(database),
    )


def _is_ours(connection: Connection) -> bool:
    there = inspect(connection)
    return all(there.has_table(each) for each in Base.metadata.tables)


def _has_record(connection: Connection) -> bool:
    return inspect(connection).has_table(AuditRow.__tablename__)


def _must_be_there(file: str) -> None:
    if not Path(file).exists():
        raise StoreError(
            "there is no database where store.url says",
            "run this where the bot runs, with its settings (--config); it makes the database when it starts",
        )


def _made(file: str) -> None:
    """An empty database that nobody else reads; SQLite gives what it keeps beside it the same rights."""
    # What hinders this hinders SQLite as well, and is told there.
    with suppress(OSError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWNERS))
