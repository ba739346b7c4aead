"""The fifth step adds tables for what is told without Slack."""

from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect

from bot.store import engines
from bot.store.migrations import first, glances, heard, posts, proposals


async def test_fifth_step_adds_its_tables(tmp_path: Path) -> None:
    """And leaves those of Slack's letters as they were, for the version before."""
    engine = engines.opened(f"sqlite:///{tmp_path / 'imagepull.db'}")

    def steps(connection: Connection) -> tuple[set[str], bool]:
        with Operations.context(MigrationContext.configure(connection)):
            for step in (first, glances, heard, proposals):
                step.upgrade()
            before = inspect(connection).get_columns("letters")
            posts.upgrade()
        seen = inspect(connection)
        return {"tellings", "posts"} & {*seen.get_table_names()}, len(before) == len(
            seen.get_columns("letters")
        )

    async with engine.begin() as connection:
        assert await connection.run_sync(steps) == ({"tellings", "posts"}, True)
    await engines.closed(engine)
    assert posts.down_revision == proposals.revision
