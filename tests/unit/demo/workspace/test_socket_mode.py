"""Socket Mode: one of the connections gets it, and says so in time."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, web

from bot.demo.workspace.hub import Hub
from bot.demo.workspace.seed import Timing
from bot.demo.workspace.socket_mode import MOST_CONNECTIONS, SocketMode


class Joined:
    """Sockets to one app."""

    def __init__(self, sockets: SocketMode, session: ClientSession, base: str) -> None:
        self.sockets = sockets
        self._session = session
        self._base = base

    async def connect(self) -> ClientWebSocketResponse:
        """One more, greeted."""
        socket = await self._session.ws_connect(f"{self._base}/?ticket={self.sockets.ticket()}")
        await socket.receive_json()
        return socket

    async def status(self, ticket: str) -> int:
        """What a ticket gets."""
        async with self._session.get(f"{self._base}/?ticket={ticket}") as answer:
            return answer.status


@pytest.fixture
async def joined() -> AsyncIterator[Joined]:
    """An app's connections behind a port."""
    sockets = SocketMode("A1", Hub(), Timing(ack=0.2))
    app = web.Application()
    app.router.add_get("/", sockets.serve)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with ClientSession() as session:
        yield Joined(sockets, session, f"http://127.0.0.1:{runner.addresses[0][1]}")
        await sockets.close()
    await runner.cleanup()


async def test_a_ticket_lets_one_in_once(joined: Joined) -> None:
    """Nobody else."""
    ticket = joined.sockets.ticket()
    assert await joined.status("x") == 403
    await joined.status(ticket)
    assert await joined.status(ticket) == 403


async def test_envelopes_go_to_any_one(joined: Joined) -> None:
    """And the ack brings what the app says."""
    first, second = await joined.connect(), await joined.connect()

    async def acks(socket: ClientWebSocketResponse) -> int:
        got = 0
        async for message in socket:
            told = message.json()
            got += 1
            await socket.send_json({"envelope_id": told["envelope_id"], "payload": {"n": got}})
        return got

    tasks = [asyncio.create_task(acks(each)) for each in (first, second)]
    for _ in range(4):
        assert (await joined.sockets.send({"type": "interactive", "payload": {}})).acked
    await joined.sockets.close()
    assert [await each for each in tasks] == [2, 2]


async def test_who_says_nothing_is_told_so(joined: Joined) -> None:
    """No ack in time, and nobody there, are different things."""
    assert (await joined.sockets.send({})).reason == "connection_failed"
    socket = await joined.connect()
    assert (await joined.sockets.send({})).reason == "timeout"
    await socket.receive_json()
    assert (await joined.sockets.send({}, twice=True)).reason == "timeout"
    assert (await socket.receive_json()) == (await socket.receive_json())


async def test_there_are_ten_at_most(joined: Joined) -> None:
    """The next one is sent away with the reason."""
    kept = [await joined.connect() for _ in range(MOST_CONNECTIONS)]
    socket = await joined._session.ws_connect(f"{joined._base}/?ticket={joined.sockets.ticket()}")
    assert (await socket.receive_json())["reason"] == "too_many_websockets"
    assert len(joined.sockets.connections) == len(kept)


async def test_connections_are_asked_to_come_again(joined: Joined) -> None:
    """With what Slack says; and nothing goes to them any more."""
    socket = await joined.connect()
    assert joined.sockets.connected
    await joined.sockets.refresh()
    assert (await socket.receive_json())["reason"] == "refresh_requested"
    assert not joined.sockets.connected


async def test_connections_can_be_dropped(joined: Joined) -> None:
    """Without a word."""
    socket = await joined.connect()
    await joined.sockets.drop()
    assert (await socket.receive()).data is None or socket.closed
