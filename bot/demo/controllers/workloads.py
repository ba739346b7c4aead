"""ReplicaSets, StatefulSets, DaemonSets, Jobs and CronJobs: what is wished for in -> pods made and taken away out."""

import copy
from collections.abc import Callable
from datetime import datetime
from typing import Any

from bot.demo.cluster.store import Store
from bot.demo.controllers.making import Maker, drawn, is_ready, leaves, reference, template_hash


Object = dict[str, Any]
_TIME = "%Y-%m-%dT%H:%M:%SZ"


class Workloads:
    """The controllers of everything that owns pods itself.

    Args:
        now: the world's clock.
    """

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._sets = Maker(store, "replicaset-controller", now)
        self._stateful = Maker(store, "statefulset-controller", now)
        self._daemons = Maker(store, "daemonset-controller", now)
        self._jobs = Maker(store, "job-controller", now)
        self._crons = Maker(store, "cronjob-controller", now)

    def step(self) -> None:
        """Bring everything a step nearer to what is wished for."""
        for item in self._store.every("cronjobs"):
            self._cron(item)
        for item in self._store.every("jobs"):
            self._job(item)
        for item in self._store.every("replicasets"):
            self._replicas(item)
        for item in self._store.every("statefulsets"):
            self._ordinals(item)
        for item in self._store.every("daemonsets"):
            self._one_a_node(item)

    def _replicas(self, item: Object) -> None:
        pods = [pod for pod in self._sets.owned("pods", item) if not leaves(pod)]
        wanted = item["spec"].get("replicas", 1)
        for _ in range(wanted - len(pods)):
            self._sets.pod_of("ReplicaSet", item, drawn(item["metadata"]["name"]))
        # Those that do not serve go first, and of those the youngest.
        pods.reverse()
        for pod in sorted(pods, key=is_ready)[: max(0, len(pods) - wanted)]:
            self._taken("ReplicaSet", self._sets, item, pod)
        ready = sum(map(is_ready, pods))
        status = {"replicas": len(pods), "observedGeneration": item["metadata"].get("generation", 1)}
        status |= {"readyReplicas": ready, "availableReplicas": ready} if ready else {}
        self._sets.tell("ReplicaSet", item, status)

    def _ordinals(self, item: Object) -> None:
        name, wanted = item["metadata"]["name"], item["spec"].get("replicas", 1)
        revision = f"{name}-{template_hash(item['spec']['template'])}"
        pods = {pod["metadata"]["name"]: pod for pod in self._stateful.owned("pods", item)}
        label = "controller-revision-hash"
        for number in range(wanted):
            pod = pods.get(f"{name}-{number}")
            if pod is None:
                ordinal = {"statefulset.kubernetes.io/pod-name": f"{name}-{number}", label: revision}
                self._stateful.pod_of("StatefulSet", item, f"{name}-{number}", ordinal)
                break
            if not is_ready(pod):
                break
        # An update goes from the last to the first, and waits for each.
        for number in reversed(range(wanted)):
            pod = pods.get(f"{name}-{number}")
            if pod is not None and pod["metadata"]["labels"].get(label) != revision and not leaves(pod):
                self._taken("StatefulSet", self._stateful, item, pod)
                break
            if pod is None or not is_ready(pod):
                break
        self._stateful.tell("StatefulSet", item, _counts(item, list(pods.values()), revision))

    def _one_a_node(self, item: Object) -> None:
        pods = [pod for pod in self._daemons.owned("pods", item) if not leaves(pod)]
        taken = {pod["spec"].get("nodeName") for pod in pods}
        nodes = [node["metadata"]["name"] for node in self._store.every("nodes")]
        revision = template_hash(item["spec"]["template"])
        for node in sorted(nodes):
            if node not in taken:
                on_node = copy.deepcopy(item)
                on_node["spec"]["template"]["spec"]["nodeName"] = node
                labels = {"controller-revision-hash": revision}
                self._daemons.pod_of("DaemonSet", on_node, drawn(item["metadata"]["name"]), labels)
        old = [pod for pod in pods if pod["metadata"]["labels"].get("controller-revision-hash") != revision]
        for pod in old[:1]:
            self._taken("DaemonSet", self._daemons, item, pod)
        ready = sum(map(is_ready, pods))
        status = {
            "currentNumberScheduled": len(pods),
            "numberMisscheduled": 0,
            "desiredNumberScheduled": len(nodes),
            "numberReady": ready,
            "observedGeneration": item["metadata"].get("generation", 1),
            "updatedNumberScheduled": len(pods) - len(old),
        }
        self._daemons.tell("DaemonSet", item, status)

    def _job(self, item: Object) -> None:
        pods = self._jobs.owned("pods", item)
        if not pods and not item["spec"].get("suspend"):
            self._jobs.pod_of("Job", item, drawn(item["metadata"]["name"]))
        started = (item.get("status") or {}).get("startTime") or self._now().strftime(_TIME)
        ready = sum(map(is_ready, pods))
        status: Object = {"startTime": started, "active": 1, "ready": ready, "uncountedTerminatedPods": {}}
        self._jobs.tell("Job", item, status)

    def _cron(self, item: Object) -> None:
        """One Job, made when the world begins: schedules are not kept."""
        if self._crons.owned("jobs", item) or item["spec"].get("suspend"):
            return
        meta, now = item["metadata"], self._now()
        name = f"{meta['name']}-{int(now.timestamp()) // 60}"
        owner = [reference("CronJob", item)]
        job = {
            "metadata": {"name": name, "ownerReferences": owner},
            "spec": item["spec"]["jobTemplate"]["spec"],
        }
        made = self._crons.make("Job", meta["namespace"], job)
        if made is not None:
            self._crons.events.write("CronJob", item, "SuccessfulCreate", f"Created job {name}")
            self._crons.tell("CronJob", item, {"lastScheduleTime": now.strftime(_TIME)})

    def _taken(self, kind: str, maker: Maker, owner: Object, pod: Object) -> None:
        meta = pod["metadata"]
        self._store.delete("pods", meta["namespace"], meta["name"])
        maker.events.write(kind, owner, "SuccessfulDelete", f"Deleted pod: {meta['name']}")


def _counts(item: Object, pods: list[Object], revision: str) -> Object:
    ready = sum(map(is_ready, pods))
    updated = sum(pod["metadata"]["labels"].get("controller-revision-hash") == revision for pod in pods)
    status: Object = {
        "observedGeneration": item["metadata"].get("generation", 1),
        "replicas": len(pods),
        "collisionCount": 0,
    }
    status |= {"readyReplicas": ready, "availableReplicas": ready} if ready else {"availableReplicas": 0}
    before = (item.get("status") or {}).get("currentRevision") or revision
    current = revision if updated == len(pods) else before
    status |= {"updateRevision": revision, "currentRevision": current}
    return {**status, "updatedReplicas": updated} if updated else status
