"""Keeps what a registry said for five minutes, and asks once what several want to know at once.

A question in -> the answer that is fresh enough, or the one that is under way, or a new one out. Checks can then ask
as if asking were free, and a rollout of twenty replicas costs a registry what one pod costs it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

from bot.facts.image import ImageReference, Platform
from bot.facts.objects import Unread
from bot.facts.testimony import ANONYMOUS, Fault, Identity, Testimony
from bot.ports.probing import RegistryProber


Value = TypeVar("Value")
Answer = Testimony | Unread

KEPT: Final = timedelta(minutes=5)
KEPT_BRIEFLY: Final = timedelta(seconds=30)
_NOT_KEPT: Final = timedelta(0)
# Tags, platforms and layers count one each, so that a few huge repositories cannot fill the memory.
_MOST = 200_000

# What may well be otherwise in a moment.
_PASSING = frozenset(
    {
        Fault.DNS_NO_ANSWER,
        Fault.CONNECT_REFUSED,
        Fault.CONNECT_TIMEOUT,
        Fault.RESPONSE_TIMEOUT,
        Fault.DROPPED,
        Fault.TLS_HANDSHAKE_TIMEOUT,
        Fault.UNREACHABLE,
        Fault.PROXY_FAILED,
        Fault.BUDGET_SPENT,
        Fault.LEFT_ALONE,
    }
)


def keeping(answer: Answer) -> timedelta:
    """How long an answer holds."""
    if isinstance(answer, Unread) or answer.told.fault is Fault.NO_CREDENTIAL:
        return _NOT_KEPT
    passing = answer.told.fault in _PASSING or answer.told.status >= 500
    return KEPT_BRIEFLY if passing else KEPT


def weight(answer: Answer) -> int:
    """How much room an answer takes, in names."""
    if isinstance(answer, Unread):
        return 1
    listed = answer.manifest
    return 1 + len(answer.tags) + (len(listed.platforms) + len(listed.layers) if listed else 0)


def who(identity: Identity) -> Hashable:
    """What answers are told apart by: equal credentials get equal answers, whichever secret they stand in."""
    return identity.fingerprint or (identity.namespace, identity.secret, identity.key)


@dataclass(slots=True)
class _Flight(Generic[Value]):
    task: asyncio.Task[Value]
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class _Kept(Generic[Value]):
    value: Value
    since: datetime
    until: datetime
    weight: int


class Memory(Generic[Value]):
    """Values by key, each kept for its time, each asked for once at a time.

    Args:
        now: the clock.
        keep: how long a value holds; zero for not at all.
        weigh: how much room it takes.
        most: how much room there is; what was used longest ago makes way.
    """

    def __init__(
        self,
        now: Callable[[], datetime],
        keep: Callable[[Value], timedelta],
        weigh: Callable[[Value], int],
        most: int = _MOST,
    ) -> None:
        self._now = now
        self._keep = keep
        self._weigh = weigh
        self._most = most
        self._total = 0
        self._kept: OrderedDict[Hashable, _Kept[Value]] = OrderedDict()
        self._flights: dict[Hashable, _Flight[Value]] = {}

    def kept(self, key: Hashable) -> Value | None:
        """The value, if it is fresh; None otherwise."""
        found = self._kept.get(key)
        if found is None:
            return None
        # A clock that went back makes nothing fresh again.
        if not found.since <= self._now() < found.until:
            self._forget(key)
            return None
        self._kept.move_to_end(key)
        return found.value

    async def recall(self, key: Hashable, ask: Callable[[], Awaitable[Value]]) -> Value:
        """The value that is kept, the one that is under way, or a new one.

        Whoever stops waiting takes nothing from the others; when nobody waits any more, the asking ends too.
        """
        known = self.kept(key)
        if known is not None:
            return known
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight(asyncio.ensure_future(self._fly(key, ask)))
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                self._land(key, flight.task)
                flight.task.cancel()

    async def _fly(self, key: Hashable, ask: Callable[[], Awaitable[Value]]) -> Value:
        try:
            value = await ask()
            self._remember(key, value)
            return value
        finally:
            self._land(key, asyncio.current_task())

    def _land(self, key: Hashable, task: asyncio.Task[Value] | None) -> None:
        flight = self._flights.get(key)
        if flight is not None and flight.task is task:
            del self._flights[key]

    def _remember(self, key: Hashable, value: Value) -> None:
        long, heavy = self._keep(value), self._weigh(value)
        self._forget(key)
        if long <= _NOT_KEPT or heavy > self._most:
            return
        now = self._now()
        self._kept[key] = _Kept(value, now, now + long, heavy)
        self._total += heavy
        while self._total > self._most:
            self._forget(next(iter(self._kept)))

    def _forget(self, key: Hashable) -> None:
        dropped = self._kept.pop(key, None)
        self._total -= dropped.weight if dropped else 0


class Remembering:
    """A registry witness that is asked the same thing once in five minutes.

    Args:
        prober: who is asked.
        now: the clock.
        most: how many names (of tags, platforms, layers) are kept in all answers together.
    """

    def __init__(self, prober: RegistryProber, now: Callable[[], datetime], most: int = _MOST) -> None:
        self._prober = prober
        self._memory: Memory[Answer] = Memory(now, keeping, weight, most)

    async def base(self, image: ImageReference) -> Answer:
        """As :meth:`~bot.ports.probing.RegistryProber.base`; one answer for all images of a registry."""
        return await self._memory.recall(("base", image.registry), lambda: self._prober.base(image))

    async def login(self, image: ImageReference, identity: Identity) -> Answer:
        """As :meth:`~bot.ports.probing.RegistryProber.login`; one answer for all images of a registry."""
        key = ("login", image.registry, who(identity))
        return _as(identity, await self._memory.recall(key, lambda: self._prober.login(image, identity)))

    async def manifest(self, image: ImageReference, identity: Identity, *, whole: bool = False) -> Answer:
        """As :meth:`~bot.ports.probing.RegistryProber.manifest`; what the one question told serves the other."""
        keys = [("manifest", image.canonical, who(identity), wanted) for wanted in (False, True)]
        other = self._memory.kept(keys[not whole])
        if other is not None and (not whole or _tells_all(other)):
            return _as(identity, other)
        ask = lambda: self._prober.manifest(image, identity, whole=whole)  # noqa: E731  # one line, twice the sense
        return _as(identity, await self._memory.recall(keys[whole], ask))

    async def tags(self, image: ImageReference, identity: Identity) -> Answer:
        """As :meth:`~bot.ports.probing.RegistryProber.tags`; one answer for all images of a repository."""
        key = ("tags", image.name, who(identity))
        return _as(identity, await self._memory.recall(key, lambda: self._prober.tags(image, identity)))

    async def config(self, image: ImageReference, identity: Identity, platform: Platform | None) -> Answer:
        """As :meth:`~bot.ports.probing.RegistryProber.config`."""
        key = ("config", image.canonical, who(identity), platform)
        answer = await self._memory.recall(key, lambda: self._prober.config(image, identity, platform))
        return _as(identity, answer)

    async def layers(self, image: ImageReference, identity: Identity, digests: Sequence[str]) -> Answer:
        """As :meth:`~bot.ports.probing.RegistryProber.layers`."""
        key = ("layers", image.name, who(identity), tuple(digests))
        answer = await self._memory.recall(key, lambda: self._prober.layers(image, identity, digests))
        return _as(identity, answer)


def _tells_all(answer: Answer) -> bool:
    """Whether an answer to "is it there?" also says what it is: there is no more to ask."""
    if isinstance(answer, Unread):
        return False
    return not answer.told.is_ok or (answer.manifest is not None and answer.manifest.is_image is not None)


def _as(identity: Identity, answer: Answer) -> Answer:
    """The answer, told of this identity: another one with the same credential may have asked."""
    if isinstance(answer, Unread) or answer.told.identity in (identity, ANONYMOUS):
        return answer
    return replace(answer, told=replace(answer.told, identity=identity))
