"""Proposals stand in one row each; one that cannot be read decides nothing. The rest is in tests/contract/test_ledger.py."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from bot.errors import StoreError
from bot.store import engines
from bot.store.opening import Store
from tests import proposed
from tests.fakes.cluster import NOW


async def test_half_a_character_is_stored_as_a_sign_of_itself(store: Store) -> None:
    """An API server may say anything; no database takes that."""
    stored = await store.ledger.save(proposed.proposal(outcome="it said \ud800"), [])
    found = await store.ledger.proposal("p1")
    assert found == replace(stored, outcome="it said ?")


@pytest.mark.parametrize("body", ["", "[]", "{}", "[" * 5000, '{"plan": {"id": "p1"}}'])
async def test_proposal_that_cannot_be_read_is_named(store: Store, url: str, body: str) -> None:
    """Nobody decides by what is left of it."""
    await store.ledger.save(proposed.proposal(), [])
    await _alter(url, body)
    for ask in (store.ledger.proposal("p1"), store.ledger.unfinished(), store.ledger.since(NOW)):
        with pytest.raises(StoreError, match="'p1'"):
            await ask


async def test_proposal_in_anothers_place_is_refused(store: Store, url: str) -> None:
    """Whoever approves the one would get the other."""
    await store.ledger.save(proposed.proposal(), [])
    await store.ledger.save(proposed.proposal("p2"), [])
    engine = engines.opened(url)
    async with engine.begin() as connection:
        swap = "UPDATE proposals SET body = (SELECT body FROM proposals WHERE id = 'p2') WHERE id = 'p1'"
        await connection.execute(text(swap))
    await engines.closed(engine)
    assert await store.ledger.proposal("p2") is not None
    with pytest.raises(StoreError, match="'p1'"):
        await store.ledger.proposal("p1")


async def _alter(url: str, body: str) -> None:
    engine = engines.opened(url)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE proposals SET body = :body"), {"body": body})
    await engines.closed(engine)
