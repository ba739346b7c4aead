"""Everything that owns pods itself."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.demo.cluster.store import Store
from bot.demo.controllers.workloads import Workloads


NOW = datetime(2026, 11, 22, tzinfo=UTC)
TEMPLATE = {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [{"name": "c", "image": "i:1"}]}}


def _store(kind: str, **spec: Any) -> tuple[Store, Workloads]:
    item = {"kind": kind, "metadata": {"name": "o", "namespace": "a"}, "spec": {"template": TEMPLATE, **spec}}
    seeds: list[dict[str, Any]] = [
        {"kind": "Namespace", "metadata": {"name": "a"}},
        {"kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "a"}},
        *({"kind": "Node", "metadata": {"name": f"n-{number}"}} for number in (1, 2)),
    ]
    store = Store([*seeds, item])
    return store, Workloads(store, lambda: NOW)


def _pods(store: Store) -> list[str]:
    return sorted(pod["metadata"]["name"] for pod in store.every("pods"))


def _ready(store: Store) -> None:
    conditions = [{"type": "Ready", "status": "True"}]
    for pod in store.every("pods"):
        store.put({**pod, "status": {"conditions": conditions}}, "Pod")


@pytest.mark.parametrize(("kind", "count"), [("ReplicaSet", 2), ("DaemonSet", 2), ("Job", 1)])
def test_pods_are_made_once(kind: str, count: int) -> None:
    """As many as are wished for, and no more when looked at again."""
    store, workloads = _store(kind, replicas=2)
    workloads.step()
    workloads.step()
    assert len(_pods(store)) == count


def test_a_replica_set_shrinks() -> None:
    """By those that do not serve, first."""
    store, workloads = _store("ReplicaSet", replicas=2)
    workloads.step()
    kept = _pods(store)[0]
    pod = store.get("pods", "a", kept)
    store.put({**pod, "status": {"conditions": [{"type": "Ready", "status": "True"}]}})
    owner = store.get("replicasets", "a", "o")
    store.put({**owner, "spec": {**owner["spec"], "replicas": 1}})
    workloads.step()
    assert _pods(store) == [kept]
    workloads.step()
    assert store.get("replicasets", "a", "o")["status"]["readyReplicas"] == 1


def test_ordinals_come_one_by_one() -> None:
    """The next when the one before serves; an update begins with the last."""
    store, workloads = _store("StatefulSet", replicas=2)
    workloads.step()
    workloads.step()
    assert _pods(store) == ["o-0"]
    _ready(store)
    workloads.step()
    assert _pods(store) == ["o-0", "o-1"]
    _ready(store)
    owner = store.get("statefulsets", "a", "o")
    changed = {**TEMPLATE, "spec": {"containers": [{"name": "c", "image": "i:2"}]}}
    store.put({**owner, "spec": {**owner["spec"], "template": changed}})
    workloads.step()
    assert _pods(store) == ["o-0"]


def test_a_daemon_set_goes_with_its_template() -> None:
    """One pod after the other."""
    store, workloads = _store("DaemonSet")
    workloads.step()
    owner = store.get("daemonsets", "a", "o")
    changed = {**TEMPLATE, "spec": {"containers": [{"name": "c", "image": "i:2"}]}}
    store.put({**owner, "spec": {**owner["spec"], "template": changed}})
    for _ in range(4):
        workloads.step()
    images = {pod["spec"]["containers"][0]["image"] for pod in store.every("pods")}
    assert (len(_pods(store)), images) == (2, {"i:2"})


def test_a_cron_job_makes_one_job() -> None:
    """Which makes one pod; a suspended one makes none."""
    store, workloads = _store("CronJob", schedule="* * * * *", jobTemplate={"spec": {"template": TEMPLATE}})
    for _ in range(3):
        workloads.step()
    assert len(list(store.every("jobs"))) == 1
    assert len(_pods(store)) == 1
