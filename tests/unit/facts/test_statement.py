"""How long a node's word counts, and how a place is shown."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.facts.statement import VALID, Connection, Seen, Spot, Statement
from bot.facts.testimony import Fault


NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
SPOT = Spot("prod", "node-a", "registry.corp.example")


@pytest.mark.parametrize(
    ("age", "holds"),
    [
        (timedelta(), True),
        (VALID, True),
        (VALID + timedelta(seconds=1), False),
        (-timedelta(minutes=1), True),
        (-timedelta(minutes=3), False),
    ],
)
def test_statement_holds_for_half_an_hour(age: timedelta, holds: bool) -> None:
    """And none is from a time that is yet to come, but for clocks that differ a little."""
    said = Statement(SPOT, Seen("registry.corp.example", 443), NOW - age, "p1")
    assert said.holds(NOW) is holds


@pytest.mark.parametrize(
    ("host", "shown"), [("registry.corp.example", "registry.corp.example:443"), ("::7", "[::7]:443")]
)
def test_spot_shows_host_and_port(host: str, shown: str) -> None:
    """An IPv6 address in brackets."""
    assert Spot("prod", "node-a", host).target == shown


def test_seen_is_connected_by_any_address() -> None:
    """A runtime takes the next one, too."""
    refused, open_ = Connection("10.0.0.1", Fault.CONNECT_REFUSED), Connection("10.0.0.2")
    assert not Seen("a", 443, connections=(refused,)).connected
    assert Seen("a", 443, connections=(refused, open_)).connected
