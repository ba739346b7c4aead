"""What every test may ask for: the playbooks, read once for all of them, and a PostgreSQL, started once."""

from collections.abc import Iterator

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
