"""Deployments: a template that changes in -> a new ReplicaSet that grows as far as the old ones may shrink, out.

https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment; the steps are those of
https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/controller/deployment/rolling.go
"""

import copy
from collections.abc import Callable
from datetime import datetime
from typing import Any

from bot.demo.cluster.store import Store
from bot.demo.controllers.making import TEMPLATE_HASH, Maker, is_ready, leaves, reference, template_hash
from bot.demo.controllers.progress import Progress
from bot.demo.controllers.sizes import room


Object = dict[str, Any]
_OWN = "deployment.kubernetes.io/"
REVISION, _HISTORY = f"{_OWN}revision", f"{_OWN}revision-history"
_WANTED, _MOST = f"{_OWN}desired-replicas", f"{_OWN}max-replicas"
_NOT_COPIED = ("kubectl.kubernetes.io/last-applied-configuration", REVISION, _HISTORY, _WANTED, _MOST)


class Rollouts:
    """The Deployment controller.

    Args:
        now: the world's clock.
    """

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._maker = Maker(store, "deployment-controller", now)
        self._progress = Progress(self._maker)

    def step(self) -> None:
        """Bring every rollout a step further."""
        for item in self._store.every("deployments"):
            self._roll(item)

    def _roll(self, item: Object) -> None:
        label = template_hash(item["spec"]["template"])
        sets = self._maker.owned("replicasets", item)
        new = next((each for each in sets if each["metadata"]["labels"].get(TEMPLATE_HASH) == label), None)
        if item["spec"].get("paused"):
            self._progress.tell(item, new, sets, made=False)
            return
        made = new is None
        if new is None:
            new = self._made(item, label, sets)
            if new is None:
                return
            sets = [*sets, new]
        item, new = self._numbered(item, new, sets)
        old = [each for each in sets if each["metadata"]["uid"] != new["metadata"]["uid"]]
        if (item["spec"].get("strategy") or {}).get("type") == "Recreate":
            self._recreated(item, new, old)
        else:
            self._rolled(item, new, old)
        self._progress.tell(item, new, self._maker.owned("replicasets", item), made=made)
        self._forget(item, old)

    def _made(self, item: Object, label: str, sets: list[Object]) -> Object | None:
        meta = item["metadata"]
        template = copy.deepcopy(item["spec"]["template"])
        labels = {**(template["metadata"].get("labels") or {}), TEMPLATE_HASH: label}
        template["metadata"]["labels"] = labels
        told = meta.get("annotations") or {}
        annotations = {name: value for name, value in told.items() if name not in _NOT_COPIED}
        annotations[REVISION] = str(1 + max(map(_revision, sets), default=0))
        selector = {"matchLabels": {**item["spec"]["selector"].get("matchLabels", {}), TEMPLATE_HASH: label}}
        return self._maker.make(
            "ReplicaSet",
            meta["namespace"],
            {
                "metadata": {
                    "name": f"{meta['name']}-{label}",
                    "labels": labels,
                    "annotations": annotations,
                    "ownerReferences": [reference("Deployment", item)],
                },
                "spec": {"replicas": 0, "selector": selector, "template": template},
            },
        )

    def _rolled(self, item: Object, new: Object, old: list[Object]) -> None:
        """One of: the new one grows as far as there is room, or the old ones shrink as far as others serve."""
        wanted = item["spec"].get("replicas", 1)
        surge, unavailable = room(item["spec"])
        there = sum(each["spec"]["replicas"] for each in (new, *old))
        grown = new["spec"]["replicas"] + max(
            0, min(wanted + surge - there, wanted - new["spec"]["replicas"])
        )
        if self._resize(item, new, min(wanted, grown)):
            return
        least = wanted - unavailable
        spare = there - least - (new["spec"]["replicas"] - self._ready(new))
        serving = sum(map(self._ready, (new, *old))) - least
        for each in old:
            # What does not serve goes first.
            ready = self._ready(each)
            ill = max(0, min(spare, each["spec"]["replicas"] - ready))
            well = max(0, min(spare - ill, serving, ready))
            spare, serving = spare - ill - well, serving - well
            self._resize(item, each, each["spec"]["replicas"] - ill - well)

    def _recreated(self, item: Object, new: Object, old: list[Object]) -> None:
        """All old pods go, and are gone, before the first new one comes."""
        for each in old:
            self._resize(item, each, 0)
        if not any(self._maker.owned("pods", each) for each in old):
            self._resize(item, new, item["spec"].get("replicas", 1))

    def _resize(self, item: Object, replicas: Object, wanted: int) -> bool:
        """Scale a ReplicaSet; whether it was another number before."""
        meta = replicas["metadata"]
        now = self._store.find("replicasets", meta["namespace"], meta["name"])
        if now is None or now["spec"].get("replicas") == wanted:
            return False
        before = now["spec"]["replicas"]
        way = "up" if wanted > before else "down"
        said = f"Scaled {way} replica set {meta['name']} from {before} to {wanted}"
        self._maker.events.write("Deployment", item, "ScalingReplicaSet", said)
        total = item["spec"].get("replicas", 1)
        annotations = {
            **(now["metadata"].get("annotations") or {}),
            _WANTED: str(total),
            _MOST: str(total + room(item["spec"])[0]),
        }
        generation = now["metadata"].get("generation", 1) + 1
        changed = {**now["metadata"], "generation": generation, "annotations": annotations}
        spec = {**now["spec"], "replicas": wanted}
        self._store.put({**now, "metadata": changed, "spec": spec}, "ReplicaSet")
        return True

    def _numbered(self, item: Object, new: Object, sets: list[Object]) -> tuple[Object, Object]:
        """Give the ReplicaSet in charge the highest revision: a rollback renumbers the old one."""
        meta = new["metadata"]
        highest = max((_revision(each) for each in sets if each["metadata"]["uid"] != meta["uid"]), default=0)
        if (former := _revision(new)) <= highest:
            told = meta.get("annotations") or {}
            past = [*filter(None, told.get(_HISTORY, "").split(",")), *([str(former)] if former else [])]
            annotations = {**told, REVISION: str(highest + 1), _HISTORY: ",".join(past)}
            new = self._store.put({**new, "metadata": {**meta, "annotations": annotations}}, "ReplicaSet")
        revision = new["metadata"]["annotations"][REVISION]
        own = item["metadata"].get("annotations") or {}
        if own.get(REVISION) != revision:
            changed = {**item["metadata"], "annotations": {**own, REVISION: revision}}
            item = self._store.put({**item, "metadata": changed}, "Deployment")
        return item, new

    def _forget(self, item: Object, old: list[Object]) -> None:
        """Delete the oldest of those that hold nothing, beyond as many as are to be kept."""
        empty = [each for each in old if not each["spec"]["replicas"] and not self._maker.owned("pods", each)]
        kept = item["spec"].get("revisionHistoryLimit", 10)
        for each in sorted(empty, key=_revision)[: max(0, len(empty) - kept)]:
            self._store.delete("replicasets", each["metadata"]["namespace"], each["metadata"]["name"])

    def _ready(self, replicas: Object) -> int:
        return sum(is_ready(pod) and not leaves(pod) for pod in self._maker.owned("pods", replicas))


def _revision(replicas: Object) -> int:
    return int((replicas["metadata"].get("annotations") or {}).get(REVISION) or 0)
