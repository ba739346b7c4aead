"""One letter is one visible thing, however it must be said."""

from dataclasses import replace
from typing import Any

import pytest

from bot.demo.workspace.faults import Way
from bot.ports.keeping import Address, Delivery, Letter
from bot.slack.finding import Directory
from bot.slack.message import File, Message
from bot.slack.posting import Postman
from bot.slack.refusals import Fate, Refusal
from tests.fakes import mailroom
from tests.fakes.mailroom import Mailroom, message, reply


def _delivery(made: Mailroom, letter: Letter, **changes: Any) -> Delivery:
    return replace(Delivery(7, letter, 0, made.hasty.now()), **changes)


async def _parent(made: Mailroom) -> Address:
    return (await mailroom.postman(made).bring(_delivery(made, message("one"), number=1))).address


def _spelling(made: Mailroom, said: Message | File) -> Postman:
    return Postman(mailroom.calls(made), Directory(), lambda _: said)


async def test_message_reply_file_and_edit_have_their_places() -> None:
    """And say where they stand."""
    async with mailroom.workspace() as made:
        at = await _parent(made)
        assert at.channel == mailroom.SHOP_ID
        below = await mailroom.postman(made).bring(_delivery(made, reply("a"), address=at))
        file = await mailroom.postman(made).bring(_delivery(made, reply("file:log"), address=at))
        edit = await mailroom.postman(made).bring(_delivery(made, message("two"), address=at))
        assert made.seen() == ["two", "  a", "  file:log"]
        assert below.is_own
        assert file.file.startswith("F")
        assert (edit.address, edit.is_edit, edit.is_own) == (at, True, False)


async def test_what_was_tried_is_looked_for_first() -> None:
    """By the same key; what is not found is sent."""
    async with mailroom.workspace() as made:
        first = await mailroom.postman(made).bring(_delivery(made, message("one")))
        again = await mailroom.postman(made).bring(_delivery(made, message("one"), tries=1))
        assert again == replace(first, is_own=False)
        await mailroom.postman(made).bring(_delivery(made, message("two"), tries=1, number=8))
        assert made.seen() == ["one", "two"]


async def test_blocks_that_slack_refuses_go_as_text(caplog: pytest.LogCaptureFixture) -> None:
    """The log says which letter it was and where it is wrong."""
    async with mailroom.workspace() as made:
        wrong = Message(
            "in short", ({"type": "section", "text": {"type": "plain_text", "text": "x" * 4000}},)
        )
        await _spelling(made, wrong).bring(_delivery(made, message("?")))
        assert made.seen() == ["plain:in short"]
        assert "aaa-7: invalid_blocks" in caplog.text


async def test_edit_that_slack_refuses_goes_as_text() -> None:
    """The old blocks are gone then."""
    async with mailroom.workspace() as made:
        at = await _parent(made)
        made.fault("chat.update", Way.ERROR, error="msg_too_long")
        await mailroom.postman(made).bring(_delivery(made, message("two"), address=at))
        assert made.seen() == ["plain:two"]


async def test_text_that_slack_refuses_is_told_of() -> None:
    """Something stands there in any case."""
    async with mailroom.workspace() as made:
        made.fault("chat.postMessage", Way.ERROR, error="msg_too_long", times=2)
        await mailroom.postman(made).bring(_delivery(made, message("one")))
        assert made.seen() == ["plain:This could not be shown; the bot's log says why."]
        made.fault("chat.postMessage", Way.ERROR, error="msg_too_long", times=3)
        with pytest.raises(Refusal) as refused:
            await mailroom.postman(made).bring(_delivery(made, message("one")))
        assert refused.value.fate is Fate.CLOSED


async def test_file_that_slack_refuses_goes_as_text() -> None:
    """As much of it as a message holds, and nothing in it means anything."""
    async with mailroom.workspace() as made:
        at = await _parent(made)
        for content in ("<!channel> & more " * 300, ""):
            made.slack.service.rates.limits.on = False
            made.fault("files.getUploadURLExternal", Way.ERROR, error="file_uploads_disabled")
            await _spelling(made, File("log.txt", content)).bring(_delivery(made, reply("?"), address=at))
        texts = [
            each["text"] for each in made.slack.service.space.channels[mailroom.SHOP_ID].replies(at.moment)
        ]
        assert texts[0].startswith("log.txt")
        assert "<" not in texts[0]
        assert len(texts[0]) <= 3_000


async def test_right_to_upload_that_is_missing_holds_up_nothing() -> None:
    """What the file says goes as text, and other channels wait for nothing."""
    async with mailroom.workspace("files:write") as made:
        at = await _parent(made)
        await _spelling(made, File("log.txt", "words")).bring(_delivery(made, reply("?"), address=at))
        (told,) = made.slack.service.space.channels[mailroom.SHOP_ID].replies(at.moment)
        assert told["text"].startswith("log.txt")


async def test_file_is_never_an_incidents_message() -> None:
    """Nothing could be edited, and nothing replied to."""
    async with mailroom.workspace() as made:
        await _spelling(made, File("log.txt", "words")).bring(_delivery(made, message("?")))
        (line,) = made.seen()
        assert line.startswith("plain:log.txt")


async def test_letter_that_cannot_be_spelled_arrives(caplog: pytest.LogCaptureFixture) -> None:
    """Another version may have written it; the log says so, without its words."""

    def spelled(letter: Letter) -> Message:
        raise ValueError(letter.body)

    async with mailroom.workspace() as made:
        await Postman(mailroom.calls(made), Directory(), spelled).bring(_delivery(made, message("canary")))
        assert made.seen() == ["plain:This could not be shown; the bot's log says why."]
        assert "ValueError" in caplog.text
        assert "canary" not in caplog.text


async def test_reply_whose_thread_is_gone_stands_alone() -> None:
    """Better than not at all."""
    async with mailroom.workspace() as made:
        nowhere = Address(mailroom.SHOP_ID, "1600000000.000001")
        await mailroom.postman(made).bring(_delivery(made, reply("a"), address=nowhere))
        made.fault("chat.postMessage", Way.LOST, times=2)
        postman = mailroom.postman(made)
        with pytest.raises(Refusal):
            await postman.bring(_delivery(made, reply("b"), address=nowhere, number=8))
        assert postman.is_in_doubt
        assert made.seen() == ["a"]


async def test_edit_of_a_message_that_is_gone_posts_it_anew() -> None:
    """And finds it, if that was tried before."""
    async with mailroom.workspace() as made:
        nowhere = Address(mailroom.SHOP_ID, "1600000000.000001")
        delivery = _delivery(made, message("two"), address=nowhere)
        first = await mailroom.postman(made).bring(delivery)
        again = await mailroom.postman(made).bring(replace(delivery, tries=1))
        assert first.address == again.address != nowhere
        assert made.seen() == ["two"]


async def test_doubt_is_marked_where_nobody_can_look() -> None:
    """In the message, in its notification, in a file's title; and the next edit takes it away."""
    async with mailroom.workspace(*mailroom.HISTORY) as made:
        made.slack.service.rates.limits.on = False
        postman = mailroom.postman(made)
        arrival = await postman.bring(_delivery(made, message("one"), tries=1))
        assert arrival.is_repeat
        assert postman.blind == "missing_scope"
        mark = "Possibly a repetition: Slack did not say whether this arrived before."
        assert made.seen() == [f"one ({mark})"]
        await mailroom.postman(made).bring(
            _delivery(made, reply("file:log"), tries=1, address=arrival.address, number=8)
        )
        await mailroom.postman(made).bring(_delivery(made, message("two"), address=arrival.address, number=9))
        assert made.seen() == ["two", "  file:(possibly repeated) log"]


@pytest.mark.parametrize("body", ["one", "file:log"])
async def test_what_was_sent_can_be_taken_back(body: str) -> None:
    """Also when it is gone already."""
    async with mailroom.workspace() as made:
        at = await _parent(made)
        delivery = _delivery(made, reply(body), address=at)
        arrival = await mailroom.postman(made).bring(delivery)
        for _ in range(2):
            await mailroom.postman(made).delete(delivery, arrival)
        assert made.seen() == ["one"]


async def test_card_and_its_replies_stand_in_the_thread_they_belong_to() -> None:
    """The card is edited where it stands; what comes below it goes into the same thread, since there is none in a thread."""
    async with mailroom.workspace() as made:
        above = await _parent(made)
        card = message("card", "plan")
        at = (await mailroom.postman(made).bring(_delivery(made, card, under=above))).address
        for told in (message("approved", "plan"), reply("done", "plan"), reply("file:diff", "plan")):
            await mailroom.postman(made).bring(_delivery(made, told, address=at, under=above))
        assert made.seen() == ["one", "  approved", "  done", "  file:diff"]


async def test_card_whose_thread_is_gone_stands_alone_with_its_replies() -> None:
    """Somebody deleted the message above."""
    async with mailroom.workspace() as made:
        gone = replace(await _parent(made), moment="1.000000")
        at = (
            await mailroom.postman(made).bring(_delivery(made, message("card", "plan"), under=gone))
        ).address
        below = _delivery(made, reply("done", "plan"), address=at, under=gone, number=8)
        await mailroom.postman(made).bring(below)
        assert made.seen() == ["one", "card", "  done"]
        again = await mailroom.postman(made).bring(replace(below, tries=1))
        assert not again.is_own
        assert made.seen() == ["one", "card", "  done"]


async def test_card_that_was_tried_is_looked_for_in_its_thread() -> None:
    """Where the channel's own history does not show it."""
    async with mailroom.workspace() as made:
        above = await _parent(made)
        card = _delivery(made, message("card", "plan"), under=above)
        first = await mailroom.postman(made).bring(card)
        again = await mailroom.postman(made).bring(replace(card, tries=1))
        assert again == replace(first, is_own=False)
        assert made.seen() == ["one", "  card"]


async def test_card_that_somebody_deleted_is_posted_anew_in_its_thread() -> None:
    """An edit finds it gone."""
    async with mailroom.workspace() as made:
        above = await _parent(made)
        lost = replace(above, moment="1.000000")
        edit = _delivery(made, message("card", "plan"), address=lost, under=above)
        arrival = await mailroom.postman(made).bring(edit)
        assert arrival.is_own
        assert made.seen() == ["one", "  card"]


async def test_picture_stands_by_itself_and_says_what_it_shows() -> None:
    """In the channel, where it belongs to no thread; and is found there again."""
    chart = File("week.png", "Bar chart of it", b"\x89PNG\r\n")
    async with mailroom.workspace() as made:
        first = await _spelling(made, chart).bring(_delivery(made, reply("chart")))
        again = await _spelling(made, chart).bring(_delivery(made, reply("chart"), tries=1))
        assert first.is_own
        assert not again.is_own
        assert first.file == again.file
        (file,) = made.slack.service.space.files.values()
        assert (file["name"], file["content"]) == ("week-aaa-7.png", b"\x89PNG\r\n")
        assert file["channels"] == [mailroom.SHOP_ID]


async def test_picture_that_cannot_be_shown_is_told_in_words() -> None:
    """Where the right to upload is missing, or the channel is not to be found."""
    chart = File("week.png", "Bar chart of it", b"\x89PNG\r\n")
    async with mailroom.workspace("files:write") as made:
        await _spelling(made, chart).bring(_delivery(made, reply("chart")))
        assert made.seen() == ["plain:Bar chart of it"]
