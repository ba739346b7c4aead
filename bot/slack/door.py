"""Where Slack comes in over HTTP: requests in, those that Slack signed and sent for the first time out to the app.

Everything is refused before it is understood: another path or method, a head or a body that is large or slow, a
signature that is missing, wrong, old, or was seen before. Nothing of a body is written anywhere.
https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import asyncio
import contextlib
import json
import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qsl

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import Clock, SignatureVerifier

from bot.errors import SettingsError
from bot.slack.intake import Dispatch, Intake
from bot.slack.once import Once


LARGEST_BODY: Final = 1024 * 1024
SLOWEST_BODY: Final = 5.0
# Five minutes either way: Slack's own window.
_WINDOW = 600.0
_MOST_SIGNATURES = 200_000
_MOMENT = re.compile(r"[0-9]{1,12}", re.ASCII)
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)
_GRACE = 2.0
_LINGER = 0.5
_LONGEST_LINE = 8_190


class _Told(Clock):
    """The SDK's clock, told what time it is."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now

    def now(self) -> float:
        """Seconds since 1970."""
        return self._now()


class Door:
    """Listens for Slack's requests.

    Args:
        secret: what Slack signs with.
        dispatch: hears what is genuine, and acknowledges it.
        intake: takes what is acknowledged before.
        now: seconds since 1970.
        slowest: seconds that a head, and then a body, may take; a head up to half as long again.

    Raises:
        SettingsError: the secret is none: anybody could sign with it.
    """

    def __init__(
        self,
        secret: str,
        dispatch: Dispatch,
        intake: Intake,
        now: Callable[[], float],
        slowest: float = SLOWEST_BODY,
    ) -> None:
        if not secret.strip():
            raise SettingsError("the signing secret is empty", "Slack's page of the app: Basic Information")
        self._verifier = SignatureVerifier(secret, _Told(now))
        self._dispatch = dispatch
        self._intake = intake
        self._once = Once(now, _WINDOW, _MOST_SIGNATURES)
        self._slowest = slowest
        self._runner: web.AppRunner | None = None
        self._watch: asyncio.Task[None] | None = None
        self._asked: set[object] = set()

    async def open(self, host: str, port: int, path: str) -> int:
        """Listen, and return the port.

        Raises:
            SettingsError: somebody else listens there, or that is no address of this machine.
        """
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_post(path, self._answer)
        self._runner = web.AppRunner(
            app,
            access_log=None,
            shutdown_timeout=_GRACE,
            keepalive_timeout=30,
            lingering_time=_LINGER,
            max_line_size=_LONGEST_LINE,
            max_field_size=_LONGEST_LINE,
        )
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            await self.close()
            raise SettingsError(
                f"cannot listen at {host}:{port}: {error.strerror}", "see slack.listen"
            ) from None
        self._watch = asyncio.create_task(self._shut_on_the_silent(self._runner))
        return int(self._runner.addresses[0][1])

    async def close(self) -> None:
        """Listen no more."""
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
            self._watch = None
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _shut_on_the_silent(self, runner: web.AppRunner) -> None:
        """End connections that never get to the end of a head: aiohttp waits for the first one for ever."""
        clock = asyncio.get_running_loop().time
        came: dict[web.RequestHandler, float] = {}
        while True:
            await asyncio.sleep(self._slowest / 2)
            there = runner.server.connections if runner.server else []
            came = {each: came.get(each, clock()) for each in there}
            self._asked.intersection_update(there)
            for each, since in came.items():
                is_silent = each not in self._asked and clock() - since >= self._slowest
                if is_silent and each.transport is not None:
                    each.transport.abort()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self._asked.add(request.protocol)
        body = await self._body(request)
        if body is None:
            return _refused(413)
        # Counted from here on: a body may take its time, and everything else would stand back for it.
        with self._intake.passing():
            if not self._is_genuine(request, body):
                return _refused(401)
            return await self._acknowledged(request, body)

    async def _acknowledged(self, request: web.Request, body: bytes) -> web.StreamResponse:
        try:
            text = body.decode()
            said = self._intake.take(_payload(text))
            if said is not None:
                return web.json_response(said) if said else web.Response()
            asked = AsyncBoltRequest(
                body=text,
                query=request.query_string,
                headers={name: value for name, value in request.headers.items()},  # noqa: C416 - a plain dict of it
            )
        except Exception:  # noqa: BLE001 - signed, and yet nothing that can be read
            return _refused(400)
        return await to_aiohttp_response(await self._dispatch(asked))

    async def _body(self, request: web.Request) -> bytes | None:
        """The body; None when it is too large or comes too slowly."""
        if (request.content_length or 0) > LARGEST_BODY or request.headers.get("Content-Encoding"):
            return None
        if request.content.is_eof():
            # All of it came with the head, as small ones do.
            body = request.content.read_nowait()
            return body if len(body) <= LARGEST_BODY else None
        found = bytearray()
        try:
            async with asyncio.timeout(self._slowest):
                async for piece in request.content.iter_any():
                    found += piece
                    if len(found) > LARGEST_BODY:
                        return None
        except TimeoutError:
            return None
        return bytes(found)

    def _is_genuine(self, request: web.Request, body: bytes) -> bool:
        moment = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        if not _MOMENT.fullmatch(moment) or not _SIGNATURE.fullmatch(signature):
            return False
        try:
            is_signed = self._verifier.is_valid(body, moment, signature)
        except ValueError:
            # Not text: Slack sends none such.
            return False
        return is_signed and self._once.first(signature)


def _payload(text: str) -> dict[str, Any]:
    """What a body says: JSON, a form, or JSON in a form.

    Raises:
        ValueError: it is no JSON.
        TypeError: it is no mapping.
    """
    form = {} if text.startswith("{") else dict(parse_qsl(text, keep_blank_values=True))
    written = form.get("payload") if form else text
    payload = json.loads(written) if written is not None else form
    if not isinstance(payload, dict):
        raise TypeError
    return payload


def _refused(status: int) -> web.Response:
    # What was not read of the body is hardly waited for, and not taken for another request.
    return web.Response(status=status, headers={"Connection": "close"})
