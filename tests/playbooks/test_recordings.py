"""Every recording yields its cause: what four real runtimes said must lead to what was really broken."""

import asyncio
import dataclasses
import random
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import wiring
from bot.cluster.dump import DumpReader
from bot.diagnosis import judge
from bot.facts.objects import Pod, Unread
from bot.facts.verdict import Confidence, Diagnosis, Report
from bot.ports.reading import Scan
from tests import recorded, staged
from tests.fakes.cluster import FakeReader
from tests.recorded import Recording, Truth


TRUTHS = recorded.truths()
CLUSTERS = sorted(recorded.clusters())
HIDEABLE = ("events", "nodes", "secrets", "accounts", "owners", "logs", "namespaces")
# Names that would give the game away to a diagnosis that reads names.
TELLING = (
    "wrong-tag",
    "registry-down",
    "x509-expired",
    "not-found",
    "healthy",
    "node-dns",
    "no-space",
    "neg",
)


async def _report(truth: Truth, known: wiring.Knowledge) -> Report:
    scan = Scan(stalled_after=truth.stalled_after)
    return await recorded.swept(DumpReader.open(truth.folder), known, scan)


async def _cluster(name: str, known: wiring.Knowledge) -> Report:
    return await recorded.swept(recorded.cluster_reader(name), known)


@pytest.mark.parametrize("truth", TRUTHS, ids=lambda truth: truth.key)
async def test_scenario_yields_its_cause(truth: Truth, known: wiring.Knowledge) -> None:
    """What was really broken is told, or a cause that an expert would give without asking the registry."""
    causes = {each.verdict.cause for each in (await _report(truth, known)).diagnoses}
    if not causes:
        assert truth.cause is None or truth.no_claim_is_fine
    else:
        assert truth.cause is not None, f"a look-alike was claimed: {causes}"
        assert causes <= truth.fine


@pytest.mark.parametrize("truth", TRUTHS, ids=lambda truth: truth.key)
async def test_scenario_verdict_stands_on_its_evidence(truth: Truth, known: wiring.Knowledge) -> None:
    """Anyone can compute a verdict again, and none is sure beside a question that nobody answered."""
    _holds(await _report(truth, known), known)


@pytest.mark.parametrize("name", CLUSTERS)
async def test_cluster_verdict_stands_on_its_evidence(name: str, known: wiring.Knowledge) -> None:
    """The same for whole clusters, where replicas may take over a sibling's surer verdict."""
    _holds(await _cluster(name, known), known)


@pytest.mark.parametrize("name", CLUSTERS)
async def test_cluster_yields_exactly_its_incidents(name: str, known: wiring.Knowledge) -> None:
    """Each incident once, with its cause, scope and pods, and nothing else claimed."""
    truth = recorded.clusters()[name]
    told = {
        (each.cause, each.place.scope.value, each.pods): each
        for each in (await _cluster(name, known)).incidents
    }
    for row in truth["incidents"]:
        fitting = [key for key in told if _is_meant(key, row)]
        assert len(fitting) == 1, (row, sorted(map(str, told)))
        del told[fitting[0]]
    assert not told


@pytest.mark.parametrize("name", ["node-b-dns", "dns-b-and-outage"])
async def test_node_is_blamed_for_certain_only_with_a_second_witness(
    name: str, known: wiring.Knowledge
) -> None:
    """What the other nodes managed is what makes a node's fault certain; without them it is a guess."""
    whole = await recorded.recording(recorded.cluster_reader(name))
    sure = await recorded.swept(whole.reader(), known)
    blamed = [each for each in sure.incidents if (each.cause or "").startswith("node-")]
    assert [each.confidence for each in blamed] == [Confidence.HIGH]
    lonely = await recorded.swept(_only(whole, blamed[0].place.node).reader(), known)
    assert lonely.incidents
    assert all(each.confidence is not Confidence.HIGH for each in lonely.incidents)


@pytest.mark.parametrize("hidden", [*((kind,) for kind in HIDEABLE), HIDEABLE], ids="+".join)
async def test_knowing_less_never_makes_wrong(hidden: tuple[str, ...], known: wiring.Knowledge) -> None:
    """Whatever may not be read: no look-alike is claimed, nothing wrong is sure, the true cause stays in sight."""
    for truth in TRUTHS:
        report = await recorded.swept(
            _hiding(staged.scenario(truth.key), hidden), known, Scan(stalled_after=truth.stalled_after)
        )
        for each in report.diagnoses:
            assert truth.cause is not None, truth.key
            right = each.verdict.cause in truth.fine
            assert right or each.verdict.confidence is not Confidence.HIGH, truth.key
            assert right or truth.cause in each.verdict.possible, truth.key


@pytest.mark.parametrize("name", CLUSTERS)
async def test_seeing_half_of_a_cluster_never_makes_wrong(name: str, known: wiring.Knowledge) -> None:
    """Pods of a cluster that nobody listed: what is left is never blamed for certain on something else."""
    whole = (await recorded.recording(recorded.cluster_reader(name))).told({})
    fine = {
        pod: {row["cause"], *row["also_accepted"]}
        for row in recorded.clusters()[name]["incidents"]
        for pod in row["pods"]
    }
    for seed in range(12):
        chance = random.Random(seed)  # noqa: S311  # picks pods, protects nothing
        half = _of_pods(whole, tuple(pod for pod in whole.pods if chance.random() < 0.6))
        for each in (await recorded.swept(half.reader(), known)).diagnoses:
            right = each.verdict.cause in fine[each.failure.pod.key]
            assert right or each.verdict.confidence is not Confidence.HIGH, each.failure.pod.key


@given(seed=st.integers(0, 2**32))
@settings(max_examples=12, deadline=None, derandomize=True)
def test_names_decide_nothing(seed: int, known: wiring.Knowledge) -> None:
    """Namespaces, pods, nodes, workloads and containers under other names, telling ones too: the same verdicts."""
    chance = random.Random(seed)  # noqa: S311  # picks names, protects nothing
    truth = chance.choice([each for each in TRUTHS if each.cause])
    before, after, names = asyncio.run(_renamed(truth, chance, known))
    told = {names.get(pod, pod): verdict for pod, verdict in before.items()}
    assert after == told


async def _renamed(
    truth: Truth, chance: random.Random, known: wiring.Knowledge
) -> tuple[Any, Any, Mapping[str, str]]:
    scan = Scan(stalled_after=truth.stalled_after)
    facts = staged.scenario(truth.key)
    names = {name: f"{chance.choice(TELLING)}-{chance.randrange(10**6)}" for name in sorted(_names(facts))}
    before = await recorded.swept(facts.reader(), known, scan)
    after = await recorded.swept(facts.told(names).reader(), known, scan)
    return _verdicts(before), _verdicts(after), names


def _verdicts(report: Report) -> dict[str, tuple[object, ...]]:
    return {
        each.failure.pod.name: (
            each.failure.symptom.id,
            each.verdict.cause,
            each.verdict.confidence,
            each.verdict.possible,
            each.workload.kind,
        )
        for each in report.diagnoses
    }


def _names(facts: Recording) -> set[str]:
    images = {container.image for pod in facts.pods for container in pod.containers}
    containers = {container.name for pod in facts.pods for container in pod.containers}
    objects = {each.name for each in (*facts.pods, *facts.nodes)}
    return (set(facts.namespaces) | objects | containers) - images


def _only(whole: Recording, node: str) -> Recording:
    """What would be left if no other node existed."""
    left = _of_pods(whole, tuple(pod for pod in whole.pods if pod.node == node))
    return dataclasses.replace(left, nodes=tuple(each for each in whole.nodes if each.name == node))


def _of_pods(whole: Recording, pods: tuple[Pod, ...]) -> Recording:
    """The same with these pods and their events only."""
    kept = {pod.key for pod in pods}
    events = tuple(each for each in whole.events if f"{each.namespace}/{each.pod}" in kept)
    return dataclasses.replace(whole, pods=pods, events=events)


def _hiding(facts: Recording, kinds: tuple[str, ...]) -> FakeReader:
    """A reader that may not see some kinds of facts."""
    known = {kind: getattr(facts, kind) for kind in ("pods", *HIDEABLE)}
    hidden = {kind: Unread(kind, "forbidden", f"list {kind}") for kind in kinds}
    return FakeReader(**known | hidden, now=facts.now)


def _is_meant(told: tuple[str | None, str, tuple[str, ...]], row: Mapping[str, Any]) -> bool:
    cause, scope, pods = told
    also_scope = row.get("also_scope") or []
    scopes = {row["scope"], *([also_scope] if isinstance(also_scope, str) else also_scope)}
    return (
        cause in (row["cause"], *row["also_accepted"])
        and scope in scopes
        and pods == tuple(sorted(row["pods"]))
    )


def _holds(report: Report, known: wiring.Knowledge) -> None:
    computed = {id(each): _computed(each, known) for each in report.diagnoses}
    own = [each.verdict for each in report.diagnoses if each.verdict == computed[id(each)]]
    causes = {cause.id: cause for cause in known.catalog.causes}
    for each in report.diagnoses:
        # A replica may take over what a sibling's clearer words proved; that one's evidence then proves it.
        assert each.verdict == computed[id(each)] or each.verdict in own
        if each.verdict == computed[id(each)] and each.verdict.confidence is Confidence.HIGH:
            answers = {item.check: item.answer for item in each.verdict.evidence}
            standing = judge.stand(causes[each.verdict.cause or ""], each.failure.symptom.id, answers)
            assert standing.met == standing.musts
            assert standing.proven


def _computed(each: Diagnosis, known: wiring.Knowledge) -> object:
    return judge.judge(each.failure.symptom.id, each.verdict.evidence, known.catalog.causes)
