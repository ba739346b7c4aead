"""Warnings by one suite, whoever keeps them: in this process, in SQLite's file, in PostgreSQL."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import Overtaken, StoreError
from bot.facts.forewarning import Check, Ending, Forewarning, Item, Kind, User
from bot.ports.foretelling import Record
from bot.ports.keeping import Address, Letter
from bot.ports.keeping import Kind as Sort
from bot.store.opening import Store
from tests.fakes.cluster import NOW
from tests.fakes.store import Replica


HOUR = timedelta(hours=1)
ITEM = Item("r.example/web:1", {"what": "1"}, (User("shop", "Deployment/web", 3, {"team": "web"}),))
NEW = Forewarning("w1", "prod", Kind.IMAGE, "r.example", NOW, (ITEM,))


def letter(body: str, name: str = "w1") -> Letter:
    """A message about a warning."""
    return Letter(name, "#shop", Sort.MESSAGE, body)


@pytest.fixture
async def store(replica: Replica) -> Store:
    """One of them."""
    return await replica()


async def test_a_warning_is_found_as_it_was_stored(store: Store) -> None:
    """By another replica too, until it has ended; each cluster has its own."""
    await store.forewarnings.record("prod", Record((NEW,), letters=[letter("a")]))
    (known,) = await store.forewarnings.known("prod")
    assert known == replace(NEW, version=1)
    assert known.items[0].users[0].labels == {"team": "web"}
    assert await store.forewarnings.known("other") == ()
    over = replace(known, ended=NOW + HOUR, ending=Ending.FINE)
    await store.forewarnings.record("prod", Record((over,)))
    assert await store.forewarnings.known("prod") == ()


async def test_its_letters_are_delivered_like_an_incidents(store: Store) -> None:
    """Posted once, then edited where it stands."""
    await store.forewarnings.record("prod", Record((NEW,), letters=[letter("a")]))
    (first,) = await store.outbox.due(NOW, HOUR, 10)
    assert (first.letter.body, first.address) == ("a", None)
    assert await store.outbox.delivered(first, Address("C1", "1"))
    (known,) = await store.forewarnings.known("prod")
    await store.forewarnings.record("prod", Record((known,), letters=[letter("b")]))
    (second,) = await store.outbox.due(NOW, HOUR, 10)
    assert (second.letter.body, second.address) == ("b", Address("C1", "1"))
    assert [each.body for each in await store.keeper.messages("w1")] == ["b"]


async def test_of_two_who_store_at_once_one_is_first(replica: Replica) -> None:
    """The other one stores nothing at all."""
    one, other = await replica(), await replica()
    await one.forewarnings.record("prod", Record((NEW,)))
    with pytest.raises(Overtaken):
        await other.forewarnings.record("prod", Record((NEW,), letters=[letter("b")]))
    (known,) = await other.forewarnings.known("prod")
    await one.forewarnings.record("prod", Record((replace(known, more=1),)))
    with pytest.raises(Overtaken):
        await other.forewarnings.record("prod", Record((replace(known, more=2),), [Check("x", NOW)]))
    assert [each.more for each in await one.forewarnings.known("prod")] == [1]
    assert await one.forewarnings.checks("prod") == {}


async def test_what_was_asked_is_kept_while_it_runs(store: Store) -> None:
    """The latest answer counts, and what runs no more is forgotten where somebody saw all that runs."""
    old, new = Check("a:1", NOW), Check("a:1", NOW + HOUR, gone=True)
    await store.forewarnings.record("prod", Record(checks=[old, Check("b:1", NOW)]))
    await store.forewarnings.record("prod", Record(checks=[new]))
    await store.forewarnings.record("other", Record(checks=[Check("c:1", NOW)], images=frozenset({"c:1"})))
    assert await store.forewarnings.checks("prod") == {"a:1": new, "b:1": Check("b:1", NOW)}
    await store.forewarnings.record("prod", Record(images=frozenset({"a:1"})))
    assert await store.forewarnings.checks("prod") == {"a:1": new}


async def test_what_ended_is_forgotten_when_it_was_told(store: Store) -> None:
    """Its messages with it, and nobody else's; what goes on stays."""
    over = replace(NEW, ended=NOW, ending=Ending.UNUSED)
    goes_on = replace(NEW, id="w2", thing="x.example")
    await store.forewarnings.record("prod", Record((over, goes_on), letters=[letter("a"), letter("b", "w2")]))
    await store.forewarnings.forget(NOW + HOUR)
    assert len(await store.keeper.messages("w1")) == 1
    for each in await store.outbox.due(NOW, HOUR, 10):
        assert await store.outbox.delivered(each, Address("C1", each.letter.incident))
    await store.forewarnings.forget(NOW + HOUR)
    assert await store.keeper.messages("w1") == ()
    await store.keeper.forget(NOW + HOUR)
    assert len(await store.keeper.messages("w2")) == 1
    assert [each.id for each in await store.forewarnings.known("prod")] == ["w2"]


async def test_nothing_is_told_of_what_is_not_there(store: Store) -> None:
    """And then nothing is stored."""
    with pytest.raises(StoreError):
        await store.forewarnings.record("prod", Record(letters=[letter("a", "w9")]))


async def test_incidents_and_warnings_do_not_mix(store: Store) -> None:
    """No look sees a warning, and no tally counts one."""
    await store.forewarnings.record("prod", Record((NEW,), letters=[letter("a")]))
    assert await store.keeper.episodes("prod", NOW - HOUR) == ()
    assert await store.keeper.episode("w1") is None
    assert (await store.census.tally()).incidents == ()
