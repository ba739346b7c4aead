"""Routes say who is told of what, and nothing that Slack would not take for a channel or a mention."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from bot import settings
from bot.errors import SettingsError
from bot.facts.cause import Severity
from bot.settings import Route, Settings


def test_routes_of_the_example_are_read() -> None:
    """One word needs no brackets, and the last route is the default."""
    read = Settings.model_validate(
        {
            "routes": [
                {
                    "match": {"cluster": "prod-eu", "namespaces": ["shop", "pay-*"]},
                    "channel": "#shop-oncall",
                    "mention": "@shop-oncall",
                },
                {"match": {"severity": "high"}, "channel": "C0123456789", "mentions": {"high": "@here @sre"}},
                {"channel": "#image-pulls", "severity_words": {"high": "SEV-1"}},
            ]
        }
    )
    first, second, last = read.routes
    assert first.match.cluster == ("prod-eu",)
    assert second.match.severity == (Severity.HIGH,)
    assert last.match == settings.Match()
    assert last.severity_words == {Severity.HIGH: "SEV-1"}


@pytest.mark.parametrize("channel", ["shop", "#Shop", "# shop", "<!channel>", "@sre", "", "#a,b"])
def test_what_is_no_channel_is_refused(channel: str) -> None:
    """With the way to write one."""
    with pytest.raises(ValidationError, match="that is no channel"):
        Route.model_validate({"channel": channel})


@pytest.mark.parametrize("mention", ["sre", "hello @sre", "<!subteam^sre>", "<https://evil|x>", "@"])
def test_what_mentions_nobody_is_refused(mention: str) -> None:
    """Text would be told to everybody in the words of the bot."""
    with pytest.raises(ValidationError, match="mentions nobody"):
        Route.model_validate({"channel": "#shop", "mention": mention})


@pytest.mark.parametrize("mention", ["@sre", "@here", "<!subteam^S01AB|@sre>", "<@U012AB>", "<!here>", ""])
def test_whoever_slack_can_call_may_be_mentioned(mention: str) -> None:
    """By name or in Slack's own spelling."""
    assert Route.model_validate({"channel": "#shop", "mention": mention}).mention == mention


def test_tenants_choose_among_channels_that_are_named() -> None:
    """At least one, each a channel."""
    with pytest.raises(ValidationError):
        Route.model_validate({"channel": "#shop", "tenants": {"key": "team", "channels": []}})
    with pytest.raises(ValidationError, match="no channel"):
        Route.model_validate({"channel": "#shop", "tenants": {"key": "team", "channels": ["shop"]}})


def test_key_of_a_route_that_is_off_is_named_with_the_nearest(tmp_path: Path) -> None:
    """Deep in a list, too."""
    file = tmp_path / "imagepull.yaml"
    file.write_text("routes: [{match: {namespace: [shop]}, channel: '#shop'}]")
    with pytest.raises(SettingsError) as caught:
        settings.load(file, {})
    assert "routes.0.match.namespace: unknown key" in caught.value.message
    assert caught.value.hint == "did you mean 'namespaces'?"
