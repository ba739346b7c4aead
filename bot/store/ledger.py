"""Keeps proposals with what is recorded and told of them, in one transaction: values in, the same out after whatever happened.

Whoever stores a proposal names the version that they loaded, so of two who decided at once one is told to decide again.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import and_, delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import Overtaken, StoreError
from bot.facts.audit import Entry, Record
from bot.facts.proposal import Proposal, Stage
from bot.ports.keeping import Address, Letter
from bot.store import letters as outgoing
from bot.store import records as recorded
from bot.store.database import Database
from bot.store.models import LetterRow, MessageRow, ProposalRow


_OVER = [each.value for each in Stage if each.is_over]
_UNDERWAY = [each.value for each in Stage if not each.is_over]
_DECODER = msgspec.json.Decoder(Proposal)
_ROW = select(ProposalRow.id, ProposalRow.version, ProposalRow.body)


class DatabaseLedger:
    """Implements ``Ledger``.

    Args:
        database: whose schema is up to date; to read the record alone one that can only be read will do.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(
        self, proposal: Proposal, entries: Sequence[Entry], letters: Sequence[Letter] = ()
    ) -> Proposal:
        """Store a proposal, with what is recorded and told of it, or nothing."""
        async with self._database.writing() as connection:
            await _store(connection, proposal)
            await outgoing.enclose(connection, letters)
            await recorded.append(connection, entries)
        return replace(proposal, version=proposal.version + 1)

    async def proposal(self, name: str) -> Proposal | None:
        """The proposal of that id."""
        return next(iter(await self._found(_ROW.where(ProposalRow.id == name))), None)

    async def unfinished(self) -> tuple[Proposal, ...]:
        """All that are not over, the oldest first."""
        wanted = _ROW.where(ProposalRow.stage.in_(_UNDERWAY))
        return await self._found(wanted.order_by(ProposalRow.made, ProposalRow.id))

    async def since(self, moment: datetime, cluster: str = "") -> tuple[Proposal, ...]:
        """Those made since then, of one cluster or of all, the newest first."""
        wanted = _ROW.where(ProposalRow.made >= moment)
        if cluster:
            wanted = wanted.where(ProposalRow.cluster == cluster)
        return await self._found(wanted.order_by(ProposalRow.made.desc(), ProposalRow.id))

    async def _found(self, wanted: Any) -> tuple[Proposal, ...]:
        async with self._database.reading() as connection:
            return tuple(_proposal(*row) for row in await connection.execute(wanted))

    async def shown_at(self, proposal: Proposal) -> Address | None:
        """Where its message stands; None while it was not delivered."""
        wanted = select(MessageRow.address_channel, MessageRow.address_moment).where(
            MessageRow.incident == proposal.id, MessageRow.channel == proposal.channel
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(wanted)).first()
        return outgoing.address(*row) if row else None

    async def note(self, entries: Sequence[Entry]) -> None:
        """Record what belongs to no proposal that changes."""
        async with self._database.writing() as connection:
            await recorded.append(connection, entries)

    async def records(self, after: int = 0, most: int = 1000) -> tuple[Record, ...]:
        """The record from after that number on, in order."""
        async with self._database.reading() as connection:
            return await recorded.after(connection, after, most)

    async def last(self) -> Record | None:
        """The newest record; None where there is none."""
        async with self._database.reading() as connection:
            return await recorded.newest(connection)

    async def forget(self, before: datetime) -> None:
        """Drop proposals that were over before then and told to the end. The record stays."""
        told = ~exists().where(LetterRow.incident == ProposalRow.id)
        over = and_(ProposalRow.stage.in_(_OVER), ProposalRow.ended < before)
        async with self._database.writing() as connection:
            await connection.execute(delete(ProposalRow).where(over, told))
            await outgoing.drop(connection)


async def _store(connection: AsyncConnection, proposal: Proposal) -> None:
    row = {
        "version": proposal.version + 1,
        "stage": proposal.stage.value,
        "cluster": proposal.plan.cluster,
        "made": proposal.plan.made,
        "ended": proposal.ended,
        "body": _encoded(proposal),
    }
    if not proposal.version:
        await connection.execute(insert(ProposalRow).values(id=proposal.id, **row))
        return
    as_loaded = and_(ProposalRow.id == proposal.id, ProposalRow.version == proposal.version)
    result = await connection.execute(update(ProposalRow).where(as_loaded).values(**row))
    if result.rowcount != 1:
        raise Overtaken("somebody else stored the proposal first", "it is decided again by itself")


def _encoded(proposal: Proposal) -> str:
    try:
        return msgspec.json.encode(proposal).decode()
    except UnicodeEncodeError:
        # Half a character of two, in the words of some API server; no database takes that.
        return json.dumps(msgspec.to_builtins(proposal), ensure_ascii=False).encode(errors="replace").decode()


def _proposal(name: str, version: int, body: str) -> Proposal:
    """As it was stored.

    Raises:
        StoreError: it cannot be read, or is another one's: nothing is decided by it.
    """
    try:
        found = _DECODER.decode(body)
    except (msgspec.MsgspecError, RecursionError):
        found = None
    if found is None or found.id != name:
        raise StoreError(
            f"proposal {name[:64]!r} in the database cannot be read", "restore a backup, or delete its row"
        )
    return replace(found, version=version)
