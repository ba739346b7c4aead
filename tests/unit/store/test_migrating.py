"""An empty database gets our schema, ours stays as it is, and a newer one is refused."""

import asyncio
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import StoreError
from bot.store import engines, migrating
from bot.store.models import Base


@pytest.fixture
def engine(tmp_path: Path) -> AsyncEngine:
    """An empty database."""
    return engines.opened(f"sqlite:///{tmp_path / 'imagepull.db'}")


async def test_migrations_make_what_the_models_know(engine: AsyncEngine) -> None:
    """Table for table, column for column; and a second time they find nothing to do."""

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))

    await migrating.migrate(engine)
    await migrating.migrate(engine)
    async with engine.begin() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_newer_schema_is_refused_and_left_alone(engine: AsyncEngine) -> None:
    """By the name that it has and the one that we know."""
    await migrating.migrate(engine)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = 'next-year'"))
    with pytest.raises(StoreError) as refused:
        await migrating.migrate(engine)
    assert "'next-year'" in refused.value.message
    assert "'posts'" in refused.value.message
    async with engine.begin() as connection:
        assert (
            await connection.execute(text("SELECT version_num FROM alembic_version"))
        ).scalar() == "next-year"
    await engine.dispose()


async def test_step_that_fails_leaves_nothing(engine: AsyncEngine) -> None:
    """One of the tables is somebody else's: none of ours is made."""
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE words (x)"))
    with pytest.raises(StoreError):
        await migrating.migrate(engine)
    async with engine.begin() as connection:
        rows = await connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))
        assert [each for (each,) in rows] == ["words"]
    await engine.dispose()


async def test_replicas_that_start_at_once_migrate_once(engine: AsyncEngine) -> None:
    """The others wait and find it done."""
    await asyncio.gather(*(migrating.migrate(engine) for _ in range(4)))
    await engine.dispose()
