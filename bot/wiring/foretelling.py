"""Warnings of the bot, put together: a plan and a store in, rounds on time out.

Every replica has the jobs; the store lets one of them look at a cluster.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from bot.errors import BotError
from bot.facts.forewarning import Check, Kind, Outlook
from bot.incidents.looking import Extent
from bot.incidents.routing import Routing
from bot.ports.foretelling import BulletinScribe
from bot.rendering.bulletins import Announcer
from bot.schedule import Job
from bot.store.opening import Store
from bot.wiring import forewarned, plans
from bot.wiring.plans import Plan
from bot.workflows import bounds, foretell, outlook
from bot.workflows.foretell import Foretold, Voices, Watchtower


_LOG = structlog.get_logger("imagepull")
# What registries said of an image is good for a day: asked for by the hour, they are never asked for all at once.
_ROUNDS: Final = 24
_ENDING_EVERY: Final = timedelta(minutes=15)
_OFTEN_ENOUGH: Final = timedelta(seconds=1)
# Registries may take their time; whoever is asked is asked one after the other.
_ASKING: Final = timedelta(minutes=5)
_DEADLINE: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What rounds work with, whatever the settings say.

    Attributes:
        scribe: spells letters.
        stored: is called when there are letters to deliver.
        now: the time.
        heard: is told what became of each round.
    """

    store: Store
    scribe: BulletinScribe
    stored: Callable[[], object]
    now: Callable[[], datetime]
    heard: Callable[[Foretold], object]


class Foretelling:
    """Has a round made for each cluster, again and again.

    Args:
        plan: what the settings decide by now.
        around: what it works with.
        is_told: whether there are channels to tell.
    """

    def __init__(self, plan: Callable[[], Plan], around: Surroundings, *, is_told: bool) -> None:
        self._plan, self._around, self._is_told = plan, around, is_told
        self._announcer: tuple[Plan, Announcer] | None = None

    def jobs(self, plan: Plan, sort: object) -> Mapping[str, Job]:
        """What is to be done on time: rounds, or where nothing is to be warned of the end of what was open."""
        wanted = plan.settings.warnings
        if not wanted.kinds:
            # Again and again: at a rollout the replica before, which still warns, may look after the cluster for a while.
            return {
                f"(no warnings) {name}": Job(_ENDING_EVERY, partial(self._retire, plan, name))
                for name in plan.settings.clusters
            }
        interval = max(wanted.every / _ROUNDS, _OFTEN_ENOUGH)
        return {
            f"(warnings) {name}": Job(interval, partial(self.round_at, name), (each, sort))
            for name, each in plan.settings.clusters.items()
        }

    async def round_at(self, cluster: str) -> Foretold:
        """One round over a cluster.

        Raises:
            StoreError: what was found cannot be stored.
        """
        plan, around = self._plan(), self._around
        began = around.now()
        terms = forewarned.terms(plan.settings)

        async def look(known: Mapping[str, Check]) -> Outlook:
            """What will break there."""
            async with plan.world(cluster, around.store.recollection, anew=True) as world:
                place = plan.accesses[cluster]
                spaces = await bounds.allowed(world.reader, place.include, place.exclude)
                return await outlook.look(world, spaces, terms, began, known, lambda: self._is_late(began))

        done = await foretell.foretell(await self._tower(plan, cluster, terms.kinds), look)
        if done.letters:
            around.stored()
        _tell(done)
        around.heard(done)
        return done

    async def retire(self, old: Plan, new: Plan) -> None:
        """Tell the end of what was open where the settings do not look any more."""
        if not old.settings.warnings.kinds:
            return
        gone = old.accesses.keys() - (new.accesses.keys() if new.settings.warnings.kinds else ())
        for name in sorted(gone):
            await self._retire(old, name)

    async def _retire(self, plan: Plan, cluster: str) -> None:
        try:
            if await foretell.retire(await self._tower(plan, cluster, frozenset())):
                self._around.stored()
        except BotError as error:
            _LOG.error("warnings could not be ended", cluster=cluster, why=error.message, hint=error.hint)

    async def forget(self, before: datetime) -> None:
        """Drop what ended before then."""
        await self._around.store.forewarnings.forget(before)

    def _is_late(self, began: datetime) -> bool:
        return self._around.now() - began >= _ASKING

    async def _tower(self, plan: Plan, cluster: str, kinds: frozenset[Kind]) -> Watchtower:
        around, place = self._around, plan.accesses[cluster]
        announcer = await self._words(plan)
        routes = _with_severities(plans.routes(plan.settings, plan.known), announcer)
        voices = Voices(announcer, around.scribe, routes, self._is_told)
        extent = Extent(place.include, place.exclude)
        keeper, memory = around.store.keeper, around.store.forewarnings
        return Watchtower(cluster, _DEADLINE, kinds, keeper, memory, voices, around.now, extent)

    async def _words(self, plan: Plan) -> Announcer:
        """Those of the plan's playbooks, read once for each plan.

        Raises:
            PlaybookError: the folder was changed since the plan was made, and for the worse.
        """
        of, announcer = self._announcer or (None, None)
        if announcer is None or of is not plan:
            announcer = await asyncio.to_thread(forewarned.announcer, plan.settings.playbooks.folder)
            self._announcer = plan, announcer
        return announcer


def _with_severities(routing: Routing, announcer: Announcer) -> Routing:
    """The same routes, which know how bad a warning is: a match may name it like a cause."""
    return replace(routing, severities={**routing.severities, **announcer.severities})


def _tell(done: Foretold) -> None:
    if done.trouble:
        _LOG.warning(
            "a round of warnings saw nothing", cluster=done.cluster, why=done.trouble, hint=done.hint
        )
    elif done.outlook is None:
        _LOG.debug("another replica warns of the cluster", cluster=done.cluster)
    else:
        found = done.outlook
        _LOG.info(
            "looked for what will break",
            cluster=done.cluster,
            images=found.images,
            asked=len(found.checks),
            due=found.due,
            found=len(found.findings),
            not_checked=len(found.unread),
            letters=done.letters,
        )
