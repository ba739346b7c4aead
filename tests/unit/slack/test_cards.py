"""A card says all that is approved with it, has the buttons of its stage and no others, and is valid and inert."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.facts.change import Difference, Risk
from bot.facts.proposal import Proposal, Stage
from bot.slack import cards, limits, names
from bot.slack.message import Message, words
from tests import slack
from tests.fakes.repairs import AT, PLAN, approval, plan, proposal


def _buttons(message: Message) -> Mapping[str, Mapping[str, Any]]:
    return {
        each["action_id"]: each
        for block in message.blocks
        if block["type"] == "actions"
        for each in block["elements"]
    }


def _text(message: Message) -> str:
    return json.dumps([each for each in message.blocks if each["type"] != "actions"], ensure_ascii=False)


def _inert(message: Message) -> Message:
    """Without what our own buttons send back, and without those whom the operator calls."""
    return replace(message, blocks=tuple(each for each in message.blocks if each["type"] != "actions"))


def test_card_says_what_is_approved() -> None:
    """What is done where and why, what changes, what is to be minded, on which conditions, under which rule, and until when."""
    told = _text(cards.told(proposal()))
    for said in (
        "Set the image of web",
        "prod-eu",
        "Deployment/web",
        "wrong-tag",
        "dana",
        "- web:2\\\\n+ web:1",
        "changes web",
        "Mind",
        "web 0",
        "that registry.example/web:1 is sha256:",
        "Rule: set-image in prod-eu",
        "2026-03-01 14:50:00 UTC",
        f"Plan {PLAN}",
        f"digest {plan().digest[:12]}",
        "the yes of who asked does not count",
    ):
        assert said.replace("\\\\n", "\\n") in told, said


def test_what_is_checked_again_is_told_while_it_is_still_ahead() -> None:
    """And of a way back not that something fails: what is taken back may have mended it."""
    checked = "Checked again before it is done"
    assert checked in _text(cards.told(proposal(stage=Stage.APPROVED)))
    assert checked not in _text(cards.told(proposal(stage=Stage.WATCHING, done=1)))
    assert "fails for the same cause" in _text(cards.told(proposal()))
    made = proposal()
    back = replace(made.plan, undoes="p1", premise=replace(made.plan.premise, image="", cause=""))
    assert "fails for the same cause" not in _text(cards.told(replace(made, plan=back)))


def test_what_was_never_made_is_told_as_what_would_have_been() -> None:
    """Where nothing was made; half of a plan stays a plan that was carried out."""
    assert "What would have changed" in _text(cards.told(proposal(stage=Stage.DECLINED)))
    assert "What changes" in _text(cards.told(proposal(stage=Stage.STALE, done=1)))
    assert "What changes" in _text(cards.told(proposal()))


def test_waiting_card_has_a_yes_and_a_no_with_the_plans_id() -> None:
    """And a question before the yes that names cluster and object, within Slack's limits for it."""
    for name in ("web", "w" * 400):
        found = _buttons(cards.told(proposal(name)))
        assert {each: found[each]["value"] for each in (names.APPROVE, names.DECLINE)} == {
            names.APPROVE: PLAN,
            names.DECLINE: PLAN,
        }
        asked = found[names.APPROVE]["confirm"]
        assert "prod-eu" in asked["text"]["text"]
        assert f"Deployment {name[:40]}" in asked["text"]["text"]
        lengths = {part: len(asked[part]["text"]) for part in asked}
        assert all(lengths[part] <= most for part, most in cards._CONFIRM.items())
    high = _buttons(cards.told(proposal(risk=Risk.HIGH)))
    assert high[names.APPROVE]["style"] == "danger"


@pytest.mark.parametrize("stage", [each for each in Stage if each is not Stage.WAITING])
def test_nothing_is_approved_after_the_wait(stage: Stage) -> None:
    """Whatever became of it."""
    found = _buttons(cards.told(proposal(stage=stage, done=1)))
    assert not {names.APPROVE, names.DECLINE} & set(found)


@pytest.mark.parametrize(
    ("changed", "action", "value"),
    [
        ({"stage": Stage.UNMENDED, "done": 1}, names.UNDO, f"fix undo {PLAN}"),
        ({"stage": Stage.STALE}, names.AGAIN, "fix Deployment/web set-image -n web -c prod-eu"),
        ({"stage": Stage.STALE, "incident": "k7q2mzr4ta"}, names.AGAIN, "fix #k7q2mzr4ta set-image"),
        ({"stage": Stage.EXPIRED, "undoes": "p1234567"}, names.AGAIN, "fix undo p1234567"),
    ],
)
def test_ends_offer_what_one_could_type(changed: dict[str, Any], action: str, value: str) -> None:
    """The way back, or a new plan."""
    assert {name: each["value"] for name, each in _buttons(cards.told(proposal(**changed))).items()} == {
        action: value
    }


def test_what_nobody_could_type_gets_no_button() -> None:
    """A name with a space in it would be read as two."""
    assert _buttons(cards.told(proposal("we b", stage=Stage.STALE))) == {}


def test_unknown_end_says_where_to_look() -> None:
    """With the command, and the id that tells."""
    told = _text(cards.told(proposal(stage=Stage.UNKNOWN, outcome="the API server did not answer")))
    assert "kubectl get deployment web -n web -o yaml" in told
    assert f"imagepull/plan is {PLAN}" in told
    assert "did not answer" in told
    done = _text(cards.told(proposal(stage=Stage.UNKNOWN, done=1)))
    assert "nobody could see what came of it" in done
    assert "kubectl get deployment web" in done


def test_ends_are_told_in_the_card_and_in_the_thread() -> None:
    """With the time it took, and the API server's own words."""
    mended = proposal(stage=Stage.MENDED, sent_at=AT, ended=AT + timedelta(seconds=34))
    refused = proposal(stage=Stage.REFUSED, outcome="denied by policy images-from-corp")
    for each, said in ((mended, "Mended after 34s"), (refused, "images-from-corp")):
        assert said in _text(cards.told(each))
        assert said in _text(cards.result(each))
        assert "Set the image of web" in cards.result(each).text


def test_only_the_operators_own_words_call() -> None:
    """The rule's approvers are called while none has answered, and nobody else ever is."""
    waiting = proposal(approvers=("@sre", "U012AB3CD", "T9FAR/U034EF5GH", "@nobody"), needed=2)
    message = cards.told(waiting, {"@sre": "S012AB3CD"})
    assert slack.wrong(_inert(message)) == [
        "rich text usergroup",
        "rich text user",
        "rich text user",
    ]
    assert (
        slack.wrong(_inert(cards.told(replace(waiting, approvals=(approval(),)), {"@sre": "S012AB3CD"})))
        == []
    )
    assert slack.wrong(_inert(cards.told(replace(waiting, stage=Stage.EXPIRED), {"@sre": "S012AB3CD"}))) == []


def test_cut_card_brings_all_of_it() -> None:
    """Nobody approves what they cannot read."""
    long = tuple(Difference(f"field {number}", "x" * 3_000, "y" * 3_000) for number in range(80))
    cut = proposal(differences=long)
    message = cards.told(cut)
    assert slack.refused(message) == []
    assert _buttons(message)[names.WHOLE]["value"] == PLAN
    assert "more changes" in _text(message)
    (file,) = cards.whole(cut).files
    assert file.content.count("y" * 3_000) == 80
    assert plan(differences=long).digest in file.content
    assert file.name == f"plan-{PLAN}.txt"
    assert names.WHOLE not in _buttons(cards.told(proposal()))


def test_nothing_secret_is_shown() -> None:
    """What the API server says may hold an address with a password."""
    said = "denied by https://bob:c4n4ry-s3cr3t@hooks.example/x"
    for each in (cards.told, cards.result):
        assert "c4n4ry" not in str(each(proposal(stage=Stage.REFUSED, outcome=said)))


def _any(text: str, other: str, many: int, stage: Stage) -> Proposal:
    made = proposal(text, many, stage, outcome=other, requester_name=other, rule=other, done=min(many, 1))
    return replace(made, approvals=(approval(text),) * many, requester=text, way_back=other[:3])


@given(slack.hostile(), slack.hostile(), st.integers(0, 30), st.sampled_from(Stage))
@settings(deadline=None, max_examples=60)
def test_every_card_is_valid_and_inert(text: str, other: str, many: int, stage: Stage) -> None:
    """Cases 9 and 10: whatever stands in names, values, warnings and the API server's words."""
    told = _any(text, other, many, stage)
    message = cards.told(told, {"@sre": text})
    assert slack.refused(message) == []
    assert slack.wrong(_inert(message)) == []
    assert slack.wrong(_inert(cards.told(replace(told, approvers=(other,), approvals=(approval(),))))) == []
    assert limits.fits(message.blocks)
    assert words(message.blocks[0])
    for each in (cards.result(told), cards.whole(told)):
        assert slack.wrong(each) == []
