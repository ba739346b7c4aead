"""Posts on their way: what is told without Slack in, handed out in order and one at a time for each carrier and incident.

They lie beside Slack's letters and not among them: the version before would post them to Slack.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports.dispatching import Dispatch, Post, State, Told
from bot.ports.keeping import Backlog
from bot.store.database import Database, upsert
from bot.store.leasing import is_free
from bot.store.models import EpisodeRow, PostRow, TellingRow


# SQLite takes some 30,000 values in a statement at most; what is asked at once is far below.
_AT_ONCE = 500


class DatabaseDispatches:
    """Implements ``Dispatches``.

    Args:
        database: whose schema is up to date.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(
        self, moment: datetime, lease: timedelta, most: int, carriers: Collection[str]
    ) -> tuple[Dispatch, ...]:
        """Take posts: of each carrier and incident only the oldest."""
        oldest = select(func.min(PostRow.number)).group_by(PostRow.carrier, PostRow.incident)
        wanted = (
            select(PostRow)
            .where(PostRow.number.in_(oldest), PostRow.carrier.in_(sorted(carriers)))
            .where(is_free(PostRow, moment, lease))
            .order_by(PostRow.number)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        async with self._database.writing() as connection:
            rows = (await connection.execute(wanted)).all()
            await connection.execute(
                update(PostRow)
                .where(PostRow.number.in_([row.number for row in rows]))
                .values(
                    tries=PostRow.tries + 1,
                    first_try=func.coalesce(PostRow.first_try, moment),
                    touched=moment,
                    waits_until=moment + lease,
                )
            )
        return tuple(
            Dispatch(
                row.number,
                row.carrier,
                row.incident,
                State(row.state),
                row.body,
                row.tries,
                row.first_try or moment,
            )
            for row in rows
        )

    async def done(self, dispatch: Dispatch) -> bool:
        """It arrived, or never will. False when somebody said so before."""
        async with self._database.writing() as connection:
            gone = await connection.execute(delete(PostRow).where(PostRow.number == dispatch.number))
        return bool(gone.rowcount)

    async def postponed(self, dispatch: Dispatch, moment: datetime, until: datetime) -> bool:
        """It is not to be tried before then."""
        async with self._database.writing() as connection:
            ours = await connection.execute(
                update(PostRow)
                .where(PostRow.number == dispatch.number, PostRow.tries == dispatch.tries + 1)
                .values(touched=moment, waits_until=until)
            )
        return bool(ours.rowcount)

    async def waiting(self) -> Mapping[str, Backlog]:
        """How much is not delivered yet, by carrier."""
        wanted = select(PostRow.carrier, func.count(), func.min(PostRow.first_try)).group_by(PostRow.carrier)
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted)).all()
        return {carrier: Backlog(number, since) for carrier, number, since in rows}

    async def told(self, incident: str) -> tuple[Told, ...]:
        """What each carrier knows of an incident, by carrier."""
        wanted = select(TellingRow).where(TellingRow.incident == incident).order_by(TellingRow.carrier)
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted)).all()
        return tuple(_told(row) for row in rows)

    async def told_to(self, carrier: str, incidents: Collection[str]) -> Mapping[str, Told]:
        """What one carrier knows of these incidents, by incident."""
        names, found = sorted(incidents), list[Any]()
        async with self._database.reading() as connection:
            for begin in range(0, len(names), _AT_ONCE):
                some = TellingRow.incident.in_(names[begin : begin + _AT_ONCE])
                wanted = select(TellingRow).where(TellingRow.carrier == carrier, some)
                found += (await connection.execute(wanted)).all()
        return {row.incident: _told(row) for row in found}


async def enclose(connection: AsyncConnection, post: Post) -> None:
    """Put a post into the transaction that stores what it is about.

    One that nobody tried to deliver is replaced where it stands while the incident lives: what is told late is told once. Where
    only the latest counts, what waits goes, also what is being tried.
    """
    row = {
        "incident": post.incident,
        "carrier": post.channel,
        "state": post.state.value,
        "body": post.body,
    }
    await upsert(connection, TellingRow, row, "state", "body")
    if post.replaces:
        waits = and_(PostRow.carrier == post.channel, PostRow.incident == post.incident)
        await connection.execute(delete(PostRow).where(waits))
    if post.is_sent and not (post.state is State.CHANGED and await _replaced(connection, post)):
        await connection.execute(insert(PostRow).values(**row, tries=0))


async def drop(connection: AsyncConnection) -> None:
    """Drop what is about incidents that are forgotten: nobody wants to hear of them any more."""
    for each in (TellingRow, PostRow):
        await connection.execute(delete(each).where(~exists().where(EpisodeRow.id == each.incident)))


async def _replaced(connection: AsyncConnection, post: Post) -> bool:
    """Whether the last post of that incident was still to be tried, and says the new words now."""
    last = (
        select(func.max(PostRow.number))
        .where(PostRow.carrier == post.channel, PostRow.incident == post.incident)
        .scalar_subquery()
    )
    untried = update(PostRow).where(
        PostRow.number == last, PostRow.tries == 0, PostRow.state != State.RESOLVED.value
    )
    return bool((await connection.execute(untried.values(body=post.body))).rowcount)


def _told(row: Any) -> Told:
    return Told(row.incident, row.carrier, State(row.state), row.body)
