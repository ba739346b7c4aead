"""The seventh step adds the table of what people say of verdicts."""

from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect

from bot.store import engines
from bot.store.migrations import opinions, since


async def test_seventh_step_adds_its_table(tmp_path: Path) -> None:
    """With one row for each voice, found by when it was given; it breaks with nobody."""
    engine = engines.opened(f"sqlite:///{tmp_path / 'imagepull.db'}")

    def step(connection: Connection) -> tuple[list[str], list[str | None]]:
        with Operations.context(MigrationContext.configure(connection)):
            opinions.upgrade()
        seen = inspect(connection)
        keys = seen.get_pk_constraint("opinions")["constrained_columns"]
        return keys, [each["name"] for each in seen.get_indexes("opinions")]

    async with engine.begin() as connection:
        assert await connection.run_sync(step) == (["incident", "cause", "person"], ["ix_opinions_at"])
    await engines.closed(engine)
    assert opinions.down_revision == since.revision
    assert not getattr(opinions, "breaks", False)
