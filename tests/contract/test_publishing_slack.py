"""A week's digest in a workspace: words and chart stand there once, whoever was killed in between and whatever Slack refuses."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot.demo.workspace.faults import Way
from bot.ports.keeping import Kind, Letter
from bot.ports.publishing import Edition
from bot.rendering import chart
from bot.rendering.chart import Bar
from bot.slack.letters import SlackScribe, posted
from bot.slack.messenger import Messenger
from tests import digests
from tests.fakes import mailroom
from tests.fakes.editions import FakeEditions
from tests.fakes.mailroom import LEASE, SHOP, SHOP_ID, Mailroom


EDITION = Edition("digest-2026-W47-abc", SHOP, datetime(2026, 11, 23, 9, tzinfo=UTC))
_HEADLINE = "Image pulls, 16 November to 23 November 2026"


async def _publish(room: Mailroom) -> None:
    picture = chart.drawn("A week", [Bar("The tag does not exist", 3, 1)])
    bodies = SlackScribe().digest(digests.digest("The tag does not exist"), picture)
    letters = [Letter(EDITION.name, SHOP, Kind.REPLY, each) for each in bodies]
    assert await FakeEditions(room.store.shelf).publish(EDITION, letters)


def _messenger(room: Mailroom) -> Messenger:
    return Messenger(room.store, room.client, posted, room.hasty.times, LEASE)


def _seen(room: Mailroom) -> list[str]:
    """What stands in the channel: the beginnings of texts, and the names of pictures."""
    top = room.slack.service.space.channels[SHOP_ID].top()
    return [each["files"][0]["title"] if each.get("files") else each["text"][:44] for each in top]


_WHOLE = [_HEADLINE, "incidents-2026-W47.png"]


async def test_digest_stands_in_the_channel_with_its_chart() -> None:
    """The words first, the chart below them in the channel itself, and not hidden in a thread; it says what it shows."""
    async with mailroom.workspace() as room:
        await _publish(room)
        async with mailroom.running(_messenger(room), asyncio.Event()):
            await room.until(lambda: not room.left)
        assert _seen(room) == _WHOLE
        (file,) = room.slack.service.space.files.values()
        assert file["content"].startswith(b"\x89PNG")
        assert (
            file["alt_txt"] == "Bar chart of incidents by cause. The tag does not exist: 3 (week before 1)."
        )


@pytest.mark.parametrize(
    "method", ["chat.postMessage", "files.completeUploadExternal", "files.getUploadURLExternal"]
)
@pytest.mark.parametrize("way", [Way.LOST, Way.RESET])
async def test_digest_is_told_once_whatever_answer_is_lost(method: str, way: Way) -> None:
    """Between storing and uploading somebody dies: whoever comes next looks what stands there already."""
    async with mailroom.workspace() as room:
        await _publish(room)
        fault = room.fault(method, way)
        async with mailroom.running(_messenger(room), asyncio.Event()):
            await room.until(lambda: not fault.times)
        async with mailroom.running(_messenger(room), asyncio.Event()):
            await room.until(lambda: not room.left)
        assert _seen(room) == _WHOLE


async def test_without_the_right_to_upload_the_words_stand_alone() -> None:
    """With what the chart would have shown."""
    async with mailroom.workspace("files:write") as room:
        await _publish(room)
        async with mailroom.running(_messenger(room), asyncio.Event()):
            await room.until(lambda: not room.left)
        assert _seen(room) == [_HEADLINE, "Bar chart of incidents by cause. The tag does"[:44]]
