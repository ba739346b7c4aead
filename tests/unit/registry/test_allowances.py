"""Limits and waits are read from the headers that are seen in the field, and a nonsense of them is none."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.facts.testimony import Limit
from bot.registry.allowances import limit, retry_at


NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SIX_HOURS = timedelta(hours=6)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (
            {"ratelimit-limit": "100;w=21600", "ratelimit-remaining": "20;w=21600", "docker-ratelimit-source": "198.51.100.7"},
            Limit(100, 20, SIX_HOURS, "198.51.100.7"),
        ),
        (
            {"ratelimit-limit": "200;w=21600", "docker-ratelimit-source": "0f8fad5b-d9cb-469f-a165-70867728950e"},
            Limit(200, None, SIX_HOURS, "account"),
        ),
        ({"docker-ratelimit-source": "2001:DB8::1"}, Limit(source="2001:db8::1")),
        ({"docker-ratelimit-source": "jane"}, Limit(source="account")),
        ({"ratelimit-remaining": "0;w=60"}, Limit(None, 0, timedelta(minutes=1))),
        ({"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "4999"}, Limit(5000, 4999)),
        ({"ratelimit-limit": "100, 100;w=60"}, Limit(100)),
        ({"ratelimit-limit": "unlimited"}, None),
        ({"ratelimit-limit": "-1", "ratelimit-remaining": "٣"}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_limits_are_read(headers: dict[str, str], expected: Limit | None) -> None:
    """Docker Hub's, GitLab's and GitHub's; the name of an account is not kept."""
    assert limit(headers) == expected


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (429, {"retry-after": "120"}, NOW + timedelta(seconds=120)),
        (503, {"retry-after": " 5 "}, NOW + timedelta(seconds=5)),
        (429, {"retry-after": "Sun, 22 Nov 2026 09:10:00 GMT"}, NOW + timedelta(minutes=10)),
        (429, {"retry-after": "Sun, 22 Nov 2026 09:10:00 -0000"}, NOW + timedelta(minutes=10)),
        (429, {"retry-after": "Sun, 22 Nov 2026 08:00:00 GMT"}, None),
        (429, {"retry-after": "0"}, None),
        (429, {"retry-after": "99999999"}, NOW + timedelta(days=1)),
        (429, {"retry-after": "999999999999"}, NOW + timedelta(days=1)),
        (429, {"retry-after": "Fri, 31 Dec 9999 23:59:59 -2359"}, None),
        (429, {"retry-after": "soon"}, None),
        (429, {"retry-after": "-5"}, None),
        (429, {"ratelimit-reset": str(int(NOW.timestamp()) + 60)}, NOW + timedelta(seconds=60)),
        (429, {"x-ratelimit-reset": str(int(NOW.timestamp()) + 90)}, NOW + timedelta(seconds=90)),
        (429, {"ratelimit-reset": "30"}, NOW + timedelta(seconds=30)),
        (200, {"ratelimit-reset": "30"}, None),
        (429, {"retry-after": "10", "ratelimit-reset": "30"}, NOW + timedelta(seconds=10)),
        (429, {}, None),
    ],
)
def test_waits_are_read(status: int, headers: dict[str, str], expected: datetime | None) -> None:
    """Seconds, dates and reset times; never in the past and never beyond a day."""
    assert retry_at(status, headers, NOW) == expected
