"""Letters keep what they say while they wait, also for another version, and what is posted of them Slack takes."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.facts.notice import Notice, Pile, Share, Standing, Storm
from bot.facts.proposal import Stage
from bot.facts.verdict import Confidence
from bot.ports.keeping import Kind, Letter
from bot.slack import cards, notices
from bot.slack.letters import VERSION, SlackScribe, posted
from bot.slack.message import File, Message, words
from tests import digests, slack
from tests.fakes.repairs import approval, proposal


ID = "k7q2mzr4ta"
SCRIBE = SlackScribe()


def _notice(text: str = "web", many: int = 1, **changes: Any) -> Notice:
    share = Share("eu", slack.document(text, many), many, many, (text,))
    return replace(Notice(ID, slack.AT, slack.AT, (share,)), **changes)


def _letter(body: str, kind: Kind = Kind.REPLY) -> Letter:
    return Letter(ID, "#all", kind, body)


def _said(before: Notice | None, after: Notice) -> str:
    message = posted(_letter(SCRIBE.change(before, after)))
    assert isinstance(message, Message)
    assert slack.wrong(message) == []
    return "\n".join(map(words, message.blocks))


def test_message_can_be_read_again_and_is_what_is_posted() -> None:
    """Storms, too."""
    storm = Storm("eu", 2, 2, 2, 1, (Pile(None, "Nobody knows", 2, 2, "a/b"),))
    for notice in (_notice(many=3), _notice(shares=(), storm=storm, mention="@here", returns=2)):
        body = SCRIBE.message(notice)
        assert SCRIBE.notice(body) == notice
        assert posted(_letter(body, Kind.MESSAGE)) == notices.told(notice)


@given(slack.hostile(), st.integers(0, 3))
@settings(deadline=None, max_examples=25)
def test_any_message_can_be_stored_and_read(text: str, many: int) -> None:
    """Half characters and zeros, too; what is posted is valid and inert."""
    body = SCRIBE.message(_notice(text, many, news=text, acknowledged_by=text))
    assert "\0" not in body
    body.encode()
    found = SCRIBE.notice(body)
    assert found is not None
    assert slack.refused(notices.told(found)) == []
    for reply in SCRIBE.evidence(_notice(text, many)):
        said = posted(_letter(reply))
        assert isinstance(said, File) or slack.wrong(said) == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        "null",
        "[]",
        "{",
        "[" * 100_000,
        '{"version":1}',
        '{"version":2,"notice":{}}',
        "\ud83d",
        "x" * 100,
    ],
)
def test_what_cannot_be_read_is_no_error(body: str) -> None:
    """It is said in plain words which incident it was about."""
    assert SCRIBE.notice(body) is None
    for kind in Kind:
        said = posted(_letter(body, kind))
        assert isinstance(said, Message)
        assert ID in said.text
        assert slack.wrong(said) == []


def test_other_versions_are_read_as_far_as_they_can_be() -> None:
    """What is new is left out and what was not there yet is as it was meant; what means something else is not read."""
    whole = json.loads(SCRIBE.message(_notice()))
    newer = {**whole, "notice": {**whole["notice"], "colour": "red"}, "more": 1}
    assert SCRIBE.notice(json.dumps(newer)) == _notice()
    older = {**whole, "notice": {key: whole["notice"][key] for key in ("incident", "since", "at", "shares")}}
    assert SCRIBE.notice(json.dumps(older)) == _notice()
    assert SCRIBE.notice(json.dumps({**whole, "version": VERSION + 1})) is None
    strange = {**whole, "notice": {**whole["notice"], "standing": "paused"}}
    assert SCRIBE.notice(json.dumps(strange)) is None


def test_evidence_is_one_thing_a_letter() -> None:
    """Messages, and files of what is too long for one."""
    said = [posted(_letter(each)) for each in SCRIBE.evidence(_notice(many=30))]
    assert {type(each) for each in said} == {Message, File}
    assert all(not each.files for each in said if isinstance(each, Message))
    assert "pods.txt" in [each.name for each in said if isinstance(each, File)]
    assert SCRIBE.evidence(_notice(shares=())) == ()


def test_changes_are_told_in_a_line() -> None:
    """What people did, what is known now, and how it ended."""
    before = _notice()
    later = slack.AT + timedelta(hours=1)
    ada = replace(before, acknowledged_by="Ada")
    assert _said(before, ada) == "Ada looks after this"
    assert _said(ada, replace(ada, acknowledged_by="Bob")) == "Bob looks after this"
    quiet = replace(ada, snoozed_by="Bob", snoozed_until=later)
    assert _said(ada, quiet) == "Bob snoozed this until 2026-03-01 15:02:11 UTC"
    assert _said(quiet, ada) == "The snooze of Bob is over, and this still goes on"
    share = replace(before.shares[0], document=slack.document(confidence=Confidence.HIGH))
    assert _said(before, replace(before, shares=(share,))) == "Changed\n· confidence high, before medium"
    assert _said(before, before) == "Looked at again"
    over = replace(before, standing=Standing.RESOLVED, ended=later)
    assert _said(before, over) == "Resolved after 1h"
    assert _said(None, over) == "Resolved after 1h"
    assert _said(over, replace(before, returns=1)) == "Back again, 1 time so far"
    moved = replace(before, standing=Standing.MOVED)
    assert _said(before, moved).startswith("Not told here any more")
    dropped = replace(over, standing=Standing.DROPPED)
    assert _said(before, dropped).startswith("Not looked at any more")
    assert _said(before, replace(over, standing=Standing.ABSORBED, survivor="abcdefghjk")) == (
        "Told with incident abcdefghjk from now on"
    )


def test_only_what_came_back_calls() -> None:
    """A reply calls whom the route names when the incident is open again, and never otherwise."""
    before = _notice(mention="@here")
    over = replace(before, standing=Standing.RESOLVED)
    for old, new, calls in ((over, before, 1), (before, over, 0), (before, replace(before, returns=1), 0)):
        message = posted(_letter(SCRIBE.change(old, new)))
        assert isinstance(message, Message)
        assert json.dumps(message.payload()).count('"broadcast"') == calls
    group = posted(_letter(SCRIBE.change(over, replace(before, mention="@shop"))), {"@shop": "S012AB3CD"})
    assert isinstance(group, Message)
    assert '"usergroup_id": "S012AB3CD"' in json.dumps(group.payload())


@given(slack.hostile(), slack.hostile())
@settings(deadline=None, max_examples=25)
def test_changes_are_valid_and_inert(text: str, other: str) -> None:
    """Case 9: names of people and of places, too."""
    after = _notice(other, acknowledged_by=text, snoozed_by=other, snoozed_until=slack.AT, survivor=text)
    for standing in Standing:
        _said(_notice(text), replace(after, standing=standing))


def test_card_is_posted_as_the_proposal_stands() -> None:
    """All of the plan comes back, so that its digest is the one that was approved."""
    told = proposal(many=3, approvals=(approval(),), needed=2)
    letter = _letter(SCRIBE.card(told), Kind.MESSAGE)
    assert posted(letter, {"@sre": "S012AB3CD"}) == cards.told(told, {"@sre": "S012AB3CD"})
    assert told.plan.digest[:12] in str(posted(letter))


def test_result_is_a_reply() -> None:
    """With what came of it."""
    told = posted(_letter(SCRIBE.result(proposal(stage=Stage.REFUSED, outcome="denied by policy"))))
    assert isinstance(told, Message)
    assert "denied by policy" in str(told.blocks)


def test_card_of_another_version_is_no_error() -> None:
    """What is new is left out; a stage that nobody here knows is not read."""
    whole = json.loads(SCRIBE.card(proposal()))
    newer = {**whole, "proposal": {**whole["proposal"], "colour": "red"}}
    assert posted(_letter(json.dumps(newer), Kind.MESSAGE)) == cards.told(proposal())
    strange = {**whole, "proposal": {**whole["proposal"], "stage": "paused"}}
    for body in (json.dumps(strange), json.dumps({**whole, "version": VERSION + 1})):
        said = posted(_letter(body, Kind.MESSAGE))
        assert "cannot be read here" in said.text if isinstance(said, Message) else False


@given(slack.hostile(), st.sampled_from(Stage))
@settings(deadline=None, max_examples=25)
def test_any_card_can_be_stored_and_read(text: str, stage: Stage) -> None:
    """Half characters and zeros, too."""
    told = proposal(text, 2, stage, outcome=text)
    for body, kind in ((SCRIBE.card(told), Kind.MESSAGE), (SCRIBE.result(told), Kind.REPLY)):
        assert "\0" not in body
        body.encode()
        said = posted(_letter(body, kind))
        assert isinstance(said, Message)
        assert "cannot be read here" not in said.text
        assert slack.refused(said) == []


def test_digest_is_a_message_and_a_picture() -> None:
    """Replies that stand by themselves; the picture says in words what it shows. Without one there is the message alone."""
    words_alone = SlackScribe().digest(digests.digest(), b"")
    assert len(words_alone) == 1
    both = SlackScribe().digest(digests.digest(), b"\x89PNG\xff")
    assert both[0] == words_alone[0]
    message, file = (posted(Letter("digest-x", "#a", Kind.REPLY, each)) for each in both)
    assert isinstance(message, Message)
    assert message.text.startswith("Image pulls, 16 November")
    assert isinstance(file, File)
    assert (file.name, file.picture) == ("incidents-2026-W47.png", b"\x89PNG\xff")
    assert file.content == "Bar chart of incidents by cause. web: 3 (week before 1)."
