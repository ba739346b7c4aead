"""Delivers what the outbox holds, until it is told to stop: letters in, messages in Slack out.

Of every channel one letter at a time is in hand, so that none waits for another. A letter leaves the outbox when it is
known to stand in Slack; everything before that may be cut off at any point, and is done again.
"""

import asyncio
import heapq
import logging
import math
from dataclasses import dataclass
from datetime import timedelta

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import StoreError
from bot.ports.keeping import Backlog, Delivery, Kind, Outbox
from bot.slack import undoing
from bot.slack.errands import Calls, Late, once
from bot.slack.finding import Blind, Directory
from bot.slack.pacing import Pacing, Times
from bot.slack.posting import Arrival, Postman, Spelled
from bot.slack.refusals import Fate, Refusal
from bot.slack.resting import EVERYWHERE, Rests, Trouble


_LOG = logging.getLogger(__name__)
_LEASE = timedelta(minutes=2)
_HANDS = 32
# Seconds between two looks for what other replicas stored or left behind.
_POLL = 5.0
_AFTER_STORE = 2.0
_GRACE = 5.0
# Until what was sent without an answer has arrived, if it does.
_SETTLED = 10.0
# Seconds between the times that something is tried to be put right: longer than a lease in all.
_UNDOING = (2.0, 4.0, 8.0, 16.0, 32.0, 64.0)


@dataclass(frozen=True, slots=True)
class Health:
    """How delivering goes.

    Attributes:
        troubles: why which channels get nothing; empty when all is well.
        backlog: what is not delivered yet.
        blind: Slack's word for why it cannot be looked whether something arrived before; empty when it can, or when it
            was never asked. The scopes channels:history and groups:history let it look.
        repeats: how many messages were marked as possible repetitions, since the start.
    """

    troubles: tuple[Trouble, ...]
    backlog: Backlog
    blind: str = ""
    repeats: int = 0


class Messenger:
    """One replica's delivery.

    Args:
        outbox: where the letters are.
        client: for Slack; its timeout is shorter than the lease.
        spelled: how a letter's body becomes what is posted.
        times: where time comes from.
        lease: how long a letter is in hand at most.
    """

    def __init__(
        self,
        outbox: Outbox,
        client: AsyncWebClient,
        spelled: Spelled,
        times: Times,
        lease: timedelta = _LEASE,
    ) -> None:
        self._outbox, self._client, self._spelled = outbox, client, spelled
        self._times, self._lease = times, lease
        self._pacing, self._rests, self._directory = Pacing(times), Rests(times), Directory()
        self._hands: dict[str, asyncio.Task[None]] = {}
        self._wakes: list[float] = []
        self._blind, self._repeats = "", 0

    async def run(self, woken: asyncio.Event) -> None:
        """Deliver until cancelled; what is in hand then is brought to an end if that is soon.

        Args:
            woken: is set by whoever stored something.
        """
        try:
            while True:
                woken.clear()
                try:
                    await self._take(woken)
                    pause = self._pause()
                except StoreError as error:
                    _LOG.warning("the outbox: %s; %s", error.message, error.hint)
                    pause = _AFTER_STORE
                await self._until(woken, pause)
        finally:
            await self._finish()

    async def health(self) -> Health:
        """How it goes.

        Raises:
            StoreError: the store cannot be read.
        """
        return Health(self.troubles, await self._outbox.backlog(), self._blind, self._repeats)

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """Why which channels get nothing; empty when all is well."""
        return self._rests.troubles()

    async def _take(self, woken: asyncio.Event) -> None:
        while len(self._hands) < _HANDS:
            resting = self._rests.resting()
            if EVERYWHERE in resting:
                return
            began = self._times.ticks()
            free = {*resting, *self._hands}
            taken = await self._outbox.due(self._times.now(), self._lease, 1, without=free)
            if not taken:
                return
            self._begin(taken[0], began, woken)

    def _begin(self, delivery: Delivery, began: float, woken: asyncio.Event) -> None:
        channel = delivery.letter.channel
        hand = asyncio.create_task(self._hand(delivery, began))
        self._hands[channel] = hand

        def done(_: "asyncio.Task[None]") -> None:
            del self._hands[channel]
            woken.set()

        hand.add_done_callback(done)

    def _pause(self) -> float:
        now = self._times.ticks()
        while self._wakes and self._wakes[0] <= now:
            heapq.heappop(self._wakes)
        wake = min([self._rests.next_end(), *self._wakes[:1]])
        return max(min(wake - now, _POLL), 0.0)

    async def _until(self, woken: asyncio.Event, seconds: float) -> None:
        waits = [asyncio.ensure_future(woken.wait()), asyncio.ensure_future(self._times.sleep(seconds))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()

    async def _hand(self, delivery: Delivery, began: float) -> None:
        end = began + self._lease.total_seconds()
        postman = self._postman(end - self._client.timeout)
        try:
            arrival = await self._brought(delivery, postman)
            if arrival is not None:
                await self._settle(delivery, arrival, end)
        except Exception as error:  # noqa: BLE001  # one letter that nobody foresaw is not the end of all
            # No traceback: it may hold what the letter says.
            _LOG.error("delivery %s: %s", delivery.key, type(error).__name__)
            self._rests.failed(delivery.letter.channel, Refusal(Fate.UNSURE, "unforeseen"))

    def _postman(self, end: float) -> Postman:
        return Postman(
            Calls(once(self._client), self._pacing, self._times, end), self._directory, self._spelled
        )

    async def _brought(self, delivery: Delivery, postman: Postman) -> Arrival | None:
        """Where it stands; None where it is to wait, which the outbox knows by then."""
        arrival, seconds, is_certain = None, 0.0, True
        try:
            arrival = await postman.bring(delivery)
        except Late:
            pass
        except Refusal as refusal:
            seconds = self._rests.failed(delivery.letter.channel, refusal)
            is_certain = refusal.fate.is_certain
        if postman.blind is not None:
            self._blind = postman.blind
        if arrival is None:
            ours = await self._postpone(delivery, seconds, untried=not postman.is_in_doubt)
            return None if ours or is_certain else await self._reconsidered(delivery)
        self._rests.went(delivery.letter.channel)
        if arrival.is_repeat:
            self._repeats += 1
            _LOG.warning("delivery %s is marked as a possible repetition: %s", delivery.key, postman.blind)
        return arrival

    async def _reconsidered(self, delivery: Delivery) -> Arrival | None:
        """What we sent after our lease, if we did; somebody else has the letter, and may not have seen it."""
        await self._times.sleep(_SETTLED)
        if delivery.letter.kind is Kind.MESSAGE and delivery.address is not None:
            await self._undo(delivery, Arrival(delivery.address, is_own=False, is_edit=True))
        for seconds in _UNDOING:
            try:
                return next(iter(await self._postman(math.inf).found(delivery)), None)
            except Blind:
                return None
            except Refusal:
                await self._times.sleep(seconds)
        return None

    async def _postpone(self, delivery: Delivery, seconds: float, *, untried: bool) -> bool:
        """Put it back; whether it was still ours."""
        now = self._times.now()
        heapq.heappush(self._wakes, self._times.ticks() + seconds)
        until = now + timedelta(seconds=seconds)
        try:
            return await self._outbox.postponed(delivery, now, until, untried=untried)
        except StoreError as error:
            # The lease ends by itself; then it is looked for, and not found.
            _LOG.warning("delivery %s cannot be put back: %s", delivery.key, error.message)
            return True

    async def _settle(self, delivery: Delivery, arrival: Arrival, end: float) -> None:
        """Tell the outbox; where somebody did so before, take this one back."""
        posted = delivery.letter.kind is Kind.MESSAGE and not arrival.is_edit
        while True:
            try:
                is_first = await self._outbox.delivered(delivery, arrival.address if posted else None)
            except StoreError as error:
                _LOG.warning("delivery %s stands, but %s; %s", delivery.key, error.message, error.hint)
                if self._times.ticks() >= end:
                    return  # whoever has it next finds it
                await self._times.sleep(_AFTER_STORE)
            else:
                if not is_first:
                    await self._undo(delivery, arrival)
                return

    async def _undo(self, delivery: Delivery, arrival: Arrival) -> None:
        for seconds in _UNDOING:
            try:
                await undoing.undo(self._outbox, self._postman(math.inf), delivery, arrival)
            except (Refusal, StoreError):
                await self._times.sleep(seconds)
            else:
                return
        _LOG.warning("delivery %s may stand twice: it could not be taken back", delivery.key)

    async def _finish(self) -> None:
        hands = list(self._hands.values())
        if hands:
            await asyncio.wait(hands, timeout=_GRACE)
        for each in hands:
            each.cancel()
        await asyncio.gather(*hands, return_exceptions=True)
