"""Opinions by one suite, whoever keeps them: in this process, in SQLite's file, in PostgreSQL.

One voice each, whichever replica hears it; what is kept holds no secret, and outlives the incident.
"""

import asyncio
from dataclasses import replace

import pytest

from bot.facts.episode import Stage
from bot.facts.opinion import SOMETHING_ELSE, Judgement, Opinion
from bot.facts.verdict import Confidence
from bot.ports.keeping import Letter
from bot.store.opening import Store
from tests import lives
from tests.fakes.cluster import NOW
from tests.fakes.jury import SHOWN
from tests.fakes.store import Replica
from tests.lives import HOUR, MINUTE


@pytest.fixture
async def store(replica: Replica) -> Store:
    """One of them."""
    return await replica()


def _opinion(judgement: Judgement = Judgement.RIGHT, person: str = "T1/U1", **changes: object) -> Opinion:
    return replace(Opinion(SHOWN, person, judgement, NOW), **changes)


async def test_voices_come_back_as_they_were_given(store: Store) -> None:
    """The oldest first, those of a time only."""
    early = _opinion(person="T1/U9", at=NOW - HOUR)
    late = _opinion(Judgement.WRONG, instead=SOMETHING_ELSE, remark="a \ud800 mirror\0 of ours")
    for each in (late, early):
        assert await store.opinions.note(each)
    found = await store.opinions.since(NOW - 2 * HOUR)
    assert found[0] == early
    assert replace(found[1], remark="") == replace(late, remark="")
    assert "mirror" in found[1].remark
    assert await store.opinions.since(NOW + MINUTE) == ()


async def test_one_voice_each_whichever_replica_hears_it(replica: Replica) -> None:
    """A judgement once more is nothing new and takes no word away; another one replaces all of it."""
    one, other = await replica(), await replica()
    told = _opinion(Judgement.WRONG, instead="disk", remark="df said so")
    assert await one.opinions.note(_opinion(Judgement.WRONG))
    assert await other.opinions.note(told)
    assert not await one.opinions.note(_opinion(Judgement.WRONG, at=NOW + MINUTE))
    assert await one.opinions.since(NOW - HOUR) == (told,)
    changed = _opinion(Judgement.RIGHT, at=NOW + MINUTE)
    assert await other.opinions.note(changed)
    assert await one.opinions.since(NOW - HOUR) == (changed,)
    another = _opinion(shown=replace(SHOWN, cause="disk", confidence=Confidence.LOW))
    assert await one.opinions.note(another)
    assert await one.opinions.note(replace(another, person="T1/U2"))
    assert len(await other.opinions.since(NOW - HOUR)) == 3


async def test_clicks_at_once_are_one_voice(replica: Replica) -> None:
    """Of one person in two replicas."""
    stores = [await replica() for _ in range(2)]
    await asyncio.gather(*(each.opinions.note(_opinion()) for each in stores for _ in range(4)))
    assert await stores[0].opinions.since(NOW) == (_opinion(),)


async def test_what_looks_like_a_secret_is_struck(store: Store) -> None:
    """Before it is stored."""
    await store.opinions.note(
        _opinion(Judgement.WRONG, remark="it was https://bob:hunter2canary@r.example/x")
    )
    (found,) = await store.opinions.since(NOW)
    assert "canary" not in found.remark
    assert "r.example" in found.remark


async def test_told_are_those_that_people_heard_of(store: Store) -> None:
    """Open, or resolved since then; not held, not absorbed, and none that is forgotten. Voices outlive them."""
    memory = lives.opened(*(lives.incident(f"shop/{name}") for name in ("a", "b", "c", "d", "e")))
    a, b, c, d, e = sorted(memory.live, key=lambda each: each.id)
    over = {"parts": (), "ended": NOW}
    every = [
        a,
        replace(b, stage=Stage.RESOLVED, **over),
        replace(c, stage=Stage.RESOLVED, parts=(), ended=NOW - HOUR),
        replace(d, stage=Stage.ABSORBED, **over),
        replace(e, stage=Stage.HELD, told=None),
    ]
    nothing: tuple[Letter, ...] = ()
    await store.keeper.save([replace(each, version=0) for each in every], [], nothing)
    assert [each.id for each in await store.opinions.told(NOW - MINUTE)] == [a.id, b.id]
    assert [each.id for each in await store.opinions.told(NOW - 2 * HOUR)] == [a.id, b.id, c.id]
    await store.opinions.note(_opinion(shown=replace(SHOWN, incident=b.id)))
    await store.keeper.forget(NOW + MINUTE)
    assert [each.id for each in await store.opinions.told(NOW - HOUR)] == [a.id]
    assert len(await store.opinions.since(NOW)) == 1
