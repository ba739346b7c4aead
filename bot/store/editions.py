"""Keeps editions with their letters, in one transaction: of two who publish the same one at once, one does."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, exists, insert, select

from bot.ports.keeping import Letter
from bot.ports.publishing import Edition
from bot.store import letters as outgoing
from bot.store.database import Database, upsert
from bot.store.models import EditionRow, LetterRow, MessageRow


class DatabaseEditions:
    """Implements ``Editions``.

    Args:
        database: whose schema is up to date.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def is_out(self, name: str) -> bool:
        """Whether an edition is published, by whomever."""
        async with self._database.reading() as connection:
            return (
                await connection.execute(select(EditionRow.id).where(EditionRow.id == name))
            ).first() is not None

    async def publish(self, edition: Edition, letters: Sequence[Letter]) -> bool:
        """Store an edition with its letters, or nothing."""
        row = {"id": edition.name, "channel": edition.channel, "made": edition.made}
        # There is no message that its letters are replies to; they stand by themselves.
        nothing = {"incident": edition.name, "channel": edition.channel, "body": ""}
        async with self._database.writing() as connection:
            if not await upsert(connection, EditionRow, row):
                return False
            await connection.execute(insert(MessageRow).values(**nothing))
            await outgoing.enclose(connection, letters)
        return True

    async def forget(self, before: datetime) -> None:
        """Drop editions that were made before then and told to the end."""
        told = ~exists().where(LetterRow.incident == EditionRow.id)
        async with self._database.writing() as connection:
            await connection.execute(delete(EditionRow).where(EditionRow.made < before, told))
            await outgoing.drop(connection)
