"""For which platforms an image must be made: the spec of a workload's pods in, those of the nodes they may run on out."""

from collections.abc import Mapping
from typing import Any

from bot.diagnosis import landing
from bot.facts.image import Platform
from bot.facts.objects import Node, Unread
from bot.facts.precheck import Placement, Requirement, Toleration
from bot.ports.reading import ClusterReader
from bot.remediation import fields
from bot.remediation.templates import Subject


async def nodes(reader: ClusterReader, held: Subject) -> tuple[Node, ...] | Unread:
    """The nodes that its pods may run on."""
    every = await reader.nodes()
    if isinstance(every, Unread):
        return every
    return landing.candidates(placement(held.spec, everywhere=held.kind == "DaemonSet"), every)


async def platforms(reader: ClusterReader, held: Subject) -> tuple[Platform, ...] | Unread:
    """What those nodes run, each once; Unread where one of them does not tell."""
    found = await nodes(reader, held)
    if isinstance(found, Unread):
        return found
    if not found:
        return Unread("nodes", "no node that these pods may run on is known")
    silent = next((each.name for each in found if each.platform is None), None)
    if silent is not None:
        return Unread(f"node {silent}", "it does not tell its platform")
    return tuple(sorted({each.platform for each in found if each.platform}, key=str))


def placement(spec: Mapping[str, Any], *, everywhere: bool = False) -> Placement:
    """Where a pod spec lets its pods run."""
    required = ("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    terms = fields.found(spec, (*required, "nodeSelectorTerms"))
    return Placement(
        selector=dict(spec.get("nodeSelector") or {}),
        terms=None if terms is None else tuple(_term(each) for each in terms),
        tolerations=tuple(_toleration(each) for each in spec.get("tolerations") or ()),
        node=spec.get("nodeName") or "",
        os=fields.found(spec, ("os", "name")) or "",
        everywhere=everywhere,
    )


def _term(term: Mapping[str, Any]) -> tuple[Requirement, ...]:
    told = (*(term.get("matchExpressions") or ()), *(term.get("matchFields") or ()))
    return tuple(
        Requirement(each.get("key", ""), each.get("operator", ""), tuple(each.get("values") or ()))
        for each in told
    )


def _toleration(told: Mapping[str, Any]) -> Toleration:
    return Toleration(
        told.get("key") or "",
        told.get("operator") or "Equal",
        told.get("value") or "",
        told.get("effect") or "",
    )
