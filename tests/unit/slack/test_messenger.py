"""A messenger delivers what there is, in order and once, whatever Slack does meanwhile."""

import asyncio
import logging
from dataclasses import replace
from typing import Any

import pytest

from bot.demo.workspace.faults import Way
from bot.errors import StoreError
from bot.ports.keeping import Delivery
from tests.fakes import mailroom
from tests.fakes.mailroom import message, reply
from tests.fakes.store import FakeStore


@pytest.mark.attack(12, "order kept")
async def test_messenger_tells_in_order() -> None:
    """A message, replies and a file below it, an edit."""
    async with mailroom.delivering() as made:
        await made.say(message("one"), reply("a"), reply("file:log"), reply("b"))
        await made.until_seen("one", "  a", "  file:log", "  b")
        await made.say(message("two"), reply("c"))
        await made.until_seen("two", "  a", "  file:log", "  b", "  c")
        assert (await made.messenger.health()).troubles == ()


@pytest.mark.attack(12, "timeout after success", "nothing doubled")
@pytest.mark.parametrize("way", [Way.LOST, Way.STALLED])
@pytest.mark.parametrize("method", ["chat.postMessage", "files.completeUploadExternal", "chat.update"])
async def test_timeout_after_success_is_told_once(way: Way, method: str) -> None:
    """It is looked for, and found."""
    async with mailroom.delivering() as made:
        await made.say(message("one"))
        await made.until_seen("one")
        made.fault(method, way, seconds=1.0)
        await made.say(message("two"), reply("a"), reply("file:log"))
        await made.until_seen("two", "  a", "  file:log")


@pytest.mark.attack(12, "429", "5xx", "nothing lost")
@pytest.mark.parametrize(
    ("way", "more"),
    [
        (Way.RESET, {}),
        (Way.STATUS, {"status": 500}),
        (Way.STATUS, {"status": 503, "retry_after": 7}),
        (Way.STATUS, {"status": 429, "retry_after": 7}),
        (Way.ERROR, {"error": "fatal_error"}),
        (Way.ERROR, {"error": "ratelimited"}),
    ],
)
async def test_nothing_is_lost_where_slack_fails(way: Way, more: dict[str, object]) -> None:
    """It comes again, and finds that nothing is there."""
    async with mailroom.delivering() as made:
        made.fault(".*", way, times=3, **more)
        await made.say(message("one"), reply("a"), reply("file:log"))
        await made.until_seen("one", "  a", "  file:log")


async def test_limit_of_one_method_stops_nothing_else() -> None:
    """Edits in that channel go on, and so do other channels."""
    async with mailroom.delivering() as made:
        await made.say(message("one"))
        await made.until_seen("one")
        limit = made.fault("chat.postMessage", Way.STATUS, status=429, retry_after=60)
        await made.say(message("late", "bbb"))
        await made.until(lambda: not limit.times)
        await made.say(message("later", "ddd"), message("other", "ccc", "#image-pulls"), message("two"))
        began = made.hasty.seconds()
        await made.until(lambda: made.seen() == ["two"] and made.seen("C0IMAGEPULLS") == ["other"])
        assert made.hasty.seconds() < began + 55
        assert len(made.called("chat.postMessage")) == 2
        await made.until(lambda: not made.left)
        assert sorted(made.seen()) == ["late", "later", "two"]
        assert made.hasty.seconds() > began + 55


async def test_slack_that_was_away_gets_the_latest() -> None:
    """One post and no history of edits; replies stay."""
    async with mailroom.delivering() as made:
        made.slack.service.faults.away = True
        await made.say(message("one"), reply("a"))
        await asyncio.sleep(0.3)
        assert [each.name for each in (await made.messenger.health()).troubles] == ["no_answer"]
        await made.say(message("two"), reply("b"))
        await asyncio.sleep(0.3)
        made.slack.service.faults.away = False
        await made.until_seen("two", "  a", "  b")
        health = await made.messenger.health()
        assert (health.troubles, health.backlog.letters, health.backlog.since) == ((), 0, None)


@pytest.mark.attack(12, "archived channel", "bot kicked", "health red", "nothing lost")
@pytest.mark.parametrize(
    ("channel", "name", "advice"),
    [
        ("#nowhere", "channel_not_found", "correct the route"),
        ("#random", "not_in_channel", "/invite @imagepull"),
        ("#old-alerts", "is_archived", "route elsewhere"),
    ],
)
async def test_closed_channel_is_red_and_holds_up_no_other(channel: str, name: str, advice: str) -> None:
    """Its letters are kept, and its trouble says what to do."""
    async with mailroom.delivering() as made:
        await made.say(message("lost", "bbb", channel), message("one"), reply("a"))
        await made.until(lambda: made.seen() == ["one", "  a"] and made.left == 1)
        health = await made.messenger.health()
        (trouble,) = health.troubles
        assert (trouble.channel, trouble.name) == (channel, name)
        assert advice in trouble.advice
        assert health.backlog.since is not None


async def test_channel_goes_on_when_the_bot_is_invited() -> None:
    """By itself."""
    async with mailroom.delivering() as made:
        await made.say(message("one", channel="#random"))
        await made.until(lambda: made.messenger.troubles)
        made.slack.service.space.channels["C00000RANDOM"].members.append("U0IMAGEPULL")
        await made.until_seen("one", channel="C00000RANDOM")
        assert (await made.messenger.health()).troubles == ()


@pytest.mark.attack(12, "token revoked", "health red")
@pytest.mark.parametrize("name", ["invalid_auth", "token_revoked", "account_inactive", "missing_scope"])
async def test_useless_token_stops_everything_until_it_works(name: str) -> None:
    """Nobody is asked meanwhile; nothing is lost."""
    async with mailroom.delivering() as made:
        made.fault(".*", Way.ERROR, error=name, times=1)
        await made.say(message("one"), reply("a"))
        await made.until(lambda: made.messenger.troubles)
        await made.say(message("other", "ccc", "#image-pulls"))
        await asyncio.sleep(0.05)
        (trouble,) = (await made.messenger.health()).troubles
        assert (trouble.channel, trouble.name) == ("", name)
        assert trouble.advice
        assert made.called("chat.postMessage") == [f"chat.postMessage {name}"]
        await made.until_seen("one", "  a")
        await made.until_seen("other", channel="C0IMAGEPULLS")
        assert (await made.messenger.health()).troubles == ()


async def test_who_cannot_look_says_that_it_may_be_a_repetition() -> None:
    """Once more, marked; and health tells which scopes are missing."""
    async with mailroom.delivering(*mailroom.HISTORY) as made:
        made.fault("chat.postMessage", Way.LOST)
        await made.say(message("one"), reply("a"))
        mark = "Possibly a repetition: Slack did not say whether this arrived before."
        await made.until_seen("one", f"one ({mark})", "  a")
        health = await made.messenger.health()
        assert (health.blind, health.repeats) == ("missing_scope", 1)


async def test_limit_marks_nothing_as_a_repetition() -> None:
    """It certainly did not arrive."""
    async with mailroom.delivering(*mailroom.HISTORY) as made:
        made.fault("chat.postMessage", Way.STATUS, status=429, retry_after=5)
        await made.say(message("one"))
        await made.until_seen("one")
        assert (await made.messenger.health()).repeats == 0


async def test_message_that_a_person_deleted_is_posted_anew() -> None:
    """And what comes after it stands below the new one."""
    async with mailroom.delivering() as made:
        await made.say(message("one"))
        await made.until_seen("one")
        place = made.slack.service.space.channels[mailroom.SHOP_ID]
        made.slack.service.space.remove(place, next(iter(place.messages)))
        made.fault("chat.postMessage", Way.LOST)
        await made.say(message("two"), reply("a"))
        await made.until_seen("two", "  a")


async def test_two_replicas_tell_everything_once() -> None:
    """Whoever is faster."""
    async with mailroom.delivering() as made, mailroom.working(made.store, made.client, made.hasty):
        names = [f"i{number}" for number in range(6)]
        for name in names:
            await made.say(message(f"m {name}", name), reply(f"r {name}", name))
        await made.until(lambda: not made.left)
        assert sorted(made.seen()) == sorted(line for name in names for line in (f"m {name}", f"  r {name}"))


async def test_stop_finishes_what_is_in_hand() -> None:
    """Then nobody needs to look for it."""
    async with mailroom.workspace() as made:
        async with mailroom.running(made.messenger, made.woken):
            made.fault("chat.postMessage", Way.STALLED, seconds=0.1)
            await made.say(message("one"), reply("a"))
            await made.until(made.seen)
        assert made.seen() == ["one"]
        assert made.left == 1


async def test_no_word_of_a_letter_gets_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """Nor the token, whatever goes wrong and however much is logged."""
    caplog.set_level(logging.DEBUG)
    async with mailroom.delivering() as made:
        for way in (Way.LOST, Way.RESET, Way.STATUS):
            made.fault("chat.postMessage", way)
        made.fault("chat.postMessage", Way.ERROR, error="invalid_blocks")
        await made.say(message("canary-7"), reply("file:canary-8"))
        await made.until_seen("canary-7", "  file:canary-8")
        ours = [each for each in caplog.records if "demo" not in each.name]
        assert not [each for each in ours if "canary" in each.getMessage()]
        assert not [each for each in ours if made.slack.bot_token in each.getMessage()]


async def test_letter_whose_lease_is_nearly_over_is_left_alone() -> None:
    """The process stood still: somebody else may be at it. It counts as not tried."""
    async with mailroom.workspace() as made:
        await made.say(message("one"))
        late = await mailroom.taken(made.store, made.hasty)
        await made.messenger._hand(late, made.hasty.seconds() - mailroom.LEASE.total_seconds())
        assert made.called() == []
        again = await mailroom.taken(made.store, made.hasty)
        assert (again.tries, again.number) == (0, late.number)


async def test_letter_that_nobody_foresaw_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    """Its channel rests, and the log says what it was, but not what the letter says."""

    class Broken:
        def __getattr__(self, name: str) -> object:
            raise KeyError("canary")

    async with mailroom.workspace() as made:
        await made.say(message("one"))
        one = await mailroom.taken(made.store, made.hasty)
        made.messenger._outbox = Broken()  # type: ignore[assignment]
        await made.messenger._hand(one, made.hasty.seconds())
        assert [each.name for each in made.messenger.troubles] == ["unforeseen"]
        assert "aaa-1: KeyError" in caplog.text
        assert "canary" not in caplog.text


async def test_store_that_cannot_be_read_is_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing ends."""

    class Away(FakeStore):
        async def due(self, *_: Any, **__: Any) -> tuple[Delivery, ...]:
            raise StoreError("the database cannot be reached")

    async with mailroom.workspace() as made:
        right, made.messenger._outbox = made.store, Away(made.store.shelf)
        async with mailroom.running(made.messenger, made.woken):
            await made.say(message("one"))
            await made.until(lambda: "the database cannot be reached" in caplog.text)
            made.messenger._outbox = right
            await made.until_seen("one")


async def test_second_sending_that_cannot_be_taken_back_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    """A few times it is tried; then the log says where to look."""
    async with mailroom.workspace() as made:
        await made.say(message("one"))
        late = await mailroom.taken(made.store, made.hasty)
        arrival = await mailroom.postman(made).bring(late)
        theirs = await mailroom.postman(made).bring(late)
        assert await made.store.delivered(late, theirs.address)
        made.fault("chat.delete", Way.ERROR, error="internal_error", times=6)
        await made.messenger._settle(late, arrival, 0)
        assert "aaa-1 may stand twice" in caplog.text
        await made.messenger._settle(late, arrival, 0)
        assert made.seen() == ["one"]


@pytest.mark.parametrize("method", ["chat.postMessage", "files.completeUploadExternal", "chat.update"])
async def test_late_sending_without_an_answer_is_taken_back(method: str) -> None:
    """Somebody else had the letter by then, and told it; nobody but us could know that it is there twice."""
    async with mailroom.workspace() as made:
        made.slack.service.rates.limits.on = False
        before = [message("one")] if method == "chat.update" else []
        letters = {
            "chat.postMessage": [message("one")],
            "files.completeUploadExternal": [message("one"), reply("file:log")],
            "chat.update": [message("two")],
        }[method]
        async with mailroom.running(made.messenger, made.woken):
            await made.say(*before, *letters[:-1])
            await made.until(lambda: not made.left)
        await made.say(letters[-1])
        late = await mailroom.taken(made.store, made.hasty)
        await made.store.delivered(late, (await mailroom.postman(made).bring(late)).address)
        if method == "chat.update":
            await made.say(message("three"))
            newer = await mailroom.taken(made.store, made.hasty)
            await mailroom.postman(made).bring(newer)
            await made.store.delivered(newer)
        right = made.seen()
        made.fault(method, Way.LOST)
        await made.messenger._hand(late, made.hasty.seconds())
        assert made.seen() == right


async def test_late_sending_that_the_other_one_did_not_see_is_the_one_that_counts() -> None:
    """They send theirs after we looked, are told that they were second, and take it back."""
    async with mailroom.workspace() as made:
        made.slack.service.rates.limits.on = False
        await made.say(message("one"))
        late = await mailroom.taken(made.store, made.hasty)
        await made.hasty.sleep(mailroom.LEASE.total_seconds())
        other = await mailroom.taken(made.store, made.hasty)
        made.fault("chat.postMessage", Way.LOST)
        await made.messenger._hand(late, made.hasty.seconds())
        assert made.left == 0
        arrival = await mailroom.postman(made).bring(replace(other, tries=0))
        await made.messenger._settle(other, arrival, made.hasty.seconds())
        assert made.seen() == ["one"]
