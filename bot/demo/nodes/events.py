"""Events as components write them: what happened to an object in -> an Event stored, or one that counts on, out.

Repeats of one sentence about one object are one Event with a count, as client-go's recorder keeps them:
https://github.com/kubernetes/kubernetes/blob/v1.36.0/staging/src/k8s.io/client-go/tools/record/events_cache.go
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from bot.demo.cluster.kinds import BY_KIND
from bot.demo.cluster.store import Store


Object = dict[str, Any]
_TIME = "%Y-%m-%dT%H:%M:%SZ"


class Recorder:
    """One component's pen.

    Args:
        component: ``kubelet`` and its like.
        host: the node it runs on; "" for none.
        now: the world's clock.
    """

    def __init__(self, store: Store, component: str, host: str, now: Callable[[], datetime]) -> None:
        self._store = store
        self._component = component
        self._host = host
        self._now = now

    def write(
        self, kind: str, item: Object, reason: str, message: str, *, place: str = "", warns: bool = False
    ) -> None:
        """Write that something happened, or that it happened again.

        Args:
            kind: of the object.
            item: it.
            reason: in one word.
            message: the sentence.
            place: the part of it, as ``spec.containers{web}``.
            warns: it is a Warning.
        """
        meta, now = item["metadata"], self._now().strftime(_TIME)
        namespace = meta.get("namespace") or "default"
        digest = hashlib.sha256(f"{meta['uid']}{place}{reason}{message}".encode()).hexdigest()[:16]
        name = f"{meta['name']}.{digest}"
        found = self._store.find("events", namespace, name)
        if found is not None:
            again = {**found, "count": found["count"] + 1, "lastTimestamp": now}
            self._store.put(again, "Event")
            return
        about = {
            "kind": kind,
            **({"namespace": meta["namespace"]} if meta.get("namespace") else {}),
            "name": meta["name"],
            "uid": meta["uid"],
            "apiVersion": BY_KIND[kind].api_version,
            "resourceVersion": meta["resourceVersion"],
            **({"fieldPath": place} if place else {}),
        }
        self._store.put(
            {
                "kind": "Event",
                "metadata": {"name": name, "namespace": namespace, "creationTimestamp": now},
                "involvedObject": about,
                "reason": reason,
                "message": message,
                "source": {"component": self._component, **({"host": self._host} if self._host else {})},
                "firstTimestamp": now,
                "lastTimestamp": now,
                "count": 1,
                "type": "Warning" if warns else "Normal",
                "eventTime": None,
                "reportingComponent": self._component,
                "reportingInstance": self._host,
            }
        )
