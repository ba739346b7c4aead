"""Live objects as given: raw API objects in -> a :class:`~bot.ports.rehearsing.Rehearse` out that forgets what is tried."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from bot.demo.cluster import patches
from bot.demo.cluster.kinds import BY_KIND
from bot.demo.cluster.store import Store
from bot.facts.change import ANNOTATION, ObjectKey, Style, Verb, Write
from bot.ports.rehearsing import Accepted, Declined, Live, Reason


Object = dict[str, Any]


class FakeRehearse:
    """Reads what was given, and tries patches on it as the simulated cluster does.

    Args:
        objects: as kubectl prints them.
        refusals: object -> what is answered to reading or trying it.

    Attributes:
        store: the objects; what a test puts there is live.
        tried: what was rehearsed.
    """

    def __init__(
        self, objects: Iterable[Object] = (), refusals: Mapping[ObjectKey, Declined] | None = None
    ) -> None:
        self.store = Store(objects)
        self.refusals = dict(refusals or {})
        self.tried: list[Write] = []

    async def read(self, key: ObjectKey) -> Live | Declined | None:
        """The object as it stands in the store."""
        if key in self.refusals:
            return self.refusals[key]
        found = self.store.find(BY_KIND[key.kind].plural, key.namespace, key.name)
        return None if found is None else _live(key, found)

    async def owned(self, kind: str, namespace: str, uid: str) -> tuple[Live, ...] | Declined:
        """The objects of one kind whose controller has that uid."""
        return tuple(
            _live(ObjectKey(kind, namespace, each["metadata"]["name"]), each)
            for each in self.store.every(BY_KIND[kind].plural, namespace)
            if any(
                owner.get("controller") and owner.get("uid") == uid
                for owner in each["metadata"].get("ownerReferences") or ()
            )
        )

    async def rehearse(self, write: Write, live: Live | None, plan: str) -> Accepted | Declined:
        """The object as it would be; nothing is stored."""
        self.tried.append(write)
        if write.key in self.refusals:
            return self.refusals[write.key]
        if write.verb is Verb.DELETE:
            return Accepted(None)
        if write.verb is Verb.CREATE:
            whole = json.loads(write.patch)
            return Accepted(Live(write.key, "uid-made", "", {**whole, "status": {}}))
        if live is None:
            made = {"metadata": {"name": write.key.name, "annotations": {ANNOTATION: plan}}}
            return Accepted(Live(write.key, "", "", made))
        if write.uid != live.uid:
            return Declined(Reason.CONFLICT, f"the UID in the precondition ({write.uid}) is another one")
        return Accepted(Live(write.key, live.uid, live.version, applied(write, live.body)))


def applied(write: Write, body: Mapping[str, Any]) -> Object:
    """What a patch makes of an object."""
    patch = json.loads(write.patch)
    if write.style is Style.MERGE:
        return dict(patches.merged(dict(body), patch))
    return dict(patches.strategic(write.key.kind, dict(body), patch))


def undone(write: Write, body: Mapping[str, Any]) -> Object:
    """What a patch's way back makes of an object."""
    return applied(Write(Verb.PATCH, write.key, patch=write.back, style=write.style), body)


def _live(key: ObjectKey, found: Mapping[str, Any]) -> Live:
    meta = found["metadata"]
    body = {"kind": key.kind, **found}
    if key.kind == "Secret":
        body["data"] = dict.fromkeys(body.get("data") or {}, "")
    return Live(key, meta["uid"], meta["resourceVersion"], body)
