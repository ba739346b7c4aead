"""Pods that are alike are one, with how many it stands for; what made them is told by names alone."""

import pytest

from bot.cluster import uses
from bot.facts.objects import Container, ContainerKind, OwnerReference, Pod
from bot.ports.stocktaking import Use


DIGEST = f"sha256:{'a' * 64}"


@pytest.mark.parametrize(
    ("kind", "name", "workload"),
    [
        ("ReplicaSet", "web-abc", "Deployment/web"),
        ("ReplicaSet", "mine", "ReplicaSet/mine"),
        ("Job", "sync-29400000", "CronJob/sync"),
        ("StatefulSet", "db", "StatefulSet/db"),
        ("Node", "n1", "Pod/web-1"),
    ],
)
def test_a_workload_is_named_by_its_owner(kind: str, name: str, workload: str) -> None:
    """The names tell what is above, without a request."""
    owned = Pod(
        "shop",
        "web-1",
        phase="Running",
        owners=(OwnerReference(kind, name),),
        labels={"pod-template-hash": "abc"},
        containers=(Container("c", ContainerKind.MAIN, "r.example/web:1", image_id=f"r@{DIGEST}"),),
    )
    assert uses.runs(owned)
    assert uses.use_of(owned).workload == workload


def test_counting_tells_how_many_each_stands_for() -> None:
    """The very same value is one more pod; an equal one of another kind is not."""
    sheaves = uses.Sheaves()
    alike = [Use("shop", "Deployment/web", f"web-{number}", ("a:1",)) for number in range(3)]
    other = Use("shop", "Deployment/web", "web-9", ("a:2",))
    kept = uses.counted(sheaves.bound(each) for each in (*alike, other))
    assert [(each.pod, each.pods) for each in kept] == [("web-0", 3), ("web-9", 1)]
