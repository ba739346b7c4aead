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


async def _ask(engine: AsyncEngine, statement: str) -> object:
    async with engine.begin() as connection:
        result = await connection.execute(text(statement))
        return result.scalar() if result.returns_rows else None


async def test_newer_schema_is_left_alone(engine: AsyncEngine) -> None:
    """Also by a version that can work with it."""
    await migrating.migrate(engine)
    await _ask(engine, "UPDATE alembic_version SET version_num = 'next-year'")
    await migrating.migrate(engine)
    assert await _ask(engine, "SELECT version_num FROM alembic_version") == "next-year"
    assert await _ask(engine, "SELECT revision FROM works_since") == "since"
    await engine.dispose()


@pytest.mark.attack(32, "newer schema")
@pytest.mark.parametrize(
    "made",
    ["UPDATE works_since SET revision = 'new-year'", "DELETE FROM works_since", "DROP TABLE works_since"],
)
async def test_newer_schema_that_broke_with_ours_is_refused(engine: AsyncEngine, made: str) -> None:
    """By the name that it has and the one that we know; also where nothing says that we may."""
    await migrating.migrate(engine)
    await _ask(engine, "UPDATE alembic_version SET version_num = 'next-year'")
    await _ask(engine, made)
    with pytest.raises(StoreError) as refused:
        await migrating.migrate(engine)
    assert "'next-year'" in refused.value.message
    assert f"'{migrating.revisions()[0]}'" in refused.value.message
    assert await _ask(engine, "SELECT version_num FROM alembic_version") == "next-year"
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
