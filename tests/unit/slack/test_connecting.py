"""The line stands until it is closed, acknowledges what it can before Bolt, and leaves nothing running."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.workspace.server import SimulatedSlack
from bot.slack import admission
from bot.slack.connecting import Line
from bot.slack.intake import Intake
from bot.slack.replying import Replies
from bot.slack.working import Crew, Traffic
from tests.fakes.slack_client import FakeSlack


class _Opened:
    """A line to a workspace, with a Bolt app behind it in which nobody gets anywhere."""

    def __init__(self, slack: SimulatedSlack, waiting: int) -> None:
        self.slack = slack
        self.client = AsyncWebClient(token=slack.bot_token, base_url=slack.api)
        self.client.proxy = None
        self.bolt = AsyncApp(client=self.client, signing_secret="unused")
        self.entered: list[Any] = []
        self.gate = asyncio.Event()
        self.bolt.async_dispatch = self._stuck  # type: ignore[method-assign]
        traffic = Traffic()
        self.crew = Crew(lambda _: None, traffic, at_once=1, waiting=waiting)
        replies = Replies(FakeSlack(), None)  # type: ignore[arg-type]
        self.line = Line(
            bolt=self.bolt,
            intake=Intake(self._stuck, replies, self.crew, Crew(lambda _: None, traffic), traffic),
            app_token=slack.app_token,
            silent=logging.getLogger("silent"),
            proxy="",
            ping=1.0,
        )

    async def _stuck(self, request: Any) -> Any:
        self.entered.append(request.body)
        await self.gate.wait()
        raise AssertionError("nobody asked for an answer")

    async def asks(self, typed: str) -> Any:
        service = self.slack.service
        channel = service.space.channel("C0IMAGEPULLS")
        payload = service.payloads.command("U0000000DANA", channel, "/imagepull", typed)
        return await service.delivery.ask("slash_commands", payload)


@asynccontextmanager
async def _opened(waiting: int = 100) -> AsyncIterator[_Opened]:
    async with SimulatedSlack() as slack:
        opened = _Opened(slack, waiting)
        assert not opened.line.connected
        await opened.line.open(await admission.socket_url(opened.client, slack.app_token))
        await slack.until(lambda: slack.connected)
        yield opened
        await opened.line.close()
        await opened.crew.stop(0.0)


async def test_line_opens_and_closes() -> None:
    """With the address that was asked for; no task of the SDK is left."""
    before = asyncio.all_tasks()
    async with _opened() as opened:
        assert opened.line.connected
        await opened.line.close()
        assert not opened.line.connected
    await asyncio.sleep(0.01)
    assert asyncio.all_tasks() == before


async def test_command_is_acknowledged_before_bolt() -> None:
    """Who is stuck there holds up neither its own acknowledgement nor anybody else's."""
    async with _opened() as opened:
        first = await opened.asks("list")
        assert first.acked
        assert opened.entered == []
        await opened.slack.until(lambda: opened.entered)
        assert (await opened.asks("list")).acked
        assert len(opened.entered) == 1


async def test_too_much_is_said_in_the_acknowledgement() -> None:
    """Where nothing more may wait."""
    async with _opened(waiting=0) as opened:
        assert (await opened.asks("list")).payload is None
        assert "Too many" in str((await opened.asks("list")).payload)
