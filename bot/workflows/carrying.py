"""The runner that each replica has: approved plans in, carried out and watched to the end, whoever died on the way.

Looks for what is to be done when it is woken, and every few seconds besides: what another replica left behind is taken over
once its lease is over. What nobody approved in time ends here, too.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

from bot.errors import BotError, ClusterUnreadable, Overtaken, StoreError
from bot.facts import times
from bot.facts.audit import Event
from bot.facts.change import LOOKING, Plan
from bot.facts.proposal import Proposal, Stage
from bot.facts.statement import Statement
from bot.ports.reading import ClusterReader, Scan
from bot.remediation import executing, holding
from bot.remediation.executing import Execution, Writers
from bot.remediation.holding import Holding, Means, Waits
from bot.remediation.looking import Ears, Listening
from bot.remediation.verifying import Eyes, Watch
from bot.workflows import approval, fixing, limiting, premises
from bot.workflows.approval import Present
from bot.workflows.fixing import Terms, Tools
from bot.workflows.reach import Rules
from bot.workflows.world import World


# As many plans as are carried out and watched side by side; a watch takes up to five minutes and does next to nothing.
_AT_ONCE: Final = 64
# What was begun is not given up for a cluster that is out of reach for a while.
_OUT_OF_REACH: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Hands:
    """What carrying out takes.

    Attributes:
        writers: opens a cluster to be changed.
        world: opens a cluster to be diagnosed, by its name; registries are asked anew.
        holder: a name for this replica that no other has.
        wait: lets time pass.
        complain: is told which plan could not be carried on, and why.
        remember: keeps what a node said.
        present: looks up who said yes, before a plan is begun.
        asked: is told in which cluster a node has said something.
        deadline: how long is waited for what comes of a change.
        every: between two looks at what comes of it.
        lease: how long nobody else takes over what this replica holds.
    """

    writers: Writers
    world: Callable[[str], AbstractAsyncContextManager[World]]
    holder: str
    wait: Waits
    complain: Callable[[str, Exception], object]
    remember: Callable[[Statement], Awaitable[None]]
    present: Present
    asked: Callable[[str], object] = bool
    deadline: timedelta = timedelta(minutes=5)
    every: timedelta = timedelta(seconds=3)
    lease: timedelta = timedelta(minutes=2)


class Carrier:
    """Carries plans out.

    Args:
        rules: how clusters are looked at, by the settings of now.
        terms: what the settings say about changes now.
        tools: the ledger, and what tells.
        hands: what changes and sees clusters.
    """

    def __init__(
        self, rules: Callable[[], Rules], terms: Callable[[], Terms], tools: Tools, hands: Hands
    ) -> None:
        self._rules, self._terms = rules, terms
        self._tools, self._hands = tools, hands
        self._at_work: dict[str, asyncio.Task[None]] = {}
        self._woken = asyncio.Event()
        self._means = Means(tools.ledger, self._told, tools.clock, hands.wait, hands.holder, hands.lease)

    def wake(self) -> None:
        """Have it look at once."""
        self._woken.set()

    async def work(self, every: timedelta = timedelta(seconds=5)) -> None:
        """Look again and again, until it is cancelled; what is under way then is left to whoever takes it over."""
        try:
            while True:
                self._woken.clear()
                await self._guarded("(looking)", self.tick())
                try:
                    async with asyncio.timeout(every.total_seconds()):
                        await self._woken.wait()
                except TimeoutError:
                    continue
        finally:
            for each in self._at_work.values():
                each.cancel()
            await self.idle()

    async def tick(self) -> None:
        """Begin everything that is to be done now.

        Raises:
            StoreError: nobody knows what there is.
        """
        for each in await self._tools.ledger.unfinished():
            if each.id in self._at_work:
                continue
            if fixing.is_expired(each, self._tools.clock()):
                await self._guarded(each.id, self._telling(self._expired(each)))
            elif holding.is_free(each, self._means) and len(self._at_work) < _AT_ONCE:
                task = asyncio.create_task(self._guarded(each.id, self._telling(self._carried(each))))
                self._at_work[each.id] = task
                task.add_done_callback(partial(self._done, each.id))

    async def idle(self) -> None:
        """Wait until nothing is under way here."""
        while self._at_work:
            await asyncio.wait(set(self._at_work.values()))

    def _done(self, name: str, _: object) -> None:
        self._at_work.pop(name, None)

    def _told(self, proposal: Proposal) -> Any:
        return fixing.letters(self._tools.cards, proposal)

    async def _guarded(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Do it; what goes wrong is told, and taken up again by the next look."""
        try:
            await work
        except Overtaken:
            pass  # somebody else goes on
        except Exception as error:  # noqa: BLE001  # one plan must not keep the others from being carried out
            self._hands.complain(name, error)

    async def _telling(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it, and have told whatever is to be told of it."""
        try:
            await work
        finally:
            self._tools.stored()

    async def _expired(self, proposal: Proposal) -> None:
        await fixing.expire(self._tools, proposal)

    async def _carried(self, proposal: Proposal) -> None:
        held = await holding.take(proposal, self._means)
        if held is None:
            return
        self._tools.stored()
        if await self._lapsed(held):
            return
        try:
            async with self._hands.writers(proposal.plan.cluster) as change:
                if held.proposal.stage is Stage.RUNNING:
                    check = partial(self._doubt, held)
                    await Execution(held, self._means, change, check).run()
                    self._tools.stored()
                if held.proposal.stage is Stage.WATCHING:
                    await self._watched(held, change)
        except StoreError:
            raise
        except BotError as error:
            await self._out_of_reach(held, error.message)
            raise
        except Exception as error:
            # Whoever writes an object that nobody expected must not keep a plan under way for ever.
            await self._out_of_reach(held, f"it fell over: {type(error).__name__}")
            raise

    async def _lapsed(self, held: Holding) -> bool:
        """End what those who said yes do not approve any more, as they are now. What was begun is not asked about again.

        Raises:
            BotError: nobody can tell just now; it is asked again until it is too late to begin.
        """
        proposal, now = held.proposal, self._tools.clock()
        policy = self._terms().policy
        # Rules that have changed, and time that has passed, have words of their own.
        if proposal.stage is not Stage.RUNNING or proposal.done or proposal.begun:
            return False
        if executing.is_late(proposal, now) or not policy.may_begin(proposal, now).allowed:
            return False
        try:
            async with asyncio.timeout((self._hands.lease / 2).total_seconds()):
                found = await approval.lapse(proposal, policy, self._tools.ledger, self._hands.present, now)
        except TimeoutError:
            raise BotError("nobody said in time who they are that said yes", "is Slack slow?") from None
        if found is None:
            return False
        told = {"outcome": found.why, "no longer counted": ", ".join(found.people)}
        await held.end(Stage.REFUSED, found.why, [held.entry(Event.REFUSED, told)])
        return True

    async def _watched(self, held: Holding, change: Any) -> None:
        """See what comes of it; of a node that was asked, what it says."""
        plan = held.proposal.plan
        if plan.action not in LOOKING or plan.undoes:
            await Watch(held, self._means, self._eyes(plan, change.read)).run()
            return
        clear = partial(executing.clear, held, change)
        ears = Ears(change.read, change.words, self._hands.remember, clear)
        ended = await Listening(held, self._means, ears).run()
        if ended.stage is Stage.MENDED:
            self._hands.asked(plan.cluster)

    def _eyes(self, plan: Plan, live: Any) -> Eyes:
        reader = partial(self._reader, plan.cluster)
        return Eyes(reader, live, self._happening, self._hands.deadline, self._hands.every)

    @asynccontextmanager
    async def _reader(self, cluster: str) -> AsyncIterator[ClusterReader]:
        async with self._hands.world(cluster) as world:
            yield world.reader

    async def _happening(self, plan: Plan) -> str:
        async with self._looking(plan) as (world, scan):
            return await premises.happening(world, scan, plan, self._terms().title)

    async def _doubt(self, held: Holding, plan: Plan) -> str:
        """What speaks against beginning now: the rules, the limit, or the reasons."""
        policy, now = self._terms().policy, self._tools.clock()
        ruling = policy.may_begin(held.proposal, now)
        if not ruling.allowed:
            return ruling.why
        why = await limiting.too_much(self._tools.ledger, policy, held.proposal, now)
        if why:
            return why
        async with self._looking(plan) as (world, scan):
            return await premises.doubt(world, scan, plan)

    @asynccontextmanager
    async def _looking(self, plan: Plan) -> AsyncIterator[tuple[World, Scan]]:
        """The plan's cluster, for no longer than nobody takes the plan over."""
        patience = self._hands.lease / 4
        try:
            async with asyncio.timeout(patience.total_seconds()), self._hands.world(plan.cluster) as world:
                yield world, Scan(stalled_after=self._rules().stalled_after)
        except TimeoutError:
            raise ClusterUnreadable(
                f"{plan.cluster} gave no answer within {times.spelled(patience)}", "try again"
            ) from None

    async def _out_of_reach(self, held: Holding, trouble: str) -> None:
        """End what cannot be carried on for too long."""
        proposal, now = held.proposal, self._tools.clock()
        begun = proposal.done or proposal.begun
        if not begun and executing.is_late(proposal, now):
            why = f"the cluster could not be reached in time: {trouble}"
            entry = held.entry(Event.EXPIRED, {"outcome": why})
            await held.end(Stage.EXPIRED, why, [entry])
        elif begun and now - (proposal.sent_at or proposal.plan.made) > _OUT_OF_REACH:
            why = f"the cluster cannot be reached, so nobody knows what came of it: {trouble}"
            entry = held.entry(Event.ANSWERED, {"outcome": why})
            await held.end(Stage.UNKNOWN, why, [entry])
