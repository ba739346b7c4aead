"""What the simulated cluster holds: objects in -> the same objects, every change numbered and remembered.

Stored objects are never changed in place: whoever writes puts another object. So what was handed out stays
what it was, and the past can be told from the changes alone.
"""

import uuid
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.demo.cluster.kinds import BY_KIND, RESOURCES, Resource
from bot.demo.cluster.refusals import Object, not_found


ADDED, MODIFIED, DELETED = "ADDED", "MODIFIED", "DELETED"
# Changes of one resource that are remembered; a watch from before them is told to list again.
_REMEMBERED = 5_000
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened to one object.

    Attributes:
        version: the resourceVersion that it made.
        old: the object before; None where there was none.
        new: the object after; None where it is gone. ``old`` carries the new version then.
    """

    version: int
    key: Key
    old: Object | None
    new: Object | None


class Store:
    """Objects by resource, with their recent past.

    Args:
        objects: as kubectl prints them, single ones or Lists; those that bear a resourceVersion keep it.
        version: the resourceVersion to begin with.
    """

    def __init__(self, objects: Iterable[Object] = (), version: int = 1000) -> None:
        self.version = version
        self.listeners: set[Callable[[str], None]] = set()
        self._kept: dict[str, dict[Key, Object]] = {plural: {} for plural in RESOURCES}
        self._past: dict[str, list[Change]] = defaultdict(list)
        for each in objects:
            self.put(each, keep_version=True)
        self._past.clear()
        self.compacted = self.version

    def put(self, item: Object, kind: str = "", *, keep_version: bool = False) -> Object:
        """Add or replace an object, or every object of a List.

        Args:
            item: as kubectl prints it.
            kind: for objects that do not say it themselves, as the items of a list.
            keep_version: take the object's resourceVersion for what it says.

        Returns:
            The object as stored: without its kind, with uid and resourceVersion.
        """
        kind = item.get("kind") or kind
        if kind.endswith("List"):
            for each in item.get("items") or ():
                self.put(each, kind.removesuffix("List"), keep_version=keep_version)
            return item
        told = item["metadata"]
        key = (told.get("namespace") or "", told["name"])
        version = told.get("resourceVersion") or ""
        if keep_version and version.isdigit():
            self.version = max(self.version, int(version))
        else:
            self.version += 1
            version = str(self.version)
        meta = {**told, "uid": told.get("uid") or str(uuid.uuid4()), "resourceVersion": version}
        bare = {name: value for name, value in item.items() if name not in ("kind", "apiVersion")}
        stored = {**bare, "metadata": meta}
        self._happened(BY_KIND[kind].plural, key, stored)
        return stored

    def delete(self, plural: str, namespace: str, name: str) -> Object:
        """Take an object away.

        Returns:
            What a watch is told: the last object, with the version of its end.
        """
        found = self.get(plural, namespace, name)
        self.version += 1
        self._happened(plural, (namespace, name), None)
        return {**found, "metadata": {**found["metadata"], "resourceVersion": str(self.version)}}

    def compact(self) -> None:
        """Forget the past: every continue token and resourceVersion handed out so far is too old."""
        self.version += 1
        self.compacted = self.version
        self._past.clear()

    def get(self, plural: str, namespace: str, name: str) -> Object:
        """One object, with its kind.

        Raises:
            Refused: 404.
        """
        found = self.find(plural, namespace, name)
        if found is None:
            raise not_found(RESOURCES[plural], name)
        return typed(RESOURCES[plural], found)

    def find(self, plural: str, namespace: str, name: str) -> Object | None:
        """One object as stored, if it is there."""
        return self._kept[plural].get((namespace, name))

    def every(self, plural: str, namespace: str = "") -> Iterator[Object]:
        """All objects of a resource, in a namespace or anywhere, in no order; the store may change meanwhile."""
        for key, item in tuple(self._kept[plural].items()):
            if not namespace or key[0] == namespace:
                yield item

    def at(self, plural: str, version: int) -> Mapping[Key, Object]:
        """A resource's objects as they were at a version that is not compacted."""
        past = self._past[plural]
        if not past or past[-1].version <= version:
            return self._kept[plural]
        then = dict(self._kept[plural])
        for change in reversed(past[bisect_right(past, version, key=_version) :]):
            if change.old is None:
                then.pop(change.key, None)
            else:
                then[change.key] = change.old
        return then

    def since(self, plural: str, version: int) -> list[Change]:
        """What happened to a resource after a version."""
        past = self._past[plural]
        return past[bisect_right(past, version, key=_version) :]

    def oldest(self, plural: str) -> int:
        """The oldest version from which a resource's changes can be told."""
        past = self._past[plural]
        return past[0].version - 1 if len(past) >= _REMEMBERED else self.compacted

    def _happened(self, plural: str, key: Key, new: Object | None) -> None:
        kept, past = self._kept[plural], self._past[plural]
        old = kept.get(key)
        if new is None:
            del kept[key]
        else:
            kept[key] = new
        past.append(Change(self.version, key, old, new))
        if len(past) > 2 * _REMEMBERED:
            del past[:-_REMEMBERED]
        for listener in tuple(self.listeners):
            listener(plural)


def typed(resource: Resource, item: Object) -> Object:
    """An object with its kind, as it stands alone and not in a list."""
    return {"kind": resource.kind, "apiVersion": resource.api_version, **item}


def _version(change: Change) -> int:
    return change.version
