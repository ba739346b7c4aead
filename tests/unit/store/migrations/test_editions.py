"""The ninth step adds the table of what is told once and regularly."""

from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect

from bot.store import engines
from bot.store.migrations import editions, statements


async def test_ninth_step_adds_its_table(tmp_path: Path) -> None:
    """One row for each edition; it breaks with nobody."""
    engine = engines.opened(f"sqlite:///{tmp_path / 'imagepull.db'}")

    def step(connection: Connection) -> list[str]:
        with Operations.context(MigrationContext.configure(connection)):
            editions.upgrade()
        return inspect(connection).get_pk_constraint("editions")["constrained_columns"]

    async with engine.begin() as connection:
        assert await connection.run_sync(step) == ["id"]
    await engines.closed(engine)
    assert editions.down_revision == statements.revision
    assert not getattr(editions, "breaks", False)
