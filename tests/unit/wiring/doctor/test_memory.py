"""A store is looked at without being touched."""

from pathlib import Path

import pytest

from bot.facts.finding import State
from bot.settings import Store
from bot.store import opening
from bot.store.examining import Condition
from bot.wiring.doctor import memory


def _files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def _found(file: Path) -> list[tuple[str, State]]:
    return [(each.says, each.state) async for each in memory.look(Store(url=f"sqlite:///{file}"))]


async def test_look_makes_no_database(tmp_path: Path) -> None:
    """The bot does, when it starts."""
    found = await _found(tmp_path / "new.db")
    assert [state for _, state in found] == [State.OK]
    assert not _files(tmp_path)


async def test_look_names_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """SQLite makes files, and no folders."""
    found = [each async for each in memory.look(Store(url=f"sqlite:///{tmp_path}/none/a.db"))]
    assert [each.state for each in found] == [State.WRONG]
    assert found[0].remedy.startswith("mkdir -p ")


async def test_look_tells_who_else_may_read_the_file(tmp_path: Path) -> None:
    """It names images and namespaces."""
    file = tmp_path / "a.db"
    async with opening.opened(f"sqlite:///{file}"):
        pass
    file.chmod(0o644)
    found = await _found(file)
    assert [state for _, state in found] == [State.WARNING, State.OK]


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        (Condition("future", "now", is_known=False, works=False), "knows up to now"),
        (Condition("now", "now", is_known=True, barred="it is a standby"), "standby"),
        (Condition("now", "now", is_known=True, sessions_stay=False), "pooler in transaction mode"),
    ],
)
def test_judged_names_what_is_wrong(condition: Condition, told: str) -> None:
    """And nothing else."""
    found = list(memory.judged(condition, None))
    assert [each.state for each in found] == [State.WRONG]
    assert told in found[0].says


def test_judged_says_what_the_bot_will_do_to_an_older_one() -> None:
    """It brings it up to date when it starts."""
    found = list(memory.judged(Condition("first", "second", is_known=True, sessions_stay=True), None))
    assert [each.state for each in found] == [State.OK]
    assert "brings it to second" in found[0].says


def test_judged_lets_a_newer_one_pass_that_still_works() -> None:
    """As while replicas are replaced one by one."""
    found = list(memory.judged(Condition("next", "now", is_known=False, sessions_stay=True), None))
    assert [each.state for each in found] == [State.OK]
    assert "a newer version" in found[0].says
