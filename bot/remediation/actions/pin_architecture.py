"""pin-architecture: pods only on nodes of the architectures that their image is made for."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.diagnosis.landing import ARCH, OS
from bot.facts.change import Risk
from bot.facts.image import ImageReference, Platform
from bot.facts.objects import Node, Unread
from bot.facts.text import shown
from bot.remediation import fields, placing, proving, templates
from bot.remediation.drafting import Draft, Situation, Unfit
from bot.remediation.patching import Path
from bot.remediation.proving import Doubt, Proof
from bot.remediation.templates import Following, Subject


_AFFINITY: Final = ("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
_MOST_NAMED: Final = 8


class PinArchitecture:
    """Keeps a workload off nodes that its image is not made for."""

    id = "pin-architecture"

    async def draft(self, situation: Situation) -> Draft | Unfit:
        """The architectures that the image is made for and that nodes have, as a condition on nodes."""
        held = await templates.subject(situation)
        if isinstance(held, Unfit):
            return held
        if held.kind == "Pod":
            return Unfit(
                f"{held.live.key} stands on its node: where a pod may run cannot be changed any more"
            )
        after = await templates.following(situation, held)
        if isinstance(after, Unfit):
            return after
        reference = situation.diagnosis.failure.reference
        if reference is None:
            return Unfit("the reference does not parse")
        nodes = await placing.nodes(situation.reader, held)
        if isinstance(nodes, Unread):
            return Unfit(f"the nodes cannot be seen: {nodes.why}")
        return await _pinned(situation, held, after, (reference, nodes))


async def _pinned(
    situation: Situation, held: Subject, after: Following, found: tuple[ImageReference, Sequence[Node]]
) -> Draft | Unfit:
    reference, nodes = found
    by_platform: dict[Platform, list[Node]] = {}
    for node in nodes:
        if node.platform is not None and node.ready is not False:
            by_platform.setdefault(node.platform, []).append(node)
    proofs: list[Proof] = []
    against: list[str] = []
    for platform in by_platform:
        proof = await proving.proven(proving.case_of(situation), reference, (platform,))
        if isinstance(proof, Doubt) and not proof.is_sure:
            return Unfit(str(proof))
        if isinstance(proof, Proof):
            proofs.append(proof)
        else:
            against.append(proof.why)
    if not proofs:
        why = "; ".join(dict.fromkeys(against)) or "none is known"
        return Unfit(f"of the nodes that its pods may run on none takes the image: {why}")
    if not against and len({each.name for each in nodes}) == sum(map(len, by_platform.values())):
        return Unfit("every node that its pods may run on takes the image: there is nothing to pin")
    fitting = tuple(platform for proof in proofs for platform in proof.platforms)
    if _admits_others(fitting, tuple(by_platform)):
        return Unfit("its architectures and systems cannot be told apart by two labels")
    return _draft(held, after, proofs[0], fitting, [node for each in fitting for node in by_platform[each]])


def _admits_others(fitting: Sequence[Platform], every: Sequence[Platform]) -> bool:
    """Whether a node that does not take the image has an architecture of one that does, and the system of another."""
    arches, systems = {each.architecture for each in fitting}, {each.os for each in fitting}
    rest = (each for each in every if each not in fitting)
    return any(each.architecture in arches and each.os in systems for each in rest)


def _draft(
    held: Subject, after: Following, proof: Proof, fitting: Sequence[Platform], nodes: Sequence[Node]
) -> Draft:
    changes = _changes(held, fitting)
    told = ", ".join(sorted({str(Platform(each.os, each.architecture)) for each in fitting}))
    depends = (
        *held.depends(()),
        *(fields.pinned(held.live.body, path, "where its pods may run") for path, _ in changes),
    )
    names = sorted({shown(each.name) for each in nodes})
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    warnings = [f"Then its pods run on these nodes alone: {', '.join(names[:_MOST_NAMED])}{more}."]
    if held.kind == "DaemonSet":
        warnings.append("The other nodes get no pod of it any more.")
    pledge = Proof(proof.image, proof.digest, tuple(fitting)).pledge
    write = held.write(changes, depends, f"keep the pods of {held.live.key} on {told}")
    return Draft(
        Risk.MEDIUM,
        (write, *after.writes),
        f"Keep {held.live.key} on nodes of {told}",
        (*warnings, *after.warnings),
        pledge,
    )


def _changes(held: Subject, fitting: Sequence[Platform]) -> list[tuple[Path, object]]:
    """One architecture is a label to select by; several are a condition, in each of the terms that there are."""
    arches = sorted({each.architecture for each in fitting})
    systems = sorted({each.os for each in fitting})
    if len(arches) == 1 and len(systems) == 1:
        return [
            ((*held.path, "nodeSelector", ARCH), arches[0]),
            ((*held.path, "nodeSelector", OS), systems[0]),
        ]
    wanted = [_among(ARCH, arches), _among(OS, systems)]
    path = (*held.path, *_AFFINITY, "nodeSelectorTerms")
    terms: Sequence[Mapping[str, Any]] = fields.found(held.live.body, path) or ({},)
    told = [{**each, "matchExpressions": [*(each.get("matchExpressions") or ()), *wanted]} for each in terms]
    # What is not there yet is made whole, so that taking it back leaves no half of it.
    steps = (*_AFFINITY, "nodeSelectorTerms")
    for number in range(1, len(steps)):
        if not fields.found(held.spec, steps[:number]):
            return [((*held.path, *steps[:number]), fields.nested(steps[number:], told))]
    return [(path, told)]


def _among(label: str, values: Sequence[str]) -> dict[str, Any]:
    return {"key": label, "operator": "In", "values": list(values)}
