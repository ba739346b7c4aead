"""What all controllers do alike: an owner and a template in -> a pod made through the API's own door, and an event, out."""

import copy
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.demo.cluster.defaults import suffix
from bot.demo.cluster.endings import Endings
from bot.demo.cluster.kinds import BY_KIND
from bot.demo.cluster.refusals import Refused
from bot.demo.cluster.requests import Asked
from bot.demo.cluster.store import Store
from bot.demo.cluster.writes import Writes
from bot.demo.nodes.events import Recorder


Object = dict[str, Any]
# k8s.io/apimachinery/pkg/util/rand.SafeEncodeString
_SAFE = "bcdfghjklmnpqrstvwxz2456789"
_TIME = "%Y-%m-%dT%H:%M:%SZ"
TEMPLATE_HASH = "pod-template-hash"
# What the API refused is tried again, as real controllers do it: 5 ms, doubled each time. Theirs grow to a quarter of an hour.
# https://github.com/kubernetes/client-go/blob/v0.36.0/util/workqueue/default_rate_limiters.go
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(milliseconds=5), timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class _Refusal:
    """What became of the last try, when the next one is, and how long it waits for that."""

    why: str
    again: datetime
    pause: timedelta


class Maker:
    """What a controller works with.

    Args:
        component: the controller's name, for its events.
        now: the world's clock.
    """

    def __init__(self, store: Store, component: str, now: Callable[[], datetime]) -> None:
        self.store = store
        self.now = now
        self.events = Recorder(store, component, "", now)
        self._writes = Writes(store, now)
        self._endings = Endings(store, now)
        self._refused: dict[str, _Refusal] = {}

    def make(self, kind: str, namespace: str, item: Object) -> Object | None:
        """Create an object; None where the API refuses it."""
        try:
            return self._create(kind, namespace, item)
        except Refused:
            return None

    def _create(self, kind: str, namespace: str, item: Object) -> Object:
        resource = BY_KIND[kind]
        asked = Asked("create", resource.plural, namespace, group=resource.group)
        return self._writes.create(asked, json.dumps(item).encode()).body

    def pod_of(self, kind: str, owner: Object, name: str, labels: Mapping[str, str] | None = None) -> str:
        """Create a pod of an owner's template, and tell it.

        Args:
            kind: the owner's.
            owner: it.
            name: the pod's.
            labels: further ones.

        Returns:
            Why the API refuses it; "" where it does not.
        """
        uid, now = owner["metadata"]["uid"], self.now()
        before = self._refused.get(uid)
        if before is not None and now < before.again:
            return before.why
        template = copy.deepcopy(owner["spec"]["template"])
        meta = {
            **(template.get("metadata") or {}),
            "name": name,
            "ownerReferences": [reference(kind, owner)],
        }
        meta["labels"] = {**(meta.get("labels") or {}), **(labels or {})}
        pod = {"kind": "Pod", "metadata": meta, "spec": template["spec"]}
        try:
            self._create("Pod", owner["metadata"]["namespace"], pod)
        except Refused as refused:
            pause = min(before.pause * 2, _LONGEST_PAUSE) if before else _FIRST_PAUSE
            self._refused[uid] = _Refusal(refused.message, now + pause, pause)
            self.events.write(kind, owner, "FailedCreate", f"Error creating: {refused.message}", warns=True)
            return refused.message
        self._refused.pop(uid, None)
        self.events.write(kind, owner, "SuccessfulCreate", f"Created pod: {name}")
        return ""

    def take(self, kind: str, owner: Object, pod: Object) -> None:
        """Delete a pod, with the time it has to end in, and tell it.

        Args:
            kind: the owner's.
            owner: it.
            pod: its pod.
        """
        meta = pod["metadata"]
        self._endings.delete(Asked("delete", "pods", meta["namespace"], meta["name"]), b"")
        self.events.write(kind, owner, "SuccessfulDelete", f"Deleted pod: {meta['name']}")

    def owned(self, plural: str, owner: Object) -> list[Object]:
        """What an object controls, of one resource, the oldest first."""
        uid = owner["metadata"]["uid"]
        found = [
            each
            for each in self.store.every(plural, owner["metadata"]["namespace"])
            if controller(each) == uid
        ]
        return sorted(
            found,
            key=lambda each: (each["metadata"].get("creationTimestamp") or "", each["metadata"]["name"]),
        )

    def tell(self, kind: str, item: Object, status: Object) -> None:
        """Write an object's status, where it is another."""
        if item.get("status") != status:
            self.store.put({**item, "status": status}, kind)

    def failed(self, item: Object, why: str) -> list[Object]:
        """The conditions of what cannot make its pods; none where it can."""
        if not why:
            return []
        told = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": why}
        before = (item.get("status") or {}).get("conditions") or ()
        since = next((each["lastTransitionTime"] for each in before if each["type"] == told["type"]), "")
        return [{**told, "lastTransitionTime": since or self.now().strftime(_TIME)}]


def controller(item: Object) -> str:
    """The uid of what controls an object; "" for nothing."""
    listed = item["metadata"].get("ownerReferences") or ()
    return next((str(each["uid"]) for each in listed if each.get("controller")), "")


def reference(kind: str, owner: Object) -> Object:
    """An owner, as what it owns names it."""
    return {
        "apiVersion": BY_KIND[kind].api_version,
        "kind": kind,
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def template_hash(template: Object) -> str:
    """The hash of a pod template that stands in the names of its pods."""
    digest = hashlib.sha256(json.dumps(template, sort_keys=True).encode()).digest()
    return "".join(_SAFE[byte % len(_SAFE)] for byte in digest[:10])


def is_ready(pod: Object) -> bool:
    """Whether a pod serves."""
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def leaves(pod: Object) -> bool:
    """Whether a pod is on its way out."""
    return bool(pod["metadata"].get("deletionTimestamp"))


def drawn(name: str) -> str:
    """A name with a drawn end."""
    return f"{name}-{suffix()}"
