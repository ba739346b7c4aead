"""Rollouts: a change of the template, and what becomes of the old pods."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.demo.cluster.store import Store
from bot.demo.controllers.rollouts import REVISION, Rollouts
from bot.demo.controllers.workloads import Workloads


class Ship:
    """A Deployment of four, its controllers, and pods that serve unless their image is bad."""

    def __init__(self, **strategy: Any) -> None:
        self.now = datetime(2026, 11, 22, tzinfo=UTC)
        labels = {"app": "x"}
        template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "i:1"}]}}
        spec = {"replicas": 4, "selector": {"matchLabels": labels}, "template": template}
        if strategy:
            spec["strategy"] = strategy
        self.store = Store(
            [
                {"kind": "Namespace", "metadata": {"name": "a"}},
                {"kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "a"}},
                {"kind": "Deployment", "metadata": {"name": "d", "namespace": "a"}, "spec": spec},
            ]
        )
        self._rollouts = Rollouts(self.store, lambda: self.now)
        self._workloads = Workloads(self.store, lambda: self.now)

    def sail(self, steps: int = 12) -> None:
        """Let the controllers work."""
        for _ in range(steps):
            self._rollouts.step()
            self._workloads.step()
            for pod in self.store.every("pods"):
                good = "bad" not in pod["spec"]["containers"][0]["image"]
                conditions = [{"type": "Ready", "status": str(good)}]
                if (pod.get("status") or {}).get("conditions") != conditions:
                    self.store.put({**pod, "status": {"conditions": conditions}}, "Pod")

    def change(self, image: str) -> None:
        """Another image."""
        item = self.store.get("deployments", "a", "d")
        template = {**item["spec"]["template"], "spec": {"containers": [{"name": "c", "image": image}]}}
        self.store.put({**item, "spec": {**item["spec"], "template": template}})

    @property
    def images(self) -> list[str]:
        """Of its pods."""
        return sorted(pod["spec"]["containers"][0]["image"] for pod in self.store.every("pods"))

    @property
    def conditions(self) -> dict[str, str]:
        """Type -> reason."""
        told = self.store.get("deployments", "a", "d")["status"]["conditions"]
        return {each["type"]: each["reason"] for each in told}


def test_a_good_change_replaces_every_pod() -> None:
    """And the rollout is done."""
    ship = Ship()
    ship.sail()
    ship.change("i:2")
    ship.sail()
    assert ship.images == ["i:2"] * 4
    assert ship.conditions == {
        "Available": "MinimumReplicasAvailable",
        "Progressing": "NewReplicaSetAvailable",
    }


def test_a_bad_change_gets_stuck_and_harms_little() -> None:
    """A quarter may be missing; after ten minutes the rollout has failed."""
    ship = Ship()
    ship.sail()
    ship.change("i:bad")
    ship.sail()
    assert ship.images == ["i:1"] * 3 + ["i:bad"] * 2
    assert ship.conditions["Progressing"] == "ReplicaSetUpdated"
    ship.now += timedelta(minutes=11)
    ship.sail(1)
    assert ship.conditions["Progressing"] == "ProgressDeadlineExceeded"


def test_a_rollback_renumbers_the_old_set() -> None:
    """Revision 1 becomes 3."""
    ship = Ship()
    ship.sail()
    ship.change("i:bad")
    ship.sail()
    ship.change("i:1")
    ship.sail()
    assert ship.images == ["i:1"] * 4
    revisions = {
        each["spec"]["template"]["spec"]["containers"][0]["image"]: each["metadata"]["annotations"][REVISION]
        for each in ship.store.every("replicasets")
    }
    assert revisions == {"i:1": "3", "i:bad": "2"}
    assert ship.store.get("deployments", "a", "d")["metadata"]["annotations"][REVISION] == "3"


@pytest.mark.parametrize(
    "strategy", [{"type": "Recreate"}, {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0}}]
)
def test_strategies_end_the_same(strategy: dict[str, Any]) -> None:
    """With the new image everywhere."""
    ship = Ship(**strategy)
    ship.sail()
    ship.change("i:2")
    ship.sail(20)
    assert ship.images == ["i:2"] * 4


def test_a_paused_one_stands_still() -> None:
    """Until it is let go."""
    ship = Ship()
    ship.sail()
    item = ship.store.get("deployments", "a", "d")
    ship.store.put({**item, "spec": {**item["spec"], "paused": True}})
    ship.change("i:2")
    ship.sail()
    assert ship.images == ["i:1"] * 4
