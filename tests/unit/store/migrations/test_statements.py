"""The step for what nodes said adds to a database of the version before, and older replicas go on beside it."""

from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect

from bot.store import engines
from bot.store.migrations import opinions, statements


async def test_statements_are_kept_once_for_each_node_and_host(tmp_path: Path) -> None:
    """The newest counts, and there is no other."""
    engine = engines.opened(f"sqlite:///{tmp_path / 'imagepull.db'}")

    def step(connection: Connection) -> list[str]:
        with Operations.context(MigrationContext.configure(connection)):
            statements.upgrade()
        return inspect(connection).get_pk_constraint("statements")["constrained_columns"]

    async with engine.begin() as connection:
        assert await connection.run_sync(step) == ["cluster", "node", "host", "port"]
    await engine.dispose()
    assert statements.down_revision == opinions.revision
    assert not getattr(statements, "breaks", False)
