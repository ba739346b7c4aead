"""The door: tokens, encodings, unknown methods, and what goes wrong on purpose."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientError, ClientSession

from bot.demo.workspace.faults import Fault, Way
from bot.demo.workspace.server import SimulatedSlack


@pytest.fixture
async def slack() -> AsyncIterator[SimulatedSlack]:
    """The demo's workspace."""
    async with SimulatedSlack() as running:
        yield running


async def post(slack: SimulatedSlack, method: str, token: str = "", **how: Any) -> dict[str, Any]:
    """What a method answers over HTTP."""
    headers = {"Authorization": f"Bearer {token or slack.bot_token}", **how.pop("headers", {})}
    async with ClientSession() as session, session.post(slack.api + method, headers=headers, **how) as answer:
        told: dict[str, Any] = await answer.json()
        return told | {"headers": dict(answer.headers)}


async def test_both_encodings_are_read(slack: SimulatedSlack) -> None:
    """Forms and JSON; what is neither is refused."""
    assert (await post(slack, "chat.postMessage", data={"channel": "#image-pulls", "text": "a"}))["ok"]
    assert (await post(slack, "chat.postMessage", json={"channel": "#image-pulls", "text": "a"}))["ok"]
    json = {"Content-Type": "application/json"}
    assert (await post(slack, "auth.test", data=b"{", headers=json))["error"] == "invalid_json"
    assert (await post(slack, "auth.test", data=b"[]", headers=json))["error"] == "json_not_object"


async def test_scopes_are_told(slack: SimulatedSlack) -> None:
    """With every answer, and what lacks with a refusal."""
    told = await post(slack, "auth.test")
    assert "chat:write" in told["headers"]["x-oauth-scopes"]
    slack.service.bot.scopes.discard("chat:write")
    told = await post(slack, "chat.postMessage", data={"channel": "#image-pulls", "text": "a"})
    assert (told["error"], told["needed"]) == ("missing_scope", "chat:write")
    assert (await post(slack, "no.such"))["error"] == "unknown_method"
    assert [each.error for each in slack.calls] == ["", "missing_scope", "unknown_method"]


async def test_faults_are_what_they_say(slack: SimulatedSlack) -> None:
    """Before or after it is done, with or without an answer."""
    given = {"channel": "#image-pulls", "text": "a"}
    add, dana = slack.service.faults.add, slack.person("dana")
    add(Fault("chat.postMessage", Way.ERROR, error="internal_error"))
    assert (await post(slack, "chat.postMessage", data=given))["error"] == "internal_error"
    add(Fault("chat.postMessage", Way.STATUS, status=429, retry_after=7))
    assert (await post(slack, "chat.postMessage", data=given))["headers"]["Retry-After"] == "7"
    for way, there in ((Way.RESET, 0), (Way.LOST, 1)):
        add(Fault("chat.postMessage", way))
        with pytest.raises(ClientError):
            await post(slack, "chat.postMessage", data=given)
        assert len(dana.sees("#image-pulls")) == there
    add(Fault("chat.postMessage", Way.STALLED, seconds=0.01))
    assert (await post(slack, "chat.postMessage", data=given))["ok"]
    add(Fault("chat.postMessage", Way.STATUS))
    with pytest.raises(ClientError):
        await post(slack, "chat.postMessage", data=given)


async def test_a_channel_has_one_count(slack: SimulatedSlack) -> None:
    """By its name and by its id."""
    slack.limits.burst = 2
    for where, error in (("#image-pulls", None), ("C0IMAGEPULLS", None), ("image-pulls", "ratelimited")):
        told = await post(slack, "chat.postMessage", data={"channel": where, "text": "a"})
        assert told.get("error") == error
