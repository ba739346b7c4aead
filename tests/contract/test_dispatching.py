"""Posts by one suite, whoever keeps them: in this process, in SQLite's file, in PostgreSQL."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.facts.episode import Stage
from bot.ports.dispatching import Post, State
from bot.ports.keeping import Backlog, Kind, Letter
from bot.store.opening import Store
from tests.fakes import dying
from tests.fakes.cluster import NOW
from tests.fakes.store import Replica
from tests.lives import MINUTE


HOOK, OTHER = "webhook/ops", "webhook/crm"
BOTH = (HOOK, OTHER)


@pytest.fixture
async def store(replica: Replica) -> Store:
    """One of them, which knows an incident."""
    opened = await replica()
    await opened.keeper.save([dying.begun("aaa"), dying.begun("bbb")], [], [])
    return opened


def _post(body: str, state: State = State.OPENED, carrier: str = HOOK, incident: str = "aaa") -> Post:
    return Post(incident, carrier, Kind.MESSAGE, body, state=state)


async def _due(store: Store, moment: datetime = NOW, carriers: tuple[str, ...] = BOTH) -> list[str]:
    return [each.body for each in await store.dispatches.due(moment, MINUTE, 10, carriers)]


async def test_posts_of_an_incident_come_one_by_one_in_order(store: Store) -> None:
    """Those of another incident, or to another carrier, do not wait for them."""
    resolved = _post("over", State.RESOLVED)
    elsewhere = [_post("x", carrier=OTHER), _post("y", incident="bbb")]
    await store.keeper.save([], [], [_post("new"), resolved, *elsewhere])
    first = await store.dispatches.due(NOW, MINUTE, 10, BOTH)
    assert sorted(each.body for each in first) == ["new", "x", "y"]
    assert await _due(store) == []
    assert [await store.dispatches.done(each) for each in (*first, first[0])] == [True, True, True, False]
    assert await _due(store) == ["over"]


async def test_only_a_carriers_own_are_handed_out(store: Store) -> None:
    """A replica that does not know a webhook leaves its posts to those that do."""
    await store.keeper.save([], [], [_post("x"), _post("y", carrier=OTHER)])
    assert await _due(store, carriers=(OTHER,)) == ["y"]
    assert await _due(store, carriers=()) == []


async def test_slack_is_never_handed_a_post(store: Store) -> None:
    """Nor does a post wait for a letter, or count as one."""
    await store.keeper.save([], [], [Letter("aaa", "#shop", Kind.MESSAGE, "hi"), _post("x")])
    assert [each.letter.body for each in await store.outbox.due(NOW, MINUTE, 10)] == ["hi"]
    assert (await store.outbox.backlog()).letters == 1
    assert [each.channel for each in await store.keeper.messages("aaa")] == ["#shop"]
    assert await _due(store) == ["x"]


async def test_late_post_tells_once_what_is_true_by_then(store: Store) -> None:
    """As long as nobody tried it; what it is about stays new. An end is always told."""
    await store.keeper.save([], [], [_post("new")])
    await store.keeper.save([], [], [_post("more", State.CHANGED)])
    await store.keeper.save([], [], [_post("over", State.RESOLVED)])
    await store.keeper.save([], [], [_post("back")])
    (first,) = await store.dispatches.due(NOW, MINUTE, 10, BOTH)
    assert (first.body, first.state) == ("more", State.OPENED)
    assert await store.dispatches.waiting() == {HOOK: Backlog(3, NOW)}


async def test_post_that_was_tried_is_not_replaced(store: Store) -> None:
    """Its id may have been seen with what it said."""
    await store.keeper.save([], [], [_post("new")])
    (tried,) = await store.dispatches.due(NOW, MINUTE, 10, BOTH)
    await store.keeper.save([], [], [_post("more", State.CHANGED)])
    (again,) = await store.dispatches.due(NOW + MINUTE, MINUTE, 10, BOTH)
    assert (again.body, again.key, again.tries) == ("new", tried.key, 1)
    await store.dispatches.done(again)
    (then,) = await store.dispatches.due(NOW + MINUTE, MINUTE, 10, BOTH)
    assert (then.body, then.state) == ("more", State.CHANGED)
    assert then.key != tried.key


async def test_post_that_says_all_of_it_waits_for_none_before_it(store: Store) -> None:
    """Tried, postponed or not: that goes, and whoever still has it in hand is told so. Others stay."""
    await store.keeper.save([], [], [_post("old"), _post("x", carrier=OTHER), _post("y", incident="bbb")])
    tried = {each.body: each for each in await store.dispatches.due(NOW, MINUTE, 10, BOTH)}
    await store.dispatches.postponed(tried["old"], NOW, NOW + 30 * MINUTE)
    await store.keeper.save([], [], [_post("older", State.CHANGED)])
    newer = replace(_post("new", State.CHANGED), replaces=True)
    await store.keeper.save([], [], [newer])
    assert await _due(store, NOW) == ["new"]
    assert not await store.dispatches.done(tried["old"])
    assert not await store.dispatches.postponed(tried["old"], NOW, NOW + MINUTE)
    assert [await store.dispatches.done(tried[each]) for each in "xy"] == [True, True]


async def test_postponed_post_waits_with_all_that_follow_it(store: Store) -> None:
    """Until then; a word from whoever had it before counts for nothing."""
    await store.keeper.save([], [], [_post("new"), _post("over", State.RESOLVED)])
    (early,) = await store.dispatches.due(NOW, MINUTE, 10, BOTH)
    assert await store.dispatches.postponed(early, NOW, NOW + 3 * MINUTE)
    assert await _due(store, NOW + 2 * MINUTE) == []
    (late,) = await store.dispatches.due(NOW + 3 * MINUTE, MINUTE, 10, BOTH)
    assert not await store.dispatches.postponed(early, NOW, NOW + timedelta(days=1))
    assert late.first_try == NOW


async def test_what_carriers_know_is_kept_with_the_incident(store: Store) -> None:
    """Delivered or not, sent or only remembered; and forgotten with it."""
    silent = Post("aaa", "alertmanager", Kind.MESSAGE, "words", state=State.OPENED, is_sent=False)
    await store.keeper.save([], [], [_post("new"), silent, _post("else", incident="bbb")])
    await store.keeper.save([], [], [_post("over", State.RESOLVED)])
    known = {each.carrier: (each.state, each.body) for each in await store.dispatches.told("aaa")}
    assert known == {"alertmanager": (State.OPENED, "words"), HOOK: (State.RESOLVED, "over")}
    assert set(await store.dispatches.told_to(HOOK, ["aaa", "bbb", "ccc"])) == {"aaa", "bbb"}
    assert await store.dispatches.told_to(HOOK, []) == {}
    assert sorted(await _due(store)) == ["else", "new"]
    (loaded,) = [each for each in await store.keeper.episodes("eu", NOW) if each.id == "aaa"]
    await store.keeper.save([], [loaded], [])
    await store.keeper.forget(NOW)
    assert await store.dispatches.told("aaa") == ()
    assert set(await store.dispatches.told_to(HOOK, ["aaa", "bbb"])) == {"bbb"}


async def test_post_outlives_its_incident_for_a_day(store: Store) -> None:
    """However soon incidents are forgotten; one that nobody brings any more goes with it in the end."""
    await store.keeper.save([], [], [_post("over", State.RESOLVED)])
    (loaded,) = [each for each in await store.keeper.episodes("eu", NOW) if each.id == "aaa"]
    await store.keeper.save([replace(loaded, stage=Stage.RESOLVED, ended=NOW, parts=())], [], [])
    await store.keeper.forget(NOW + MINUTE)
    assert set(await store.dispatches.waiting()) == {HOOK}
    await store.keeper.forget(NOW + timedelta(days=1, minutes=1))
    assert await store.dispatches.waiting() == {}
