"""What the bot remembers, for whoever wants to look at it: the settings of a store in, the record of changes or all of it out.

Lines of the record that were kept elsewhere are read here, too.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot import settings
from bot.facts.digest import Digest, Scope, Week
from bot.ports.deciding import Ledger
from bot.settings import Settings, Store
from bot.slack.letters import SlackScribe
from bot.store import opening
from bot.store.records import read, spelled
from bot.wiring.digests import Source, picture
from bot.wiring.knowing import Knowledge


__all__ = ["digest", "opened", "picture", "read", "remembered", "spelled"]


@asynccontextmanager
async def opened(store: Store) -> AsyncIterator[Ledger]:
    """The record in the bot's database, to be read and nothing else.

    Raises:
        SettingsError: the URL names no database that we can use, or the password's file cannot be read.
        StoreError: there is no database, it cannot be reached, or it has no record yet.
    """
    async with opening.recorded(store.url, settings.database_password(store)) as ledger:
        yield ledger


@asynccontextmanager
async def remembered(store: Store) -> AsyncIterator[opening.Store]:
    """All that is in the bot's database, to be read and nothing else.

    Raises:
        SettingsError: the URL names no database that we can use, or the password's file cannot be read.
        StoreError: there is no database, it cannot be reached, or it is older than this program.
    """
    async with opening.remembered(store.url, settings.database_password(store)) as found:
        yield found


async def digest(
    loaded: Settings, known: Knowledge, memory: opening.Store, week: Week, scope: Scope, zone: str
) -> Digest:
    """A week in numbers, as a channel would be told of it.

    Args:
        loaded: the bot's settings.
        known: what the playbooks say.
        memory: what the bot remembers.
        week: which one; it ends now.
        scope: what it is about.
        zone: of the clock that it is told by.

    Raises:
        StoreError: the database cannot be read.
    """
    source = Source(memory, SlackScribe(), known.catalog, loaded.store.keep)
    return await source.digest(week, zone, scope, week.end)
