"""Everything that settings decide, put together: :class:`~bot.settings.Settings` in, a :class:`Plan` out.

A plan lasts until other settings come; then the next one is put together before the last one goes.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from bot.facts.people import Grant
from bot.incidents import routing
from bot.incidents.lifecycle import Patience
from bot.incidents.routing import Route, Routing, Tenants
from bot.ports.keeping import Recollection
from bot.ports.telling import Scribe
from bot.rendering.voice import Voice
from bot.settings import Cluster, Settings
from bot.wiring import allowing, forewarned
from bot.wiring.access import Access
from bot.wiring.knowing import Knowledge, knowledge
from bot.wiring.outlets import match, outlets
from bot.wiring.permitting import Probing
from bot.wiring.probers import Probers, probing
from bot.wiring.wording import Wording
from bot.wiring.worlds import opened
from bot.workflows.world import World


# What asks the registries of a session; the demo asks simulated ones.
Asking = Callable[[Probing, Knowledge], AbstractAsyncContextManager[Probers]]


class Plan:
    """What the settings decide.

    Attributes:
        settings: those.
        known: what the playbooks say.
        wording: who has the words, and knows the channels.
        accesses: the clusters, by name.
    """

    def __init__(self, settings: Settings, known: Knowledge, probers: Probers, wording: Wording) -> None:
        self.settings, self.known, self.wording = settings, known, wording
        self.accesses = {name: access(name, each) for name, each in settings.clusters.items()}
        self._probers = probers
        self._looks = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @asynccontextmanager
    async def world(self, cluster: str, memory: Recollection, *, anew: bool = False) -> AsyncIterator[World]:
        """A cluster to diagnose, for one look; anew when registries are asked whatever they said before."""
        self._looks += 1
        self._idle.clear()
        try:
            probers = self._probers.anew() if anew else self._probers
            async with opened(self.accesses[cluster], self.known, probers=probers) as world:
                yield replace(world, recollection=memory)
        finally:
            self._looks -= 1
            if not self._looks:
                self._idle.set()

    async def idle(self, patience: timedelta) -> None:
        """Wait until no look is under way, but no longer than that."""
        try:
            async with asyncio.timeout(patience.total_seconds()):
                await self._idle.wait()
        except TimeoutError:
            return


@asynccontextmanager
async def planned(
    settings: Settings, scribe: Scribe, warn: Callable[[str], object], asking: Asking = probing
) -> AsyncIterator[Plan]:
    """Put together what settings decide, for as long as the block lasts.

    Args:
        settings: checked.
        scribe: spells letters.
        warn: is told, in a line each, what could not be used.
        asking: makes what asks registries.

    Raises:
        PlaybookError: the playbooks do not say what they must.
    """
    known = await asyncio.to_thread(knowledge, settings.playbooks.folder)
    if settings.warnings.kinds:  # what is wrong with their words is told now, and not by the first round
        await asyncio.to_thread(forewarned.announcer, settings.playbooks.folder)
    plan = Probing("", {}, settings.registries, unattended=True)
    async with asking(plan, known) as probers:
        with Voice(known.catalog) as voice:
            offered = allowing.policy(settings).offered
            told = outlets(settings, known)
            wording = Wording(voice, routes(settings, known), scribe, warn, offered, told)
            yield Plan(settings, known, probers, wording)


def access(name: str, cluster: Cluster) -> Access:
    """How a cluster of the settings is reached by nobody in particular: only named programs are run."""
    return Access(
        name=name,
        context=cluster.context,
        kubeconfig=cluster.kubeconfig,
        in_cluster=cluster.in_cluster,
        may_exec=cluster.allow_exec,
        vantage=cluster.vantage,
        include=cluster.namespaces.include,
        exclude=cluster.namespaces.exclude,
    )


def patience(settings: Settings) -> Patience:
    """How long things are waited for."""
    detection = settings.detection
    return Patience(detection.hold, detection.flapping, detection.calm, detection.storm_after)


def routes(settings: Settings, known: Knowledge) -> Routing:
    """Which channel is told of what."""
    found = tuple(
        Route(
            match=match(each.match),
            channel=each.channel,
            mention=each.mention,
            mentions=each.mentions,
            severity_words=each.severity_words,
            tenants=Tenants(each.tenants.key, each.tenants.channels) if each.tenants else None,
        )
        for each in settings.routes
    )
    return routing.Routing(found, {cause.id: cause.severity for cause in known.catalog.causes})


def grants(settings: Settings) -> tuple[Grant, ...]:
    """Who may ask about what."""
    return allowing.grants(settings.people.ask)


def fresh(settings: Settings) -> timedelta:
    """How long what failed lately is good to choose from: two looks of the slowest cluster."""
    return 2 * max((each.interval for each in settings.clusters.values()), default=timedelta(minutes=1))
