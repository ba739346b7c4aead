"""When a look follows what is heard, and what it is for."""

import asyncio

import pytest

from bot.ports.watching import Sign, Signal
from bot.workflows.attending import Agenda, Attention, Errand, Tempo


TEMPO = Tempo(debounce=0.25, settle=15.0, rest=1.0, share=1.0)
FAILS = Signal(Sign.FAILS, "shop", "web-1")
MENDED = Signal(Sign.MENDED, "shop", "web-1")
GONE = Signal(Sign.GONE, "shop", "web-1")


@pytest.fixture
def agenda() -> Agenda:
    """Nothing to do yet."""
    return Agenda(TEMPO)


def test_first_sign_is_followed_within_a_moment(agenda: Agenda) -> None:
    """Those that come with it are taken along, and put it off no further."""
    assert agenda.due() is None
    agenda.note(FAILS, 100.0)
    agenda.note(Signal(Sign.FAILS, "shop", "web-2"), 100.2)
    assert agenda.due() == 100.25
    assert agenda.begin(100.25) == Errand((("shop", "web-1"), ("shop", "web-2")))
    assert agenda.due() is None


def test_look_that_takes_long_is_followed_later(agenda: Agenda) -> None:
    """As late as it took, so that half of the time is left for everybody else."""
    agenda.note(FAILS, 0.0)
    agenda.begin(0.25)
    agenda.note(FAILS, 1.0)
    agenda.done(0.25, 20.25)
    assert agenda.due() == 40.25
    agenda.begin(40.25)
    agenda.done(40.25, 40.35)
    agenda.note(FAILS, 40.4)
    assert agenda.due() == 41.35


def test_pod_that_is_mended_ends_what_is_over(agenda: Agenda) -> None:
    """The look may say so, because the pod runs."""
    agenda.note(MENDED, 100.0)
    assert agenda.due() == 100.25
    assert agenda.begin(100.25) == Errand(ends=True)


def test_pod_that_went_is_not_called_over_at_once(agenda: Agenda) -> None:
    """Another one may be on its way: a look that comes meanwhile shows what begins, and ends nothing."""
    agenda.note(GONE, 100.0)
    assert agenda.due() == 115.0
    agenda.note(FAILS, 101.0)
    assert agenda.due() == 101.25
    assert agenda.begin(101.25).ends is False
    agenda.note(MENDED, 102.0)
    assert agenda.due() == 115.0
    agenda.note(GONE, 110.0)
    assert agenda.due() == 125.0
    assert agenda.begin(125.0).ends is True
    assert agenda.due() is None


def test_gap_is_looked_into_at_once_and_ends_nothing(agenda: Agenda) -> None:
    """Nobody knows what went meanwhile, or when."""
    agenda.note(Signal(Sign.LOST), 100.0)
    assert agenda.due() == 100.25
    assert agenda.begin(100.25) == Errand()


def test_what_is_named_is_bounded(agenda: Agenda) -> None:
    """In a storm the look's own lists find the rest."""
    for number in range(20_000):
        agenda.note(Signal(Sign.FAILS, "shop", f"web-{number}"), 100.0)
    assert len(agenda.begin(101.0).named) == 200


async def test_storm_of_signals_makes_few_looks() -> None:
    """One at a time, and one after it: 20,000 signals are no 20,000 looks."""
    looks, at_once, most = 0, 0, 0

    async def look(_: Errand) -> None:
        nonlocal looks, at_once, most
        looks, at_once = looks + 1, at_once + 1
        most = max(most, at_once)
        await asyncio.sleep(0.05)
        at_once -= 1

    loop = asyncio.get_running_loop()
    attention = Attention(look, loop.time, Tempo(debounce=0.01, settle=0.01, rest=0.02, share=1.0))
    task = asyncio.create_task(attention.run())
    began = loop.time()
    for number in range(20_000):
        attention.heard(Signal(Sign.FAILS, "shop", f"web-{number}"))
        if number % 500 == 0:
            await asyncio.sleep(0.005)
    await asyncio.sleep(0.2)
    task.cancel()
    assert most == 1
    assert 2 <= looks <= 1 + (loop.time() - began) / 0.1


async def test_look_that_fails_over_is_not_repeated_at_once() -> None:
    """Whoever runs it is told; the agenda rests all the same."""

    async def look(_: Errand) -> None:
        raise LookupError

    attention = Attention(look, asyncio.get_running_loop().time, Tempo(debounce=0.0, rest=5.0))
    attention.heard(FAILS)
    with pytest.raises(LookupError):
        await attention.run()
    attention.heard(FAILS)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await attention.run()
