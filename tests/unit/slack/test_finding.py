"""What was posted is found by its key, and nobody else's word is taken for it."""

from dataclasses import replace
from typing import Any

import pytest

from bot.demo.workspace.faults import Way
from bot.ports.keeping import Address, Delivery
from bot.slack import finding
from bot.slack.finding import Blind, Directory, Sighting
from bot.slack.message import File
from bot.slack.refusals import Fate, Refusal
from tests.fakes import mailroom
from tests.fakes.mailroom import Mailroom, message, reply


def _delivery(made: Mailroom, number: int = 7, **changes: Any) -> Delivery:
    return replace(Delivery(number, message("one"), 1, made.hasty.now()), **changes)


async def _post(made: Mailroom, key: str, **more: Any) -> str:
    metadata = {"event_type": finding.EVENT, "event_payload": {"key": key}}
    answer = await made.client.chat_postMessage(
        channel=mailroom.SHOP_ID, text="x", **{"metadata": metadata, **more}
    )
    return str(answer["ts"])


async def _found(made: Mailroom, delivery: Delivery) -> tuple[Sighting, ...]:
    return await finding.sightings(mailroom.calls(made), Directory(), delivery)


async def test_message_is_found_by_its_key() -> None:
    """Every time that it stands there, among others; its channel is looked up by its name."""
    async with mailroom.workspace() as made:
        made.slack.service.rates.limits.on = False
        first = await _post(made, "aaa-7")
        await _post(made, "aaa-77")
        await _post(made, "aaa-7", metadata={"event_type": "other", "event_payload": {"key": "aaa-7"}})
        again = await _post(made, "aaa-7")
        seen = await _found(made, _delivery(made))
        assert seen == (Sighting(mailroom.SHOP_ID, first), Sighting(mailroom.SHOP_ID, again))
        assert await _found(made, _delivery(made, 8)) == ()


async def test_reply_is_found_in_its_thread() -> None:
    """Also where there are more of them than one page holds."""
    async with mailroom.workspace() as made:
        made.slack.service.rates.limits.on = False
        parent = await _post(made, "aaa-1")
        place = made.slack.service.space.channels[mailroom.SHOP_ID]
        for _ in range(210):
            made.slack.service.say(place, {"text": "x", "thread_ts": parent})
        last = await _post(made, "aaa-211", thread_ts=parent)
        where = Address(mailroom.SHOP_ID, parent)
        assert await _found(made, _delivery(made, 211, letter=reply("x"), address=where)) == (
            Sighting(mailroom.SHOP_ID, last),
        )
        assert made.called("conversations.replies") == ["conversations.replies"] * 2


async def test_reply_whose_thread_is_gone_is_looked_for_in_the_channel() -> None:
    """There it would stand."""
    async with mailroom.workspace() as made:
        alone = await _post(made, "aaa-7")
        where = Address(mailroom.SHOP_ID, "1600000000.000001")
        seen = await _found(made, _delivery(made, letter=reply("x"), address=where))
        assert seen == (Sighting(mailroom.SHOP_ID, alone),)


async def test_word_of_others_is_not_believed() -> None:
    """Anybody in the channel may post a key or a file of that name."""
    async with mailroom.workspace() as made:
        parent = await _post(made, "aaa-1")
        place = made.slack.service.space.channels[mailroom.SHOP_ID]
        metadata = {"event_type": finding.EVENT, "event_payload": {"key": "aaa-7"}}
        files = [{"id": "F1", "name": "log-aaa-7.txt"}]
        said = {"user": "U0000000DANA", "bot_id": "B1", "text": "x", "metadata": metadata, "files": files}
        made.slack.service.space.post(place, {**said, "thread_ts": parent})
        made.slack.service.space.post(place, said)
        where = Address(mailroom.SHOP_ID, parent)
        assert await _found(made, _delivery(made, letter=reply("x"), address=where)) == ()
        assert await _found(made, _delivery(made)) == ()


async def test_file_is_found_by_its_name() -> None:
    """It carries no metadata."""
    async with mailroom.workspace() as made:
        parent = await _post(made, "aaa-1")
        delivery = _delivery(made, letter=reply("x"), address=Address(mailroom.SHOP_ID, parent))
        ids = []
        for name in (finding.file_name(File("log.txt", ""), delivery), "log-aaa-77.txt"):
            sent = await made.client.files_upload_v2(
                filename=name, content="x", channel=mailroom.SHOP_ID, thread_ts=parent
            )
            ids.append(sent["files"][0]["id"])
        assert [each.file for each in await _found(made, delivery)] == ids[:1]


@pytest.mark.parametrize(
    ("name", "made_of"),
    [
        ("log.txt", "log-aaa-7.txt"),
        ("log", "log-aaa-7"),
        ("a.tar.gz", "a.tar-aaa-7.gz"),
        ("x/../y.txt", "y-aaa-7.txt"),
    ],
)
def test_file_has_the_key_in_its_name(name: str, made_of: str) -> None:
    """Before what says its kind."""
    delivery = Delivery(7, reply("x"), 1, mailroom.Hasty(1).now())
    assert finding.file_name(File(name, ""), delivery) == made_of


async def test_who_may_not_read_is_blind() -> None:
    """Without the scopes, or where the channel's id cannot be known."""
    async with mailroom.workspace(*mailroom.HISTORY) as made:
        with pytest.raises(Blind) as blind:
            await _found(made, _delivery(made))
        assert blind.value.name == "missing_scope"
        with pytest.raises(Blind) as blind:
            await _found(made, _delivery(made, letter=message("x", channel="#nowhere")))
        assert blind.value.name == "channel_not_found"


async def test_who_cannot_read_now_comes_again() -> None:
    """That is not the same as to find nothing."""
    async with mailroom.workspace() as made:
        made.fault("conversations.history", Way.STATUS, status=500)
        with pytest.raises(Refusal) as refused:
            await _found(made, _delivery(made))
        assert refused.value.fate is Fate.UNSURE


def test_replies_of_a_card_have_two_threads_to_go_to() -> None:
    """The one that it stands in, and its own where that is gone; a message without either stands in the channel."""
    above, own = Address("C1", "1"), Address("C1", "2")
    now = mailroom.Hasty(1).now()
    card = Delivery(7, message("x"), 0, now, own, above)
    assert finding.threads(card) == (above,)
    assert finding.threads(replace(card, under=None)) == ()
    assert finding.threads(replace(card, letter=reply("x"))) == (above, own)
    assert finding.threads(replace(card, letter=reply("x"), under=None)) == (own,)
