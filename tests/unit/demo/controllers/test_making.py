"""What all controllers do alike."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from bot.demo.cluster.store import Store
from bot.demo.controllers.making import Maker, controller, drawn, is_ready, leaves, reference, template_hash


def _maker() -> Maker:
    namespace = {"kind": "Namespace", "metadata": {"name": "a"}}
    account = {"kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "a"}}
    return Maker(Store([namespace, account]), "test-controller", lambda: datetime(2026, 11, 22, tzinfo=UTC))


def test_a_pod_is_made_of_its_owners_template() -> None:
    """It names its owner, which is told."""
    maker = _maker()
    template = {"metadata": {"labels": {"x": "y"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    owner: dict[str, Any] = {"metadata": {"name": "o", "namespace": "a"}, "spec": {"template": template}}
    owner = maker.store.put({"kind": "ReplicaSet", **owner})
    maker.pod_of("ReplicaSet", owner, "p", {"z": "1"})
    (pod,) = maker.owned("pods", owner)
    assert pod["metadata"]["labels"] == {"x": "y", "z": "1"}
    assert controller(pod) == owner["metadata"]["uid"]
    assert [each["message"] for each in maker.store.every("events")] == ["Created pod: p"]


def test_what_the_api_refuses_is_not_made() -> None:
    """A pod without containers."""
    assert _maker().make("Pod", "a", {"metadata": {"name": "p"}, "spec": {}}) is None


def test_what_was_refused_is_tried_again_in_growing_pauses() -> None:
    """At once almost, as in a new namespace whose account comes a moment later; then ever more seldom, and never louder."""
    times, moments = [datetime(2026, 11, 22, tzinfo=UTC)], []
    namespace = {"kind": "Namespace", "metadata": {"name": "a"}}
    maker = Maker(Store([namespace]), "test-controller", lambda: times[-1])
    template = {"spec": {"containers": [{"name": "c", "image": "i"}]}}
    owner: dict[str, Any] = {"metadata": {"name": "o", "namespace": "a"}, "spec": {"template": template}}
    owner = maker.store.put({"kind": "ReplicaSet", **owner})
    for _ in range(60_000):
        told = sum(each.get("count", 1) for each in maker.store.every("events"))
        assert "serviceaccount" in maker.pod_of("ReplicaSet", owner, "p")
        if sum(each.get("count", 1) for each in maker.store.every("events")) > told:
            moments.append((times[-1] - times[0]).total_seconds())
        times.append(times[-1] + timedelta(milliseconds=1))
    pauses = [later - earlier for earlier, later in pairwise(moments)]
    assert [round(each, 3) for each in pauses[:4]] == [0.005, 0.01, 0.02, 0.04]
    assert max(pauses) <= 20
    maker.store.put({"kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "a"}})
    times.append(times[-1] + timedelta(seconds=20))
    assert maker.pod_of("ReplicaSet", owner, "p") == ""


def test_a_status_is_written_when_it_changes() -> None:
    """And not otherwise."""
    maker = _maker()
    item = maker.store.put(
        {"kind": "Job", "metadata": {"name": "j", "namespace": "a"}, "status": {"active": 1}}
    )
    version = maker.store.version
    maker.tell("Job", item, {"active": 1})
    assert maker.store.version == version
    maker.tell("Job", item, {"active": 0})
    assert maker.store.version == version + 1


def test_names_and_hashes() -> None:
    """A hash is the template's; a drawn name is its own."""
    assert template_hash({"a": 1}) == template_hash({"a": 1}) != template_hash({"a": 2})
    assert drawn("x") != drawn("x")
    assert reference("Job", {"metadata": {"name": "j", "uid": "u"}})["apiVersion"] == "batch/v1"
    assert not is_ready({})
    assert leaves({"metadata": {"deletionTimestamp": "x"}})
