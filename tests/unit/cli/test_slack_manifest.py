"""The manifest is what Slack takes, for the way that the bot is connected."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.cli import slack_manifest
from bot.errors import UsageError


def _printed(capsys: pytest.CaptureFixture[str], config: Path | None = None, url: str = "") -> dict[str, Any]:
    assert slack_manifest.run(config, url, history=False) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def test_socket_mode_needs_no_url(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """As nothing else was set."""
    config = tmp_path / "imagepull.yaml"
    config.write_text("")
    told = _printed(capsys, config)
    assert told["settings"]["socket_mode_enabled"] is True
    assert "request_url" not in json.dumps(told)


def test_url_stands_wherever_slack_calls(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A URL says mode http by itself."""
    config = tmp_path / "imagepull.yaml"
    config.write_text("")
    told = _printed(capsys, config, "https://bot.example/slack/events")
    assert told["settings"]["socket_mode_enabled"] is False
    assert json.dumps(told).count("https://bot.example/slack/events") >= 3


@pytest.mark.parametrize(
    "url", ["http://bot.example/", "bot.example", "https://", "https://[", "https://u:p@h/"]
)
def test_url_that_slack_would_not_call_is_refused(url: str) -> None:
    """With one that it would."""
    with pytest.raises(UsageError, match="https URLs only"):
        slack_manifest.run(None, url, history=False)


def test_mode_http_of_the_settings_wants_a_url(tmp_path: Path) -> None:
    """They do not know where the ingress is."""
    config = tmp_path / "imagepull.yaml"
    config.write_text("slack: {mode: http}")
    with pytest.raises(UsageError, match="where its requests arrive"):
        slack_manifest.run(config, "", history=False)
