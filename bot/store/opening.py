"""Opens the memory: a URL in, everything that the core asks of it out, the schema up to date."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.ports.keeping import Keeper, Outbox, Recollection
from bot.store import engines, migrating
from bot.store.claims import Claims, SessionClaims, SoleClaims
from bot.store.database import Database
from bot.store.failures import explained
from bot.store.keeper import DatabaseKeeper
from bot.store.letters import DatabaseOutbox
from bot.store.recollecting import DatabaseRecollection


@dataclass(frozen=True, slots=True)
class Store:
    """The memory, by what is asked of it."""

    keeper: Keeper
    outbox: Outbox
    recollection: Recollection


@asynccontextmanager
async def opened(url: str, password: str = "") -> AsyncIterator[Store]:
    """The memory at a URL, for as long as the block lasts; claims are given up at its end.

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
        await migrating.migrate(engine)
        yield Store(
            DatabaseKeeper(database, claims), DatabaseOutbox(database), DatabaseRecollection(database)
        )
    finally:
        try:
            with explained():
                await claims.close()
        finally:
            await database.close()
