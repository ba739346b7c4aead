"""Where people ask: a question and who asks in, what they may see of the answer out.

A cluster or namespace that the asker may not see is answered in the same words as one that does not exist. Nothing is
raised: what goes wrong is an answer, too.
"""

import asyncio
import difflib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from bot.errors import BotError, TargetNotFound
from bot.facts import people, times
from bot.facts.document import Document
from bot.facts.objects import Pod
from bot.facts.people import Asker, Grant, View
from bot.facts.target import Target
from bot.facts.verdict import Report
from bot.ports.answering import (
    Answer,
    Choice,
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
from bot.workflows import bounds, diagnose, lately, targets
from bot.workflows import sweep as sweeping
from bot.workflows.bounds import Blinkers
from bot.workflows.lately import Lately
from bot.workflows.register import Register
from bot.workflows.world import World


T = TypeVar("T")

# A screenful, and as many as Slack shows buttons for without folding them.
_MOST_CHOICES = 10
_HISTORY = timedelta(days=7)
_AT_ONCE = 4
# A look for a list is worth nothing once the person has typed on.
_PATIENCE = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Place:
    """A cluster that can be asked about.

    Attributes:
        interval: between two looks of the bot.
        deadline: how long an answer may take.
        open: a world to diagnose, for one look.
        include: patterns of namespaces; nothing means all.
        exclude: patterns of namespaces to leave out.
    """

    name: str
    interval: timedelta
    deadline: timedelta
    open: Callable[[], AbstractAsyncContextManager[World]]
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """What the settings say about asking.

    Attributes:
        places: the clusters, by name.
        grants: who may ask about what.
    """

    places: Mapping[str, Place] = field(default_factory=dict)
    grants: tuple[Grant, ...] = ()
    stalled_after: timedelta = timedelta(minutes=10)


Words = Callable[[Report, bool], Awaitable[tuple[Document, ...]]]


class FrontDesk:
    """Implements ``Desk``.

    Args:
        rules: of the settings; may be replaced at any time.
        keeper: remembers incidents and looks.
        register: the incidents as people may see them; may be replaced likewise.
        words: a document for each diagnosis of a report, or with True for each incident.
        seen: what failed lately.
        now: the time.
    """

    def __init__(
        self,
        rules: Rules,
        keeper: Keeper,
        register: Register,
        words: Words,
        seen: Lately,
        now: Callable[[], datetime],
    ) -> None:
        self.rules = rules
        self.register, self._keeper = register, keeper
        self._words, self._seen, self._now = words, seen, now
        self._gate = asyncio.Semaphore(_AT_ONCE)

    async def why(self, asker: Asker, question: Question) -> Answer:
        """Diagnose a pod or workload, or all that fails in a namespace."""
        view = self._view(asker)
        found = self._clusters(view, question.cluster)
        if isinstance(found, Nothing):
            return found
        if len(found) > 1:
            return await self._which(view, found, question)
        return await self._answered(found[0], self._why(view, found[0], question))

    async def sweep(self, asker: Asker, cluster: str) -> Answer:
        """Look at a whole cluster now."""
        view = self._view(asker)
        found = self._clusters(view, cluster)
        if isinstance(found, Nothing):
            return found
        if len(found) > 1:
            return _in_which(found, Question())
        return await self._answered(found[0], self._sweep(view, found[0]))

    async def incidents(self, asker: Asker, cluster: str = "") -> tuple[Listed, ...] | Nothing:
        """What is open, the worst first."""
        view = self._view(asker)
        found = self._clusters(view, cluster)
        if isinstance(found, Nothing):
            return found
        return await self._kept(self.register.open(view, found))

    async def history(self, asker: Asker, cluster: str = "") -> tuple[Listed, ...] | Nothing:
        """What ended in the last week, the latest first."""
        view = self._view(asker)
        found = self._clusters(view, cluster)
        if isinstance(found, Nothing):
            return found
        return await self._kept(self.register.ended(view, found, self._now() - _HISTORY))

    async def acknowledge(self, asker: Asker, incident: str) -> Listed | Nothing:
        """Say that the asker looks after an incident."""
        return await self._kept(self.register.acknowledge(self._view(asker), incident, asker.person))

    async def snooze(self, asker: Asker, incident: str, span: timedelta) -> Listed | Nothing:
        """Hear nothing of an incident for a while."""
        return await self._kept(self.register.snooze(self._view(asker), incident, asker.person, span))

    async def clusters(self, asker: Asker) -> tuple[ClusterState, ...]:
        """The clusters that the asker may ask about, and how it stands with them."""
        view = self._view(asker)
        names = self._visible(view)
        try:
            glances = {each.cluster: each for each in await self._keeper.glances()}
            open_now = [await self.register.open(view, [name]) for name in names]
        except BotError as error:
            every = self.rules.places
            return tuple(ClusterState(name, None, error.message, 0, every[name].interval) for name in names)
        return tuple(
            self._state(view, name, glances.get(name), len(listed))
            for name, listed in zip(names, open_now, strict=True)
        )

    async def failing(self, asker: Asker, cluster: str, typed: str, most: int) -> tuple[Failing, ...]:
        """Failing pods to choose from, as of the last look; where there was none, of a quick one."""
        view = self._view(asker)
        if cluster not in self._visible(view):
            return ()
        if not self._seen.knows(cluster, self._now()):
            try:
                async with asyncio.timeout(_PATIENCE.total_seconds()):
                    await self._glimpse(cluster)
            except (BotError, TimeoutError):
                pass  # an older list, or none: the person types the name
        return self._seen.find(cluster, typed, lambda each: view.shows(cluster, each.namespace), most)

    def _view(self, asker: Asker) -> View:
        return people.view(self.rules.grants, asker)

    def _visible(self, view: View) -> list[str]:
        return [name for name in self.rules.places if view.shows_some(name)]

    def _clusters(self, view: View, named: str) -> list[str] | Nothing:
        """The cluster that was named, or all that may be meant."""
        visible = self._visible(view)
        if not visible:
            return Nothing(
                "there is no cluster that you may ask about", "people.ask in the settings says who may"
            )
        if not named:
            return visible
        if named in visible:
            return [named]
        near = difflib.get_close_matches(named, visible, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(visible)}"
        return Nothing(f"there is no cluster {named[:60]!r} that you may ask about", hint)

    async def _which(self, view: View, clusters: Sequence[str], question: Question) -> Answer:
        """The one cluster where such a thing fails, or the choice between those that there are."""
        holding = [name for name in clusters if self._fails_in(view, name, question)]
        if len(holding) == 1:
            return await self._answered(holding[0], self._why(view, holding[0], question))
        if not holding and question.words and len(clusters) <= _MOST_CHOICES:
            return await self._looked_for(view, clusters, question)
        return _in_which(holding or clusters, question)

    async def _looked_for(self, view: View, clusters: Sequence[str], question: Question) -> Answer:
        """What is not known to fail anywhere: the one cluster that has it, or what is near, or that none has it."""
        asked = (self._answered(name, self._why(view, name, question)) for name in clusters)
        answers = dict(zip(clusters, await asyncio.gather(*asked), strict=True))
        there = [name for name, each in answers.items() if isinstance(each, Told)]
        if there:
            return answers[there[0]] if len(there) == 1 else _in_which(there, question)
        near = {name: each for name, each in answers.items() if isinstance(each, Several)}
        wanted = " ".join(question.words)
        if near:
            choices = [
                replace(one, label=f"{name}: {one.label}")
                for name, each in near.items()
                for one in each.choices
            ]
            why = f"which {wanted} is meant?" if len(near) > 1 else next(iter(near.values())).why
            return Several(why, tuple(choices[:_MOST_CHOICES]))
        for name, each in answers.items():
            if isinstance(each, Nothing) and each.failed:
                return replace(each, message=f"{name}: {each.message}")
        return Nothing(f"no pod or workload {wanted} in {', '.join(clusters)}", "`list` shows what is open")

    def _fails_in(self, view: View, cluster: str, question: Question) -> bool:
        def fits(each: Failing) -> bool:
            named = question.namespace in ("", each.namespace)
            return named and view.shows(cluster, each.namespace)

        words = [word.rpartition("/")[2] for word in question.words]
        return any(
            each.pod.startswith(word)
            for word in words
            for each in self._seen.find(cluster, word, fits, _MOST_CHOICES)
        )

    async def _answered(self, cluster: str, asked: Awaitable[Answer]) -> Answer:
        """The answer, or why there is none."""
        deadline = self.rules.places[cluster].deadline
        try:
            async with self._gate, asyncio.timeout(deadline.total_seconds()):
                return await asked
        except TimeoutError:
            return Nothing(
                f"{cluster} gave no answer within {times.spelled(deadline)}", "try again", failed=True
            )
        except BotError as error:
            return Nothing(error.message, error.hint, failed=not isinstance(error, TargetNotFound))

    async def _why(self, view: View, cluster: str, question: Question) -> Answer:
        named = targets.parse(
            [_folded(word) for word in question.words],
            question.namespace,
            namespace_given=bool(question.namespace),
        )
        spaces = {question.namespace, *(each.namespace for each in named)} - {""}
        hidden = [space for space in sorted(spaces) if not self._shows(view, cluster, space)]
        if hidden:
            return Nothing(f"there is no namespace {hidden[0]!r} in {cluster} that you may ask about")
        async with self._world(cluster, view) as (world, scan):
            if not named:
                within = (question.namespace,) if question.namespace else scan.namespaces
                report = await diagnose.why(world, (), replace(scan, namespaces=within))
                if question.namespace and not report.looked_at:
                    await targets.namespaces_exist(world.reader, (question.namespace,))
                return Told(report, await self._words(report, True), is_list=True)
            try:
                report = await self._found(world, named, scan)
            except targets.Ambiguous as error:
                return _several(error, question, cluster)
            except TargetNotFound as error:
                return self._meant(view, cluster, question, error)
            return Told(report, await self._words(report, False))

    async def _found(self, world: World, named: Sequence[Target], scan: Scan) -> Report:
        """The diagnosis of what was named; of a workload where no pod is called so: people leave the kind out."""
        try:
            placed = await targets.placed(world.reader, named, scan)
            return await diagnose.why(world, placed, scan)
        except TargetNotFound:
            if (
                len(named) > 1
                or (meant := await targets.workload_named(world.reader, named[0], scan)) is None
            ):
                raise
            return await diagnose.why(world, (meant,), scan)

    async def _sweep(self, view: View, cluster: str) -> Answer:
        async with self._world(cluster, view) as (world, scan):
            report = await sweeping.sweep(world, scan)
        if view.shows_all(cluster):
            self._seen.note(cluster, lately.failing(report), self._now())
        return Told(report, await self._words(report, True), is_list=True)

    async def _glimpse(self, cluster: str) -> None:
        """A quick look without a diagnosis, only to have names."""
        async with self.rules.places[cluster].open() as world:
            sighting = await world.reader.look(Scan(full=False, stalled_after=self.rules.stalled_after))
            failing = (Failing(cluster, pod.namespace, pod.name, _reason(pod)) for pod in sighting.pods)
            self._seen.note(cluster, failing, self._now())

    @asynccontextmanager
    async def _world(self, cluster: str, view: View) -> AsyncIterator[tuple[World, Scan]]:
        """A world that holds what the view and the settings show of a cluster, and how to look at all of that."""
        place = self.rules.places[cluster]
        async with place.open() as world:
            spaces = await bounds.allowed(world.reader, place.include, place.exclude)
            scan = Scan(spaces, stalled_after=self.rules.stalled_after)
            if view.shows_all(cluster):
                yield world, scan
                return
            shown = await self._seen_by(view, cluster, spaces, world)
            yield replace(world, reader=Blinkers(world.reader, shown)), replace(scan, namespaces=shown)

    async def _seen_by(
        self, view: View, cluster: str, spaces: tuple[str, ...] | None, world: World
    ) -> tuple[str, ...]:
        """The namespaces that a view shows, of those that are there.

        Raises:
            UsageError: the grants have patterns, and nobody tells which namespaces there are.
        """
        patterns = [each for grant in view.grants for each in grant.namespaces]
        named = spaces or await bounds.allowed(world.reader, patterns, ()) or ()
        return tuple(each for each in dict.fromkeys(named) if view.shows(cluster, each))

    def _shows(self, view: View, cluster: str, namespace: str) -> bool:
        place = self.rules.places[cluster]
        included = bounds.matches(namespace, place.include or (people.EVERYBODY,))
        return included and not bounds.matches(namespace, place.exclude) and view.shows(cluster, namespace)

    def _meant(self, view: View, cluster: str, question: Question, error: TargetNotFound) -> Answer:
        """The failing pods whose names are like the one that is not there."""
        word = question.words[-1].rpartition("/")[2]

        def fits(each: Failing) -> bool:
            return question.namespace in ("", each.namespace) and view.shows(cluster, each.namespace)

        near = self._seen.find(cluster, word, fits, _MOST_CHOICES) if len(question.words) == 1 else ()
        if not near:
            return Nothing(error.message, error.hint)
        choices = (
            Choice(Question((each.pod,), each.namespace, cluster), f"{each.namespace}/{each.pod}")
            for each in near
        )
        return Several(error.message, tuple(choices))

    def _state(self, view: View, name: str, glance: Glance | None, is_open: int) -> ClusterState:
        place = self.rules.places[name]
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


def _in_which(clusters: Sequence[str], question: Question) -> Several:
    choices = (Choice(replace(question, cluster=name), name) for name in clusters[:_MOST_CHOICES])
    return Several("In which cluster?", tuple(choices))


def _folded(word: str) -> str:
    """A word as the cluster spells names: phones begin one with a capital. A kind of its own keeps its case."""
    kind, slash, name = word.rpartition("/")
    return f"{kind}{slash}{name.lower()}"


def _several(error: targets.Ambiguous, question: Question, cluster: str) -> Several:
    choices = []
    for each in error.targets[:_MOST_CHOICES]:
        word = f"{each.kind}/{each.name}" if each.kind else each.name
        asked = replace(question, words=(word,), namespace=each.namespace, cluster=cluster)
        choices.append(Choice(asked, f"{each.namespace}/{each.name}"))
    return Several(error.message, tuple(choices))


def _reason(pod: Pod) -> str:
    return next((each.waiting_reason for each in pod.containers if each.waiting_reason), pod.phase)
