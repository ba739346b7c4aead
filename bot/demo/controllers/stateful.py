"""StatefulSets: a template and a number in -> pods in order, one waiting for the other, out.

A pod that does not get ready holds up all that comes after it, a rollout that would mend it, too, until somebody deletes it:
https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from bot.demo.cluster.store import Store
from bot.demo.controllers import revisions
from bot.demo.controllers.making import Maker, is_ready, leaves


Object = dict[str, Any]
_LABEL = "controller-revision-hash"


class Stateful:
    """The StatefulSet controller.

    Args:
        now: the world's clock.
    """

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._maker = Maker(store, "statefulset-controller", now)

    def step(self) -> None:
        """Bring every StatefulSet a step further."""
        for item in self._store.every("statefulsets"):
            revision = revisions.in_force(self._maker, "StatefulSet", item)["metadata"]["name"]
            pods = {pod["metadata"]["name"]: pod for pod in self._maker.owned("pods", item)}
            if self._filled(item, pods, revision):
                self._updated(item, pods, revision)
            now = self._maker.owned("pods", item)
            self._maker.tell("StatefulSet", item, _counts(item, now, revision))

    def _filled(self, item: Object, pods: dict[str, Object], revision: str) -> bool:
        """Make what is missing and take what is too many; whether nothing holds up a rollout."""
        name, wanted = item["metadata"]["name"], item["spec"].get("replicas", 1)
        in_order = item["spec"].get("podManagementPolicy") != "Parallel"
        for number in range(wanted):
            ordinal = f"{name}-{number}"
            pod = pods.get(ordinal)
            if pod is None:
                labels = {
                    "apps.kubernetes.io/pod-index": str(number),
                    "statefulset.kubernetes.io/pod-name": ordinal,
                    _LABEL: revision,
                }
                self._maker.pod_of("StatefulSet", item, ordinal, labels)
            if in_order and (pod is None or leaves(pod) or not is_ready(pod)):
                return False
        surplus = [pod for pod in pods.values() if _ordinal(pod) >= wanted and not leaves(pod)]
        for pod in sorted(surplus, key=_ordinal, reverse=True)[: 1 if in_order else None]:
            self._maker.take("StatefulSet", item, pod)
        return not surplus

    def _updated(self, item: Object, pods: dict[str, Object], revision: str) -> None:
        """Replace the last pod of an older revision; the next when that one serves."""
        strategy = item["spec"].get("updateStrategy") or {}
        if strategy.get("type") == "OnDelete":
            return
        first = (strategy.get("rollingUpdate") or {}).get("partition") or 0
        for pod in sorted(pods.values(), key=_ordinal, reverse=True):
            if _ordinal(pod) < first:
                return
            if pod["metadata"]["labels"].get(_LABEL) != revision and not leaves(pod):
                self._maker.take("StatefulSet", item, pod)
                return
            if leaves(pod) or not is_ready(pod):
                return


def _ordinal(pod: Object) -> int:
    return int(str(pod["metadata"]["name"]).rpartition("-")[2])


def _counts(item: Object, pods: list[Object], revision: str) -> Object:
    ready = sum(map(is_ready, pods))
    updated = sum(pod["metadata"]["labels"].get(_LABEL) == revision for pod in pods)
    status: Object = {
        "observedGeneration": item["metadata"].get("generation", 1),
        "replicas": len(pods),
        "collisionCount": 0,
        "availableReplicas": ready,
    }
    status |= {"readyReplicas": ready} if ready else {}
    before = (item.get("status") or {}).get("currentRevision") or revision
    whole = updated == len(pods) == ready and ready == item["spec"].get("replicas", 1)
    current = revision if whole else before
    status |= {"updateRevision": revision, "currentRevision": current}
    of_current = sum(pod["metadata"]["labels"].get(_LABEL) == current for pod in pods)
    status |= {"currentReplicas": of_current} if of_current else {}
    return {**status, "updatedReplicas": updated} if updated else status
