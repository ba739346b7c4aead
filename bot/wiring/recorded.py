"""The record of changes, for whoever wants to look at it: the settings of a store in, the record out, and lines of it kept elsewhere."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot import settings
from bot.ports.deciding import Ledger
from bot.settings import Store
from bot.store import opening
from bot.store.records import read, spelled


__all__ = ["opened", "read", "spelled"]


@asynccontextmanager
async def opened(store: Store) -> AsyncIterator[Ledger]:
    """The record in the bot's database, to be read and nothing else.

    Raises:
        SettingsError: the URL names no database that we can use, or the password's file cannot be read.
        StoreError: there is no database, it cannot be reached, or it has no record yet.
    """
    async with opening.recorded(store.url, settings.database_password(store)) as ledger:
        yield ledger
