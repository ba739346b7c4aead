"""The record is found where the settings say that the bot keeps it."""

import sqlite3
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.facts import audit
from bot.settings import Store
from bot.store import opening
from bot.wiring import recorded
from tests import proposed


async def test_record_of_the_settings_is_read(tmp_path: Path) -> None:
    """Where the bot has one; elsewhere it says so."""
    store = Store(url=f"sqlite:///{tmp_path / 'imagepull.db'}")
    with pytest.raises(StoreError, match="there is no database"):
        async with recorded.opened(store):
            pass
    async with opening.opened(store.url) as opened:
        await opened.ledger.note([proposed.entry()])
    async with recorded.opened(store) as ledger:
        (only,) = await ledger.records()
    assert audit.broken([only]) == ""
    assert recorded.read(recorded.spelled(only).encode()) == only


async def test_all_that_is_remembered_can_be_read_and_not_written(tmp_path: Path) -> None:
    """A database that this version has not brought up to date is left as it is."""
    store = Store(url=f"sqlite:///{tmp_path / 'imagepull.db'}")
    async with opening.opened(store.url):
        pass
    async with recorded.remembered(store) as memory:
        assert await memory.opinions.since(proposed.entry().at) == ()
        with pytest.raises(StoreError):
            await memory.ledger.note([proposed.entry()])
    with sqlite3.connect(tmp_path / "imagepull.db") as connection:
        connection.execute("DROP TABLE opinions")
    connection.close()
    with pytest.raises(StoreError, match="older than this program"):
        async with recorded.remembered(store):
            pass
