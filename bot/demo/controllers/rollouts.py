"""Deployments: a template that changes in -> a new ReplicaSet that grows as far as the old ones may shrink, out.

https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment
"""

import copy
from collections.abc import Callable
from datetime import datetime, timedelta
from math import ceil, floor
from typing import Any

from bot.demo.cluster.store import Store
from bot.demo.controllers.making import TEMPLATE_HASH, Maker, is_ready, reference, template_hash


Object = dict[str, Any]
REVISION = "deployment.kubernetes.io/revision"
_TIME = "%Y-%m-%dT%H:%M:%SZ"


class Rollouts:
    """The Deployment controller.

    Args:
        now: the world's clock.
    """

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._maker = Maker(store, "deployment-controller", now)

    def step(self) -> None:
        """Bring every rollout a step further."""
        for item in self._store.every("deployments"):
            if item["spec"].get("paused"):
                continue
            self._roll(item)

    def _roll(self, item: Object) -> None:
        label = template_hash(item["spec"]["template"])
        sets = self._maker.owned("replicasets", item)
        new = next((each for each in sets if each["metadata"]["labels"].get(TEMPLATE_HASH) == label), None)
        old = [each for each in sets if each is not new and each["spec"].get("replicas")]
        if new is None:
            new = self._made(item, label, sets)
            if new is None:
                return
        self._scale(item, new, old)
        item = self._numbered(item, new, sets)
        self._tell(item, new, old)

    def _made(self, item: Object, label: str, sets: list[Object]) -> Object | None:
        meta = item["metadata"]
        template = copy.deepcopy(item["spec"]["template"])
        labels = {**(template["metadata"].get("labels") or {}), TEMPLATE_HASH: label}
        template["metadata"]["labels"] = labels
        revision = 1 + max((_revision(each) for each in sets), default=0)
        selector = {"matchLabels": {**item["spec"]["selector"].get("matchLabels", {}), TEMPLATE_HASH: label}}
        return self._maker.make(
            "ReplicaSet",
            meta["namespace"],
            {
                "metadata": {
                    "name": f"{meta['name']}-{label}",
                    "labels": labels,
                    "annotations": {REVISION: str(revision)},
                    "ownerReferences": [reference("Deployment", item)],
                },
                "spec": {"replicas": 0, "selector": selector, "template": template},
            },
        )

    def _scale(self, item: Object, new: Object, old: list[Object]) -> None:
        wanted = item["spec"].get("replicas", 1)
        surge, unavailable = _room(item["spec"], wanted)
        there = sum(each["spec"]["replicas"] for each in old)
        self._resize(item, new, min(wanted, max(0, wanted + surge - there)), "up")
        ready = self._ready(new)
        spare = ready + sum(map(self._ready, old)) - (wanted - unavailable)
        for each in old:
            unhealthy = each["spec"]["replicas"] - self._ready(each)
            removed = min(each["spec"]["replicas"], unhealthy + max(0, spare))
            spare -= max(0, removed - unhealthy)
            self._resize(item, each, each["spec"]["replicas"] - removed, "down")

    def _resize(self, item: Object, replicas: Object, wanted: int, way: str) -> None:
        meta = replicas["metadata"]
        now = self._store.find("replicasets", meta["namespace"], meta["name"])
        if (
            now is None
            or now["spec"].get("replicas") == wanted
            or (way == "up" and wanted < now["spec"]["replicas"])
        ):
            return
        before = now["spec"]["replicas"]
        said = f"Scaled {way} replica set {meta['name']} from {before} to {wanted}"
        self._maker.events.write("Deployment", item, "ScalingReplicaSet", said)
        generation = now["metadata"].get("generation", 1) + 1
        changed = {**now, "metadata": {**now["metadata"], "generation": generation}}
        self._store.put({**changed, "spec": {**now["spec"], "replicas": wanted}}, "ReplicaSet")

    def _numbered(self, item: Object, new: Object, sets: list[Object]) -> Object:
        """Give the ReplicaSet in charge the highest revision: a rollback renumbers the old one."""
        meta = new["metadata"]
        now = self._store.find("replicasets", meta["namespace"], meta["name"]) or new
        highest = max((_revision(each) for each in sets if each["metadata"]["uid"] != meta["uid"]), default=0)
        if _revision(now) <= highest:
            annotations = {**now["metadata"]["annotations"], REVISION: str(highest + 1)}
            now = self._store.put(
                {**now, "metadata": {**now["metadata"], "annotations": annotations}}, "ReplicaSet"
            )
        revision = now["metadata"]["annotations"][REVISION]
        own = item["metadata"].get("annotations") or {}
        if own.get(REVISION) == revision:
            return item
        changed = {**item["metadata"], "annotations": {**own, REVISION: revision}}
        return self._store.put({**item, "metadata": changed}, "Deployment")

    def _tell(self, item: Object, new: Object, old: list[Object]) -> None:
        wanted = item["spec"].get("replicas", 1)
        pods = [pod for each in (new, *old) for pod in self._maker.owned("pods", each)]
        fresh = self._maker.owned("pods", new)
        ready = sum(map(is_ready, pods))
        status: Object = {"observedGeneration": item["metadata"].get("generation", 1), "replicas": len(pods)}
        status |= {"updatedReplicas": len(fresh)} if fresh else {}
        status |= {"readyReplicas": ready, "availableReplicas": ready} if ready else {}
        status |= {"unavailableReplicas": max(0, wanted - ready)} if wanted > ready else {}
        _, unavailable = _room(item["spec"], wanted)
        done = sum(map(is_ready, fresh)) == wanted and not old
        before = {each["type"]: each for each in (item.get("status") or {}).get("conditions") or ()}
        status["conditions"] = [
            self._available(ready >= wanted - unavailable, before.get("Available")),
            self._progressing(item, new, done, before.get("Progressing")),
        ]
        self._maker.tell("Deployment", item, status)

    def _available(self, holds: bool, before: Object | None) -> Object:
        if holds:
            said = "Deployment has minimum availability."
            return self._condition("Available", True, "MinimumReplicasAvailable", said, before)
        said = "Deployment does not have minimum availability."
        return self._condition("Available", False, "MinimumReplicasUnavailable", said, before)

    def _progressing(self, item: Object, new: Object, done: bool, before: Object | None) -> Object:
        name = new["metadata"]["name"]
        if done:
            said = f'ReplicaSet "{name}" has successfully progressed.'
            return self._condition("Progressing", True, "NewReplicaSetAvailable", said, before)
        made = datetime.strptime(new["metadata"]["creationTimestamp"], _TIME).replace(
            tzinfo=self._now().tzinfo
        )
        patience = timedelta(seconds=item["spec"].get("progressDeadlineSeconds", 600))
        if self._now() > made + patience:
            said = f'ReplicaSet "{name}" has timed out progressing.'
            return self._condition("Progressing", False, "ProgressDeadlineExceeded", said, before)
        said = f'ReplicaSet "{name}" is progressing.'
        return self._condition("Progressing", True, "ReplicaSetUpdated", said, before)

    def _condition(self, kind: str, holds: bool, reason: str, message: str, before: Object | None) -> Object:
        state, now = str(holds), self._now().strftime(_TIME)
        told = {"type": kind, "status": state, "reason": reason, "message": message}
        if before is not None and all(before[name] == value for name, value in told.items()):
            return before
        since = before["lastTransitionTime"] if before and before["status"] == state else now
        return {**told, "lastUpdateTime": now, "lastTransitionTime": since}

    def _ready(self, replicas: Object) -> int:
        return sum(map(is_ready, self._maker.owned("pods", replicas)))


def _room(spec: Object, wanted: int) -> tuple[int, int]:
    """How many pods there may be too many, and too few."""
    strategy = spec.get("strategy") or {}
    if strategy.get("type") == "Recreate":
        return 0, wanted
    rolling = strategy.get("rollingUpdate") or {}
    surge = _share(rolling.get("maxSurge", "25%"), wanted, ceil)
    unavailable = _share(rolling.get("maxUnavailable", "25%"), wanted, floor)
    return surge, unavailable or (0 if surge else 1)


def _share(told: int | str, wanted: int, rounded: Callable[[float], int]) -> int:
    return told if isinstance(told, int) else rounded(int(told.rstrip("%")) / 100 * wanted)


def _revision(replicas: Object) -> int:
    return int((replicas["metadata"].get("annotations") or {}).get(REVISION) or 0)
