"""Tells Alertmanager, and tells it again before it forgets: stored incidents in, alerts posted out.

What is told is read from the memory each time, by the replica that has the cluster's claim: another one that takes over tells
the same, and where none is left the alerts end by themselves. Of several Alertmanagers each is told everything, as Prometheus does.
https://github.com/prometheus/alertmanager#high-availability
"""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.carriers import alerts
from bot.carriers.alerts import RETENTION, Alert, Labels, Terms
from bot.carriers.courier import Times
from bot.carriers.fates import Fate
from bot.carriers.scribe import NoticeScribe
from bot.carriers.sending import Place, Sender
from bot.errors import StoreError
from bot.ports.dispatching import Dispatches
from bot.ports.keeping import Keeper


ALERTMANAGER: Final = "alertmanager"
PATH: Final = "/api/v2/alerts"
_LOG = structlog.get_logger("imagepull")
# How many times an alert is told again before it would end by itself: https://github.com/prometheus/prometheus/blob/main/rules/manager.go
LASTS: Final = 4
# As Prometheus does: --alertmanager.notification-queue's batches.
_BATCH = 64
_AGAIN_AFTER = 10.0
_POLL = 5.0


@dataclass(frozen=True, slots=True)
class Memory:
    """What is asked of a memory."""

    keeper: Keeper
    dispatches: Dispatches


class Alertmanager:
    """One replica's telling.

    Args:
        places: every Alertmanager, without the API's path.
        sender: posts.
        memory: has the incidents.
        resend: how often everything is told again.
        times: where time comes from.

    Attributes:
        endings: how requests ended, by :class:`~bot.carriers.fates.Fate`.
        away: how many Alertmanagers did not take what was told last.
    """

    def __init__(
        self, places: Sequence[Place], sender: Sender, memory: Memory, resend: timedelta, times: Times
    ) -> None:
        self._places = [replace(each, url=each.url + PATH) for each in places]
        self._sender, self._memory, self._times = sender, memory, times
        self._resend = resend
        self._scribe = NoticeScribe()
        self._due: dict[str, float] = {}
        self._told: dict[str, dict[Labels, Alert]] = {}
        self._rests: dict[str, float] = {}
        self._woken = asyncio.Event()
        self.endings: Counter[str] = Counter()
        self.away = 0

    def looked(self, cluster: str, *, changed: bool) -> None:
        """This replica looked at a cluster: what is new there, or new to this replica, is told at once."""
        if changed or cluster not in self._told:
            self._due[cluster] = 0.0
            self._woken.set()

    async def run(self, clusters: Callable[[], Collection[str]], terms: Callable[[], Terms]) -> None:
        """Tell until cancelled.

        Args:
            clusters: those of the settings by now.
            terms: what causes are called by now.
        """
        while True:
            self._woken.clear()
            names = clusters()
            self._due = {name: self._due.get(name, 0.0) for name in names}
            for name in [each for each, at in self._due.items() if at <= self._times.ticks()]:
                pause = self._resend.total_seconds()
                try:
                    if not await self.tell(name, terms()):
                        pause = min(pause, _AGAIN_AFTER)
                except StoreError as error:
                    _LOG.warning("the store does not answer", why=error.message, hint=error.hint)
                    pause = min(pause, _AGAIN_AFTER)
                self._due[name] = self._times.ticks() + pause
            await self._until()

    async def tell(self, cluster: str, terms: Terms) -> bool:
        """Tell of one cluster, if it is this replica's. Whether everybody took it."""
        if not await self._memory.keeper.holds(cluster):
            self._told.pop(cluster, None)
            return True
        now = self._times.now()
        before = self._told.get(cluster, {})
        found = await self._found(cluster, terms, now)
        # What is told under other labels from now on, or is over here while it goes on elsewhere.
        gone = {
            labels: replace(each, ends=min(each.ends, now))
            for labels, each in before.items()
            if labels not in found and now - each.ends < RETENTION
        }
        went = await self._post([*found.values(), *gone.values()])
        self._told[cluster] = found if went else {**found, **gone}
        return went

    async def _found(self, cluster: str, terms: Terms, now: datetime) -> dict[Labels, Alert]:
        episodes = await self._memory.keeper.episodes(cluster, now - RETENTION)
        told = await self._memory.dispatches.told_to(ALERTMANAGER, [each.id for each in episodes])
        notices = {
            name: notice
            for name, each in told.items()
            if (notice := self._scribe.notice(each.body)) is not None
        }
        return alerts.alerts(episodes, cluster, notices, now, (terms, LASTS * self._resend))

    async def _post(self, wanted: Sequence[Alert]) -> bool:
        """Whether everybody took everything."""
        if not wanted:
            return True
        bodies = [
            json.dumps([each.values() for each in wanted[begin : begin + _BATCH]]).encode()
            for begin in range(0, len(wanted), _BATCH)
        ]
        took = await asyncio.gather(*(self._all(place, bodies) for place in self._places))
        away = took.count(False)
        if self.away and not away:
            _LOG.info("every Alertmanager takes it again")
        self.away = away
        return not away

    async def _all(self, place: Place, bodies: Sequence[bytes]) -> bool:
        # One that hangs would take its time for each cluster, and all alerts of the others would end meanwhile.
        if self._times.ticks() < self._rests.get(place.url, 0.0):
            return False
        took = True
        for body in bodies:
            outcome = await self._sender.post(place, {}, body)
            self.endings[outcome.fate.value] += 1
            if outcome.fate is Fate.ARRIVED:
                continue
            if took and not self.away:
                _LOG.warning("Alertmanager did not take it", why=outcome.why)
            took = False
            # What it refuses may be one portion alone: without the others their alerts would end by themselves.
            if outcome.fate is Fate.LATER:
                self._rests[place.url] = self._times.ticks() + _AGAIN_AFTER
                break
        return took

    async def _until(self) -> None:
        pause = min([_POLL, *(at - self._times.ticks() for at in self._due.values())])
        waits = [
            asyncio.ensure_future(self._woken.wait()),
            asyncio.ensure_future(self._times.sleep(max(pause, 0.0))),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
