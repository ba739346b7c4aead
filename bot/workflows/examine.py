"""From what one look found to diagnoses: shared by ``sweep`` and ``why``.

Failures of the same container of the same workload on the same node with the same words have the same
cause, so each such group is examined once, however many replicas it has.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from bot.diagnosis import failures as detection
from bot.diagnosis.checks import table
from bot.diagnosis.checks.claims import Case
from bot.diagnosis.failures import Look
from bot.diagnosis.investigate import Inquiry
from bot.diagnosis.scene import ROAD_SYMPTOMS, Scene
from bot.diagnosis.workloads import workload_of
from bot.facts.cause import Scope
from bot.facts.failure import PullFailure, Workload
from bot.facts.objects import Container, Pod, Sighting, Unread
from bot.facts.verdict import Confidence, Diagnosis, Verdict
from bot.ports.reading import Scan
from bot.workflows import flowing, recalling, unsaid
from bot.workflows.world import World


# What is done without a pause; other work waits for as long as it takes, which is some milliseconds.
_DETECTED_AT_A_TIME = 10
_OWNED_AT_A_TIME = 64
_JUDGED_AT_A_TIME = 4
_SURENESS = {Confidence.HIGH: 0, Confidence.MEDIUM: 1, Confidence.LOW: 2}
_KUBELET_LIMIT = "kubelet-pull-limit"
_OF_THE_NODE = frozenset({"disk-full", "local-runtime-error", "pull-cancelled", "credential-fetch-failed"})


async def find(
    world: World, sighting: Sighting, scan: Scan
) -> tuple[tuple[PullFailure, ...], tuple[Unread, ...]]:
    """Every pull failure in what was seen, those that only a log or the registry tells of included."""
    look = Look(world.signatures, sighting.observed_at, scan.stalled_after)
    found: list[PullFailure] = []
    crashed: list[tuple[Pod, Container]] = []
    unmade: list[tuple[Pod, Container]] = []
    for number, pod in enumerate(sighting.pods, 1):
        if number % _DETECTED_AT_A_TIME == 0:
            await asyncio.sleep(0)
        failures = detection.detect(pod, sighting.events.get(pod.key, ()), look)
        found.extend(failures)
        failing = {each.container for each in failures}
        silent = [each for each in pod.containers if each.name not in failing]
        crashed.extend((pod, each) for each in silent if detection.may_be_foreign_binary(each))
        unmade.extend((pod, each) for each in silent if detection.may_be_no_image(each))
    foreign, unread = await unsaid.foreign_binaries(world, crashed, look)
    artifacts = await unsaid.artifacts(world, unmade, look)
    told = await recalling.recalled(world, (*found, *foreign, *artifacts))
    return _with_siblings_words(told), unread


async def examine(world: World, failures: Sequence[PullFailure], scene: Scene) -> tuple[Diagnosis, ...]:
    """Diagnose failures, each distinct one once; replicas share the verdict."""
    workloads = await flowing.flow(
        lambda failure: workload_of(failure.pod, world.reader), failures, _OWNED_AT_A_TIME, world.stand_back
    )
    groups: dict[tuple[object, ...], list[tuple[PullFailure, Workload]]] = {}
    for failure, workload in zip(failures, workloads, strict=True):
        groups.setdefault(_key(failure, workload), []).append((failure, workload))
    inquiry = Inquiry(world.causes, table.checks())

    late = await recalling.late_ones(world)
    said = [each for each in await recalling.stated(world) if each.holds(scene.now)]

    async def judged(turn: _Turn) -> Verdict:
        """What is wrong with the first of those that are alike."""
        failure, workload = turn.members[0]
        case = Case(failure, workload, scene, world.prober, world.vantage, world.mirrors, late, said)
        return await inquiry.verdict(case, side_by_side=turn.number == 0)

    turns = _turns(groups.values())
    verdicts = await flowing.flow(judged, turns, _JUDGED_AT_A_TIME, world.stand_back)
    ordered = [turn.members for turn in turns]
    of_nodes = {cause.id for cause in world.causes if cause.scopes[0] is Scope.NODE}
    return await asyncio.to_thread(_told, failures, ordered, verdicts, of_nodes)


@dataclass(frozen=True, slots=True)
class _Turn:
    """Failures that are examined as one.

    Attributes:
        number: how many of the namespace come before them.
    """

    number: int
    members: Sequence[tuple[PullFailure, Workload]]


def _turns(groups: Iterable[Sequence[tuple[PullFailure, Workload]]]) -> list[_Turn]:
    """One of each namespace, then another of each: so those that wait at first wait for different answers."""
    seen: Counter[str] = Counter()
    turns: list[_Turn] = []
    for members in groups:
        namespace = members[0][0].pod.namespace
        turns.append(_Turn(seen[namespace], members))
        seen[namespace] += 1
    return sorted(turns, key=lambda turn: turn.number)


def _told(
    failures: Sequence[PullFailure],
    groups: Sequence[Sequence[tuple[PullFailure, Workload]]],
    verdicts: Sequence[Verdict],
    of_nodes: Collection[str],
) -> tuple[Diagnosis, ...]:
    """The verdicts of the groups as everybody's own, in the order of the failures."""
    by_failure = {
        id(failure): Diagnosis(failure, workload, verdict)
        for members, verdict in zip(groups, verdicts, strict=True)
        for failure, workload in members
    }
    return tuple(_agreed([by_failure[id(each)] for each in failures], of_nodes))


def _agreed(diagnoses: Sequence[Diagnosis], of_nodes: Collection[str]) -> list[Diagnosis]:
    """Replicas of one image fail for one reason, though runtimes word it differently.

    Where a clearer wording led to a surer verdict that the others left open, it holds for them too; but what
    is wrong with one node says nothing of a replica on another.

    Args:
        diagnoses: each with the verdict of its own evidence.
        of_nodes: the causes that may lie on one node.
    """
    surest: dict[tuple[object, ...], Verdict] = {}
    for each in diagnoses:
        best = surest.get(_replicas(each))
        if best is None or _SURENESS[each.verdict.confidence] < _SURENESS[best.confidence]:
            surest[_replicas(each)] = each.verdict
    return [
        replace(each, verdict=best)
        if (best := surest[_replicas(each)]).cause in each.verdict.possible and best.cause not in of_nodes
        else each
        for each in diagnoses
    ]


def _replicas(diagnosis: Diagnosis) -> tuple[object, ...]:
    failure = diagnosis.failure
    return diagnosis.workload, failure.container, failure.image, failure.pod.pull_secrets


def _key(failure: PullFailure, workload: Workload) -> tuple[object, ...]:
    """What makes two failures the same question."""
    pod, symptom = failure.pod, failure.symptom
    return (
        workload,
        pod.namespace,
        pod.node,
        pod.pull_secrets,
        pod.service_account,
        failure.container,
        failure.image,
        symptom.id,
        symptom.signature,
        tuple(sorted(symptom.fields.items())),
    )


def _with_siblings_words(failures: Sequence[PullFailure]) -> tuple[PullFailure, ...]:
    """A replica that only met the kubelet's own limit fails for the reason its siblings give.

    What a sibling on another node says counts where it speaks of the image, not of that node or its road.
    """
    here: dict[tuple[object, ...], PullFailure] = {}
    anywhere: dict[tuple[object, ...], PullFailure] = {}
    for each in failures:
        if each.symptom.id not in ("", "backoff-only", _KUBELET_LIMIT):
            here[*_image_of(each), each.pod.node] = each
            if each.symptom.id not in ROAD_SYMPTOMS | _OF_THE_NODE:
                anywhere[_image_of(each)] = each
    adopted: list[PullFailure] = []
    for each in failures:
        sibling = here.get((*_image_of(each), each.pod.node)) or anywhere.get(_image_of(each))
        if each.symptom.id == _KUBELET_LIMIT and sibling is not None:
            adopted.append(
                replace(each, symptom=sibling.symptom, message=sibling.message, source=sibling.source)
            )
        else:
            adopted.append(each)
    return tuple(adopted)


def _image_of(failure: PullFailure) -> tuple[object, ...]:
    return failure.pod.namespace, _template(failure.pod), failure.container, failure.image


def _template(pod: Pod) -> str:
    return pod.owners[0].uid or pod.owners[0].name if pod.owners else pod.name
