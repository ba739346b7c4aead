"""Why these pods: the targets in, a Report out.

One pod alone cannot tell a broken node from a broken registry, so a cheap look over the whole cluster (the
Pending pods and the pull events) gives the surroundings; when that may not be read, the pod's own namespace
does.
"""

import asyncio
import difflib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.diagnosis import failures as detection
from bot.diagnosis.failures import Look
from bot.diagnosis.scene import Scene
from bot.diagnosis.workloads import workload_of
from bot.errors import ClusterUnreadable, TargetNotFound
from bot.facts import target as targets_of
from bot.facts.failure import PullFailure
from bot.facts.objects import Pod, PodEvent, Sighting, Unread
from bot.facts.target import Target
from bot.facts.verdict import Report
from bot.incidents import grouping
from bot.ports.reading import Scan
from bot.workflows import examine, reporting
from bot.workflows.world import World


_NEAR_NAMES = 5


async def why(world: World, targets: Sequence[Target], scan: Scan) -> Report:
    """Diagnose the pods that the targets name.

    Args:
        world: the cluster and the knowledge.
        targets: pods or workloads; none at all means every failure of ``scan.namespaces``.
        scan: where to look when there are no targets, and how long a pull may be silent.

    Raises:
        TargetNotFound: a target names nothing; the hint lists what is there.
        ClusterUnreadable: not even pods can be read.
    """
    chosen = await _chosen(world, targets)
    seen = await _surroundings(world, scan, chosen)
    failures, unread_logs = await examine.find(world, seen, scan)
    scene = Scene(world.reader, world.registries, failures, seen.observed_at)
    keys = {pod.key for pod in chosen}
    wanted = [each for each in failures if _is_wanted(each, keys, scan)]
    diagnoses = await examine.examine(world, wanted, scene)
    causes = {cause.id: cause for cause in world.causes}
    incidents = grouping.group(diagnoses, causes, world.registries)
    recovered = _recovered(world, seen, keys, scan)
    return reporting.report(world, seen, diagnoses, incidents, (*seen.unread, *unread_logs), recovered)


def _is_wanted(failure: PullFailure, keys: set[str], scan: Scan) -> bool:
    if keys:
        return failure.pod.key in keys
    return scan.namespaces is None or failure.pod.namespace in scan.namespaces


async def _chosen(world: World, targets: Sequence[Target]) -> tuple[Pod, ...]:
    found = await asyncio.gather(*(_pods_of(world, target) for target in targets))
    return tuple({pod.key: pod for pods in found for pod in pods}.values())


async def _pods_of(world: World, target: Target) -> Sequence[Pod]:
    if target.kind in ("", "Pod"):
        pod = await world.reader.pod(target.namespace, target.name)
        if isinstance(pod, Unread):
            raise ClusterUnreadable(f"{pod.what}: {pod.why}", pod.remedy)
        if pod is not None:
            return (pod,)
        raise await _not_found(world, target)
    pods = await world.reader.pods(target.namespace)
    if isinstance(pods, Unread):
        raise ClusterUnreadable(f"{pods.what}: {pods.why}", pods.remedy)
    workloads = await asyncio.gather(*(_chain(world, pod) for pod in pods))
    mine = [pod for pod, chain in zip(pods, workloads, strict=True) if (target.kind, target.name) in chain]
    if not mine:
        raise await _not_found(world, target)
    return mine


async def _chain(world: World, pod: Pod) -> set[tuple[str, str]]:
    workload = await workload_of(pod, world.reader)
    return {(workload.kind, workload.name), *((owner.kind, owner.name) for owner in pod.owners)}


async def _not_found(world: World, target: Target) -> TargetNotFound:
    pods = await world.reader.pods(target.namespace)
    what = f"{target.kind} {target.name!r} with pods" if target.kind else f"pod {target.name!r}"
    message = f"no {what} in namespace {target.namespace!r}"
    if isinstance(pods, Unread) or not pods:
        hint = "choose the namespace with -n, or look everywhere with: imagepull sweep -A"
        kind = "" if target.kind else targets_of.near_kind(target.namespace)
        return TargetNotFound(message, f"did you mean {kind}/{target.name}?" if kind else hint)
    workloads = await asyncio.gather(*(workload_of(pod, world.reader) for pod in pods))
    meant = sorted({str(each) for each in workloads if each.name == target.name})
    if meant:
        return TargetNotFound(message, f"did you mean {' or '.join(meant[:_NEAR_NAMES])}?")
    names = (
        {str(each): each.name for each in workloads} if target.kind else {pod.name: pod.name for pod in pods}
    )
    return TargetNotFound(message, "there are: " + ", ".join(_alike(target.name, names)))


def _alike(wanted: str, names: Mapping[str, str]) -> Sequence[str]:
    """A few of what is there, by what it is called; the likeliest first."""

    def likeness(shown: str) -> float:
        return difflib.SequenceMatcher(None, wanted, names[shown]).ratio() + (wanted in names[shown])

    return sorted(sorted(names), key=likeness, reverse=True)[:_NEAR_NAMES]


async def _surroundings(world: World, scan: Scan, chosen: Sequence[Pod]) -> Sighting:
    """The cheap look, with the chosen pods in it whatever their state."""
    wide = scan if not chosen else Scan(None, "", full=False, stalled_after=scan.stalled_after)
    try:
        seen = await world.reader.look(wide)
    except ClusterUnreadable:
        if not chosen:
            raise
        namespaces = tuple(dict.fromkeys(pod.namespace for pod in chosen))
        seen = await world.reader.look(Scan(namespaces, "", full=False, stalled_after=scan.stalled_after))
    known = {pod.key for pod in seen.pods}
    missing = [pod for pod in chosen if pod.key not in known]
    events = await asyncio.gather(*(world.reader.events_of(pod.namespace, pod.name) for pod in chosen))
    told: dict[str, tuple[PodEvent, ...]] = dict(seen.events)
    unread = list(seen.unread)
    for pod, each in zip(chosen, events, strict=True):
        if isinstance(each, Unread):
            unread.append(each)
        else:
            told[pod.key] = each
    return replace(seen, pods=(*seen.pods, *missing), events=told, unread=tuple(unread))


def _recovered(world: World, seen: Sighting, keys: set[str], scan: Scan) -> dict[str, str]:
    """Chosen pods that complained and have their image by now."""
    look = Look(world.signatures, seen.observed_at, scan.stalled_after)
    over: dict[str, str] = {}
    for pod in seen.pods:
        if pod.key in keys:
            symptom = detection.recovered(pod, seen.events.get(pod.key, ()), look)
            if symptom is not None:
                over[pod.key] = symptom.id
    return over
