"""What a manifest says of where its pods may land, and of Secrets in plain text."""

import base64
from typing import Any

import msgspec

from bot.cluster import manifest_shapes
from bot.cluster.manifest_shapes import TemplateSpec, WrittenSecret
from bot.facts.objects import ContainerKind
from bot.facts.precheck import Placement, Requirement, Toleration


def spec(**fields: Any) -> TemplateSpec:
    """A pod template's spec."""
    return msgspec.convert(fields, TemplateSpec)


def test_everything_that_needs_an_image_is_found() -> None:
    """Image volumes, init containers, sidecars and main ones."""
    found = manifest_shapes.containers(
        spec(
            initContainers=[
                {"name": "i", "image": "i:1"},
                {"name": "s", "image": "s:1", "restartPolicy": "Always"},
            ],
            containers=[{"name": "m", "image": "m:1", "imagePullPolicy": "Never"}, {"name": "n"}],
            volumes=[
                {"name": "v", "image": {"reference": "v:1"}},
                {"name": "other"},
                {"name": "w", "image": {}},
            ],
        )
    )
    assert [(each.name, each.kind, each.image, each.pull_policy) for each in found] == [
        ("v", ContainerKind.IMAGE_VOLUME, "v:1", ""),
        ("w", ContainerKind.IMAGE_VOLUME, "", ""),
        ("i", ContainerKind.INIT, "i:1", ""),
        ("s", ContainerKind.SIDECAR, "s:1", ""),
        ("m", ContainerKind.MAIN, "m:1", "Never"),
        ("n", ContainerKind.MAIN, "", ""),
    ]


def test_placement_is_taken_whole() -> None:
    """Selector, required affinity, tolerations, the one node and the system."""
    required = {
        "nodeSelectorTerms": [
            {"matchExpressions": [{"key": "kubernetes.io/arch", "operator": "In", "values": ["arm64"]}]},
            {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["a"]}]},
        ]
    }
    placed = manifest_shapes.placement(
        spec(
            nodeSelector={"pool": "a", "empty": None},
            affinity={"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}},
            tolerations=[{"operator": "Exists"}, {"key": "k", "value": "v", "effect": "NoSchedule"}],
            nodeName="n",
            os={"name": "windows"},
        ),
        "DaemonSet",
    )
    assert placed == Placement(
        selector={"pool": "a", "empty": ""},
        terms=(
            (Requirement("kubernetes.io/arch", "In", ("arm64",)),),
            (Requirement("metadata.name", "In", ("a",)),),
        ),
        tolerations=(Toleration(operator="Exists"), Toleration("k", "Equal", "v", "NoSchedule")),
        node="n",
        os="windows",
        everywhere=True,
    )


def test_nothing_said_rules_nothing_out() -> None:
    """What is only preferred neither."""
    preferred = {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1}]}}
    assert manifest_shapes.placement(spec(), "Deployment") == Placement()
    assert manifest_shapes.placement(spec(affinity=preferred), "Deployment") == Placement()
    assert manifest_shapes.placement(spec(affinity={"podAffinity": {}}), "Deployment") == Placement()


def test_plain_text_wins_as_the_api_server_stores_it() -> None:
    """``stringData`` is written over ``data``, and neither is ever printed."""
    secret = msgspec.convert(
        {"type": "Opaque", "data": {"a": "b2xk", "b": "Yg=="}, "stringData": {"a": "canary", "c": None}},
        WrittenSecret,
    )
    stored = secret.as_stored()
    assert stored.data == {"a": base64.b64encode(b"canary").decode(), "b": "Yg==", "c": ""}
    assert "canary" not in repr(secret)
    assert "b2xk" not in repr(stored)
