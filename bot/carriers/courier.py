"""Has posts brought until they arrived: a memory's posts and carriers in, people told out.

Each carrier has hands of its own, so that none waits for another; a receiver that is away is tried again and again for a
day, less and less often, and one that refuses a post for an hour. A post keeps its id however often it is tried.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot import errors
from bot.carriers.fates import Carrier, Fate, Outcome
from bot.errors import StoreError
from bot.ports.dispatching import Dispatch, Dispatches


_LOG = structlog.get_logger("imagepull")
# Longer than a carrier may take for one try.
_LEASE = timedelta(minutes=2)
HANDS: Final = 4
# Seconds between two looks for what other replicas stored or left behind.
_POLL = 5.0
_AFTER_STORE = 2.0
_GRACE = 5.0
# Seconds until the next try, by how many failed in a row.
_PAUSES: Final = (2.0, 5.0, 15.0, 60.0, 300.0, 900.0, 1800.0)
_PATIENCE = timedelta(days=1)
_PATIENCE_REFUSED = timedelta(hours=1)
DROPPED: Final = "dropped"


@dataclass(frozen=True, slots=True)
class Times:
    """Where time comes from.

    Attributes:
        now: with its zone.
        ticks: seconds that only grow.
        sleep: sleeps so many of them.
    """

    now: Callable[[], datetime]
    ticks: Callable[[], float]
    sleep: Callable[[float], Awaitable[object]]


@dataclass(slots=True)
class _Desk:
    """How it stands with one carrier.

    Attributes:
        hands: those at work.
        failed: tries in a row that did not reach whoever should receive it.
        rests_until: by the ticks.
        why: nothing is tried there until the bot starts again.
    """

    carrier: Carrier
    hands: set["asyncio.Task[None]"] = field(default_factory=set)
    failed: int = 0
    rests_until: float = 0.0
    why: str = ""


class Courier:
    """One replica's delivery of posts.

    Args:
        dispatches: where the posts are.
        carriers: by name.
        times: where time comes from.

    Attributes:
        endings: how tries ended, by carrier and :class:`~bot.carriers.fates.Fate` or :data:`DROPPED`.
    """

    def __init__(self, dispatches: Dispatches, carriers: Mapping[str, Carrier], times: Times) -> None:
        self._dispatches, self._times = dispatches, times
        self._desks = {name: _Desk(each) for name, each in carriers.items()}
        self.endings: Counter[tuple[str, str]] = Counter()

    @property
    def carriers(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(self._desks)

    @property
    def away(self) -> tuple[str, ...]:
        """The carriers whose last try did not reach anybody, or that are not tried any more."""
        return tuple(name for name, desk in self._desks.items() if desk.failed or desk.why)

    async def run(self, woken: asyncio.Event) -> None:
        """Deliver until cancelled; what is in hand then is brought to an end if that is soon.

        Args:
            woken: is set by whoever stored something.
        """
        try:
            while True:
                woken.clear()
                try:
                    pause = await self._take(woken)
                except StoreError as error:
                    _LOG.warning("the outbox does not answer", why=error.message, hint=error.hint)
                    pause = _AFTER_STORE
                await self._until(woken, pause)
        finally:
            await self._finish()

    async def _take(self, woken: asyncio.Event) -> float:
        """Give every free hand a post; how many seconds there is nothing else to do."""
        pause = _POLL
        for name, desk in self._desks.items():
            rest = desk.rests_until - self._times.ticks()
            # Of one that is away a single try tells whether it is back.
            free = (1 if desk.failed else HANDS) - len(desk.hands)
            if desk.why or free <= 0:
                continue
            if rest > 0:
                pause = min(pause, rest)
                continue
            for each in await self._dispatches.due(self._times.now(), _LEASE, free, (name,)):
                self._begin(desk, each, woken)
        return pause

    def _begin(self, desk: _Desk, dispatch: Dispatch, woken: asyncio.Event) -> None:
        hand = asyncio.create_task(self._hand(desk, dispatch))
        desk.hands.add(hand)

        def done(hand: "asyncio.Task[None]") -> None:
            desk.hands.discard(hand)
            woken.set()

        hand.add_done_callback(done)

    async def _hand(self, desk: _Desk, dispatch: Dispatch) -> None:
        try:
            outcome = await desk.carrier.bring(dispatch)
        except Exception as error:  # noqa: BLE001  # one post that nobody foresaw is not the end of all
            # No traceback: it may hold what the post says.
            why = f"internal error: {type(error).__name__}{errors.place(error)}"
            outcome = Outcome(Fate.REFUSED, why)
        self.endings[dispatch.carrier, outcome.fate.value] += 1
        pause = self._settled(desk, dispatch, outcome)
        try:
            await self._stored(dispatch, outcome, pause)
        except StoreError as error:
            # The lease ends by itself; then it is sent again, under the same id.
            _LOG.warning("a post cannot be put back", post=dispatch.key, why=error.message, hint=error.hint)

    def _settled(self, desk: _Desk, dispatch: Dispatch, outcome: Outcome) -> float:
        """What it says of the carrier; seconds until this post is tried again."""
        if outcome.fate is Fate.LATER:
            pause = max(outcome.pause, _pause(desk.failed))
            if not desk.failed:
                _LOG.warning("nothing arrives", carrier=dispatch.carrier, why=outcome.why)
            if self._times.ticks() >= desk.rests_until:  # else another hand has counted this time already
                desk.failed += 1
            desk.rests_until = self._times.ticks() + pause
            return pause
        if desk.failed:
            _LOG.info("it arrives again", carrier=dispatch.carrier)
            desk.failed = 0
        if outcome.fate is Fate.GONE:
            desk.why = outcome.why
            _LOG.error(
                "not tried any more until the bot starts again", carrier=dispatch.carrier, why=desk.why
            )
        return _pause(dispatch.tries)

    async def _stored(self, dispatch: Dispatch, outcome: Outcome, pause: float) -> None:
        now = self._times.now()
        if outcome.fate is Fate.ARRIVED:
            await self._dispatches.done(dispatch)
        elif now - dispatch.first_try >= _patience(outcome.fate):
            if await self._dispatches.done(dispatch):
                self.endings[dispatch.carrier, DROPPED] += 1
                _LOG.error("given up", carrier=dispatch.carrier, post=dispatch.key, why=outcome.why)
        else:
            if outcome.fate is Fate.REFUSED and not dispatch.tries:
                _LOG.warning("refused", carrier=dispatch.carrier, post=dispatch.key, why=outcome.why)
            await self._dispatches.postponed(dispatch, now, now + timedelta(seconds=pause))

    async def _until(self, woken: asyncio.Event, seconds: float) -> None:
        waits = [asyncio.ensure_future(woken.wait()), asyncio.ensure_future(self._times.sleep(seconds))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()

    async def _finish(self) -> None:
        hands = [each for desk in self._desks.values() for each in desk.hands]
        if hands:
            await asyncio.wait(hands, timeout=_GRACE)
        for each in hands:
            each.cancel()
        await asyncio.gather(*hands, return_exceptions=True)


def _pause(failed: int) -> float:
    return _PAUSES[min(failed, len(_PAUSES) - 1)]


def _patience(fate: Fate) -> timedelta:
    return _PATIENCE_REFUSED if fate is Fate.REFUSED else _PATIENCE
