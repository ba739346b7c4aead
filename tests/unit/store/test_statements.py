"""What a node saw is kept and comes back the same, and what is broken comes back as nothing."""

from datetime import UTC, datetime

import pytest

from bot.facts.statement import Connection, Seen
from bot.facts.testimony import Fault
from bot.store import statements


@pytest.mark.parametrize(
    "seen",
    [
        Seen("registry.corp.example", 443),
        Seen("registry.corp.example", 443, resolve=Fault.DNS_NO_ANSWER),
        Seen(
            "registry.corp.example",
            5000,
            addresses=("10.0.0.7", "fd00::7"),
            connections=(Connection("10.0.0.7", Fault.CONNECT_REFUSED), Connection("fd00::7")),
            tls=Fault.TLS_CERTIFICATE_EXPIRED,
            tls_asked=True,
            issuer="corp-ca",
            until=datetime(2026, 1, 1, tzinfo=UTC),
            answer=Fault.RESPONSE_TIMEOUT,
        ),
    ],
)
def test_what_was_seen_comes_back(seen: Seen) -> None:
    """Every field of it."""
    assert statements.read(statements.spelled(seen)) == seen


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"resolve": "x"}', statements.spelled(Seen("a", 1)).replace('"port"', '"x"')]
)
def test_what_is_broken_comes_back_as_nothing(body: str) -> None:
    """It counts as not said."""
    assert statements.read(body) is None
