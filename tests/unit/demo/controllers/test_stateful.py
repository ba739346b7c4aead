"""StatefulSets: order, and what a pod that never gets ready does to it."""

from datetime import UTC, datetime
from typing import Any

from bot.demo.cluster.store import Store
from bot.demo.controllers.stateful import Stateful


NOW = datetime(2026, 11, 22, tzinfo=UTC)


class Fleet:
    """A StatefulSet, its controller, and pods that serve unless their image is bad."""

    def __init__(self, image: str = "i:1", **spec: Any) -> None:
        self.store = Store(
            [
                {"kind": "Namespace", "metadata": {"name": "a"}},
                {"kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "a"}},
                {
                    "kind": "StatefulSet",
                    "metadata": {"name": "o", "namespace": "a"},
                    "spec": {"replicas": 2, **spec, "template": _template(image)},
                },
            ]
        )
        self._controller = Stateful(self.store, lambda: NOW)

    def sail(self, steps: int = 8) -> None:
        """Let it work; pods that are told to go are gone."""
        for _ in range(steps):
            self._controller.step()
            for pod in self.store.every("pods"):
                good = "bad" not in pod["spec"]["containers"][0]["image"]
                told = {"conditions": [{"type": "Ready", "status": str(good)}]}
                self.store.put({**pod, "status": told}, "Pod")

    def change(self, **spec: Any) -> None:
        """Another spec."""
        item = self.store.get("statefulsets", "a", "o")
        self.store.put({**item, "spec": {**item["spec"], **spec}})

    @property
    def images(self) -> dict[str, str]:
        """Pod -> its image."""
        pods = self.store.every("pods")
        return {pod["metadata"]["name"]: pod["spec"]["containers"][0]["image"] for pod in pods}

    @property
    def revisions(self) -> dict[str, int]:
        """Image -> number."""
        return {
            each["data"]["spec"]["template"]["spec"]["containers"][0]["image"]: each["revision"]
            for each in self.store.every("controllerrevisions")
        }


def _template(image: str) -> dict[str, Any]:
    return {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [{"name": "c", "image": image}]}}


def test_ordinals_come_one_by_one() -> None:
    """The next when the one before serves."""
    fleet = Fleet()
    fleet.sail(1)
    assert fleet.images == {"o-0": "i:1"}
    fleet.sail(1)
    assert fleet.images == {"o-0": "i:1", "o-1": "i:1"}


def test_an_update_begins_with_the_last() -> None:
    """And goes on once that one serves."""
    fleet = Fleet()
    fleet.sail()
    fleet.change(template=_template("i:2"))
    fleet.sail(2)
    assert fleet.images == {"o-0": "i:1", "o-1": "i:2"}
    fleet.sail()
    assert set(fleet.images.values()) == {"i:2"}
    status = fleet.store.get("statefulsets", "a", "o")["status"]
    assert status["currentRevision"] == status["updateRevision"]


def test_a_stuck_rollout_waits_for_a_hand() -> None:
    """A roll-back alone mends nothing: the broken pod is to be deleted, and the new one is of the template of now."""
    fleet = Fleet()
    fleet.sail()
    fleet.change(template=_template("i:bad"))
    fleet.sail()
    assert fleet.images == {"o-0": "i:1", "o-1": "i:bad"}
    fleet.change(template=_template("i:1"))
    fleet.sail()
    assert fleet.images == {"o-0": "i:1", "o-1": "i:bad"}
    fleet.store.delete("pods", "a", "o-1")
    fleet.sail()
    assert fleet.images == {"o-0": "i:1", "o-1": "i:1"}
    assert fleet.revisions == {"i:bad": 2, "i:1": 3}


def test_a_parallel_one_mends_itself() -> None:
    """Nobody waits for anybody there."""
    fleet = Fleet("i:bad", podManagementPolicy="Parallel")
    fleet.sail()
    fleet.change(template=_template("i:2"))
    fleet.sail()
    assert set(fleet.images.values()) == {"i:2"}


def test_an_update_may_be_held_back() -> None:
    """Below a partition, and wholly where pods are only changed by hand."""
    fleet = Fleet(updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 1}})
    fleet.sail()
    fleet.change(template=_template("i:2"))
    fleet.sail()
    assert fleet.images == {"o-0": "i:1", "o-1": "i:2"}
    by_hand = Fleet(updateStrategy={"type": "OnDelete"})
    by_hand.sail()
    by_hand.change(template=_template("i:2"))
    by_hand.sail()
    assert set(by_hand.images.values()) == {"i:1"}


def test_the_last_go_first() -> None:
    """When there are to be fewer."""
    fleet = Fleet()
    fleet.sail()
    fleet.change(replicas=1)
    fleet.sail()
    assert list(fleet.images) == ["o-0"]
