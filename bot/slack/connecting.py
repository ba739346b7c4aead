"""The line to Slack that the bot itself opens: a Bolt app, what is acknowledged before it, and a token in, Socket Mode out.

The SDK keeps the line: it pings, and connects again when Slack asks for it or the network breaks.
https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
import logging
from typing import Any

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.slack.intake import Intake


class _Hearing(AsyncSocketModeHandler):
    """Bolt's handler, which acknowledges what can be before Bolt looks at it."""

    def __init__(self, intake: Intake, bolt: AsyncApp, app_token: str, **given: Any) -> None:
        super().__init__(bolt, app_token, **given)
        self._intake = intake

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]  # as Bolt
        """Acknowledge, now or by Bolt."""
        with self._intake.passing():
            said = self._intake.take(req.payload)
            if said is None:
                await super().handle(client, req)
            else:
                answer = SocketModeResponse(envelope_id=req.envelope_id, payload=dict(said) or None)
                await client.send_socket_mode_response(answer)


class Line:
    """Socket Mode. Made in the loop that it runs in.

    Args:
        bolt: hears what comes; its client is asked for the next address.
        intake: takes what is acknowledged before.
        app_token: ``xapp-…``.
        silent: a log that keeps nothing.
        proxy: through which Slack is reached; "" for none.
        ping: seconds between two signs of life.
    """

    def __init__(
        self,
        *,
        bolt: AsyncApp,
        intake: Intake,
        app_token: str,
        silent: logging.Logger,
        proxy: str,
        ping: float,
    ) -> None:
        handler = _Hearing(intake, bolt, app_token, logger=silent, web_client=bolt.client, ping_interval=ping)
        self._client: SocketModeClient = handler.client
        # Else the SDK asks the environment.
        self._client.proxy = proxy or None

    @property
    def connected(self) -> bool:
        """Whether the line stands."""
        session = self._client.current_session
        return session is not None and not session.closed and not self._client.stale

    async def open(self, url: str) -> None:
        """Connect, first to an address that was given for it; tries until it stands."""
        self._client.wss_uri = url
        await self._client.connect()  # type: ignore[no-untyped-call]  # the SDK's own omission

    async def close(self) -> None:
        """Hear nothing more."""
        client = self._client
        running = [client.message_processor, client.current_session_monitor, client.message_receiver]
        await client.close()  # type: ignore[no-untyped-call]  # the SDK's own omission
        # The SDK ends these and does not wait for them.
        await asyncio.gather(*filter(None, running), return_exceptions=True)
