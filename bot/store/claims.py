"""Who looks at which cluster: a cluster's name in, whether it is ours out.

On PostgreSQL a claim is an advisory lock of one session, which ends with the replica that has it, however that ends:
its clusters move on by themselves. SQLite is for one replica, which has them all.
"""

import asyncio
import hashlib
from typing import Protocol

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


class Claims(Protocol):
    """The claims of one replica."""

    async def claim(self, cluster: str) -> bool:
        """Whether the cluster is ours, taken if nobody has it."""
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

    async def release(self, cluster: str) -> None:
        """Nobody else would ask."""

    async def close(self) -> None:
        """Nobody else would ask."""


class SessionClaims:
    """Advisory locks of one session, https://www.postgresql.org/docs/15/explicit-locking.html#ADVISORY-LOCKS.

    Args:
        engine: of PostgreSQL; one connection of it is held as long as something is claimed.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._connection: AsyncConnection | None = None
        self._held: set[str] = set()
        self._turn = asyncio.Lock()  # a connection answers one question at a time

    async def claim(self, cluster: str) -> bool:
        """Whether the cluster is ours, asked of the server: it knows whether our session is still there."""
        async with self._turn:
            if self._connection is not None and not await self._is_there():
                await self._lose()  # with the session went everything it held
            try:
                return await self._try(cluster)
            except BaseException:
                # Whoever was stopped half-way does not know what the session holds by now.
                await self._lose()
                raise

    async def release(self, cluster: str) -> None:
        """Give it up; where the session is gone it is given up already."""
        async with self._turn:
            if cluster in self._held and self._connection is not None:
                self._held.discard(cluster)
                try:
                    await self._ask("SELECT pg_advisory_unlock(:lock)", cluster)
                except (SQLAlchemyError, OSError, TimeoutError):
                    await self._lose()
                except BaseException:
                    await self._lose()
                    raise

    async def close(self) -> None:
        """Give everything up, with the session."""
        async with self._turn:
            await self._lose()

    async def _is_there(self) -> bool:
        """Whether our session answers, which is what makes its claims hold."""
        assert self._connection is not None
        try:
            await self._connection.execute(text("SELECT 1"))
        except (SQLAlchemyError, OSError, TimeoutError):
            return False
        return True

    async def _try(self, cluster: str) -> bool:
        if self._connection is None:
            connection = await self._engine.connect()
            self._connection = await connection.execution_options(isolation_level="AUTOCOMMIT")
        if cluster not in self._held and await self._ask("SELECT pg_try_advisory_lock(:lock)", cluster):
            self._held.add(cluster)
        return cluster in self._held

    async def _ask(self, question: str, cluster: str) -> bool:
        assert self._connection is not None
        number = int.from_bytes(hashlib.sha256(cluster.encode()).digest()[:8], signed=True)
        return bool(await self._connection.scalar(text(question), {"lock": number}))

    async def _lose(self) -> None:
        lost, self._connection, self._held = self._connection, None, set()
        if lost is not None:
            # Its session must end, not go back to the pool with locks on it.
            await lost.invalidate()
            await lost.close()
