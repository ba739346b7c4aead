"""The bot: settings and a store in, looks at every cluster on time and a desk to ask at out.

Other settings are taken up while it runs: what they do not change goes on undisturbed, and settings that cannot be used
change nothing at all.
"""

import asyncio
import gc
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol

import structlog

from bot import errors
from bot.errors import BotError
from bot.facts.document import Document
from bot.facts.opinion import Opinion
from bot.facts.verdict import Report
from bot.incidents.lifecycle import Change
from bot.incidents.looking import Extent, Look
from bot.ports.foretelling import BulletinScribe
from bot.ports.keeping import Letter
from bot.ports.reading import Scan
from bot.ports.telling import Cards, Press, Scribe
from bot.ports.watching import Hearing
from bot.schedule import Job, Schedule
from bot.settings import Settings
from bot.store.opening import Store
from bot.wiring import mending, plans, tellers
from bot.wiring.digests import Digests, Source
from bot.wiring.foretelling import Foretelling, Surroundings
from bot.wiring.mending import Mending, Telling
from bot.wiring.plans import Asking, Plan
from bot.wiring.probers import probing
from bot.wiring.watches import Wanted, Watches
from bot.workflows import bounds, lately, patrol
from bot.workflows import sweep as sweeping
from bot.workflows.approval import Present
from bot.workflows.attending import Errand
from bot.workflows.desk import FrontDesk
from bot.workflows.foretell import Foretold
from bot.workflows.judging import Bench, Files
from bot.workflows.lately import Lately
from bot.workflows.patrol import Beat, Ending, Round
from bot.workflows.reach import Place, Reach, Rules
from bot.workflows.recalling import Notes
from bot.workflows.register import Register
from bot.workflows.world import let_others


_LOG = structlog.get_logger("imagepull")
_HOUSEKEEPING = "(housekeeping)"
_HOUSEKEEPING_EVERY = timedelta(hours=1)
_DIGESTS = "(digests)"
_DIGESTS_EVERY = timedelta(minutes=1)
# What other settings need a restart for: connections that everything hangs on.
_FIXED = ("slack", "store", "operations", "webhooks", "alertmanager")
# An answer that somebody waits for may still need what is about to go.
_GRACE = timedelta(seconds=30)


def _now() -> datetime:
    return datetime.now(UTC)


def _nobody(_done: Round, _seconds: float) -> None:
    """For bots that nobody watches."""


def _unheard(_opinion: Opinion) -> None:
    """Likewise."""


def _unwarned(_done: Foretold) -> None:
    """Likewise."""


class Spelling(Scribe, Cards, Press, BulletinScribe, Protocol):
    """Spells all that is told."""


@dataclass(frozen=True, slots=True)
class Shores:
    """What a bot works with, whatever the settings say.

    Attributes:
        store: remembers.
        scribe: spells letters, those of changes too.
        stored: is called when there are letters to deliver.
        asking: makes what asks registries.
        now: the time.
        stand_back: waits for what must not wait for a look.
        looked: is told what became of each look, and how many seconds it took.
        heard: is told of each new voice about a verdict.
        foretold: is told what became of each round of warnings.
    """

    store: Store
    scribe: Spelling
    stored: Callable[[], object]
    asking: Asking = probing
    now: Callable[[], datetime] = _now
    stand_back: Callable[[], Awaitable[None]] = let_others
    looked: Callable[[Round, float], object] = _nobody
    heard: Callable[[Opinion], object] = _unheard
    foretold: Callable[[Foretold], object] = _unwarned


class Bot:
    """One replica at work. Made by :meth:`made`, then started.

    Attributes:
        desk: answers people.
        repairs: takes what they ask to be changed.
        jury: hears whether verdicts were right.
        foretelling: warns of what will break, if that is wanted.
    """

    def __init__(self, plan: Plan, held: AsyncExitStack, shores: Shores) -> None:
        self._plan, self._held, self._shores = plan, held, shores
        self._first = plan.settings
        self._turns: Counter[str] = Counter()
        self._settled = False
        self._notes = Notes(shores.store.recollection)
        self._seen = Lately(plans.fresh(plan.settings))
        self._schedule = Schedule(_complain, shores.now)
        self._watches = Watches(self.look)
        self._one_at_a_time: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        keeper, self._reach = shores.store.keeper, Reach(self._rules(plan), self._seen)
        register = self._register(plan)
        self.desk = FrontDesk(self._reach, keeper, register, self._documents, self._seen, shores.now)
        telling = Telling(shores.scribe, self._documents, shores.stored, _complain_of_plan, self.look_soon)
        self._mending = Mending(self._reach, lambda: self._plan, shores.store, telling, shores.now)
        self.repairs = self._mending.repairs
        files = Files(keeper, shores.store.opinions, shores.scribe)
        self.jury = Bench(self._reach, lambda: self.desk.register, files, shores.now, shores.heard)
        self._digests = Digests(self._source, shores.scribe, shores.stored, shores.now)
        around = Surroundings(shores.store, shores.scribe, shores.stored, shores.now, shores.foretold)
        told = self._first.slack.mode != "off"
        self.foretelling = Foretelling(lambda: self._plan, around, is_told=told)
        self._carrying: asyncio.Task[None] | None = None

    @classmethod
    async def made(cls, settings: Settings, shores: Shores) -> "Bot":
        """A bot that answers, and does not look yet.

        Raises:
            BotError: the settings cannot be used.
        """
        held = AsyncExitStack()
        return cls(await held.enter_async_context(_planned(settings, shores)), held, shores)

    async def start(self) -> None:
        """Begin to look."""
        self._schedule.start()
        self._carrying = asyncio.create_task(self._mending.carrier.work())
        await self._watches.set(self._watched(self._plan))
        await self._schedule.set(self._jobs(self._plan))

    @property
    def plan(self) -> Plan:
        """What the settings decide now."""
        return self._plan

    @property
    def settings(self) -> Settings:
        """Those that it works by."""
        return self._plan.settings

    async def stop(self) -> None:
        """End. What is under way is given up; whoever looks next finds it again."""
        if self._carrying is not None:
            self._carrying.cancel()
            await asyncio.gather(self._carrying, return_exceptions=True)
        await asyncio.gather(self._watches.stop(), self._schedule.stop())
        for name in self.settings.clusters:
            await self._let_go(name)
        await self._held.aclose()

    async def apply(self, settings: Settings) -> tuple[str, ...]:
        """Work by other settings from now on, and say which of them only count after a restart.

        Raises:
            BotError: they cannot be used; then the old ones stay.
        """
        held = AsyncExitStack()
        plan = await held.enter_async_context(_planned(settings, self._shores))
        old, old_held, self._plan, self._held = self._plan, self._held, plan, held
        self._seen.forget(plan.accesses)
        self._reach.rules, self.desk.register = self._rules(plan), self._register(plan)
        self.repairs.terms = mending.terms(plan)
        await self._watches.set(self._watched(plan))
        await self._schedule.set(self._jobs(plan))
        await self.foretelling.retire(old, plan)
        for name in sorted(old.accesses.keys() - plan.accesses.keys()):
            await self._retire(self._beat(old, name))
        await old.idle(_GRACE)
        await old_held.aclose()
        fixed = (key for key in _FIXED if getattr(self._first, key) != getattr(settings, key))
        return (*fixed, *tellers.changed(self._first, settings))

    def look_up_by(self, present: Present) -> None:
        """Have those who approved something looked up once more before it is begun."""
        self._mending.present = present

    def look_soon(self, cluster: str) -> None:
        """Have a cluster looked at without waiting for its turn."""
        self._schedule.soon(cluster)

    @property
    def hearings(self) -> Mapping[str, Hearing]:
        """How the watches stand that this replica has, by cluster."""
        return self._watches.hearings

    async def look(self, cluster: str, errand: Errand | None = None) -> Round:
        """Look at a cluster, store what is found and what is to be told of it; one look at a time.

        Args:
            cluster: its name.
            errand: what a watch has heard; None for a look whose time has come.

        Raises:
            StoreError: it cannot be stored.
        """
        async with self._one_at_a_time[cluster]:
            done = await self._look(cluster, errand)
        self._watches.looked(done)
        return done

    async def _look(self, cluster: str, errand: Errand | None) -> Round:
        plan = self._plan
        full = errand is None and self._turns[cluster] % plan.settings.detection.full_sweep_every == 0
        named, ends = (errand.named, errand.ends) if errand else ((), True)
        began = self._shores.now()

        async def look() -> Report:
            """Diagnose what fails there, and remember what it said."""
            async with plan.world(cluster, self._shores.store.recollection) as opened:
                world = replace(opened, stand_back=self._shores.stand_back)
                place = plan.accesses[cluster]
                spaces = await bounds.allowed(world.reader, place.include, place.exclude)
                silent = plan.settings.detection.stalled_after
                scan = Scan(spaces, full=full, stalled_after=silent, named=named)
                report = await sweeping.sweep(world, scan)
            failures = [each.failure for each in report.diagnoses]
            await self._notes.take(cluster, failures, began)
            await self._notes.take_tags(report.diagnoses, began)
            return report

        done = await patrol.patrol(self._beat(plan, cluster), look, full=full, ends=ends)
        if done.report is not None:
            self._turns[cluster] += errand is None
            self._seen.note(cluster, lately.failing(done.report), self._shores.now())
        if done.letters:
            self._shores.stored()
        seconds = (self._shores.now() - began).total_seconds()
        _tell(done, seconds, full=full, watched=errand is not None)
        self._shores.looked(done, seconds)
        self._settle()
        return done

    def _settle(self) -> None:
        """Have what is there after the first look left out of garbage collections: it stays as long as the process.

        Walking through all of it took 150 ms several times in every look, in which nobody was heard.
        """
        if not self._settled:
            self._settled = True
            gc.collect()
            gc.freeze()

    def _watched(self, plan: Plan) -> dict[str, Wanted]:
        rest = self._rest(plan)
        named = plan.settings.clusters.items()
        return {name: Wanted(plan.accesses[name], (each, rest)) for name, each in named if each.watch}

    def _rest(self, plan: Plan) -> Mapping[str, object]:
        """Whatever else may change what a look finds or tells, which makes it another one."""
        return plan.settings.model_dump(mode="json", exclude={"clusters", "people", *_FIXED})

    def _jobs(self, plan: Plan) -> dict[str, Job]:
        rest = self._rest(plan)
        jobs = {
            name: Job(each.interval, partial(self.look, name), (each, rest))
            for name, each in plan.settings.clusters.items()
        }
        if plan.settings.digest and self._first.slack.mode != "off":
            jobs[_DIGESTS] = Job(_DIGESTS_EVERY, partial(self._digests.publish, plan.settings), rest)
        jobs |= self.foretelling.jobs(plan, rest)
        return jobs | {_HOUSEKEEPING: Job(_HOUSEKEEPING_EVERY, self._clean_up)}

    def _source(self) -> Source:
        known, keep = self._plan.known, self.settings.store.keep
        return Source(self._shores.store, self._shores.scribe, known.catalog, keep)

    def _beat(self, plan: Plan, name: str) -> Beat:
        keeper = self._shores.store.keeper

        async def told(changes: Sequence[Change], look: Look) -> Sequence[Letter]:
            return await self._told(plan, changes, look.cluster)

        async def late(standing: Sequence[Change], look: Look) -> Sequence[Letter]:
            return await plan.wording.late_posts(standing, look.cluster, self._shores.store.dispatches)

        deadline = plan.settings.clusters[name].deadline
        extent = Extent(plan.accesses[name].include, plan.accesses[name].exclude)
        patience = plans.patience(plan.settings)
        return Beat(name, deadline, keeper, patience, told, self._shores.now, extent, late=late)

    def _rules(self, plan: Plan) -> Rules:
        memory = self._shores.store.recollection
        places = {
            name: Place(
                name,
                plan.settings.clusters[name].interval,
                plan.settings.clusters[name].deadline,
                partial(plan.world, name, memory),
                each.include,
                each.exclude,
            )
            for name, each in plan.accesses.items()
        }
        return Rules(places, plans.grants(plan.settings), plan.settings.detection.stalled_after)

    def _register(self, plan: Plan) -> Register:
        keeper = self._shores.store.keeper

        async def told(changes: Sequence[Change]) -> Sequence[Letter]:
            return await self._told(plan, changes, "")

        return Register(keeper, plan.known.catalog, told, self._shores.now, self._shores.stored)

    async def _told(self, plan: Plan, changes: Sequence[Change], cluster: str) -> Sequence[Letter]:
        """For channels, where there are any, and for everybody who is told without Slack."""
        store, in_slack = self._shores.store, self._first.slack.mode != "off"
        letters = await plan.wording.letters(changes, cluster, store.keeper) if in_slack else ()
        return (*letters, *await plan.wording.posts(changes, cluster, store.dispatches))

    async def _documents(self, report: Report, is_list: bool) -> tuple[Document, ...]:
        return await self._plan.wording.documents(report, is_list)

    async def _clean_up(self) -> None:
        store, before = self._shores.store, self._shores.now() - self.settings.store.keep
        await store.keeper.forget(before)
        await store.ledger.forget(before)
        await self._digests.forget()
        await self.foretelling.forget(before)

    async def _retire(self, beat: Beat) -> None:
        """Tell the end of what was open in a cluster that the settings no longer have."""
        try:
            if await patrol.retire(beat):
                self._shores.stored()
        except BotError as error:
            _complain(beat.cluster, error)
        await self._let_go(beat.cluster)

    async def _let_go(self, cluster: str) -> None:
        try:
            await self._shores.store.keeper.release(cluster)
        except BotError as error:
            _complain(cluster, error)


def _planned(settings: Settings, shores: Shores) -> AbstractAsyncContextManager[Plan]:
    return plans.planned(settings, shores.scribe, _warn, shores.asking)


def _tell(done: Round, seconds: float, *, full: bool, watched: bool) -> None:
    if done.ending is Ending.ELSEWHERE:
        _LOG.debug("another replica looks after the cluster", cluster=done.cluster)
    elif done.report is None:
        _LOG.warning("cluster not seen", cluster=done.cluster, why=done.trouble, hint=done.hint)
    else:
        _LOG.info(
            "looked",
            cluster=done.cluster,
            full=full,
            watched=watched,
            seconds=round(seconds, 2),
            pods=done.report.looked_at,
            failing=len(done.report.diagnoses),
            incidents=len(done.report.incidents),
            letters=done.letters,
            **({"not_seen": done.trouble} if done.trouble else {}),
        )


def _complain(name: str, error: Exception) -> None:
    why, hint = _why(error)
    _LOG.error("a look failed", cluster=name, why=why, hint=hint)


def _complain_of_plan(name: str, error: Exception) -> None:
    why, hint = _why(error)
    _LOG.error("a plan could not be carried on", plan=name, why=why, hint=hint)


def _why(error: Exception) -> tuple[str, str]:
    if isinstance(error, BotError):
        return error.message, error.hint
    # Its text may hold anything, a secret included.
    return f"internal error: {type(error).__name__}{errors.place(error)}", "report it"


def _warn(line: str) -> None:
    _LOG.warning(line)
