"""The first step makes the tables that the models know, on an empty database."""

from pathlib import Path

from sqlalchemy import Connection, inspect

from bot.store import engines, migrating
from bot.store.migrations import first
from bot.store.models import Base


async def test_first_step_makes_every_table(tmp_path: Path) -> None:
    """It is where all begin, so nothing comes before it."""
    engine = engines.opened(f"sqlite:///{tmp_path / 'imagepull.db'}")
    await migrating.migrate(engine)

    def tables(connection: Connection) -> set[str]:
        return set(inspect(connection).get_table_names())

    async with engine.connect() as connection:
        assert await connection.run_sync(tables) >= set(Base.metadata.tables)
    await engine.dispose()
    assert first.down_revision is None
