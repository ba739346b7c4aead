"""What runs, as narrowly as it can be said: one of all pods that are alike, and no request for a pod."""

from typing import Any

import pytest

from bot.errors import ClusterUnreadable
from tests.fakes.api_server import FakeApiServer, Fault, Identity
from tests.fakes.live import reader_on


DIGEST = f"sha256:{'a' * 64}"


def pod(name: str, namespace: str = "shop", image: str = "r.example/web:1", **spec: Any) -> dict[str, Any]:
    """A running pod of a Deployment."""
    meta: dict[str, Any] = {
        "name": name,
        "namespace": namespace,
        "uid": f"u-{name}",
        "labels": {"app": "web", "pod-template-hash": "abc"},
        "ownerReferences": [{"kind": "ReplicaSet", "name": "web-abc", "uid": "u", "controller": True}],
    }
    containers = [{"name": "c", "image": image, "imagePullPolicy": spec.pop("policy", "IfNotPresent")}]
    status = {
        "phase": spec.pop("phase", "Running"),
        "containerStatuses": [{"name": "c", "imageID": spec.pop("image_id", f"r.example/web@{DIGEST}")}],
    }
    whole = {"containers": containers, "imagePullSecrets": [{"name": "regcred"}], **spec}
    return {"kind": "Pod", "apiVersion": "v1", "metadata": meta, "spec": whole, "status": status}


async def test_pods_that_are_alike_are_kept_once() -> None:
    """A thousand pods of one Deployment are one, in as many requests as there are pages."""
    async with FakeApiServer([pod(f"web-{number}") for number in range(1000)]) as server:
        async with reader_on(server) as reader:
            stock = await reader.stock(None)
        assert len(server.asked("pods")) == 2
    assert [(each.workload, each.pods, each.secrets) for each in stock.uses] == [
        ("Deployment/web", 1000, ("regcred",))
    ]
    assert stock.uses[0].images == ("r.example/web:1",)
    assert stock.complete
    assert stock.seen == 1000


async def test_what_no_registry_is_asked_for_is_left_out() -> None:
    """Never pulled, or only ever loaded on the node: nobody's business."""
    items = [
        pod("never", policy="Never", image="r.example/never:1"),
        pod("loaded", image="r.example/loaded:1", image_id=DIGEST),
        pod("done", phase="Succeeded", image="r.example/done:1"),
        pod("crio", image="r.example/loaded:2", image_id="a" * 64),
        pod("kind", image="loaded:3", image_id=f"docker.io/library/import-2026-11-01@{DIGEST}"),
        pod("podman", image="localhost/loaded:4", image_id=f"localhost/loaded@{DIGEST}"),
        pod("kept", volumes=[{"name": "v", "image": {"reference": "r.example/no:1", "pullPolicy": "Never"}}]),
        pod("volume", volumes=[{"name": "v", "image": {"reference": "r.example/files:1"}}]),
    ]
    async with FakeApiServer(items) as server, reader_on(server) as reader:
        stock = await reader.stock(None)
    assert {image for each in stock.uses for image in each.images} == {"r.example/web:1", "r.example/files:1"}


async def test_a_namespace_that_refuses_is_unseen_and_told() -> None:
    """The rest counts, and nothing there is taken for gone."""
    may = Identity(allow=lambda asked: asked.namespace == "shop")
    async with FakeApiServer([pod("web-1")], tokens={"t": may}) as server:
        async with reader_on(server, "t") as reader:
            stock = await reader.stock(("shop", "pay"))
        async with reader_on(server, "t") as reader:
            with pytest.raises(ClusterUnreadable, match="running pods cannot be listed"):
                await reader.stock(("pay",))
    assert stock.unseen == frozenset({"pay"})
    assert [(each.what, each.why) for each in stock.unread] == [("pods in pay", "forbidden")]
    assert len(stock.uses) == 1


async def test_a_list_that_breaks_off_is_not_complete() -> None:
    """What was not seen is never taken for gone."""
    async with FakeApiServer([pod(f"web-{number}") for number in range(600)]) as server:
        server.faults.append(Fault(on=lambda asked: "continue" in asked.query, times=-1, status=500))
        async with reader_on(server) as reader:
            stock = await reader.stock(None)
    assert not stock.complete
    assert stock.uses[0].pods == 500
