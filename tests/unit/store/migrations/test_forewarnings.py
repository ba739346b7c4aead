"""The tenth step adds what is warned of, and what registries were asked for it."""

from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect

from bot.store import engines
from bot.store.migrations import editions, forewarnings


async def test_tenth_step_adds_its_tables(tmp_path: Path) -> None:
    """One row for each warning, and one for each image of a cluster; it breaks with nobody."""
    engine = engines.opened(f"sqlite:///{tmp_path / 'imagepull.db'}")

    def step(connection: Connection) -> list[list[str]]:
        with Operations.context(MigrationContext.configure(connection)):
            forewarnings.upgrade()
        tables = ("forewarnings", "image_checks")
        return [inspect(connection).get_pk_constraint(each)["constrained_columns"] for each in tables]

    async with engine.begin() as connection:
        assert await connection.run_sync(step) == [["id"], ["cluster", "image"]]
    await engines.closed(engine)
    assert forewarnings.down_revision == editions.revision
    assert not getattr(forewarnings, "breaks", False)
