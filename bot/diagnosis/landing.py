"""On which nodes a planned workload may land: its placement and the cluster's nodes in -> nodes by platform out.

Follows the scheduler's rules about nodes themselves: selector, required affinity, taints, cordons. What depends on
the hour (room, spreading, other pods) rules nothing out. https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.facts.image import Platform
from bot.facts.objects import Node, Taint
from bot.facts.precheck import Placement, Requirement, Toleration


ARCH, OS = "kubernetes.io/arch", "kubernetes.io/os"
# https://kubernetes.io/docs/reference/labels-annotations-taints/#beta-kubernetes-io-arch
_OLD_NAMES = {"beta.kubernetes.io/arch": ARCH, "beta.kubernetes.io/os": OS}
# The one field that matchFields knows.
_NAME = "metadata.name"
# Set while a node is unwell or not yet ready, and gone again: it may take the pod a minute later.
_PASSING = ("node.kubernetes.io/", "node.cloudprovider.kubernetes.io/")
_KEEPS_OFF = ("NoSchedule", "NoExecute")


def candidates(placement: Placement, nodes: Sequence[Node]) -> tuple[Node, ...]:
    """The nodes that may run it.

    Where none fits, those that fit by platform: a node pool may be empty until it is wanted.
    """
    if placement.node:
        return tuple(node for node in nodes if node.name == placement.node)
    taking = [node for node in nodes if _takes(node, placement)]
    fitting = tuple(node for node in taking if _fits(placement, _whole(node)))
    return fitting or of_platform(placement, taking) or of_platform(placement, nodes)


def of_platform(placement: Placement, nodes: Sequence[Node]) -> tuple[Node, ...]:
    """The nodes that fit by their platform, whatever else is asked of them: all that a platform alone tells."""
    return tuple(node for node in nodes if _fits(placement, _Labels(_of_platform(node), whole=False)))


def asked_for(placement: Placement) -> tuple[Platform, ...]:
    """The platforms that a placement names itself, for when no node tells: none when it names no architecture."""
    terms = placement.terms if placement.terms is not None else ((),)
    found = []
    for term in terms:
        arches = _named(ARCH, placement.selector, term)
        systems = _named(OS, placement.selector, term) or ((placement.os,) if placement.os else ("linux",))
        found += [Platform(system, arch) for arch in arches for system in systems]
    return tuple(dict.fromkeys(found))


def by_platform(nodes: Iterable[Node]) -> Mapping[Platform | None, tuple[Node, ...]]:
    """Nodes gathered by what they run, those that do not tell it under None."""
    found: dict[Platform | None, list[Node]] = {}
    for node in nodes:
        found.setdefault(node.platform, []).append(node)
    return {platform: tuple(members) for platform, members in found.items()}


def _takes(node: Node, placement: Placement) -> bool:
    """Whether the node takes new pods of this kind at all."""
    if node.unschedulable and not placement.everywhere:
        return False
    return all(_tolerated(taint, placement.tolerations) for taint in node.taints)


def _tolerated(taint: Taint, tolerations: Sequence[Toleration]) -> bool:
    if taint.effect not in _KEEPS_OFF or taint.key.startswith(_PASSING):
        return True
    return any(_tolerates(each, taint) for each in tolerations)


def _tolerates(toleration: Toleration, taint: Taint) -> bool:
    if toleration.effect not in ("", taint.effect) or toleration.key not in ("", taint.key):
        return False
    if toleration.operator == "Exists":
        return True
    return bool(toleration.key) and toleration.value == taint.value


@dataclass(frozen=True, slots=True)
class _Labels:
    """What is known of a node; where that is not the whole, any other label may be there, with any value."""

    told: Mapping[str, str]
    whole: bool

    def meets(self, key: str, operator: str, values: Sequence[str]) -> bool:
        """Whether a condition holds, or may hold."""
        name = _OLD_NAMES.get(key, key)
        if not self.whole and name not in self.told:
            return True
        value = self.told.get(name)
        match operator:
            case "Exists" | "DoesNotExist":
                return (value is not None) is (operator == "Exists")
            case "In" | "NotIn":
                return (value in values) is (operator == "In")
        return _compares(value, operator, values)


def _compares(value: str | None, operator: str, values: Sequence[str]) -> bool:
    try:
        mine, limit = int(value or ""), int(values[0])
    except (ValueError, IndexError):
        return False
    return mine > limit if operator == "Gt" else mine < limit


def _fits(placement: Placement, labels: _Labels) -> bool:
    if placement.os and not labels.meets(OS, "In", (placement.os,)):
        return False
    if not all(labels.meets(key, "In", (value,)) for key, value in placement.selector.items()):
        return False
    # A term that asks nothing is met by no node.
    return placement.terms is None or any(
        bool(term) and all(labels.meets(each.key, each.operator, each.values) for each in term)
        for term in placement.terms
    )


def _whole(node: Node) -> _Labels:
    return _Labels({**_of_platform(node), **node.labels, _NAME: node.name}, whole=True)


def _of_platform(node: Node) -> Mapping[str, str]:
    return {ARCH: node.platform.architecture, OS: node.platform.os} if node.platform else {}


def _named(label: str, selector: Mapping[str, str], term: Sequence[Requirement]) -> tuple[str, ...]:
    named = [value for key, value in selector.items() if _OLD_NAMES.get(key, key) == label]
    for each in term:
        if _OLD_NAMES.get(each.key, each.key) == label and each.operator == "In":
            named += each.values
    return tuple(dict.fromkeys(named))
