"""Failures of which no pull tells: containers that look odd in, those whose image is to blame out.

A binary for another machine is pulled well and dies at once: its log tells. A chart or another artifact is pulled
well by some runtimes and cannot be made a container: its media type tells, and nothing else does.
"""

import asyncio
from collections.abc import Mapping, Sequence

from bot.diagnosis import failures as detection
from bot.diagnosis.checks import platforms
from bot.diagnosis.checks.claims import Case
from bot.diagnosis.failures import Look
from bot.diagnosis.scene import Scene
from bot.diagnosis.workloads import workload_of
from bot.facts.evidence import Answer
from bot.facts.failure import PullFailure
from bot.facts.objects import Container, Node, Pod, Unread
from bot.workflows.world import World


# "at most 20 a sweep": each costs a request to a kubelet.
_MOST_LOGS = 20
# Each costs a registry a question or two, for a mistake that is rare.
_MOST_ARTIFACTS = 10


async def foreign_binaries(
    world: World, silent: Sequence[tuple[Pod, Container]], look: Look
) -> tuple[tuple[PullFailure, ...], tuple[Unread, ...]]:
    """Read one log for each image and architecture; its answer holds for every container like it."""
    if not silent:
        return (), ()
    nodes = await world.reader.nodes()
    platforms = {} if isinstance(nodes, Unread) else _platforms(nodes)
    alike: dict[tuple[str, str], list[tuple[Pod, Container]]] = {}
    for pod, container in silent:
        alike.setdefault((container.image, platforms.get(pod.node, pod.node)), []).append((pod, container))
    first = [members[0] for members in alike.values()][:_MOST_LOGS]
    logs = await asyncio.gather(*(_log(world, pod, container) for pod, container in first))
    found: list[PullFailure] = []
    for members, log in zip(alike.values(), logs, strict=False):
        if not isinstance(log, Unread):
            told = [detection.from_log(pod, container, log, look) for pod, container in members]
            found.extend(each for each in told if each is not None)
    return tuple(found), _unread_logs(logs, skipped=len(alike) - len(first))


def _platforms(nodes: Sequence[Node]) -> Mapping[str, str]:
    return {node.name: str(node.platform) for node in nodes if node.platform}


async def _log(world: World, pod: Pod, container: Container) -> str | Unread:
    """The log of the run that ended; after a restart the previous one."""
    return await world.reader.log_tail(
        pod.namespace,
        pod.name,
        container.name,
        previous=container.ended is None and container.last_run is not None,
    )


def _unread_logs(logs: Sequence[str | Unread], skipped: int) -> tuple[Unread, ...]:
    """Logs that would have told whether a crash is a foreign binary; one row for all of the same reason."""
    reasons: dict[tuple[str, str], int] = {}
    for log in logs:
        if isinstance(log, Unread):
            reasons[log.why, log.remedy] = reasons.get((log.why, log.remedy), 0) + 1
    rows = [
        Unread(f"logs of {count} crashing containers", why, remedy)
        for (why, remedy), count in reasons.items()
    ]
    if skipped:
        rows.append(
            Unread(f"logs of {skipped} crashing containers", f"only {_MOST_LOGS} logs are read in one look")
        )
    return tuple(rows)


async def artifacts(
    world: World, unmade: Sequence[tuple[Pod, Container]], look: Look
) -> tuple[PullFailure, ...]:
    """The containers whose image is none, by its media type. Where the registry cannot be asked nothing is claimed."""
    alike: dict[tuple[str, str, tuple[str, ...]], list[tuple[Pod, Container]]] = {}
    for pod, container in unmade:
        alike.setdefault((pod.namespace, container.image, pod.pull_secrets), []).append((pod, container))
    groups = list(alike.values())[:_MOST_ARTIFACTS]
    candidates = [[detection.of_artifact(pod, each) for pod, each in members] for members in groups]
    told = await asyncio.gather(*(_is_artifact(world, members[0], look) for members in candidates))
    return tuple(each for members, is_one in zip(candidates, told, strict=True) if is_one for each in members)


async def _is_artifact(world: World, failure: PullFailure, look: Look) -> bool:
    scene = Scene(world.reader, world.registries, (failure,), look.now)
    case = Case(failure, await workload_of(failure.pod, world.reader), scene, world.prober)
    return (await platforms.media_type_is_image(case)).answer is Answer.NO
