"""A warning's message: within every limit whatever it holds, calls nobody, and says how it ended."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.demo.workspace.validation import limits as validation
from bot.facts.bulletin import Bulletin, Line
from bot.facts.document import CommandLine
from bot.facts.forewarning import Kind
from bot.facts.text import Paragraph, Span
from bot.ports.keeping import Kind as Sort
from bot.ports.keeping import Letter
from bot.slack import bulletins, limits
from bot.slack.letters import SlackScribe, posted


NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def bulletin(**changes: Any) -> Bulletin:
    """A warning of an image that is gone."""
    facts: dict[str, Any] = {
        "id": "w1",
        "kind": Kind.IMAGE,
        "cluster": "prod",
        "title": "T",
        "severity": "low",
        "headline": (Span("r.example/web:1", value=True), Span(" runs, and is gone")),
        "meaning": (Paragraph((Span("It goes on from copies."),)),),
        "evidence": (Paragraph((Span("The registry said so."),)),),
        "fix": (Paragraph((Span("Push it again."),), bullet=True),),
        "commands": (CommandLine("Ask it.", ("docker", "manifest", "inspect", "r.example/web:1")),),
        "lines": (Line("r.example/web:1", ("shop: Deployment/web",), 3),),
        "more": 2,
        "since": NOW,
    }
    return Bulletin(**facts | changes)


def test_a_message_says_all_of_it() -> None:
    """What, where, who, and what to do."""
    told = bulletins.told(bulletin())
    whole = json.dumps(told.blocks)
    assert told.text == "[prod] Warning: r.example/web:1 runs, and is gone"
    for each in (
        "shop: Deployment/web and 3 more",
        "and 2 more",
        "docker manifest inspect",
        "Nothing fails yet",
    ):
        assert each in whole


def test_its_end_replaces_it() -> None:
    """With the last word and how long it lasted; nothing is left to do."""
    told = bulletins.told(bulletin(ended=NOW + timedelta(days=2), ending="It is back."))
    whole = json.dumps(told.blocks)
    assert "It is back. 2026-11-24 09:00:00 UTC, after 2d." in whole
    assert "What to do" not in whole


@pytest.mark.parametrize("hostile", ["<!channel> <@U1>", "x" * 5000, "\u202e*bold*", "`` ` ``", "&<>" * 900])
def test_nothing_hostile_gets_through(hostile: str) -> None:
    """No mention, no markup, and nothing longer than Slack takes."""
    span = (Span(hostile, value=True),)
    told = bulletins.told(
        bulletin(
            headline=span,
            meaning=(Paragraph(span),) * 20,
            lines=(Line(hostile, (hostile,) * 5),) * 20,
            cluster=hostile,
            commands=(CommandLine(hostile, ("docker", hostile)),) * 5,
        )
    )
    assert limits.fits(list(told.blocks), 0)
    assert "mrkdwn" not in {each["type"] for each in told.blocks}
    assert not any("user_id" in json.dumps(each) or "broadcast" in json.dumps(each) for each in told.blocks)
    assert not validation.refusals([dict(each) for each in told.blocks])


def test_a_letter_becomes_its_message() -> None:
    """And can be read again, to be edited; another body is no bulletin."""
    scribe = SlackScribe()
    body = scribe.warned(bulletin())
    sent = posted(Letter("w1", "#shop", Sort.MESSAGE, body))
    assert sent == bulletins.told(bulletin())
    assert scribe.bulletin(body) == bulletin()
    assert scribe.bulletin('{"version": 1}') is None
    assert scribe.notice(body) is None
