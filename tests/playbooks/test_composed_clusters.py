"""Clusters that nobody recorded, put together from those that were: many faults at once, each told once.

A wrong guess about where a fault lies shows only beside other faults: a registry that one pod cannot reach and
another can, a node that two unrelated pods fail on, a look that saw half of everything.
"""

import itertools
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot import wiring
from bot.facts.verdict import Report
from bot.ports.reading import Scan
from tests import recorded, staged
from tests.recorded import Recording, Truth


COMPOSITIONS = 80
# These are faults of a node itself, so another recording cannot share it.
OWN_NODE = ("no-space", "proxy-refused", "dns-timeout", "http-hang")
# A pull that hangs in the recordings does so for minutes, not for ten.
SCAN = Scan(stalled_after=timedelta(minutes=1))


@dataclass(frozen=True)
class Composed:
    """Several scenarios as one cluster, and which pod came from which."""

    facts: Recording
    origin: Mapping[str, Truth]


def _compose(seed: int) -> Composed:
    chance = random.Random(seed)  # noqa: S311  # picks scenarios, protects nothing
    chosen = chance.sample(recorded.truths(), chance.randint(3, 6))
    return _composed(chosen, shared=chance.random() < 0.3)


def _composed(chosen: Sequence[Truth], *, shared: bool) -> Composed:
    parts: list[Recording] = []
    origin: dict[str, Truth] = {}
    for place, truth in enumerate(chosen):
        facts = staged.scenario(truth.key)
        alone = not shared or truth.scenario in OWN_NODE
        moved = facts.told(_names(facts, place, node=f"node-{place}" if alone else "node-shared"))
        parts.append(moved)
        origin |= {pod.key: truth for pod in moved.pods}
    return Composed(recorded.merged(parts), origin)


def _names(facts: Recording, place: int, node: str) -> dict[str, str]:
    names = {name: f"space-{place}-{number}" for number, name in enumerate(facts.namespaces)}
    names |= {each.name: node for each in facts.nodes}
    return names | {pod.name: f"pod-{place}-{number}" for number, pod in enumerate(facts.pods)}


def _causes(report: Report) -> dict[str, set[str | None]]:
    told: dict[str, set[str | None]] = defaultdict(set)
    for each in report.diagnoses:
        told[each.failure.pod.key].add(each.verdict.cause)
    return told


@pytest.mark.parametrize("seed", range(COMPOSITIONS))
async def test_composition_tells_each_fault_once(seed: int, known: wiring.Knowledge) -> None:
    """Every failing pod is in exactly one incident with a cause of its own scenario, and no healthy one in any."""
    await _tells_each_fault_once(_compose(seed), known)


async def test_every_scenario_at_once_tells_each_fault_once(known: wiring.Knowledge) -> None:
    """All runtimes' troubles in one cluster, each on a node of its own: a storm of unrelated faults."""
    await _tells_each_fault_once(_composed(recorded.truths(), shared=False), known)


async def _tells_each_fault_once(composed: Composed, known: wiring.Knowledge) -> None:
    report = await recorded.swept(composed.facts.reader(), known, SCAN)
    told = _causes(report)
    for truth in set(composed.origin.values()):
        mine = [pod for pod, origin in composed.origin.items() if origin is truth]
        causes = set().union(*(told.get(pod, set()) for pod in mine))
        if truth.cause is None:
            assert not causes, f"{truth.key} is not a failure"
        elif causes or not truth.no_claim_is_fine:
            assert causes, f"{truth.key} went untold"
            assert causes <= truth.fine, truth.key
    _once(report, set(composed.origin))


def _once(report: Report, pods: set[str]) -> None:
    """Each failure in one incident, no incident twice, none about a pod that is not there."""
    places = [(each.cause, each.place) for each in report.incidents]
    assert len(places) == len(set(places))
    members = [id(each) for incident in report.incidents for each in incident.diagnoses]
    assert sorted(members) == sorted(id(each) for each in report.diagnoses)
    assert {pod for incident in report.incidents for pod in incident.pods} <= pods
    assert all(_is_plausible(incident.place.scope.value, incident.pods) for incident in report.incidents)


def _is_plausible(scope: str, pods: Sequence[str]) -> bool:
    """What lies in one namespace concerns pods of one namespace only."""
    return scope not in ("workload", "namespace") or len({pod.split("/")[0] for pod in pods}) == 1


@pytest.mark.parametrize("pair", list(itertools.combinations(sorted(recorded.clusters()), 2)), ids="+".join)
async def test_two_clusters_in_one_keep_their_incidents(
    pair: tuple[str, str], known: wiring.Knowledge
) -> None:
    """Six nodes, two recordings, many registries in common: the incidents are those of both."""
    parts: list[Recording] = []
    expected: dict[str, set[str]] = {}
    number = 0
    for place, name in enumerate(pair):
        facts = await recorded.recording(recorded.cluster_reader(name))
        names = {each: f"space-{place}-{each}" for each in facts.namespaces}
        names |= {each.name: f"node-{place}-{each.name}" for each in facts.nodes}
        parts.append(facts.told(names))
        for row in recorded.clusters()[name]["incidents"]:
            number += 1
            expected |= {f"space-{place}-{pod}": {row["cause"], *row["also_accepted"]} for pod in row["pods"]}
    report = await recorded.swept(recorded.merged(parts).reader(), known)
    assert set(_causes(report)) == set(expected)
    for pod, causes in _causes(report).items():
        assert causes <= expected[pod], pod
    assert len(report.incidents) == number
