"""Writes without a server: names, accounts, subresources."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.demo.cluster import patches
from bot.demo.cluster.refusals import Refused
from bot.demo.cluster.requests import Asked
from bot.demo.cluster.store import Store
from bot.demo.cluster.writes import Writes


MOMENT = datetime(2026, 11, 22, 9, tzinfo=UTC)
SEEDS: list[dict[str, Any]] = [
    {"kind": "Namespace", "metadata": {"name": "a"}},
    {
        "kind": "ServiceAccount",
        "metadata": {"name": "default", "namespace": "a"},
        "imagePullSecrets": [{"name": "s"}],
    },
]
POD = {"metadata": {"generateName": "p-"}, "spec": {"containers": [{"name": "x", "image": "y:1"}]}}


def _writes() -> tuple[Store, Writes]:
    store = Store(SEEDS)
    return store, Writes(store, lambda: MOMENT)


def test_a_pod_is_named_and_given_its_accounts_secrets() -> None:
    """Only at creation: what it names itself stays."""
    _, writes = _writes()
    asked = Asked("create", "pods", "a")
    pod = writes.create(asked, json.dumps(POD).encode()).body
    assert pod["metadata"]["name"].startswith("p-")
    assert pod["metadata"]["creationTimestamp"] == "2026-11-22T09:00:00Z"
    assert pod["spec"]["imagePullSecrets"] == [{"name": "s"}]
    own = {**POD, "spec": {**POD["spec"], "imagePullSecrets": [{"name": "own"}]}}
    assert writes.create(asked, json.dumps(own).encode()).body["spec"]["imagePullSecrets"] == [
        {"name": "own"}
    ]


def test_a_nameless_object_is_refused() -> None:
    """422."""
    _, writes = _writes()
    with pytest.raises(Refused) as refused:
        writes.create(Asked("create", "secrets", "a"), b"{}")
    assert refused.value.code == 422


def test_a_status_is_written_through_its_own_door_only() -> None:
    """And takes nothing else with it."""
    store, writes = _writes()
    name = writes.create(Asked("create", "pods", "a"), json.dumps(POD).encode()).body["metadata"]["name"]
    patch = json.dumps({"status": {"phase": "Running"}, "metadata": {"labels": {"x": "y"}}}).encode()
    writes.patch(Asked("patch", "pods", "a", name, part="status"), patch, patches.MERGE)
    pod = store.get("pods", "a", name)
    assert (pod["status"], pod["metadata"].get("labels")) == (
        {"phase": "Running", "qosClass": "BestEffort"},
        None,
    )
    assert pod["metadata"]["generation"] == 1


def test_a_dry_run_keeps_nothing() -> None:
    """Not even a version."""
    store, writes = _writes()
    before = store.version
    answer = writes.create(Asked("create", "pods", "a", query={"dryRun": "All"}), json.dumps(POD).encode())
    assert (answer.code, store.version, "resourceVersion" in answer.body["metadata"]) == (201, before, False)


def test_scaling_changes_replicas_and_nothing_else() -> None:
    """Through the scale subresource."""
    store, writes = _writes()
    labels = {"app": "w"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "x", "image": "y:1"}]}}
    item = {"metadata": {"name": "w"}, "spec": {"selector": {"matchLabels": labels}, "template": template}}
    writes.create(Asked("create", "deployments", "a", group="apps"), json.dumps(item).encode())
    asked = Asked("patch", "deployments", "a", "w", "scale", "apps")
    assert writes.scale(asked, b"", "").body["spec"] == {"replicas": 1}
    scaled = writes.scale(asked, b'{"spec":{"replicas":3}}', patches.MERGE).body
    assert (scaled["kind"], scaled["spec"], scaled["status"]["selector"]) == (
        "Scale",
        {"replicas": 3},
        "app=w",
    )
    found = store.get("deployments", "a", "w")
    assert (found["spec"]["replicas"], found["metadata"]["generation"]) == (3, 2)


def test_what_waits_for_its_finalizers_ends_with_them() -> None:
    """The last one taken away takes the object away."""
    meta = {"name": "w", "namespace": "a", "deletionTimestamp": "2026-11-22T09:00:00Z", "finalizers": ["f"]}
    store = Store([*SEEDS, {"kind": "ConfigMap", "metadata": meta}])
    patch = json.dumps({"metadata": {"finalizers": None}}).encode()
    Writes(store, lambda: MOMENT).patch(Asked("patch", "configmaps", "a", "w"), patch, patches.MERGE)
    assert store.find("configmaps", "a", "w") is None
