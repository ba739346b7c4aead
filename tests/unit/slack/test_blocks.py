"""The alert, whatever it is about: valid, inert, headline first, and nothing essential only in colour."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.facts.document import CommandLine
from bot.facts.text import Paragraph, Span
from bot.slack import blocks, elements
from bot.slack.message import words
from tests import slack


def _text(message: blocks.Message) -> str:
    return "\n".join(words(each) for each in message.blocks)


def test_alert_says_what_a_reader_needs() -> None:
    """Headline, certainty, place, image, evidence, meaning, what to do; in words."""
    message = blocks.alert(slack.document())
    assert message.blocks[0] == {
        "type": "header",
        "text": {"type": "plain_text", "text": "Probably: It is web and web", "emoji": False},
    }
    assert [each["text"].split("*")[1] for each in message.blocks[1]["fields"]] == [
        "Cause",
        "Confidence",
        "Severity",
        "Scope",
        "Cluster",
        "Namespace",
        "Workload",
        "Pod",
        "Node",
        "Registry",
    ]
    told = _text(message)
    for heading in ("Image web", "Evidence", "Could also be", "What to do", "In the thread"):
        assert heading in told
    # What the bot cannot do yet is not offered.
    assert "needs approval" not in told
    assert message.text == (
        "[web] Probably: It is web and web (medium confidence, severity high; 1 pod; registry web)"
    )


@pytest.mark.attack(34, "in Slack")
@pytest.mark.attack(10, "closing a string", "adding a block", "setting an action_id")
@pytest.mark.attack(9, "<!channel>", "<@U…>", "<https://evil|docs>", "backticks", "still posted")
@given(slack.hostile(), st.integers(0, 4))
@settings(deadline=None, max_examples=25)
def test_alert_is_valid_and_inert(text: str, many: int) -> None:
    """Case 9 and 10: whatever stands wherever, nothing of it does anything, and Slack takes it."""
    document = slack.document(text, many)
    later = slack.AT + timedelta(hours=1)
    told = (
        blocks.alert(document),
        blocks.updated(slack.document("before"), document, later),
        blocks.resolved(document, slack.AT, later),
    )
    assert slack.wrong(*told) == []


@pytest.mark.attack(11, "60 workloads", "5,000-character errors")
@pytest.mark.parametrize("text", ['"\\' * 2000, "😀" * 2000, "\u202e" * 2000, "<&>`" * 2000, "x " * 5000])
@pytest.mark.parametrize("many", [60, 400])
def test_alert_of_anything_fits(text: str, many: int) -> None:
    """Case 11: 60 workloads, 5,000-character errors, 400 pods."""
    document = slack.document(text[:300], many, message=text)
    assert slack.wrong(blocks.alert(document, text)) == []


def test_alert_says_less_where_there_is_much() -> None:
    """Step by step, and never half a command."""
    long = CommandLine("Do it.", ("x" * 1900,))
    document = slack.document(commands=(long,) * 5, meaning=(Paragraph((Span("w" * 1400),)),) * 4)
    room = blocks.room_for(document)
    assert room.commands < 5
    lines = [each for block in blocks.alert(document).blocks for each in words(block).splitlines()]
    assert lines.count("x" * 1900) == room.commands
    assert blocks.room_for(slack.document()).commands == 5


def test_updated_alert_says_what_changed() -> None:
    """Below the headline, and the rest is what is known now."""
    told = blocks.updated(slack.document(), slack.document(many=3), slack.AT)
    assert words(told.blocks[1]) == (
        "Updated 2026-03-01 14:02:11 UTC: 3 pods, before 1; 3 workloads, before 1; 3 nodes, before 1"
    )
    assert "*3 pods*" in told.blocks[2]["fields"][7]["text"]


def test_resolved_message_says_how_long_it_lasted() -> None:
    """And no longer what to do."""
    told = blocks.resolved(slack.document(), slack.AT, slack.AT + timedelta(hours=2, minutes=13))
    assert words(told.blocks[0]) == "Resolved: It is web and web"
    assert words(told.blocks[1]) == (
        "Resolved after 2h13m: 2026-03-01 14:02:11 UTC to 2026-03-01 16:15:11 UTC"
    )
    assert told.text.startswith("Resolved after 2h13m: [web]")
    assert "What to do" not in _text(told)
    assert "next try" not in _text(told)


def test_clock_that_went_back_is_no_duration() -> None:
    """Less than nothing is nothing."""
    assert (
        "Resolved after 0s" in blocks.resolved(slack.document(), slack.AT, slack.AT - timedelta(hours=1)).text
    )


def test_footer_promises_only_what_is_there() -> None:
    """Nothing was left unchecked."""
    bare = replace(slack.document(), unchecked=())
    assert words(blocks.alert(bare).blocks[-1]) == "In the thread: all evidence and the node's own words"


def test_extras_stand_where_they_belong() -> None:
    """Who is called below the headline, other clusters after the image, buttons at the end."""
    notes = [elements.note(each) for each in ("above", "between", "below")]
    extras = blocks.Extras([notes[0]], [notes[1]], [notes[2]], "SEV-1")
    message = blocks.alert(slack.document(), "news", extras)
    told = [words(each) for each in message.blocks]
    assert told[1:3] == ["above", "news"]
    assert told[-1] == "below"
    assert 3 < told.index("between") < len(told) - 2
    assert "medium confidence, SEV-1; " in message.text


def test_what_is_over_says_what_became_of_it() -> None:
    """In its headline, its notes and its notification."""
    message = blocks.over(slack.document(), "Moved", [elements.note("elsewhere")], "Moved away")
    assert words(message.blocks[0]) == "Moved: It is web and web"
    assert words(message.blocks[1]) == "elsewhere"
    assert message.text.startswith("Moved away: [web] ")
