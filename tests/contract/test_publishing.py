"""Editions by one suite, whoever keeps them: in this process, in SQLite's file, in PostgreSQL.

Of all replicas one publishes an edition, with its letters or not at all, and nobody again while it is remembered.
"""

import asyncio
from datetime import timedelta

import pytest

from bot.errors import StoreError
from bot.ports.keeping import Kind, Letter
from bot.ports.publishing import Edition
from bot.store.opening import Store
from tests.fakes.cluster import NOW
from tests.fakes.store import Replica
from tests.lives import HOUR, MINUTE


NAME, CHANNEL = "digest-2026-W47-abc", "#image-pulls"
EDITION = Edition(NAME, CHANNEL, NOW)


def _letters(*bodies: str, name: str = NAME) -> list[Letter]:
    return [Letter(name, CHANNEL, Kind.REPLY, each) for each in bodies]


@pytest.fixture
async def store(replica: Replica) -> Store:
    """One of them."""
    return await replica()


async def _delivered(store: Store) -> list[str]:
    found = []
    while due := await store.outbox.due(NOW, MINUTE, 10):
        for each in due:
            assert (each.address, each.under) == (None, None)
            found.append(each.letter.body)
            assert await store.outbox.delivered(each)
    return found


async def test_edition_goes_out_once_with_its_letters_in_order(store: Store) -> None:
    """They stand by themselves, and nobody publishes it again."""
    assert not await store.editions.is_out(NAME)
    assert await store.editions.publish(EDITION, _letters("words", "picture"))
    assert await store.editions.is_out(NAME)
    assert not await store.editions.publish(EDITION, _letters("again"))
    assert await _delivered(store) == ["words", "picture"]
    assert not await store.editions.publish(EDITION, _letters("again"))
    assert await _delivered(store) == []


async def test_of_many_at_once_one_publishes(replica: Replica) -> None:
    """Whichever replica it is."""
    stores = [await replica() for _ in range(3)]
    asked = (each.editions.publish(EDITION, _letters(str(number))) for number, each in enumerate(stores))
    assert sorted(await asyncio.gather(*asked)) == [False, False, True]
    assert len(await _delivered(stores[0])) == 1


async def test_others_housekeeping_leaves_letters_alone(store: Store) -> None:
    """What is not delivered is not dropped with incidents, nor forgotten with its edition."""
    await store.editions.publish(EDITION, _letters("words"))
    later = NOW + 100 * HOUR
    await store.keeper.forget(later)
    await store.ledger.forget(later)
    await store.editions.forget(later)
    assert await store.editions.is_out(NAME)
    assert await _delivered(store) == ["words"]
    await store.editions.forget(NOW)
    assert await store.editions.is_out(NAME)
    await store.editions.forget(NOW + timedelta(seconds=1))
    assert not await store.editions.is_out(NAME)
    assert await store.keeper.messages(NAME) == ()


async def test_edition_without_its_letters_is_none(replica: Replica, place: str) -> None:
    """What goes wrong half-way leaves nothing."""
    if not place:
        return
    store = await replica()
    with pytest.raises(StoreError):
        await store.editions.publish(EDITION, _letters("words", name="of nothing"))
    assert not await store.editions.is_out(NAME)
    assert await store.editions.publish(EDITION, _letters("words"))
