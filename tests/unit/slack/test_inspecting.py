"""A workspace tells of itself, and nothing in it changes."""

from collections.abc import AsyncIterator

import pytest

from bot.demo.workspace.faults import Fault, Way
from bot.demo.workspace.server import SimulatedSlack
from bot.slack import inspecting
from bot.slack.admission import Identity
from bot.slack.inspecting import Inspection
from bot.slack.webapi import Refused


@pytest.fixture
async def slack() -> AsyncIterator[SimulatedSlack]:
    """A workspace."""
    async with SimulatedSlack() as running:
        yield running


@pytest.fixture
async def workspace(slack: SimulatedSlack) -> AsyncIterator[Inspection]:
    """The same, asked by the bot."""
    async with inspecting.inspecting(slack.api, slack.bot_token) as asked:
        yield asked


async def test_identity_has_scopes_and_a_clock(workspace: Inspection) -> None:
    """Both come in headers."""
    found = await workspace.identity()
    assert "chat:write" in found.scopes
    assert inspecting.told_at(found) is not None
    assert inspecting.told_at(Identity("T", "U")) is None


async def test_channels_are_found_by_name_and_id(workspace: Inspection, slack: SimulatedSlack) -> None:
    """What is not among them is not there for the bot."""
    one = slack.service.space.channel("#image-pulls")
    found = await workspace.channels(["#image-pulls", one.id, "#nowhere", "C0NOBODY000"])
    assert set(found.found) == {"#image-pulls", one.id}
    assert found.found[one.id].is_member
    assert found.is_whole


async def test_groups_have_members(workspace: Inspection) -> None:
    """By handle and id."""
    found = {each.handle: each for each in await workspace.groups()}
    assert found["sre"].members == ("U00000000SAM",)
    assert not found["sre"].is_off


@pytest.mark.parametrize(
    ("user", "told"), [("U00000000SAM", True), ("U0000000GUST", False), ("U0NOBODY000", None)]
)
async def test_is_member_tells_guests_from_members(
    workspace: Inspection, user: str, told: bool | None
) -> None:
    """And nobody from both."""
    assert await workspace.is_member(user) is told


async def test_socket_lets_the_app_token_in(workspace: Inspection, slack: SimulatedSlack) -> None:
    """Nothing is connected."""
    await workspace.socket(slack.app_token)
    assert not slack.service.sockets.connected


async def test_groups_say_why_there_are_none(workspace: Inspection, slack: SimulatedSlack) -> None:
    """Slack's own word."""
    slack.service.faults.add(Fault("usergroups.list", Way.ERROR, error="plan_upgrade_required"))
    with pytest.raises(Refused, match="plan_upgrade_required"):
        await workspace.groups()
