"""How what happened reaches the app: a payload in -> by socket or HTTP, events until they are taken, doubles if wanted."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from bot.demo.workspace.channels import Channel
from bot.demo.workspace.faults import Faults
from bot.demo.workspace.http_mode import HttpMode
from bot.demo.workspace.payloads import Payloads
from bot.demo.workspace.refusals import Object
from bot.demo.workspace.seed import Timing
from bot.demo.workspace.socket_mode import Answered, SocketMode


class Delivery:
    """The way to one app.

    Args:
        sockets: its connections.
        http: its request URL, which goes before the sockets when there is one.
        payloads: puts events into their envelopes.
        faults: whether Slack is away, and what is delivered twice.
        timing: when events are tried again.
    """

    def __init__(
        self, sockets: SocketMode, http: HttpMode, payloads: Payloads, faults: Faults, timing: Timing
    ) -> None:
        self._sockets = sockets
        self._http = http
        self._payloads = payloads
        self._faults = faults
        self._timing = timing
        self._running: set[asyncio.Task[Any]] = set()

    @property
    def connected(self) -> bool:
        """Whether anybody would take what is sent."""
        return bool(self._http.url) or self._sockets.connected

    async def ask(self, kind: str, payload: Object) -> Answered:
        """Send a command or an interaction, once; nobody tries it again."""
        return await self._send(kind, payload, 0, "")

    def emit(self, event: Object, channel: Channel | None = None) -> None:
        """Send an event, and again until it is taken; returns at once."""
        self.run(self._tried(self._payloads.event(event, channel)))

    def run(self, doing: Coroutine[Any, Any, Any]) -> None:
        """Do something beside whoever asks."""
        task = asyncio.create_task(doing)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def close(self) -> None:
        """Stop trying."""
        for task in tuple(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _tried(self, payload: Object) -> None:
        answered = await self._send("events_api", payload, 0, "")
        for attempt, seconds in enumerate(self._timing.retries, 1):
            if answered.acked:
                return
            await asyncio.sleep(seconds)
            answered = await self._send("events_api", payload, attempt, answered.reason)

    async def _send(self, kind: str, payload: Object, attempt: int, reason: str) -> Answered:
        if self._faults.away:
            return Answered(acked=False, reason="connection_failed")
        twice = self._faults.doubles > 0
        if twice:
            self._faults.doubles -= 1
        if self._http.url:
            if twice:
                self.run(self._http.send(kind, payload))
            return await self._http.send(kind, payload, attempt, reason)
        takes_more = kind != "events_api"
        envelope: Object = {"payload": payload, "type": kind, "accepts_response_payload": takes_more}
        if kind == "events_api":
            envelope |= {"retry_attempt": attempt, "retry_reason": reason}
        return await self._sockets.send(envelope, twice=twice)
