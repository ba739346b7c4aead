"""Counts what the tables hold, where it lies: a database in, numbers out, and no incident is read for it."""

from typing import Any

from sqlalchemy import JSON, ColumnElement, cast, func, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.facts.episode import Stage
from bot.ports.counting import Count, Tally
from bot.store.database import Database
from bot.store.models import EpisodeRow, ProposalRow


_LIVE = [each.value for each in Stage if each.is_live]


class DatabaseCensus:
    """Implements ``Census``.

    Args:
        database: whose schema is up to date.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def tally(self) -> Tally:
        """What there is by now."""
        async with self._database.reading() as connection:
            cause = _inside(connection, EpisodeRow.body, "fingerprint", "cause")
            action = _inside(connection, ProposalRow.body, "plan", "action")
            lives = EpisodeRow.stage.in_(_LIVE)
            return Tally(
                await _counted(connection, cause, EpisodeRow.stage, lives),
                await _counted(connection, action, ProposalRow.stage),
            )


async def _counted(
    connection: AsyncConnection, kind: ColumnElement[str], stage: Any, *wanted: ColumnElement[bool]
) -> tuple[Count, ...]:
    # A subquery, so that the place inside the body is spelled once: PostgreSQL does not believe that two
    # expressions with parameters of their own are the same.
    each = select(kind.label("kind"), stage.label("stage")).where(*wanted).subquery()
    found = select(each.c.kind, each.c.stage, func.count()).group_by(each.c.kind, each.c.stage)
    rows = await connection.execute(found)
    return tuple(sorted(Count(kind or "", stage, number) for kind, stage, number in rows))


def _inside(connection: AsyncConnection, body: Any, *path: str) -> ColumnElement[str]:
    """What a body says at a place. SQLite takes text for JSON as it is; PostgreSQL wants to be told."""
    whole: Any = cast(body, JSON) if connection.dialect.name == "postgresql" else type_coerce(body, JSON)
    for name in path:
        whole = whole[name]
    place: ColumnElement[str] = whole.as_string()
    return place
