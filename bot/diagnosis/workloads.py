"""The thing a person would edit: pod in, Workload out.

A pod's owner is rarely what anyone writes: a ReplicaSet belongs to a Deployment, a Job to a CronJob. Where
those may not be read, their names still tell: both controllers build them from their owner's.
"""

import re

from bot.facts.failure import Workload
from bot.facts.objects import OwnerReference, Pod, Unread
from bot.ports.reading import ClusterReader


# A CronJob's Jobs are named after it and the minutes since the epoch:
# https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/cronjob/utils.go, getJobName
_CRON_SUFFIX = re.compile(r"-\d{8,10}$", re.ASCII)
_MOST_LEVELS = 4


async def workload_of(pod: Pod, reader: ClusterReader) -> Workload:
    """Follow the controllers up to the one that nothing controls."""
    owner = _controller(pod.owners)
    if owner is None or pod.static or owner.kind == "Node":
        return Workload("Pod", pod.namespace, pod.name)
    for _ in range(_MOST_LEVELS):
        owners = await reader.owners(pod.namespace, owner.kind)
        if isinstance(owners, Unread):
            return _guessed(owner, pod)
        found = next((each for each in owners if each.name == owner.name), None)
        above = _controller(found.owners) if found else None
        if above is None:
            return Workload(owner.kind, pod.namespace, owner.name) if found else _guessed(owner, pod)
        owner = above
    return Workload(owner.kind, pod.namespace, owner.name)


def _controller(owners: tuple[OwnerReference, ...]) -> OwnerReference | None:
    return next((each for each in owners if each.controller), owners[0] if owners else None)


def _guessed(owner: OwnerReference, pod: Pod) -> Workload:
    hashed = pod.labels.get("pod-template-hash", "")
    if owner.kind == "ReplicaSet" and hashed and owner.name.endswith(f"-{hashed}"):
        return Workload("Deployment", pod.namespace, owner.name.removesuffix(f"-{hashed}"))
    if owner.kind == "Job" and _CRON_SUFFIX.search(owner.name):
        return Workload("CronJob", pod.namespace, _CRON_SUFFIX.sub("", owner.name))
    return Workload(owner.kind, pod.namespace, owner.name)
