"""What every test may ask for: the playbooks, read once for all of them, and a PostgreSQL, started once."""

from collections.abc import Iterator
from itertools import groupby, zip_longest

import pytest
from hypothesis import HealthCheck, settings

from bot import wiring
from tests.fakes import postgres
from tests.fakes.postgres import Postgres
from tests.fuzz.engine import told
from tests.required import missing, untried


# How fast a machine makes inputs up says nothing about what is tried with them.
settings.register_profile("shared", suppress_health_check=[HealthCheck.too_slow], deadline=None)
settings.load_profile("shared")


# For processes, browsers and back-offs; the rest has something to compute all the time.
_WAIT = ("tests/acceptance/", "tests/contract/")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mix files that wait with files that compute, so that the cores of a machine that runs several at once have always both."""
    files = [list(found) for _, found in groupby(items, lambda each: each.path)]
    waiting = [each for each in files if each[0].nodeid.startswith(_WAIT)]
    computing = [each for each in files if not each[0].nodeid.startswith(_WAIT)]
    beside = -(-len(computing) // len(waiting)) if waiting else len(computing)
    mixed = zip_longest(
        ([each] for each in waiting),
        (computing[at : at + beside] for at in range(0, len(computing), beside or 1)),
        fillvalue=[],
    )
    items[:] = [item for pair in mixed for group in pair for file in group for item in file]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell how much the fuzzing tried, and what was not tried here."""
    for each in told(terminalreporter.getreports("passed") + terminalreporter.getreports("failed")):
        terminalreporter.write_line(f"fuzzed: {each}")
    for each in untried():
        terminalreporter.write_line(f"not tried here: {each}")


@pytest.fixture(scope="session", autouse=True)
def _as_wide_as_a_pipe() -> Iterator[None]:
    """Nobody says how wide it is: what runs tests side by side says 80 columns, and lines would break elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COLUMNS", raising=False)
        yield


@pytest.fixture(scope="session")
def known() -> wiring.Knowledge:
    """Everything the shipped playbooks say."""
    return wiring.knowledge()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A running PostgreSQL; skips, or fails where it is required, if it is not installed."""
    where = postgres.programs() or missing("postgresql")
    with postgres.running(where) as server:
        yield server
