"""What goes wrong with a database, in words an operator can act on: the drivers' exceptions in, StoreErrors out.

Only codes are read. The drivers' own words hold statements, values, hosts and user names, and go nowhere.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from asyncpg import InterfaceError, PostgresError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.errors import Overtaken, StoreError


# The first that a code begins with counts. PostgreSQL: https://www.postgresql.org/docs/15/errcodes-appendix.html,
# SQLite: https://www.sqlite.org/rescode.html
_MEANINGS = (
    ("28", "PostgreSQL refuses the login", "check the user, the password and pg_hba.conf"),
    ("3D000", "PostgreSQL has no such database", "create it, or correct the name in store.url"),
    ("42501", "PostgreSQL refuses the right", "the user needs to own the schema that it works in"),
    ("42P01", "a table is not there", "start the bot once: it makes them"),
    ("25006", "the database can only be read", "name the primary, not a standby, in store.url"),
    ("53100", "the database's disk is full", "make room; nothing is lost, and it goes on by itself"),
    ("53300", "PostgreSQL takes no more connections", "raise max_connections, or run fewer replicas"),
    ("57P", "PostgreSQL is stopping or starting", "it goes on by itself when it is back"),
    ("SQLITE_BUSY", "the database is locked by another process", "end the other one: SQLite is for one bot"),
    ("SQLITE_LOCKED", "the database is locked", "end other programs that have it open"),
    ("SQLITE_FULL", "the database's disk is full", "make room; nothing is lost, and it goes on by itself"),
    ("SQLITE_READONLY", "the database can only be read", "let the bot write to the file and to its folder"),
    (
        "SQLITE_CANTOPEN",
        "the database cannot be opened",
        "its folder has to be there, and writable for the bot",
    ),
    ("SQLITE_CORRUPT", "the database is damaged", "restore it from a backup, or move it away to begin anew"),
    ("SQLITE_NOTADB", "that file is no SQLite database", "correct store.url, or move the file away"),
    (
        "SQLITE_IOERR",
        "the database's disk fails",
        "look at the disk, and at the volume's kind: SQLite wants a local one",
    ),
)
_AWAY = "the database cannot be reached"
_AWAY_HINT = "check store.url, the network, and whether it runs"
# unique_violation, serialization_failure, deadlock_detected
_RACES = frozenset({"23505", "40001", "40P01", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"})


@contextmanager
def explained() -> Iterator[None]:
    """Let nothing of a driver out of this block.

    Raises:
        Overtaken: somebody else was faster.
        StoreError: whatever else went wrong.
    """
    try:
        yield
    except (SQLAlchemyError, PostgresError, InterfaceError, OSError, TimeoutError) as error:
        raise _told(error) from None


def _told(error: Exception) -> StoreError:
    code = _code(error)
    if code in _RACES:
        return Overtaken("somebody else stored it first", "it is decided again by itself")
    for beginning, message, hint in _MEANINGS:
        if code.startswith(beginning):
            return StoreError(message, hint)
    if not code or code.startswith("08"):
        return StoreError(_AWAY, _AWAY_HINT)
    return StoreError(f"the database refuses ({code})", "its own log says more")


def _code(error: BaseException | None) -> str:
    """SQLSTATE, or SQLite's name of it; "" when the database itself said nothing."""
    seen = 0
    while error is not None and seen < 5:
        for name in ("sqlstate", "sqlite_errorname"):
            code = getattr(error, name, None)
            if isinstance(code, str):
                return code
        below = error.orig if isinstance(error, DBAPIError) else None
        error, seen = below or error.__cause__, seen + 1
    return ""
