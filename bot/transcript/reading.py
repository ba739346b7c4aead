"""A cluster's witnesses with a pencil beside them, and the transcript in their place: :class:`~bot.ports.reading.ClusterReader` in -> the same out."""

from collections.abc import Iterable
from typing import Any, Final

from bot.errors import ClusterUnreadable
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
from bot.ports.reading import ClusterReader, Scan
from bot.transcript.notebook import REMEDY, UNNOTED, Entry, Notebook, Told


_KINDS: Final[dict[str, Any]] = {
    "look": Sighting,
    "pod": Pod | None,
    "pods": tuple[Pod, ...],
    "neighbours": tuple[Pod, ...],
    "events_of": tuple[PodEvent, ...],
    "events": tuple[PodEvent, ...],
    "nodes": tuple[Node, ...],
    "service_accounts": tuple[ServiceAccount, ...],
    "secret": PullSecret | None,
    "secrets": tuple[PullSecret, ...],
    "namespaces": tuple[str, ...],
    "owners": tuple[Owner, ...],
    "log_tail": str,
}


class NotedReader:
    """Passes every question on, and notes what came back.

    Args:
        reader: who is really asked.
        notebook: takes the notes.
    """

    def __init__(self, reader: ClusterReader, notebook: Notebook) -> None:
        self._reader = reader
        self._notebook = notebook

    @property
    def name(self) -> str:
        """The cluster's own name."""
        return self._reader.name

    async def look(self, scan: Scan) -> Sighting:
        """Pass it on.

        Raises:
            ClusterUnreadable: as the one who is asked does.
        """
        return await self._notebook.noted("look", [scan], self._reader.look(scan))

    async def pod(self, namespace: str, name: str) -> Pod | Unread | None:
        """Pass it on."""
        return await self._notebook.noted("pod", [namespace, name], self._reader.pod(namespace, name))

    async def pods(self, namespace: str) -> tuple[Pod, ...] | Unread:
        """Pass it on."""
        return await self._notebook.noted("pods", [namespace], self._reader.pods(namespace))

    async def neighbours(self, namespace: str) -> tuple[Pod, ...] | Unread:
        """Pass it on."""
        return await self._notebook.noted("neighbours", [namespace], self._reader.neighbours(namespace))

    async def events_of(self, namespace: str, pod: str) -> tuple[PodEvent, ...] | Unread:
        """Pass it on."""
        return await self._notebook.noted(
            "events_of", [namespace, pod], self._reader.events_of(namespace, pod)
        )

    async def events(self, namespace: str) -> tuple[PodEvent, ...] | Unread:
        """Pass it on."""
        return await self._notebook.noted("events", [namespace], self._reader.events(namespace))

    async def nodes(self) -> tuple[Node, ...] | Unread:
        """Pass it on."""
        return await self._notebook.noted("nodes", [], self._reader.nodes())

    async def service_accounts(self, namespace: str) -> tuple[ServiceAccount, ...] | Unread:
        """Pass it on."""
        asked = self._reader.service_accounts(namespace)
        return await self._notebook.noted("service_accounts", [namespace], asked)

    async def secret(self, namespace: str, name: str) -> PullSecret | Unread | None:
        """Pass it on."""
        return await self._notebook.noted("secret", [namespace, name], self._reader.secret(namespace, name))

    async def secrets(self, namespace: str) -> tuple[PullSecret, ...] | Unread:
        """Pass it on."""
        return await self._notebook.noted("secrets", [namespace], self._reader.secrets(namespace))

    async def namespaces(self) -> tuple[str, ...] | Unread:
        """Pass it on."""
        return await self._notebook.noted("namespaces", [], self._reader.namespaces())

    async def owners(self, namespace: str, kind: str) -> tuple[Owner, ...] | Unread:
        """Pass it on."""
        return await self._notebook.noted("owners", [namespace, kind], self._reader.owners(namespace, kind))

    async def log_tail(self, namespace: str, pod: str, container: str, *, previous: bool) -> str | Unread:
        """Pass it on."""
        asked = self._reader.log_tail(namespace, pod, container, previous=previous)
        return await self._notebook.noted("log_tail", [namespace, pod, container, previous], asked)


class ToldReader:
    """Answers what a transcript says, and of everything else that it is not in there.

    Args:
        name: what the cluster was called.
        entries: the questions put to it.

    Raises:
        UsageError: one of them is not understood.
    """

    def __init__(self, name: str, entries: Iterable[Entry]) -> None:
        self._name = name
        self._told = Told(entries, _KINDS)

    @property
    def name(self) -> str:
        """What the cluster was called."""
        return self._name

    async def look(self, scan: Scan) -> Sighting:
        """As it was.

        Raises:
            ClusterUnreadable: nobody looked there, or the cluster could not be read.
        """
        found = self._answer("look", scan, what="such a look")
        if isinstance(found, Unread):
            raise ClusterUnreadable(f"{found.what} is {UNNOTED}", REMEDY)
        return found  # type: ignore[no-any-return]  # the table of kinds types it

    async def pod(self, namespace: str, name: str) -> Pod | Unread | None:
        """As it was."""
        found: Pod | Unread | None = self._answer("pod", namespace, name, what=f"pod {namespace}/{name}")
        return found

    async def pods(self, namespace: str) -> tuple[Pod, ...] | Unread:
        """As they were."""
        found: tuple[Pod, ...] | Unread = self._answer("pods", namespace, what=_in("pods", namespace))
        return found

    async def neighbours(self, namespace: str) -> tuple[Pod, ...] | Unread:
        """As they were."""
        found: tuple[Pod, ...] | Unread = self._answer("neighbours", namespace, what=_in("pods", namespace))
        return found

    async def events_of(self, namespace: str, pod: str) -> tuple[PodEvent, ...] | Unread:
        """As they were."""
        what = f"events of {namespace}/{pod}"
        found: tuple[PodEvent, ...] | Unread = self._answer("events_of", namespace, pod, what=what)
        return found

    async def events(self, namespace: str) -> tuple[PodEvent, ...] | Unread:
        """As they were."""
        found: tuple[PodEvent, ...] | Unread = self._answer(
            "events", namespace, what=_in("events", namespace)
        )
        return found

    async def nodes(self) -> tuple[Node, ...] | Unread:
        """As they were."""
        found: tuple[Node, ...] | Unread = self._answer("nodes", what="nodes")
        return found

    async def service_accounts(self, namespace: str) -> tuple[ServiceAccount, ...] | Unread:
        """As they were."""
        what = _in("serviceaccounts", namespace)
        found: tuple[ServiceAccount, ...] | Unread = self._answer("service_accounts", namespace, what=what)
        return found

    async def secret(self, namespace: str, name: str) -> PullSecret | Unread | None:
        """As it was."""
        what = f"secret {namespace}/{name}"
        found: PullSecret | Unread | None = self._answer("secret", namespace, name, what=what)
        return found

    async def secrets(self, namespace: str) -> tuple[PullSecret, ...] | Unread:
        """As they were."""
        what = _in("secrets", namespace)
        found: tuple[PullSecret, ...] | Unread = self._answer("secrets", namespace, what=what)
        return found

    async def namespaces(self) -> tuple[str, ...] | Unread:
        """As they were."""
        found: tuple[str, ...] | Unread = self._answer("namespaces", what="namespaces")
        return found

    async def owners(self, namespace: str, kind: str) -> tuple[Owner, ...] | Unread:
        """As they were."""
        what = _in(f"{kind} objects", namespace)
        found: tuple[Owner, ...] | Unread = self._answer("owners", namespace, kind, what=what)
        return found

    async def log_tail(self, namespace: str, pod: str, container: str, *, previous: bool) -> str | Unread:
        """As it was."""
        what = f"log of {container} in {namespace}/{pod}"
        found: str | Unread = self._answer("log_tail", namespace, pod, container, previous, what=what)
        return found

    def _answer(self, asked: str, *given: Any, what: str) -> Any:
        try:
            return self._told.answer(asked, given)
        except KeyError:
            return Unread(what, UNNOTED, REMEDY)


def _in(what: str, namespace: str) -> str:
    return f"{what} in {namespace}" if namespace else what
