"""Keeps incidents with the letters about them, in one transaction: values in, the same values out after whatever happened.

Whoever stores an incident names the version that they loaded, so of two who decided at once one is told to decide again.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, CursorResult, and_, delete, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import Overtaken, StoreError
from bot.facts.episode import Episode, Stage
from bot.ports.keeping import Glance, Letter, Message
from bot.store import letters as outgoing
from bot.store import posts
from bot.store.claims import Claims
from bot.store.database import Database, upsert
from bot.store.failures import explained
from bot.store.models import EpisodeRow, GlanceRow, HeardRow, LetterRow, MessageRow, PostRow, TagRow, WordsRow


_LIVE = [each.value for each in Stage if each.is_live]
_DECODER = msgspec.json.Decoder(Episode)


class DatabaseKeeper:
    """Implements ``Keeper``.

    Args:
        database: whose schema is up to date.
        claims: who looks where.
    """

    def __init__(self, database: Database, claims: Claims) -> None:
        self._database, self._claims = database, claims

    async def claim(self, cluster: str) -> bool:
        """Whether this replica may look at the cluster."""
        with explained():
            return await self._claims.claim(cluster)

    async def holds(self, cluster: str) -> bool:
        """Whether the claim was never lost since it was taken."""
        with explained():
            return await self._claims.holds(cluster)

    async def release(self, cluster: str) -> None:
        """Give the cluster up."""
        with explained():
            await self._claims.release(cluster)

    async def episodes(self, cluster: str, ended_since: datetime) -> tuple[Episode, ...]:
        """What lives in a cluster or is shared, and what ended since then; by id."""
        found = await self._found(
            EpisodeRow.cluster.in_([cluster, ""]),
            or_(EpisodeRow.stage.in_(_LIVE), EpisodeRow.ended >= ended_since),
        )
        return tuple(sorted(found, key=lambda each: each.id))

    async def episode(self, name: str) -> Episode | None:
        """The incident of that id."""
        return next(iter(await self._found(EpisodeRow.id == name)), None)

    async def _found(self, *conditions: ColumnElement[bool]) -> list[Episode]:
        async with self._database.reading() as connection:
            rows = await connection.execute(select(EpisodeRow.body, EpisodeRow.version).where(*conditions))
            return [decoded(body, version) for body, version in rows]

    async def messages(self, incident: str) -> tuple[Message, ...]:
        """The incident's messages, by channel."""
        wanted = select(
            MessageRow.channel, MessageRow.body, MessageRow.address_channel, MessageRow.address_moment
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted.where(MessageRow.incident == incident))).all()
        found = [Message(incident, row[0], row[1], outgoing.address(row[2], row[3])) for row in rows]
        return tuple(sorted(found, key=lambda each: each.channel))

    async def save(
        self, changed: Sequence[Episode], forgotten: Sequence[Episode], letters: Sequence[Letter]
    ) -> None:
        """Store all of it, or nothing."""
        async with self._database.writing() as connection:
            for each in sorted(forgotten, key=lambda each: each.id):
                _was_there(await connection.execute(delete(EpisodeRow).where(_is_as_loaded(each))))
                await connection.execute(delete(MessageRow).where(MessageRow.incident == each.id))
            # What ended comes first: its fingerprint is free then. One order for all, so that none waits in a circle.
            for each in sorted(changed, key=lambda each: (each.stage.is_live, each.id)):
                await _store(connection, each)
            await outgoing.enclose(connection, letters)

    async def note_glance(self, glance: Glance) -> None:
        """Remember how the last look at a cluster went."""
        row = {name: getattr(glance, name) for name in ("cluster", "tried_at", "seen_at", "trouble", "pods")}
        replaced = ["tried_at", "trouble", *(["seen_at", "pods"] if glance.seen_at else [])]
        async with self._database.writing() as connection:
            await upsert(connection, GlanceRow, row, *replaced)

    async def glances(self) -> tuple[Glance, ...]:
        """How the last look at each cluster went, by cluster."""
        wanted = select(
            GlanceRow.cluster, GlanceRow.tried_at, GlanceRow.seen_at, GlanceRow.trouble, GlanceRow.pods
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted.order_by(GlanceRow.cluster))).all()
        return tuple(Glance(*row) for row in rows)

    async def first(self, key: str, moment: datetime) -> bool:
        """Whether nobody has asked about this key before."""
        async with self._database.writing() as connection:
            return await upsert(connection, HeardRow, {"key": key, "moment": moment})

    async def forget(self, before: datetime) -> None:
        """Drop what ended before then and was told to the end, and the words and tags of that time."""
        told = ~exists().where(LetterRow.incident == EpisodeRow.id)
        # Whoever brings a post gives up after a day; one that nobody brings any more is not kept for ever.
        brought = or_(
            ~exists().where(PostRow.incident == EpisodeRow.id), EpisodeRow.ended < before - timedelta(days=1)
        )
        over = and_(EpisodeRow.stage.not_in(_LIVE), EpisodeRow.ended < before)
        async with self._database.writing() as connection:
            await connection.execute(delete(EpisodeRow).where(over, told, brought))
            await outgoing.drop(connection)
            await posts.drop(connection)
            await connection.execute(delete(WordsRow).where(WordsRow.moment < before))
            await connection.execute(delete(TagRow).where(TagRow.asked < before))
            await connection.execute(delete(HeardRow).where(HeardRow.moment < before))


async def _store(connection: AsyncConnection, episode: Episode) -> None:
    row = {
        "version": episode.version + 1,
        "fingerprint": episode.fingerprint.key,
        "cluster": episode.fingerprint.cluster,
        "stage": episode.stage.value,
        "ended": episode.ended,
        "body": msgspec.json.encode(episode).decode(),
    }
    if episode.version:
        _was_there(await connection.execute(update(EpisodeRow).where(_is_as_loaded(episode)).values(**row)))
    else:
        await connection.execute(insert(EpisodeRow).values(id=episode.id, **row))


def _is_as_loaded(episode: Episode) -> ColumnElement[bool]:
    return and_(EpisodeRow.id == episode.id, EpisodeRow.version == episode.version)


def _was_there(result: CursorResult[Any]) -> None:
    if result.rowcount != 1:
        raise Overtaken("somebody else stored the incident first", "it is decided again by itself")


def decoded(body: str, version: int) -> Episode:
    """An incident as it was stored.

    Raises:
        StoreError: it cannot be read.
    """
    try:
        return replace(_DECODER.decode(body), version=version)
    except msgspec.MsgspecError:
        raise StoreError(
            "an incident in the database cannot be read", "restore a backup, or move the database away"
        ) from None
