"""The examples of warnings: each is run, and none may warn of more or less than it says."""

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.catalog import foretold
from bot.catalog.foretold import Foretold
from bot.errors import ClusterUnreadable
from bot.facts.forewarning import Finding, Kind, Outlook


SHIPPED = Path(__file__).parents[3] / "playbooks"
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def warning_of(*things: str) -> foretold.Forewarn:
    """A round that finds these of every kind."""
    return lambda example: Outlook("x", NOW, tuple(Finding(example.kind, each, ()) for each in things))


def as_expected(example: Foretold) -> Outlook:
    """A round that finds what is expected."""
    return warning_of(*example.warns)(example)


def said(forewarn: foretold.Forewarn, folder: Path = SHIPPED) -> Sequence[str]:
    """What is wrong."""
    return [each.message for each in foretold.faults(folder, forewarn)]


def test_every_kind_ships_with_examples_and_near_misses() -> None:
    """So that nothing is wrong when each is told as it should be."""
    assert not said(as_expected)


def test_more_or_less_than_expected_is_told() -> None:
    """By the example's file."""
    assert any("it warns of elsewhere" in each for each in said(warning_of("elsewhere")))
    assert any("does not warn of registry.example" in each for each in said(warning_of()))


def test_what_cannot_be_run_is_told() -> None:
    """And the others are tried all the same."""

    def fails(_: Foretold) -> Outlook:
        raise ClusterUnreadable("nothing there", "look again")

    assert len(said(fails)) == sum(len(foretold.examples(SHIPPED, kind)) for kind in Kind)


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("warns: [registry.example]", "warns: []", "none warns"),
        ("warns: [registry.example]", "warns: [registry.example]\n  near_miss: true", "warns of nothing"),
        ("expect:", "expects:", "a mapping"),
    ],
)
def test_an_example_that_says_too_little_is_told(tmp_path: Path, old: str, new: str, wanted: str) -> None:
    """A kind without an example that warns, or one that contradicts itself."""
    shutil.copytree(SHIPPED / "warnings", tmp_path / "warnings")
    file = tmp_path / "warnings" / "image-gone" / "examples" / "tag-removed.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert any(wanted in each for each in said(as_expected, tmp_path))


def test_of_a_folder_of_ones_own_only_what_it_has_is_looked_at(tmp_path: Path) -> None:
    """Ours stand for the rest; of one's own an example is asked for as of ours."""
    assert not list(foretold.faults(tmp_path, as_expected, own=True))
    (tmp_path / "warnings" / "image-gone").mkdir(parents=True)
    told = [each.message for each in foretold.faults(tmp_path, as_expected, own=True)]
    assert told == [
        "warnings/image-gone/examples: none warns",
        "warnings/image-gone/examples: no near miss",
    ]
