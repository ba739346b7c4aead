"""Picks some of many pods that are alike: shapes of a namespace's pods in, yes or no out.

What runs beside a failing pod is a witness, and a thousand replicas are no better one than four. So memory
grows with the kinds of pods and with the failing ones, not with the healthy.
"""

from typing import Final

from bot.cluster import suspects
from bot.cluster.shapes import ContainerSpec, PodShape


# A node of another architecture, or the one node that cannot pull, is most likely among this many.
_MOST_NODES: Final = 4

Kind = tuple[tuple[str | None, ...], tuple[str | None, ...], str | None]


class Representatives:
    """Keeps every pod that may have a failure, and of those alike one on each of a few nodes.

    Alike are pods with the same images, pull secrets and ServiceAccount. A pod that was picked is picked again:
    a list that has to start over must not lose it.
    """

    def __init__(self) -> None:
        self._picked: dict[Kind, dict[str | None, str | None]] = {}

    def __call__(self, pod: PodShape) -> bool:
        """Whether to keep this pod."""
        if pod.spec is None or suspects.is_suspect(pod):
            return True
        spec = pod.spec
        kind: Kind = (
            _images(spec.containers) + _images(spec.init_containers),
            tuple(each.name for each in spec.image_pull_secrets or ()),
            spec.service_account_name,
        )
        uid = pod.metadata.uid if pod.metadata else None
        nodes = self._picked.setdefault(kind, {})
        if spec.node_name in nodes:
            return nodes[spec.node_name] == uid
        if len(nodes) >= _MOST_NODES:
            return False
        nodes[spec.node_name] = uid
        return True


def _images(containers: list[ContainerSpec] | None) -> tuple[str | None, ...]:
    return tuple(each.image for each in containers or ())
