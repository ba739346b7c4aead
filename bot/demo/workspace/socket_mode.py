"""Socket Mode: a payload in -> sent to one of the app's connections, and its acknowledgement out.

https://docs.slack.dev/apis/events-api/using-socket-mode: an app has up to ten connections, and each payload goes to
any one of them.
"""

import asyncio
import json
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from bot.demo.workspace.hub import Hub
from bot.demo.workspace.refusals import Object
from bot.demo.workspace.seed import Timing


MOST_CONNECTIONS = 10
_HOST = "applink-simulated"
# What Slack says of the time a connection lasts, in seconds; this one lasts as long as nobody refreshes it.
_LASTS = 18_060
# How long a connection stays after it was asked to refresh.
_GRACE = 10.0


@dataclass(frozen=True, slots=True)
class Answered:
    """How a delivery ended.

    Attributes:
        acked: whether the app said in time that it has it.
        payload: what it said beside.
        reason: why not, in the word that the next attempt carries: ``timeout``, ``connection_failed``, ``http_error``.
    """

    acked: bool
    payload: Any = None
    reason: str = ""


@dataclass(eq=False, slots=True)
class Connection:
    """One socket of the app.

    Attributes:
        seen: the envelopes that went to it, by id.
    """

    socket: web.WebSocketResponse
    transport: asyncio.Transport | None
    waiting: dict[str, asyncio.Future[Any]] = field(default_factory=dict)
    leaving: bool = False
    seen: list[str] = field(default_factory=list)


class SocketMode:
    """The connections of one app.

    Args:
        app_id: of the app.
        hub: told when the first comes and the last goes.
        timing: how long an ack may take, and how often to ping.
    """

    def __init__(self, app_id: str, hub: Hub, timing: Timing) -> None:
        self._app_id = app_id
        self._hub = hub
        self._timing = timing
        self._tickets: set[str] = set()
        self._turn = 0
        self._leaving: set[asyncio.Task[None]] = set()
        self.connections: list[Connection] = []

    def ticket(self) -> str:
        """What lets one connection in, once."""
        made = secrets.token_urlsafe(24)
        self._tickets.add(made)
        return made

    @property
    def connected(self) -> bool:
        """Whether anybody takes what is sent."""
        return any(not each.leaving for each in self.connections)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Hold one connection, as long as it lasts."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403, text="invalid ticket")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(heartbeat=self._timing.ping)
        await socket.prepare(request)
        if len(self.connections) >= MOST_CONNECTIONS:
            await socket.send_json(_goodbye("too_many_websockets"))
            await socket.close()
            return socket
        connection = Connection(socket, request.transport)
        self.connections.append(connection)
        try:
            await socket.send_json(self._hello())
            self._told()
            await self._listen(connection)
        except ConnectionError:
            pass  # it went while it was greeted
        finally:
            self._gone(connection)
        return socket

    async def send(self, envelope: Object, *, twice: bool = False) -> Answered:
        """Give an envelope to one connection, and wait for its ack.

        Args:
            envelope: without its id.
            twice: give it to the next one, too, with the same id.
        """
        envelope = {"envelope_id": _uuid(), **envelope}
        one = self._next()
        if one is None:
            return Answered(acked=False, reason="connection_failed")
        if twice:
            other = self._next() or one
            await _put(other, envelope)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        one.waiting[envelope["envelope_id"]] = future
        try:
            await _put(one, envelope)
            payload = await asyncio.wait_for(future, self._timing.ack)
        except TimeoutError:
            return Answered(acked=False, reason="timeout")
        finally:
            one.waiting.pop(envelope["envelope_id"], None)
        return Answered(acked=True, payload=payload)

    async def refresh(self) -> None:
        """Ask every connection to come again, as Slack does every few hours; the old ones go a little later."""
        for each in tuple(self.connections):
            each.leaving = True
            with suppress(ConnectionError):
                await each.socket.send_json(_goodbye("refresh_requested"))
            task = asyncio.create_task(_leave(each))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)
        self._told()

    async def drop(self) -> None:
        """End every connection without a word."""
        for each in tuple(self.connections):
            if each.transport is not None:
                each.transport.abort()
        await asyncio.sleep(0)

    async def close(self) -> None:
        """End everything."""
        for task in tuple(self._leaving):
            task.cancel()
        for each in tuple(self.connections):
            with suppress(ConnectionError):
                await asyncio.wait_for(each.socket.close(), 1)

    async def _listen(self, connection: Connection) -> None:
        async for message in connection.socket:
            if message.type is not WSMsgType.TEXT:
                continue
            with suppress(ValueError):
                told = json.loads(message.data)
                future = (
                    connection.waiting.get(told.get("envelope_id", "")) if isinstance(told, dict) else None
                )
                if future is not None and not future.done():
                    future.set_result(told.get("payload"))

    def _next(self) -> Connection | None:
        ready = [each for each in self.connections if not each.leaving]
        if not ready:
            return None
        self._turn += 1
        return ready[self._turn % len(ready)]

    def _hello(self) -> Object:
        return {
            "type": "hello",
            "num_connections": len(self.connections),
            "debug_info": {"host": _HOST, "build_number": 1, "approximate_connection_time": _LASTS},
            "connection_info": {"app_id": self._app_id},
        }

    def _gone(self, connection: Connection) -> None:
        self.connections.remove(connection)
        self._told()

    def _told(self) -> None:
        self._hub.publish({"type": "connected", "connected": self.connected})


async def _put(connection: Connection, envelope: Object) -> None:
    connection.seen.append(envelope["envelope_id"])
    del connection.seen[:-1_000]
    with suppress(ConnectionError):
        await connection.socket.send_json(envelope)


async def _leave(connection: Connection) -> None:
    await asyncio.sleep(_GRACE)
    with suppress(ConnectionError):
        await connection.socket.close()


def _goodbye(reason: str) -> Object:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": _HOST}}


def _uuid() -> str:
    raw = secrets.token_hex(16)
    return "-".join((raw[:8], raw[8:12], raw[12:16], raw[16:20], raw[20:]))
