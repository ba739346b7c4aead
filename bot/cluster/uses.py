"""What pods use, one of all that are alike: pods in -> each :class:`Use` once, with how many pods it stands for, out.

Needs no connection: dumps are read with it as well.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from bot.facts.objects import Pod
from bot.ports.stocktaking import Use


# As in bot.diagnosis.workloads, for pods that nobody reads the owners of.
_CRON_SUFFIX = re.compile(r"-\d{8,10}$", re.ASCII)
RUNNING: Final = "Running"
# The runtime names what it pulled with its registry; what was only ever loaded on the node it names by the config's digest alone,
# CRI-O without the algorithm. https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/kubelet/kuberuntime/convert.go, toKubeContainerImageID
_BARE_ID = re.compile(r"(?:docker://)?(?:sha256:)?[0-9a-f]{64}")
# `kind load` and `ctr images import --digests` give what they load a name of the day, under which no registry has it; podman's is localhost.
# https://github.com/containerd/containerd/blob/v2.1.0/cmd/ctr/commands/images/import.go
_LOADED_AS = re.compile(r"(?:docker\.io/library/)?import-\d{4}-\d{2}-\d{2}@.*|localhost/.*", re.ASCII)
NEVER: Final = "Never"

_Alike = tuple[str, str, tuple[str, ...], tuple[str, ...]]


class Sheaves:
    """Binds pods that are alike together: each is the very same value as the first of its kind."""

    def __init__(self) -> None:
        self._known: dict[_Alike, Use] = {}

    def bound(self, use: Use) -> Use:
        """The first that was alike."""
        return self._known.setdefault((use.namespace, use.workload, use.images, use.secrets), use)


def counted(uses: Iterable[Use]) -> tuple[Use, ...]:
    """Each once, with how many pods it stands for.

    Args:
        uses: for each pod the one that :class:`Sheaves` gave.
    """
    kept = list(uses)
    numbers = Counter(map(id, kept))
    first = {id(each): each for each in kept}
    found = [replace(each, pods=numbers[key]) for key, each in first.items()]
    return tuple(sorted(found, key=lambda each: (each.namespace, each.workload, each.images, each.secrets)))


def use_of(pod: Pod) -> Use:
    """What a pod of a dump uses."""
    images = [each.image for each in pod.containers if not is_local(each.pull_policy, each.image_id)]
    owners = [(each.kind, each.name, each.controller) for each in pod.owners]
    return Use(
        pod.namespace,
        "Pod/" + pod.name if pod.static else workload(owners, pod.name, pod.labels),
        pod.name,
        each_once([*images, *pod.image_volumes.values()]),
        each_once(pod.pull_secrets),
        pod.labels,
    )


def runs(pod: Pod) -> bool:
    """Whether a pod of a dump runs."""
    return pod.phase == RUNNING and not pod.deleted


def is_local(policy: str, image_id: str) -> bool:
    """Whether no registry is asked for an image: it was loaded on the node, and the runtime names it by its own id."""
    return policy == NEVER or bool(_BARE_ID.fullmatch(image_id) or _LOADED_AS.fullmatch(image_id))


def workload(owners: Iterable[tuple[str, str, bool]], pod: str, labels: Mapping[str, str]) -> str:
    """The controller, or what its name says is above it."""
    every = list(owners)
    kind, name, _ = next((each for each in every if each[2]), every[0] if every else ("Node", "", True))
    hashed = labels.get("pod-template-hash", "")
    if kind == "Node":
        return f"Pod/{pod}"
    if kind == "ReplicaSet" and hashed and name.endswith(f"-{hashed}"):
        return f"Deployment/{name.removesuffix(f'-{hashed}')}"
    if kind == "Job" and _CRON_SUFFIX.search(name):
        return f"CronJob/{_CRON_SUFFIX.sub('', name)}"
    return f"{kind}/{name}"


def each_once(names: Iterable[str]) -> tuple[str, ...]:
    """In their order, without what is empty."""
    return tuple(dict.fromkeys(each for each in names if each))
