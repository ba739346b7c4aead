"""The facts about registries are read from one file, and a row that says something else is refused."""

from pathlib import Path

import pytest

from bot.catalog import registries
from bot.errors import PlaybookError
from bot.facts import image


SHIPPED = Path(__file__).parents[3] / "playbooks"


def test_registries_ship_with_the_playbooks() -> None:
    """The shipped file is read, and knows what everybody meets."""
    book = registries.load(SHIPPED)
    assert book.uses_node_identity("123456789012.dkr.ecr.eu-west-1.amazonaws.com")
    assert book.same("auth.docker.io", "docker.io")


def test_registries_that_moved_name_their_source() -> None:
    """Each says since when and who says so, and its prefix is one that images can have."""
    for each in registries.load(SHIPPED).retired:
        assert each.source.startswith("https://")
        assert image.parse(f"{each.prefix}/x" if "/" not in each.prefix else each.prefix)


def test_registries_may_say_nothing(tmp_path: Path) -> None:
    """Every key is optional."""
    (tmp_path / "registries.yaml").write_text("{}\n")
    assert registries.load(tmp_path).retired == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- a\n", "mapping"),
        ("retired: [{prefix: a}]\n", "has exactly"),
        ("retired: [text]\n", "has exactly"),
        ("retired: [{prefix: a, moved_to: b, since: soon, source: c}]\n", "'soon' is not a date"),
        ("retired: {prefix: a}\n", "retired is a list"),
        ("families: [a.example]\n", "families is a mapping"),
        ("families: {a.example: b.example}\n", "a.example is a list"),
        ("node_identity: '*.example'\n", "node_identity is a list"),
        ("a: [\n", "registries"),
    ],
)
def test_registries_refuse_what_is_off(tmp_path: Path, text: str, says: str) -> None:
    """The error names the file and the row's fault."""
    (tmp_path / "registries.yaml").write_text(text)
    with pytest.raises(PlaybookError, match=says):
        registries.load(tmp_path)


def test_registries_must_be_there(tmp_path: Path) -> None:
    """A folder without the file is no set of playbooks."""
    with pytest.raises(PlaybookError) as caught:
        registries.load(tmp_path)
    assert "ships" in caught.value.hint
