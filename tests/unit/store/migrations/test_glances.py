"""The second step adds to a database that the first one made, and loses nothing of it."""

from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from bot.store import engines
from bot.store.migrations import first, glances


async def test_second_step_adds_its_table_to_the_first(tmp_path: Path) -> None:
    """What stands in the other tables stays."""
    engine = engines.opened(f"sqlite:///{tmp_path / 'imagepull.db'}")

    def steps(connection: Connection) -> set[str]:
        with Operations.context(MigrationContext.configure(connection)):
            first.upgrade()
            connection.execute(text("INSERT INTO tags VALUES ('r', 't', '2026-01-01 00:00:00', NULL)"))
            glances.upgrade()
        return set(inspect(connection).get_table_names())

    async with engine.begin() as connection:
        assert "glances" in await connection.run_sync(steps)
        assert (await connection.execute(text("SELECT count(*) FROM tags"))).scalar_one() == 1
    await engine.dispose()
    assert glances.down_revision == first.revision
