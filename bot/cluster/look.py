"""Looks over a whole cluster for pods that may have a pull failure: a scan in -> a sighting out.

Either every pod is listed (full), or only those that are Pending and those that the kubelet's pull events name.
No request is made for a healthy pod, and none is kept.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from bot.cluster import listing, reduce, shapes, suspects
from bot.cluster.client import ApiClient, Refusal
from bot.cluster.listing import Harvest
from bot.cluster.resources import Resource
from bot.errors import ClusterUnreadable
from bot.facts.objects import Pod, PodEvent, Sighting, Unread
from bot.ports.reading import Scan


# Each is a list of its own: `reason=A,reason=B` means both at once, so nothing.
_REASONS: Final = (
    "Failed",
    "BackOff",
    "FailedToRetrieveImagePullSecret",
    "InspectFailed",
    "ErrImageNeverPull",
)
# Beyond this many, one list of the namespace costs the server less than single reads.
_MOST_NAMED: Final = 200
_NAMED_FOR: Final = timedelta(hours=1)  # how long the API server keeps events, by default
_MOST_SILENT: Final = 100

Key = tuple[str, str]
# The namespaces to ask instead of the whole cluster, and whether these are all.
Elsewhere = Callable[[], Awaitable[tuple[tuple[str, ...], bool]]]


class Look:
    """One look over the cluster.

    Args:
        client: the API server.
        scan: where to look.
        elsewhere: tells which namespaces to ask when the whole cluster may not be listed.
    """

    def __init__(self, client: ApiClient, scan: Scan, elsewhere: Elsewhere) -> None:
        self._client = client
        self._scan = scan
        self._elsewhere = elsewhere
        self._pods: dict[Key, Pod] = {}
        self._events: dict[Key, dict[object, PodEvent]] = defaultdict(dict)
        self._unread: list[Unread] = []
        self._complete = True
        self._unseen: set[str] = set()
        self._seen = 0
        self._observed_at: datetime | None = None

    async def run(self) -> Sighting:
        """Look.

        Raises:
            ClusterUnreadable: not even pods can be listed.
        """
        places = await self._list_pods()
        await self._gather(self._list_events(place, reason) for place in places for reason in _REASONS)
        if not self._scan.full:
            await self._fetch_named()
        await self._ask_about_silence(places)
        return self._sighting()

    async def _list_pods(self) -> tuple[str, ...]:
        """List the pods and answer where that worked: "" for the whole cluster."""
        if self._scan.namespaces is None:
            try:
                await self._list_suspects("")
            except Refusal as refusal:
                if refusal.status != 403:
                    raise _nothing_listed(refusal) from None
            else:
                return ("",)
        places = self._scan.namespaces
        if places is None:
            places, everywhere = await self._elsewhere()
            if not everywhere:
                self._complete = False
                self._unread.append(Resource("pods").unread("forbidden"))
        refusals = await asyncio.gather(*map(self._try_suspects, places))
        readable = tuple(place for place, refused in zip(places, refusals, strict=True) if refused is None)
        if not readable and places:
            raise _nothing_listed(next(filter(None, refusals)), places)
        return readable

    async def _try_suspects(self, namespace: str) -> Refusal | None:
        try:
            await self._list_suspects(namespace)
        except Refusal as refusal:
            self._unseen.add(namespace)
            self._unread.append(Resource("pods", namespace).unread(refusal.why))
            return refusal
        return None

    async def _list_suspects(self, namespace: str, fields: str | None = None) -> None:
        if fields is None:
            fields = "" if self._scan.full else "status.phase=Pending"
        query = {"fieldSelector": fields, "labelSelector": self._scan.labels}
        harvest: Harvest[Pod] = await listing.walk(
            self._client,
            Resource("pods", namespace),
            {key: value for key, value in query.items() if value},
            listing.suspect_pods,
        )
        self._seen += harvest.seen
        self._take(harvest)
        self._pods |= {(pod.namespace, pod.name): pod for pod in harvest.kept}

    async def _list_events(self, namespace: str, reason: str, only: Collection[Key] = ()) -> None:
        resource = Resource("events", namespace)

        def keep(event: shapes.EventShape) -> bool:
            return suspects.bears_on_pulling(event) and (not only or _key(event) in only)

        cut = listing.keeping(shapes.EventShape, reduce.to_event, keep)
        query = {"fieldSelector": f"reason={reason}"}
        try:
            harvest: Harvest[PodEvent] = await listing.walk(self._client, resource, query, cut)
        except Refusal as refusal:
            # Without events a restart-time failure stays unseen, unless every pod was listed.
            self._complete = self._complete and self._scan.full
            self._unread.append(resource.unread(refusal.why))
            return
        self._take(harvest)
        self._keep(harvest.kept)

    def _take(self, harvest: Harvest[Any]) -> None:
        self._complete = self._complete and harvest.complete
        self._unread += harvest.unread
        self._observed_at = self._observed_at or harvest.observed_at

    def _keep(self, events: Iterable[PodEvent]) -> None:
        for event in events:
            # Two lists may show one event at two counts; the later one counts.
            same = (event.reason, event.message, event.container, event.first, event.pod_uid)
            self._events[event.namespace, event.pod][same] = event

    async def _fetch_named(self) -> None:
        """Read the pods that events or the scan name and that are not Pending.

        Restarts and ephemeral containers whose pull fails, and crashes, which may be of the wrong architecture.
        """
        by_namespace: dict[str, list[str]] = defaultdict(list)
        named = dict.fromkeys(key for key in self._scan.named if self._is_within(key[0]))
        for key, events in self._events.items():
            last = max((event.last for event in events.values() if event.last), default=None)
            if last and self._now() - last <= _NAMED_FOR:
                named[key] = None
        for namespace, name in named.keys() - self._pods.keys():
            by_namespace[namespace].append(name)
        await self._gather(
            reading
            for namespace, names in by_namespace.items()
            for reading in (
                [self._fetch(namespace, name) for name in names]
                if len(names) <= _MOST_NAMED
                else [self._fetch_all(namespace)]
            )
        )

    def _is_within(self, namespace: str) -> bool:
        return self._scan.namespaces is None or namespace in self._scan.namespaces

    async def _fetch(self, namespace: str, name: str) -> None:
        """Read one pod. By a list, because a list also tells whether the labels match, and none is an answer."""
        resource = Resource("pods", namespace, name)
        try:
            await self._list_suspects(namespace, f"metadata.name={name}")
        except Refusal as refusal:
            self._complete = False
            self._unread.append(resource.unread(refusal.why))

    async def _fetch_all(self, namespace: str) -> None:
        try:
            await self._list_suspects(namespace, "")
        except Refusal as refusal:
            self._unseen.add(namespace)
            self._unread.append(Resource("pods", namespace).unread(refusal.why))

    async def _ask_about_silence(self, places: tuple[str, ...]) -> None:
        """Get the Pulling events of pods that wait without a word for longer than a pull should take."""
        silent = [key for key, pod in self._pods.items() if self._is_silent(pod)]
        if len(silent) > _MOST_SILENT:
            only = frozenset(silent)
            await self._gather(self._list_events(place, "Pulling", only) for place in places)
        else:
            await self._gather(self._events_of(*key) for key in silent)

    def _is_silent(self, pod: Pod) -> bool:
        begun = pod.scheduled or pod.created
        if not pod.node or pod.deleted or begun is None or self._now() - begun < self._scan.stalled_after:
            return False
        return suspects.waits_in_silence(pod)

    async def _events_of(self, namespace: str, name: str) -> None:
        resource = Resource("events", namespace)
        query = {"fieldSelector": f"involvedObject.kind=Pod,involvedObject.name={name}"}
        cut = listing.keeping(shapes.EventShape, reduce.to_event, suspects.bears_on_pulling)
        try:
            harvest: Harvest[PodEvent] = await listing.walk(self._client, resource, query, cut)
        except Refusal as refusal:
            self._unread.append(Unread(f"events of {namespace}/{name}", refusal.why, resource.right))
            return
        self._take(harvest)
        self._keep(harvest.kept)

    def _now(self) -> datetime:
        return self._observed_at or self._client.pace.now()

    async def _gather(self, readings: Iterable[Awaitable[None]]) -> None:
        await asyncio.gather(*readings)

    def _sighting(self) -> Sighting:
        events: Mapping[Key, dict[object, PodEvent]] = self._events
        if self._scan.labels:
            events = {key: told for key, told in events.items() if key in self._pods}
        return Sighting(
            pods=tuple(self._pods[key] for key in sorted(self._pods)),
            events={
                f"{ns}/{name}": reduce.in_order(told.values()) for (ns, name), told in sorted(events.items())
            },
            unread=tuple(dict.fromkeys(self._unread)),
            complete=self._complete and not self._unseen,
            unseen=frozenset(self._unseen) if self._complete else frozenset(),
            seen=self._seen,
            observed_at=self._now(),
        )


def _key(event: shapes.EventShape) -> Key:
    about = event.involved_object or event.regarding or shapes.InvolvedShape()
    return about.namespace or "", about.name or ""


def _nothing_listed(refusal: Refusal | None, places: tuple[str, ...] = ()) -> ClusterUnreadable:
    why = refusal.why if refusal else "nowhere to look"
    if why == "forbidden":
        return ClusterUnreadable(
            "this login may not list pods" + (f" in {', '.join(places[:5])}" if places else ""),
            f"grant it: {Resource('pods', places[0] if places else '').right}",
        )
    if why == "not understood":
        return ClusterUnreadable(
            "the API server does not understand the question", "check the label selector (-l)"
        )
    return ClusterUnreadable(
        f"pods cannot be listed: {why}", "try again, and see whether kubectl get pods works"
    )
