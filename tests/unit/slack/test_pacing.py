"""Every channel has its own pace."""

from datetime import UTC, datetime

import pytest

from bot.slack.pacing import Pacing, Times
from bot.slack.refusals import Fate, Refusal


class _Clock:
    def __init__(self) -> None:
        self.ticks = 100.0

    async def sleep(self, seconds: float) -> None:
        self.ticks += seconds


@pytest.fixture
def clock() -> _Clock:
    """Stands still but for who sleeps."""
    return _Clock()


@pytest.fixture
def pacing(clock: _Clock) -> Pacing:
    """By that clock."""
    return Pacing(Times(lambda: datetime.now(UTC), lambda: clock.ticks, clock.sleep))


async def test_channel_is_told_one_thing_a_second(clock: _Clock, pacing: Pacing) -> None:
    """Messages and files are counted together."""
    for method in ("chat.postMessage", "files.completeUploadExternal", "chat.postMessage"):
        await pacing.turn(method, "#a")
    assert clock.ticks == pytest.approx(102.1)


async def test_channels_and_methods_do_not_wait_for_one_another(clock: _Clock, pacing: Pacing) -> None:
    """Nor do those of which nobody knows a pace."""
    for channel in ("#a", "#b"):
        for method in ("chat.postMessage", "chat.update"):
            await pacing.turn(method, channel)
        for _ in range(9):
            await pacing.turn("conversations.history", channel)
    assert clock.ticks == 100


async def test_pause_holds_up_one_method_in_one_channel(clock: _Clock, pacing: Pacing) -> None:
    """Who comes meanwhile is told how long it takes yet."""
    pacing.pause("chat.postMessage", "#a", 30)
    await pacing.turn("chat.update", "#a")
    await pacing.turn("chat.postMessage", "#b")
    clock.ticks += 10
    with pytest.raises(Refusal) as refused:
        await pacing.turn("chat.postMessage", "#a")
    assert (refused.value.fate, refused.value.seconds) == (Fate.LIMITED, 20)
    clock.ticks += 20
    await pacing.turn("chat.postMessage", "#a")
    assert clock.ticks == 130
