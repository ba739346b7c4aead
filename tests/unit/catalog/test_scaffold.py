"""A new cause starts from a folder that has everything the lint asks for."""

from pathlib import Path

import pytest

from bot.catalog import loader, scaffold
from bot.errors import UsageError


SHIPPED = Path(__file__).parents[3] / "playbooks"


def test_scaffold_writes_a_cause_that_loads(tmp_path: Path) -> None:
    """Every placeholder is filled in, and the result is a valid cause."""
    written = scaffold.scaffold("tag-was-moved", SHIPPED / "new-cause", tmp_path)
    assert {str(path.relative_to(tmp_path / "causes/tag-was-moved")) for path in written} == {
        "cause.yaml",
        "message.j2",
        "runbook.md",
        "examples/proven.yaml",
        "examples/near-miss.yaml",
    }
    assert not any("CAUSE-ID" in path.read_text(encoding="utf-8") for path in written)
    catalog, faults = loader.survey(SHIPPED, tmp_path)
    assert not [fault for fault in faults if "tag-was-moved" in fault.message]
    assert not catalog.playbooks["tag-was-moved"].cause.stable


def test_scaffold_leaves_what_is_there_alone(tmp_path: Path) -> None:
    """It is somebody's work."""
    scaffold.scaffold("tag-was-moved", SHIPPED / "new-cause", tmp_path)
    with pytest.raises(UsageError, match="there already"):
        scaffold.scaffold("tag-was-moved", SHIPPED / "new-cause", tmp_path)


@pytest.mark.parametrize("identifier", ["", "../x", "Upper", "a b", "-x", "x" * 61, "x\n", "a--b"])
def test_scaffold_refuses_what_is_not_an_id(tmp_path: Path, identifier: str) -> None:
    """Nothing is ever written outside the folder."""
    with pytest.raises(UsageError, match="is not an id"):
        scaffold.scaffold(identifier, SHIPPED / "new-cause", tmp_path)
    assert not list(tmp_path.iterdir())
