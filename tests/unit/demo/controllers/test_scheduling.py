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
    """Without a node, and is told why, once."""
    store = Store([_node("one"), _node("off", unschedulable=True), _pod("a", nodeSelector={"zone": "off"})])
    scheduling = Scheduling(store, lambda: datetime(2026, 11, 22, tzinfo=UTC))
    scheduling.step()
    scheduling.step()
    pod = store.get("pods", "a", "a")
    assert "nodeName" not in pod["spec"]
    (told,) = pod["status"]["conditions"]
    assert (told["type"], told["status"], told["reason"]) == ("PodScheduled", "False", "Unschedulable")
    (event,) = store.every("events")
    assert event["count"] == 1
    assert event["message"].startswith(
        "0/2 nodes are available: 1 node(s) were unschedulable, 1 node(s) didn't match Pod's node affinity/selector."
    )


def test_a_pod_on_its_way_out_gets_no_node() -> None:
    """It is gone soon."""
    store = Store([_node("one")])
    pod = _pod("a")
    store.put({**pod, "metadata": {**pod["metadata"], "deletionTimestamp": "2026-11-22T00:00:00Z"}})
    Scheduling(store, lambda: datetime(2026, 11, 22, tzinfo=UTC)).step()
    assert "nodeName" not in store.get("pods", "a", "a")["spec"]


def test_a_cordon_is_marked_by_a_taint_and_its_end_too() -> None:
    """As the node's other taints stay."""
    other = {"key": "gpu", "effect": "NoSchedule"}
    store = Store([_node("off", unschedulable=True, taints=[other])])
    scheduling = Scheduling(store, lambda: datetime(2026, 11, 22, tzinfo=UTC))
    scheduling.step()
    node = store.get("nodes", "", "off")
    keys = [each["key"] for each in node["spec"]["taints"]]
    assert keys == ["gpu", "node.kubernetes.io/unschedulable"]
    store.put({**node, "spec": {"taints": node["spec"]["taints"]}})
    scheduling.step()
    assert store.get("nodes", "", "off")["spec"]["taints"] == [other]


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
