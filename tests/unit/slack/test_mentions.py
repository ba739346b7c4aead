"""The operator's settings call people; whatever else stands there is shown and calls nobody."""

import pytest
from hypothesis import given

from bot.slack import mentions
from bot.slack.elements import line, rich
from bot.slack.message import Message
from tests import slack


GROUPS = {"@shop-oncall": "S012AB3CD"}


@pytest.mark.parametrize(
    ("mention", "element"),
    [
        ("@here", {"type": "broadcast", "range": "here"}),
        ("@channel", {"type": "broadcast", "range": "channel"}),
        ("<!everyone>", {"type": "broadcast", "range": "everyone"}),
        ("@shop-oncall", {"type": "usergroup", "usergroup_id": "S012AB3CD"}),
        ("<!subteam^S012AB3CD>", {"type": "usergroup", "usergroup_id": "S012AB3CD"}),
        ("<!subteam^S012AB3CD|@shop-oncall>", {"type": "usergroup", "usergroup_id": "S012AB3CD"}),
        ("<@U012AB3CD>", {"type": "user", "user_id": "U012AB3CD"}),
        ("@nobody-knows", {"type": "text", "text": "@nobody-knows"}),
        ("<https://evil.example|docs>", {"type": "text", "text": "<https://evil.example|docs>"}),
    ],
)
def test_mention_is_called_as_slack_spells_it(mention: str, element: dict[str, str]) -> None:
    """Groups by their id, which a handle alone is not."""
    assert mentions.called(mention, GROUPS) == [element]


def test_several_are_called() -> None:
    """With spaces between them, and not without end."""
    assert [each["type"] for each in mentions.called("@here <@U012AB3CD>")] == ["broadcast", "text", "user"]
    assert len(mentions.called("@here " * 1_000)) == 19


def test_named_calls_nobody() -> None:
    """The same words, as text."""
    assert mentions.named("@here  @shop-oncall") == [{"type": "text", "text": "@here @shop-oncall"}]
    assert mentions.named("") == []


def test_words_of_severity_may_have_emoji() -> None:
    """Slack's names for them, and characters."""
    bold = {"bold": True}
    assert mentions.spoken(":fire: SEV-1") == [
        {"type": "emoji", "name": "fire"},
        {"type": "text", "text": " SEV-1", "style": bold},
    ]
    assert mentions.spoken("🔥") == [{"type": "text", "text": "🔥", "style": bold}]


@given(slack.hostile())
def test_nothing_else_arises(text: str) -> None:
    """Whatever the settings say, Slack takes it; named, it does nothing."""
    calls = [line(mentions.called(text), mentions.spoken(text), mentions.named(text))]
    assert slack.refused(Message("x", tuple(rich(calls)))) == []
    assert slack.wrong(Message("x", tuple(rich([line(mentions.named(text))])))) == []
