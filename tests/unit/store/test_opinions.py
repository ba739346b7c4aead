"""What cannot be read is a fault of the store. The rest is in tests/contract/test_judging.py."""

import sqlite3
from dataclasses import replace

import pytest

from bot.errors import StoreError
from bot.facts.opinion import Judgement, Opinion
from bot.store.opening import Store
from tests import lives
from tests.fakes.cluster import NOW
from tests.fakes.jury import SHOWN


async def test_incident_that_cannot_be_read_is_a_fault_of_the_store(store: Store, url: str) -> None:
    """And nothing of it is told."""
    (episode,) = lives.opened(lives.incident()).live
    await store.keeper.save([replace(episode, version=0)], [], [])
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE episodes SET body = 'canary {'")
    connection.close()
    with pytest.raises(StoreError) as caught:
        await store.opinions.told(NOW)
    assert "canary" not in caught.value.message


async def test_voice_that_cannot_be_read_is_left_out(store: Store, url: str) -> None:
    """A newer version may know judgements that this one does not."""
    await store.opinions.note(Opinion(SHOWN, "T1/U1", Judgement.RIGHT, NOW))
    await store.opinions.note(Opinion(SHOWN, "T1/U2", Judgement.WRONG, NOW))
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE opinions SET judgement = 'perhaps' WHERE person = 'T1/U1'")
    connection.close()
    assert [each.person for each in await store.opinions.since(NOW)] == ["T1/U2"]
