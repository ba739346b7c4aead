"""Where people ask: a question and who asks in, what they may see of the answer out.

A cluster or namespace that the asker may not see is answered in the same words as one that does not exist. Nothing is
raised: what goes wrong is an answer, too.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from bot.errors import BotError
from bot.facts.document import Document
from bot.facts.objects import Pod
from bot.facts.people import Asker, View
from bot.facts.verdict import Report
from bot.ports.answering import (
    Answer,
    ClusterState,
    Failing,
    Listed,
    Nothing,
    Question,
    Several,
    Told,
)
from bot.ports.keeping import Glance, Keeper
from bot.ports.reading import Scan
from bot.workflows import diagnose, lately, reach, targets
from bot.workflows import sweep as sweeping
from bot.workflows.lately import Lately
from bot.workflows.reach import MOST_CHOICES, Reach
from bot.workflows.register import Register


T = TypeVar("T")

_HISTORY = timedelta(days=7)
# A look for a list is worth nothing once the person has typed on.
_PATIENCE = timedelta(seconds=2)


Words = Callable[[Report, bool], Awaitable[tuple[Document, ...]]]


class FrontDesk:
    """Implements ``Desk``.

    Args:
        reach: the clusters as people may see them.
        keeper: remembers incidents and looks.
        register: the incidents as people may see them; may be replaced at any time.
        words: a document for each diagnosis of a report, or with True for each incident.
        seen: what failed lately.
        now: the time.
    """

    def __init__(
        self,
        reach: Reach,
        keeper: Keeper,
        register: Register,
        words: Words,
        seen: Lately,
        now: Callable[[], datetime],
    ) -> None:
        self._reach = reach
        self.register, self._keeper = register, keeper
        self._words, self._seen, self._now = words, seen, now

    async def why(self, asker: Asker, question: Question) -> Answer:
        """Diagnose a pod or workload, or all that fails in a namespace."""
        view = self._reach.view(asker)
        found = self._reach.clusters(view, question.cluster)
        if isinstance(found, Nothing):
            return found
        if len(found) > 1:
            return await self._which(view, found, question)
        return await self._reach.answered(found[0], self._why(view, found[0], question))

    async def sweep(self, asker: Asker, cluster: str) -> Answer:
        """Look at a whole cluster now."""
        view = self._reach.view(asker)
        found = self._reach.clusters(view, cluster)
        if isinstance(found, Nothing):
            return found
        if len(found) > 1:
            return reach.in_which(found, Question())
        return await self._reach.answered(found[0], self._sweep(view, found[0]))

    async def incidents(self, asker: Asker, cluster: str = "") -> tuple[Listed, ...] | Nothing:
        """What is open, the worst first."""
        view = self._reach.view(asker)
        found = self._reach.clusters(view, cluster)
        if isinstance(found, Nothing):
            return found
        return await self._kept(self.register.open(view, found))

    async def history(self, asker: Asker, cluster: str = "") -> tuple[Listed, ...] | Nothing:
        """What ended in the last week, the latest first."""
        view = self._reach.view(asker)
        found = self._reach.clusters(view, cluster)
        if isinstance(found, Nothing):
            return found
        return await self._kept(self.register.ended(view, found, self._now() - _HISTORY))

    async def acknowledge(self, asker: Asker, incident: str) -> Listed | Nothing:
        """Say that the asker looks after an incident."""
        return await self._kept(self.register.acknowledge(self._reach.view(asker), incident, asker.person))

    async def snooze(self, asker: Asker, incident: str, span: timedelta) -> Listed | Nothing:
        """Hear nothing of an incident for a while."""
        return await self._kept(self.register.snooze(self._reach.view(asker), incident, asker.person, span))

    async def clusters(self, asker: Asker) -> tuple[ClusterState, ...]:
        """The clusters that the asker may ask about, and how it stands with them."""
        view = self._reach.view(asker)
        names = self._reach.visible(view)
        try:
            glances = {each.cluster: each for each in await self._keeper.glances()}
            open_now = [await self.register.open(view, [name]) for name in names]
        except BotError as error:
            every = self._reach.rules.places
            return tuple(ClusterState(name, None, error.message, 0, every[name].interval) for name in names)
        return tuple(
            self._state(view, name, glances.get(name), len(listed))
            for name, listed in zip(names, open_now, strict=True)
        )

    async def failing(self, asker: Asker, cluster: str, typed: str, most: int) -> tuple[Failing, ...]:
        """Failing pods to choose from, as of the last look; where there was none, of a quick one."""
        view = self._reach.view(asker)
        if cluster not in self._reach.visible(view):
            return ()
        if not self._seen.knows(cluster, self._now()):
            try:
                async with asyncio.timeout(_PATIENCE.total_seconds()):
                    await self._glimpse(cluster)
            except (BotError, TimeoutError):
                pass  # an older list, or none: the person types the name
        return self._seen.find(cluster, typed, lambda each: view.shows(cluster, each.namespace), most)

    async def _which(self, view: View, clusters: Sequence[str], question: Question) -> Answer:
        """The one cluster where such a thing fails, or the choice between those that there are."""
        holding = self._reach.holding(view, clusters, question)
        if len(holding) == 1:
            return await self._reach.answered(holding[0], self._why(view, holding[0], question))
        if not holding and question.words and len(clusters) <= MOST_CHOICES:
            return await self._looked_for(view, clusters, question)
        return reach.in_which(holding or clusters, question)

    async def _looked_for(self, view: View, clusters: Sequence[str], question: Question) -> Answer:
        """What is not known to fail anywhere: the one cluster that has it, or what is near, or that none has it."""
        asked = (self._reach.answered(name, self._why(view, name, question)) for name in clusters)
        answers = dict(zip(clusters, await asyncio.gather(*asked), strict=True))
        there = [name for name, each in answers.items() if isinstance(each, Told)]
        if there:
            return answers[there[0]] if len(there) == 1 else reach.in_which(there, question)
        near = {name: each for name, each in answers.items() if isinstance(each, Several)}
        wanted = " ".join(question.words)
        if near:
            choices = [
                replace(one, label=f"{name}: {one.label}")
                for name, each in near.items()
                for one in each.choices
            ]
            why = f"which {wanted} is meant?" if len(near) > 1 else next(iter(near.values())).why
            return Several(why, tuple(choices[:MOST_CHOICES]))
        for name, each in answers.items():
            if isinstance(each, Nothing) and each.failed:
                return replace(each, message=f"{name}: {each.message}")
        return Nothing(f"no pod or workload {wanted} in {', '.join(clusters)}", "`list` shows what is open")

    async def _why(self, view: View, cluster: str, question: Question) -> Answer:
        named = self._reach.named(view, cluster, question)
        if isinstance(named, Nothing):
            return named
        async with self._reach.world(cluster, view) as (world, scan):
            if not named:
                within = (question.namespace,) if question.namespace else scan.namespaces
                report = await diagnose.why(world, (), replace(scan, namespaces=within))
                if question.namespace and not report.looked_at:
                    await targets.namespaces_exist(world.reader, (question.namespace,))
                return Told(report, await self._words(report, True), is_list=True)
            found = await self._reach.found(world, named, scan, view, replace(question, cluster=cluster))
            if isinstance(found, Report):
                return Told(found, await self._words(found, False))
            return found

    async def _sweep(self, view: View, cluster: str) -> Answer:
        async with self._reach.world(cluster, view) as (world, scan):
            report = await sweeping.sweep(world, scan)
        if view.shows_all(cluster):
            self._seen.note(cluster, lately.failing(report), self._now())
        return Told(report, await self._words(report, True), is_list=True)

    async def _glimpse(self, cluster: str) -> None:
        """A quick look without a diagnosis, only to have names."""
        async with self._reach.rules.places[cluster].open() as world:
            sighting = await world.reader.look(
                Scan(full=False, stalled_after=self._reach.rules.stalled_after)
            )
            failing = (Failing(cluster, pod.namespace, pod.name, _reason(pod)) for pod in sighting.pods)
            self._seen.note(cluster, failing, self._now())

    def _state(self, view: View, name: str, glance: Glance | None, is_open: int) -> ClusterState:
        place = self._reach.rules.places[name]
        if glance is None:
            return ClusterState(name, None, "not looked at yet", is_open, place.interval)
        # What is amiss names namespaces.
        trouble = glance.trouble if view.shows_all(name) or not glance.trouble else "some of it"
        return ClusterState(name, glance.seen_at, trouble, is_open, place.interval)

    async def _kept(self, asked: Awaitable[T | Nothing]) -> T | Nothing:
        """What is stored, or why it cannot be told."""
        try:
            return await asked
        except BotError as error:
            return Nothing(error.message, error.hint, failed=True)


def _reason(pod: Pod) -> str:
    return next((each.waiting_reason for each in pod.containers if each.waiting_reason), pod.phase)
