"""What a watch hears: a store's changes in -> ADDED, MODIFIED, DELETED, BOOKMARK and ERROR lines out.

https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
"""

import asyncio
from collections.abc import AsyncIterator, Mapping

from bot.demo.cluster.kinds import RESOURCES, Resource
from bot.demo.cluster.lists import bad_version, check
from bot.demo.cluster.refusals import Object, Refused, encoded
from bot.demo.cluster.selectors import Match, selecting
from bot.demo.cluster.store import ADDED, DELETED, MODIFIED, Change, Store, typed


# A bookmark comes about once a minute, and one two seconds before the watch ends.
_BOOKMARK_EVERY = 60.0
_BOOKMARK_BEFORE_END = 2.0
# Without timeoutSeconds a server ends a watch after half an hour to an hour.
_USUAL_TIMEOUT = 1_800.0
_INITIAL_END = {"k8s.io/initial-events-end": "true"}


class Watch:
    """One watch, from the check of its request to its last line.

    Args:
        query: the request's parameters.

    Raises:
        Refused: before anything is streamed.
    """

    def __init__(self, store: Store, plural: str, namespace: str, query: Mapping[str, str]) -> None:
        check(query, watched=True)
        self._store = store
        self._resource = RESOURCES[plural]
        self._namespace = namespace
        self._match: Match = selecting(self._resource, query)
        version = query.get("resourceVersion", "")
        if said := bad_version(version):
            raise Refused(500, said)
        self._from_now = version in ("", "0")
        self._initial = query.get("sendInitialEvents") in ("true", "1")
        self._bookmarks = query.get("allowWatchBookmarks") in ("true", "1")
        self._version = store.version if self._from_now or self._initial else int(version)
        self._woken = asyncio.Event()
        self._lasts = float(query.get("timeoutSeconds") or _USUAL_TIMEOUT)

    async def lines(self) -> AsyncIterator[bytes]:
        """The events, each a line, until the time is up or the past is gone."""
        self._store.listeners.add(self._wake)
        try:
            async for event in self._events():
                yield encoded(event)
        finally:
            self._store.listeners.discard(self._wake)

    def _wake(self, plural: str) -> None:
        if plural == self._resource.plural:
            self._woken.set()

    async def _events(self) -> AsyncIterator[Object]:
        loop = asyncio.get_running_loop()
        end = loop.time() + self._lasts
        mark = min(loop.time() + _BOOKMARK_EVERY, end - _BOOKMARK_BEFORE_END)
        for event in self._first():
            yield event
        while (now := loop.time()) < end:
            self._woken.clear()
            if self._version < self._store.oldest(self._resource.plural):
                yield {"type": "ERROR", "object": self._too_old().status()}
                return
            for change in self._store.since(self._resource.plural, self._version):
                self._version = change.version
                if heard := self._told(change):
                    yield heard
            if self._bookmarks and now >= mark:
                # Whatever else has happened in the cluster is behind this watch, too.
                self._version = max(self._version, self._store.version)
                mark = max(now + min(_BOOKMARK_EVERY, end - now - _BOOKMARK_BEFORE_END), now + 1)
                mark = mark if mark < end - _BOOKMARK_BEFORE_END / 2 else end
                yield self._bookmark()
            await _waited(self._woken, (min(mark, end) if self._bookmarks else end) - loop.time())

    def _first(self) -> list[Object]:
        if not (self._from_now or self._initial):
            return []
        there = sorted(
            self._store.every(self._resource.plural, self._namespace),
            key=lambda item: (item["metadata"].get("namespace") or "", item["metadata"]["name"]),
        )
        events = [_event(ADDED, self._resource, item) for item in there if self._match(item)]
        if self._initial and self._bookmarks:
            events.append(self._bookmark(_INITIAL_END))
        return events

    def _told(self, change: Change) -> Object | None:
        if self._namespace not in ("", change.key[0]):
            return None
        was = change.old is not None and self._match(change.old)
        if change.new is not None and self._match(change.new):
            return _event(MODIFIED if was else ADDED, self._resource, change.new)
        if not was or change.old is None:
            return None
        # What leaves a selection is told as it was before, with the version of the change.
        meta = {**change.old["metadata"], "resourceVersion": str(change.version)}
        return _event(DELETED, self._resource, {**change.old, "metadata": meta})

    def _bookmark(self, annotations: Mapping[str, str] | None = None) -> Object:
        meta: Object = {"resourceVersion": str(self._version)}
        if annotations:
            meta["annotations"] = dict(annotations)
        empty: Object = {"metadata": meta}
        if self._resource.kind == "Pod":
            empty |= {"spec": {"containers": None}, "status": {}}
        return _event("BOOKMARK", self._resource, empty)

    def _too_old(self) -> Refused:
        if self._resource.plural == "events":  # no watch cache stands before these
            said = "The resourceVersion for the provided watch is too old."
        else:
            oldest = self._store.oldest(self._resource.plural)
            said = f"too old resource version: {self._version} ({oldest})"
        return Refused(410, said, "Expired")


def _event(kind: str, resource: Resource, item: Object) -> Object:
    return {"type": kind, "object": typed(resource, item)}


async def _waited(woken: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(max(0.0, seconds)):
            await woken.wait()
    except TimeoutError:
        return
