"""Where a workload may land, by the scheduler's own rules about nodes."""

from typing import Any

import pytest

from bot.diagnosis import landing
from bot.facts.image import Platform
from bot.facts.objects import Node, Taint
from bot.facts.precheck import Placement, Requirement, Toleration


AMD, ARM, WINDOWS = Platform("linux", "amd64"), Platform("linux", "arm64"), Platform("windows", "amd64")


def node(name: str, platform: Platform | None = AMD, **changes: Any) -> Node:
    """A node with the labels that its kubelet gives it."""
    own = {landing.ARCH: platform.architecture, landing.OS: platform.os} if platform else {}
    return Node(name, platform, labels={**own, **changes.pop("labels", {})}, **changes)


NODES = (
    node("amd", labels={"pool": "main", "size": "4"}),
    node("arm", ARM, labels={"pool": "spare", "size": "16"}),
    node("win", WINDOWS, labels={"pool": "main"}, taints=(Taint("os", "windows"),)),
    node("cordoned", unschedulable=True),
)


def names(placement: Placement, nodes: tuple[Node, ...] = NODES) -> list[str]:
    """Where it may land."""
    return [each.name for each in landing.candidates(placement, nodes)]


def terms(*requirements: Requirement) -> Placement:
    """One term of required affinity."""
    return Placement(terms=(requirements,))


def test_every_node_that_takes_new_pods_is_a_candidate() -> None:
    """Tainted and cordoned ones are not."""
    assert names(Placement()) == ["amd", "arm"]


def test_a_daemon_set_runs_on_cordoned_nodes_too() -> None:
    """Its controller tolerates the cordon."""
    assert names(Placement(everywhere=True)) == ["amd", "arm", "cordoned"]


@pytest.mark.parametrize(
    ("selector", "fitting"),
    [
        ({landing.ARCH: "arm64"}, ["arm"]),
        ({"beta.kubernetes.io/arch": "arm64"}, ["arm"]),
        ({landing.OS: "linux"}, ["amd", "arm"]),
        ({"pool": "main"}, ["amd"]),
        ({"pool": "spare", landing.ARCH: "arm64"}, ["arm"]),
    ],
)
def test_selectors_are_honoured(selector: dict[str, str], fitting: list[str]) -> None:
    """On any label, the platform's old names included."""
    assert names(Placement(selector)) == fitting


def test_a_pool_that_is_empty_now_is_told_by_its_platform() -> None:
    """No node has the label yet; those that come with it will be of an architecture that is asked for."""
    assert names(Placement({"pool": "gpu", landing.ARCH: "arm64"})) == ["arm"]
    assert names(Placement({"pool": "gpu"})) == ["amd", "arm"]
    assert names(Placement({"pool": "gpu", landing.OS: "windows"})) == ["win"]
    assert names(Placement({landing.ARCH: "s390x"})) == []


@pytest.mark.parametrize(
    ("requirement", "fitting"),
    [
        (Requirement(landing.ARCH, "In", ("arm64", "s390x")), ["arm"]),
        (Requirement(landing.ARCH, "NotIn", ("arm64",)), ["amd"]),
        (Requirement("pool", "Exists"), ["amd", "arm"]),
        (Requirement("size", "Gt", ("8",)), ["arm"]),
        (Requirement("size", "Lt", ("8",)), ["amd"]),
        (Requirement("metadata.name", "In", ("amd",)), ["amd"]),
        (Requirement("metadata.name", "NotIn", ("amd",)), ["arm"]),
    ],
)
def test_required_affinity_is_honoured(requirement: Requirement, fitting: list[str]) -> None:
    """Every operator of the API."""
    assert names(terms(requirement)) == fitting


def test_absent_labels_and_odd_numbers_meet_nothing() -> None:
    """``Gt`` of something that is no number holds nowhere; ``DoesNotExist`` only where it does not."""
    plain = (node("plain"), node("sized", labels={"size": "big"}))
    assert names(terms(Requirement("size", "DoesNotExist")), plain) == ["plain"]
    # Nothing fits by label: what is left is told by platform alone.
    assert names(terms(Requirement("size", "Gt", ("x",))), plain) == ["plain", "sized"]


def test_terms_are_alternatives_and_all_of_one_must_hold() -> None:
    """As ``nodeSelectorTerms`` and ``matchExpressions`` are read; an empty term matches no node."""
    arm = (Requirement(landing.ARCH, "In", ("arm64",)),)
    both = (*arm, Requirement("pool", "In", ("main",)))
    amd = (Requirement("pool", "In", ("main",)), Requirement(landing.OS, "In", ("linux",)))
    assert names(Placement(terms=(arm, amd))) == ["amd", "arm"]
    assert names(Placement(terms=((), arm))) == ["arm"]
    assert names(Placement(terms=(both, arm))) == ["arm"]


@pytest.mark.parametrize(
    ("toleration", "lands"),
    [
        (Toleration("os", "Equal", "windows", "NoSchedule"), True),
        (Toleration("os", "Equal", "windows"), True),
        (Toleration("os", "Exists"), True),
        (Toleration("", "Exists"), True),
        (Toleration("os", "Equal", "linux"), False),
        (Toleration("os", "Exists", effect="NoExecute"), False),
        (Toleration("other", "Exists"), False),
        (Toleration(), False),
    ],
)
def test_tolerations_open_tainted_nodes(toleration: Toleration, lands: bool) -> None:
    """By key, value and effect, as the scheduler compares them."""
    assert ("win" in names(Placement(tolerations=(toleration,)))) is lands


def test_taints_that_pass_or_only_prefer_keep_nobody_off() -> None:
    """A node that is unwell now may take the pod a minute later."""
    nodes = (
        node("unwell", taints=(Taint("node.kubernetes.io/not-ready", "", "NoExecute"),)),
        node("avoided", taints=(Taint("spot", "", "PreferNoSchedule"),)),
    )
    assert names(Placement(), nodes) == ["unwell", "avoided"]


def test_a_named_node_is_the_only_one() -> None:
    """Nobody schedules such a pod, so taints and cordons do not count."""
    assert names(Placement(node="cordoned")) == ["cordoned"]
    assert names(Placement(node="gone")) == []


def test_a_pod_that_names_its_system_runs_on_no_other() -> None:
    """The kubelet of another refuses it."""
    assert names(Placement(os="windows", tolerations=(Toleration("", "Exists"),))) == ["win"]


def test_platforms_given_without_nodes_are_judged_by_what_they_tell() -> None:
    """Other labels, names and taints may be there."""
    given = (Node("linux/amd64", AMD), Node("linux/arm64", ARM))
    asked = Placement({landing.ARCH: "arm64", "pool": "x"}, terms=((Requirement("y", "Exists"),),), node="a")
    assert [each.platform for each in landing.of_platform(asked, given)] == [ARM]
    unlike = Placement(terms=((Requirement("y", "Exists"), Requirement(landing.OS, "NotIn", ("linux",))),))
    assert landing.of_platform(unlike, given) == ()


def test_platforms_are_named_by_the_placement_itself() -> None:
    """Where no node tells: selector and affinity do, and Linux is meant unless it says otherwise."""
    assert landing.asked_for(Placement({landing.ARCH: "arm64"})) == (ARM,)
    assert landing.asked_for(Placement({landing.ARCH: "amd64", landing.OS: "windows"})) == (WINDOWS,)
    assert landing.asked_for(Placement({landing.ARCH: "amd64"}, os="windows")) == (WINDOWS,)
    assert landing.asked_for(terms(Requirement(landing.ARCH, "In", ("amd64", "arm64")))) == (AMD, ARM)
    assert landing.asked_for(terms(Requirement(landing.ARCH, "NotIn", ("amd64",)))) == ()
    assert landing.asked_for(Placement()) == ()


def test_nodes_are_gathered_by_platform() -> None:
    """Those that do not tell theirs too."""
    found = landing.by_platform((*NODES, node("mute", None)))
    assert {platform: [each.name for each in members] for platform, members in found.items()} == {
        AMD: ["amd", "cordoned"],
        ARM: ["arm"],
        WINDOWS: ["win"],
        None: ["mute"],
    }
