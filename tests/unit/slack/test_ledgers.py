"""Changes are listed with who asked, who approved, what came of it and when; and what waits with where."""

import json
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.facts.proposal import Stage
from bot.ports.answering import Nothing
from bot.slack import ledgers
from bot.slack.message import words
from tests import slack
from tests.fakes import slack_limits, slack_markup
from tests.fakes.repairs import AT, PLAN, approval, proposal


LATER = AT + timedelta(minutes=2)


def test_change_says_who_asked_who_approved_and_what_came_of_it() -> None:
    """In a few lines."""
    done = proposal(stage=Stage.MENDED, approvals=(approval(),), outcome="pulled", ended=LATER)
    (told,) = ledgers.changes((done, proposal()), LATER)
    said = "\n".join(words(each) for each in told.blocks)
    assert "2 changes asked for of late" in said
    assert "Mended: Set the image of web" in said
    assert f"prod-eu: web/Deployment/web · plan {PLAN}" in said
    assert "Asked for by dana · approved by sam · 2026-03-01 14:22:00 UTC" in said
    assert "approved by nobody" in said
    assert "pulled" in said


def test_nobody_changed_anything() -> None:
    """Then nothing is said; trouble is."""
    assert ledgers.changes((), AT) == ()
    (told,) = ledgers.changes(Nothing("the store cannot be read", "look"), AT)
    assert "store" in told.text


def test_what_waits_is_shown_with_where_it_is_approved() -> None:
    """As long as it can be; there is no button here, as a yes belongs to the card."""
    late = proposal(expires=AT)
    every = [proposal(), late, proposal(stage=Stage.RUNNING), *[proposal()] * 12]
    shown = json.dumps(ledgers.waiting(every, LATER), ensure_ascii=False)
    assert shown.count("0 of 1 in #shop-oncall") == 10
    assert "and 3 more plans" in shown
    assert '"button"' not in shown
    assert ledgers.waiting([late], LATER) == []
    assert (
        "Not approved in time"
        in ledgers.changes((late,), LATER)[0].blocks[1]["elements"][0]["elements"][0]["text"]
    )


@given(slack.hostile(), st.sampled_from(Stage))
@settings(deadline=None, max_examples=30)
def test_lists_are_valid_and_inert(text: str, stage: Stage) -> None:
    """Case 9."""
    every = [proposal(text, 1, stage, outcome=text, requester_name=text, channel=text)] * 30
    assert slack.wrong(*ledgers.changes(every, AT)) == []
    blocks = ledgers.waiting([proposal(text, channel=text, requester_name=text)] * 12, AT)
    view = {"type": "home", "blocks": blocks}
    assert (slack_limits.check(view), slack_markup.arising(view)) == ([], [])
