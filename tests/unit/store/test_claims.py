"""A claim holds as long as the session that took it; what PostgreSQL says of it is in tests/contract."""

from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.claims import SessionClaims, SoleClaims


class Server:
    """A PostgreSQL that knows nothing but locks, and can lose its sessions."""

    def __init__(self) -> None:
        self.locks: dict[int, Session] = {}
        self.sessions: list[Session] = []
        self.away = False

    async def connect(self) -> "Session":
        """As an engine does."""
        if self.away:
            raise ConnectionRefusedError
        self.sessions.append(Session(self))
        return self.sessions[-1]


class Session:
    """A connection to it."""

    def __init__(self, server: Server) -> None:
        self._server, self.alive = server, True

    async def execution_options(self, **_: Any) -> "Session":
        """None that matter."""
        return self

    async def execute(self, _: object) -> None:
        """Whether it answers."""
        if not self.alive:
            raise OperationalError("SELECT 1", {}, ConnectionResetError())

    async def scalar(self, question: object, values: dict[str, int]) -> bool:
        """Lock and unlock."""
        await self.execute(question)
        if "unlock" in str(question):
            return self._server.locks.pop(values["lock"], None) is self
        return self._server.locks.setdefault(values["lock"], self) is self

    async def invalidate(self) -> None:
        """Its locks go with it."""
        self.alive = False
        self._server.locks = {lock: who for lock, who in self._server.locks.items() if who is not self}

    async def close(self) -> None:
        """Nothing is left to do."""


def _claims(server: Server) -> SessionClaims:
    engine: Any = server
    assert not isinstance(engine, AsyncEngine)
    return SessionClaims(engine)


async def test_who_is_alone_has_every_cluster() -> None:
    """And needs not give it up."""
    claims = SoleClaims()
    assert await claims.claim("eu")
    await claims.release("eu")
    await claims.close()


async def test_one_session_holds_all_claims() -> None:
    """However often it is asked."""
    server = Server()
    one, other = _claims(server), _claims(server)
    assert await one.claim("eu")
    assert await one.claim("eu")
    assert await one.claim("us")
    assert not await other.claim("eu")
    assert len(server.sessions) == 2
    await one.release("eu")
    assert await other.claim("eu")
    await one.close()
    assert await other.claim("us")


async def test_lost_session_is_noticed_when_it_is_asked() -> None:
    """What it held is free for others, and claimed anew if none took it."""
    server = Server()
    one, other = _claims(server), _claims(server)
    assert await one.claim("eu")
    assert await one.claim("us")
    await server.sessions[0].invalidate()
    assert await other.claim("eu")
    assert not await one.claim("eu")
    assert await one.claim("us")


async def test_server_that_is_away_is_an_error_and_then_forgotten() -> None:
    """Nothing is claimed meanwhile, and everything when it is back."""
    server = Server()
    claims = _claims(server)
    assert await claims.claim("eu")
    await server.sessions[0].invalidate()
    server.away = True
    with pytest.raises(ConnectionRefusedError):
        await claims.claim("eu")
    server.away = False
    assert await claims.claim("eu")


async def test_release_of_a_lost_session_is_none() -> None:
    """It was given up with the session."""
    server = Server()
    claims = _claims(server)
    assert await claims.claim("eu")
    await server.sessions[0].invalidate()
    await claims.release("eu")
    await claims.release("never")
    await claims.close()
    assert not server.locks
