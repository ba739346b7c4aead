"""Brings a database to the schema that this version knows: any older schema in, ours out, in one transaction or not at all.

Run at every start, by as many replicas as like: one does it, the others wait and find it done.
"""

from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import StoreError
from bot.store.failures import explained


_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x696D6167657075  # "imagepu", as a number of PostgreSQL's advisory locks


async def migrate(engine: AsyncEngine) -> None:
    """Bring the database up to date.

    Raises:
        StoreError: it cannot be reached, or a newer version made it; nothing is changed then.
    """
    with explained():
        async with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            await connection.run_sync(_upgrade)


def revisions() -> tuple[str, ...]:
    """Every schema that this version knows, its own first."""
    return _known(_script())


def _script() -> ScriptDirectory:
    return ScriptDirectory(str(_FOLDER), version_locations=[str(_FOLDER)])


def _known(script: ScriptDirectory) -> tuple[str, ...]:
    return tuple(each.revision for each in script.walk_revisions())


def _upgrade(connection: Connection) -> None:
    script = _script()
    context = MigrationContext.configure(connection)
    there, known = context.get_current_revision(), _known(script)
    if there is not None and there not in known:
        raise StoreError(
            f"the database has schema {there!r}, and this version knows up to {known[0]!r}",
            "run the newer version again, or restore a backup from before the upgrade",
        )
    missing = known[: known.index(there)] if there else known
    with Operations.context(context):
        for revision in reversed(missing):
            script.get_revision(revision).module.upgrade()
            context.stamp(script, revision)
