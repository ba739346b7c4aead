"""The asker hears first and alone, shares what they want, and is told when it takes a while."""

import asyncio
from typing import Any

import pytest

from bot.ports.repairing import Proposed
from bot.slack import commands, names
from bot.slack.asking import Asking
from bot.slack.conversation import Conversation
from bot.slack.incoming import Caller
from bot.slack.members import Members
from bot.slack.replying import Replies
from tests import slack
from tests.fakes.desk import AT, FakeDesk, listed, told
from tests.fakes.repairs import FakeRepairs, proposal, words
from tests.fakes.slack_client import FakeSlack, refusal, until


DANA = Caller("U1", "T1", "C1")


def _made(
    desk: FakeDesk, share: Any = "ephemeral", repairs: FakeRepairs | None = None, **answers: Any
) -> tuple[Conversation, FakeSlack]:
    known = {
        "users_info": {"user": {"id": "U1", "team_id": "T1", "name": "dana"}},
        "chat_postMessage": {"ts": "9.9", "channel": "C1"},
    }
    client = FakeSlack(**{**known, **answers})
    members = Members(client, lambda: "T1", lambda: 0.0)
    asking = Asking(desk, lambda: AT, repairs)
    return Conversation(asking, members, Replies(client, None), share, lambda: 0.0, 0.05), client


def _share(client: FakeSlack) -> str:
    (sent,) = [each for each in client.of("chat_postEphemeral") if names.SHARE in str(each["blocks"])]
    return next(
        one["value"]
        for block in sent["blocks"]
        for one in block.get("elements", ())
        if one.get("action_id") == names.SHARE
    )


async def test_answer_is_the_askers_until_they_share_it() -> None:
    """Then it is posted once, with who shared it."""
    conversation, client = _made(FakeDesk(told(slack.document("web"))))
    await conversation.answer(DANA, commands.read("why web"))
    assert client.of("chat_postMessage") == []
    value = _share(client)
    await conversation.share(DANA, value)
    await conversation.share(DANA, value)
    posted = client.of("chat_postMessage")
    assert [("Shared by" in str(each)) for each in posted] == [True, *[False] * (len(posted) - 1)]
    assert all(each["thread_ts"] == "9.9" for each in posted[1:])


async def test_sharing_that_failed_may_be_tried_again() -> None:
    """And the reason is told."""
    answers = [refusal("restricted_action"), {"ts": "9.9", "channel": "C1"}]
    conversation, client = _made(FakeDesk(told(slack.document("web"))), chat_postMessage=answers)
    await conversation.answer(DANA, commands.read("why web"))
    value = _share(client)
    await conversation.share(DANA, value)
    assert "restricted_action" in str(client.of("chat_postEphemeral")[-1])
    await conversation.share(DANA, value)
    assert "Shared by" in str(client.of("chat_postMessage")[1])


@pytest.mark.parametrize(
    "value", ["", "x", "x sweep;", "x ack k7q2mzr4ta", "x help", "<!channel>", "x " + "y" * 9_000]
)
async def test_edited_value_shares_nothing(value: str) -> None:
    """Case 5."""
    conversation, client = _made(FakeDesk(listed=(listed(),)))
    await conversation.share(DANA, value)
    assert client.of("chat_postMessage") == []
    assert len(client.of("chat_postEphemeral")) == 1


async def test_operator_may_want_answers_in_the_channel() -> None:
    """Where the bot is no member, they are the asker's as ever."""
    desk = FakeDesk(told(slack.document("web")))
    conversation, client = _made(desk, "channel")
    await conversation.answer(DANA, commands.read("why web"))
    assert client.of("chat_postMessage")
    conversation, client = _made(desk, "channel", chat_postMessage=refusal("not_in_channel"))
    await conversation.answer(DANA, commands.read("why web"))
    assert _share(client)


async def test_list_of_many_messages_keeps_its_button() -> None:
    """An address to answer at has five uses: what is between is left out."""
    desk = FakeDesk(told(*(slack.document("x" * 400, many=1) for _ in range(200)), is_list=True))
    conversation, client = _made(desk)
    await conversation.answer(DANA, commands.read("sweep"))
    assert len(client.of("chat_postEphemeral")) <= 4
    assert _share(client)


async def test_slow_desk_is_said_and_its_answer_comes() -> None:
    """After a while, once."""
    desk = FakeDesk(told(slack.document("web")), gate=asyncio.Event())
    conversation, client = _made(desk)
    task = asyncio.create_task(conversation.answer(DANA, commands.read("why web")))
    await until(lambda: client.of("chat_postEphemeral"))
    assert "Looking: why web" in str(client.of("chat_postEphemeral"))
    desk.gate.set()
    await task
    assert len(client.of("chat_postEphemeral")) == 2


async def test_who_is_nobody_hears_why() -> None:
    """And the desk is not asked."""
    desk = FakeDesk()
    conversation, client = _made(desk, users_info=refusal("missing_scope", needed="users:read"))
    await conversation.answer(DANA, commands.read("why web"))
    assert desk.asked == []
    assert "users:read" in str(client.of("chat_postEphemeral"))


async def test_what_shows_by_itself_need_not_be_said() -> None:
    """But a refusal is."""
    conversation, client = _made(FakeDesk(listed=(listed(),)))
    home = Caller("U1", "T1")
    await conversation.answer(home, commands.read("ack k7q2mzr4ta"), quiet=True)
    assert client.of("chat_postMessage") == []
    await conversation.answer(home, commands.read("ack other"), quiet=True)
    assert client.of("chat_postMessage")[0]["channel"] == "U1"


async def test_wish_is_judged_by_who_somebody_is_now() -> None:
    """What was read a moment ago is not believed where something is to be changed."""
    repairs = FakeRepairs(answer=Proposed(proposal(), new=True))
    groups = [{"usergroups": [{"id": "S1", "handle": "sre", "users": ["U1"]}]}, {"usergroups": []}]
    conversation, client = _made(FakeDesk(), repairs=repairs, usergroups_list=groups)
    await conversation.answer(DANA, commands.read("why web"))
    await conversation.answer(DANA, commands.read("fix web roll-back"))
    ((_, asker, _),) = repairs.asked
    assert asker.person.groups == frozenset()
    assert "Asked @sre" in str(client.of("chat_postEphemeral")[-1])
    assert client.of("chat_postMessage") == []


async def test_sharing_words_asks_for_nothing_again() -> None:
    """Whatever the button says, and whoever has forgotten what was told."""
    repairs = FakeRepairs(answer=words())
    conversation, client = _made(FakeDesk(), repairs=repairs)
    await conversation.answer(DANA, commands.read("fix web roll-back"))
    value = _share(client)
    await conversation.share(DANA, value)
    assert "Argo CD" in str(client.of("chat_postMessage"))
    for edited in (
        "x fix web roll-back",
        "x fix #k7q2mzr4ta roll-back",
        "x fix undo p8rw3kfz5n",
        f"x {value}",
    ):
        await conversation.share(DANA, edited)
    assert len(repairs.asked) == 1
