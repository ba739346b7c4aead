"""DaemonSets: one pod a node, and how they are replaced."""

from datetime import UTC, datetime
from typing import Any

from bot.demo.cluster.store import Store
from bot.demo.controllers.daemons import Daemons


NOW = datetime(2026, 11, 22, tzinfo=UTC)


def _template(image: str, **spec: Any) -> dict[str, Any]:
    told = {"containers": [{"name": "c", "image": image}], **spec}
    return {"metadata": {"labels": {"app": "x"}}, "spec": told}


class Guard:
    """A DaemonSet on three nodes, and pods that serve unless their image is bad."""

    def __init__(self, image: str = "i:1", **spec: Any) -> None:
        nodes = [
            {"kind": "Node", "metadata": {"name": name, "labels": {"arch": arch}}, "spec": {}}
            for name, arch in (("n-1", "amd64"), ("n-2", "amd64"), ("n-3", "arm64"))
        ]
        owner = {"kind": "DaemonSet", "metadata": {"name": "o", "namespace": "a"}}
        self.store = Store(
            [
                {"kind": "Namespace", "metadata": {"name": "a"}},
                {"kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "a"}},
                *nodes,
                {**owner, "spec": {"template": _template(image), **spec}},
            ]
        )
        self._controller = Daemons(self.store, lambda: NOW)

    def watch(self, steps: int = 1) -> None:
        """Let it work; pods that are told to go are gone after that."""
        for _ in range(steps):
            self._controller.step()
            for pod in self.store.every("pods"):
                meta = pod["metadata"]
                if meta.get("deletionTimestamp"):
                    self.store.delete("pods", "a", meta["name"])
                    continue
                good = "bad" not in pod["spec"]["containers"][0]["image"]
                told = {"conditions": [{"type": "Ready", "status": str(good)}]}
                self.store.put({**pod, "status": told}, "Pod")

    def change(self, template: dict[str, Any]) -> None:
        """Another template."""
        item = self.store.get("daemonsets", "a", "o")
        self.store.put({**item, "spec": {**item["spec"], "template": template}})

    @property
    def images(self) -> dict[str, str]:
        """Node -> the image there."""
        pods = self.store.every("pods")
        return {pod["spec"]["nodeName"]: pod["spec"]["containers"][0]["image"] for pod in pods}


def test_every_node_has_one() -> None:
    """And no more when looked at again."""
    guard = Guard()
    guard.watch(2)
    assert set(guard.images) == {"n-1", "n-2", "n-3"}
    assert len(list(guard.store.every("pods"))) == 3
    assert guard.store.get("daemonsets", "a", "o")["status"]["numberReady"] == 3


def test_one_goes_after_the_other() -> None:
    """The next when the one before serves again; a bad image takes one node and no more."""
    guard = Guard()
    guard.watch(2)
    guard.change(_template("i:bad"))
    guard.watch(6)
    assert sorted(guard.images.values()) == ["i:1", "i:1", "i:bad"]
    guard.change(_template("i:1"))
    guard.watch(6)
    assert sorted(guard.images.values()) == ["i:1"] * 3
    numbers = {
        each["data"]["spec"]["template"]["spec"]["containers"][0]["image"]: each["revision"]
        for each in guard.store.every("controllerrevisions")
    }
    assert numbers == {"i:bad": 2, "i:1": 3}


def test_what_does_not_serve_is_replaced_at_once() -> None:
    """However many they are."""
    guard = Guard("i:bad")
    guard.watch(2)
    guard.change(_template("i:2"))
    guard.watch(2)
    assert set(guard.images.values()) == {"i:2"}
    assert len(guard.images) == 3


def test_pods_may_be_changed_by_hand_only() -> None:
    """Where the strategy says so."""
    guard = Guard(updateStrategy={"type": "OnDelete"})
    guard.watch(2)
    guard.change(_template("i:2"))
    guard.watch(3)
    assert set(guard.images.values()) == {"i:1"}


def test_pods_leave_nodes_that_do_not_suit() -> None:
    """When the template asks for others by now."""
    guard = Guard()
    guard.watch(2)
    guard.change(_template("i:1", nodeSelector={"arch": "amd64"}))
    guard.watch(4)
    assert set(guard.images) == {"n-1", "n-2"}
