"""Those whom the settings name are held against those who are there."""

from bot.facts.finding import State
from bot.settings import Settings
from bot.slack.inspecting import Channel, Channels, Group
from bot.wiring.doctor import people
from bot.wiring.doctor.people import Named, Roll


SRE = Group("S0SRE", "sre", ("U01SAM0000",))
ROLL = Roll(
    {"@sre": SRE, "S0SRE": SRE, "@off": Group("S1", "off", ("U01",), is_off=True)},
    {"U0NONE": None, "U0GUEST": False},
)


def _found(*who: str, quorum: int = 1, roll: Roll = ROLL) -> list[State]:
    return [each.state for each in people.judged([Named("approvals[0].approvers", who, quorum)], roll)]


def test_named_finds_every_place_that_names_people() -> None:
    """Routes, people, approvals and copies."""
    settings = Settings.model_validate(
        {
            "routes": [
                {"channel": "#a", "mention": "@sre <!subteam^S0SRE|sre>", "mentions": {"high": "@here"}}
            ],
            "approvals": [{"actions": "*", "approvers": "@sre", "quorum": 2}],
            "secrets": {
                "copies": [{"from": "a/b", "to": "c", "registries": ["r.example"], "approvers": "@sre"}]
            },
        }
    )
    found = {each.key: each for each in people.named(settings)}
    assert found["routes[0].mention"].who == ("@sre", "S0SRE", "@here")
    assert found["approvals[0].approvers"].quorum == 2
    assert "secrets.copies[0].approvers" in found


def test_judged_is_content_with_who_is_there() -> None:
    """By handle, by id, everybody, and those of other workspaces, who cannot be looked up."""
    assert _found("@sre", "S0SRE", quorum=0) == [State.OK]
    assert _found("*", "@here", "#channel", quorum=0) == [State.OK]


def test_judged_finds_who_cannot_say_yes() -> None:
    """Nobody, a guest, a group that is off, one that is not there."""
    for who in ("@nobody", "@off", "U0NONE", "U0GUEST"):
        assert _found(who, "@sre") == [State.WRONG]


def test_judged_counts_people_once() -> None:
    """Two names of one group are one person."""
    assert _found("@sre", "S0SRE", quorum=2) == [State.WRONG]


def test_judged_knows_nothing_where_slack_tells_nothing() -> None:
    """Groups that cannot be read are not empty."""
    assert _found("@sre", roll=Roll(None, {}, "no scope")) == [State.UNCHECKED]


def test_judged_channels_knows_how_far_it_read() -> None:
    """A name that was not found in a part of the workspace is not known."""
    wanted = {"#a": ["routes[0].channel"], "#b": []}
    there = {"#a": Channel("C1", "a", is_member=True, is_archived=False)}
    states = [
        [each.state for each in people.judged_channels(wanted, channels)]
        for channels in (Channels(there, True), Channels({}, False), Channels({}, True))
    ]
    assert states == [[State.OK], [State.UNCHECKED], [State.WRONG]]
