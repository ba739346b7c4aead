"""The words of warnings, as they are read."""

import shutil
from pathlib import Path

import pytest

from bot.catalog import warnings
from bot.errors import PlaybookError
from bot.facts.cause import Severity
from bot.facts.forewarning import Ending, Kind


SHIPPED = Path(__file__).parents[3] / "playbooks"


def test_every_kind_has_its_words() -> None:
    """With a last word for each way in which it ends, and a severity that wakes nobody."""
    found = warnings.load(SHIPPED)
    assert set(found) == set(Kind)
    for words in found.values():
        assert set(words.ends) == set(Ending)
        assert words.severity is Severity.LOW
        assert words.runbook.startswith("# ")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("id: image-gone", "id: other", "not the folder's name"),
        ("severity: low", "severity: dire", "is not one of"),
        ("  fine:", "  fin:", "ends: fine"),
        ('    run: [docker, manifest, inspect, "{image}"]', "    run: []", "the program"),
        ("title:", "titel:", "title"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    """With the file and the key."""
    shutil.copytree(SHIPPED / "warnings", tmp_path / "warnings")
    file = tmp_path / "warnings" / "image-gone" / "warning.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(PlaybookError, match=said):
        warnings.load(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """By its place in the folder."""
    with pytest.raises(PlaybookError, match=r"token-expires/warning.yaml: this file is missing"):
        warnings.load(tmp_path)


def test_own_words_of_a_kind_stand_for_ours(tmp_path: Path) -> None:
    """The others stay; words that say less than they must are refused like ours."""
    own = tmp_path / "warnings" / "image-gone"
    shutil.copytree(SHIPPED / "warnings" / "image-gone", own)
    (own / "runbook.md").write_text("# Ask the platform team\n", encoding="utf-8")
    found = warnings.load(SHIPPED, tmp_path)
    assert found[Kind.IMAGE].runbook == "# Ask the platform team\n"
    assert found[Kind.TOKEN] == warnings.load(SHIPPED)[Kind.TOKEN]
    (own / "message.j2").unlink()
    with pytest.raises(PlaybookError, match=r"image-gone/message.j2: this file is missing"):
        warnings.load(SHIPPED, tmp_path)
