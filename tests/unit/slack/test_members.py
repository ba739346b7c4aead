"""Who somebody is, as the workspace says, and nobody more than that."""

from typing import Any

import pytest

from bot.errors import BotError
from bot.slack.incoming import Caller
from bot.slack.members import Members
from bot.slack.webapi import Refused
from tests.fakes.slack_client import FakeSlack, refusal


HOME = "T1HOME"
PERSON = {"id": "U1", "team_id": HOME, "profile": {"display_name": "dana"}}
GROUPS = {"usergroups": [{"id": "S1", "handle": "sre", "users": ["U1"]}]}
CHANNEL = {"channel": {"id": "C1", "name": "shop"}}


def _members(now: list[float] | None = None, **answers: Any) -> tuple[Members, FakeSlack]:
    known = {"users_info": {"user": PERSON}, "usergroups_list": GROUPS, "conversations_info": CHANNEL}
    slack = FakeSlack(**{**known, **answers})
    return Members(slack, lambda: HOME, lambda: (now or [0.0])[0]), slack


async def test_member_is_known_with_groups_and_channel() -> None:
    """Groups by id and by handle."""
    members, _ = _members()
    asker = await members.asker(Caller("U1", HOME, "C1"))
    assert asker.person.name == "dana"
    assert asker.person.groups == {"S1", "@sre"}
    assert (asker.channel, asker.channel_name) == ("C1", "#shop")
    assert not asker.person.outside


@pytest.mark.attack(6, "guest", "bot", "deactivated")
@pytest.mark.parametrize(
    "changed",
    [
        {"deleted": True},
        {"is_bot": True},
        {"is_restricted": True},
        {"is_ultra_restricted": True},
        {"is_stranger": True},
        {"is_stranger": None},
        {"team_id": "T2FAR"},
    ],
)
async def test_guests_bots_and_strangers_are_outside(changed: dict[str, Any]) -> None:
    """Case 6; and they are in no group, whatever a list says."""
    members, slack = _members(users_info={"user": PERSON | changed})
    asker = await members.asker(Caller("U1", HOME, "C1"))
    assert asker.person.outside
    assert asker.person.groups == frozenset()
    assert slack.of("usergroups_list") == []


@pytest.mark.attack(6, "Slack Connect user")
async def test_click_from_another_workspace_is_outside() -> None:
    """Whatever our own list of people says of that id."""
    members, _ = _members()
    asker = await members.asker(Caller("U1", "T2FAR", "C1"))
    assert asker.person.outside
    assert asker.person.team == "T2FAR"


async def test_organisation_shares_its_people() -> None:
    """A member of ours whose first workspace is another of the organisation."""
    shared = PERSON | {"team_id": "T3SISTER", "enterprise_user": {"teams": ["T3SISTER", HOME]}}
    members, _ = _members(users_info={"user": shared})
    asker = await members.asker(Caller("U1", "T3SISTER"))
    assert not asker.person.outside
    assert asker.person.team == HOME


async def test_nobody_is_inside_before_the_home_is_known() -> None:
    """Failing closed."""
    slack = FakeSlack(users_info={"user": PERSON})
    members = Members(slack, lambda: "", lambda: 0.0)
    assert (await members.asker(Caller("U1", ""))).person.outside


@pytest.mark.parametrize(
    "answer", [refusal("user_not_found"), {"user": None}, {"user": PERSON | {"id": "U2"}}]
)
async def test_who_cannot_be_looked_up_is_nobody(answer: Any) -> None:
    """Also when somebody else is answered for."""
    members, _ = _members(users_info=answer)
    with pytest.raises(Refused):
        await members.asker(Caller("U1", HOME))


@pytest.mark.parametrize(
    ("code", "fix"), [("plan_upgrade_required", "ids in the settings"), ("missing_scope", "usergroups:read")]
)
async def test_groups_that_cannot_be_read_are_empty(code: str, fix: str) -> None:
    """And health says why, with the fix."""
    members, _ = _members(usergroups_list=refusal(code, needed="usergroups:read"))
    assert (await members.asker(Caller("U1", HOME))).person.groups == frozenset()
    assert fix in members.troubles["user groups"].hint


async def test_members_are_asked_for_where_the_list_lacks_them() -> None:
    """By group."""
    members, slack = _members(
        usergroups_list={"usergroups": [{"id": "S1", "handle": "sre"}]},
        usergroups_users_list={"users": ["U1"]},
    )
    assert (await members.asker(Caller("U1", HOME))).person.groups == {"S1", "@sre"}
    assert slack.of("usergroups_users_list") == [{"usergroup": "S1"}]


async def test_what_was_read_is_believed_for_a_minute() -> None:
    """Then somebody who was taken out of a group is out."""
    now = [0.0]
    members, slack = _members(now, usergroups_list=[GROUPS, {"usergroups": []}])
    for _ in range(3):
        assert (await members.asker(Caller("U1", HOME, "C1"))).person.groups
    assert len(slack.calls) == 3
    now[0] = 61.0
    assert not (await members.asker(Caller("U1", HOME, "C1"))).person.groups


@pytest.mark.parametrize(
    ("channel", "answer", "place"),
    [
        ("", {}, ("", "")),
        ("D1", {"channel": {"id": "D1", "is_im": True}}, ("", "")),
        ("D1", refusal("channel_not_found"), ("", "")),
        ("C1", refusal("channel_not_found"), ("C1", "")),
        ("G1", {"channel": {"id": "G1", "is_mpim": True, "name": "mpdm-a--b-1"}}, ("G1", "")),
    ],
)
async def test_place_is_named_as_far_as_it_is_known(
    channel: str, answer: Any, place: tuple[str, str]
) -> None:
    """None where nobody else sees it; no name where the bot is no member."""
    members, _ = _members(conversations_info=answer)
    asker = await members.asker(Caller("U1", HOME, channel))
    assert (asker.channel, asker.channel_name) == place


async def test_memory_is_bounded() -> None:
    """Whoever asks."""
    members, _ = _members()
    members._people._most = 3
    for number in range(10):
        with pytest.raises(Refused):
            await members.asker(Caller(f"U{number}X", HOME))
    assert len(members._people._kept) <= 3
    assert members._people._locks == {}


async def test_afresh_believes_nothing_that_was_read_before() -> None:
    """Case 6: removed from the group a second ago, or deactivated."""
    left = [GROUPS, {"usergroups": []}]
    gone = [{"user": PERSON}, {"user": PERSON}, {"user": PERSON | {"deleted": True}}]
    members, slack = _members(usergroups_list=left, users_info=gone)
    assert (await members.asker(Caller("U1", HOME, "C1"))).person.groups
    fresh = await members.afresh(Caller("U1", HOME, "C1"))
    assert (fresh.person.groups, fresh.channel_name) == (frozenset(), "#shop")
    assert (await members.afresh(Caller("U1", HOME))).person.outside
    assert len(slack.of("users_info")) == 3


@pytest.mark.parametrize(
    "code", ["ratelimited", "internal_error", "invalid_auth", "fatal_error", "no_permission"]
)
async def test_afresh_says_nothing_where_slack_does_not(code: str) -> None:
    """Failing closed: neither who somebody is nor in which groups is guessed."""
    members, _ = _members(usergroups_list=refusal(code, retry_after=60))
    await members.asker(Caller("U1", HOME, "C1"))
    with pytest.raises(Refused):
        await members.afresh(Caller("U1", HOME, "C1"))
    with pytest.raises(Refused):
        await _members(users_info=refusal(code, retry_after=60))[0].person(f"{HOME}/U1")


@pytest.mark.parametrize("code", ["plan_upgrade_required", "missing_scope"])
async def test_workspace_without_groups_still_has_people(code: str) -> None:
    """The settings may name them one by one."""
    members, _ = _members(usergroups_list=refusal(code))
    fresh = await members.afresh(Caller("U1", HOME))
    assert (fresh.person.outside, fresh.person.groups) == (False, frozenset())
    assert "user groups" in members.troubles


async def test_person_is_known_by_team_and_id() -> None:
    """None for whom nobody knows; outside for a team that is not theirs."""
    members, _ = _members()
    found = await members.person(f"{HOME}/U1")
    assert found is not None
    assert (found.id, found.team, found.groups) == ("U1", HOME, {"S1", "@sre"})
    far = await members.person("T2FAR/U1")
    assert far is not None
    assert far.outside
    for who in ("", "U1", f"{HOME}/", f"{HOME}/<@U1>"):
        assert await members.person(who) is None
    assert await _members(users_info=refusal("user_not_found"))[0].person(f"{HOME}/U1") is None


async def test_present_are_those_who_are_known_now() -> None:
    """With their groups and where, all of it asked afresh and the groups once; a guest has none, who is gone is left out."""
    guest = {"user": PERSON | {"id": "U2", "is_restricted": True}}
    one = {"user": PERSON}
    members, slack = _members(users_info=[one, one, guest, refusal("user_not_found")])
    await members.asker(Caller("U1", HOME, "C1"))
    found = await members.present([f"{HOME}/U1", f"{HOME}/U2", f"{HOME}/U3", "nobody"], "C1")
    assert [each.person.key for each in found] == [f"{HOME}/U1", f"{HOME}/U2"]
    assert [each.person.groups for each in found] == [{"S1", "@sre"}, frozenset()]
    assert {(each.channel, each.channel_name) for each in found} == {("C1", "#shop")}
    assert len(slack.of("usergroups_list")) == 2
    assert await members.present([], "C1") == ()


async def test_nobody_is_present_for_certain_where_slack_does_not_say() -> None:
    """Also before it has said which workspace this is: everybody would be a stranger."""
    for method in ("users_info", "usergroups_list", "conversations_info"):
        members, _ = _members(**{method: refusal("fatal_error")})
        with pytest.raises(Refused):
            await members.present([f"{HOME}/U1"], "C1")
    _, slack = _members()
    early = Members(slack, lambda: "", lambda: 0.0)
    with pytest.raises(BotError, match="has not let the bot in"):
        await early.present([f"{HOME}/U1"], "C1")


async def test_place_that_may_not_be_read_has_an_id() -> None:
    """As at a click: that is no passing trouble."""
    for code, more in (("channel_not_found", {}), ("missing_scope", {"needed": "channels:read"})):
        members, _ = _members(conversations_info=refusal(code, **more))
        (found,) = await members.present([f"{HOME}/U1"], "C1")
        assert (found.channel, found.channel_name) == ("C1", "")
