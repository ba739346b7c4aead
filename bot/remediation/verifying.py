"""Watches what came of a plan that was carried out: a held proposal in, mended or what happens instead out.

Believes the API server and never the plan: mended is what a new pod has its image for, or what a workload's controller says
is as it should be where it needs none. What makes no new pod (a cordoned node, something suspended, a way back) is looked at
itself.
"""

import json
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.diagnosis.failures import PULL_REASONS
from bot.diagnosis.workloads import workload_of
from bot.errors import BotError
from bot.facts import times
from bot.facts.audit import Event
from bot.facts.change import ObjectKey, Plan, Premise, Verb, Write, spelled
from bot.facts.objects import Container, ContainerKind, OwnerReference, Pod, Unread
from bot.facts.proposal import Proposal, Stage
from bot.ports.reading import ClusterReader, Scan
from bot.ports.rehearsing import Declined, Live
from bot.remediation import fields, judging, patching
from bot.remediation.holding import Holding, Means


# These keep pods away; none comes that could pull anything.
_STILL: Final = frozenset({"cordon-node", "suspend"})
# API servers tell moments in whole seconds, cut off.
_GRAIN: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Eyes:
    """What watching takes.

    Attributes:
        reader: the cluster, afresh for each look.
        live: one object whole.
        happening: what is wrong with the plan's workload now, in short and without a full stop; "" for nothing.
        deadline: how long after the last write something must have come of it.
        every: between two looks.
    """

    reader: Callable[[], AbstractAsyncContextManager[ClusterReader]]
    live: Callable[[ObjectKey], Awaitable[Live | Declined | None]]
    happening: Callable[[Plan], Awaitable[str]]
    deadline: timedelta = timedelta(minutes=5)
    every: timedelta = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class Sight:
    """What one look showed.

    Attributes:
        mended: it is as it was meant to be.
        said: what was seen, in words without a full stop.
        blind: why nothing could be seen; "" when something was.
        settled: no pod came after the change, and all that there are have their images.
    """

    mended: bool
    said: str = ""
    blind: str = ""
    settled: bool = False


class Watch:
    """One plan while it is watched.

    Args:
        holding: the proposal, held by us.
        means: what holding takes.
        eyes: what sees.
    """

    def __init__(self, holding: Holding, means: Means, eyes: Eyes) -> None:
        self._holding, self._means, self._eyes = holding, means, eyes

    async def run(self) -> Proposal:
        """Look until it is mended or the time is over; how it ended.

        Raises:
            Overtaken: somebody else holds it by now.
            StoreError: it cannot be stored how it ended; whoever holds it next looks again.
        """
        while True:
            sight = await self._look()
            if sight.mended:
                return await self._ended(Stage.MENDED, sight.said)
            if self._means.clock() - self._since >= self._eyes.deadline:
                return await self._given_up(sight)
            await self._means.wait(self._eyes.every)
            await self._holding.keep()

    @property
    def _plan(self) -> Plan:
        return self._holding.proposal.plan

    @property
    def _since(self) -> datetime:
        return self._holding.proposal.sent_at or self._plan.made

    async def _look(self) -> Sight:
        try:
            if self._plan.undoes or self._plan.action in _STILL:
                return await self._of_objects()
            async with self._eyes.reader() as reader:
                sight = await pulled(reader, self._plan.premise, self._since, self._means.clock())
            return await self._of_rollout() if sight.settled else sight
        except BotError as error:
            return Sight(False, blind=error.message)

    async def _of_rollout(self) -> Sight:
        """Whether what there was before is what there should be: a way back to a revision that never went needs no new pod."""
        kind, _, name = self._plan.premise.workload.partition("/")
        live = await self._eyes.live(ObjectKey(kind, self._plan.premise.namespace, name))
        if isinstance(live, Declined):
            return Sight(False, blind=live.said)
        if live is not None and _is_rolled_out(live):
            return Sight(True, f"all pods of {kind} {name} have their image, and none had to be made")
        return Sight(False, "no new pod has come")

    async def _of_objects(self) -> Sight:
        """Whether everything that was written stands as it was written."""
        for write in self._plan.writes:
            live = await self._eyes.live(write.key)
            if isinstance(live, Declined):
                return Sight(False, blind=live.said)
            if not _stands(write, live, self._plan.id):
                return Sight(False, f"{write.key} is not as it was written")
        return Sight(True, "everything stands as it was written")

    async def _given_up(self, sight: Sight) -> Proposal:
        if sight.blind:
            why = f"it was written, and nobody could see what came of it: {sight.blind}"
            return await self._ended(Stage.UNKNOWN, why)
        try:
            happening = await self._eyes.happening(self._plan)
        except BotError as error:
            happening = f"what is wrong now cannot be seen: {error.message}"
        span = times.spelled(self._eyes.deadline)
        said = "; ".join(filter(None, (sight.said, happening)))
        return await self._ended(Stage.UNMENDED, f"not mended within {span}: {said}")

    async def _ended(self, stage: Stage, outcome: str) -> Proposal:
        took = int((self._means.clock() - self._since).total_seconds())
        seen = {"outcome": outcome, "stage": stage.value, "seconds": str(took)}
        return await self._holding.end(stage, outcome, [self._holding.entry(Event.VERIFIED, seen)])


async def pulled(reader: ClusterReader, premise: Premise, since: datetime, now: datetime) -> Sight:
    """Whether a pod that came after a change has its image.

    Args:
        reader: the cluster, nothing of which was read before.
        premise: of which workload and container.
        since: when the change was sent, by our clock.
        now: by our clock.

    Raises:
        ClusterUnreadable: not even pods can be listed.
    """
    look = await reader.look(Scan((premise.namespace,), full=False))
    pods = await reader.pods(premise.namespace)
    if isinstance(pods, Unread):
        return Sight(False, blind=f"{pods.what}: {pods.why}")
    # The API server's clock is not ours.
    begun = since + (look.observed_at - now) - _GRAIN
    mine = [each for each in pods if await _is_of(each, premise, reader)]
    found = tuple(_new(mine, premise, begun))
    settled = bool(mine) and not found and all(_has_all(each) for each in mine)
    return replace(_weighed(found), settled=settled)


async def _is_of(pod: Pod, premise: Premise, reader: ClusterReader) -> bool:
    return not pod.deleted and str(await workload_of(pod, reader)) == premise.workload


def _new(
    pods: Iterable[Pod], premise: Premise, begun: datetime
) -> Iterator[tuple[Pod, tuple[Container, ...]]]:
    """The pods on which a change can be seen, with the containers that are meant."""
    pods = tuple(pods)
    ran = (each for each in pods if _is_other(each, premise) and all(map(_has_image, _meant(each, premise))))
    before = {_controller(each) for each in ran if not _came_after(each, begun)}
    for pod in pods:
        containers = _meant(pod, premise)
        # One more of a revision that ran all along was made for a reason of its own.
        came_after = _came_after(pod, begun) and not (_controller(pod) in before and _is_other(pod, premise))
        if containers and (came_after or all(_begins(pod, each, premise, begun) for each in containers)):
            yield pod, containers


def _came_after(pod: Pod, begun: datetime) -> bool:
    return pod.created is not None and pod.created >= begun


def _controller(pod: Pod) -> OwnerReference | None:
    return next((each for each in pod.owners if each.kind == "ReplicaSet"), None)


def _is_other(pod: Pod, premise: Premise) -> bool:
    """Whether a pod is of a ReplicaSet whose image is not the one that failed."""
    images = {each.image for each in _meant(pod, premise)}
    return _controller(pod) is not None and bool(premise.image) and premise.image not in images


def _meant(pod: Pod, premise: Premise) -> tuple[Container, ...]:
    lasting = (each for each in pod.containers if each.kind is not ContainerKind.EPHEMERAL)
    return tuple(each for each in lasting if premise.container in ("", each.name))


def _begins(pod: Pod, container: Container, premise: Premise, begun: datetime) -> bool:
    """Whether a container of an older pod ran for the first time after the change: a pull that was tried again.

    One that runs another image than the one that failed is an older revision's, and ran all along.
    """
    runs = (container.ended, container.last_run)
    starts = [container.running_since, *(each.started for each in runs if each)]
    known = [each for each in starts if each is not None]
    same = not pod.owners or premise.image in ("", container.image)
    return same and bool(known) and min(known) >= begun


def _weighed(found: Iterable[tuple[Pod, tuple[Container, ...]]]) -> Sight:
    having, failing, waiting = [], {}, []
    for pod, containers in found:
        reasons = [each.waiting_reason for each in containers if each.waiting_reason in PULL_REASONS]
        if reasons:
            failing[pod.key] = reasons[0]
        elif all(_has_image(each) for each in containers):
            having.append(pod.key)
        else:
            waiting.append(pod.key)
    if having and not failing:
        return Sight(True, f"{having[0]} has its image")
    return Sight(False, _missing(having, failing, waiting))


def _missing(having: list[str], failing: Mapping[str, str], waiting: list[str]) -> str:
    if failing:
        pod, reason = next(iter(failing.items()))
        some = f", while {having[0]} has it" if having else ""
        return f"{pod} has not its image: {reason}{some}"
    return f"{waiting[0]} has not its image yet" if waiting else "no new pod has come"


def _has_image(container: Container) -> bool:
    return bool(container.image_id or container.running_since or container.ended or container.last_run)


def _has_all(pod: Pod) -> bool:
    lasting = (each for each in pod.containers if each.kind is not ContainerKind.EPHEMERAL)
    return all(_has_image(each) and each.waiting_reason not in PULL_REASONS for each in lasting)


# What a kind's status says of pods that are made as its template says, and of all that there should be.
_ROLLED_OUT: Final = {
    "Deployment": ("updatedReplicas", "replicas"),
    "StatefulSet": ("updatedReplicas", "replicas"),
    "DaemonSet": ("updatedNumberScheduled", "desiredNumberScheduled"),
}


def _is_rolled_out(live: Live) -> bool:
    """Whether a workload's controller has seen its last change, and all of its pods are of that."""
    if live.key.kind not in _ROLLED_OUT:
        return False
    updated, wanted = _ROLLED_OUT[live.key.kind]
    status = live.body.get("status") or {}
    seen = (status.get("observedGeneration") or 0) >= (live.body["metadata"].get("generation") or 0)
    there = status.get(wanted) or 0
    asked = fields.found(live.body, ("spec", "replicas"))
    return seen and there > 0 and status.get(updated) == there and asked in (None, there)


def _stands(write: Write, live: Live | None, plan: str) -> bool:
    if write.verb is Verb.DELETE:
        return live is None or live.uid != write.uid
    # The id stays where somebody took the change back, and is anybody's to write.
    return live is not None and judging.has_plan(live, plan) and not _undone(write, live)


def _undone(write: Write, live: Live) -> bool:
    """Whether a field that was written is another by now."""
    written = patching.told(json.loads(write.patch), write.style) if write.patch else ()
    return any(spelled(fields.found(live.body, path)) != spelled(value) for path, value in written)
