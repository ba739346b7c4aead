"""What was said once and is said no more: failures that only say that they wait in, the same with their first words out.

The kubelet tells the real error at the first tries and then for hours that it backs off; its events are gone after one.
Whoever looked in time remembers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from bot.facts.evidence import Answer, Witness
from bot.facts.failure import PullFailure, Source
from bot.facts.redaction import redact
from bot.facts.statement import Statement
from bot.facts.verdict import Diagnosis
from bot.ports.keeping import LateTag, Recollection, Tags, Words
from bot.workflows.world import World


_MUTE = frozenset({"", "backoff-only"})
# What an error of another kind than a pull's says need not be kept: it stands in the pod as long as the pod does.
_FLEETING = frozenset({Source.STATUS, Source.EVENT})
# Of one look; in a storm of random images the rest says nothing new.
_MOST_TAGS = 200
# While a database is written to, others wait: whoever clicks, and whoever delivers.
_NOTED_AT_A_TIME = 200
# Some 10 MB of names, and more than fail at once anywhere.
_MOST_KNOWN = 50_000


async def recalled(world: World, failures: Sequence[PullFailure]) -> tuple[PullFailure, ...]:
    """The same failures; those that say nothing by now with what they said first about the same image."""
    memory = world.recollection
    mute = {each.pod.uid for each in failures if each.symptom.id in _MUTE}
    if memory is None or not mute:
        return tuple(failures)
    known = {(each.pod, each.container): each for each in await memory.words(world.name, mute)}
    return tuple(_with_words(world, each, known.get((each.pod.uid, _named(each)))) for each in failures)


@dataclass(frozen=True, slots=True)
class LateOnes:
    """Which tags came late. The memory is asked about the few repositories alone of which it knows that any did.

    Attributes:
        memory: has the tags.
        repositories: of which some tag came late.
    """

    memory: Tags
    repositories: frozenset[str]

    async def late_tags(self, repository: str) -> tuple[LateTag, ...]:
        """The tags of a repository that were missed, by name; none where none of them came at all."""
        return await self.memory.late_tags(repository) if repository in self.repositories else ()


async def late_ones(world: World) -> LateOnes | None:
    """What is remembered of tags that came late; None where nobody remembers."""
    memory = world.recollection
    return None if memory is None else LateOnes(memory, await memory.late_repositories())


async def stated(world: World) -> tuple[Statement, ...]:
    """What nodes of the cluster said when they were asked, of late or long ago."""
    memory = world.recollection
    return world.said if memory is None else await memory.statements(world.name)


class Notes:
    """Has what failures say of themselves remembered, each once.

    Args:
        memory: remembers.
    """

    def __init__(self, memory: Recollection) -> None:
        self._memory = memory
        self._known: dict[tuple[str, str, str, str], None] = {}
        self._tags: dict[tuple[str, str], bool] = {}

    async def take(self, cluster: str, failures: Iterable[PullFailure], moment: datetime) -> None:
        """Remember the words of those that have not been remembered yet.

        Args:
            cluster: where.
            failures: what a look found.
            moment: of that look.
        """
        fresh = {
            key: Words(
                cluster, each.pod.uid, _named(each), _kept(each), each.message, each.last_attempt or moment
            )
            for each in failures
            if _speaks(each) and (key := (cluster, each.pod.uid, _named(each), each.image)) not in self._known
        }
        keys = list(fresh)
        for start in range(0, len(keys), _NOTED_AT_A_TIME):
            some = keys[start : start + _NOTED_AT_A_TIME]
            await self._memory.note_words([fresh[key] for key in some])
            self._known |= dict.fromkeys(some)
        while len(self._known) > _MOST_KNOWN:  # those that are said again are only stored again
            del self._known[next(iter(self._known))]

    async def take_tags(self, diagnoses: Iterable[Diagnosis], moment: datetime) -> None:
        """Remember which tags are missed, and which of those are there by now.

        Args:
            diagnoses: what a look found; registries answered some of it.
            moment: of that look.
        """
        for key, there in _tags(diagnoses).items():
            if self._tags.get(key) is there:
                continue
            await self._memory.note_tag(*key, moment, there=there)
            self._tags[key] = there
            if len(self._tags) > _MOST_KNOWN:
                del self._tags[next(iter(self._tags))]


def _tags(diagnoses: Iterable[Diagnosis]) -> dict[tuple[str, str], bool]:
    """Repository and tag -> whether the registry has it, of those about which it answered."""
    found: dict[tuple[str, str], bool] = {}
    for each in diagnoses:
        reference, evidence = each.failure.reference, each.verdict.answer("manifest-exists")
        if reference is None or not reference.tag or reference.digest or evidence is None:
            continue
        if evidence.source is Witness.REGISTRY and evidence.answer is not Answer.UNKNOWN:
            found[reference.name, reference.tag] = evidence.answer is Answer.YES
    return dict(islice(found.items(), _MOST_TAGS))


def _speaks(failure: PullFailure) -> bool:
    said = failure.symptom.id not in _MUTE and bool(failure.message)
    return said and failure.source in _FLEETING and bool(failure.pod.uid)


def _with_words(world: World, failure: PullFailure, words: Words | None) -> PullFailure:
    if words is None or failure.symptom.id not in _MUTE or words.image != _kept(failure):
        return failure
    symptom = world.signatures.match(words.message, failure.reason)
    if symptom is None or symptom.id in _MUTE:
        return failure
    return replace(failure, message=words.message, source=Source.MEMORY, symptom=symptom)


def _kept(failure: PullFailure) -> str:
    """The image as it is remembered: in what is no reference a password may stand, as in a pasted address."""
    return failure.image if failure.reference else redact(failure.image)


def _named(failure: PullFailure) -> str:
    """What of the pod failed: a container, or an image volume of it."""
    return f"{failure.container}/{failure.volume}" if failure.volume else failure.container
