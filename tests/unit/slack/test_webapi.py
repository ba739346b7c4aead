"""What Slack says no to is told by its name and its fix, and nothing of what was sent comes along."""

import asyncio

import pytest

from bot.slack import webapi
from bot.slack.refusals import Fate
from bot.slack.webapi import Refused
from tests.fakes.slack_client import FakeSlack, refusal


async def test_answer_is_its_body() -> None:
    """And nothing else of it."""
    slack = FakeSlack(users_info={"user": {"id": "U1"}})
    assert (await webapi.call(slack.users_info, user="U1"))["user"] == {"id": "U1"}


async def test_missing_scope_is_named_with_its_fix() -> None:
    """Slack says which one."""
    slack = FakeSlack(
        usergroups_list=refusal("missing_scope", needed="usergroups:read", provided="chat:write")
    )
    with pytest.raises(Refused) as caught:
        await webapi.call(slack.usergroups_list)
    assert caught.value.code == "missing_scope"
    assert "usergroups:read" in caught.value.hint
    assert "OAuth & Permissions" in caught.value.hint


async def test_nothing_of_an_answer_comes_along() -> None:
    """Not its words, and no exception that holds them."""
    slack = FakeSlack(chat_postMessage=refusal("xoxb-1 <!channel>", needed="a\nb;<@U1>", text="canary"))
    with pytest.raises(Refused) as caught:
        await webapi.call(slack.chat_postMessage, text="canary")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    told = f"{caught.value} {caught.value.message} {caught.value.hint} {caught.value.needed}"
    assert "canary" not in told
    assert "xoxb" not in told
    assert "<" not in told


async def test_short_limits_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """And long ones are told."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    slack = FakeSlack(users_info=[refusal("ratelimited", 429, 2), {"user": {}}])
    await webapi.call(slack.users_info, user="U1")
    assert waited == [2.0]
    with pytest.raises(Refused) as caught:
        await webapi.call(FakeSlack(users_info=refusal("ratelimited", 429, 60)).users_info, user="U1")
    assert caught.value.fate is Fate.LIMITED
    assert "minute" in caught.value.hint


@pytest.mark.parametrize(
    "code", ["plan_upgrade_required", "not_in_channel", "invalid_auth", "expired_trigger_id"]
)
def test_known_words_of_slack_have_hints(code: str) -> None:
    """Each says what a person can do."""
    assert webapi.hint(code)
