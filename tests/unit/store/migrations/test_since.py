"""The sixth step adds the table that tells older versions whether they may go on."""

from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect

from bot.store import engines
from bot.store.migrations import posts, since


async def test_sixth_step_adds_its_table(tmp_path: Path) -> None:
    """And says that versions before it cannot read it."""
    engine = engines.opened(f"sqlite:///{tmp_path / 'imagepull.db'}")

    def step(connection: Connection) -> list[str]:
        with Operations.context(MigrationContext.configure(connection)):
            since.upgrade()
        return [each["name"] for each in inspect(connection).get_columns("works_since")]

    async with engine.begin() as connection:
        assert await connection.run_sync(step) == ["revision"]
    await engines.closed(engine)
    assert (since.down_revision, since.breaks) == (posts.revision, True)
