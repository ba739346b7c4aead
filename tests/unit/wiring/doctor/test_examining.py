"""An examination begins with the settings. The rest of it tests/contract/test_doctor.py tries."""

from pathlib import Path

from bot.facts.finding import State
from bot.wiring.doctor.examining import World, examine


async def test_examine_ends_where_there_are_no_settings_to_go_by(tmp_path: Path) -> None:
    """What is named and is not there."""
    found = await examine(tmp_path / "none.yaml", World({}))
    assert [each.state for each in found.findings] == [State.WRONG, State.UNCHECKED]
    assert not found.is_well
