"""A database tells how it is, and stays as it was."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.errors import SettingsError, StoreError
from bot.store import examining, migrating, opening


class _Server:
    """Sessions of a server, and the locks that each holds."""

    def __init__(self, sessions: int) -> None:
        self.idle = list(range(1, sessions + 1))
        self.locks: dict[str, int] = {}

    def answer(self, session: int, statement: str) -> Any:
        """One of the three statements."""
        if "try_advisory_lock" in statement:
            key = statement.partition("(")[2]
            return self.locks.setdefault(key, session) == session
        return session if "backend_pid" in statement else True


class _Own:
    """A connection that keeps its session."""

    def __init__(self, server: _Server) -> None:
        self._server, self._session = server, server.idle.pop()

    async def transaction(self, *statements: str) -> Any:
        """The last answer."""
        return [self._server.answer(self._session, each) for each in statements][-1]


class _Lent:
    """A connection that a pooler lends a session for each transaction."""

    def __init__(self, server: _Server) -> None:
        self._server = server

    async def transaction(self, *statements: str) -> Any:
        """The last answer, by whichever session waited longest."""
        session = self._server.idle.pop(0)
        self._server.idle.append(session)
        return [self._server.answer(session, each) for each in statements][-1]


def _files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_sessions_stay_with_a_server() -> None:
    """The lock is the first one's, as often as it is asked for."""
    server = _Server(2)
    assert await examining.sessions_stay(_Own(server), _Own(server))


@pytest.mark.parametrize("sessions", [1, 2, 3])
async def test_sessions_do_not_stay_behind_a_pooler(sessions: int) -> None:
    """However many sessions it has."""
    server = _Server(sessions)
    assert not await examining.sessions_stay(_Lent(server), _Lent(server))


def _revisions() -> Sequence[str]:
    return migrating.revisions()


async def test_examined_reads_the_schema(tmp_path: Path) -> None:
    """And changes nothing."""
    url = f"sqlite:///{tmp_path / 'a.db'}"
    async with opening.opened(url):
        pass
    before = (tmp_path / "a.db").read_bytes()
    found = await examining.examined(url)
    assert (found.schema, found.ours, found.is_known) == (_revisions()[0], _revisions()[0], True)
    assert (tmp_path / "a.db").read_bytes() == before


@pytest.mark.parametrize("since", ["since", "future"])
async def test_examined_knows_no_newer_schema(tmp_path: Path, since: str) -> None:
    """A newer version made it, and says whether we can work with it."""
    url = f"sqlite:///{tmp_path / 'a.db'}"
    async with opening.opened(url):
        pass
    with sqlite3.connect(tmp_path / "a.db") as raw:
        raw.execute("UPDATE alembic_version SET version_num = 'future'")
        raw.execute("UPDATE works_since SET revision = ?", (since,))
    raw.close()
    found = await examining.examined(url)
    assert (found.schema, found.is_known, found.works) == ("future", False, since == "since")


async def test_examined_makes_no_file(tmp_path: Path) -> None:
    """Where there is none it says so."""
    with pytest.raises(StoreError):
        await examining.examined(f"sqlite:///{tmp_path / 'none.db'}")
    assert not _files(tmp_path)


def test_file_of_is_none_of_a_server() -> None:
    """And a URL that is none is refused."""
    assert examining.file_of("sqlite:///a.db") == Path("a.db")
    assert examining.file_of("postgresql+asyncpg://host/database") is None
    with pytest.raises(SettingsError):
        examining.file_of("oracle://x")
