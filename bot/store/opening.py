"""Opens the memory: a URL in, everything that the core asks of it out, the schema up to date."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from bot.ports.keeping import Keeper, Outbox, Recollection
from bot.store import engines, migrating
from bot.store.claims import Claims, SessionClaims, SoleClaims
from bot.store.database import Database
from bot.store.failures import explained
from bot.store.keeper import DatabaseKeeper
from bot.store.letters import DatabaseOutbox
from bot.store.recollecting import DatabaseRecollection


_OWNERS: Final = stat.S_IRUSR | stat.S_IWUSR


@dataclass(frozen=True, slots=True)
class Store:
    """The memory, by what is asked of it."""

    keeper: Keeper
    outbox: Outbox
    recollection: Recollection


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
        yield Store(
            DatabaseKeeper(database, claims), DatabaseOutbox(database), DatabaseRecollection(database)
        )
    finally:
        try:
            with explained():
                await claims.close()
        finally:
            await database.close()


def _made(file: str) -> None:
    """An empty database that nobody else reads; SQLite gives what it keeps beside it the same rights."""
    # What hinders this hinders SQLite as well, and is told there.
    with suppress(OSError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWNERS))
