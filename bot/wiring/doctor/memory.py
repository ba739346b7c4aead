"""Whether the bot can remember: the store of the settings in, findings out. Nothing is made, migrated or written."""

import os
import shlex
import shutil
import stat
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from bot import settings
from bot.facts.finding import Finding, ok, warning, wrong
from bot.settings import Store
from bot.store import examining
from bot.store.examining import Condition


KEY = "store.url"
_MIB = 1024 * 1024
# A bot's database has some MiB; a transaction that finds no room stops it.
_SCARCE, _NO_ROOM = 512 * _MIB, 32 * _MIB
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


async def look(store: Store) -> AsyncIterator[Finding]:
    """The file or the server, and what is in it.

    Raises:
        SettingsError: the URL names no database that we can use, or the password's file cannot be read.
        StoreError: it cannot be reached or read.
    """
    file = examining.file_of(store.url)
    password = settings.database_password(store)
    if file is not None:
        found = tuple(_place(file.absolute()))
        for each in found:
            yield each
        if not file.exists():
            if not found:
                yield ok(KEY, "not there yet: `imagepull run` makes it, for its owner alone")
            return
    for each in judged(await examining.examined(store.url, password), file):
        yield each


def judged(found: Condition, file: Path | None) -> Iterator[Finding]:
    """What follows from how a database is."""
    told = len(tuple(_faults(found)))
    yield from _faults(found)
    if told:
        return
    kind = "SQLite, for one replica" if file else "PostgreSQL, whose sessions stay"
    schema = f"schema {found.schema}" if found.schema else "empty: the bot makes its tables when it starts"
    yield ok(KEY, f"{kind}; {schema}{_prospect(found)}")


def _prospect(found: Condition) -> str:
    """What becomes of a schema that is not this version's own."""
    if found.schema in ("", found.ours):
        return ""
    if not found.is_known:
        return f", of a newer version, with which this one can work though it knows up to {found.ours}"
    return f"; the bot brings it to {found.ours} when it starts"


def _faults(found: Condition) -> Iterator[Finding]:
    if not found.works:
        yield wrong(
            KEY,
            f"it has schema {found.schema}, and this version knows up to {found.ours}",
            "run the newer version again, or restore a backup from before the upgrade",
        )
    if found.barred:
        yield wrong(KEY, found.barred, "name the primary in store.url, and let its user own its schema")
    if found.sessions_stay is False:
        yield wrong(
            KEY,
            "a pooler in transaction mode stands before it: locks do not stay with the replica that took them",
            "let store.url name PostgreSQL itself, or a pool with pool_mode=session",
        )


def _place(file: Path) -> Iterator[Finding]:
    """What is wrong with where a file is, or will be."""
    folder, name = file.parent, shlex.quote(str(file))
    if not folder.is_dir():
        yield wrong(KEY, f"there is no folder {str(folder)!r}", f"mkdir -p {shlex.quote(str(folder))}")
        return
    if not os.access(folder, os.W_OK | os.X_OK):
        yield wrong(
            KEY, f"the folder {str(folder)!r} cannot be written", f"chmod u+wx {shlex.quote(str(folder))}"
        )
    free = shutil.disk_usage(folder).free
    if free < _SCARCE:
        made = wrong if free < _NO_ROOM else warning
        yield made(KEY, f"{free // _MIB} MiB are free on its disk", f"df -h {shlex.quote(str(folder))}")
    if not file.exists():
        return
    if not file.is_file():
        yield wrong(KEY, f"{str(file)!r} is no file", "name a file: sqlite:///imagepull.db")
        return
    if not os.access(file, os.R_OK | os.W_OK):
        yield wrong(KEY, f"{str(file)!r} cannot be read and written", f"chmod u+rw {name}")
    if stat.S_IMODE(file.stat().st_mode) & _OTHERS:
        yield warning(
            KEY, "others than its owner may read it: it names images and namespaces", f"chmod 600 {name}"
        )
