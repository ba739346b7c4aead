"""Tokens come from files or variables, of the right kind, and are shown nowhere."""

from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import Slack, Store, database_password, tokens


BOT, APP, SECRET = "xoxb-1-bot", "xapp-1-app", "0123456789abcdef"
EVERYTHING = {"SLACK_BOT_TOKEN": BOT, "SLACK_APP_TOKEN": APP, "SLACK_SIGNING_SECRET": SECRET}


def test_each_mode_takes_what_it_needs() -> None:
    """Socket Mode needs no signing secret, HTTP no app token."""
    socket, http = tokens(Slack(), EVERYTHING), tokens(Slack(mode="http"), EVERYTHING)
    assert (socket.bot, socket.app, socket.signing_secret) == (BOT, APP, "")
    assert (http.bot, http.app, http.signing_secret) == (BOT, "", SECRET)


def test_tokens_are_not_shown() -> None:
    """Neither printed nor in a log's repr."""
    shown = repr(tokens(Slack(), EVERYTHING))
    assert not any(each in shown for each in (BOT, APP, SECRET))


@pytest.mark.parametrize(
    ("mode", "without", "named"),
    [
        ("socket", "SLACK_BOT_TOKEN", "slack.bot_token_file"),
        ("socket", "SLACK_APP_TOKEN", "slack.app_token_file"),
        ("http", "SLACK_SIGNING_SECRET", "slack.signing_secret_file"),
    ],
)
def test_missing_token_is_named(mode: str, without: str, named: str) -> None:
    """With its variable, its key, and where Slack shows it."""
    slack = Slack.model_validate({"mode": mode})
    with pytest.raises(SettingsError, match=without) as caught:
        tokens(slack, {key: value for key, value in EVERYTHING.items() if key != without})
    assert named in caught.value.message
    assert "Slack's page" in caught.value.hint


@pytest.mark.parametrize(
    ("mode", "variable", "value", "said"),
    [
        ("socket", "SLACK_BOT_TOKEN", APP, "the bot token is an app token"),
        ("socket", "SLACK_BOT_TOKEN", "xoxp-1", "the bot token is a user token"),
        ("socket", "SLACK_APP_TOKEN", BOT, "the app token is a bot token"),
        ("socket", "SLACK_APP_TOKEN", "hunter2", "the app token is no Slack token"),
        ("http", "SLACK_SIGNING_SECRET", BOT, "the signing secret is a token"),
    ],
)
def test_tokens_that_were_mixed_up_are_told_apart(mode: str, variable: str, value: str, said: str) -> None:
    """By their kind, and never by what they are."""
    with pytest.raises(SettingsError) as caught:
        tokens(Slack.model_validate({"mode": mode}), {**EVERYTHING, variable: value})
    assert caught.value.message == said
    assert "hunter2" not in caught.value.hint


def test_token_is_read_from_its_file(tmp_path: Path) -> None:
    """The line's end is not part of it, and the file wins over the variable."""
    file = tmp_path / "token"
    file.write_text("xoxb-of-the-file\n")
    assert tokens(Slack(bot_token_file=file), EVERYTHING).bot == "xoxb-of-the-file"


@pytest.mark.parametrize("content", [b"", b"two words", b"\xff\xfe", b"x" * 5000])
def test_file_that_holds_no_token_is_refused(tmp_path: Path, content: bytes) -> None:
    """Named by its path."""
    file = tmp_path / "token"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match="the bot token's file"):
        tokens(Slack(bot_token_file=file), {})
    with pytest.raises(SettingsError, match="cannot be read") as caught:
        tokens(Slack(bot_token_file=tmp_path / "none"), {})
    assert caught.value.hint


def test_database_password_is_read_from_its_file(tmp_path: Path) -> None:
    """Or left to the driver."""
    file = tmp_path / "password"
    file.write_text("correct-horse\n")
    assert database_password(Store(password_file=file)) == "correct-horse"
    assert database_password(Store()) == ""
