"""A live reader on a fake API server: the server in -> a reader that never really sleeps out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from bot.cluster.client import ApiClient, Pace
from bot.cluster.reader import ApiReader
from tests.fakes.api_server import FakeApiServer
from tests.fakes.logins import TokenLogin


OWN_CLOCK = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


async def at_once(_: float) -> None:
    """Sleep without sleeping."""


@asynccontextmanager
async def reader_on(
    server: FakeApiServer, token: str = "", namespaces: tuple[str, ...] = (), **pace: Any
) -> AsyncIterator[ApiReader]:
    """A reader; its own clock is half an hour ahead of the server's."""
    settings = {"sleep": at_once, "now": lambda: OWN_CLOCK} | pace
    login = TokenLogin(server.url, [token] if token else [], name="test", namespace="shop")
    async with ApiClient(login, Pace(**settings)) as client:
        reader = ApiReader(client, namespaces=namespaces)
        yield reader
        await reader.close()
