"""Alertmanager is told by whoever has the cluster, again and again, and of an end at once."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from bot.carriers import sending
from bot.carriers.alertmanager import Alertmanager, Memory
from bot.carriers.alerts import Terms
from bot.carriers.courier import Times
from bot.carriers.sending import Place, Sender
from bot.facts.episode import Stage
from tests import lives
from tests.fakes.alertmanager import FakeAlertmanager
from tests.fakes.cluster import NOW
from tests.fakes.posts import FakeDispatches
from tests.fakes.store import FakeStore
from tests.lives import HOUR, MINUTE


TERMS = Terms({}, lambda cause: cause or "not known")


class _Replica:
    """One that tells."""

    def __init__(self, store: FakeStore, sender: Sender, *told: FakeAlertmanager) -> None:
        self.now: datetime = NOW + HOUR
        self.ticks = 0.0
        memory = Memory(store, FakeDispatches(store.shelf))
        places = [Place(each.url) for each in told]
        self.teller = Alertmanager(
            places, sender, memory, MINUTE, Times(lambda: self.now, lambda: self.ticks, self.sleep)
        )

    async def sleep(self, seconds: float) -> None:
        self.ticks += seconds
        self.now += timedelta(seconds=seconds)
        await asyncio.sleep(0.001)


async def _stored(*workloads: str) -> FakeStore:
    store = FakeStore()
    memory = lives.opened(*map(lives.incident, workloads))
    await store.save([replace(each, version=0) for each in memory.episodes.values()], [], [])
    assert await store.claim("eu")
    return store


async def _ninety() -> FakeStore:
    store = await _stored(*(f"shop/w{number:03}" for number in range(45)))
    shelf = store.shelf.episodes
    for each in list(shelf.values()):
        place = replace(each.fingerprint.place, workload=f"{each.fingerprint.place.workload}-b")
        shelf[f"{each.id}b"] = replace(
            each, id=f"{each.id}b", fingerprint=replace(each.fingerprint, place=place)
        )
    return store


async def test_both_of_a_pair_are_told_everything() -> None:
    """And neither is told by who has not the cluster."""
    store = await _stored("shop/web", "shop/db")
    async with FakeAlertmanager() as one, FakeAlertmanager() as other, sending.sender() as sender:
        mine, theirs = (
            _Replica(store, sender, one, other),
            _Replica(FakeStore(store.shelf), sender, one, other),
        )
        assert await mine.teller.tell("eu", TERMS)
        assert await theirs.teller.tell("eu", TERMS)
        assert (one.requests, other.requests) == (1, 1)
        assert len(one.active(mine.now)) == len(other.active(mine.now)) == 2


async def test_end_is_told_at_once_and_until_everybody_took_it() -> None:
    """Also of what goes on under other labels."""
    store = await _stored("shop/web")
    async with FakeAlertmanager() as one, sending.sender() as sender:
        replica = _Replica(store, sender, one)
        await replica.teller.tell("eu", TERMS)
        (episode,) = store.shelf.episodes.values()
        other = replace(episode, fingerprint=replace(episode.fingerprint, cause="else"))
        store.shelf.episodes[episode.id] = other
        one.statuses = [500]
        assert not await replica.teller.tell("eu", TERMS)
        assert replica.teller.away == 1
        await replica.sleep(60)
        assert await replica.teller.tell("eu", TERMS)
        assert [each.labels["cause"] for each in one.active(replica.now)] == ["else"]
        store.shelf.episodes[episode.id] = replace(other, stage=Stage.RESOLVED, ended=replica.now, parts=())
        await replica.teller.tell("eu", TERMS)
        assert one.active(replica.now + timedelta(seconds=1)) == []
        assert replica.teller.endings == {"arrived": 3, "later": 1}


async def test_successor_tells_the_end_that_a_dead_one_did_not() -> None:
    """It is in the memory; what is in none ends by itself."""
    store = await _stored("shop/web")
    async with FakeAlertmanager() as one, sending.sender() as sender:
        dead = _Replica(store, sender, one)
        await dead.teller.tell("eu", TERMS)
        assert one.active(dead.now + 3 * MINUTE)
        assert not one.active(dead.now + 5 * MINUTE)
        (episode,) = store.shelf.episodes.values()
        store.shelf.episodes[episode.id] = replace(episode, stage=Stage.RESOLVED, ended=dead.now, parts=())
        await store.close()
        next_store = FakeStore(store.shelf)
        assert await next_store.claim("eu")
        heir = _Replica(next_store, sender, one)
        heir.now += MINUTE
        await heir.teller.tell("eu", TERMS)
        assert one.active(heir.now) == []


async def test_many_are_told_in_portions() -> None:
    """As Prometheus does."""
    store = await _ninety()
    async with FakeAlertmanager() as one, sending.sender() as sender:
        replica = _Replica(store, sender, one)
        assert await replica.teller.tell("eu", TERMS)
        assert (one.requests, len(one.held)) == (2, 90)


async def test_one_that_is_away_is_asked_once_for_all_clusters() -> None:
    """Else it holds up what its peer is told of the others, until their alerts end by themselves."""
    store = await _stored("shop/web")
    async with FakeAlertmanager() as one, FakeAlertmanager() as other, sending.sender() as sender:
        replica = _Replica(store, sender, one, other)
        other.statuses = [503, 503]
        assert [await replica.teller.tell("eu", TERMS) for _ in range(3)] == [False] * 3
        assert (one.requests, replica.teller.away, replica.teller.endings["later"]) == (3, 1, 1)
        await replica.sleep(10)
        assert not await replica.teller.tell("eu", TERMS)
        await replica.sleep(10)
        assert await replica.teller.tell("eu", TERMS)
        assert (replica.teller.away, replica.teller.endings["later"]) == (0, 2)


async def test_portion_that_is_refused_keeps_back_no_other() -> None:
    """Else alerts that nothing is wrong with would end by themselves."""
    store = await _ninety()
    async with FakeAlertmanager() as one, sending.sender() as sender:
        replica = _Replica(store, sender, one)
        one.statuses = [400]
        assert not await replica.teller.tell("eu", TERMS)
        assert replica.teller.endings == {"refused": 1, "arrived": 1}
        assert len(one.held) > 0


async def test_everything_is_told_again_before_it_ends() -> None:
    """Every minute, and at once where something changed."""
    store = await _stored("shop/web")
    async with FakeAlertmanager() as one, sending.sender() as sender:
        replica = _Replica(store, sender, one)
        task = asyncio.create_task(replica.teller.run(lambda: ("eu",), lambda: TERMS))
        while replica.ticks < 300:  # noqa: ASYNC110  # time goes by when it sleeps
            await asyncio.sleep(0)
        assert 4 <= one.requests <= 7
        before = one.requests
        replica.teller.looked("eu", changed=False)
        replica.teller.looked("eu", changed=True)
        replica.teller.looked("unknown", changed=True)
        while one.requests == before:  # noqa: ASYNC110  # it is told over HTTP
            await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
