"""A block is a transaction: all of it, or nothing."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import event, func, select, text

from bot.errors import StoreError
from bot.store import engines, migrating
from bot.store.database import Database, upsert
from bot.store.models import TagRow
from tests.fakes.cluster import NOW


ROW = {"repository": "r", "tag": "1", "asked": NOW, "seen": None}


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """An empty one."""
    engine = engines.opened(f"sqlite:///{tmp_path / 'imagepull.db'}")
    await migrating.migrate(engine)
    database = Database(engine)
    yield database
    await database.close()


async def _count(database: Database) -> int:
    async with database.reading() as connection:
        return int((await connection.execute(select(func.count()).select_from(TagRow))).scalar_one())


async def test_block_that_ends_is_written(database: Database) -> None:
    """And read by the next."""
    async with database.writing() as connection:
        assert await upsert(connection, TagRow, ROW)
    assert await _count(database) == 1


async def test_block_that_fails_is_not(database: Database) -> None:
    """Whoever made it fail."""

    async def fail(error: type[Exception], statement: str) -> None:
        async with database.writing() as connection:
            await upsert(connection, TagRow, ROW)
            await connection.execute(text(statement))
            raise error

    with pytest.raises(ZeroDivisionError):
        await fail(ZeroDivisionError, "SELECT 1")
    with pytest.raises(StoreError):
        await fail(ZeroDivisionError, "SELECT canary")
    assert await _count(database) == 0


async def test_upsert_replaces_what_it_is_told_to(database: Database) -> None:
    """Or nothing, and says so."""
    async with database.writing() as connection:
        await upsert(connection, TagRow, ROW)
        assert not await upsert(connection, TagRow, {**ROW, "seen": NOW})
        assert (await connection.execute(select(TagRow.seen))).scalar_one() is None
        assert await upsert(connection, TagRow, {**ROW, "seen": NOW}, "seen")
        assert (await connection.execute(select(TagRow.seen))).scalar_one() == NOW


async def test_writers_of_one_process_stand_in_line(tmp_path: Path) -> None:
    """However long one takes: the others wait for it, and not for SQLite's patience to end."""
    engine = engines.opened(f"sqlite:///{tmp_path / 'imagepull.db'}")
    event.listen(
        engine.sync_engine, "connect", lambda made, _: made.cursor().execute("PRAGMA busy_timeout=1")
    )
    await migrating.migrate(engine)
    database, began = Database(engine), asyncio.Event()

    async def slow() -> None:
        async with database.writing() as connection:
            await upsert(connection, TagRow, ROW)
            began.set()
            await asyncio.sleep(0.2)

    async def next_one(tag: str) -> None:
        await began.wait()
        async with database.writing() as connection:
            await upsert(connection, TagRow, ROW | {"tag": tag})

    await asyncio.gather(slow(), next_one("2"), next_one("3"))
    assert await _count(database) == 3
    await database.close()
