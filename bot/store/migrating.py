"""Brings a database to the schema that this version knows: any older schema in, ours out, in one transaction or not at all.

Run at every start, by as many replicas as like: one does it, the others wait and find it done.

While replicas are replaced one by one, the older ones find a schema that they do not know. The database says since which
schema a version works with it, and one that knows that much goes on, also when it starts anew. A step only adds to what is
there, in ways that older versions need not know of; one that must do more says ``breaks = True``, and shuts them out.
"""

from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, delete, insert, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import StoreError
from bot.store.failures import explained
from bot.store.models import SinceRow


_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x696D6167657075  # "imagepu", as a number of PostgreSQL's advisory locks


async def migrate(engine: AsyncEngine) -> None:
    """Bring the database up to date.

    Raises:
        StoreError: it cannot be reached, or a newer version made it that this one cannot work with; nothing is changed then.
    """
    with explained():
        async with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            await connection.run_sync(lambda sync: bring(sync, script()))


def revisions() -> tuple[str, ...]:
    """Every schema that this version knows, its own first."""
    return _known(script())


def script(folder: Path = _FOLDER) -> ScriptDirectory:
    """The steps in a folder."""
    return ScriptDirectory(str(folder), version_locations=[str(folder)])


def works(connection: Connection, known: tuple[str, ...]) -> bool:
    """Whether a version that knows these schemas can work with the database, once it has brought it up to date."""
    there = MigrationContext.configure(connection).get_current_revision()
    if there is None or there in known:
        return True
    if not inspect(connection).has_table(SinceRow.__tablename__):
        return False
    return connection.execute(select(SinceRow.revision)).scalar() in known


def bring(connection: Connection, steps: ScriptDirectory) -> None:
    """Take the steps that the database has not taken yet: none where it is newer than they are.

    Raises:
        StoreError: it is newer, and whoever has only these steps cannot work with it.
    """
    context = MigrationContext.configure(connection)
    there, known = context.get_current_revision(), _known(steps)
    if not works(connection, known):
        raise StoreError(
            f"the database has schema {there!r}, and this version knows up to {known[0]!r}",
            "run the newer version again, or restore a backup from before the upgrade",
        )
    if there is not None and there not in known:
        return
    missing = known[: known.index(there)] if there else known
    with Operations.context(context):
        for revision in reversed(missing):
            steps.get_revision(revision).module.upgrade()
            context.stamp(steps, revision)
    if missing:
        connection.execute(delete(SinceRow))
        connection.execute(insert(SinceRow).values(revision=oldest(steps)))


def oldest(steps: ScriptDirectory) -> str:
    """The schema that a version has to know to work with the newest one: that of the last step that broke with those before."""
    return next(each for each in _known(steps) if getattr(steps.get_revision(each).module, "breaks", False))


def _known(steps: ScriptDirectory) -> tuple[str, ...]:
    return tuple(each.revision for each in steps.walk_revisions())
