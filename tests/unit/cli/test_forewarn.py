"""`forewarn` on a dump: what is printed, and with which exit code it ends."""

import json
from pathlib import Path

import jsonschema
import pytest

from bot.catalog import foretold, proof
from bot.cli import forewarn, forewarn_output
from bot.cli.asking import Asked, Output
from bot.facts.forewarning import Kind


PLAYBOOKS = Path(__file__).parents[3] / "playbooks"


@pytest.fixture
def warns(tmp_path: Path) -> tuple[Kind, Asked]:
    """A dump that a kind is warned of in."""
    example = next(each for each in foretold.examples(PLAYBOOKS, Kind.IMAGE) if each.warns)
    return Kind.IMAGE, Asked(
        source=proof.write(example.given, tmp_path / "dump"), at=example.given.options["at"]
    )


def test_it_is_told_in_words(warns: tuple[Kind, Asked], capsys: pytest.CaptureFixture[str]) -> None:
    """With what to do, and how much was looked at."""
    kind, asked = warns
    assert forewarn.run(asked, (kind,), Output.TEXT, exit_code=False) == 0
    told = capsys.readouterr().out
    assert f"[{kind}]" in told
    assert "What to do" in told
    assert "1 warning, 1 running image" in told


def test_it_is_told_to_programs(warns: tuple[Kind, Asked], capsys: pytest.CaptureFixture[str]) -> None:
    """As the schema says; and the exit code tells a pipeline."""
    kind, asked = warns
    assert forewarn.run(asked, (), Output.JSON, exit_code=True) == 1
    values = json.loads(capsys.readouterr().out)
    jsonschema.validate(values, forewarn_output.schema())
    assert kind in [each["kind"] for each in values["warnings"]]


def test_nothing_to_warn_of_is_no_failure(
    warns: tuple[Kind, Asked], capsys: pytest.CaptureFixture[str]
) -> None:
    """What could not be asked is told all the same, and is not called fine."""
    kind, asked = warns
    others = [each for each in Kind if each is not kind]
    assert forewarn.run(asked, others, Output.TEXT, exit_code=True) == 0
    assert "0 warnings, 1 running image" in capsys.readouterr().out


def test_a_namespace_that_the_dump_lacks_is_not_fine(
    warns: tuple[Kind, Asked], capsys: pytest.CaptureFixture[str]
) -> None:
    """It is told as not checked."""
    asked = Asked(namespaces=("shpo",), source=warns[1].source, at=warns[1].at)
    assert forewarn.run(asked, (), Output.TEXT, exit_code=False) == 0
    assert "? pods in shpo: not in the dump" in capsys.readouterr().out
