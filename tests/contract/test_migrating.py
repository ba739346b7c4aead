"""A database of the version before, with data in it, brought to the schema of this one: on SQLite and on PostgreSQL.

Nothing of it is lost, and a replica of the version before that still runs goes on.
"""

import shutil
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import StoreError
from bot.ports.keeping import Address, Kind, Letter
from bot.store import engines, examining, migrating, opening
from bot.store.migrations import first, glances, heard
from bot.store.opening import Store
from tests.fakes import dying
from tests.fakes.cluster import NOW
from tests.lives import MINUTE
from tests.proposed import below, card, entry, proposal


BEFORE = (first, glances, heard)
AT = Address("C1", "1700000000.000100")
_EPISODE = "INSERT INTO episodes VALUES (:id, 1, :id, 'eu', 'open', NULL, :body)"
_MESSAGE = "INSERT INTO messages VALUES (:id, '#shop', :body, :channel, :moment)"
_NEXT = '''"""Of the next version."""

import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = "{head}"
breaks = {breaks}


def upgrade() -> None:
    op.add_column("episodes", sa.Column("mood", sa.Text(), nullable=False, server_default=sa.text("'calm'")))
    op.add_column("letters", sa.Column("hue", sa.Text()))
    op.create_table("moods", sa.Column("mood", sa.Text(), nullable=False))
'''
_LETTER = "INSERT INTO letters (incident, channel, kind, body) VALUES (:id, '#shop', :kind, :body)"


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where things are kept."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'imagepull.db'}"
    url: str = request.getfixturevalue("postgres_server").database()
    return url


def _older(connection: Connection) -> None:
    """What the version before made."""
    context = MigrationContext.configure(connection)
    folder = str(Path(first.__file__).parent)
    script = ScriptDirectory(folder, version_locations=[folder])
    with Operations.context(context):
        for step in BEFORE:
            step.upgrade()
            context.stamp(script, step.revision)


async def _store(engine: AsyncEngine, name: str, address: Address | None, *bodies: str) -> None:
    """What the version before stores of an incident."""
    body = msgspec.json.encode(dying.begun(name)).decode()
    where = {"channel": address and address.channel, "moment": address and address.moment}
    async with engine.begin() as connection:
        await connection.execute(text(_EPISODE), {"id": name, "body": body})
        await connection.execute(text(_MESSAGE), {"id": name, "body": "message", **where})
        for each in bodies:
            kind = "message" if each == "message" else "reply"
            await connection.execute(text(_LETTER), {"id": name, "kind": kind, "body": each})


@pytest.mark.attack(32, "older schema")
async def test_nothing_is_lost_on_the_way(place: str) -> None:
    """Incidents, messages, letters with their numbers; and what is new works."""
    engine = engines.opened(place)
    async with engine.begin() as connection:
        await connection.run_sync(_older)
    await _store(engine, "told", AT, "gone", "a", "b")
    await _store(engine, "new", None, "message", "c")
    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM letters WHERE body IN ('gone', 'c')"))
    await engines.closed(engine)
    async with opening.opened(place) as store:
        assert {each.id for each in await store.keeper.episodes("eu", NOW)} == {"told", "new"}
        (told,) = await store.keeper.messages("told")
        assert (told.body, told.address) == ("message", AT)
        (message, reply) = reversed(await store.outbox.due(NOW, MINUTE, 10))
        assert (reply.letter, reply.number, reply.address) == (
            Letter("told", "#shop", Kind.REPLY, "a"),
            2,
            AT,
        )
        assert (message.number, message.address) == (4, None)
        asked = await store.ledger.save(
            proposal(incident="told"), [entry()], [card(under="told"), below("x", under="told")]
        )
        (shown,) = await store.outbox.due(NOW, MINUTE, 10)
        assert (shown.number, shown.under) == (6, AT)
        assert await store.outbox.delivered(shown, Address("C1", "2"))
        assert await store.ledger.shown_at(asked) == Address("C1", "2")
        (loaded,) = [each for each in await store.keeper.episodes("eu", NOW) if each.id == "told"]
        await store.keeper.save([], [loaded], [])
        assert await store.keeper.messages("told") == ()
        assert (await store.outbox.backlog()).letters == 2


async def test_replica_of_the_version_before_goes_on(place: str) -> None:
    """It stores letters without what is new, and what it forgets without its messages is swept up by us."""
    engine = engines.opened(place)
    async with engine.begin() as connection:
        await connection.run_sync(_older)
    await migrating.migrate(engine)
    await _store(engine, "theirs", None, "message", "a")
    async with opening.opened(place) as store:
        (theirs,) = await store.outbox.due(NOW, MINUTE, 10)
        assert (theirs.letter.body, theirs.under) == ("message", None)
        async with engine.begin() as connection:
            await connection.execute(text("DELETE FROM episodes"))
        await store.keeper.forget(NOW)
        assert await store.keeper.messages("theirs") == ()
        assert (await store.outbox.backlog()).letters == 0
    await engines.closed(engine)


async def _by_the_next_version(place: str, folder: Path, *, breaks: bool) -> None:
    """What the version after this one makes of the database: what we have, and a step of its own."""
    steps = shutil.copytree(Path(first.__file__).parent, folder / "next", ignore=lambda *_: ["__pycache__"])
    (steps / "next.py").write_text(_NEXT.format(head=migrating.revisions()[0], breaks=breaks))
    engine = engines.opened(place)
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: migrating.bring(sync, migrating.script(steps)))
    await engines.closed(engine)


async def _kept(store: Store, name: str) -> None:
    """What this version stores it finds again, and changes."""
    await store.keeper.save([dying.begun(name)], [], dying.letters(name))
    (loaded,) = [each for each in await store.keeper.episodes("eu", NOW) if each.id == name]
    await store.keeper.save([replace(loaded, returns=1)], [], [])
    for _ in dying.letters(name):
        (taken,) = await store.outbox.due(NOW, MINUTE, 10)
        assert taken.letter.incident == name
        assert await store.outbox.delivered(taken, AT)


async def test_replica_goes_on_and_starts_anew_beside_the_version_after(place: str, tmp_path: Path) -> None:
    """It stores and reads in a schema that it does not know, whether it was there before or comes later."""
    async with opening.opened(place) as store:
        await _kept(store, "before")
        await _by_the_next_version(place, tmp_path, breaks=False)
        await _kept(store, "beside")
        await store.keeper.forget(NOW)
    async with opening.opened(place) as store:
        await _kept(store, "after")
        assert {each.id for each in await store.keeper.episodes("eu", NOW)} == {"before", "beside", "after"}
    found = await examining.examined(place)
    assert (found.schema, found.is_known, found.works) == ("next", False, True)


async def test_replica_does_not_start_where_the_version_after_broke_with_it(
    place: str, tmp_path: Path
) -> None:
    """It says so, and the doctor with it; nothing is changed."""
    async with opening.opened(place):
        pass
    await _by_the_next_version(place, tmp_path, breaks=True)
    with pytest.raises(StoreError, match="'next'"):
        async with opening.opened(place):
            pass
    found = await examining.examined(place)
    assert (found.schema, found.works) == ("next", False)


async def test_what_a_later_version_says_of_an_incident_is_let_pass(place: str) -> None:
    """Its words for more than we know are not read, and do not hinder what we know."""
    async with opening.opened(place) as store:
        await store.keeper.save([dying.begun("told")], [], [])
        engine = engines.opened(place)
        async with engine.begin() as connection:
            body = (await connection.execute(text("SELECT body FROM episodes"))).scalar()
            more = {**msgspec.json.decode(body or ""), "mood": {"of": "later"}}
            await connection.execute(
                text("UPDATE episodes SET body = :body"), {"body": msgspec.json.encode(more).decode()}
            )
        await engines.closed(engine)
        loaded = await store.keeper.episode("told")
        assert loaded is not None
        assert replace(loaded, version=0) == dying.begun("told")
