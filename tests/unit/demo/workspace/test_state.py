"""The workspace: who is there, who sees what, and what is told of changes."""

import pytest

from bot.demo.workspace.refusals import Refused
from bot.demo.workspace.seed import Seed
from bot.demo.workspace.state import Workspace
from tests.fakes.workspace import Hands


@pytest.fixture
def space() -> Workspace:
    """The demo's."""
    return Workspace(Seed(), Hands())


def _ids(space: Workspace, *names: str) -> set[str]:
    return {space.user(each)["id"] for each in names}


def test_stamps_never_repeat(space: Workspace) -> None:
    """Though the clock stands."""
    made = [space.stamp() for _ in range(3)]
    assert made == sorted(set(made))
    assert made[0] == "1700000000.000000"


def test_people_and_channels_are_found_by_name_and_id(space: Workspace) -> None:
    """And nobody else is."""
    assert space.user("@dana") is space.user("dana") is space.user(space.user("dana")["id"])
    assert space.channel("#random") is space.channel("random") is space.channel("C00000RANDOM")
    with pytest.raises(Refused, match="user_not_found"):
        space.user("nobody")
    with pytest.raises(Refused, match="channel_not_found"):
        space.channel("#nowhere")


def test_guests_and_strangers_see_where_they_are(space: Workspace) -> None:
    """Members of the team see every public channel, the others only theirs."""
    assert space.sees(space.user("dana")["id"], space.channel("#platform-alerts"))
    assert not space.sees(space.user("dana")["id"], space.channel("#sre-private"))
    for name, there, elsewhere in (("gus", "#random", "#payments"), ("riley", "#payments", "#random")):
        assert space.sees(space.user(name)["id"], space.channel(there))
        assert not space.sees(space.user(name)["id"], space.channel(elsewhere))
    assert not space.is_full_member(space.user("morgan")["id"])


def test_kinds_of_people_are_told(space: Workspace) -> None:
    """Deactivated, from elsewhere, guests, bots and Slackbot, which says it is none."""
    assert space.user("morgan")["deleted"]
    assert space.user("riley")["is_stranger"]
    assert space.user("gus")["is_restricted"]
    assert space.user("deploybot")["is_bot"]
    assert not space.users["USLACKBOT"]["is_bot"]


async def test_changes_are_told_to_who_sees_them(space: Workspace) -> None:
    """Messages to who is in the channel, ephemeral ones and warnings to one alone."""
    channel = space.channel("#sre-private")
    dana, sam = _ids(space, "dana").pop(), _ids(space, "sam").pop()
    with space.hub.watching(dana) as others, space.hub.watching(sam) as his:
        made = space.post(channel, {"text": "a"})
        space.change(channel, made["ts"], {"text": "b", "blocks": None})
        shown = space.show(channel, sam, {"text": "c"})
        space.reshow(channel, sam, shown["ts"], {"text": "d"})
        space.reshow(channel, sam, shown["ts"], None)
        space.remove(channel, made["ts"])
        space.warn(sam, "no")
        space.tell_modals(sam)
        told = [(his.get_nowait() or {})["type"] for _ in range(his.qsize())]
        assert told == [
            "message",
            "changed",
            "ephemeral",
            "changed",
            "deleted",
            "deleted",
            "warning",
            "modal",
        ]
        assert others.empty()


def test_direct_messages_arise_once(space: Workspace) -> None:
    """One channel per person."""
    dana = space.user("dana")["id"]
    assert space.direct(dana) is space.direct(dana)
    assert space.page_channel(space.direct(dana))["im"] is True


def test_few_files_are_kept(space: Workspace) -> None:
    """Memory is bounded."""
    for number in range(60):
        space.keep_file({"id": f"F{number}"})
        space.announce(f"s{number}", {"id": f"F{number}"})
    assert (len(space.files), len(space.uploads)) == (50, 50)
