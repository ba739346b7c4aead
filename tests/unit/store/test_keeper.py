"""Incidents stand as JSON that newer and older versions can read, and what nobody can read is refused."""

import json
import sqlite3
from dataclasses import replace

import pytest

from bot.errors import StoreError
from bot.store.opening import Store
from tests.fakes import dying
from tests.fakes.cluster import NOW


def _changed(url: str, body: str) -> None:
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE episodes SET body = ?", (body,))
    connection.close()


async def _body(store: Store, url: str) -> dict[str, object]:
    await store.keeper.save([dying.begun("a")], [], [])
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    (body,) = connection.execute("SELECT body FROM episodes").fetchone()
    connection.close()
    found: dict[str, object] = json.loads(body)
    return found


async def test_incident_of_another_version_is_read(store: Store, url: str) -> None:
    """It may lack what we added, or hold what we do not know."""
    body = await _body(store, url)
    del body["returns"]
    _changed(url, json.dumps(body | {"invented": [1]}))
    assert await store.keeper.episode("a") == replace(dying.begun("a"), version=1)


@pytest.mark.parametrize("body", ["", "{}", "[1]", '{"id": 7}', "canary"])
async def test_damaged_incident_is_refused(store: Store, url: str, body: str) -> None:
    """In a line with a hint, and without what stands there."""
    await _body(store, url)
    _changed(url, body)
    with pytest.raises(StoreError) as refused:
        await store.keeper.episodes("eu", NOW)
    assert refused.value.hint
    assert "canary" not in str(refused.value)
