"""The tables in playbooks/README.md never lag behind what there is."""

from pathlib import Path

from bot import wiring
from bot.cli import tables
from tests import reports


PAGE = "before\n<!-- table: {name} -->\nold\n<!-- end -->\nafter\n"


def _table(name: str) -> str:
    return tables.refreshed(PAGE.format(name=name), reports.catalog())


def test_table_of_checks_tells_the_details_of_each_answer() -> None:
    """An author sees what can be put into words; everything around stays."""
    assert _table("checks").startswith(
        "before\n<!-- table: checks -->\n| check | claims | details its words use |\n"
    )
    assert "| `similar-tag-exists` | A tag almost like it exists | yes: `nearest` |\n" in _table("checks")
    assert _table("checks").endswith("<!-- end -->\nafter\n")


def test_table_of_causes_is_in_their_order() -> None:
    """With a link to each runbook."""
    text = _table("causes")
    assert (
        "[`wrong-tag`](causes/wrong-tag/runbook.md) | The tag does not exist | workload, registry |" in text
    )
    assert text.index("wrong-tag") < text.index("image-removed")


def test_table_of_names_says_when_each_is_there() -> None:
    """Always, whenever the reference parses, or under an if."""
    text = _table("names")
    assert "| `image` | the reference as the spec spells it | always |" in text
    assert "whenever the reference parses" in text
    assert "| under `if` |" in text


def test_tables_stay_the_same_when_nothing_changed() -> None:
    """Writing twice writes once."""
    once = _table("actions")
    assert tables.refreshed(once, reports.catalog()) == once
    assert "old" not in once


def test_shipped_page_is_up_to_date() -> None:
    """Mend with: imagepull playbooks check --fix."""
    page = (Path(wiring.shipped_playbooks()) / "README.md").read_text(encoding="utf-8")
    assert tables.refreshed(page, wiring.knowledge().catalog) == page
