"""Opens the database that a URL names: ``sqlite:///file`` or ``postgresql+asyncpg://…`` in, an engine out.

SQLite writes ahead and syncs on every commit, takes the write lock before it reads what it will write (else two
processes could both read and neither write), and knows foreign keys. What of a URL may be secret is shown nowhere.
"""

import asyncio
from typing import Any, Final
from urllib.parse import quote
from weakref import WeakKeyDictionary, WeakSet

import aiosqlite
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.errors import SettingsError


# The execution option of a connection that only reads: it waits for nobody.
READS: Final = "reads"
_HINT = "write sqlite:///imagepull.db, or postgresql+asyncpg://host/database"
_LAST_WORDS = 2.0  # seconds
_CONNECTIONS: "WeakKeyDictionary[Engine, _Connections]" = WeakKeyDictionary()
_BUSY = 10_000  # milliseconds that one process waits for another's write
# A replica that is frozen in the middle of a transaction would hold up all others:
# https://www.postgresql.org/docs/15/runtime-config-client.html#GUC-IDLE-IN-TRANSACTION-SESSION-TIMEOUT
_FROZEN = {"idle_in_transaction_session_timeout": "30s"}
# A replica whose machine is gone loses its sessions, and with them its claims, within a minute:
# https://www.postgresql.org/docs/15/runtime-config-connection.html#GUC-TCP-KEEPALIVES-IDLE
_KEEPALIVES = {"tcp_keepalives_idle": "20", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "3"}


def opened(url: str, password: str = "", *, readonly: bool = False) -> AsyncEngine:
    """An engine for the URL. Nothing is connected yet.

    Args:
        url: without a password.
        password: "" leaves it to the driver.
        readonly: the database refuses to change anything, and is not made where it is not there.

    Raises:
        SettingsError: it names no database that we can use.
    """
    read = _read(url)
    if read.drivername == "postgresql+asyncpg":
        return _postgresql(read.set(password=password) if password else read, readonly=readonly)
    return _sqlite(read, readonly=readonly)


def _postgresql(url: URL, *, readonly: bool) -> AsyncEngine:
    reads = {"default_transaction_read_only": "on"} if readonly else {}
    return create_async_engine(
        url,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={
            "timeout": 10,
            "command_timeout": 30,
            "server_settings": {"application_name": "imagepull", **_KEEPALIVES, **_FROZEN, **reads},
        },
    )


def _sqlite(url: URL, *, readonly: bool) -> AsyncEngine:
    # https://www.sqlite.org/uri.html
    file = f"file:{quote(url.database or '')}?mode=ro"
    connections = _Connections(file if readonly else "")
    engine = create_async_engine(
        url.set(drivername="sqlite+aiosqlite"),
        hide_parameters=True,
        connect_args={"async_creator_fn": connections.make},
    )
    _CONNECTIONS[engine.sync_engine] = connections
    event.listen(engine.sync_engine, "connect", _prepare_to_read if readonly else _prepare)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


async def closed(engine: AsyncEngine) -> None:
    """End all connections."""
    await engine.dispose()
    if connections := _CONNECTIONS.pop(engine.sync_engine, None):
        await connections.end()


def _read(url: str) -> URL:
    try:
        read = make_url(url)
    except (ArgumentError, ValueError):
        raise SettingsError("store.url is no database URL", _HINT) from None
    kind = read.drivername
    if kind in ("sqlite", "sqlite+aiosqlite"):
        if read.host or read.username or read.query:
            raise SettingsError("store.url: SQLite takes a file and nothing else", _HINT)
        if read.database in (None, "", ":memory:"):
            raise SettingsError(
                "store.url: what is kept in memory is not kept", "name a file: sqlite:///imagepull.db"
            )
        return read
    if kind == "postgresql+asyncpg":
        if not read.database:
            raise SettingsError("store.url names no database", _HINT)
        return read
    if kind.partition("+")[0] in ("postgresql", "postgres"):
        raise SettingsError(
            "store.url names no driver that we have", "let it begin with postgresql+asyncpg://"
        )
    raise SettingsError("store.url names a database that we do not know", _HINT)


class _Connections:
    """SQLite's connections, each with a thread that tells the loop when it is done: it must still be there then.

    Args:
        instead: the URI of what is opened in place of what is asked for; "" for that.
    """

    def __init__(self, instead: str = "") -> None:
        self._instead = instead
        self._made: WeakSet[aiosqlite.Connection] = WeakSet()

    def make(self, *where: Any, **how: Any) -> aiosqlite.Connection:
        """Another one, not connected yet."""
        made = (
            aiosqlite.connect(self._instead, uri=True) if self._instead else aiosqlite.connect(*where, **how)
        )
        made._thread.daemon = True  # noqa: SLF001  # as SQLAlchemy's own dialect does: no thread may keep the process
        self._made.add(made)
        return made

    async def end(self) -> None:
        """End those that nobody ended: they were given up in the middle of something, or never worked."""
        for each in tuple(self._made):
            each.stop()
            await asyncio.to_thread(each._thread.join, _LAST_WORDS)  # noqa: SLF001  # there is no other way to wait


def _prepare(connection: Any, _: object) -> None:
    # We begin transactions ourselves: sqlite3 would begin late, and end one at every change of the schema
    # (https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#pysqlite-serializable).
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (f"busy_timeout={_BUSY}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _prepare_to_read(connection: Any, _: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_BUSY}")
    cursor.close()


def _begin(connection: Connection) -> None:
    reads = connection.get_execution_options().get(READS, False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
