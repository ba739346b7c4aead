"""What is wrong with a token is said by its name, with its fix."""

from typing import Any

import pytest
from aiohttp import ClientConnectionError

from bot.errors import SettingsError
from bot.slack import admission
from bot.slack.admission import SCOPES, Identity
from bot.slack.webapi import Refused
from tests.fakes.slack_client import FakeSlack, refusal


WHO = {"team_id": "T1", "team": "Acme", "user_id": "U0BOT", "bot_id": "B1"}


def _slack(scopes: str = ",".join(SCOPES), **answers: Any) -> FakeSlack:
    slack = FakeSlack(**{"auth_test": WHO, **answers})
    slack.headers = {"X-OAuth-Scopes": scopes}
    return slack


async def test_token_says_who_the_bot_is() -> None:
    """And what it may."""
    found = await admission.admitted(_slack())
    assert found == Identity("T1", "U0BOT", "B1", "Acme", frozenset(SCOPES))
    assert [each.what for each in admission.shortcomings(found)] == [
        "the scope channels:history",
        "the scope groups:history",
    ]


async def test_scope_that_is_missing_is_named_with_what_it_costs() -> None:
    """And lived with; two cannot be done without."""
    found = await admission.admitted(_slack("chat:write, users:read"))
    missing = {each.what: each.why for each in admission.shortcomings(found)}
    assert missing["the scope usergroups:read"].startswith("people named by @group")
    with pytest.raises(SettingsError, match="users:read"):
        await admission.admitted(_slack("chat:write"))
    assert admission.shortcomings(Identity("T1", "U0BOT")) == ()


@pytest.mark.parametrize(
    ("code", "fix"),
    [
        ("invalid_auth", "OAuth & Permissions"),
        ("token_revoked", "new token"),
        ("account_inactive", "install"),
        ("not_allowed_token_type", "xoxb-"),
    ],
)
async def test_wrong_bot_token_ends_the_start(code: str, fix: str) -> None:
    """Each with its fix."""
    with pytest.raises(SettingsError) as caught:
        await admission.admitted(_slack(auth_test=refusal(code)))
    assert code in caught.value.message
    assert fix in caught.value.hint


async def test_persons_token_is_none_of_a_bot() -> None:
    """It has no bot."""
    with pytest.raises(SettingsError, match="person"):
        await admission.admitted(_slack(auth_test=WHO | {"bot_id": None}))


@pytest.mark.parametrize(
    "error", [ClientConnectionError("canary"), refusal("ratelimited", 429, 1), refusal("x", 503)]
)
async def test_slack_away_is_no_wrong_token(error: Exception) -> None:
    """It is tried again later."""
    for asked in (
        admission.admitted(_slack(auth_test=error)),
        admission.socket_url(_slack(apps_connections_open=refusal("internal_error", 500)), "xapp-1"),
    ):
        with pytest.raises(Refused) as caught:
            await asked
        assert "canary" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    ("code", "fix"),
    [
        ("missing_scope", "connections:write"),
        ("invalid_auth", "App-Level"),
        ("socket_mode_not_enabled", "switch"),
    ],
)
async def test_wrong_app_token_ends_the_start(code: str, fix: str) -> None:
    """Each with its fix."""
    with pytest.raises(SettingsError) as caught:
        await admission.socket_url(_slack(apps_connections_open=refusal(code)), "xapp-1")
    assert fix in f"{caught.value.message} {caught.value.hint}"


async def test_socket_mode_connects_where_slack_says() -> None:
    """The app token asks, not the bot's."""
    slack = _slack(apps_connections_open={"url": "wss://example/1"})
    assert await admission.socket_url(slack, "xapp-1") == "wss://example/1"
    assert slack.calls == [("apps_connections_open", {"app_token": "xapp-1"})]
