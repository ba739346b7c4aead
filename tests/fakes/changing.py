"""A cluster of a few objects that can be changed, and that fails on purpose: objects and faults in, a ``Change`` out."""

import copy
import json
from collections import Counter
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from bot.facts.change import ANNOTATION, ObjectKey, Verb, Write
from bot.facts.statement import Word
from bot.ports.rehearsing import Accepted, Declined, Live, Reason


Object = dict[str, Any]


class Fault(StrEnum):
    """What goes wrong with one request."""

    LOST_BEFORE = "timeout before"
    LOST_AFTER = "timeout after success"
    DIES_BEFORE = "crash before the write"
    DIES_AFTER = "crash after the write"


class Died(BaseException):
    """The process that sent it is no more: nothing of ours may handle it."""


class Cluster:
    """Implements ``Change``.

    Attributes:
        objects: as they are.
        effects: object and plan -> how often a write of that plan changed it.
        sent: how many writes were asked for.
        faults: what happens to the next writes; a Declined is answered without effect.
        reads: what happens to the next reads.
        said: what the pods of Jobs have said.
        between: called between what was read and what is written.
    """

    def __init__(self) -> None:
        self.objects: dict[ObjectKey, Object] = {}
        self.effects: Counter[tuple[str, str]] = Counter()
        self.sent = 0
        self.faults: list[Fault | Declined | None] = []
        self.reads: list[Declined | None] = []
        self.between: list[Callable[[], object]] = []
        self.said: tuple[Word, ...] | Declined = ()
        self._version = 100

    def put(self, key: ObjectKey, uid: str, **parts: Any) -> None:
        """Have an object there, or another one in its place."""
        meta = {"name": key.name, "namespace": key.namespace, "uid": uid, **parts.pop("metadata", {})}
        self.objects[key] = {"kind": key.kind, "metadata": meta, **parts}
        self._touch(key)

    def edit(self, key: ObjectKey, change: Callable[[Object], object]) -> None:
        """Have somebody else change an object."""
        change(self.objects[key])
        self._touch(key)

    async def read(self, key: ObjectKey) -> Live | Declined | None:
        """The object now."""
        if self.reads and (refused := self.reads.pop(0)) is not None:
            return refused
        return self._live(key)

    async def words(self, job: Live) -> tuple[Word, ...] | Declined:
        """What its pods have said."""
        return self.said if job.key in self.objects else ()

    async def change(self, write: Write, live: Live | None, plan: str) -> Accepted | Declined:
        """Carry it out, or fail as told."""
        self.sent += 1
        if self.between:
            self.between.pop(0)()
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, Declined):
            return fault
        if fault is Fault.DIES_BEFORE:
            raise Died
        if fault is Fault.LOST_BEFORE:
            return Declined(Reason.UNCLEAR, "no answer")
        answer = self._done(write, live, plan)
        if fault is Fault.DIES_AFTER:
            raise Died
        return Declined(Reason.UNCLEAR, "no answer") if fault is Fault.LOST_AFTER else answer

    def _done(self, write: Write, live: Live | None, plan: str) -> Accepted | Declined:
        now = self.objects.get(write.key)
        if write.verb in (Verb.COPY, Verb.CREATE):
            return self._made(write, plan)
        if now is None or live is None:
            return Declined(Reason.GONE, f"{write.key} not found")
        if (now["metadata"]["uid"], now["metadata"]["resourceVersion"]) != (live.uid, live.version):
            return Declined(Reason.CONFLICT, "the object has been modified")
        self.effects[str(write.key), plan] += 1
        if write.verb is Verb.DELETE:
            del self.objects[write.key]
            return Accepted(None)
        _merge(now, json.loads(write.patch))
        _merge(now, {"metadata": {"annotations": {ANNOTATION: plan}}})
        self._touch(write.key)
        return Accepted(self._live(write.key))

    def _made(self, write: Write, plan: str) -> Accepted | Declined:
        """What was not there is: a copy, of which only the name is known, or a whole object."""
        if write.key in self.objects:
            return Declined(Reason.EXISTS, f"{write.key} already exists")
        made = json.loads(write.patch or "{}")
        meta = {**made.get("metadata", {}), "annotations": {ANNOTATION: plan}}
        self.effects[str(write.key), plan] += 1
        rest = {each: made[each] for each in ("apiVersion", "spec") if each in made}
        self.put(write.key, f"made-by-{plan}", metadata=meta, **rest)
        return Accepted(self._live(write.key))

    def _live(self, key: ObjectKey) -> Live | None:
        now = self.objects.get(key)
        if now is None:
            return None
        meta = now["metadata"]
        return Live(key, meta["uid"], meta["resourceVersion"], copy.deepcopy(now))

    def _touch(self, key: ObjectKey) -> None:
        self._version += 1
        self.objects[key]["metadata"]["resourceVersion"] = str(self._version)


def _merge(body: Object, patch: Object) -> None:
    """https://www.rfc-editor.org/rfc/rfc7396."""
    for name, value in patch.items():
        if isinstance(value, dict):
            _merge(body.setdefault(name, {}), value)
        elif value is None:
            body.pop(name, None)
        else:
            body[name] = value
