"""Keeps warnings with the letters about them, and what was asked for them, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import CursorResult, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import Overtaken, StoreError
from bot.facts.forewarning import Check, Forewarning
from bot.ports.foretelling import Record
from bot.store import letters as outgoing
from bot.store.database import Database, upsert
from bot.store.models import ForewarningRow, ImageCheckRow, LetterRow


_DECODER = msgspec.json.Decoder(Forewarning)
# SQLite takes some 30,000 values in a statement at most; what is asked at once is far below.
_AT_ONCE = 500


class DatabaseForewarnings:
    """Implements ``Forewarnings``.

    Args:
        database: whose schema is up to date.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def known(self, cluster: str) -> tuple[Forewarning, ...]:
        """The warnings of a cluster that go on, by id."""
        wanted = select(ForewarningRow.body, ForewarningRow.version).where(
            ForewarningRow.cluster == cluster, ForewarningRow.ended.is_(None)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted.order_by(ForewarningRow.id))).all()
        return tuple(_decoded(body, version) for body, version in rows)

    async def checks(self, cluster: str) -> Mapping[str, Check]:
        """What was asked about a cluster's images, by image."""
        wanted = select(ImageCheckRow.image, ImageCheckRow.asked, ImageCheckRow.gone)
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted.where(ImageCheckRow.cluster == cluster))).all()
        return {image: Check(image, asked, gone) for image, asked, gone in rows}

    async def record(self, cluster: str, record: Record) -> None:
        """Store all of it, or nothing."""
        async with self._database.writing() as connection:
            for each in sorted(record.changed, key=lambda one: one.id):
                await _store(connection, each)
            for check in sorted(record.checks, key=lambda one: one.image):
                row = {"cluster": cluster, "image": check.image, "asked": check.asked, "gone": check.gone}
                await upsert(connection, ImageCheckRow, row, "asked", "gone")
            if record.images is not None:
                await _keep(connection, cluster, frozenset(record.images))
            await outgoing.enclose(connection, record.letters)

    async def forget(self, before: datetime) -> None:
        """Drop the warnings that ended before then and were told to the end."""
        told = ~exists().where(LetterRow.incident == ForewarningRow.id)
        async with self._database.writing() as connection:
            await connection.execute(delete(ForewarningRow).where(ForewarningRow.ended < before, told))
            await outgoing.drop(connection)


async def _store(connection: AsyncConnection, warning: Forewarning) -> None:
    row = {
        "version": warning.version + 1,
        "cluster": warning.cluster,
        "ended": warning.ended,
        "body": msgspec.json.encode(warning).decode(),
    }
    if not warning.version:
        if not await upsert(connection, ForewarningRow, {"id": warning.id, **row}):
            raise _overtaken()
        return
    as_loaded = (ForewarningRow.id == warning.id, ForewarningRow.version == warning.version)
    stored: CursorResult[Any] = await connection.execute(
        update(ForewarningRow).where(*as_loaded).values(**row)
    )
    if stored.rowcount != 1:
        raise _overtaken()


async def _keep(connection: AsyncConnection, cluster: str, images: frozenset[str]) -> None:
    """Forget what was asked of images that do not run any more."""
    wanted = select(ImageCheckRow.image).where(ImageCheckRow.cluster == cluster)
    gone: Sequence[str] = [
        each for each in (await connection.execute(wanted)).scalars() if each not in images
    ]
    for begin in range(0, len(gone), _AT_ONCE):
        some = ImageCheckRow.image.in_(gone[begin : begin + _AT_ONCE])
        await connection.execute(delete(ImageCheckRow).where(ImageCheckRow.cluster == cluster, some))


def _overtaken() -> Overtaken:
    return Overtaken("somebody else stored the warning first", "it is decided again by itself")


def _decoded(body: str, version: int) -> Forewarning:
    try:
        return replace(_DECODER.decode(body), version=version)
    except msgspec.MsgspecError:
        raise StoreError(
            "a warning in the database cannot be read", "restore a backup, or move the database away"
        ) from None
