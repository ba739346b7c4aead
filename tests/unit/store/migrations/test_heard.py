"""The third step adds its table to what the second one made."""

from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect

from bot.store import engines
from bot.store.migrations import first, glances, heard


async def test_third_step_adds_its_table(tmp_path: Path) -> None:
    """With the index by which it is tidied up."""
    engine = engines.opened(f"sqlite:///{tmp_path / 'imagepull.db'}")

    def steps(connection: Connection) -> list[str]:
        with Operations.context(MigrationContext.configure(connection)):
            for step in (first, glances, heard):
                step.upgrade()
        return [str(each["name"]) for each in inspect(connection).get_indexes("heard")]

    async with engine.begin() as connection:
        assert await connection.run_sync(steps) == ["ix_heard_moment"]
    await engines.closed(engine)
    assert heard.down_revision == glances.revision
