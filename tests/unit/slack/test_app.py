"""The app starts with good tokens, says what is wrong with others, and stops."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.demo.workspace.server import SimulatedSlack
from bot.errors import SettingsError
from bot.slack.app import Clock, Options, SlackApp
from tests.fakes.desk import FakeDesk


CLOCK = Clock(lambda: datetime.now(UTC), time.monotonic)


@pytest.fixture
async def slack() -> AsyncIterator[SimulatedSlack]:
    """A workspace."""
    async with SimulatedSlack() as running:
        yield running


def _options(slack: SimulatedSlack, **changed: Any) -> Options:
    known = {
        "bot_token": slack.bot_token,
        "app_token": slack.app_token,
        "signing_secret": slack.signing_secret,
    }
    return Options(**{**known, "api_url": slack.api, "ping": 1.0, **changed})


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"bot_token": ""}, "bot token"),
        ({"bot_token": "xapp-1"}, "xoxb-"),
        ({"app_token": "xoxb-1"}, "xapp-"),
        ({"mode": "http", "signing_secret": " "}, "signing secret"),
    ],
)
def test_tokens_of_another_kind_make_no_app(changed: dict[str, Any], said: str) -> None:
    """And what they are is not said."""
    known = {"bot_token": "xoxb-canary", "app_token": "xapp-canary", "signing_secret": "canary"}
    with pytest.raises(SettingsError) as caught:
        SlackApp(Options(**{**known, **changed}), FakeDesk(), CLOCK)
    assert said in f"{caught.value.message} {caught.value.hint}"
    assert "canary" not in f"{caught.value.message} {caught.value.hint}"
    assert "canary" not in repr(Options(**known))


async def test_nothing_comes_from_the_environment(
    slack: SimulatedSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither tokens nor a proxy, nor another kind of app."""
    for name in (
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "SLACK_SIGNING_SECRET",
        "SLACK_CLIENT_ID",
        "SLACK_CLIENT_SECRET",
    ):
        monkeypatch.setenv(name, "canary")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    app = SlackApp(_options(slack), FakeDesk(), CLOCK)
    await app.start()
    await slack.until(lambda: slack.connected)
    desk_asked = slack.person("dana").sends("#shop-oncall", "/imagepull help")
    await desk_asked
    await slack.until(lambda: "snooze ID" in str(slack.person("dana").sees("#shop-oncall")))
    await app.stop()


async def test_our_own_log_is_not_silenced(slack: SimulatedSlack, caplog: pytest.LogCaptureFixture) -> None:
    """Bolt's is, which would hold whole requests."""
    app = SlackApp(_options(slack), FakeDesk(fails=RuntimeError("canary")), CLOCK)
    await app.start()
    await slack.until(lambda: slack.connected)
    await slack.person("dana").sends("#shop-oncall", "/imagepull clusters canary-typed")
    await slack.person("dana").sends("#shop-oncall", "/imagepull clusters")
    await slack.until(lambda: "RuntimeError" in caplog.text)
    await slack.until(lambda: "went wrong here" in str(slack.person("dana").sees("#shop-oncall")))
    assert "canary" not in caplog.text
    await app.stop()


async def test_broken_line_is_said(slack: SimulatedSlack) -> None:
    """With what becomes of it, until it stands again."""
    app = SlackApp(_options(slack), FakeDesk(), CLOCK)
    await app.start()
    await slack.until(lambda: slack.connected)
    await slack.goes_away()
    await slack.until(lambda: not app.health().connected)
    assert "the line to Slack" in [each.what for each in app.health().troubles]
    await app.stop()


async def test_app_leaves_nothing_running(slack: SimulatedSlack) -> None:
    """Also when it was stopped twice, or never started."""
    before = asyncio.all_tasks()
    app = SlackApp(_options(slack), FakeDesk(), CLOCK)
    await app.stop()
    app = SlackApp(_options(slack), FakeDesk(), CLOCK)
    await app.start()
    await app.stop()
    await app.stop()
    await asyncio.sleep(0.02)
    assert asyncio.all_tasks() == before


async def test_health_names_what_is_missing(slack: SimulatedSlack, caplog: pytest.LogCaptureFixture) -> None:
    """With its fix; and a token that is revoked later is said by a check."""
    caplog.set_level(logging.DEBUG)
    slack.service.bot.scopes -= {"files:write"}
    app = SlackApp(_options(slack), FakeDesk(), CLOCK)
    assert not app.health().connected
    await app.start()
    found = app.health()
    assert found.connected
    assert found.team == "Acme"
    assert "the scope files:write" in [each.what for each in found.troubles]
    slack.service.bot.trouble = "token_revoked"
    assert any("token_revoked" in each.why for each in (await app.check()).troubles)
    slack.service.bot.trouble = ""
    assert "Slack" not in [each.what for each in (await app.check()).troubles]
    await app.stop()
    assert slack.bot_token not in caplog.text
    assert slack.app_token not in caplog.text


async def test_app_listens_for_http(slack: SimulatedSlack) -> None:
    """Where it was told to; without an app token."""
    app = SlackApp(_options(slack, mode="http", app_token="", host="127.0.0.1", port=0), FakeDesk(), CLOCK)
    assert app.port == 0
    await app.start()
    assert app.port > 0
    assert app.health().connected
    await slack.uses_http(f"http://127.0.0.1:{app.port}/slack/events")
    await app.stop()
    assert not app.health().connected
