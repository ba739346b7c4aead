"""The manifest says what Slack wants to know, within its limits."""

import json

import pytest

from bot.demo.workspace.seed import Installed
from bot.slack.manifest import COMMAND, EVENTS, NAME, manifest


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_manifest_stays_within_slacks_limits(mode: str) -> None:
    """https://docs.slack.dev/reference/app-manifest: names, descriptions, hints."""
    made = manifest(mode, "https://bot.example/slack/events")
    shown, features = made["display_information"], made["features"]
    (command,) = features["slash_commands"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 174 < len(shown["long_description"]) <= 4_000
    assert len(features["bot_user"]["display_name"]) <= 80
    assert command["command"].startswith("/")
    assert len(command["command"]) <= 32
    assert len(command["description"]) <= 2_000
    assert len(command["usage_hint"]) <= 1_000
    assert len(made["oauth_config"]["scopes"]["bot"]) <= 255
    assert len(made["settings"]["event_subscriptions"]["bot_events"]) <= 100
    assert json.loads(json.dumps(made)) == made


def test_socket_mode_needs_no_address_and_http_does() -> None:
    """Everywhere that Slack sends something to."""
    assert "url" not in json.dumps(manifest("socket", "https://bot.example/x"))
    made = manifest("http", "https://bot.example/x")
    assert json.dumps(made).count("https://bot.example/x") == 4
    assert made["settings"]["socket_mode_enabled"] is False


def test_manifest_asks_for_what_the_bot_uses() -> None:
    """The simulated workspace grants exactly these; two more are optional."""
    made = manifest()
    assert set(made["oauth_config"]["scopes"]["bot"]) == Installed().scopes
    assert set(EVENTS) == Installed().events
    assert Installed().command == COMMAND
    assert Installed().handle == NAME
    more = set(manifest(history=True)["oauth_config"]["scopes"]["bot"]) - Installed().scopes
    assert more == {"channels:history", "groups:history"}
