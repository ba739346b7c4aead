"""Reports are printed as the terminal wants them, and the exit code says what was asked for."""

import io
import json

import pytest

from bot.cli import telling
from bot.cli.asking import Output, Shape
from bot.errors import ClusterUnreadable
from tests import reports


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "expected"),
    [
        (_Terminal(), {}, True),
        (_Terminal(), {"TERM": "dumb"}, False),
        (_Terminal(), {"NO_COLOR": "1"}, False),
        (_Terminal(), {"NO_COLOR": ""}, True),
        (io.StringIO(), {}, False),
        (io.StringIO(), {"FORCE_COLOR": "1"}, True),
        (io.StringIO(), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (_Terminal(), {"FORCE_COLOR": "0"}, False),
    ],
)
def test_telling_colours_where_it_is_wanted(
    stream: io.StringIO, environment: dict[str, str], expected: bool
) -> None:
    """A terminal, unless it or the user says otherwise."""
    assert telling.coloured(stream, environment) is expected


@pytest.mark.parametrize(
    ("columns", "expected"),
    [("60", 60), ("200", 200), ("5", 40), ("0", 40), ("x", None), ("99999", None), ("\u0663", None)],
)
def test_telling_is_as_wide_as_columns_say(columns: str, expected: int | None) -> None:
    """A sensible COLUMNS counts; nonsense falls back."""
    found = telling.width({"COLUMNS": columns})
    assert found == expected if expected else 40 <= found <= 120


@pytest.mark.parametrize("tell", [telling.diagnoses, telling.incidents])
def test_telling_ends_with_a_line(tell: object, capsys: pytest.CaptureFixture[str]) -> None:
    """Text ends with one line break, so that what follows begins on a line of its own."""
    assert callable(tell)
    code = tell([reports.report(reports.diagnosis())], reports.catalog(), Shape())
    out = capsys.readouterr().out
    assert code == 0
    assert out.endswith("\n")
    assert not out.endswith("\n\n")


@pytest.mark.parametrize(("diagnoses", "asked", "code"), [(1, True, 1), (1, False, 0), (0, True, 0)])
def test_telling_says_by_its_code_that_something_was_found(
    diagnoses: int, asked: bool, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """1 only when it was asked for and there is a failure."""
    report = reports.report(*[reports.diagnosis()] * diagnoses)
    assert telling.incidents([report], reports.catalog(), Shape(exit_code=asked)) == code
    assert capsys.readouterr().out


def test_telling_prints_json_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    """One cluster is one document; several are a line each."""
    report = reports.report(reports.diagnosis())
    shape = Shape(Output.JSON)
    telling.incidents([report], reports.catalog(), shape)
    assert json.loads(capsys.readouterr().out)["schema"] == "imagepull/v1"
    telling.incidents([report, report], reports.catalog(), shape)
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["schema"] for line in lines] == ["imagepull/v1"] * 2
    assert json.loads(telling.as_line(report, reports.catalog())) == json.loads(lines[0])


def test_telling_complains_in_two_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """Which cluster, what, and what to do; nothing in it moves the cursor."""
    telling.complain(ClusterUnreadable("no\n\x1b[31manswer", "look there"), "prod")
    assert capsys.readouterr().err == "imagepull: prod: no \\x1b[31manswer\nhint: look there\n"


def test_telling_prints_what_slack_would_get(capsys: pytest.CaptureFixture[str]) -> None:
    """Alerts or a list; one document, also for several clusters."""
    found = [reports.report(reports.diagnosis())] * 2
    for tell, headed in ((telling.diagnoses, "The tag 1.4"), (telling.incidents, "prod-eu: 1 incident")):
        assert tell(found, reports.catalog(), Shape(Output.SLACK, exit_code=True)) == 1
        told = json.loads(capsys.readouterr().out)
        assert told["schema"] == "imagepull-slack/v1"
        headers = [
            each["blocks"][0]["text"]["text"] for each in told["messages"] if "text" in each["blocks"][0]
        ]
        assert sum(each.startswith(headed) for each in headers) == 2
