"""A memory by one suite, whoever keeps it: in this process, in SQLite's file, in PostgreSQL.

What is stored together is there together, letters come in order and to one at a time, and one replica looks at a cluster.
"""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.errors import Overtaken, StoreError
from bot.facts.cause import Scope
from bot.facts.episode import Episode, Stage
from bot.facts.statement import Seen, Spot, Statement
from bot.facts.testimony import Fault
from bot.incidents import lifecycle
from bot.incidents.lifecycle import Patience
from bot.incidents.looking import Look
from bot.ports.keeping import Address, Backlog, Glance, Kind, LateTag, Letter, Words
from bot.store.opening import Store
from tests import lives
from tests.fakes.cluster import NOW
from tests.fakes.store import Replica
from tests.lives import HOUR, MINUTE, SECOND


LEASE = MINUTE
AT = Address("C1", "1700000000.000100")


@pytest.fixture
async def store(replica: Replica) -> Store:
    """One of them."""
    return await replica()


def _episode(name: str = "aaa", workload: str = "shop/web", cluster: str = "eu", **changes: Any) -> Episode:
    incident = lives.incident(workload, scope=changes.pop("scope", Scope.WORKLOAD))
    outcome = lifecycle.advance([], Look(cluster, NOW, (incident,)), Patience(hold=timedelta(0)))
    return replace(outcome.changed[0], id=name, **changes)


def _letter(body: str, incident: str = "aaa", channel: str = "#shop", kind: Kind = Kind.MESSAGE) -> Letter:
    return Letter(incident, channel, kind, body)


def _reply(body: str, **changes: Any) -> Letter:
    return _letter(body, kind=Kind.REPLY, **changes)


async def _due(store: Store, moment: datetime = NOW, most: int = 10) -> list[str]:
    return [each.letter.body for each in await store.outbox.due(moment, LEASE, most)]


async def _deliver(store: Store, moment: datetime = NOW) -> list[str]:
    """Deliver everything that is due: what was said, in order."""
    said = []
    while taken := await store.outbox.due(moment, LEASE, 10):
        for each in taken:
            said.append(each.letter.body)
            posted = each.letter.kind is Kind.MESSAGE and each.address is None
            assert await store.outbox.delivered(each, AT if posted else None)
    return said


# -- incidents


async def test_incident_comes_back_as_it_went(store: Store) -> None:
    """Everything of it, and one version on."""
    person = {"acknowledged_by": "T1:U1", "snoozed_by": "T1:U2", "snoozed_until": NOW + HOUR, "returns": 2}
    episode = _episode(**person)
    await store.keeper.save([episode], [], [])
    assert await store.keeper.episodes("eu", NOW) == (replace(episode, version=1),)
    assert await store.keeper.episode("aaa") == replace(episode, version=1)
    assert await store.keeper.episode("bbb") is None


async def test_cluster_has_what_lives_in_it_what_is_shared_and_what_ended_of_late(store: Store) -> None:
    """Nothing of another cluster, and no history."""
    ended = {"stage": Stage.RESOLVED, "parts": ()}
    episodes = [
        _episode("held", "shop/a", stage=Stage.HELD),
        _episode("open", "shop/b"),
        _episode("late", "shop/c", ended=NOW, **ended),
        _episode("long", "shop/d", ended=NOW - HOUR, **ended),
        _episode("away", "shop/e", "us"),
        _episode("wide", "shop/f", "us", scope=Scope.REGISTRY),
    ]
    await store.keeper.save(episodes, [], [])
    found = await store.keeper.episodes("eu", NOW - MINUTE)
    assert [each.id for each in found] == ["held", "late", "open", "wide"]


async def test_who_was_overtaken_is_told_and_stores_nothing(store: Store) -> None:
    """Not the incident, not the letter, not what else was stored with it."""
    await store.keeper.save([_episode()], [], [])
    (loaded,) = await store.keeper.episodes("eu", NOW)
    await store.keeper.save([replace(loaded, returns=1)], [], [])
    for stale in (loaded, replace(loaded, version=0), replace(loaded, id="new", version=0)):
        with pytest.raises(Overtaken):
            await store.keeper.save(
                [_episode("bbb", "shop/b"), replace(stale, returns=9)], [], [_letter("x")]
            )
    with pytest.raises(Overtaken):
        await store.keeper.save([_episode("bbb", "shop/b")], [loaded], [])
    (only,) = await store.keeper.episodes("eu", NOW)
    assert (only.id, only.returns, only.version) == ("aaa", 1, 2)
    assert await _due(store) == []


async def test_one_of_a_kind_lives(store: Store) -> None:
    """When one ends another may begin, even at once."""
    await store.keeper.save([_episode()], [], [])
    (loaded,) = await store.keeper.episodes("eu", NOW)
    over = replace(loaded, stage=Stage.ABSORBED, ended=NOW, parts=())
    await store.keeper.save([_episode("new"), over], [], [])
    assert {each.id: each.stage for each in await store.keeper.episodes("eu", NOW)} == {
        "aaa": Stage.ABSORBED,
        "new": Stage.OPEN,
    }


async def test_forgotten_incident_makes_room_for_its_like(store: Store) -> None:
    """With everything that was to be told of it."""
    await store.keeper.save([_episode()], [], [_letter("x"), _reply("y")])
    (loaded,) = await store.keeper.episodes("eu", NOW)
    await store.keeper.save([_episode("new")], [loaded], [])
    assert [each.id for each in await store.keeper.episodes("eu", NOW)] == ["new"]
    assert await _due(store) == []
    assert await store.keeper.messages("aaa") == ()


async def test_lives_are_the_same_stored_or_not(store: Store) -> None:
    """Looks through a store and looks through plain memory come to the same."""
    looks = [
        (lives.incident(cause=None), lives.incident("pay/api")),
        (lives.incident(cause="known"), lives.incident("pay/api")),
        (lives.incident("shop/web", "pay/api", scope=Scope.REGISTRY),),
        (),
        (lives.incident("shop/web", scope=Scope.REGISTRY),),
    ]
    memory = lives.Memory()
    for found in looks:
        memory.look(*found)
        known = await store.keeper.episodes("eu", memory.moment - HOUR)
        outcome = lifecycle.advance(known, Look("eu", memory.moment, found), memory.patience)
        await store.keeper.save(outcome.changed, outcome.forgotten, [])
        kept = await store.keeper.episodes("eu", NOW)
        assert {each.id: each for each in kept} == memory.episodes


async def test_old_history_is_dropped_once_it_was_told(store: Store) -> None:
    """What lives stays, however old."""
    ended = {"stage": Stage.RESOLVED, "parts": (), "ended": NOW - HOUR}
    both = [_episode("told", "shop/a", **ended), _episode("untold", "shop/b", **ended), _episode("open")]
    await store.keeper.save(both, [], [_letter("x", "untold")])
    await store.keeper.forget(NOW)
    assert [each.id for each in await store.keeper.episodes("eu", NOW - HOUR)] == ["open", "untold"]
    await _deliver(store)
    await store.keeper.forget(NOW)
    assert [each.id for each in await store.keeper.episodes("eu", NOW - HOUR)] == ["open"]
    assert await store.keeper.messages("untold") == ()


# -- letters


@pytest.mark.attack(12, "order kept")
async def test_letters_of_a_message_come_one_by_one_in_order(store: Store) -> None:
    """The next is due when the one before it arrived; another channel does not wait."""
    letters = [_letter("post"), _reply("first"), _reply("second"), _letter("other", channel="#ops")]
    await store.keeper.save([_episode()], [], letters)
    assert await _due(store) == ["post", "other"]
    assert await _due(store) == []
    assert await _deliver(store, NOW + LEASE) == ["post", "other", "first", "second"]


async def test_message_knows_where_it_stands_once_it_arrived(store: Store) -> None:
    """Then it is edited, and no longer posted."""
    await store.keeper.save([_episode()], [], [_letter("post")])
    (posted,) = await store.outbox.due(NOW, LEASE, 10)
    assert posted.address is None
    assert await store.outbox.delivered(posted, AT)
    (loaded,) = await store.keeper.episodes("eu", NOW)
    await store.keeper.save([loaded], [], [_letter("edit"), _reply("reply")])
    (message,) = await store.keeper.messages("aaa")
    assert (message.channel, message.body, message.address) == ("#shop", "edit", AT)
    (edit,) = await store.outbox.due(NOW, LEASE, 10)
    assert (edit.letter.body, edit.address) == ("edit", AT)
    await store.outbox.delivered(edit)
    assert (await store.keeper.messages("aaa"))[0].address == AT


async def test_message_that_was_posted_anew_stands_there(store: Store) -> None:
    """Somebody deleted it: what comes after follows it."""
    await store.keeper.save([_episode()], [], [_letter("post")])
    assert await _deliver(store) == ["post"]
    (loaded,) = await store.keeper.episodes("eu", NOW)
    await store.keeper.save([loaded], [], [_letter("edit"), _reply("reply")])
    (edit,) = await store.outbox.due(NOW, LEASE, 10)
    assert await store.outbox.delivered(edit, Address("C1", "9"))
    (reply,) = await store.outbox.due(NOW, LEASE, 10)
    assert reply.address == Address("C1", "9")
    assert await store.outbox.standing(reply.letter) == (await store.keeper.messages("aaa"))[0]
    assert await store.outbox.standing(_letter("x", "nobody")) is None


async def test_late_message_tells_only_what_is_true_by_then(store: Store) -> None:
    """Slack was away for hours: one post and no history of edits; replies stay."""
    await store.keeper.save([_episode()], [], [_letter("one"), _reply("a")])
    for body in ("two", "three"):
        (loaded,) = await store.keeper.episodes("eu", NOW)
        await store.keeper.save([loaded], [], [_letter(body), _reply(f"of {body}")])
    assert await _deliver(store) == ["three", "a", "of two", "of three"]


async def test_message_that_was_tried_is_not_replaced(store: Store) -> None:
    """It may have arrived: the newer one is an edit after it."""
    await store.keeper.save([_episode()], [], [_letter("one")])
    assert await _due(store) == ["one"]
    (loaded,) = await store.keeper.episodes("eu", NOW)
    await store.keeper.save([loaded], [], [_letter("two")])
    assert await _deliver(store, NOW + LEASE) == ["one", "two"]


async def test_lease_that_ends_gives_the_letter_to_the_next(replica: Replica) -> None:
    """Who sees by it that it was tried, and since when, and finds it by the same key."""
    one, other = await replica(), await replica()
    await one.keeper.save([_episode()], [], [_letter("post")])
    (first,) = await one.outbox.due(NOW, LEASE, 10)
    assert await other.outbox.due(NOW + LEASE - SECOND, LEASE, 10) == ()
    (again,) = await other.outbox.due(NOW + LEASE, LEASE, 10)
    assert (first.tries, again.tries) == (0, 1)
    assert first.first_try == again.first_try == NOW
    assert first.key == again.key
    assert await other.outbox.delivered(again, AT)
    assert not await one.outbox.delivered(first, Address("C1", "2"))
    assert (await one.keeper.messages("aaa"))[0].address == AT


async def test_postponed_letter_waits_with_all_that_follow_it(store: Store) -> None:
    """Slack said when to come again; order is kept, and nobody else waits."""
    letters = [_letter("post"), _reply("reply"), _letter("other", channel="#ops")]
    await store.keeper.save([_episode()], [], letters)
    (post, other) = await store.outbox.due(NOW, LEASE, 10)
    await store.outbox.postponed(post, NOW, NOW + HOUR)
    await store.outbox.delivered(other, AT)
    assert await _due(store, NOW + HOUR - SECOND) == []
    assert await _deliver(store, NOW + HOUR) == ["post", "reply"]


async def test_letter_that_certainly_did_not_arrive_counts_as_not_tried(store: Store) -> None:
    """It waits as long, but need not be looked for, and a newer one takes its place; when it began is still known."""
    await store.keeper.save([_episode()], [], [_letter("one")])
    (one,) = await store.outbox.due(NOW, LEASE, 10)
    await store.outbox.postponed(one, NOW, NOW + HOUR, untried=True)
    (loaded,) = await store.keeper.episodes("eu", NOW)
    await store.keeper.save([loaded], [], [_letter("two")])
    assert await _due(store, NOW + HOUR - SECOND) == []
    (two,) = await store.outbox.due(NOW + HOUR, LEASE, 10)
    assert (two.letter.body, two.number, two.tries, two.first_try) == ("two", one.number, 0, NOW)


async def test_late_word_about_a_letter_that_somebody_took_since_changes_nothing(replica: Replica) -> None:
    """It would end their lease, or say that they did not try."""
    one, other = await replica(), await replica()
    await one.keeper.save([_episode()], [], [_letter("post")])
    (first,) = await one.outbox.due(NOW, LEASE, 10)
    (second,) = await other.outbox.due(NOW + LEASE, LEASE, 10)
    assert not await one.outbox.postponed(first, NOW + LEASE, NOW + LEASE + SECOND, untried=True)
    assert await one.outbox.due(NOW + LEASE + SECOND, LEASE, 10) == ()
    assert await other.outbox.postponed(second, NOW + LEASE, NOW + HOUR, untried=True)
    (third,) = await one.outbox.due(NOW + HOUR, LEASE, 10)
    assert third.tries == 1
    await one.outbox.delivered(third)
    assert not await one.outbox.postponed(third, NOW + HOUR, NOW + HOUR)


async def test_channel_that_is_left_out_keeps_its_letters(store: Store) -> None:
    """The others' come nevertheless."""
    await store.keeper.save([_episode()], [], [_letter(each, channel=f"#{each}") for each in "abc"])
    taken = await store.outbox.due(NOW, LEASE, 10, without={"#a", "#c"})
    assert [each.letter.body for each in taken] == ["b"]
    assert await _due(store) == ["a", "c"]


async def test_backlog_tells_how_much_is_late_and_since_when(store: Store) -> None:
    """By the first try; what was not tried yet has just come."""
    assert await store.outbox.backlog() == Backlog(0)
    await store.keeper.save([_episode()], [], [_letter("post"), _reply("reply")])
    assert await store.outbox.backlog() == Backlog(2)
    (post,) = await store.outbox.due(NOW, LEASE, 10)
    await store.outbox.postponed(post, NOW, NOW + HOUR)
    assert await store.outbox.backlog() == Backlog(2, NOW)
    assert await _deliver(store, NOW + HOUR) == ["post", "reply"]
    assert await store.outbox.backlog() == Backlog(0)


async def test_clock_that_went_back_makes_no_letter_wait(store: Store) -> None:
    """What is leased or postponed in the future was so before; a little skew is none of it."""
    await store.keeper.save([_episode()], [], [_letter("post")])
    assert await _due(store) == ["post"]
    assert await _due(store, NOW - 10 * SECOND) == []
    (post,) = await store.outbox.due(NOW - HOUR, LEASE, 10)
    await store.outbox.postponed(post, NOW + HOUR, NOW + 2 * HOUR)
    assert await _due(store, NOW + HOUR) == []
    assert await _due(store) == ["post"]


async def test_no_more_letters_than_asked_for_and_the_oldest_first(store: Store) -> None:
    """The rest is there for whoever asks next."""
    channels = [f"#c{number}" for number in range(5)]
    await store.keeper.save([_episode()], [], [_letter(each, channel=each) for each in channels])
    assert [await _due(store, most=2) for _ in range(4)] == [["#c0", "#c1"], ["#c2", "#c3"], ["#c4"], []]


async def test_letter_about_nothing_is_refused(store: Store) -> None:
    """No incident, or no message to reply to; and nothing is stored."""
    for letter in (_letter("x", "nobody"), _reply("x", incident="nobody"), _reply("x", channel="#never")):
        with pytest.raises(StoreError):
            await store.keeper.save([_episode()], [], [letter])
    assert await store.keeper.episodes("eu", NOW) == ()


async def test_many_hands_take_each_letter_once(replica: Replica) -> None:
    """However many ask at once."""
    stores = [await replica() for _ in range(3)]
    channels = {f"#c{number:02}" for number in range(40)}
    await stores[0].keeper.save([_episode()], [], [_letter(each, channel=each) for each in sorted(channels)])
    taken = await asyncio.gather(*(each.outbox.due(NOW, LEASE, 5) for each in stores * 6))
    bodies = [each.letter.body for some in taken for each in some]
    assert len(bodies) == len(set(bodies))
    bodies += [each.letter.body for each in await stores[0].outbox.due(NOW, LEASE, 100)]
    assert sorted(bodies) == sorted(channels)


async def test_of_those_who_store_at_once_one_is_first(replica: Replica) -> None:
    """The others decide again, and in the end everything is there once."""
    stores = [await replica() for _ in range(3)]
    await stores[0].keeper.save([_episode()], [], [_letter("post")])

    async def add(store: Store, number: int) -> None:
        while True:
            (loaded,) = await store.keeper.episodes("eu", NOW)
            grown = replace(loaded, returns=loaded.returns + 1)
            try:
                return await store.keeper.save([grown], [], [_reply(str(number))])
            except Overtaken:
                await asyncio.sleep(0)

    await asyncio.gather(*(add(each, number) for number, each in enumerate(stores * 4)))
    (only,) = await stores[0].keeper.episodes("eu", NOW)
    assert (only.returns, only.version) == (12, 13)
    said = await _deliver(stores[0])
    assert sorted(said[1:], key=int) == [str(number) for number in range(12)]


# -- claims


async def test_claim_is_kept_until_it_is_released(replica: Replica, place: str) -> None:
    """One replica at a time; alone one has them all."""
    one, other = await replica(), await replica()
    assert await one.keeper.claim("eu")
    assert await one.keeper.claim("eu")
    assert await other.keeper.claim("us")
    shared = not place.startswith("sqlite")
    assert await other.keeper.claim("eu") is not shared
    assert await one.keeper.claim("us") is not shared
    await other.keeper.release("eu" if shared else "us")
    await one.keeper.release("eu")
    assert await other.keeper.claim("eu")


# -- what was seen once


async def test_first_words_are_kept(store: Store) -> None:
    """Until the image changes; others ask in vain."""
    first = Words("eu", "uid-1", "app", "web:1", "manifest unknown", NOW)
    backoff = replace(first, message="Back-off pulling image", moment=NOW + MINUTE)
    await store.recollection.note_words([first, backoff, replace(first, container="init")])
    await store.recollection.note_words([backoff])
    assert await store.recollection.words("eu", ["uid-1", "uid-2"]) == (
        first,
        replace(first, container="init"),
    )
    assert await store.recollection.words("us", ["uid-1"]) == await store.recollection.words("eu", []) == ()
    other = replace(backoff, image="web:2")
    await store.recollection.note_words([other])
    assert (await store.recollection.words("eu", ["uid-1"]))[0] == other


async def test_words_are_kept_without_credentials(store: Store) -> None:
    """Runtimes put them where they do not belong."""
    said = Words("eu", "uid-1", "app", "web:1", "Get https://jane:canary@registry.example/v2/: refused", NOW)
    await store.recollection.note_words([said])
    (kept,) = await store.recollection.words("eu", ["uid-1"])
    assert "canary" not in kept.message
    assert "refused" in kept.message


async def test_words_about_thousands_of_pods_are_found(store: Store) -> None:
    """More than one statement may name."""
    pods = [f"uid-{number}" for number in range(1200)]
    await store.recollection.note_words([Words("eu", each, "app", "web:1", "x", NOW) for each in pods])
    assert {each.pod for each in await store.recollection.words("eu", pods)} == set(pods)


async def test_late_tag_is_one_that_was_missed_first(store: Store) -> None:
    """A tag that was always there was never late; times are of the first."""
    asked = store.recollection.note_tag
    await asked("registry.example/web", "prompt", NOW, there=True)
    for moment, there in ((NOW, False), (NOW + MINUTE, False), (NOW + HOUR, True), (NOW + 2 * HOUR, True)):
        await asked("registry.example/web", "late", moment, there=there)
    await asked("registry.example/web", "never", NOW, there=False)
    assert await store.recollection.late_tags("registry.example/web") == (
        LateTag("registry.example/web", "late", NOW, NOW + HOUR),
        LateTag("registry.example/web", "never", NOW),
    )
    assert await store.recollection.late_tags("registry.example/api") == ()
    await asked("registry.example/api", "never", NOW, there=False)
    assert await store.recollection.late_repositories() == {"registry.example/web"}


async def test_old_words_and_tags_are_dropped(store: Store) -> None:
    """Memory is bounded."""
    await store.recollection.note_words([Words("eu", "uid-1", "app", "web:1", "x", NOW)])
    await store.recollection.note_tag("registry.example/web", "late", NOW, there=False)
    await store.keeper.forget(NOW + SECOND)
    assert await store.recollection.words("eu", ["uid-1"]) == ()
    assert await store.recollection.late_tags("registry.example/web") == ()


async def test_last_word_of_a_node_about_a_host_is_kept(replica: Replica) -> None:
    """For every replica, one for each host and port."""
    store, other = await replica(), await replica()
    spot = Spot("eu", "node-a", "registry.example")
    first = Statement(spot, Seen("registry.example", 443, resolve=Fault.DNS_NO_ANSWER), NOW, "p1")
    newer = Statement(spot, Seen("registry.example", 443, addresses=("10.0.0.7",)), NOW + MINUTE, "p2")
    beside = Statement(replace(spot, port=5000), Seen("registry.example", 5000), NOW, "p3")
    away = Statement(replace(spot, cluster="us"), Seen("registry.example", 443), NOW, "p4")
    for each in (first, beside, away, newer):
        await store.recollection.note_statement(each)
    assert await other.recollection.statements("eu") == (newer, beside)
    assert await other.recollection.statements("us") == (away,)
    assert await other.recollection.statements("asia") == ()


async def test_last_glance_at_a_cluster_is_remembered(store: Store) -> None:
    """A look that failed says why, and leaves what the last good one saw."""
    assert await store.keeper.glances() == ()
    await store.keeper.note_glance(Glance("prod", NOW, NOW, "", 7))
    await store.keeper.note_glance(Glance("dev", NOW, None, "it hangs"))
    await store.keeper.note_glance(Glance("prod", NOW + MINUTE, None, "forbidden"))
    assert await store.keeper.glances() == (
        Glance("dev", NOW, None, "it hangs"),
        Glance("prod", NOW + MINUTE, NOW, "forbidden", 7),
    )
    await store.keeper.note_glance(Glance("prod", NOW + HOUR, NOW + HOUR, "", 9))
    assert (await store.keeper.glances())[1] == Glance("prod", NOW + HOUR, NOW + HOUR, "", 9)


async def test_what_two_replicas_are_sent_at_once_is_the_first_ones(replica: Replica) -> None:
    """Whoever asks first is told so, once; after a while it is forgotten."""
    stores = [await replica() for _ in range(3)]
    answers = await asyncio.gather(*(each.keeper.first("envelope-1", NOW) for each in stores * 4))
    assert sorted(answers) == [False] * 11 + [True]
    assert await stores[0].keeper.first("envelope-2", NOW)
    await stores[0].keeper.forget(NOW + SECOND)
    assert await stores[1].keeper.first("envelope-1", NOW)
