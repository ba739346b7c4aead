"""Three replicas on one PostgreSQL, killed, frozen and robbed of their sessions: nothing is lost, doubled or swept by two at a time.

Real processes; ``make soak`` does the same for longer.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest


ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(120)
@pytest.mark.usefixtures("postgres_server")
def test_replicas_that_are_killed_lose_and_double_nothing() -> None:
    """One is killed, one told to end, one frozen for longer than its session lives; in the end all go within seconds."""
    command = [sys.executable, "-m", "tests.soak.replicas", "--rounds", "3"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert re.search(r"1 ends, 1 fixes, 1 freezes, \d+ incidents, 1 kills, 5 starts", said), said
    assert "; 0 wrong" in said
