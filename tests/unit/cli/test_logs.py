"""What is logged is a line each, for a machine or a person, and holds no secret."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot.cli import logs


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Other tests log as pytest has it."""
    root = logging.getLogger()
    before, level = root.handlers, root.level
    yield
    root.handlers = before
    root.setLevel(level)
    structlog.reset_defaults()


def _lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


def test_machine_reads_json(capsys: pytest.CaptureFixture[str]) -> None:
    """With the time, the level and whatever was said beside the event."""
    logs.set_up(machine=True)
    structlog.get_logger("imagepull").info("looked", cluster="eu", pods=7)
    (line,) = _lines(capsys)
    told = json.loads(line)
    assert (told["event"], told["level"], told["cluster"], told["pods"]) == ("looked", "info", "eu", 7)
    assert told["timestamp"].endswith("Z")


def test_libraries_log_the_same_way(capsys: pytest.CaptureFixture[str]) -> None:
    """The words of others are formatted alike; their chatter is not there."""
    logs.set_up(machine=True)
    logging.getLogger("imagepull.slack").warning("Slack: %s", "away")
    logging.getLogger("aiohttp.access").info("GET /")
    logging.getLogger("slack_bolt.app").warning("whole body")
    (line,) = _lines(capsys)
    assert json.loads(line)["event"] == "Slack: away"


@pytest.mark.parametrize("machine", [True, False])
def test_no_secret_is_logged(capsys: pytest.CaptureFixture[str], *, machine: bool) -> None:
    """Neither in what is said nor beside it, nor in what was raised; no line begins another."""
    logs.set_up(machine=machine)
    log = structlog.get_logger("imagepull")
    log.warning(
        "asked https://bob:canary@registry.example/v2/", why="https://bob:canary@r.example\nforged line"
    )
    secret = "https://bob:canary@r.example"
    logging.getLogger("imagepull.x").error("it broke: %s", secret, exc_info=ValueError(secret))
    lines = _lines(capsys)
    assert "canary" not in "\n".join(lines)
    assert len(lines) == 2


@pytest.mark.attack(31, "logs")
@pytest.mark.parametrize("machine", [True, False])
def test_no_secret_is_logged_however_deep(capsys: pytest.CaptureFixture[str], *, machine: bool) -> None:
    """Case 31: in lists, in mappings, as a key, or in an error that is given as it is."""
    logs.set_up(machine=machine)
    secret = "https://bob:canary@r.example"
    log = structlog.get_logger("imagepull")
    log.error("broke", why=ValueError(secret), each=[secret, {"deep": (secret,)}], told={secret: 1}, at=1.5)
    (line,) = _lines(capsys)
    assert "canary" not in line
    assert "r.example" in line
    assert "1.5" in line


def test_no_statement_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    """Case 31: drivers of databases tell every value that is stored, when they are let."""
    logs.set_up(machine=True, verbose=True)
    for name in ("aiosqlite", "asyncpg", "sqlalchemy.engine"):
        logging.getLogger(name).debug("INSERT of a value")
    assert _lines(capsys) == []


def test_long_text_has_an_end(capsys: pytest.CaptureFixture[str]) -> None:
    """A megabyte of somebody's error is cut."""
    logs.set_up(machine=True)
    structlog.get_logger("imagepull").info("x" * 1_000_000)
    assert len(_lines(capsys)[0]) < 3_000


@pytest.mark.parametrize(
    ("how", "seen"),
    [
        ({}, ["info", "warning"]),
        ({"verbose": True}, ["debug", "info", "warning"]),
        ({"quiet": True}, ["warning"]),
    ],
)
def test_as_much_as_is_wanted(
    capsys: pytest.CaptureFixture[str], how: dict[str, bool], seen: list[str]
) -> None:
    """All, the usual, or only what is wrong."""
    logs.set_up(machine=True, **how)
    log = structlog.get_logger("imagepull")
    for level in ("debug", "info", "warning"):
        getattr(log, level)("said")
    assert [json.loads(line)["level"] for line in _lines(capsys)] == seen
