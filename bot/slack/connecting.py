"""The line to Slack that the bot itself opens: a Bolt app and a token in, Socket Mode out.

The SDK keeps the line: it pings, and connects again when Slack asks for it or the network breaks.
https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
import logging

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient


class Line:
    """Socket Mode. Made in the loop that it runs in.

    Args:
        bolt: hears what comes.
        client: Slack's Web API, for the next address.
        app_token: ``xapp-…``.
        silent: a log that keeps nothing.
        proxy: through which Slack is reached; "" for none.
        ping: seconds between two signs of life.
    """

    def __init__(
        self,
        *,
        bolt: AsyncApp,
        client: AsyncWebClient,
        app_token: str,
        silent: logging.Logger,
        proxy: str,
        ping: float,
    ) -> None:
        handler = AsyncSocketModeHandler(
            bolt, app_token, logger=silent, web_client=client, ping_interval=ping
        )
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
