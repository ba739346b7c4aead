"""A yes is asked for by who clicked, where they clicked, as Slack knows them at that moment; and refused to them alone."""

from typing import Any

import pytest

from bot.facts.proposal import Stage
from bot.ports.answering import Nothing
from bot.ports.keeping import Address
from bot.ports.repairing import Proposed
from bot.slack import names
from bot.slack.deciding import Deciding
from bot.slack.incoming import Caller, Click
from bot.slack.members import Members
from bot.slack.replying import Replies
from tests.fakes.repairs import PLAN, FakeRepairs, proposal
from tests.fakes.slack_client import FakeSlack, refusal


DANA = Caller("U1", "T1", "C1")
PERSON = {"id": "U1", "team_id": "T1", "name": "dana"}
YES = Click(names.APPROVE, PLAN, "C1", "1.2")


def _made(repairs: FakeRepairs | None, **answers: Any) -> tuple[Deciding, FakeSlack]:
    known = {
        "users_info": {"user": PERSON},
        "usergroups_list": {"usergroups": [{"id": "S1", "handle": "sre", "users": ["U1"]}]},
        "chat_postMessage": {"ts": "9.9", "channel": "D1"},
    }
    client = FakeSlack(**{**known, **answers})
    return Deciding(repairs, Members(client, lambda: "T1", lambda: 0.0), Replies(client, None)), client


def _told(client: FakeSlack) -> str:
    """What only the clicker heard."""
    (sent,) = client.of("chat_postEphemeral")
    assert (sent["channel"], sent["user"]) == ("C1", "U1")
    return str(sent)


async def test_yes_and_no_carry_who_and_where() -> None:
    """The plan's id, the clicked message, and groups as they are now."""
    repairs = FakeRepairs(proposals={PLAN: proposal(stage=Stage.APPROVED)})
    for action, method, said in (
        (names.APPROVE, "approve", "You said yes"),
        (names.DECLINE, "decline", "You said no"),
    ):
        deciding, client = _made(repairs)
        await deciding.press(DANA, Click(action, PLAN, "C1", "1.2"))
        assert said in _told(client)
        name, asker, what = repairs.asked[-1]
        assert (name, what) == (method, PLAN)
        assert asker.person.groups == {"S1", "@sre"}
        assert repairs.clicks[-1].address == Address("C1", "1.2")


async def test_everything_is_asked_afresh_at_each_click() -> None:
    """Case 6: who was taken out of the group meanwhile is out, and who said yes before is asked about, too."""
    sam = {"id": "U2", "team_id": "T1", "name": "sam", "deleted": True}
    repairs = FakeRepairs(proposals={PLAN: proposal()}, rechecked=("T1/U2", "T1/U1"))
    groups = [{"usergroups": [{"id": "S1", "handle": "sre", "users": ["U1"]}]}, {"usergroups": []}]
    deciding, client = _made(
        repairs, users_info=[{"user": PERSON}, {"user": sam}, {"user": PERSON}], usergroups_list=groups
    )
    await deciding.press(DANA, YES)
    assert [each and (each.name, each.outside, bool(each.groups)) for each in repairs.found] == [
        ("sam", True, False),
        ("dana", False, False),
    ]
    assert len(client.of("users_info")) == 3


@pytest.mark.parametrize(
    "answers",
    [
        {"users_info": refusal("user_not_found")},
        {"users_info": refusal("ratelimited", retry_after=60)},
        {"usergroups_list": refusal("internal_error")},
    ],
)
async def test_who_cannot_be_known_says_nothing(answers: dict[str, Any]) -> None:
    """Nobody is asked, and the clicker is told why."""
    repairs = FakeRepairs(proposals={PLAN: proposal()})
    deciding, client = _made(repairs, **answers)
    await deciding.press(DANA, YES)
    assert repairs.asked == []
    assert "Slack says" in _told(client)


async def test_who_cannot_be_asked_about_later_ends_it() -> None:
    """An earlier yes of somebody of whom Slack does not say who they are now counts for nothing."""
    repairs = FakeRepairs(proposals={PLAN: proposal()}, rechecked=("T1/U2",))
    deciding, client = _made(repairs, users_info=[{"user": PERSON}, refusal("fatal_error")])
    await deciding.press(DANA, YES)
    assert "Slack says fatal_error" in _told(client)


@pytest.mark.parametrize(
    "value", ["", "x", "p;x", "<!channel>", "\0", "\ud83d", "p" * 3_000, f"{PLAN} {PLAN}"]
)
async def test_edited_value_is_no_plan(value: str) -> None:
    """Case 5: it is refused where refusals are recorded, and never a name that a store would choke on."""
    repairs = FakeRepairs(proposals={PLAN: proposal()})
    deciding, client = _made(repairs)
    await deciding.press(DANA, Click(names.APPROVE, value, "C1", "1.2"))
    assert repairs.questions("approve") == [""]
    assert "no such plan" in _told(client)


async def test_refusal_is_told_to_the_clicker_alone() -> None:
    """And so is a fault of ours."""
    repairs = FakeRepairs(verdict=Nothing("you may not approve this", "@sre may"))
    deciding, client = _made(repairs)
    await deciding.press(DANA, YES)
    assert "you may not approve this" in _told(client)
    assert client.of("chat_postMessage") == []
    deciding, client = _made(FakeRepairs(fails=RuntimeError("canary")))
    with pytest.raises(RuntimeError):
        await deciding.press(DANA, YES)
    assert "canary" not in _told(client)


async def test_without_changes_a_card_does_nothing() -> None:
    """One that is there since the settings allowed some."""
    deciding, client = _made(None)
    await deciding.press(DANA, YES)
    assert "nothing can be changed" in _told(client)


async def test_whole_plan_goes_to_who_may_see_it() -> None:
    """As a file in their direct messages; others hear that there is none."""
    repairs = FakeRepairs(proposals={PLAN: proposal()}, verdict=Proposed(proposal()))
    deciding, client = _made(repairs)
    await deciding.press(DANA, Click(names.WHOLE, PLAN, "C1", "1.2"))
    (file,) = client.of("files_upload_v2")
    assert (file["channel"], file["filename"]) == ("D1", f"plan-{PLAN}.txt")
    assert client.of("chat_postMessage")[0]["channel"] == "U1"
    assert "direct messages" in _told(client)
    repairs.denied = frozenset({"U1"})
    deciding, client = _made(repairs)
    await deciding.press(DANA, Click(names.WHOLE, PLAN, "C1", "1.2"))
    assert "no such plan" in _told(client)
    assert client.of("files_upload_v2") == []
