"""Letters on their way: what is to be told in, handed out in order and one at a time for each message, until it arrived.

A letter is in one pair of hands for as long as a lease. Who dies with it gives it back by that; who comes next sees that
it was tried, and looks whether it arrived before they send it.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.errors import StoreError
from bot.ports.dispatching import Post
from bot.ports.keeping import Address, Backlog, Delivery, Kind, Letter, Message
from bot.store import posts
from bot.store.database import Database, upsert
from bot.store.leasing import is_free
from bot.store.models import EditionRow, EpisodeRow, ForewarningRow, LetterRow, MessageRow, ProposalRow


_OWNERS = (EpisodeRow, ProposalRow, EditionRow, ForewarningRow)
_AHEAD = aliased(LetterRow)
_ABOVE = aliased(MessageRow)


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
            .where(LetterRow.number.in_(oldest), is_free(LetterRow, moment, lease), _has_its_thread())
            .where(LetterRow.channel.not_in(sorted(without)))
            .order_by(LetterRow.number)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        async with self._database.writing() as connection:
            numbers = (await connection.execute(wanted)).scalars().all()
            taken = [_delivery(row, moment) for row in await _rows(connection, numbers)]
            for each in taken:
                if each.letter.under and not each.tries:
                    await _pin(connection, each.number, each.under)
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


async def enclose(connection: AsyncConnection, letters: Sequence[Letter]) -> None:
    """Put letters into the transaction that stores what they are about.

    A message that nobody tried to deliver is replaced where it stands; a reply needs the message to be there.

    Raises:
        StoreError: what one of them is about is not there.
    """
    for name in sorted({each.incident for each in letters}):
        await _hold(connection, name)
    for each in letters:
        await (posts.enclose(connection, each) if isinstance(each, Post) else _enclose(connection, each))


async def drop(connection: AsyncConnection) -> None:
    """Drop messages, and their letters with them, of what is not there any more.

    A message is about an incident or a plan, so no foreign key drops it. Older versions of this program, which may still run
    beside this one, rely on one: what they leave behind goes here as well.
    """
    unowned = [~exists().where(each.id == MessageRow.incident) for each in _OWNERS]
    await connection.execute(delete(MessageRow).where(*unowned))


async def _hold(connection: AsyncConnection, name: str) -> None:
    """Have what the letters are about stay until they are stored: what a foreign key would do."""
    for each in _OWNERS:
        there = select(each.id).where(each.id == name).with_for_update(read=True, key_share=True)
        if (await connection.execute(there)).first():
            return
    raise StoreError("there is nothing that this letter is about", "it was forgotten meanwhile")


async def _pin(connection: AsyncConnection, number: int, under: Address | None) -> None:
    """Remember in which thread a letter is tried: that is where it is looked for, wherever that message stands by then."""
    await connection.execute(
        update(LetterRow)
        .where(LetterRow.number == number)
        .values(under_channel=under.channel if under else None, under_moment=under.moment if under else None)
    )


async def _enclose(connection: AsyncConnection, letter: Letter) -> None:
    if letter.kind is Kind.MESSAGE:
        message = {"incident": letter.incident, "channel": letter.channel, "body": letter.body}
        await upsert(connection, MessageRow, message, "body")
        untried = and_(
            LetterRow.incident == letter.incident,
            LetterRow.channel == letter.channel,
            LetterRow.kind == letter.kind.value,
            LetterRow.tries == 0,
        )
        replaced = await connection.execute(
            update(LetterRow).where(untried).values(body=letter.body, under=letter.under)
        )
        if replaced.rowcount:
            return
    await connection.execute(
        insert(LetterRow).values(
            incident=letter.incident,
            channel=letter.channel,
            kind=letter.kind.value,
            body=letter.body,
            under=letter.under,
            tries=0,
        )
    )


def address(channel: str | None, moment: str | None) -> Address | None:
    """Where a message stands, if it does."""
    return Address(channel, moment) if channel is not None and moment is not None else None


def _has_its_thread() -> ColumnElement[bool]:
    """The message in whose thread it belongs stands, or never will; once it was tried it is known where it goes."""
    on_its_way = exists().where(
        _AHEAD.incident == LetterRow.under,
        _AHEAD.channel == LetterRow.channel,
        _AHEAD.kind == Kind.MESSAGE.value,
    )
    stands = exists().where(
        _ABOVE.incident == LetterRow.under,
        _ABOVE.channel == LetterRow.channel,
        _ABOVE.address_moment.is_not(None),
    )
    return or_(LetterRow.under == "", LetterRow.tries > 0, stands, ~on_its_way)


async def _rows(connection: AsyncConnection, numbers: Sequence[int]) -> Sequence[Any]:
    same = and_(MessageRow.incident == LetterRow.incident, MessageRow.channel == LetterRow.channel)
    above = and_(_ABOVE.incident == LetterRow.under, _ABOVE.channel == LetterRow.channel)
    wanted = (
        select(
            LetterRow.__table__,
            MessageRow.address_channel,
            MessageRow.address_moment,
            _ABOVE.address_channel.label("above_channel"),
            _ABOVE.address_moment.label("above_moment"),
        )
        .join(MessageRow, same)
        .outerjoin(_ABOVE, above)
        .where(LetterRow.number.in_(numbers))
        .order_by(LetterRow.number)
    )
    return (await connection.execute(wanted)).all()


def _delivery(row: Any, moment: datetime) -> Delivery:
    letter = Letter(row.incident, row.channel, Kind(row.kind), row.body, row.under)
    place = address(row.address_channel, row.address_moment)
    pinned, above = address(row.under_channel, row.under_moment), address(row.above_channel, row.above_moment)
    return Delivery(
        row.number, letter, row.tries, row.first_try or moment, place, pinned if row.tries else above
    )
