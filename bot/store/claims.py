"""Who looks at which cluster: a cluster's name in, whether it is ours out.

On PostgreSQL a claim is an advisory lock of one session, which ends with the replica that has it, however that ends:
its clusters move on by themselves. A replica that is frozen keeps its connection, so the server ends a session that says
nothing for long, and every replica says something in time. SQLite is for one replica, which has them all.
"""

import asyncio
import hashlib
import time
from collections.abc import Callable
from typing import Any, Final, Protocol

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.fairness import Fairness


# Who is frozen for longer than this loses what it has; who is alive speaks several times meanwhile. Servers before
# version 14 do not know it: https://www.postgresql.org/docs/15/runtime-config-client.html#GUC-IDLE-SESSION-TIMEOUT
_SILENT_MS: Final = 60_000
_PULSE_S: Final = 15.0
# "imagrepl", as two numbers of an advisory lock that every replica shares with all others: so they can be counted.
_REPLICAS: Final = {"high": 0x696D6167, "low": 0x7265706C}
_COUNT_EVERY_S: Final = 1.0
_SILENCE = "SELECT set_config(name, :most, false) FROM pg_settings WHERE name = 'idle_session_timeout'"
_JOIN = "SELECT pg_advisory_lock_shared(:high, :low)"
_COUNT = """
    SELECT count(*) FROM pg_locks
    WHERE locktype = 'advisory' AND classid = :high AND objid = :low AND objsubid = 2 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""


class Claims(Protocol):
    """The claims of one replica."""

    async def claim(self, cluster: str) -> bool:
        """Whether the cluster is ours, taken if nobody has it; one beyond our share is given up to whoever asks next."""
        ...

    async def holds(self, cluster: str) -> bool:
        """Whether it was ours all the time since it was claimed, asked of the server."""
        ...

    async def release(self, cluster: str) -> None:
        """Give it up."""
        ...

    async def close(self) -> None:
        """Give all of them up."""
        ...


class SoleClaims:
    """The claims of a replica that is alone."""

    async def claim(self, cluster: str) -> bool:  # noqa: ARG002  # the protocol's
        """Always."""
        return True

    async def holds(self, cluster: str) -> bool:  # noqa: ARG002  # the protocol's
        """Always."""
        return True

    async def release(self, cluster: str) -> None:
        """Nobody else would ask."""

    async def close(self) -> None:
        """Nobody else would ask."""


class SessionClaims:
    """Advisory locks of one session, https://www.postgresql.org/docs/15/explicit-locking.html#ADVISORY-LOCKS.

    Args:
        engine: of PostgreSQL; one connection of it is held as long as something is claimed.
        ticks: seconds that only grow.
    """

    def __init__(self, engine: AsyncEngine, ticks: Callable[[], float] = time.monotonic) -> None:
        self._engine, self._ticks = engine, ticks
        self._connection: AsyncConnection | None = None
        self._held: set[str] = set()
        self._fair = Fairness()
        self._counted_at = 0.0
        self._speaking: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()  # a connection answers one question at a time

    async def claim(self, cluster: str) -> bool:
        """Whether the cluster is ours, asked of the server: it knows whether our session is still there."""
        async with self._turn:
            await self._listen()  # with the session went everything it held
            try:
                return await self._decided(cluster)
            except BaseException:
                # Whoever was stopped half-way does not know what the session holds by now.
                await self._lose()
                raise

    async def holds(self, cluster: str) -> bool:
        """Whether the session that claimed it is still there; one that went took the claim with it."""
        async with self._turn:
            await self._listen()
            return cluster in self._held

    async def release(self, cluster: str) -> None:
        """Give it up; where the session is gone it is given up already."""
        async with self._turn:
            self._fair.forgets(cluster)
            if cluster in self._held and self._connection is not None:
                try:
                    await self._unlock(cluster)
                except (SQLAlchemyError, OSError, TimeoutError):
                    await self._lose()
                except BaseException:
                    await self._lose()
                    raise

    async def close(self) -> None:
        """Give everything up, with the session."""
        if self._speaking is not None:
            self._speaking.cancel()
            await asyncio.gather(self._speaking, return_exceptions=True)
        async with self._turn:
            await self._lose()

    async def _listen(self) -> None:
        """Forget what a session held that does not answer."""
        try:
            if self._connection is not None:
                await self._connection.execute(text("SELECT 1"))
        except (SQLAlchemyError, OSError, TimeoutError):
            await self._lose()
        except BaseException:
            await self._lose()
            raise

    async def _decided(self, cluster: str) -> bool:
        if self._connection is None:
            await self._join()
        self._fair.asks(cluster)
        if cluster in self._held:
            if self._ticks() - self._counted_at >= _COUNT_EVERY_S:
                await self._count()
            if self._fair.gives(cluster, len(self._held)):
                await self._unlock(cluster)
        elif not await self._ask("SELECT pg_try_advisory_lock(:lock)", lock=_number(cluster)):
            self._fair.is_elsewhere(cluster)
        else:
            self._held.add(cluster)
            self._fair.took(cluster)
        return cluster in self._held

    async def _join(self) -> None:
        """Begin a session."""
        connection = await self._engine.connect()
        self._connection = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await self._ask(_SILENCE, most=str(_SILENT_MS))
        await self._ask(_JOIN, **_REPLICAS)
        if self._speaking is None:
            self._speaking = asyncio.create_task(self._speak())

    async def _speak(self) -> None:
        """Say something in time, until cancelled."""
        while True:
            await asyncio.sleep(_PULSE_S)
            async with self._turn:
                await self._listen()

    async def _count(self) -> None:
        self._fair.counts(int(await self._ask(_COUNT, **_REPLICAS) or 1))
        self._counted_at = self._ticks()

    async def _unlock(self, cluster: str) -> None:
        self._held.discard(cluster)
        await self._ask("SELECT pg_advisory_unlock(:lock)", lock=_number(cluster))

    async def _ask(self, question: str, **values: Any) -> Any:
        assert self._connection is not None
        return await self._connection.scalar(text(question), values)

    async def _lose(self) -> None:
        lost, self._connection, self._held = self._connection, None, set()
        if lost is not None:
            # Its session must end, not go back to the pool with locks on it.
            await lost.invalidate()
            await lost.close()


def _number(cluster: str) -> int:
    return int.from_bytes(hashlib.sha256(cluster.encode()).digest()[:8], signed=True)
