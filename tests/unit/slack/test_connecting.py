"""The line stands until it is closed, and leaves nothing running."""

import asyncio
import logging

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.workspace.server import SimulatedSlack
from bot.slack import admission
from bot.slack.connecting import Line


async def test_line_opens_and_closes() -> None:
    """With the address that was asked for; no task of the SDK is left."""
    before = asyncio.all_tasks()
    silent = logging.getLogger("silent")
    async with SimulatedSlack() as slack:
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.api)
        client.proxy = None
        bolt = AsyncApp(client=client, signing_secret="unused")
        line = Line(bolt=bolt, client=client, app_token=slack.app_token, silent=silent, proxy="", ping=1.0)
        assert not line.connected
        await line.open(await admission.socket_url(client, slack.app_token))
        await slack.until(lambda: slack.connected)
        assert line.connected
        await line.close()
        assert not line.connected
    await asyncio.sleep(0.01)
    assert asyncio.all_tasks() == before
