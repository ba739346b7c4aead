"""For which platforms an image must be made."""

from typing import Any

from bot.facts.image import Platform
from bot.facts.objects import Unread
from bot.facts.precheck import Placement, Requirement, Toleration
from bot.remediation import placing, templates
from bot.remediation.templates import Subject
from tests.imagery import AMD, ARM, node, wrong
from tests.situations import deployed, failing, workload


async def asked(*bodies: dict[str, Any], **changes: Any) -> tuple[Platform, ...] | Unread:
    """The platforms."""
    seen = await wrong(*bodies, **changes)
    held = await templates.subject(seen)
    assert isinstance(held, Subject)
    return await placing.platforms(seen.reader, held)


async def test_platforms_are_those_of_every_node_that_may_take_a_pod() -> None:
    """Not of one that is cordoned, tainted or not selected."""
    nodes = [
        node("a"),
        node("b", "arm64"),
        node("c", "riscv64", unschedulable=True),
        node("d", "s390x", taints=[{"key": "own", "effect": "NoSchedule"}]),
    ]
    assert await asked(*deployed(), *nodes) == (AMD, ARM)
    selected = {"nodeSelector": {"kubernetes.io/arch": "arm64"}}
    assert await asked(*deployed(**selected), *nodes) == (ARM,)
    daemons = (workload("DaemonSet"), failing(kind="DaemonSet", owner="web"))
    assert len(await asked(*daemons, *nodes)) == 3  # type: ignore[arg-type]  # platforms, or a failing test


async def test_platforms_of_a_bare_pod_are_its_nodes() -> None:
    """It goes nowhere else."""
    assert await asked(failing(kind="", spec={"nodeName": "b"}), node("a"), node("b", "arm64")) == (ARM,)


async def test_platforms_are_not_known_where_nodes_do_not_tell() -> None:
    """No right to see them, none that fits, or one without its platform."""
    denied = Unread("nodes", "forbidden", "list nodes")
    assert await asked(reader={"nodes": denied}) == denied
    assert isinstance(await asked(reader={"nodes": ()}), Unread)
    silent = node("b")
    silent["status"]["nodeInfo"] = {}
    found = await asked(*deployed(), node("a"), silent)
    assert found == Unread("node b", "it does not tell its platform")


def test_placement_reads_a_pod_spec() -> None:
    """Selector, required affinity, tolerations, node and system."""
    term = {
        "matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}],
        "matchFields": [{"key": "metadata.name", "operator": "Exists"}],
    }
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    spec = {
        "nodeSelector": {"a": "b"},
        "affinity": {"nodeAffinity": required},
        "tolerations": [{"key": "own", "value": "x", "effect": "NoSchedule"}, {"operator": "Exists"}],
        "nodeName": "node-1",
        "os": {"name": "windows"},
    }
    assert placing.placement(spec, everywhere=True) == Placement(
        {"a": "b"},
        ((Requirement("disk", "In", ("ssd",)), Requirement("metadata.name", "Exists")),),
        (Toleration("own", "Equal", "x", "NoSchedule"), Toleration("", "Exists")),
        "node-1",
        "windows",
        everywhere=True,
    )
    assert placing.placement({}) == Placement()
