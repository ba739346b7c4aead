"""One round: claimed, looked, stored with what is to be told; what was not seen ends nothing and is named."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import ClusterUnreadable, Overtaken
from bot.facts.episode import Episode, Stage
from bot.facts.verdict import Incident, Report
from bot.incidents.lifecycle import Change, Patience, Turn
from bot.incidents.looking import EVERYWHERE, Extent, Look
from bot.ports.keeping import Glance, Keeper, Kind, Letter
from bot.workflows import patrol
from bot.workflows.patrol import Beat, Ending
from tests import lives
from tests.fakes.cluster import NOW
from tests.fakes.store import FakeStore
from tests.lives import HOUR, MINUTE, SECOND


async def _told(changes: Sequence[Change], look: Look) -> tuple[Letter, ...]:
    return tuple(Letter(each.episode.id, look.cluster, Kind.MESSAGE, each.turn.value) for each in changes)


def _beat(store: Keeper, deadline: timedelta = MINUTE) -> Beat:
    return Beat("eu", deadline, store, Patience(hold=timedelta()), _told, lambda: NOW)


def _report(*incidents: Incident, **changes: object) -> Report:
    told = {"complete": True, "looked_at": 7, "unseen": frozenset(), "observed_at": "2026-11-22T09:00:00Z"}
    told |= changes
    return Report("eu", str(told.pop("observed_at")), (), incidents, (), **told)  # type: ignore[arg-type]


async def _round(
    store: Keeper, report: Report | Exception, *, full: bool = True, extent: Extent = EVERYWHERE
) -> patrol.Round:
    async def look() -> Report:
        if isinstance(report, Exception):
            raise report
        return report

    return await patrol.patrol(replace(_beat(store), extent=extent), look, full=full)


async def test_round_stores_incidents_with_their_letters() -> None:
    """What is found is told, and the look is remembered."""
    store = FakeStore()
    done = await _round(store, _report(lives.incident()))
    (episode,) = store.shelf.episodes.values()
    assert (done.ending, done.letters, done.trouble) == (Ending.SEEN, 1, "")
    assert episode.stage is Stage.OPEN
    assert [each.letter.body for each in store.shelf.letters.values()] == ["opened"]
    assert await store.glances() == (Glance("eu", NOW, NOW, "", 7),)


async def test_round_of_another_replicas_cluster_does_not_look() -> None:
    """One looks at a time; the other one tries again at its next turn."""
    store = FakeStore()
    await FakeStore(store.shelf).claim("eu")
    done = await _round(store, AssertionError("nobody looks"))
    assert (done.ending, store.shelf.episodes) == (Ending.ELSEWHERE, {})


async def test_claim_that_is_lost_during_a_look_leaves_it_to_who_has_the_cluster_now() -> None:
    """What was found is older than what they know; it is not stored, told or noted, nor is why a look failed."""
    for found in (_report(lives.incident()), ClusterUnreadable("no", "")):
        store = FakeStore()

        async def look(store: FakeStore = store, found: Report | ClusterUnreadable = found) -> Report:
            await store.release("eu")
            await FakeStore(store.shelf).claim("eu")
            if isinstance(found, ClusterUnreadable):
                raise found
            return found

        done = await patrol.patrol(_beat(store), look, full=True)
        assert done == patrol.Round("eu", Ending.ELSEWHERE)
        assert (store.shelf.episodes, store.shelf.letters, store.shelf.glances) == ({}, {}, {})


async def test_look_ends_where_its_claim_is_lost() -> None:
    """It does not go on beside the one of whoever has the cluster now, however long it would take; nor does it outlive its round."""
    store, ended = FakeStore(), asyncio.Event()

    async def look() -> Report:
        await store.release("eu")
        await FakeStore(store.shelf).claim("eu")
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()
        raise AssertionError("it went on")

    done = await patrol.patrol(replace(_beat(store), asks_every=SECOND / 50), look, full=True)
    assert done == patrol.Round("eu", Ending.ELSEWHERE)
    assert ended.is_set()


async def test_claim_that_is_lost_while_it_is_stored_is_noticed() -> None:
    """Another replica stored first: it is not decided again on a look that is over."""

    class Late(FakeStore):
        """Loses the cluster, and then the race."""

        async def save(self, *_: object) -> None:
            """Somebody else was faster."""
            await self.release("eu")
            raise Overtaken("somebody else was faster")

    store = Late()
    done = await _round(store, _report(lives.incident()))
    assert (done.ending, store.shelf.glances) == (Ending.ELSEWHERE, {})


@pytest.mark.attack(25, "never called resolved")
async def test_cluster_that_refuses_is_named_and_nothing_of_it_ends() -> None:
    """It was not seen: what was open stays open, and why stands for everybody to read."""
    store = FakeStore()
    await _round(store, _report(lives.incident()))
    done = await _round(store, ClusterUnreadable("this login may not list pods", "grant it"))
    assert (done.ending, done.trouble, done.hint) == (
        Ending.UNSEEN,
        "this login may not list pods",
        "grant it",
    )
    assert [each.stage for each in store.shelf.episodes.values()] == [Stage.OPEN]
    assert await store.glances() == (Glance("eu", NOW, NOW, "this login may not list pods", 7),)


@pytest.mark.attack(25, "one hanging cluster")
async def test_cluster_that_hangs_has_a_deadline() -> None:
    """Whatever it waits for, the round ends, and says how long it was waited for."""

    async def hang() -> Report:
        await asyncio.sleep(60)
        raise AssertionError

    store = FakeStore()
    done = await patrol.patrol(_beat(store, timedelta(milliseconds=20)), hang, full=True)
    assert done.ending is Ending.UNSEEN
    assert "no answer within" in done.trouble


async def test_namespace_that_was_not_seen_resolves_nothing_in_it() -> None:
    """The rest of the look still counts: what is gone there is over."""
    store = FakeStore()
    await _round(store, _report(lives.incident("shop/web"), lives.incident("pay/api")))
    done = await _round(store, _report(complete=False, unseen=frozenset({"pay"})))
    stages = {each.parts[0].members[0].namespace if each.parts else "": each.stage for each in _all(store)}
    assert stages == {"pay": Stage.OPEN, "": Stage.RESOLVED}
    assert done.trouble == "not seen: pay"


@pytest.mark.attack(25, "partial list", "never called resolved")
async def test_partial_look_resolves_nothing() -> None:
    """A page that never came may have held anything."""
    store = FakeStore()
    await _round(store, _report(lives.incident()))
    done = await _round(store, _report(complete=False))
    assert [each.stage for each in _all(store)] == [Stage.OPEN]
    assert done.trouble == "only a part of it answered"


async def test_look_that_is_not_to_end_anything_only_begins() -> None:
    """It came at an odd moment: what it does not see may be on its way, and what it sees is told."""
    store = FakeStore()
    await _round(store, _report(lives.incident("shop/web")))

    async def look() -> Report:
        return _report(lives.incident("pay/api"))

    await patrol.patrol(_beat(store), look, full=False, ends=False)
    assert [each.stage for each in store.shelf.episodes.values()] == [Stage.OPEN, Stage.OPEN]
    await patrol.patrol(_beat(store), look, full=True)
    assert sorted(each.stage for each in store.shelf.episodes.values()) == [Stage.OPEN, Stage.RESOLVED]


async def test_quick_look_does_not_end_what_only_a_full_one_shows() -> None:
    """A Running pod that cannot restart is on no quick list."""
    store = FakeStore()
    await _round(store, _report(lives.incident()))
    await _round(store, _report(), full=False)
    assert [each.stage for each in _all(store)] == [Stage.OPEN]
    await _round(store, _report(), full=True)
    assert [each.stage for each in _all(store)] == [Stage.RESOLVED]


async def test_who_was_overtaken_decides_again_on_what_is_there() -> None:
    """The click of a person in between is not lost."""

    class Clicked(FakeStore):
        tries = 0

        async def save(
            self, changed: Sequence[Episode], forgotten: Sequence[Episode], letters: Sequence[Letter]
        ) -> None:
            """Overtaken at the first try."""
            self.tries += 1
            if self.tries == 1:
                raise Overtaken("somebody was first")
            await super().save(changed, forgotten, letters)

    store = Clicked()
    done = await _round(store, _report(lives.incident()))
    assert (store.tries, done.letters) == (2, 1)


async def test_retired_cluster_has_no_open_incident() -> None:
    """What nobody looks after any more is not left open for ever."""
    store = FakeStore()
    await _round(store, _report(lives.incident(since=NOW - HOUR)))
    later = Beat("eu", MINUTE, store, Patience(), _told, lambda: NOW + SECOND)
    turns: list[Turn] = []

    async def told(changes: Sequence[Change], look: Look) -> Sequence[Letter]:
        turns.extend(each.turn for each in changes)
        return await _told(changes, look)

    assert await patrol.retire(replace(later, tell=told)) == 1
    # Nobody saw it end, so it is not told to be resolved.
    assert turns == [Turn.DROPPED]
    assert [each.stage for each in _all(store)] == [Stage.RESOLVED]
    assert await patrol.retire(_beat(FakeStore(store.shelf))) == 0


async def test_namespace_that_the_settings_leave_out_does_not_resolve() -> None:
    """What was stored by a bot that looked there, whichever that was, is told by the first look that does not."""
    store = FakeStore()
    await _round(store, _report(lives.incident("shop/web"), lives.incident("pay/api")))
    other = FakeStore(store.shelf)
    await store.release("eu")
    await _round(other, _report(lives.incident("shop/web")), extent=Extent(exclude=("p*",)))
    bodies = [each.letter.body for each in store.shelf.letters.values()]
    assert sorted(bodies) == ["dropped", "opened"]  # what was not posted yet is overwritten
    await _round(other, _report(lives.incident("shop/web")), extent=Extent(exclude=("p*",)))
    assert len(store.shelf.letters) == 2


async def test_moment_that_cannot_be_read_is_now() -> None:
    """A cluster's clock that says nothing is no reason to stop."""
    done = await _round(FakeStore(), _report(lives.incident(), observed_at="yesterday"))
    assert done.letters == 1


def _all(store: FakeStore) -> Sequence[Episode]:
    return list(store.shelf.episodes.values())


async def test_who_is_late_is_told_with_what_goes_on_held_in_place() -> None:
    """What somebody changes meanwhile is not told as it was: it is decided again."""
    store = FakeStore()
    await _round(store, _report(lives.incident()))
    asked: list[str] = []

    async def late(standing: Sequence[Change], _look: Look) -> tuple[Letter, ...]:
        (known,) = store.shelf.episodes.values()
        asked.append(known.acknowledged_by)
        if not known.acknowledged_by:  # somebody does so just now
            await store.save([replace(known, acknowledged_by="dana")], [], [])
        return tuple(Letter(each.episode.id, "#late", Kind.MESSAGE, each.turn.value) for each in standing)

    async def look() -> Report:
        return _report(lives.incident())

    done = await patrol.patrol(replace(_beat(store), late=late), look, full=True)
    assert asked == ["", "dana"]
    assert done.letters == 1
    (episode,) = store.shelf.episodes.values()
    assert episode.acknowledged_by == "dana"
    assert [each.letter.channel for each in store.shelf.letters.values()] == ["eu", "#late"]
