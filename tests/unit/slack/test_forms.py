"""The form opens at once, is filled when the desk has answered, and asks what it says."""

import asyncio
from typing import Any

import pytest

from bot.ports.answering import Failing, Question
from bot.slack import modal
from bot.slack.asking import Asking
from bot.slack.conversation import Conversation
from bot.slack.forms import Forms
from bot.slack.incoming import Caller
from bot.slack.members import Members
from bot.slack.modal import Form
from bot.slack.replying import Replies
from tests import slack
from tests.fakes.desk import AT, FakeDesk, state, told
from tests.fakes.slack_client import FakeSlack, refusal, until


DANA = Caller("U1", "T1", "C1", trigger="1.2.a")
LONG = Failing("prod-eu", "shop", "web-" + "x" * 200, "ErrImagePull")


def _made(desk: FakeDesk, **answers: Any) -> tuple[Forms, FakeSlack]:
    known = {
        "users_info": {"user": {"id": "U1", "team_id": "T1", "name": "dana"}},
        "views_open": {"view": {"id": "V1"}},
    }
    client = FakeSlack(**{**known, **answers})
    members = Members(client, lambda: "T1", lambda: 0.0)
    replies = Replies(client, None)
    conversation = Conversation(Asking(desk, lambda: AT), members, replies, "ephemeral", lambda: 0.0)
    return Forms(desk, members, client, conversation), client


def _body(cluster: str = "prod-eu", **values: Any) -> dict[str, Any]:
    view = modal.asking(Form(DANA, cluster), [state(cluster)])
    filled = {name: {name: value} for name, value in values.items()}
    return {"view": {**view, "id": "V1", "hash": "h", "state": {"values": filled}}}


async def test_form_opens_before_anything_is_asked() -> None:
    """Three seconds are short."""
    desk = FakeDesk(gate=asyncio.Event())
    forms, client = _made(desk)
    task = asyncio.create_task(forms.open(DANA))
    await until(lambda: desk.asked)
    assert client.calls[0][0] == "views_open"
    desk.gate.set()
    await task
    assert client.of("views_update")[0]["view_id"] == "V1"


async def test_form_that_does_not_open_is_said() -> None:
    """With another way to ask."""
    forms, client = _made(FakeDesk(), views_open=refusal("expired_trigger_id"))
    await forms.open(DANA)
    assert "why web-7d4f" in str(client.of("chat_postEphemeral"))


async def test_form_that_cannot_be_filled_says_why() -> None:
    """It does not stay open and empty."""
    forms, client = _made(FakeDesk(), users_info=refusal("missing_scope", needed="users:read"))
    await forms.open(DANA)
    assert "users:read" in str(client.of("views_update"))
    forms, client = _made(FakeDesk(fails=RuntimeError("canary")))
    with pytest.raises(RuntimeError):
        await forms.open(DANA)
    assert "went wrong here" in str(client.of("views_update"))
    assert "canary" not in str(client.calls)


async def test_who_may_ask_about_nothing_is_told_so() -> None:
    """In the form."""
    forms, client = _made(FakeDesk(states=()))
    await forms.open(DANA)
    assert "no cluster that you may ask about" in str(client.of("views_update"))


async def test_other_cluster_is_shown_only_when_there_is_one() -> None:
    """What an option says may be anything."""
    forms, client = _made(FakeDesk(states=(state("a", open=9), state("b"))))
    await forms.choose(DANA, _body("a"), "b")
    assert '"cluster":"b"' in client.of("views_update")[0]["view"]["private_metadata"]
    assert client.of("views_update")[0]["hash"] == "h"
    await forms.choose(DANA, _body("a"), "secret")
    assert '"cluster":"a"' in client.of("views_update")[1]["view"]["private_metadata"]


async def test_search_offers_what_the_desk_knows() -> None:
    """Of the form's cluster."""
    desk = FakeDesk(pods=(LONG, Failing("staging", "shop", "web-1", "")))
    forms, _ = _made(desk)
    assert len(await forms.offer(DANA, _body() | {"value": "web"})) == 1
    assert desk.questions("failing") == [("prod-eu", "web")]


async def test_long_name_is_found_by_its_digest() -> None:
    """Wherever it was offered; one that is over is not guessed."""
    desk = FakeDesk(told(slack.document("web")), pods=(LONG,))
    forms, client = _made(desk)
    chosen = {"selected_option": {"value": modal.reference(LONG)}}
    await forms.submit(DANA, _body(**{modal.POD: chosen}))
    assert desk.questions("why") == [Question((f"shop/{LONG.pod}",), "", "prod-eu")]
    desk.pods = ()
    await forms.submit(DANA, _body(**{modal.POD: chosen}))
    assert "does not fail any more" in str(client.of("chat_postEphemeral")[-1])


async def test_chosen_pod_is_read_as_typed() -> None:
    """An edited value is a name or nothing."""
    desk = FakeDesk(told(slack.document("web")))
    forms, client = _made(desk)
    await forms.submit(DANA, _body(**{modal.POD: {"selected_option": {"value": "shop/../x;y"}}}))
    assert desk.questions("why") == []
    assert client.of("chat_postEphemeral")


def test_what_is_no_name_stays_in_the_form() -> None:
    """With what is off."""
    forms, _ = _made(FakeDesk())
    assert forms.wrong(_body(**{modal.TYPED: {"value": "web;x"}}), DANA)
    assert forms.wrong(_body(**{modal.TYPED: {"value": "deploy/web"}}), DANA) is None
    assert forms.wrong({}, DANA) is None
