"""A call is made once, in its turn, and never late."""

import math

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.workspace.faults import Way
from bot.slack.errands import Late, once
from bot.slack.refusals import Fate, Refusal
from tests.fakes import mailroom


async def test_client_does_not_repeat_by_itself() -> None:
    """The SDK posts again where a connection ends, and nobody would know."""
    async with mailroom.workspace() as made:
        made.fault("chat.postMessage", Way.LOST)
        with pytest.raises(Refusal) as refused:
            await mailroom.calls(made).call(
                "chat.postMessage", "#a", {"channel": mailroom.SHOP_ID, "text": "x"}
            )
        assert refused.value.fate is Fate.UNSURE
        assert made.called() == ["chat.postMessage"]


def test_client_is_the_same_otherwise() -> None:
    """Where it speaks to, as whom, through what and for how long."""
    given = AsyncWebClient("xoxb-1", "http://x/api/", timeout=7, proxy="http://p", headers={"A": "b"})
    made = once(given)
    for name in ("token", "base_url", "timeout", "proxy", "ssl", "session", "headers"):
        assert getattr(made, name) == getattr(given, name)


async def test_limit_makes_the_next_call_wait_without_asking() -> None:
    """Slack is not asked again before its time."""
    async with mailroom.workspace() as made:
        calls = mailroom.calls(made)
        limit = made.fault("auth.test", Way.STATUS, status=429, retry_after=9)
        for _ in range(2):
            with pytest.raises(Refusal) as refused:
                await calls.call("auth.test", "", {})
            assert 0 < refused.value.seconds <= 9
        assert limit.times == 0
        assert made.called() == []


async def test_call_is_not_made_when_the_lease_is_over() -> None:
    """Somebody else may be at it."""
    async with mailroom.workspace() as made:
        with pytest.raises(Late):
            await mailroom.calls(made, made.hasty.seconds() - 1).call("auth.test", "", {})
        assert made.called() == []
        assert (await mailroom.calls(made, math.inf).call("auth.test", "", {}))["ok"]
