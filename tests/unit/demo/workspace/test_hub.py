"""The hub: news reach who may see them, and nobody who does not read holds anything up."""

import asyncio

from bot.demo.workspace.hub import Hub


async def test_news_reach_who_may_see_them() -> None:
    """Events for some are not told to others."""
    hub = Hub()
    with hub.watching("a") as first, hub.watching("b") as second:
        hub.publish({"n": 1})
        hub.publish({"n": 2}, {"b"})
        assert (first.qsize(), second.qsize()) == (1, 2)
    hub.publish({"n": 3})
    assert first.qsize() == 1


async def test_who_waits_is_woken() -> None:
    """By news, or when the time is over."""
    hub = Hub()
    waiting = asyncio.create_task(hub.stirred(60))
    await asyncio.sleep(0)
    hub.stir()
    await waiting
    await hub.stirred(0.01)


async def test_who_does_not_read_is_let_go() -> None:
    """A full queue is emptied and ends."""
    hub = Hub()
    with hub.watching("a") as queue:
        for number in range(1_001):
            hub.publish({"n": number})
        assert queue.get_nowait() is None
        assert queue.empty()
