"""ReplicaSets, and a look at everything that owns pods itself: what is wished for in -> pods made and taken away out."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from bot.demo.cluster.store import Store
from bot.demo.controllers.daemons import Daemons
from bot.demo.controllers.jobs import Jobs
from bot.demo.controllers.making import Maker, drawn, is_ready, leaves
from bot.demo.controllers.stateful import Stateful


Object = dict[str, Any]


class Workloads:
    """The controllers of everything that owns pods itself.

    Args:
        now: the world's clock.
    """

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._maker = Maker(store, "replicaset-controller", now)
        self._jobs = Jobs(store, now)
        self._stateful = Stateful(store, now)
        self._daemons = Daemons(store, now)

    def step(self) -> None:
        """Bring everything a step nearer to what is wished for."""
        self._jobs.step()
        for item in self._store.every("replicasets"):
            self._replicas(item)
        self._stateful.step()
        self._daemons.step()

    def _replicas(self, item: Object) -> None:
        owned = self._maker.owned("pods", item)
        pods = [pod for pod in owned if not leaves(pod)]
        wanted, refused = item["spec"].get("replicas", 1), ""
        for _ in range(wanted - len(pods)):
            refused = refused or self._maker.pod_of("ReplicaSet", item, drawn(item["metadata"]["name"]))
        # Those that do not serve go first, and of those the youngest.
        pods.reverse()
        for pod in sorted(pods, key=is_ready)[: max(0, len(pods) - wanted)]:
            self._maker.take("ReplicaSet", item, pod)
        ready = sum(map(is_ready, pods))
        status: Object = {"replicas": len(pods)}
        status |= {"fullyLabeledReplicas": len(pods)} if pods else {}
        status |= {"readyReplicas": ready, "availableReplicas": ready} if ready else {}
        status |= {"terminatingReplicas": len(owned) - len(pods)}
        status |= {"observedGeneration": item["metadata"].get("generation", 1)}
        if failures := self._maker.failed(item, refused):
            status["conditions"] = failures
        self._maker.tell("ReplicaSet", item, status)
