"""Letters on their way: what is to be told in, handed out in order and one at a time for each message, until it arrived.

A letter is in one pair of hands for as long as a lease. Who dies with it gives it back by that; who comes next sees that
it was tried, and looks whether it arrived before they send it.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports.keeping import Address, Backlog, Delivery, Kind, Letter, Message
from bot.store.database import Database, upsert
from bot.store.models import LetterRow, MessageRow


class DatabaseOutbox:
    """Implements ``Outbox``.

    Args:
        database: whose schema is up to date.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(
        self, moment: datetime, lease: timedelta, most: int, without: Collection[str] = ()
    ) -> tuple[Delivery, ...]:
        """Take letters: of each message and its thread only the oldest."""
        oldest = select(func.min(LetterRow.number)).group_by(LetterRow.incident, LetterRow.channel)
        wanted = (
            select(LetterRow.number)
            .where(LetterRow.number.in_(oldest), _is_free(moment, lease))
            .where(LetterRow.channel.not_in(sorted(without)))
            .order_by(LetterRow.number)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        async with self._database.writing() as connection:
            numbers = (await connection.execute(wanted)).scalars().all()
            taken = [_delivery(row, moment) for row in await _rows(connection, numbers)]
            await connection.execute(
                update(LetterRow)
                .where(LetterRow.number.in_(numbers))
                .values(
                    tries=LetterRow.tries + 1,
                    first_try=func.coalesce(LetterRow.first_try, moment),
                    touched=moment,
                    waits_until=moment + lease,
                )
            )
        return tuple(taken)

    async def delivered(self, delivery: Delivery, address: Address | None = None) -> bool:
        """It arrived, or never will. False when somebody said so before."""
        letter = delivery.letter
        async with self._database.writing() as connection:
            gone = await connection.execute(delete(LetterRow).where(LetterRow.number == delivery.number))
            if gone.rowcount and address is not None:
                await connection.execute(
                    update(MessageRow)
                    .where(MessageRow.incident == letter.incident, MessageRow.channel == letter.channel)
                    .values(address_channel=address.channel, address_moment=address.moment)
                )
        return bool(gone.rowcount)

    async def postponed(
        self, delivery: Delivery, moment: datetime, until: datetime, *, untried: bool = False
    ) -> bool:
        """It is not to be tried before then."""
        tries = delivery.tries + 1
        async with self._database.writing() as connection:
            ours = await connection.execute(
                update(LetterRow)
                .where(LetterRow.number == delivery.number, LetterRow.tries == tries)
                .values(touched=moment, waits_until=until, tries=delivery.tries if untried else tries)
            )
        return bool(ours.rowcount)

    async def standing(self, letter: Letter) -> Message | None:
        """The message that the letter belongs to."""
        wanted = select(MessageRow.body, MessageRow.address_channel, MessageRow.address_moment).where(
            MessageRow.incident == letter.incident, MessageRow.channel == letter.channel
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(wanted)).first()
        return Message(letter.incident, letter.channel, row[0], address(row[1], row[2])) if row else None

    async def backlog(self) -> Backlog:
        """How much is not delivered yet."""
        async with self._database.reading() as connection:
            row = (await connection.execute(select(func.count(), func.min(LetterRow.first_try)))).one()
        return Backlog(*row)


async def enclose(connection: AsyncConnection, letter: Letter) -> None:
    """Put a letter into the transaction that stores its incident.

    A message that nobody tried to deliver is replaced where it stands; a reply needs the message to be there.
    """
    if letter.kind is Kind.MESSAGE:
        message = {"incident": letter.incident, "channel": letter.channel, "body": letter.body}
        await upsert(connection, MessageRow, message, "body")
        untried = and_(
            LetterRow.incident == letter.incident,
            LetterRow.channel == letter.channel,
            LetterRow.kind == letter.kind.value,
            LetterRow.tries == 0,
        )
        replaced = await connection.execute(update(LetterRow).where(untried).values(body=letter.body))
        if replaced.rowcount:
            return
    await connection.execute(
        insert(LetterRow).values(
            incident=letter.incident,
            channel=letter.channel,
            kind=letter.kind.value,
            body=letter.body,
            tries=0,
        )
    )


def address(channel: str | None, moment: str | None) -> Address | None:
    """Where a message stands, if it does."""
    return Address(channel, moment) if channel is not None and moment is not None else None


def _is_free(moment: datetime, lease: timedelta) -> ColumnElement[bool]:
    """In nobody's hands and not postponed; what was touched in the future was so before the clock went back."""
    return or_(
        LetterRow.waits_until.is_(None),
        LetterRow.waits_until <= moment,
        LetterRow.touched > moment + lease,
    )


async def _rows(connection: AsyncConnection, numbers: Sequence[int]) -> Sequence[Any]:
    same = and_(MessageRow.incident == LetterRow.incident, MessageRow.channel == LetterRow.channel)
    wanted = (
        select(LetterRow.__table__, MessageRow.address_channel, MessageRow.address_moment)
        .join(MessageRow, same)
        .where(LetterRow.number.in_(numbers))
        .order_by(LetterRow.number)
    )
    return (await connection.execute(wanted)).all()


def _delivery(row: Any, moment: datetime) -> Delivery:
    letter = Letter(row.incident, row.channel, Kind(row.kind), row.body)
    place = address(row.address_channel, row.address_moment)
    return Delivery(row.number, letter, row.tries, row.first_try or moment, place)
