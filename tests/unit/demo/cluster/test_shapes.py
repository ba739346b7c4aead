"""Fields of kinds: unknown ones, wrong ones, and the keys that lists merge by."""

from typing import Any

from bot.demo.cluster.shapes import field, mistyped, pruned, unknown


ITEM: dict[str, Any] = {
    "kind": "Deployment",
    "metadata": {"name": "a", "labels": {"any": "thing"}},
    "spec": {
        "replicaz": 1,
        "template": {"spec": {"containers": [{"name": "x"}, {"imagge": "y", "env": [{"free": 1}]}]}},
    },
}


def test_unknown_fields_are_named_by_path() -> None:
    """As deep as shapes are known; below that everything goes."""
    assert unknown("Deployment", ITEM) == ["spec.replicaz", "spec.template.spec.containers[1].imagge"]


def test_unknown_fields_are_pruned() -> None:
    """And nothing else."""
    kept = pruned("Deployment", ITEM)
    assert unknown("Deployment", kept) == []
    assert kept["kind"] == "Deployment"
    assert kept["spec"]["template"]["spec"]["containers"] == [{"name": "x"}, {"env": [{"free": 1}]}]
    assert pruned("Event", {"whatever": 1}) == {"whatever": 1}


def test_wrong_types_are_named() -> None:
    """The first of them, with what it should be; null is no wrong type."""
    assert mistyped("Deployment", {"spec": {"replicas": "three"}}) == ("spec.replicas", "int32")
    assert mistyped("Deployment", {"spec": {"replicas": None, "paused": True}}) is None
    assert mistyped("Deployment", {"spec": {"replicas": True}}) == ("spec.replicas", "int32")


def test_lists_know_their_merge_key() -> None:
    """A pod's pull secrets merge by name, a ServiceAccount's are replaced."""
    assert field("PodSpec", "imagePullSecrets").key == "name"
    assert field("ServiceAccount", "imagePullSecrets").key == ""
    assert field("Nowhere", "x").key is None
