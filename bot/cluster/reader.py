"""Answers what the diagnosis asks of a live cluster: ``bot.ports.reading.ClusterReader`` over an API server.

Every answer is kept for the reader's lifetime and asked for once, however many checks want it at the same
time. A read that is refused comes back as ``Unread`` with the right that is missing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Mapping
from typing import Any, TypeVar

import msgspec

from bot.cluster import listing, pull_secrets, reduce, shapes, stocktaking, suspects
from bot.cluster.client import ApiClient, Refusal
from bot.cluster.look import Look
from bot.cluster.representatives import Representatives
from bot.cluster.resources import PLURALS, Resource
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
from bot.ports.reading import Scan
from bot.ports.stocktaking import Stock


T = TypeVar("T")
R = TypeVar("R")

_LOG_LINES = "50"
# The server's limit takes the FIRST bytes of what the lines hold, so it is only a guard; the tail is cut here.
# https://github.com/kubernetes/kubernetes/issues/42552
_LOG_GUARD = 65536
_LOG_TAIL = 4096
# The two types the kubelet reads: https://kubernetes.io/docs/concepts/configuration/secret/#docker-config-secrets
_SECRET_TYPES = ("kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg")
# More names than this in one namespace are made by a machine, not by people who name pull secrets.
_MOST_NAMED_SECRETS = 200


_TIMED_OUT = "timed out"
# Each page of whole pods takes some ten megabytes while it is read.
_WIDE_LISTS_AT_ONCE = 3


class ApiReader:
    """A live cluster's witnesses; answers are kept as long as the reader lives.

    Args:
        client: the API server.
        name: what people call this cluster; the login's own name when empty.
        namespaces: asked one by one when the whole cluster may not be listed; empty for the login's own.
    """

    def __init__(self, client: ApiClient, name: str = "", namespaces: tuple[str, ...] = ()) -> None:
        self._client = client
        self._name = name or client.name
        self._told = namespaces
        self._silent: set[str] = set()
        self._wide_lists = asyncio.Semaphore(_WIDE_LISTS_AT_ONCE)
        self._answers: dict[Hashable, asyncio.Future[Any]] = {}

    @property
    def name(self) -> str:
        """What people call this cluster."""
        return self._name

    @property
    def namespace(self) -> str:
        """The login's default namespace."""
        return self._client.namespace

    @property
    def requests(self) -> int:
        """How many requests were made so far, repeats included."""
        return self._client.requests

    async def close(self) -> None:
        """Drop what is under way and close the connections."""
        for answer in self._answers.values():
            answer.cancel()
        await asyncio.gather(*self._answers.values(), return_exceptions=True)
        await self._client.close()

    async def look(self, scan: Scan) -> Sighting:
        """Find every pod that may have a pull failure; one request a page, none for a healthy pod.

        Raises:
            ClusterUnreadable: not even pods can be listed.
        """
        return await Look(self._client, scan, self._namespaces_to_ask).run()

    async def stock(self, namespaces: tuple[str, ...] | None) -> Stock:
        """What runs; one request a page, and nothing of it is remembered.

        Raises:
            ClusterUnreadable: not even pods can be listed.
        """
        return await stocktaking.taken(self._client, namespaces, self._namespaces_to_ask)

    async def pod(self, namespace: str, name: str) -> Pod | Unread | None:
        """One pod, whatever its state."""
        return await self._get(Resource("pods", namespace, name), shapes.PodShape, reduce.to_pod)

    async def pods(self, namespace: str) -> tuple[Pod, ...] | Unread:
        """Every pod of a namespace."""
        return await self._list(Resource("pods", namespace), shapes.PodShape, reduce.to_pod)

    async def neighbours(self, namespace: str) -> tuple[Pod, ...] | Unread:
        """Every pod of a namespace that may fail, and some of each kind that runs."""
        return await self._once(("neighbours", namespace), lambda: self._neighbours(namespace))

    async def events_of(self, namespace: str, pod: str) -> tuple[PodEvent, ...] | Unread:
        """The events about one pod, oldest first."""
        query = {"fieldSelector": f"involvedObject.kind=Pod,involvedObject.name={pod}"}
        events = await self._list(Resource("events", namespace), shapes.EventShape, reduce.to_event, query)
        return events if isinstance(events, Unread) else reduce.in_order(events)

    async def events(self, namespace: str) -> tuple[PodEvent, ...] | Unread:
        """The events of a namespace that bear on pulling, oldest first."""
        query = {"fieldSelector": "involvedObject.kind=Pod"}
        events = await self._list(
            Resource("events", namespace),
            shapes.EventShape,
            reduce.to_event,
            query,
            suspects.bears_on_pulling,
        )
        return events if isinstance(events, Unread) else reduce.in_order(events)

    async def nodes(self) -> tuple[Node, ...] | Unread:
        """Every node."""
        return await self._list(Resource("nodes"), shapes.NodeShape, reduce.to_node)

    async def service_accounts(self, namespace: str) -> tuple[ServiceAccount, ...] | Unread:
        """Every ServiceAccount of a namespace."""
        resource = Resource("serviceaccounts", namespace)
        return await self._list(resource, shapes.ServiceAccountShape, reduce.to_service_account)

    async def secret(self, namespace: str, name: str) -> PullSecret | Unread | None:
        """One Secret by name. Where rights go by name, a missing one looks forbidden and is ``Unread``."""
        return await self._get(
            Resource("secrets", namespace, name), shapes.SecretShape, pull_secrets.to_pull_secret
        )

    async def secrets(self, namespace: str) -> tuple[PullSecret, ...] | Unread:
        """The namespace's pull secrets, and every Secret of another type that a pod or ServiceAccount names."""
        return await self._once(("secrets", namespace), lambda: self._secrets(namespace))

    async def namespaces(self) -> tuple[str, ...] | Unread:
        """Every namespace's name."""
        return await self._list(
            Resource("namespaces"),
            shapes.NamespaceShape,
            lambda shape: (shape.metadata.name or "") if shape.metadata else "",
        )

    async def owners(self, namespace: str, kind: str) -> tuple[Owner, ...] | Unread:
        """Every object of one workload kind of a namespace."""
        if kind not in PLURALS:
            return Unread(f"{kind} in {namespace}", "kind not known")
        return await self._list(
            Resource(PLURALS[kind], namespace),
            shapes.WorkloadShape,
            lambda shape: reduce.to_owner(kind, shape),
        )

    async def log_tail(self, namespace: str, pod: str, container: str, *, previous: bool) -> str | Unread:
        """The last 4 kB of a container's log."""
        resource = Resource("pods", namespace, pod, "log")
        query = {"container": container, "tailLines": _LOG_LINES, "limitBytes": str(_LOG_GUARD)}
        if previous:
            query["previous"] = "true"
        return await self._once((resource, container, previous), lambda: self._log(resource, query))

    async def _log(self, resource: Resource, query: Mapping[str, str]) -> str | Unread:
        try:
            answer = await self._client.get(resource, query)
        except Refusal as refusal:
            # 400: the container has not run, or not before: https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/kubelet/kubelet_pods.go
            return resource.unread("no log kept" if refusal.status == 400 else refusal.why)
        return answer.body[-_LOG_TAIL:].decode(errors="replace")

    async def _secrets(self, namespace: str) -> tuple[PullSecret, ...] | Unread:
        resource = Resource("secrets", namespace)
        lists = await asyncio.gather(
            *(
                self._list(
                    resource,
                    shapes.SecretShape,
                    pull_secrets.to_pull_secret,
                    {"fieldSelector": f"type={each}"},
                )
                for each in _SECRET_TYPES
            )
        )
        found: dict[str, PullSecret] = {}
        for part in lists:
            if isinstance(part, Unread):
                return part
            found |= {each.name: each for each in part}
        named = sorted(await self._named_secrets(namespace) - found.keys())
        if len(named) > _MOST_NAMED_SECRETS:
            return resource.unread(f"more than {_MOST_NAMED_SECRETS} are named")
        for each in await asyncio.gather(*(self.secret(namespace, name) for name in named)):
            if isinstance(each, Unread):
                # Without it the list would say that it does not exist.
                return each
            if each is not None:
                found[each.name] = each
        return tuple(found[name] for name in sorted(found))

    async def _neighbours(self, namespace: str) -> tuple[Pod, ...] | Unread:
        async with self._wide_lists:
            return await self._list(
                Resource("pods", namespace), shapes.PodShape, reduce.to_pod, keep=Representatives()
            )

    async def _named_secrets(self, namespace: str) -> set[str]:
        pods, accounts = await asyncio.gather(self.neighbours(namespace), self.service_accounts(namespace))
        names = [] if isinstance(pods, Unread) else [pod.pull_secrets for pod in pods]
        names += [] if isinstance(accounts, Unread) else [account.pull_secrets for account in accounts]
        return set().union(*names)

    async def _namespaces_to_ask(self) -> tuple[tuple[str, ...], bool]:
        """Where to look when the whole cluster may not be listed, and whether that is everywhere."""
        if self._told:
            return self._told, True
        names = await self.namespaces()
        return ((self.namespace,), False) if isinstance(names, Unread) else (names, True)

    async def _get(self, resource: Resource, shape: type[T], reduced: Callable[[T], R]) -> R | Unread | None:
        async def ask() -> R | Unread | None:
            if self._is_silent(resource):
                return resource.unread(_TIMED_OUT)
            try:
                answer = await self._client.get(resource)
                return reduced(msgspec.json.decode(answer.body, type=shape))
            except Refusal as refusal:
                return None if refusal.object_missing else self._unread(resource, refusal)
            except (msgspec.DecodeError, UnicodeDecodeError):
                return resource.unread("not understood")

        return await self._once(resource, ask)

    async def _list(
        self,
        resource: Resource,
        shape: type[T],
        reduced: Callable[[T], R],
        query: Mapping[str, str] | None = None,
        keep: Callable[[T], bool] | None = None,
    ) -> tuple[R, ...] | Unread:
        async def ask() -> tuple[R, ...] | Unread:
            if self._is_silent(resource):
                return resource.unread(_TIMED_OUT)
            try:
                harvest = await listing.walk(self._client, resource, query or {}, cutter)
            except Refusal as refusal:
                return self._unread(resource, refusal)
            # Half a list would let what is missing from it pass for absent.
            return tuple(harvest.kept) if harvest.complete else harvest.unread[0]

        cutter = listing.keeping(shape, reduced, keep)
        return await self._once((resource, *sorted((query or {}).items()), keep), ask)

    def _unread(self, resource: Resource, refusal: Refusal) -> Unread:
        """What a refusal comes to; where nobody answered in time, the rest of the namespace is not waited for."""
        if refusal.why == _TIMED_OUT:
            self._silent.add(resource.namespace)
        return resource.unread(refusal.why)

    def _is_silent(self, resource: Resource) -> bool:
        return bool(resource.namespace) and resource.namespace in self._silent

    async def _once(self, key: Hashable, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        if key not in self._answers:
            self._answers[key] = asyncio.ensure_future(ask())
        # Shielded: one check that runs out of time must not take the answer from the others.
        answer: Awaitable[T] = asyncio.shield(self._answers[key])
        return await answer
