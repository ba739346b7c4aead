"""Durations and moments are read as people write them, and anything else is one clear error."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UsageError
from bot.facts import times


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("10m", 600), ("2h", 7200), ("1h30m", 5400), ("500ms", 0.5), ("1d", 86400)],
)
def test_duration_reads_what_kubectl_reads(text: str, seconds: float) -> None:
    """A number and a unit, one or several."""
    assert times.duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "10", "m", "-5m", "0s", "10 m", "1y", "999999999d", "1m;id", "\u0661m"])
def test_duration_refuses_the_rest(text: str) -> None:
    """Bare numbers, nothing, negative spans and foreign digits are refused with an example."""
    with pytest.raises(UsageError) as caught:
        times.duration(text)
    assert "10m" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    ["2026-11-22T09:00:47Z", "2026-11-22T10:00:47+01:00", "2026-11-22T09:00:47", "2026-11-22 09:00:47"],
)
def test_moment_is_always_utc(text: str) -> None:
    """Offsets are converted; a time without one is UTC."""
    assert times.moment(text) == datetime(2026, 11, 22, 9, 0, 47, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "25:00", "0001-01-01T00:00:00+23:59"])
def test_moment_refuses_the_rest(text: str) -> None:
    """What is not a time says how to write one."""
    with pytest.raises(UsageError) as caught:
        times.moment(text)
    assert caught.value.hint


@given(st.integers(min_value=1, max_value=10**9))
def test_spelled_durations_read_back(seconds: int) -> None:
    """What is printed can be typed."""
    span = timedelta(seconds=seconds)
    assert times.duration(times.spelled(span)) == span


def test_spelled_nothing_is_zero_seconds() -> None:
    """An empty span still has a spelling."""
    assert times.spelled(timedelta()) == "0s"
