"""Whoever receives webhooks: requests in, whether their signature holds out; it answers as it is told to, over real HTTP.

The signature is checked from the specification, with nothing of ours.
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import asyncio
import base64
import hashlib
import hmac
import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import web


SECRET = "whsec_" + base64.b64encode(b"a-secret-of-thirty-two-bytes-abc").decode()
OTHER = "whsec_" + base64.b64encode(b"another-secret-of-32-bytes-abcde").decode()


@dataclass(frozen=True, slots=True)
class Received:
    """One request."""

    headers: dict[str, str]
    body: bytes

    @property
    def key(self) -> str:
        """Its id."""
        return self.headers["webhook-id"]

    @property
    def said(self) -> dict[str, Any]:
        """What it says."""
        found: dict[str, Any] = json.loads(self.body)
        return found

    def is_from(self, secret: str) -> bool:
        """Whether who sent it knows the secret."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{self.key}.{self.headers['webhook-timestamp']}.".encode() + self.body
        wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return wanted in self.headers["webhook-signature"].split(" ")


class Receiver:
    """Listens on loopback.

    Args:
        tls: speak HTTPS.

    Attributes:
        answers: what the next requests are answered, by turns: a status, or what makes an answer; then 200.
        received: everything, whatever it was answered.
        took: what it said yes to.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.answers: list[int | Callable[[web.Request], Any]] = []
        self.received: list[Received] = []
        self.took: list[Received] = []
        self.url = ""
        self._runner: web.ServerRunner | None = None
        self._came = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._runner = web.ServerRunner(web.Server(self._answer), shutdown_timeout=0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._tls).start()
        scheme = "https" if self._tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._runner.addresses[0][1]}/hook"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        received = Received(
            {name.lower(): value for name, value in request.headers.items()}, await request.read()
        )
        self.received.append(received)
        self._came.set()
        answer = self.answers.pop(0) if self.answers else 200
        if not isinstance(answer, int):
            made: web.StreamResponse = await answer(request)
            return made
        if answer < 300:
            self.took.append(received)
        return web.Response(status=answer)

    async def until(self, enough: Callable[[], bool], seconds: float = 20.0) -> None:
        """Wait until it has what is wanted."""
        async with asyncio.timeout(seconds):
            while not enough():
                self._came.clear()
                try:
                    await asyncio.wait_for(self._came.wait(), 0.05)
                except TimeoutError:
                    continue
