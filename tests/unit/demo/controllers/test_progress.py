"""What a Deployment says of its rollout: how conditions come, change and go."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.demo.cluster.store import Store
from bot.demo.controllers.making import Maker
from bot.demo.controllers.progress import Progress


class Desk:
    """A Deployment of one, its ReplicaSet and its pod, and the clock."""

    def __init__(self, **spec: Any) -> None:
        self.now = datetime(2026, 11, 22, 8, tzinfo=UTC)
        self.store = Store()
        self.item = self.store.put(
            {
                "kind": "Deployment",
                "metadata": {"namespace": "a", "name": "d"},
                "spec": {"replicas": 1, **spec},
            }
        )
        owned = {"ownerReferences": [{"uid": self.item["metadata"]["uid"], "controller": True}]}
        meta = {"namespace": "a", "name": "d-1", **owned}
        self.set = self.store.put({"kind": "ReplicaSet", "metadata": meta, "spec": {"replicas": 1}})
        self._progress = Progress(Maker(self.store, "deployment-controller", lambda: self.now))

    def pod(self, ready: bool) -> None:
        """Its pod, serving or not."""
        owned = {"ownerReferences": [{"uid": self.set["metadata"]["uid"], "controller": True}]}
        told = {"conditions": [{"type": "Ready", "status": str(ready)}]}
        meta = {"namespace": "a", "name": "d-1-x", **owned}
        self.store.put({"kind": "Pod", "metadata": meta, "spec": {}, "status": told})

    def told(self, *, made: bool = False) -> dict[str, tuple[str, str]]:
        """Type -> status and reason, after a look."""
        item = self.store.get("deployments", "a", "d")
        sets = list(self.store.every("replicasets"))
        self._progress.tell(item, sets[0], sets, made=made)
        conditions = self.store.get("deployments", "a", "d")["status"]["conditions"]
        return {each["type"]: (each["status"], each["reason"]) for each in conditions}


def test_a_rollout_is_made_and_done() -> None:
    """With words for each."""
    desk = Desk()
    assert desk.told(made=True)["Progressing"] == ("True", "NewReplicaSetCreated")
    desk.pod(ready=False)
    assert desk.told()["Progressing"] == ("True", "ReplicaSetUpdated")
    desk.pod(ready=True)
    assert desk.told() == {
        "Available": ("True", "MinimumReplicasAvailable"),
        "Progressing": ("True", "NewReplicaSetAvailable"),
    }


def test_a_rollout_is_late_from_its_last_step_on() -> None:
    """And is well again when it gets further."""
    desk = Desk(progressDeadlineSeconds=20)
    desk.told(made=True)
    desk.now += timedelta(seconds=15)
    desk.pod(ready=False)
    desk.told()
    desk.now += timedelta(seconds=15)
    assert desk.told()["Progressing"] == ("True", "ReplicaSetUpdated")
    desk.now += timedelta(seconds=15)
    assert desk.told()["Progressing"] == ("False", "ProgressDeadlineExceeded")
    desk.pod(ready=True)
    assert desk.told()["Progressing"] == ("True", "NewReplicaSetAvailable")


def test_a_pause_is_told_and_its_end() -> None:
    """In between nobody is late."""
    desk = Desk(paused=True)
    assert desk.told()["Progressing"] == ("Unknown", "DeploymentPaused")
    item = desk.store.get("deployments", "a", "d")
    desk.store.put({**item, "spec": {"replicas": 1}})
    assert desk.told()["Progressing"] == ("Unknown", "DeploymentResumed")


def test_what_keeps_pods_away_is_told() -> None:
    """As its ReplicaSet says it, as long as it does."""
    desk = Desk()
    why = [{"type": "ReplicaFailure", "message": "exceeded quota"}]
    desk.store.put({**desk.set, "status": {"conditions": why}}, "ReplicaSet")
    assert desk.told()["ReplicaFailure"] == ("True", "FailedCreate")
    desk.store.put(desk.set, "ReplicaSet")
    assert "ReplicaFailure" not in desk.told()
