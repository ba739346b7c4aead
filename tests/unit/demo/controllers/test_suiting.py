"""Where a pod may stand."""

from typing import Any

import pytest

from bot.demo.controllers.suiting import suits


NODE = {"metadata": {"name": "n-1", "labels": {"arch": "amd64", "zone": "a"}}}


def _affinity(*expressions: dict[str, Any], part: str = "matchExpressions") -> dict[str, Any]:
    terms = {"nodeSelectorTerms": [{part: list(expressions)}]}
    return {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}}


@pytest.mark.parametrize(
    ("spec", "fits"),
    [
        ({}, True),
        ({"nodeSelector": {"arch": "amd64"}}, True),
        ({"nodeSelector": {"arch": "arm64"}}, False),
        (_affinity({"key": "arch", "operator": "In", "values": ["amd64", "arm64"]}), True),
        (_affinity({"key": "arch", "operator": "NotIn", "values": ["amd64"]}), False),
        (_affinity({"key": "gpu", "operator": "Exists"}), False),
        (_affinity({"key": "gpu", "operator": "DoesNotExist"}), True),
        (
            _affinity(
                {"key": "metadata.name", "operator": "In", "values": ["n-1"]},
                part="matchFields",
            ),
            True,
        ),
        (_affinity(), False),
    ],
)
def test_node_suits(spec: dict[str, Any], fits: bool) -> None:
    """By selector and required affinity."""
    assert suits(NODE, spec) is fits
