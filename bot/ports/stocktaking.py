"""What a round of warnings asks of a cluster beside ``ClusterReader``: what runs there, as narrowly as that can be said.

Healthy pods are most of a cluster. Of those that are alike one is kept, with how many there are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from bot.facts.objects import Unread


@dataclass(frozen=True, slots=True)
class Use:
    """Pods of one workload that run the same images with the same pull secrets.

    Attributes:
        workload: ``Deployment/web``: what a person would edit, by the names of those that own the pods.
        pod: the name of one of them.
        images: as the pods spell them; without those that the nodes have of their own and never ask a registry for.
        secrets: names in ``spec.imagePullSecrets``, where admission has put the ServiceAccount's too.
        labels: of one of them.
        pods: how many there are.
    """

    namespace: str
    workload: str
    pod: str
    images: tuple[str, ...]
    secrets: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    pods: int = 1


@dataclass(frozen=True, slots=True)
class Stock:
    """What runs in a cluster.

    Attributes:
        complete: every pod was seen but for the namespaces in ``unseen``, so that what is not here does not run.
        unread: what could not be seen, and why.
        seen: how many pods were looked at.
    """

    uses: tuple[Use, ...]
    complete: bool = True
    unseen: frozenset[str] = frozenset()
    unread: tuple[Unread, ...] = ()
    seen: int = 0


@runtime_checkable
class StockTaker(Protocol):
    """A cluster that tells what runs in it."""

    async def stock(self, namespaces: tuple[str, ...] | None) -> Stock:
        """What runs in these namespaces; None for all.

        Raises:
            ClusterUnreadable: not even pods can be listed.
        """
        ...
