"""What cannot be counted is a fault of the store, in its words. The rest is in tests/contract/test_counting.py."""

import pytest
from sqlalchemy import text

from bot.errors import StoreError
from bot.store import engines
from bot.store.opening import Store
from tests import proposed


async def test_body_that_is_no_json_is_a_fault_of_the_store(store: Store, url: str) -> None:
    """And nothing of the body is told."""
    await store.ledger.save(proposed.proposal(), [])
    engine = engines.opened(url)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE proposals SET body = 'canary {'"))
    await engines.closed(engine)
    with pytest.raises(StoreError) as caught:
        await store.census.tally()
    assert "canary" not in caught.value.message + caught.value.hint
