"""Warnings in a file. The rest is in tests/contract/test_foretelling.py."""

import pytest
from sqlalchemy import text

from bot.errors import StoreError
from bot.facts.forewarning import Forewarning, Item, Kind
from bot.ports.foretelling import Record
from bot.store import engines, opening
from tests.fakes.cluster import NOW


async def test_what_cannot_be_read_is_no_traceback(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Somebody wrote into the database."""
    place = f"sqlite:///{tmp_path_factory.mktemp('store') / 'imagepull.db'}"
    warning = Forewarning("w1", "prod", Kind.IMAGE, "r.example", NOW, (Item("r.example/web:1"),))
    async with opening.opened(place) as store:
        await store.forewarnings.record("prod", Record((warning,)))
        engine = engines.opened(place)
        async with engine.begin() as connection:
            await connection.execute(text("UPDATE forewarnings SET body = '{}'"))
        await engines.closed(engine)
        with pytest.raises(StoreError, match="cannot be read"):
            await store.forewarnings.known("prod")
