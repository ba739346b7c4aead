"""A bot that is killed while it tells: everything is told once and in order, and the soak would see it if it were not.

Real processes, SIGKILL and SIGSTOP, a workspace that fails; ``make soak`` does the same for longer.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest


ROOT = Path(__file__).parents[2]
_TOLD = re.compile(
    r"outbox: (\d+) runs on [\w ]+ in \d+ s: (\d+) kills, .* (\d+) faults of Slack .*; (\d+) failed\n$"
)


def _soak(*given: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "tests.soak.outbox", *given]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=170, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.attack(12, "nothing lost", "nothing doubled", "order kept")
@pytest.mark.timeout(180)
@pytest.mark.usefixtures("postgres_server")
def test_nothing_is_lost_or_doubled_whoever_is_killed() -> None:
    """Eight lives, on SQLite and on PostgreSQL."""
    status, said = _soak("--runs", "8")
    assert status == 0, said
    told = _TOLD.search(said)
    assert told is not None, said
    assert told[1] == "8"
    assert int(told[2]) >= 5
    assert int(told[3]) >= 13


@pytest.mark.parametrize(
    ("wrong", "more"),
    [
        ("tells-first", ()),
        ("never-looks", ()),
        ("never-looks", ("--calm",)),
    ],
)
def test_soak_finds_a_messenger_that_is_wrong(wrong: str, more: tuple[str, ...]) -> None:
    """Also where Slack never fails, so that a kill alone shows it; and says how to see it again."""
    status, said = _soak("--runs", "40", "--store", "sqlite", "--wrong", wrong, *more)
    assert status == 1, said
    assert " shows " in said
    assert f"--wrong {wrong}" in said
