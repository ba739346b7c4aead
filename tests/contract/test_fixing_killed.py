"""Replicas that are killed while they approve and carry out plans: each write is made once and told truly.

Real processes, SIGKILL and SIGSTOP, an API server that fails; ``make soak`` does the same for longer.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest


ROOT = Path(__file__).parents[2]
_TOLD = re.compile(r"fixes: (\d+) runs on [\w ]+ in \d+ s: (\d+) kills, .*; (\d+) failed\n$")


def _soak(*given: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "tests.soak.fixes", *given]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=230, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.attack(4, "click during a restart")
@pytest.mark.timeout(240)
@pytest.mark.usefixtures("postgres_server")
def test_each_write_is_made_once_whoever_is_killed() -> None:
    """Cases 3 and 4 of security.md: twelve lives, on SQLite and on PostgreSQL."""
    status, said = _soak("--runs", "8")
    assert status == 0, said
    told = _TOLD.search(said)
    assert told is not None, said
    assert told[1] == "8"
    assert int(told[2]) >= 7


@pytest.mark.timeout(240)
def test_soak_finds_a_replica_that_says_first_what_it_does_then() -> None:
    """And says how to see it again."""
    status, said = _soak("--runs", "60", "--store", "sqlite", "--wrong", "says-first")
    assert status == 1, said
    assert "made" in said
    assert "again: python -m tests.soak.fixes --seed" in said
