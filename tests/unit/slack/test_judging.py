"""Who presses right or wrong is told so alone, whoever they are, and nobody else hears of it."""

import json

import pytest

from bot.errors import StoreError
from bot.facts.opinion import Judgement
from bot.ports.judging import Said
from bot.slack import names
from bot.slack.incoming import Caller, Click
from bot.slack.judging import Judging
from bot.slack.members import Members
from bot.slack.replying import Replies
from tests.fakes.jury import FakeJury
from tests.fakes.slack_client import FakeSlack


DANA = Caller("U1", "T1", "C1", trigger="1.1.a")
ABOUT = "k7q2mzr4ta wrong-tag"


def _made(jury: FakeJury | None) -> tuple[Judging, FakeSlack]:
    client = FakeSlack(
        users_info={"user": {"id": "U1", "team_id": "T1", "name": "dana"}},
        usergroups_list={"usergroups": []},
        views_open={"view": {"id": "V1"}},
    )
    members = Members(client, lambda: "T1", lambda: 0.0)
    return Judging(jury, members, Replies(client, None), client), client


def _told(client: FakeSlack) -> str:
    (sent,) = client.of("chat_postEphemeral")
    assert (sent["channel"], sent["user"]) == ("C1", "U1")
    assert client.of("chat_postMessage") == []
    return str(sent)


@pytest.mark.parametrize(
    ("action", "judgement", "thanks"),
    [(names.RIGHT, Judgement.RIGHT, "this was right"), (names.WRONG, Judgement.WRONG, "Say what it was")],
)
async def test_press_is_heard_with_who_it_is(action: str, judgement: Judgement, thanks: str) -> None:
    """And thanked for, to them alone."""
    jury = FakeJury()
    judging, client = _made(jury)
    await judging.press(DANA, Click(action, ABOUT))
    ((asker, said),) = jury.heard
    assert (asker.person.key, said) == ("T1/U1", Said("k7q2mzr4ta", "wrong-tag", judgement))
    assert thanks in _told(client)


@pytest.mark.parametrize("value", ["", "k7q2mzr4ta", "../etc passwd", "k7q2mzr4ta <!here>"])
@pytest.mark.parametrize("action", [names.RIGHT, names.WRONG, names.INSTEAD])
async def test_value_of_nothing_is_refused(action: str, value: str) -> None:
    """Nobody is asked."""
    jury = FakeJury()
    judging, client = _made(jury)
    await judging.press(DANA, Click(action, value))
    assert jury.heard == []
    assert client.of("views_open") == []
    assert "says nothing that it may" in _told(client)


async def test_stranger_is_answered_like_anybody_for_whom_there_is_nothing() -> None:
    """In the jury's words."""
    judging, client = _made(FakeJury(denied=frozenset({"U1"})))
    await judging.press(DANA, Click(names.WRONG, ABOUT))
    told = _told(client)
    assert "there is nothing of that name" in told
    assert names.INSTEAD not in told


async def test_form_opens_and_is_heard() -> None:
    """With the causes that there are; what it says goes to the jury with who filled it in."""
    jury = FakeJury()
    judging, client = _made(jury)
    await judging.press(DANA, Click(names.INSTEAD, ABOUT))
    (opened,) = client.of("views_open")
    assert opened["trigger_id"] == "1.1.a"
    chosen = {"verdict-was": {"verdict-was": {"selected_option": {"value": "node-disk-full"}}}}
    view = {"private_metadata": opened["view"]["private_metadata"], "state": {"values": chosen}}
    await judging.submit(Caller("U1", "T1"), {"view": view})
    ((asker, said),) = jury.heard
    assert asker.person.key == "T1/U1"
    assert said == Said("k7q2mzr4ta", "wrong-tag", Judgement.WRONG, "node-disk-full")
    assert "with what it was" in _told(client)


async def test_filled_form_about_nothing_is_refused() -> None:
    """To whoever sent it, wherever that is."""
    judging, client = _made(FakeJury())
    await judging.submit(DANA, {"view": {"private_metadata": json.dumps({"about": 1})}})
    assert "says nothing that it may" in str(client.of("chat_postMessage"))


async def test_without_a_jury_it_is_said() -> None:
    """And with one that falls over, too."""
    judging, client = _made(None)
    await judging.press(DANA, Click(names.RIGHT, ABOUT))
    assert "nobody keeps such answers" in _told(client)
    judging, client = _made(FakeJury(fails=StoreError("the database is away")))
    await judging.press(DANA, Click(names.RIGHT, ABOUT))
    assert "the database is away" in _told(client)
    judging, client = _made(FakeJury(fails=RuntimeError("canary")))
    with pytest.raises(RuntimeError):
        await judging.press(DANA, Click(names.RIGHT, ABOUT))
    assert "canary" not in _told(client)
