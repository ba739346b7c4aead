"""DaemonSets: a template and the nodes that suit it in -> one pod a node, replaced as far as they may be missing, out."""

import copy
from collections.abc import Callable
from datetime import datetime
from math import ceil
from typing import Any

from bot.demo.cluster.store import Store
from bot.demo.controllers import revisions
from bot.demo.controllers.making import Maker, drawn, is_ready, leaves
from bot.demo.controllers.sizes import share
from bot.demo.controllers.suiting import suits


Object = dict[str, Any]
_LABEL = "controller-revision-hash"


class Daemons:
    """The DaemonSet controller; its pods stand on cordoned nodes, too.

    Args:
        now: the world's clock.
    """

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._maker = Maker(store, "daemonset-controller", now)

    def step(self) -> None:
        """Bring every DaemonSet a step further."""
        for item in self._store.every("daemonsets"):
            made = revisions.in_force(self._maker, "DaemonSet", item)
            self._placed(item, made["metadata"]["labels"][_LABEL])

    def _placed(self, item: Object, revision: str) -> None:
        owned = self._maker.owned("pods", item)
        template = item["spec"]["template"]["spec"]
        wanted = {each["metadata"]["name"] for each in self._store.every("nodes") if suits(each, template)}
        taken = {pod["spec"].get("nodeName") for pod in owned}
        for node in sorted(wanted - taken):
            on_node = copy.deepcopy(item)
            on_node["spec"]["template"]["spec"]["nodeName"] = node
            name = drawn(item["metadata"]["name"])
            self._maker.pod_of("DaemonSet", on_node, name, {_LABEL: revision})
        pods = [pod for pod in owned if not leaves(pod)]
        here = [pod for pod in pods if pod["spec"].get("nodeName") in wanted]
        for pod in pods:
            if pod not in here:
                self._maker.take("DaemonSet", item, pod)
        old = [pod for pod in here if pod["metadata"]["labels"].get(_LABEL) != revision]
        self._replaced(item, old, (len(wanted), sum(map(is_ready, here))))
        self._told(item, wanted, here, len(here) - len(old))

    def _replaced(self, item: Object, old: list[Object], counted: tuple[int, int]) -> None:
        """Take old pods away: those that do not serve at once, of the others as many as may be missing."""
        strategy = item["spec"].get("updateStrategy") or {}
        if strategy.get("type") == "OnDelete":
            return
        told = (strategy.get("rollingUpdate") or {}).get("maxUnavailable", 1)
        wanted, ready = counted
        may = share(told, wanted, ceil)
        serving = [pod for pod in old if is_ready(pod)]
        spare = max(0, may - (wanted - ready))
        for pod in (*(each for each in old if not is_ready(each)), *serving[:spare]):
            self._maker.take("DaemonSet", item, pod)

    def _told(self, item: Object, wanted: set[str], pods: list[Object], updated: int) -> None:
        ready = sum(map(is_ready, pods))
        status: Object = {
            "currentNumberScheduled": len(pods),
            "numberMisscheduled": 0,
            "desiredNumberScheduled": len(wanted),
            "numberReady": ready,
            "observedGeneration": item["metadata"].get("generation", 1),
        }
        status |= {"updatedNumberScheduled": updated} if updated else {}
        status |= {"numberAvailable": ready} if ready else {}
        status |= {"numberUnavailable": len(wanted) - ready} if ready < len(wanted) else {}
        self._maker.tell("DaemonSet", item, status)
