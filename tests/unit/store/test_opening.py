"""A URL opens a store, or says in a line why not."""

import os
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.errors import SettingsError, StoreError
from bot.store import engines, opening
from tests import proposed
from tests.fakes import dying


async def test_store_is_there_when_it_is_opened_again(url: str) -> None:
    """That is what it is for."""
    async with opening.opened(url) as store:
        await store.keeper.save([dying.begun("a")], [], [])
    async with opening.opened(url) as store:
        assert await store.keeper.episode("a") is not None


def _rights(folder: Path) -> dict[str, int]:
    return {each.name: each.stat().st_mode & 0o777 for each in folder.iterdir()}


async def test_file_is_its_owners_alone(tmp_path: Path) -> None:
    """Case 31: and so is what SQLite keeps beside it, whatever the process lets others do with its files."""
    before = os.umask(0)
    try:
        async with opening.opened(f"sqlite:///{tmp_path / 'imagepull.db'}") as store:
            await store.keeper.save([dying.begun("a")], [], [])
            made = _rights(tmp_path)
    finally:
        os.umask(before)
    assert set(made) >= {"imagepull.db", "imagepull.db-wal"}
    assert set(made.values()) == {0o600}


async def test_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    """With what has to be there."""
    with pytest.raises(StoreError) as refused:
        async with opening.opened(f"sqlite:///{tmp_path / 'none' / 'imagepull.db'}"):
            pass
    assert "folder" in refused.value.hint


async def test_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    """It may be somebody's."""
    path = tmp_path / "imagepull.db"
    path.write_text("not yours" * 1000)
    with pytest.raises(StoreError) as refused:
        async with opening.opened(f"sqlite:///{path}"):
            pass
    assert "no SQLite database" in refused.value.message
    assert path.read_text() == "not yours" * 1000


async def test_url_that_names_no_database_is_refused() -> None:
    """Before anything is connected."""
    with pytest.raises(SettingsError):
        async with opening.opened("redis://canary@host"):
            pass


async def test_server_that_is_away_is_told() -> None:
    """Nobody listens on that port."""
    with pytest.raises(StoreError) as refused:
        async with opening.opened("postgresql+asyncpg://canary:canary@127.0.0.1:1/imagepull"):
            pass
    assert "reached" in refused.value.message
    assert "canary" not in refused.value.message + refused.value.hint


async def test_record_is_not_looked_for_where_there_is_nothing(url: str, tmp_path: Path) -> None:
    """No file is made, and what was made before there was a record says so."""
    with pytest.raises(StoreError, match="there is no database"):
        async with opening.recorded(url):
            pass
    assert _rights(tmp_path) == {}
    engine = engines.opened(url)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE other (x)"))
    await engines.closed(engine)
    with pytest.raises(StoreError, match="no record"):
        async with opening.recorded(url):
            pass


async def test_record_is_read_from_a_file_with_any_name(tmp_path: Path) -> None:
    """Also one with signs that mean something in a URI."""
    url = f"sqlite:///{tmp_path / 'a b%20#c.db'}"
    async with opening.opened(url) as store:
        await store.ledger.note([proposed.entry()])
    async with opening.recorded(url) as ledger:
        assert len(await ledger.records()) == 1
