"""How the bot is watched, put together: what it is made of in, numbers and readiness at a port of their own out.

Asking is cheap whoever asks how often: everything is read from the store at most once a second.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog

from bot.errors import BotError, StoreError
from bot.facts.opinion import Opinion
from bot.operations import meters, pulse, readiness
from bot.operations.cases import Docket
from bot.operations.endpoint import Endpoint
from bot.operations.meters import Meters
from bot.operations.readiness import Readiness
from bot.operations.standing import Phase, Sight, Standing
from bot.ports.counting import Tally, Trouble
from bot.settings import Settings
from bot.slack.resting import EVERYWHERE
from bot.store.opening import Store
from bot.wiring.chatting import Chat
from bot.wiring.outside import Outside
from bot.wiring.running import Bot
from bot.workflows.foretell import Foretold
from bot.workflows.patrol import Ending, Round


_FRESH_S = 1.0
# Whoever asks waits a few seconds, and is to be told that the store does not answer.
_PATIENCE_S = 2.0
_LOG = structlog.get_logger("imagepull")


@dataclass(frozen=True, slots=True)
class Sources:
    """What is watched of a bot at work."""

    store: Store
    bot: Bot
    chat: Chat | None
    outside: Outside


class Watch:
    """Says how one replica stands, from before its store is open until after it is closed.

    Args:
        settings: of the start.
        now: the time.
        ticks: seconds that only grow.

    Attributes:
        port: where it is asked; 0 for nowhere.
    """

    def __init__(
        self, settings: Settings, now: Callable[[], datetime], ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings, self._now, self._ticks = settings, now, ticks
        self._meters = Meters(meters.version(), in_slack=settings.slack.mode != "off")
        self._docket = Docket(settings.operations.incidents)
        self._sources: Sources | None = None
        self._phase = Phase.STARTING
        self._known: Standing | None = None
        self._known_at = 0.0
        self._asking = asyncio.Lock()
        self._trouble = ""
        self.port = 0

    @contextmanager
    def over(self, sources: Sources) -> Iterator[None]:
        """Watch a bot at work; with the end of the block it is about to stop."""
        self._sources, self._phase, self._known = sources, Phase.RUNNING, None
        try:
            yield
        finally:
            self._sources, self._phase, self._known = None, Phase.STOPPING, None

    def looked(self, done: Round, seconds: float) -> None:
        """A look came to an end, after so many seconds."""
        self._meters.looked(done, seconds, self._named.registries.hosts.keys())
        self._docket.looked(done.cluster, is_ours=done.ending is not Ending.ELSEWHERE)

    def heard(self, opinion: Opinion) -> None:
        """Somebody said whether a verdict was right."""
        self._meters.judged(opinion)

    def foretold(self, done: Foretold) -> None:
        """A round of warnings came to an end."""
        self._meters.foretold(done)

    def slack_failed(self, kind: Trouble) -> None:
        """A call of Slack's failed."""
        self._meters.troubles.slack(kind)

    def asked(self, registry: str, ending: str) -> None:
        """A question to a registry ended."""
        self._meters.troubles.asked(registry, ending, self._named.registries.hosts.keys())

    async def beat(self) -> None:
        """Measure how long the loop keeps everybody waiting, until cancelled."""
        await pulse.beat(self._meters.lagged, self._ticks, asyncio.sleep)

    async def ready(self) -> Readiness:
        """Whether it does its work, and why not."""
        return readiness.judged(await self._standing())

    async def numbers(self) -> bytes:
        """All of them."""
        self._meters.stood(await self._standing())
        if self._sources is not None:
            self._meters.keep(self._sources.bot.settings.clusters)
            self._docket.keep(self._sources.bot.settings.clusters)
        # With a thousand clusters it takes a while to write them down.
        return await asyncio.to_thread(self._meters.text)

    @property
    def _named(self) -> Settings:
        """The settings that count by now."""
        return self._sources.bot.settings if self._sources else self._settings

    async def _standing(self) -> Standing:
        async with self._asking:
            known = self._known
            if known is None or self._ticks() - self._known_at >= _FRESH_S:
                sources = self._sources
                known = await self._seen(sources) if sources else Standing(self._now(), self._phase)
                self._known, self._known_at = known, self._ticks()
            # It may have begun to stop while the store was asked.
            return known if known.phase is self._phase else Standing(self._now(), self._phase)

    async def _seen(self, sources: Sources) -> Standing:
        standing = Standing(
            self._now(),
            Phase.RUNNING,
            **_slack(sources.chat),
            outside=sources.outside.tries,
            watches=sources.bot.hearings,
        )
        try:
            async with asyncio.timeout(_PATIENCE_S):
                standing = await _stored(standing, sources)
        except (BotError, TimeoutError) as error:
            self._complain(error)
        else:
            self._trouble = ""
            await self._read_cases(sources)
        return replace(standing, cases=self._docket.cases())

    async def _read_cases(self, sources: Sources) -> None:
        """What does not fit into the time is read when somebody asks again."""
        causes = sources.bot.plan.known.catalog.causes
        severities = {each.id: each.severity for each in causes}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                await self._docket.read(sources.store.keeper, severities, self._now())

    def _complain(self, error: Exception) -> None:
        """Once for each reason in a row: it is asked every few seconds."""
        told = error if isinstance(error, BotError) else StoreError("no answer in time", "is it overloaded?")
        if told.message != self._trouble:
            _LOG.warning("the store does not answer", why=told.message, hint=told.hint)
        self._trouble = told.message


async def _stored(standing: Standing, sources: Sources) -> Standing:
    """The same, with what the store knows."""
    seen = {each.cluster: each.seen_at for each in await sources.store.keeper.glances()}
    named = sources.bot.settings.clusters.items()
    delivering = await sources.chat.messenger.health() if sources.chat else None
    return replace(
        standing,
        store=True,
        sights=tuple(Sight(name, each.interval, seen.get(name)) for name, each in named),
        backlog=delivering.backlog if delivering else None,
        repeats=delivering.repeats if delivering else 0,
        posts=await sources.store.dispatches.waiting() if sources.outside.courier else {},
        tally=await _tally(sources.store),
    )


def _slack(chat: Chat | None) -> Mapping[str, Any]:
    """How it stands with Slack."""
    if chat is None:
        return {"slack": False}
    health = chat.app.health()
    troubles = chat.messenger.troubles
    return {
        "connected": health.connected,
        "lacking": len(health.troubles),
        "resting": tuple(each.name for each in troubles),
        "barred": next((each.name for each in troubles if each.channel == EVERYWHERE), ""),
    }


async def _tally(store: Store) -> Tally | None:
    """None where something stored cannot be read: that is no reason to call the store away."""
    try:
        return await store.census.tally()
    except StoreError:
        return None


@asynccontextmanager
async def watched(settings: Settings, now: Callable[[], datetime]) -> AsyncIterator[Watch]:
    """Watch a bot, and answer who asks for it where the settings say, for as long as the block lasts.

    Raises:
        SettingsError: somebody else listens there.
    """
    watch = Watch(settings, now)
    listen = settings.operations.listen
    if not listen:
        yield watch
        return
    endpoint = Endpoint(watch.numbers, meters.CONTENT_TYPE, watch.ready)
    host, _, port = listen.rpartition(":")
    watch.port = await endpoint.open(host.strip("[]"), int(port))
    beating = asyncio.create_task(watch.beat())
    try:
        yield watch
    finally:
        beating.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await beating
        await endpoint.close()
