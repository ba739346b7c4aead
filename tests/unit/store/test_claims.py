"""A claim holds as long as the session that took it; what PostgreSQL says of it is in tests/contract."""

import itertools
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.claims import SessionClaims, SoleClaims


class Server:
    """A PostgreSQL that knows nothing but locks, and can lose its sessions."""

    def __init__(self) -> None:
        self.locks: dict[int, Session] = {}
        self.members: list[Session] = []
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

    async def scalar(self, question: object, values: dict[str, int]) -> object:
        """Lock and unlock; join and count."""
        await self.execute(question)
        if "set_config" in str(question):
            return None
        if "shared" in str(question):
            return self._server.members.append(self)
        if "count" in str(question):
            return len(self._server.members)
        if "unlock" in str(question):
            return self._server.locks.pop(values["lock"], None) is self
        return self._server.locks.setdefault(values["lock"], self) is self

    async def invalidate(self) -> None:
        """Its locks go with it."""
        self.alive = False
        self._server.members = [who for who in self._server.members if who is not self]
        self._server.locks = {lock: who for lock, who in self._server.locks.items() if who is not self}

    async def close(self) -> None:
        """Nothing is left to do."""


def _claims(server: Server) -> SessionClaims:
    engine: Any = server
    assert not isinstance(engine, AsyncEngine)
    return SessionClaims(engine, itertools.count(0, 10).__next__)


async def _everything(replicas: list[SessionClaims], clusters: list[str]) -> list[set[str]]:
    """What each has after every one of them has asked for everything."""
    return [{name for name in clusters if await each.claim(name)} for each in replicas]


async def test_who_is_alone_has_every_cluster() -> None:
    """And needs not give it up."""
    claims = SoleClaims()
    assert await claims.claim("eu")
    assert await claims.holds("eu")
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
    await other.close()


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
    await one.close()
    await other.close()


async def test_claim_that_was_lost_is_not_held_though_it_can_be_taken_again() -> None:
    """Somebody else may have had it meanwhile."""
    server = Server()
    claims = _claims(server)
    assert not await claims.holds("eu")
    assert await claims.claim("eu")
    assert await claims.holds("eu")
    await server.sessions[0].invalidate()
    assert not await claims.holds("eu")
    assert await claims.claim("us")
    assert not await claims.holds("eu")
    await claims.close()


async def test_replicas_have_their_shares_and_take_over_what_one_leaves_behind() -> None:
    """Whoever was there first gives up what is beyond its share; whoever goes leaves all of it to the others."""
    server, clusters = Server(), [f"c{number}" for number in range(7)]
    replicas = [_claims(server) for _ in range(3)]
    assert await _everything(replicas[:1], clusters) == [set(clusters)]
    for _ in range(8):
        held = await _everything(replicas, clusters)
    assert max(map(len, held)) <= 3
    assert set.union(*held) == set(clusters)
    await replicas[0].close()
    held = await _everything(replicas[1:], clusters)
    assert set.union(*held) == set(clusters)
    for _ in range(8):
        held = await _everything(replicas[1:], clusters)
    assert sorted(map(len, held)) == [3, 4]
    for each in replicas:
        await each.close()


async def test_cluster_that_only_one_replica_knows_stays_with_it() -> None:
    """It is left to the other once, who does not want it."""
    server, clusters = Server(), ["a", "b", "c"]
    one, other = _claims(server), _claims(server)
    assert await other.claim("z")
    for _ in range(8):
        (held,) = await _everything([one], clusters)
    assert held == set(clusters)
    await one.close()
    await other.close()


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
    await claims.close()


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
