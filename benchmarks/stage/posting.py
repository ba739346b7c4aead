"""A storm over HTTP: signed requests in, all of them sent at once, the milliseconds until each was accepted out.

Whatever can be done before is done before (connections stand, requests are signed), so that what is measured is the app and
not the sender: a client that makes each request when its turn comes needs longer for 500 of them than the app does.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from bot.demo.workspace.http_mode import signature


_HEAD = (
    "POST {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: Slackbot 1.0 (+https://api.slack.com/robots)\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\nX-Slack-Request-Timestamp: {moment}\r\n"
    "X-Slack-Signature: {signature}\r\nContent-Length: {length}\r\n\r\n"
)


@dataclass(frozen=True)
class Address:
    """Where the app takes what Slack sends, and what it is signed with."""

    url: str
    secret: str

    def request(self, form: dict[str, str]) -> bytes:
        """A slash command, as it goes over the wire."""
        parts, body, moment = urlsplit(self.url), urlencode(form).encode(), str(int(time.time()))
        signed = signature(self.secret, moment, body)
        head = _HEAD.format(
            path=parts.path, host=parts.netloc, moment=moment, signature=signed, length=len(body)
        )
        return head.encode() + body


class Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport
        self._here = b""
        self._began = 0.0
        self._accepted: asyncio.Future[float] | None = None

    @property
    def stands(self) -> bool:
        """Whether a request may be sent."""
        return not self._transport.is_closing()

    def send(self, request: bytes) -> asyncio.Future[float]:
        """Send it; the milliseconds until it was accepted, -1 when it was not."""
        self._here, self._accepted = b"", asyncio.get_running_loop().create_future()
        self._began = time.perf_counter()
        self._transport.write(request)
        return self._accepted

    def close(self) -> None:
        """Let go of it."""
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It stands."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """A piece of the answer."""
        self._here += data
        head, end, body = self._here.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if end and len(body) >= int(length or 0):
            took = (time.perf_counter() - self._began) * 1000
            self._told(took if head.startswith(b"HTTP/1.1 200 ") else -1.0)

    def connection_lost(self, _error: Exception | None) -> None:
        """It stands no more."""
        self._told(-1.0)

    def _told(self, took: float) -> None:
        if self._accepted is not None and not self._accepted.done():
            self._accepted.set_result(took)


class Posts:
    """Keeps connections to one app, as many as there are requests at once."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._kept: list[Connection] = []

    async def storm(self, forms: Sequence[dict[str, str]], patience: float) -> list[float]:
        """Send all of them at once; the milliseconds until each was accepted, -1 for never."""
        requests = [self._address.request(each) for each in forms]
        self._kept = [each for each in self._kept if each.stands]
        while len(self._kept) < len(requests):
            self._kept.append(await self._connected())
        sent = [each.send(request) for each, request in zip(self._kept, requests, strict=False)]
        _, late = await asyncio.wait(sent, timeout=patience)
        for each in late:
            each.cancel()
        return [-1.0 if each in late else each.result() for each in sent]

    def close(self) -> None:
        """Let go of them."""
        for each in self._kept:
            each.close()

    async def _connected(self) -> Connection:
        parts = urlsplit(self._address.url)
        loop = asyncio.get_running_loop()
        _, made = await loop.create_connection(Connection, parts.hostname, parts.port)
        return made
