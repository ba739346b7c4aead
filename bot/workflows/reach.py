"""What askers reach: somebody and a question in, the clusters, namespaces and failures that they may see of it out.

Whoever answers people goes through here, so that what somebody may not see is the same everywhere: it does not exist, and is
told in the same words as what really does not.
"""

import asyncio
import difflib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final, TypeVar

from bot.errors import BotError, TargetNotFound
from bot.facts import people, times
from bot.facts.people import Asker, Grant, View
from bot.facts.target import Target
from bot.facts.verdict import Report
from bot.ports.answering import Choice, Failing, Nothing, Question, Several
from bot.ports.reading import Scan
from bot.workflows import bounds, diagnose, targets
from bot.workflows.bounds import Blinkers
from bot.workflows.lately import Lately
from bot.workflows.world import World


T = TypeVar("T")

# A screenful, and as many as Slack shows buttons for without folding them.
MOST_CHOICES: Final = 10
_AT_ONCE = 4


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


class Reach:
    """The clusters as people may see them.

    Args:
        rules: of the settings; may be replaced at any time.
        seen: what failed lately.
    """

    def __init__(self, rules: Rules, seen: Lately) -> None:
        self.rules = rules
        self._seen = seen
        self._gate = asyncio.Semaphore(_AT_ONCE)

    def view(self, asker: Asker) -> View:
        """What somebody may see where they ask."""
        return people.view(self.rules.grants, asker)

    def visible(self, view: View) -> list[str]:
        """The clusters of which a view shows something."""
        return [name for name in self.rules.places if view.shows_some(name)]

    def clusters(self, view: View, named: str) -> list[str] | Nothing:
        """The cluster that was named, or all that may be meant."""
        visible = self.visible(view)
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

    def holding(self, view: View, clusters: Sequence[str], question: Question) -> list[str]:
        """The clusters where such a thing was seen to fail."""
        return [name for name in clusters if self._fails_in(view, name, question)]

    async def answered(self, cluster: str, asked: Awaitable[T]) -> T | Nothing:
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

    def named(self, view: View, cluster: str, question: Question) -> tuple[Target, ...] | Nothing:
        """What the words of a question name; nothing for what lies where the asker may not see.

        Raises:
            UsageError: nothing can be called so.
        """
        named = targets.parse(
            [_folded(word) for word in question.words],
            question.namespace,
            namespace_given=bool(question.namespace),
        )
        spaces = {question.namespace, *(each.namespace for each in named)} - {""}
        hidden = [space for space in sorted(spaces) if not self.shows(view, cluster, space)]
        if hidden:
            return Nothing(f"there is no namespace {hidden[0]!r} in {cluster} that you may ask about")
        return named

    async def found(
        self, world: World, named: Sequence[Target], scan: Scan, view: View, question: Question
    ) -> Report | Several | Nothing:
        """The diagnosis of what was named in a cluster, or what may have been meant.

        Args:
            world: as the view shows it.
            named: what the question's words name.
            scan: how to look at all of that.
            view: of the asker.
            question: with the cluster.
        """
        try:
            return await _found(world, named, scan)
        except targets.Ambiguous as error:
            return _several(error, question)
        except TargetNotFound as error:
            return self._meant(view, question, error)

    @asynccontextmanager
    async def world(self, cluster: str, view: View) -> AsyncIterator[tuple[World, Scan]]:
        """A world that holds what the view and the settings show of a cluster, and how to look at all of that."""
        place = self.rules.places[cluster]
        async with place.open() as world:
            spaces = await bounds.allowed(world.reader, place.include, place.exclude)
            scan = Scan(spaces, stalled_after=self.rules.stalled_after)
            if view.shows_all(cluster):
                yield world, scan
                return
            shown = await _seen_by(view, cluster, spaces, world)
            yield replace(world, reader=Blinkers(world.reader, shown)), replace(scan, namespaces=shown)

    def shows(self, view: View, cluster: str, namespace: str) -> bool:
        """Whether a namespace of a cluster is one that the bot looks at and the view shows."""
        place = self.rules.places[cluster]
        included = bounds.matches(namespace, place.include or (people.EVERYBODY,))
        return included and not bounds.matches(namespace, place.exclude) and view.shows(cluster, namespace)

    def _fails_in(self, view: View, cluster: str, question: Question) -> bool:
        def fits(each: Failing) -> bool:
            named = question.namespace in ("", each.namespace)
            return named and view.shows(cluster, each.namespace)

        words = [word.rpartition("/")[2] for word in question.words]
        return any(
            each.pod.startswith(word)
            for word in words
            for each in self._seen.find(cluster, word, fits, MOST_CHOICES)
        )

    def _meant(self, view: View, question: Question, error: TargetNotFound) -> Several | Nothing:
        """The failing pods whose names are like the one that is not there."""
        cluster, word = question.cluster, question.words[-1].rpartition("/")[2]

        def fits(each: Failing) -> bool:
            return question.namespace in ("", each.namespace) and view.shows(cluster, each.namespace)

        near = self._seen.find(cluster, word, fits, MOST_CHOICES) if len(question.words) == 1 else ()
        if not near:
            return Nothing(error.message, error.hint)
        choices = (
            Choice(Question((each.pod,), each.namespace, cluster), f"{each.namespace}/{each.pod}")
            for each in near
        )
        return Several(error.message, tuple(choices))


def in_which(clusters: Sequence[str], question: Question) -> Several:
    """The choice between clusters."""
    choices = (Choice(replace(question, cluster=name), name) for name in clusters[:MOST_CHOICES])
    return Several("In which cluster?", tuple(choices))


async def _found(world: World, named: Sequence[Target], scan: Scan) -> Report:
    """The diagnosis of what was named; of a workload where no pod is called so: people leave the kind out."""
    try:
        placed = await targets.placed(world.reader, named, scan)
        return await diagnose.why(world, placed, scan)
    except TargetNotFound:
        if len(named) > 1 or (meant := await targets.workload_named(world.reader, named[0], scan)) is None:
            raise
        return await diagnose.why(world, (meant,), scan)


async def _seen_by(view: View, cluster: str, spaces: tuple[str, ...] | None, world: World) -> tuple[str, ...]:
    """The namespaces that a view shows, of those that are there.

    Raises:
        UsageError: the grants have patterns, and nobody tells which namespaces there are.
    """
    patterns = [each for grant in view.grants for each in grant.namespaces]
    named = spaces or await bounds.allowed(world.reader, patterns, ()) or ()
    return tuple(each for each in dict.fromkeys(named) if view.shows(cluster, each))


def _folded(word: str) -> str:
    """A word as the cluster spells names: phones begin one with a capital. A kind of its own keeps its case."""
    kind, slash, name = word.rpartition("/")
    return f"{kind}{slash}{name.lower()}"


def _several(error: targets.Ambiguous, question: Question) -> Several:
    choices = []
    for each in error.targets[:MOST_CHOICES]:
        word = f"{each.kind}/{each.name}" if each.kind else each.name
        asked = replace(question, words=(word,), namespace=each.namespace)
        choices.append(Choice(asked, f"{each.namespace}/{each.name}"))
    return Several(error.message, tuple(choices))
