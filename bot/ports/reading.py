"""What the diagnosis asks of a cluster. Nothing here can change one.

Two things answer it: a live API server (``bot.cluster.reader``) and a dump (``bot.cluster.dump``). Every
read that fails for a reason of its own (forbidden, timed out, not in the dump) comes back as
:class:`~bot.facts.objects.Unread`; "not there" is None or an empty tuple. Answers may be kept for the
lifetime of one reader, which is one sweep or one ``why``.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from bot.facts.objects import (
    Node,
    Owner,
    Pod,
    PodEvent,
    PullSecret,
    ServiceAccount,
    Sighting,
    Unread,
)


@dataclass(frozen=True, slots=True)
class Scan:
    """Where to look.

    Attributes:
        namespaces: only these; None for all.
        labels: a label selector as kubectl takes it; "" for none.
        full: list every pod instead of the Pending ones and those that pull events name.
        stalled_after: how long a pull may say nothing before it counts as stalled.
        named: pods to look at in any case, by namespace and name: a state may be told sooner than its event.
    """

    namespaces: tuple[str, ...] | None = None
    labels: str = ""
    full: bool = True
    stalled_after: timedelta = timedelta(minutes=10)
    named: tuple[tuple[str, str], ...] = ()


class ClusterReader(Protocol):
    """A cluster's witnesses."""

    @property
    def name(self) -> str:
        """What people call this cluster: a context, a settings name, a dump's folder."""
        ...

    async def look(self, scan: Scan) -> Sighting:
        """Find every pod that may have a pull failure, with the events that bear on it.

        Raises:
            ClusterUnreadable: not even pods can be listed.
        """
        ...

    async def pod(self, namespace: str, name: str) -> Pod | Unread | None:
        """One pod, whatever its state."""
        ...

    async def pods(self, namespace: str) -> tuple[Pod, ...] | Unread:
        """Every pod of a namespace ("" for all of them), healthy ones too: the siblings."""
        ...

    async def neighbours(self, namespace: str) -> tuple[Pod, ...] | Unread:
        """Pods of a namespace as witnesses: each that may fail, and of those alike at least a few, on several nodes."""
        ...

    async def events_of(self, namespace: str, pod: str) -> tuple[PodEvent, ...] | Unread:
        """The events about one pod (by name: a static pod's events carry another uid), oldest first."""
        ...

    async def events(self, namespace: str) -> tuple[PodEvent, ...] | Unread:
        """The events about the pods of one namespace that bear on pulling, oldest first."""
        ...

    async def nodes(self) -> tuple[Node, ...] | Unread:
        """Every node."""
        ...

    async def service_accounts(self, namespace: str) -> tuple[ServiceAccount, ...] | Unread:
        """Every ServiceAccount of a namespace."""
        ...

    async def secret(self, namespace: str, name: str) -> PullSecret | Unread | None:
        """One Secret by name, reduced to structure (tier 2a)."""
        ...

    async def secrets(self, namespace: str) -> tuple[PullSecret, ...] | Unread:
        """Every Secret of a namespace that may hold registry credentials, reduced to structure (tier 2b).

        Those of the two docker types, and whatever else a pod or ServiceAccount names as a pull secret.
        """
        ...

    async def namespaces(self) -> tuple[str, ...] | Unread:
        """Every namespace's name."""
        ...

    async def owners(self, namespace: str, kind: str) -> tuple[Owner, ...] | Unread:
        """Every object of one workload kind (``ReplicaSet``, ``Deployment``, ``Job`` …) of a namespace."""
        ...

    async def log_tail(self, namespace: str, pod: str, container: str, *, previous: bool) -> str | Unread:
        """The last 4 kB of a container's log."""
        ...
