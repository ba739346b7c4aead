"""The simulated workspace under Slack's own libraries, unmodified: what they call, hear and refuse to believe."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.workspace.seed import Timing
from bot.demo.workspace.server import SimulatedSlack


@pytest.fixture
async def slack(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SimulatedSlack]:
    """A workspace with the demo's people."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    async with SimulatedSlack(timing=Timing(ack=0.5, retries=(0.0, 0.1))) as running:
        yield running


def client(slack: SimulatedSlack, token: str | None = None) -> AsyncWebClient:
    """Slack's own client for it."""
    return AsyncWebClient(token=slack.bot_token if token is None else token, base_url=slack.api)


def app_for(slack: SimulatedSlack) -> AsyncApp:
    """Slack's own framework for it."""
    return AsyncApp(client=client(slack), signing_secret=slack.signing_secret)


@asynccontextmanager
async def connected(slack: SimulatedSlack, app: AsyncApp) -> AsyncIterator[AsyncSocketModeHandler]:
    """The app over Socket Mode, once the workspace has seen it."""
    before = len(slack.service.sockets.connections)
    handler = AsyncSocketModeHandler(app, slack.app_token, ping_interval=1)
    await handler.connect_async()
    try:
        await slack.until(lambda: len(slack.service.sockets.connections) > before)
        yield handler
    finally:
        await handler.close_async()
        # what the library starts and does not wait for
        await handler.client.aiohttp_client_session.close()
        await asyncio.sleep(0.02)


async def refused(call: Any) -> str:
    """The error with which a call was refused."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def test_a_command_is_answered_over_a_socket(slack: SimulatedSlack) -> None:
    """The app gets the command with all fields, answers by ack and by its response_url."""
    app = app_for(slack)
    heard: list[dict[str, Any]] = []

    @app.command("/imagepull")
    async def command(ack: Any, body: dict[str, Any]) -> None:
        heard.append(body)
        await ack(text="looking", response_type="ephemeral")

    dana, sam = slack.person("dana"), slack.person("sam")
    async with connected(slack, app):
        await dana.sends("#shop-oncall", "/imagepull why web & <b>")
    assert heard[0]["text"] == "why web &amp; &lt;b&gt;"
    assert heard[0]["channel_name"] == "shop-oncall"
    assert heard[0]["user_id"] == dana.id
    assert [each["text"] for each in dana.sees("#shop-oncall")] == ["looking"]
    assert sam.sees("#shop-oncall") == []


async def test_messages_are_posted_changed_and_deleted(slack: SimulatedSlack) -> None:
    """A text without blocks takes the blocks away; metadata is told to who asks for it."""
    api = client(slack)
    slack.service.bot.scopes |= {"channels:history"}
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "*x*"}}]
    metadata = {"event_type": "alert", "event_payload": {"id": "1"}}
    posted = await api.chat_postMessage(channel="#image-pulls", text="x", blocks=blocks, metadata=metadata)
    ts, channel = posted["ts"], posted["channel"]
    assert posted["message"]["blocks"][0]["block_id"]
    assert "metadata" not in (await api.conversations_history(channel=channel))["messages"][0]
    told = (await api.conversations_history(channel=channel, include_all_metadata=True))["messages"][0]
    assert told["metadata"] == metadata
    await api.chat_postMessage(channel=channel, text="reply", thread_ts=ts)
    thread = (await api.conversations_replies(channel=channel, ts=ts))["messages"]
    assert [each["text"] for each in thread] == ["x", "reply"]
    assert thread[0]["reply_count"] == 1
    changed = await api.chat_update(channel=channel, ts=ts, text="y")
    assert "blocks" not in changed["message"]
    assert (await api.chat_getPermalink(channel=channel, message_ts=ts))["permalink"].startswith(
        "http://127."
    )
    await api.chat_delete(channel=channel, ts=thread[1]["ts"])
    await api.chat_delete(channel=channel, ts=ts)
    assert slack.person("dana").sees("#image-pulls") == []
