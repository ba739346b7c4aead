"""The form asks within Slack's limits, and what comes back is read as if somebody had typed it."""

import json
from typing import Any

import pytest
from hypothesis import given, settings

from bot.errors import UsageError
from bot.ports.answering import Failing, Question
from bot.slack import modal
from bot.slack.incoming import Caller
from bot.slack.modal import Form
from tests import slack
from tests.fakes import slack_limits, slack_markup
from tests.fakes.desk import state


DANA = Caller("U1", "T1", "C1", "1.2", response_url="https://hooks.slack.com/commands/1", trigger="1.2.a")
# Named by us; each is read again, and looked up among what there is.
_OURS = ("action_id", "block_id", "value")


def _wrong(view: Any) -> list[str]:
    arising = [each for each in slack_markup.arising(view) if not each.startswith(_OURS)]
    return [*slack_limits.check(view), *arising]


def _filled(pod: str = "", typed: str = "", cluster: str = "prod-eu") -> dict[str, Any]:
    view = modal.asking(Form(DANA, cluster), [state(cluster)])
    pods = next(each["block_id"] for each in view["blocks"] if each.get("block_id", "").startswith(modal.POD))
    chosen = {"value": pod} if pod else None
    values = {
        pods: {modal.POD: {"selected_option": chosen}},
        modal.TYPED: {modal.TYPED: {"value": typed or None}},
    }
    return {**view, "state": {"values": values}}


def test_form_is_whole_in_each_of_its_states() -> None:
    """While it opens, filled, and with nothing to choose."""
    clusters = [state(f"cluster-{number}") for number in range(150)]
    for view in (
        modal.opening(Form(DANA)),
        modal.asking(Form(DANA, "cluster-149"), clusters),
        modal.refusing(Form(DANA), "nothing", "ask the operator"),
    ):
        assert _wrong(view) == []
    select = modal.asking(Form(DANA, "cluster-149"), clusters)["blocks"][0]["element"]
    assert len(select["options"]) == 100
    assert select["initial_option"]["value"] == "cluster-149"


def test_another_cluster_is_another_field() -> None:
    """So that no pod of the one before stays chosen."""
    fields = {modal.asking(Form(DANA, name), [state(name)])["blocks"][1]["block_id"] for name in ("a", "b")}
    assert len(fields) == 2


def test_worst_cluster_is_offered_first() -> None:
    """Unless another one was asked for, that there is."""
    clusters = [state("a", open=1), state("b", open=7)]
    assert modal.chosen(clusters) == "b"
    assert modal.chosen(clusters, "a") == "a"
    assert modal.chosen(clusters, "gone") == "b"
    assert modal.chosen([]) == ""
    assert modal.named("b", clusters) == "b"
    assert modal.named("other", clusters) == ""


def test_form_knows_where_its_answer_goes() -> None:
    """And takes nothing from what it carries but a place; who fills it in is who Slack says."""
    found = modal.form(modal.opening(Form(DANA, "prod-eu")), Caller("U2", "T2"))
    assert found.caller == Caller("U2", "T2", "C1", "1.2", response_url=DANA.response_url)
    assert found.cluster == "prod-eu"


@pytest.mark.parametrize(
    "hidden", ["", "[]", "{", "null", '{"channel": 1, "at": [], "private": "yes"}', "[" * 3_000]
)
def test_strange_forms_carry_nothing(hidden: str) -> None:
    """No exception, no place."""
    found = modal.form({"private_metadata": hidden}, Caller("U1", "T1"))
    assert found == Form(Caller("U1", "T1"))


def test_long_names_are_told_apart() -> None:
    """By their ends, which options show, and by a digest that stands for them."""
    pods = [Failing("prod-eu", "shop", f"{'x' * 200}-{number}", "ErrImagePull") for number in range(200)]
    options = modal.options(pods)
    assert len(options) == 100
    assert len({each["value"] for each in options}) == 100
    assert modal.is_digest(options[0]["value"])
    assert options[7]["text"]["text"].endswith("x-7")
    assert not modal.is_digest(modal.reference(Failing("prod-eu", "shop", "web-1", "")))


def test_filled_form_is_a_question() -> None:
    """What was typed before what was chosen, and all of the cluster without either."""
    assert modal.picked(_filled(pod="shop/web-1")) == "shop/web-1"
    chosen = modal.command(_filled(), "prod-eu", "shop/web-1").question
    assert chosen == Question(("shop/web-1",), "", "prod-eu")
    typed = modal.command(_filled(typed="deploy/web -n shop"), "prod-eu", "shop/x").question
    assert typed == Question(("deploy/web",), "shop", "prod-eu")
    other = modal.command(_filled(typed="web -c staging"), "prod-eu", "").question
    assert other.cluster == "staging"
    assert modal.command(_filled(), "prod-eu", "").question == Question((), "", "prod-eu")
    assert [modal.command(_filled(), "prod-eu", pod).offers for pod in ("shop/web-1", "")] == [True, False]


def test_what_is_no_name_is_said_in_the_form() -> None:
    """Beside what was typed."""
    with pytest.raises(UsageError) as caught:
        modal.command(_filled(typed="web;curl evil"), "prod-eu", "")
    told = modal.wrong(caught.value)
    assert told["response_action"] == "errors"
    assert "cannot be" in told["errors"][modal.TYPED]
    assert json.dumps(told)


@settings(max_examples=40, deadline=None)
@given(slack.hostile())
def test_hostile_names_stay_inert(text: str) -> None:
    """In the form and in what a search offers."""
    view = modal.asking(Form(DANA, text), [state(text), state(f"{text}2")])
    assert _wrong(view) == []
    blocks = [
        {
            "type": "section",
            "text": {"type": "plain_text", "text": "x", "emoji": False},
            "accessory": {"type": "static_select", "action_id": "x", "options": options},
        }
        for options in [modal.options([Failing("c", text, text, text), Failing("c", text, f"{text}2", "")])]
    ]
    assert _wrong({"text": "x", "blocks": blocks}) == []


def test_view_cannot_make_a_channel_private() -> None:
    """Case 14: an answer that is for one person would be posted for everybody there."""
    for channel, private in (("C000PAYMENTS", False), ("D0000000DANA", True), ("", False)):
        known = json.dumps({"channel": channel, "private": True})
        found = modal.form({"private_metadata": known}, Caller("U1", "T1")).caller
        assert (found.channel, found.private) == (channel, private)
