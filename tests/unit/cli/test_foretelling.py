"""The shipped examples of warnings, each run through a whole round."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bot import wiring
from bot.catalog import foretold
from bot.catalog.foretold import Foretold
from bot.cli.foretelling import Foreteller
from bot.errors import PlaybookError
from bot.facts.forewarning import Kind


SHIPPED = Path(__file__).parents[3] / "playbooks"
EXAMPLES = [each for kind in Kind for each in foretold.examples(SHIPPED, kind)]


@pytest.fixture(scope="module")
def foretell() -> Foreteller:
    """Whoever runs them, with the shipped playbooks."""
    return Foreteller(wiring.knowledge())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each.where)
def test_each_example_warns_of_what_it_says(foretell: Foreteller, example: Foretold) -> None:
    """And of nothing else of its kind."""
    found = foretell(example)
    assert {each.thing for each in found.findings if each.kind is example.kind} == example.warns


def test_an_example_has_a_moment(foretell: Foreteller) -> None:
    """Whatever ends, ends at some time."""
    timeless = replace(EXAMPLES[0], given=replace(EXAMPLES[0].given, options={}))
    with pytest.raises(PlaybookError, match="a warning has a moment"):
        foretell(timeless)


def test_own_words_are_the_ones_that_are_tried(tmp_path: Path) -> None:
    """A name that nobody knows is found before anybody is warned."""
    own = tmp_path / "warnings" / "image-gone"
    shutil.copytree(SHIPPED / "warnings" / "image-gone", own)
    words = (own / "message.j2").read_text(encoding="utf-8")
    (own / "message.j2").write_text(words.replace("{% block headline %}", "{% block headline %}{{ nosuch }}"))
    told = list(foretold.faults(tmp_path, Foreteller(wiring.knowledge(), tmp_path), own=True))
    assert any("'nosuch' is undefined" in each.message for each in told)
