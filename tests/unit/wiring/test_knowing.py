"""The playbooks are found and read."""

from pathlib import Path

import pytest

from bot import wiring
from bot.errors import PlaybookError


def test_wiring_finds_the_shipped_playbooks() -> None:
    """Beside the checkout here, inside the package when installed."""
    assert (wiring.shipped_playbooks() / "causes").is_dir()
    assert (wiring.shipped_playbooks() / "symptoms").is_dir()


def test_wiring_reads_all_knowledge() -> None:
    """Causes with their words, signatures, registries."""
    known = wiring.knowledge()
    assert known.catalog.causes
    assert known.registries.retired


def test_wiring_refuses_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """And names the setting that says so."""
    with pytest.raises(PlaybookError) as refused:
        wiring.knowledge(tmp_path / "nowhere")
    assert refused.value.hint == "look at playbooks.folder in the settings"
