"""The form about what it was instead: it fits, and what comes back from it means no more than it may."""

import json
from typing import Any

import pytest

from bot.errors import UsageError
from bot.facts.opinion import SOMETHING_ELSE, Judgement
from bot.ports.judging import Said
from bot.slack import names, verdicts
from bot.slack.incoming import Caller
from tests import slack
from tests.fakes import slack_limits


DANA = Caller("U1", "T1", "C1", "1.2", response_url="https://hooks.slack.com/actions/x")
ABOUT = "k7q2mzr4ta wrong-tag"


def _filled(view: Any, **values: Any) -> dict[str, Any]:
    state = {"values": {name: {name: value} for name, value in values.items()}}
    return {"private_metadata": view["private_metadata"], "state": state}


def test_form_offers_every_other_cause() -> None:
    """By title, and something else at the end; it fits whatever the playbooks hold."""
    many = {f"cause-{number}": f"Title {number} " + "x" * 200 for number in range(150)}
    view = verdicts.asking(DANA, ABOUT, {"wrong-tag": "The tag is wrong", **many})
    options = view["blocks"][0]["element"]["options"]
    assert len(options) == 100
    assert options[-1]["value"] == SOMETHING_ELSE
    assert "wrong-tag" not in [each["value"] for each in options]
    assert slack_limits.check(view) == []


def test_filled_form_says_it_and_knows_its_place() -> None:
    """About the verdict of the button, answered where it was opened."""
    view = verdicts.asking(DANA, ABOUT, {"disk": "The disk is full"})
    chosen = {"selected_option": {"value": "disk"}}
    body = _filled(view, **{"verdict-was": chosen, "verdict-remark": {"value": "df said so"}})
    assert verdicts.filled(body) == Said("k7q2mzr4ta", "wrong-tag", Judgement.WRONG, "disk", "df said so")
    assert verdicts.place(body, Caller("U1", "T1")) == DANA
    assert verdicts.filled(_filled(view, **{"verdict-was": {}})).instead == ""


@pytest.mark.parametrize("hidden", ["", "{", "[]", '{"about":5}', '{"about":"k7q2mzr4ta"}', "[" * 9000])
def test_strange_form_is_about_nothing(hidden: str) -> None:
    """And answers go to whoever sent it."""
    view = {"private_metadata": hidden, "state": {"values": []}}
    with pytest.raises(UsageError, match="says nothing"):
        verdicts.filled(view)
    assert verdicts.place(view, Caller("U1", "T1")) == Caller("U1", "T1")


def test_thanks_lead_to_the_form_where_it_was_wrong() -> None:
    """Nowhere else; both are within every limit."""
    right, wrong = (verdicts.thanked(each, ABOUT) for each in (Judgement.RIGHT, Judgement.WRONG))
    assert names.INSTEAD not in json.dumps(right.values())
    (pressed,) = wrong.blocks[-1]["elements"]
    assert (pressed["action_id"], pressed["value"]) == (names.INSTEAD, ABOUT)
    assert slack.refused(right, wrong, verdicts.told()) == []


@pytest.mark.parametrize("state", [None, [], {"values": None}, {"values": {"verdict-was": "x"}}])
def test_form_of_another_shape_says_only_wrong(state: object) -> None:
    """Whatever comes back in its place."""
    about = json.dumps({"about": ABOUT})
    said = verdicts.filled({"private_metadata": about, "state": state})
    assert (said.instead, said.remark) == ("", "")
