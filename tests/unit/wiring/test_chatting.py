"""A bot in Slack is three things, each of which tests of its own try."""

from dataclasses import fields

from bot.wiring.chatting import Chat


def test_chat_hears_tells_and_knows_whom() -> None:
    """And nothing beside."""
    assert [each.name for each in fields(Chat)] == ["app", "messenger", "groups"]
