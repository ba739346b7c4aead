"""pin-architecture: pods only where their image runs."""

import json
from typing import Any

from bot.facts.image import Platform
from bot.facts.objects import Unread
from bot.remediation import patching
from bot.remediation.actions.pin_architecture import PinArchitecture
from bot.remediation.drafting import Draft, Unfit
from tests.fakes import registry as replies
from tests.fakes.registry import FakeProber
from tests.imagery import AMD, ARM, WRONG, Shop, node, there, wrong
from tests.situations import deployed, failing, workload


NODES = (node("a"), node("b", "arm64"))


async def asked(*bodies: dict[str, Any], **changes: Any) -> Draft | Unfit:
    """What it would do."""
    changes.setdefault("symptom", "platform-mismatch")
    changes.setdefault("prober", Shop(a=there(WRONG, AMD)))
    return await PinArchitecture().draft(await wrong(*bodies, **changes))


async def drafted(*bodies: dict[str, Any], **changes: Any) -> Draft:
    """What it does."""
    found = await asked(*bodies, **changes)
    assert isinstance(found, Draft), found
    return found


def spec(draft: Draft) -> Any:
    """The pods' part of the patch."""
    return json.loads(draft.writes[0].patch)["spec"]["template"]["spec"]


async def test_one_architecture_is_selected_by_its_label() -> None:
    """And the system with it; who is left is named."""
    draft = await drafted(*deployed(), *NODES)
    selector = {"kubernetes.io/arch": "amd64", "kubernetes.io/os": "linux"}
    assert spec(draft) == {"nodeSelector": selector}
    assert json.loads(draft.writes[0].back)["spec"]["template"]["spec"] == {
        "nodeSelector": dict.fromkeys(selector)
    }
    assert draft.warnings == ("Then its pods run on these nodes alone: a.",)
    assert draft.pledge
    assert draft.pledge.platform == "linux/amd64"
    assert [each.value for each in draft.writes[0].depends] == ["3", "null", "null"]


async def test_several_architectures_are_a_condition_in_each_term() -> None:
    """Terms that are there stay; where there are none, all of it goes away again."""
    nodes = (*NODES, node("c", "s390x"))
    prober = Shop(a=there(WRONG, AMD, ARM))
    wanted = [
        {"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64", "arm64"]},
        {"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]},
    ]
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    draft = await drafted(*deployed(), *nodes, prober=prober)
    told = {"nodeSelectorTerms": [{"matchExpressions": wanted}]}
    assert spec(draft) == {"affinity": {"nodeAffinity": {required: told}}}
    back = json.loads(draft.writes[0].back)
    made = patching.imagined(deployed()[0], json.loads(draft.writes[0].patch))
    assert patching.imagined(made, back) == deployed()[0]
    disk = {"key": "disk", "operator": "DoesNotExist"}
    terms = {"nodeSelectorTerms": [{"matchExpressions": [disk]}]}
    affinity = {"nodeAffinity": {required: terms}}
    draft = await drafted(*deployed(affinity=affinity), *nodes, prober=prober)
    told = {"nodeSelectorTerms": [{"matchExpressions": [disk, *wanted]}]}
    assert spec(draft) == {"affinity": {"nodeAffinity": {required: told}}}


async def test_a_daemon_set_loses_nodes() -> None:
    """Which whoever approves must know."""
    bodies = (workload("DaemonSet"), failing(kind="DaemonSet", owner="web"), *NODES)
    draft = await drafted(*bodies)
    assert "get no pod of it any more" in " ".join(draft.warnings)


async def test_there_is_nothing_to_pin_where_no_node_or_every_node_takes_it() -> None:
    """Or where the author's own choice leaves no fitting node."""
    found = await asked(*deployed(), node("b", "arm64"))
    assert isinstance(found, Unfit)
    assert "none takes the image" in found.why
    found = await asked(*deployed(), node("a"))
    assert isinstance(found, Unfit)
    assert "nothing to pin" in found.why
    found = await asked(*deployed(nodeSelector={"kubernetes.io/arch": "arm64"}), *NODES)
    assert isinstance(found, Unfit)


async def test_what_nobody_can_tell_pins_nothing() -> None:
    """Nodes that are not seen, a registry that is not asked, an image that does not parse."""
    denied = Unread("nodes", "forbidden")
    for found in (
        await asked(reader={"nodes": denied}),
        await asked(*deployed(), *NODES, prober=FakeProber({"manifest": replies.answered(503)})),
        await asked(failure={"reference": None}),
    ):
        assert isinstance(found, Unfit)


async def test_labels_that_would_let_others_in_pin_nothing() -> None:
    """One system's machines on one architecture, the other's on another."""
    windows = node("w", "arm64")
    windows["status"]["nodeInfo"]["operatingSystem"] = "windows"
    prober = Shop(a=there(WRONG, AMD, Platform("windows", "arm64")))
    found = await asked(*deployed(), *NODES, windows, prober=prober)
    assert isinstance(found, Unfit)
    assert "two labels" in found.why


async def test_a_pod_stays_where_it_is() -> None:
    """And what cannot be edited or does not roll out is told."""
    for found in (
        await asked(failing(kind=""), *NODES),
        await asked(failing(kind="Node", owner="a"), *NODES),
        await asked(*deployed(more={"paused": True}), *NODES),
    ):
        assert isinstance(found, Unfit)


async def test_a_node_that_is_not_ready_is_no_place() -> None:
    """An architecture that only it has is none."""
    tired = node("a")
    tired["status"]["conditions"] = [{"type": "Ready", "status": "False"}]
    found = await asked(*deployed(), tired, node("b", "arm64"))
    assert isinstance(found, Unfit)
    assert Platform("linux", "arm64") == ARM
