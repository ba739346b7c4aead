"""Everything that owns pods itself, a ReplicaSet first; what is left to its neighbours is tried there."""

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


def test_pod_that_is_refused_is_told() -> None:
    """As a condition and an event, tried again after a while and not at every look; and gone once it is let in."""
    store, workloads = _store("ReplicaSet", replicas=2)
    store.delete("serviceaccounts", "a", "default")
    workloads.step()
    workloads.step()
    (told,) = store.get("replicasets", "a", "o")["status"]["conditions"]
    assert (told["type"], told["reason"]) == ("ReplicaFailure", "FailedCreate")
    (event,) = store.every("events")
    assert event["reason"] == "FailedCreate"
    assert event["message"] == f"Error creating: {told['message']}"
    store.put({"kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "a"}})
    workloads = Workloads(store, lambda: NOW)
    workloads.step()
    workloads.step()
    assert len(_pods(store)) == 2
    assert "conditions" not in store.get("replicasets", "a", "o")["status"]
