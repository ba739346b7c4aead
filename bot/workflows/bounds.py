"""How far somebody may look: a reader and the namespaces that are allowed in, a reader that knows no others out.

The settings leave namespaces out of a cluster; a person may see some and not others. What lies beyond is not filtered
from answers: it is not asked for, so that neither evidence nor a name of it can come along.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from bot.errors import UsageError
from bot.facts.objects import Node, Owner, Pod, PodEvent, PullSecret, ServiceAccount, Sighting, Unread
from bot.ports.reading import ClusterReader, Scan


_WILD = frozenset("*?[")


async def allowed(
    reader: ClusterReader, include: Sequence[str], exclude: Sequence[str]
) -> tuple[str, ...] | None:
    """The namespaces that patterns leave of a cluster; None for all of them.

    Args:
        reader: tells the namespaces there are.
        include: patterns; nothing means all.
        exclude: patterns of those to leave out.

    Raises:
        UsageError: the patterns cannot be applied, because namespaces may not be listed.
    """
    if not include and not exclude:
        return None
    if include and not exclude and not any(set(each) & _WILD for each in include):
        return tuple(include)
    every = await reader.namespaces()
    if isinstance(every, Unread):
        raise UsageError(
            f"the namespaces of {reader.name} cannot be listed ({every.why})",
            "name them in the settings, or use -n",
        )
    return tuple(name for name in every if matches(name, include or ("*",)) and not matches(name, exclude))


def matches(name: str, patterns: Sequence[str]) -> bool:
    """Whether one of the patterns means the name."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


class Blinkers:
    """A cluster of which some namespaces do not exist. What would take a look at all of them is not known.

    Args:
        reader: the whole cluster.
        spaces: the namespaces that are there.
        secrets: namespace and name of Secrets beyond them that are there all the same.
    """

    def __init__(
        self, reader: ClusterReader, spaces: Collection[str], secrets: Collection[tuple[str, str]] = ()
    ) -> None:
        self._reader = reader
        self._spaces = frozenset(spaces)
        self._secrets = frozenset(secrets)

    def lending(self, secrets: Collection[tuple[str, str]]) -> "Blinkers":
        """The same cluster, with these Secrets in it."""
        return Blinkers(self._reader, self._spaces, secrets)

    @property
    def name(self) -> str:
        """What people call the cluster."""
        return self._reader.name

    async def look(self, scan: Scan) -> Sighting:
        """Look at nothing but what is shown.

        Raises:
            ClusterUnreadable: not even pods can be listed.
        """
        spaces = self._spaces if scan.namespaces is None else self._spaces & set(scan.namespaces)
        return await self._reader.look(replace(scan, namespaces=tuple(sorted(spaces))))

    async def pod(self, namespace: str, name: str) -> Pod | Unread | None:
        """One pod."""
        return await self._reader.pod(namespace, name) if namespace in self._spaces else None

    async def pods(self, namespace: str) -> tuple[Pod, ...] | Unread:
        """The pods of a namespace."""
        return await self._reader.pods(namespace) if namespace in self._spaces else _beyond("pods")

    async def neighbours(self, namespace: str) -> tuple[Pod, ...] | Unread:
        """Pods of a namespace as witnesses."""
        return await self._reader.neighbours(namespace) if namespace in self._spaces else _beyond("pods")

    async def events_of(self, namespace: str, pod: str) -> tuple[PodEvent, ...] | Unread:
        """The events about one pod."""
        return (
            await self._reader.events_of(namespace, pod) if namespace in self._spaces else _beyond("events")
        )

    async def events(self, namespace: str) -> tuple[PodEvent, ...] | Unread:
        """The events of a namespace."""
        return await self._reader.events(namespace) if namespace in self._spaces else _beyond("events")

    async def nodes(self) -> tuple[Node, ...] | Unread:
        """Every node. The images that it holds tell what others run, but only that somebody does."""
        return await self._reader.nodes()

    async def service_accounts(self, namespace: str) -> tuple[ServiceAccount, ...] | Unread:
        """The ServiceAccounts of a namespace."""
        if namespace not in self._spaces:
            return _beyond("serviceaccounts")
        return await self._reader.service_accounts(namespace)

    async def secret(self, namespace: str, name: str) -> PullSecret | Unread | None:
        """One Secret, reduced to structure."""
        if namespace not in self._spaces and (namespace, name) not in self._secrets:
            return _beyond("secrets")
        return await self._reader.secret(namespace, name)

    async def secrets(self, namespace: str) -> tuple[PullSecret, ...] | Unread:
        """The Secrets of a namespace, reduced to structure."""
        return await self._reader.secrets(namespace) if namespace in self._spaces else _beyond("secrets")

    async def namespaces(self) -> tuple[str, ...] | Unread:
        """Not known: what is true of those that are shown need not be true of all."""
        return _beyond("namespaces")

    async def owners(self, namespace: str, kind: str) -> tuple[Owner, ...] | Unread:
        """The objects of one workload kind of a namespace."""
        return await self._reader.owners(namespace, kind) if namespace in self._spaces else _beyond(kind)

    async def log_tail(self, namespace: str, pod: str, container: str, *, previous: bool) -> str | Unread:
        """The last 4 kB of a container's log."""
        if namespace not in self._spaces:
            return _beyond("logs")
        return await self._reader.log_tail(namespace, pod, container, previous=previous)


def lending(reader: ClusterReader, secrets: Collection[tuple[str, str]]) -> ClusterReader:
    """A reader that shows the structure of these Secrets, too: the operator named them to be copied, whoever asks for it."""
    return reader.lending(secrets) if isinstance(reader, Blinkers) else reader


def _beyond(what: str) -> Unread:
    return Unread(f"{what} of other namespaces", "beyond what may be seen here")
