"""The scheduler and those who tidy up: pods without a node in -> pods with one, orphans taken away, out."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

from bot.demo.cluster.kinds import RESOURCES
from bot.demo.cluster.store import Store
from bot.demo.controllers.making import controller, leaves
from bot.demo.controllers.suiting import suits
from bot.demo.nodes.events import Recorder


Object = dict[str, Any]
_MICRO = "%Y-%m-%dT%H:%M:%S.%fZ"
_SCHEDULER = "default-scheduler"
# https://kubernetes.io/docs/reference/labels-annotations-taints/#node-kubernetes-io-unschedulable
_UNSCHEDULABLE = "node.kubernetes.io/unschedulable"


class Scheduling:
    """Scheduler, garbage collector and the maker of default ServiceAccounts.

    Args:
        now: the world's clock.
    """

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._events = Recorder(store, _SCHEDULER, "", now)

    def step(self) -> None:
        """Look at everything once."""
        self._accounts()
        self._cordons()
        self._orphans()
        load = Counter(pod["spec"].get("nodeName", "") for pod in self._store.every("pods"))
        waiting = [pod for pod in self._store.every("pods") if not pod["spec"].get("nodeName")]
        for pod in sorted(waiting, key=lambda each: str(each["metadata"]["name"])):
            if leaves(pod):
                continue
            fitting = [node for node in self._store.every("nodes") if suits(node, pod["spec"])]
            nodes = [node for node in fitting if not node["spec"].get("unschedulable")]
            if not nodes:
                self._leave(pod, len(fitting))
                continue
            best = min(nodes, key=lambda node: (load[node["metadata"]["name"]], node["metadata"]["name"]))
            load[best["metadata"]["name"]] += 1
            self._bind(pod, best["metadata"]["name"])

    def _leave(self, pod: Object, cordoned: int) -> None:
        """Say of a pod that it stands nowhere, and why."""
        number = sum(1 for _ in self._store.every("nodes"))
        why = [f"{cordoned} node(s) were unschedulable"] if cordoned else []
        if number > cordoned:
            why.append(f"{number - cordoned} node(s) didn't match Pod's node affinity/selector")
        helpless = f"0/{number} nodes are available: {number} Preemption is not helpful for scheduling."
        said = f"0/{number} nodes are available: {', '.join(why)}. preemption: {helpless}"
        told: Object = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": said}
        before = (pod.get("status") or {}).get("conditions") or ()
        if any(all(each.get(key) == value for key, value in told.items()) for each in before):
            return
        self._events.write("Pod", pod, "FailedScheduling", said, warns=True)
        now = self._now().strftime("%Y-%m-%dT%H:%M:%SZ")
        told |= {"lastProbeTime": None, "lastTransitionTime": now}
        self._store.put({**pod, "status": {**(pod.get("status") or {}), "conditions": [told]}}, "Pod")

    def _bind(self, pod: Object, node: str) -> None:
        meta = pod["metadata"]
        self._store.put({**pod, "spec": {**pod["spec"], "nodeName": node}}, "Pod")
        now = self._now()
        self._store.put(
            {
                "kind": "Event",
                "metadata": {
                    "name": f"{meta['name']}.{int(now.timestamp() * 1e6):x}",
                    "namespace": meta["namespace"],
                    "creationTimestamp": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
                },
                "involvedObject": {
                    "kind": "Pod",
                    "namespace": meta["namespace"],
                    "name": meta["name"],
                    "uid": meta["uid"],
                    "apiVersion": "v1",
                    "resourceVersion": meta["resourceVersion"],
                },
                "reason": "Scheduled",
                "message": f"Successfully assigned {meta['namespace']}/{meta['name']} to {node}",
                "source": {},
                "firstTimestamp": None,
                "lastTimestamp": None,
                "type": "Normal",
                "eventTime": now.strftime(_MICRO),
                "action": "Binding",
                "reportingComponent": _SCHEDULER,
                "reportingInstance": _SCHEDULER,
            }
        )

    def _orphans(self) -> None:
        alive = {item["metadata"]["uid"] for plural in RESOURCES for item in self._store.every(plural)}
        for plural in ("replicasets", "jobs", "controllerrevisions", "pods"):
            for item in self._store.every(plural):
                owner = controller(item)
                if owner and owner not in alive:
                    meta = item["metadata"]
                    self._store.delete(plural, meta["namespace"], meta["name"])
                    alive.discard(meta["uid"])

    def _cordons(self) -> None:
        """A cordoned node gets a taint a moment later, and loses it likewise."""
        for node in self._store.every("nodes"):
            spec = node.get("spec") or {}
            others = [each for each in spec.get("taints") or () if each["key"] != _UNSCHEDULABLE]
            is_marked = len(others) < len(spec.get("taints") or ())
            if bool(spec.get("unschedulable")) is is_marked:
                continue
            now = self._now().strftime("%Y-%m-%dT%H:%M:%SZ")
            mark = {"key": _UNSCHEDULABLE, "effect": "NoSchedule", "timeAdded": now}
            taints = others if is_marked else [*others, mark]
            rest = {name: value for name, value in spec.items() if name != "taints"}
            self._store.put({**node, "spec": {**rest, **({"taints": taints} if taints else {})}}, "Node")

    def _accounts(self) -> None:
        for namespace in self._store.every("namespaces"):
            name = namespace["metadata"]["name"]
            if self._store.find("serviceaccounts", name, "default") is None:
                now = self._now().strftime("%Y-%m-%dT%H:%M:%SZ")
                meta = {"name": "default", "namespace": name, "creationTimestamp": now}
                self._store.put({"kind": "ServiceAccount", "metadata": meta})
