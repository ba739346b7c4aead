"""What can be done is offered with buttons that say what one could type, and everything fits and stays inert."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.facts.proposal import Stage
from bot.ports.answering import Question
from bot.ports.repairing import Offer, Offers, Proposed
from bot.slack import answers, commands, names, offering
from bot.slack.commands import Command, Verb
from bot.slack.message import Message
from tests import slack
from tests.fakes.repairs import PLAN, approval, offers, proposal, several, words


_OURS = ("action_id", "value", "rich text channel")


def _text(*messages: Message) -> str:
    return "\n".join(json.dumps(each.payload(), ensure_ascii=False) for each in messages)


def _wrong(*messages: Message) -> list[str]:
    return [each for each in slack.wrong(*messages) if not each.startswith(_OURS)]


def _buttons(*messages: Message) -> list[Any]:
    blocks = [block for each in messages for block in each.blocks]
    return [block["accessory"] for block in blocks if "accessory" in block]


def test_offers_stand_below_what_is_wrong() -> None:
    """A button for each, words for the rest, and that nothing happens before somebody approves."""
    found = offers(slack.document("web"))
    (made,) = offering.offered(found, answers.fixable(found.told))
    text = _text(made)
    assert text.index("What to do") < text.index("What may be asked for") < text.index("managed by Argo CD")
    assert "Nothing is changed before" in text
    (button,) = _buttons(made)
    assert (button["text"]["text"], button["action_id"]) == ("Roll back…", f"{names.OFFER}-0")
    asked = commands.read(button["value"])
    assert asked == Command(Verb.FIX, Question(("Deployment/web",), "shop", "prod-eu"), action="roll-back")
    assert made.thread


def test_nothing_to_offer_leaves_the_diagnosis_as_it_is() -> None:
    """Also where there are words only."""
    found = offers(slack.document("web"))
    told = answers.fixable(found.told)
    assert offering.offered(replace(found, offers=(), words=()), told) == told
    assert "Nothing is changed before" not in _text(*offering.offered(replace(found, offers=()), told))


def test_one_reason_is_said_once() -> None:
    """Where nothing may be changed at all, it is that of every action."""
    found = replace(
        offers(slack.document("web")), words=tuple(replace(words(), action=each) for each in ("a-b", "c-d"))
    )
    text = _text(*offering.offered(found, answers.fixes(found.told)))
    assert "A b and C d: " in text
    assert text.count("managed by Argo CD") == 1


def test_offers_that_do_not_fit_have_a_message_of_their_own() -> None:
    """And so do those below many diagnoses."""
    found = offers(slack.document("web " * 300, many=9))
    made = offering.offered(found, answers.told(found.told))
    assert slack.refused(*made) == []
    assert len(_buttons(*made)) == 1


def test_many_offers_are_bounded() -> None:
    """And what nobody could type has no button."""
    offer = offers().offers[0]
    strange = Offer("roll-back", "two words", Question(("a b",)))
    found = replace(offers(slack.document("web")), offers=(strange, *[offer] * 30))
    made = offering.offered(found, answers.fixable(found.told))
    assert slack.refused(*made) == []
    assert len(_buttons(*made)) == 7
    assert "and 23 more" in _text(*made)


def test_words_say_why_and_show_the_change() -> None:
    """As it would be made in its source."""
    (made,) = offering.words(words())
    assert "managed by Argo CD" in _text(made)
    assert r"-  image: web:2\n+  image: web:1" in _text(made)
    assert made.files == ()
    (long,) = offering.words(words(change="\n".join(f"+ line {number} {'x' * 300}" for number in range(90))))
    (file,) = long.files
    assert file.name == "set-image.diff"
    assert file.content.count("x" * 300) == 90
    assert slack.refused(long) == []


def test_asked_is_told_with_from_whom_and_where() -> None:
    """To the asker, so that nobody is called once more."""
    made = offering.requested(Proposed(proposal(approvers=("@sre", "@dba"), needed=2), new=True))
    assert "Asked @sre @dba for 2 approvals in " in _text(made)
    assert "#shop-oncall" in _text(made)
    assert "2026-03-01 14:50:00 UTC" in _text(made)
    assert _wrong(made) == []
    by_id = offering.requested(Proposed(proposal(channel="C0SHOPONCALL"), new=True))
    assert '"channel_id": "C0SHOPONCALL"' in _text(by_id)
    again = offering.requested(Proposed(proposal(stage=Stage.APPROVED, approvals=(approval(),))))
    assert "dana asked for it before" in _text(again)
    assert "Approved by sam" in _text(again)


def test_decision_is_told_with_how_it_stands() -> None:
    """And the plan's id."""
    half = offering.decided(Proposed(proposal(needed=2, approvals=(approval(),))), yes=True)
    assert "You said yes. 1 of 2 approvals so far" in half.text
    assert PLAN in _text(half)
    assert offering.decided(Proposed(proposal(stage=Stage.DECLINED)), yes=False).text.startswith(
        "You said no."
    )


def test_choices_ask_for_the_same() -> None:
    """About one of them, without the incident that they came of."""
    made = offering.several(several(), Command(Verb.FIX, incident="k7q2mzr4ta", action="roll-back"))
    assert [each["value"] for each in _buttons(made)] == [
        f"fix Deployment/web roll-back -n {space} -c prod-eu" for space in ("shop", "pay")
    ]


@given(slack.hostile(), st.integers(0, 12))
@settings(deadline=None, max_examples=40)
def test_whatever_is_offered_is_valid_and_inert(text: str, many: int) -> None:
    """Cases 9 and 10: titles, reasons, diffs, commands and names."""
    said = replace(words(text, "\n".join([text] * many)), action=text)
    one = Offer(text, text, Question((text,), text, text))
    found = Offers(offers(slack.document("web")).told, (one,) * many, (said,) * many)
    told = proposal(text, 1, channel=text, approvers=(text,), requester_name=text)
    made = (
        *offering.offered(found, answers.fixable(found.told)),
        *offering.words(said),
        offering.requested(Proposed(told)),
        offering.decided(Proposed(told), yes=True),
        offering.several(several(text), Command(Verb.FIX, action="roll-back")),
    )
    assert _wrong(*made) == []
    assert _wrong(*answers.alone(made, "a" * 16)) == []
