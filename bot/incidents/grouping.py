"""Gathers diagnoses into incidents: what shares a cause and the place where it lies is one incident.

The place is computed, not assumed. A cause that lies in one kind of place says so in its playbook; where it
names several, the narrowest stands until at least two witnesses speak for a wider one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.facts.cause import Cause, Scope
from bot.facts.evidence import Answer
from bot.facts.registries import RegistryBook
from bot.facts.verdict import Confidence, Diagnosis, Incident, Place


_RANK = {Confidence.HIGH: 0, Confidence.MEDIUM: 1, Confidence.LOW: 2}
_ELSEWHERE = ("other-nodes-pull", "registry-reached-elsewhere", "name-resolves-elsewhere")
_WIDEST_FIRST = (Scope.CLUSTER, Scope.REGISTRY, Scope.NODE, Scope.NAMESPACE, Scope.WORKLOAD)


def group(
    diagnoses: Sequence[Diagnosis], causes: Mapping[str, Cause], registries: RegistryBook
) -> tuple[Incident, ...]:
    """One incident for each cause in each place, the widest and surest first."""
    by_cause: dict[str | None, list[Diagnosis]] = {}
    for each in diagnoses:
        by_cause.setdefault(each.verdict.cause, []).append(each)
    spreads = {cause: _spread(found) for cause, found in by_cause.items()}
    members: dict[tuple[str | None, Place], list[Diagnosis]] = {}
    for each in diagnoses:
        place = _place(each, causes, registries, spreads[each.verdict.cause])
        members.setdefault((each.verdict.cause, place), []).append(each)
    incidents = [
        Incident(cause, place, _surest(found), tuple(found)) for (cause, place), found in members.items()
    ]
    return tuple(sorted(incidents, key=_order))


@dataclass(frozen=True, slots=True)
class _Spread:
    """How far a cause reaches.

    Attributes:
        fine_elsewhere: some other node managed what one of them did not.
    """

    nodes: int
    registries: int
    fine_elsewhere: bool


def _spread(same: Sequence[Diagnosis]) -> _Spread:
    return _Spread(
        len({each.failure.pod.node for each in same}),
        len({each.failure.registry for each in same}),
        any(_is_fine_elsewhere(each) for each in same),
    )


def _place(
    diagnosis: Diagnosis,
    causes: Mapping[str, Cause],
    registries: RegistryBook,
    spread: _Spread,
) -> Place:
    pod, failure = diagnosis.failure.pod, diagnosis.failure
    cause = causes.get(diagnosis.verdict.cause or "")
    scope = _scope(diagnosis, cause, spread)
    registry = registries.family(failure.registry)
    match scope:
        case Scope.NAMESPACE:
            return Place(scope, namespace=pod.namespace, registry=registry)
        case Scope.NODE:
            return Place(scope, node=pod.node)
        case Scope.REGISTRY:
            return Place(scope, registry=_mirror(diagnosis) or registry)
        case Scope.CLUSTER:
            return Place(scope)
        case _:
            return Place(scope, namespace=pod.namespace, workload=str(diagnosis.workload))


def _scope(diagnosis: Diagnosis, cause: Cause | None, spread: _Spread) -> Scope:
    if cause is None:
        return Scope.WORKLOAD
    if len(cause.scopes) == 1:
        return cause.scopes[0]
    narrow, wide = cause.scopes[0], cause.scopes[-1]
    # This one has its two witnesses in itself, so it holds for a single pod that somebody asks about.
    if wide is Scope.CLUSTER and _says(diagnosis, "network-fails-widely"):
        return wide
    if wide is Scope.CLUSTER and spread.nodes > 1 and not spread.fine_elsewhere:
        return wide
    if wide is Scope.REGISTRY and spread.nodes > 1 and spread.registries == 1:
        return wide
    return narrow


def _is_fine_elsewhere(diagnosis: Diagnosis) -> bool:
    """Whether some other node managed what this one did not: then the whole cluster is not concerned."""
    return any(_says(diagnosis, check) for check in _ELSEWHERE)


def _mirror(diagnosis: Diagnosis) -> str:
    """The mirror that was asked; one that fails is one fault, for however many registries it stands."""
    evidence = diagnosis.verdict.answer("mirror-in-play")
    return evidence.details.get("mirror", "") if evidence and evidence.answer is Answer.YES else ""


def _says(diagnosis: Diagnosis, check: str) -> bool:
    evidence = diagnosis.verdict.answer(check)
    return evidence is not None and evidence.answer is Answer.YES


def _surest(found: Sequence[Diagnosis]) -> Confidence:
    return min((each.verdict.confidence for each in found), key=lambda confidence: _RANK[confidence])


def _order(incident: Incident) -> tuple[int, int, int, str]:
    return (
        _WIDEST_FIRST.index(incident.place.scope),
        _RANK[incident.confidence],
        -len(incident.pods),
        incident.pods[0] if incident.pods else "",
    )
