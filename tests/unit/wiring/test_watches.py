"""A cluster is listened to while this replica looks after it, and looked at when there is something to see."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from bot.errors import StoreError
from bot.facts.verdict import Report
from bot.ports.watching import Sign, Signal
from bot.wiring import watches
from bot.wiring.access import Access
from bot.wiring.watches import Wanted, Watches
from bot.workflows.attending import Errand, Tempo
from bot.workflows.patrol import Ending, Round
from tests import lives
from tests.fakes.listening import FakeWatch


FAILS = Signal(Sign.FAILS, "shop", "web-1")
WANTED = {"eu": Wanted(Access("eu"), 1)}
SEEN = Round("eu", Ending.SEEN, report=Report("eu", "", (), (), ()))


class Bench:
    """Watches, and what became of them."""

    def __init__(self) -> None:
        self.made: list[FakeWatch] = []
        self.looks: list[Errand] = []
        self.done: Round | Exception = SEEN
        self.watches = Watches(self._look, self._make, Tempo(0.0, 0.01, 0.0, 0.0))

    def _make(self, _cluster: str, _access: Access) -> FakeWatch:
        self.made.append(FakeWatch())
        return self.made[-1]

    async def _look(self, _cluster: str, errand: Errand) -> Round:
        self.looks.append(errand)
        if isinstance(self.done, Exception):
            raise self.done
        self.watches.looked(self.done)
        return self.done

    async def until(self, wanted: Callable[[], object]) -> None:
        """Wait for it."""
        async with asyncio.timeout(1.5):
            while not wanted():  # noqa: ASYNC110  # what is waited for knows nothing of the test
                await asyncio.sleep(0.002)

    async def begun(self) -> FakeWatch:
        """A look found the cluster ours."""
        await self.watches.set(WANTED)
        self.watches.looked(SEEN)
        await self.until(lambda: self.made and self.made[-1].running)
        return self.made[-1]


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """Nothing listens when it is over."""
    made = Bench()
    yield made
    await made.watches.stop()
    assert not any(each.running for each in made.made)


async def test_watch_begins_when_a_look_finds_the_cluster_ours(bench: Bench) -> None:
    """Not before, not twice, and not for a cluster that nobody wants listened to."""
    await bench.watches.set(WANTED)
    bench.watches.looked(replace(SEEN, cluster="us"))
    bench.watches.looked(replace(SEEN, ending=Ending.ELSEWHERE))
    assert not bench.made
    watch = await bench.begun()
    bench.watches.looked(SEEN)
    assert bench.made == [watch]
    assert bench.watches.hearings["eu"].up


async def test_what_is_heard_is_looked_at_and_settled(bench: Bench) -> None:
    """The watch is told what fails."""
    watch = await bench.begun()
    incident = lives.incident("shop/web")
    bench.done = replace(SEEN, report=Report("eu", "", incident.diagnoses, (incident,), ()))
    watch.say(FAILS)
    await bench.until(lambda: watch.settled)
    assert bench.looks == [Errand((("shop", "web-1"),))]
    assert watch.settled == [
        {(pod.failure.pod.namespace, pod.failure.pod.name) for pod in incident.diagnoses}
    ]


async def test_look_that_saw_a_part_settles_nothing(bench: Bench) -> None:
    """What it did not see may fail all the same."""
    watch = await bench.begun()
    bench.done = replace(SEEN, trouble="not seen: shop")
    watch.say(FAILS)
    await bench.until(lambda: bench.looks)
    assert watch.settled == []


async def test_watch_ends_with_the_look_that_finds_the_cluster_elsewhere(bench: Bench) -> None:
    """Also where it asked for that look itself; when the cluster comes back it begins anew."""
    watch = await bench.begun()
    bench.done = replace(SEEN, ending=Ending.ELSEWHERE, report=None)
    watch.say(FAILS)
    await bench.until(lambda: not watch.running)
    assert not bench.watches.hearings
    bench.done = SEEN
    assert await bench.begun() is not watch


async def test_other_settings_begin_it_anew_and_the_same_do_not(bench: Bench) -> None:
    """With the next look."""
    watch = await bench.begun()
    await bench.watches.set(dict(WANTED))
    assert watch.running
    await bench.watches.set({"eu": Wanted(Access("eu"), 2)})
    assert not watch.running
    bench.watches.looked(SEEN)
    await bench.until(lambda: bench.made[-1].running)
    assert len(bench.made) == 2


async def test_look_that_cannot_be_stored_ends_no_watch(bench: Bench) -> None:
    """The next sweep finds it again."""
    watch = await bench.begun()
    bench.done = StoreError("the store is away", "wait")
    watch.say(FAILS)
    await bench.until(lambda: bench.looks)
    bench.done = SEEN
    watch.say(FAILS)
    await bench.until(lambda: len(bench.looks) == 2)
    assert watch.running


async def test_watch_that_falls_over_begins_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours costs detection within seconds for a moment, and nothing else."""
    monkeypatch.setattr(watches, "_AGAIN_AFTER", 0.01)
    await bench.watches.set(WANTED)
    faulty = FakeWatch()
    faulty.fault = LookupError()
    bench.watches._made = lambda *_: faulty
    bench.watches.looked(SEEN)
    await bench.until(lambda: faulty.running)


def test_watch_of_a_live_cluster_waits_for_nothing() -> None:
    """It logs in when it listens, not before."""
    assert not watches.watch_of("eu", Access("eu")).hearing.up
