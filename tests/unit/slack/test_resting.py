"""What fails rests: longer each time, and alone."""

from datetime import UTC, datetime

import pytest

from bot.slack.pacing import Times
from bot.slack.refusals import Fate, Refusal
from bot.slack.resting import EVERYWHERE, Rests


NOW = datetime(2026, 11, 20, tzinfo=UTC)


class _Clock:
    ticks = 0.0


@pytest.fixture
def clock() -> _Clock:
    """Stands until it is moved."""
    return _Clock()


@pytest.fixture
def rests(clock: _Clock) -> Rests:
    """By that clock, in the middle of what chance allows."""

    async def sleep(_: float) -> None: ...

    return Rests(Times(lambda: NOW, lambda: clock.ticks, sleep), lambda: 0.5)


def test_backoff_doubles_up_to_minutes(rests: Rests) -> None:
    """And begins anew after something arrived."""
    waits = [rests.failed("#a", Refusal(Fate.UNSURE, "http_500")) for _ in range(40)]
    assert waits[:5] == [10, 20, 40, 80, 160]
    assert set(waits[5:]) == {180}
    rests.went("#a")
    assert rests.failed("#a", Refusal(Fate.UNSURE, "http_500")) == 10


def test_backoff_is_no_shorter_than_slack_wants(rests: Rests) -> None:
    """A 503 may say when to come again."""
    assert rests.failed("#a", Refusal(Fate.UNSURE, "http_503", 77)) == 77


def test_channel_rests_alone(rests: Rests, clock: _Clock) -> None:
    """Until its time is over; it stays red until something arrives."""
    rests.failed("#a", Refusal(Fate.CLOSED, "not_in_channel"))
    assert rests.resting() == {"#a"}
    assert rests.next_end() == 60
    clock.ticks = 60
    assert rests.resting() == frozenset()
    assert rests.next_end() == float("inf")
    assert [(each.channel, each.since) for each in rests.troubles()] == [("#a", NOW)]
    rests.went("#b")
    assert rests.troubles()
    rests.went("#a")
    assert rests.troubles() == ()


def test_token_is_everybodys(rests: Rests) -> None:
    """Until anything arrives anywhere."""
    rests.failed("#a", Refusal(Fate.BARRED, "token_revoked"))
    assert rests.resting() == {EVERYWHERE}
    rests.went("#b")
    assert rests.resting() == frozenset()


def test_limit_is_no_trouble(rests: Rests) -> None:
    """Only that letter waits, a little longer than it must."""
    assert 7 < rests.failed("#a", Refusal(Fate.LIMITED, "ratelimited", 7)) <= 8
    assert rests.resting() == frozenset()
    assert rests.troubles() == ()


def test_trouble_is_logged_once(rests: Rests, caplog: pytest.LogCaptureFixture) -> None:
    """And again when it is another one, or over."""
    for name in ("http_500", "http_500", "not_in_channel"):
        rests.failed("#a", Refusal(Fate.UNSURE, name))
    rests.went("#a")
    rests.went("#a")
    assert len(caplog.records) == 3
    assert "/invite @imagepull" in caplog.text
