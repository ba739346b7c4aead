"""A URL is a file of SQLite's or a database of PostgreSQL's; anything else is refused with what to write instead."""

import asyncio
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.errors import SettingsError
from bot.store import engines


@pytest.mark.parametrize(
    ("url", "drive"),
    [
        ("sqlite:///imagepull.db", "aiosqlite"),
        ("sqlite:////var/lib/imagepull/imagepull.db", "aiosqlite"),
        ("sqlite+aiosqlite:///imagepull.db", "aiosqlite"),
        ("postgresql+asyncpg://bot:canary@db.example:5432/imagepull?ssl=require", "asyncpg"),
        ("postgresql+asyncpg://bot@/imagepull?host=/run/postgresql", "asyncpg"),
    ],
)
def test_urls_that_can_be_used(url: str, drive: str) -> None:
    """Each with the driver that we have; nothing is connected yet, and nothing secret is shown."""
    engine = engines.opened(url)
    assert engine.dialect.driver == drive
    assert "canary" not in repr(engine)


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("sqlite://", "sqlite:///imagepull.db"),
        ("sqlite:///:memory:", "sqlite:///imagepull.db"),
        ("sqlite:///imagepull.db?mode=canary", "sqlite:///imagepull.db"),
        ("sqlite://canary/imagepull.db", "sqlite:///imagepull.db"),
        ("postgresql://bot:canary@db.example/imagepull", "postgresql+asyncpg://"),
        ("postgres://bot:canary@db.example/imagepull", "postgresql+asyncpg://"),
        ("postgresql+psycopg2://bot:canary@db.example/imagepull", "postgresql+asyncpg://"),
        ("postgresql+asyncpg://bot:canary@db.example", "database"),
        ("mysql+aiomysql://bot:canary@db.example/imagepull", "sqlite:///imagepull.db"),
        ("canary", "sqlite:///imagepull.db"),
        ("postgresql+asyncpg://bot:canary@db.example:port/imagepull", "sqlite:///imagepull.db"),
        ("", "sqlite:///imagepull.db"),
    ],
)
def test_urls_that_cannot_be_used(url: str, hint: str) -> None:
    """Refused with what to write, and without a word of what was written."""
    with pytest.raises(SettingsError) as refused:
        engines.opened(url)
    assert hint in refused.value.hint
    assert "canary" not in refused.value.message + refused.value.hint
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


async def test_sqlite_writes_ahead_waits_and_knows_foreign_keys(tmp_path: Path) -> None:
    """Each connection does."""
    engine = engines.opened(f"sqlite:///{tmp_path / 'imagepull.db'}")
    async with engine.connect() as connection:
        asked = ("journal_mode", "busy_timeout", "synchronous", "foreign_keys")
        told = [(await connection.execute(text(f"PRAGMA {each}"))).scalar() for each in asked]
    await engine.dispose()
    assert told == ["wal", 10_000, 2, 1]


async def test_writer_locks_before_it_reads_and_a_reader_waits_for_nobody(tmp_path: Path) -> None:
    """Else two who read first could both not write."""
    engine = engines.opened(f"sqlite:///{tmp_path / 'imagepull.db'}")
    async with (
        engine.begin() as writer,
        engine.execution_options(**{engines.READS: True}).connect() as reader,
    ):
        await writer.execute(text("CREATE TABLE t (x)"))
        assert (await reader.execute(text("SELECT count(*) FROM sqlite_master"))).scalar() == 0
    await engine.dispose()


async def test_closing_waits_for_what_was_given_up(tmp_path: Path) -> None:
    """A question that nobody waits for any more still ends in its thread, while the loop is there to hear of it."""
    engine = engines.opened(f"sqlite:///{tmp_path / 'imagepull.db'}")
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT max(i) FROM n"

    async def ask() -> None:
        async with engine.connect() as connection:
            await connection.execute(text(endless))

    asked = asyncio.create_task(ask())
    await asyncio.sleep(0.05)
    (worker,) = [each for each in threading.enumerate() if "_connection_worker" in each.name]
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
    await engines.closed(engine)
    assert not worker.is_alive()
