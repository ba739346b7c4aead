"""Letters stand in one row each until they arrived."""

import pytest

from bot.ports.keeping import Address
from bot.store import letters
from bot.store.opening import Store
from tests.fakes import dying
from tests.fakes.cluster import NOW
from tests.lives import MINUTE


@pytest.mark.parametrize(
    ("channel", "moment", "where"),
    [("C1", "1.2", Address("C1", "1.2")), (None, None, None), ("C1", None, None)],
)
def test_address_is_whole_or_none(channel: str | None, moment: str | None, where: Address | None) -> None:
    """Half of one leads nowhere."""
    assert letters.address(channel, moment) == where


async def test_number_is_given_once(store: Store) -> None:
    """A letter is found by its key in the channel, long after it left the table."""
    await store.keeper.save([dying.begun("a")], [], dying.letters("a"))
    keys = []
    while taken := await store.outbox.due(NOW, MINUTE, 1):
        keys.append(taken[0].key)
        assert await store.outbox.delivered(taken[0])
    await store.keeper.save([dying.begun("b")], [], dying.letters("b"))
    (next_one,) = await store.outbox.due(NOW, MINUTE, 1)
    assert [*keys, next_one.key] == ["a-1", "a-2", "b-3"]
