"""An edition's name is what makes it one. The rest is in tests/contract/test_publishing.py."""

from bot.ports.publishing import Edition
from bot.store.opening import Store
from tests.fakes.cluster import NOW


async def test_editions_of_two_channels_are_two(store: Store) -> None:
    """Each with its own letters, or with none."""
    assert await store.editions.publish(Edition("one", "#a", NOW), [])
    assert await store.editions.publish(Edition("two", "#b", NOW), [])
    assert not await store.editions.publish(Edition("one", "#b", NOW), [])
