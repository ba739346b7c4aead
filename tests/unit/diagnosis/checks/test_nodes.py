"""What the node says of itself."""

from typing import Any

import pytest

from bot.facts.image import Platform
from bot.facts.objects import Node, Unread
from tests import cases
from tests.fakes.cluster import NOW, FakeReader


AMD, ARM = Platform("linux", "amd64"), Platform("linux", "arm64")
FORBIDDEN = Unread("nodes", "forbidden", "list nodes in the whole cluster (tier 1)")


@pytest.mark.parametrize(
    ("nodes", "told"),
    [
        ([Node("node-a", disk_pressure=True)], "yes"),
        ([Node("node-a", disk_pressure=False), Node("node-b", disk_pressure=True)], "no"),
        ([Node("node-a")], "unknown"),
        ([Node("node-b", disk_pressure=True)], "unknown"),
        ([], "unknown"),
        (FORBIDDEN, "unknown"),
    ],
)
async def test_node_under_pressure_is_the_pods_own(nodes: Any, told: str) -> None:
    """Another node's pressure, and a condition that is not reported, say nothing."""
    assert await cases.answer("node-under-pressure", cases.case(reader=FakeReader(nodes=nodes))) == told


@pytest.mark.parametrize(("node", "told"), [("node-a", "yes"), ("node-b", "no")])
async def test_node_kubelet_throttled_by_failures_of_this_look(node: str, told: str) -> None:
    """Another pod's throttled pull counts when it is on the same node."""
    other = cases.failure("kubelet-pull-limit", cases.pod("web-2", node=node))
    assert await cases.answer("node-kubelet-throttled", cases.case(others=[other])) == told


@pytest.mark.parametrize(
    ("nodes", "told"),
    [
        ([Node("node-a", AMD), Node("node-b", ARM)], "yes"),
        ([Node("node-a", AMD), Node("node-b", AMD)], "no"),
        ([Node("node-a", AMD), Node("node-b")], "unknown"),
        ([Node("node-a"), Node("node-b", ARM)], "unknown"),
        (FORBIDDEN, "unknown"),
    ],
)
async def test_node_of_another_platform_exists(nodes: Any, told: str) -> None:
    """The pod could run there if the image is built for it."""
    assert await cases.answer("node-of-platform-exists", cases.case(reader=FakeReader(nodes=nodes))) == told


@pytest.mark.parametrize(
    ("running_on", "told"),
    [
        (["node-b"], "yes"),
        (["node-c"], "no"),
        (["node-b", "node-c"], "no"),
        ([], "unknown"),
        (["gone"], "unknown"),
    ],
)
async def test_runs_on_other_architecture(running_on: list[str], told: str) -> None:
    """The same image runs on arm64 and not here; where it runs on one like this, the processor is not the reason."""
    mine = cases.failure("exec-format-error")
    pods = [mine.pod, *(cases.pod(f"w-{node}", node=node, runs=NOW) for node in running_on)]
    nodes = [Node("node-a", AMD), Node("node-b", ARM), Node("node-c", AMD)]
    assert (
        await cases.answer("runs-on-other-architecture", cases.case(mine, FakeReader(pods=pods, nodes=nodes)))
        == told
    )
