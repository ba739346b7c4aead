"""An examination begins with the settings. The rest of it tests/contract/test_doctor.py tries."""

from pathlib import Path

import pytest

from bot.facts.finding import State
from bot.wiring.doctor.examining import World, examine


async def test_examine_ends_where_there_are_no_settings_to_go_by(tmp_path: Path) -> None:
    """What is named and is not there."""
    found = await examine(tmp_path / "none.yaml", World({}))
    assert [each.state for each in found.findings] == [State.WRONG, State.UNCHECKED]
    assert not found.is_well


async def test_examine_fails_a_bot_without_clusters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would not run, whether there is no file or one that names none; what mends it writes over no file."""
    monkeypatch.chdir(tmp_path)
    world = World({"HOME": str(tmp_path)}, seconds=0.5)
    (first, *_) = (await examine(None, world)).findings
    assert (first.key, first.state, first.remedy) == ("settings", State.WRONG, "imagepull init")
    file = tmp_path / "imagepull.yaml"
    file.write_text('slack: {mode: "off"}\n', encoding="utf-8")
    (first, *_) = (await examine(None, world)).findings
    assert (first.key, first.state) == ("clusters", State.WRONG)
    assert "imagepull init" not in first.remedy
