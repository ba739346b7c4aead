"""Events over HTTP: a payload in -> posted to the app's request URL with Slack's signature, and its answer out.

https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout

from bot.demo.workspace.refusals import Object
from bot.demo.workspace.seed import Timing
from bot.demo.workspace.socket_mode import Answered


_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
_LARGEST_ANSWER = 1_000_000


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What Slack writes into ``X-Slack-Signature``."""
    signed = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


class HttpMode:
    """One app's request URL.

    Attributes:
        url: where it takes what is sent; empty while it uses sockets.
    """

    def __init__(self, secret: str, timing: Timing, clock: Callable[[], float]) -> None:
        self.url = ""
        self._secret = secret
        self._timing = timing
        self._clock = clock
        self._session: ClientSession | None = None

    async def send(self, kind: str, payload: Object, attempt: int = 0, reason: str = "") -> Answered:
        """Post a payload, and wait for the answer.

        Args:
            kind: ``slash_commands``, ``interactive`` or ``events_api``.
            payload: the same as over a socket.
            attempt: how often it was tried before.
            reason: why it has to be tried again.
        """
        body, content_type = _encoded(kind, payload)
        timestamp = str(int(self._clock()))
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(self._secret, timestamp, body),
        }
        if attempt:
            headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": reason}
        try:
            return await self._posted(body, headers)
        except TimeoutError:
            return Answered(acked=False, reason="http_timeout")
        except ClientError:
            return Answered(acked=False, reason="connection_failed")

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()

    async def _posted(self, body: bytes, headers: dict[str, str]) -> Answered:
        if self._session is None:
            self._session = ClientSession(timeout=ClientTimeout(total=self._timing.ack))
        async with self._session.post(self.url, data=body, headers=headers, allow_redirects=False) as answer:
            told = await answer.content.read(_LARGEST_ANSWER)
            if answer.status != 200:
                return Answered(acked=False, reason="http_error")
            return Answered(acked=True, payload=_decoded(told))


def _encoded(kind: str, payload: Object) -> tuple[bytes, str]:
    if kind == "slash_commands":
        return urlencode(payload).encode(), _FORM
    if kind == "interactive":
        return urlencode({"payload": json.dumps(payload)}).encode(), _FORM
    return json.dumps(payload).encode(), _JSON


def _decoded(told: bytes) -> object:
    """An answer is JSON, or the text of a message, or nothing."""
    text = told.decode(errors="replace")
    try:
        return json.loads(text) if text else None
    except ValueError:
        return {"text": text}
