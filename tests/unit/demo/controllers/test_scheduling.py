"""Scheduling and tidying up."""

from datetime import UTC, datetime
from typing import Any

from bot.demo.cluster.store import Store
from bot.demo.controllers.scheduling import Scheduling


def _step(*items: dict[str, Any]) -> Store:
    store = Store(items)
    Scheduling(store, lambda: datetime(2026, 11, 22, tzinfo=UTC)).step()
    return store


def _node(name: str, **spec: Any) -> dict[str, Any]:
    return {"kind": "Node", "metadata": {"name": name, "labels": {"zone": name}}, "spec": spec}


def _pod(name: str, **spec: Any) -> dict[str, Any]:
    return {"kind": "Pod", "metadata": {"name": name, "namespace": "a"}, "spec": spec}


def test_pods_spread_over_nodes_that_suit_them() -> None:
    """The emptiest first, none that is cordoned, and the one that is named."""
    store = _step(
        _node("one"),
        _node("two"),
        _node("off", unschedulable=True),
        _pod("a"),
        _pod("b"),
        _pod("c", nodeSelector={"zone": "two"}),
    )
    where = {pod["metadata"]["name"]: pod["spec"]["nodeName"] for pod in store.every("pods")}
    assert where == {"a": "one", "b": "two", "c": "two"}
    events = sorted(event["message"] for event in store.every("events"))
    assert events[0] == "Successfully assigned a/a to one"


def test_a_pod_that_suits_nowhere_waits() -> None:
    """Without a node."""
    store = _step(_node("one"), _pod("a", nodeSelector={"zone": "three"}))
    assert "nodeName" not in store.get("pods", "a", "a")["spec"]


def test_orphans_go_with_their_owner() -> None:
    """At once, and theirs with them."""
    owned = {"ownerReferences": [{"uid": "gone", "controller": True}]}
    orphan = {
        "kind": "ReplicaSet",
        "metadata": {"name": "r", "namespace": "a", "uid": "r", **owned},
        "spec": {},
    }
    its = [{"uid": "r", "controller": True}]
    pod = {"kind": "Pod", "metadata": {"name": "p", "namespace": "a", "ownerReferences": its}, "spec": {}}
    store = _step(orphan, pod)
    assert not list(store.every("replicasets"))
    assert not list(store.every("pods"))


def test_every_namespace_has_an_account() -> None:
    """Named default."""
    store = _step({"kind": "Namespace", "metadata": {"name": "a"}})
    assert store.find("serviceaccounts", "a", "default") is not None
