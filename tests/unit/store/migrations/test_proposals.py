"""The fourth step frees the messages and loses none; with data on both engines it is in tests/contract/test_migrating.py."""

from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from bot.store import engines
from bot.store.migrations import first, glances, heard, proposals


async def test_fourth_step_frees_messages_and_keeps_numbers(tmp_path: Path) -> None:
    """Letters still go with their message, and none gets a number that one had before."""
    engine = engines.opened(f"sqlite:///{tmp_path / 'imagepull.db'}")

    def steps(connection: Connection) -> list[str]:
        with Operations.context(MigrationContext.configure(connection)):
            for step in (first, glances, heard):
                step.upgrade()
            connection.execute(text("INSERT INTO episodes VALUES ('a', 1, 'f', 'eu', 'open', NULL, '{}')"))
            connection.execute(text("INSERT INTO messages VALUES ('a', '#shop', 'm', 'C1', '1.2')"))
            for _ in range(3):
                connection.execute(
                    text(
                        "INSERT INTO letters (incident, channel, kind, body) VALUES ('a', '#shop', 'r', 'x')"
                    )
                )
            connection.execute(text("DELETE FROM letters WHERE number > 1"))
            proposals.upgrade()
        keys = inspect(connection)
        return [
            str(each["name"]) for table in ("messages", "letters") for each in keys.get_foreign_keys(table)
        ]

    async with engine.begin() as connection:
        assert await connection.run_sync(steps) == ["fk_letters_incident_channel"]
        letter = "INSERT INTO letters (incident, channel, kind, body) VALUES ('a', '#shop', 'r', 'y')"
        await connection.execute(text(letter))
        rows = await connection.execute(text("SELECT number, body, under FROM letters ORDER BY number"))
        assert [tuple(each) for each in rows] == [(1, "x", ""), (4, "y", "")]
        await connection.execute(text("DELETE FROM episodes"))
        assert (await connection.execute(text("SELECT count(*) FROM messages"))).scalar_one() == 1
        await connection.execute(text("DELETE FROM messages"))
        assert (await connection.execute(text("SELECT count(*) FROM letters"))).scalar_one() == 0
    await engines.closed(engine)
    assert proposals.down_revision == heard.revision
