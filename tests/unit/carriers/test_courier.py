"""Posts are brought until they arrive: in order, under one id, and none waits for a carrier that is not its own."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from bot.carriers import courier as couriers
from bot.carriers.courier import Courier, Times
from bot.carriers.fates import ARRIVED, Fate, Outcome
from bot.errors import StoreError
from bot.ports.dispatching import Dispatch, Post, State
from bot.ports.keeping import Kind
from tests.fakes import dying
from tests.fakes.cluster import NOW
from tests.fakes.posts import FakeDispatches
from tests.fakes.store import FakeStore


AWAY = Outcome(Fate.LATER, "no connection")
REFUSED = Outcome(Fate.REFUSED, "answered 400")


class _Clock:
    """Time that goes by when somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @property
    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)

    async def sleep(self, seconds: float) -> None:
        self.seconds += max(seconds, 0.001)
        for _ in range(20):
            await asyncio.sleep(0)

    @property
    def times(self) -> Times:
        return Times(lambda: self.now, lambda: self.seconds, self.sleep)


class _Carrier:
    """Answers by turns, then yes."""

    def __init__(self, *outcomes: Outcome | Exception, forever: Outcome = ARRIVED) -> None:
        self.outcomes, self.forever = list(outcomes), forever
        self.brought: list[Dispatch] = []

    async def bring(self, dispatch: Dispatch) -> Outcome:
        self.brought.append(dispatch)
        outcome = self.outcomes.pop(0) if self.outcomes else self.forever
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    @property
    def bodies(self) -> list[str]:
        return [each.body for each in self.brought]


class _Room:
    """A courier, its posts and its clock."""

    def __init__(self, **carriers: _Carrier) -> None:
        self.store, self.clock = FakeStore(), _Clock()
        self.posts = FakeDispatches(self.store.shelf)
        self.courier = Courier(self.posts, carriers, self.clock.times)

    async def stored(self, *posts: Post) -> None:
        names = {each.incident for each in posts} - set(self.store.shelf.episodes)
        await self.store.save([dying.begun(name) for name in sorted(names)], [], posts)

    async def until(self, seconds: float) -> None:
        """Let it work until then."""
        task = asyncio.create_task(self.courier.run(asyncio.Event()))
        while self.clock.seconds < seconds and not task.done():  # noqa: ASYNC110  # time goes by when it sleeps
            await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _post(body: str, carrier: str = "ops", incident: str = "aaa", state: State = State.OPENED) -> Post:
    return Post(incident, carrier, Kind.MESSAGE, body, state=state)


def _over(body: str) -> Post:
    return _post(body, state=State.RESOLVED)


async def test_posts_arrive_in_order() -> None:
    """Of one incident one by one."""
    ops = _Carrier()
    room = _Room(ops=ops)
    await room.stored(_post("a"), _over("b"), _post("x", incident="bbb"))
    await room.until(30)
    assert [each for each in ops.bodies if each != "x"] == ["a", "b"]
    assert set(ops.bodies) == {"a", "b", "x"}
    assert not room.store.shelf.posts
    assert room.courier.endings == {("ops", "arrived"): 3}


async def test_receiver_that_is_away_is_tried_less_and_less_often_for_a_day() -> None:
    """Under one id each time; then it is given up, and what follows is tried."""
    ops = _Carrier(forever=AWAY)
    room = _Room(ops=ops)
    await room.stored(_post("a"), _over("b"))
    await room.until(3600)
    assert 5 < len(ops.brought) < 20
    assert len({each.key for each in ops.brought}) == 1
    assert room.courier.away == ("ops",)
    await room.until(26 * 3600)
    assert room.courier.endings["ops", couriers.DROPPED] == 1
    ops.forever = ARRIVED
    await room.until(27 * 3600)
    assert ops.bodies[-1] == "b"
    assert room.courier.away == ()


async def test_of_a_receiver_that_is_away_one_try_tells() -> None:
    """Not one for each of a hundred posts."""
    ops = _Carrier(forever=AWAY)
    room = _Room(ops=ops)
    await room.stored(*(_post("a", incident=f"i{number}") for number in range(100)))
    await room.until(600)
    assert len(ops.brought) < 20


async def test_post_that_is_refused_holds_up_only_its_own_incident() -> None:
    """For an hour; then what comes after it is tried."""
    ops = _Carrier(REFUSED, forever=ARRIVED)
    refused = _Carrier(forever=REFUSED)
    room = _Room(ops=ops, crm=refused)
    await room.stored(_post("a"), _post("c", incident="bbb"), _post("r", "crm"))
    await room.until(30)
    assert sorted(ops.bodies) == ["a", "a", "c"]
    await room.until(2 * 3600)
    assert room.courier.endings["crm", couriers.DROPPED] == 1
    assert not room.store.shelf.posts


async def test_gone_is_not_tried_again_until_the_next_start() -> None:
    """Its posts stay for whoever begins then; other carriers go on."""
    ops, crm = _Carrier(Outcome(Fate.GONE, "answered 410")), _Carrier()
    room = _Room(ops=ops, crm=crm)
    await room.stored(_post("a"), _post("b", incident="bbb"), _post("c", "crm"))
    await room.until(7200)
    assert len(ops.brought) <= couriers.HANDS
    assert crm.bodies == ["c"]
    assert room.courier.away == ("ops",)
    again = _Carrier()
    room.courier = Courier(room.posts, {"ops": again}, room.clock.times)
    await room.until(room.clock.seconds + 30)
    assert "a" in again.bodies


async def test_pause_that_a_receiver_asks_for_is_kept() -> None:
    """As its Retry-After says."""
    ops = _Carrier(Outcome(Fate.LATER, "answered 429", 300.0))
    room = _Room(ops=ops)
    await room.stored(_post("a"))
    await room.until(250)
    assert len(ops.brought) == 1
    await room.until(320)
    assert len(ops.brought) == 2


async def test_fault_of_ours_ends_nothing() -> None:
    """It is tried again, as one that was refused."""
    ops = _Carrier(ValueError("canary"))
    room = _Room(ops=ops)
    await room.stored(_post("a"), _post("b", incident="bbb"))
    await room.until(30)
    assert sorted(ops.bodies) == ["a", "a", "b"]


async def test_store_that_is_away_is_asked_again() -> None:
    """What was brought meanwhile is brought again, under the same id."""

    class Flaky(FakeDispatches):
        """Answers every second time."""

        turns = 0

        async def due(
            self, moment: datetime, lease: timedelta, most: int, carriers: Sequence[str]
        ) -> tuple[Dispatch, ...]:
            self.turns += 1
            if self.turns % 2:
                raise StoreError("away")
            return await super().due(moment, lease, most, carriers)

        async def done(self, dispatch: Dispatch) -> bool:
            if not dispatch.tries:
                raise StoreError("away")
            return await super().done(dispatch)

    ops = _Carrier()
    room = _Room(ops=ops)
    room.courier = Courier(Flaky(room.store.shelf), {"ops": ops}, room.clock.times)
    await room.stored(_post("a"))
    await room.until(300)
    assert [each.key for each in ops.brought] == ["imagepull_aaa_1"] * 2
