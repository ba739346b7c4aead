"""The workspace as a whole: it starts, says where it is, waits, and ends."""

import asyncio

import pytest

from bot.demo.workspace.server import SimulatedSlack


async def test_it_says_where_it_is() -> None:
    """On loopback, with tokens that are none."""
    async with SimulatedSlack() as slack:
        assert slack.api.startswith("http://127.0.0.1:")
        assert "simulated" in slack.bot_token + slack.app_token + slack.signing_secret
        assert not slack.connected
        assert not slack.calls


async def test_until_waits_for_news() -> None:
    """And gives up in time."""
    async with SimulatedSlack() as slack:
        dana = slack.person("dana")
        waiting = asyncio.create_task(slack.until(lambda: dana.sees("#random"), 1))
        await asyncio.sleep(0.01)
        await dana.sends("#random", "hello")
        assert (await waiting)[0]["text"] == "hello"
        with pytest.raises(TimeoutError, match="within"):
            await slack.until(lambda: False, 0.01)
