"""cordon-node: no new pods for a node that cannot pull, and those that fail there are made anew elsewhere.

A cordon moves nothing by itself: https://kubernetes.io/docs/concepts/architecture/nodes/#manual-node-administration
"""

import json
from collections.abc import Sequence
from typing import Final

from bot.facts.change import ObjectKey, Risk, Style, Verb, Write
from bot.facts.objects import Node, Unread
from bot.ports.rehearsing import Live
from bot.remediation import fields, pods
from bot.remediation.drafting import Draft, Situation, Unfit
from bot.remediation.pods import Renewal


_PATH: Final = ("spec", "unschedulable")
_BARRING: Final = frozenset({"NoSchedule", "NoExecute"})


class CordonNode:
    """Marks the node of the failing pod as unschedulable."""

    id = "cordon-node"

    async def draft(self, situation: Situation) -> Draft | Unfit:
        """The mark, and new pods for those of the workload that fail there."""
        name = situation.diagnosis.failure.pod.node
        if not name:
            return Unfit("the failing pod is on no node yet")
        live = await situation.rehearse.read(ObjectKey("Node", "", name))
        if not isinstance(live, Live):
            return Unfit(f"node {name} is gone") if live is None else pods.unseen(f"node {name}", live)
        if fields.found(live.body, _PATH):
            return Unfit(f"node {name} is cordoned already")
        others = await _others(situation, name)
        if isinstance(others, Unfit):
            return others
        moved = await _moved(situation, name, others)
        warnings = (
            f"New pods go to {_listed(others)}; what runs on {name} goes on running there.",
            f"Somebody has to mend {name} and uncordon it: kubectl uncordon {name}.",
            *moved.warnings,
        )
        headline = f"Cordon node {name}"
        if moved.writes:
            headline += f" and make {situation.diagnosis.workload}'s failing pods anew elsewhere"
        return Draft(Risk.HIGH, (_cordon(live), *moved.writes), headline, warnings)


def _cordon(live: Live) -> Write:
    before = fields.found(live.body, _PATH)
    return Write(
        Verb.PATCH,
        live.key,
        live.uid,
        json.dumps(fields.nested(_PATH, True)),
        Style.MERGE,
        json.dumps(fields.nested(_PATH, before)),
        (fields.pinned(live.body, _PATH, f"that node {live.key.name} takes pods"),),
        said=f"keep new pods off node {live.key.name}",
    )


async def _others(situation: Situation, name: str) -> Sequence[Node] | Unfit:
    """The nodes that take pods and pull, beside this one."""
    nodes = await situation.reader.nodes()
    if isinstance(nodes, Unread):
        return Unfit(f"whether another node takes pods cannot be seen: {nodes.what}: {nodes.why}")
    free = [each for each in nodes if each.name != name and _takes_pods(each)]
    if not free:
        return Unfit(f"node {name} is the last one that takes pods")
    cause = situation.diagnosis.verdict.cause
    ill = {each.failure.pod.node for each in situation.beside if each.verdict.cause == cause}
    well = [each for each in free if each.name not in ill]
    if not well:
        return Unfit(f"every other node that takes pods fails alike: {_listed(free)}")
    return well


def _takes_pods(node: Node) -> bool:
    barred = any(each.effect in _BARRING for each in node.taints)
    return not (node.unschedulable or node.ready is False or node.disk_pressure or barred)


async def _moved(situation: Situation, name: str, others: Sequence[Node]) -> Renewal:
    """New pods for those that fail on the node; none where they would come back to it, or find no other."""
    first = situation.diagnosis
    if first.workload.kind == "DaemonSet":
        return Renewal(warnings=("A DaemonSet's pods stay on their node, cordoned or not.",))
    wanted = first.failure.pod.node_selector.items()
    if not any(wanted <= each.labels.items() for each in others):
        return Renewal(
            warnings=("The failing pod stays where it is: its nodeSelector allows no other node.",)
        )
    found = await pods.renewal(situation, lambda failure: failure.pod.node == name)
    if isinstance(found, Unfit):
        return Renewal(warnings=(f"The failing pod stays where it is: {found.why}.",))
    if found.rest:
        warning = f"{found.rest} pods that fail on {name} stay there until somebody deletes them."
        return Renewal(warnings=(warning,))
    return found


def _listed(nodes: Sequence[Node]) -> str:
    shown = ", ".join(each.name for each in nodes[:3])
    return f"{shown} and {len(nodes) - 3} more" if len(nodes) > 3 else shown
