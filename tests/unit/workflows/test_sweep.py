"""One look over a cluster, whatever could not be seen of it."""

import dataclasses
from collections.abc import Iterable
from pathlib import Path

import pytest

from bot import wiring
from bot.demo import story
from bot.errors import ClusterUnreadable
from bot.facts.objects import Unread
from bot.facts.verdict import Report
from bot.ports.reading import Scan
from bot.wiring import Access, Knowledge
from bot.workflows import sweep
from tests import recorded
from tests.cases import IMAGE, of_revision, pod
from tests.fakes.cluster import DENIED, NOW, FakeReader


def _waiting(name: str, **changes: object) -> "recorded.Pod":
    made = pod(name, **changes)
    message = f'failed to resolve reference "{IMAGE}": {IMAGE}: not found'
    return dataclasses.replace(
        made, containers=tuple(dataclasses.replace(each, waiting_message=message) for each in made.containers)
    )


async def test_sweep_gathers_what_fails_and_counts_what_it_saw(known: Knowledge) -> None:
    """The healthy pod is seen and not told of."""
    reader = FakeReader(pods=[_waiting("web-1"), pod("api-1", runs=NOW)])
    report = await sweep.sweep(recorded.world(reader, known), Scan())
    assert [each.pods for each in report.incidents] == [("shop/web-1",)]
    assert (report.looked_at, report.complete, report.recovered) == (2, True, None)


async def test_sweep_of_forbidden_pods_ends_with_a_clear_error(known: Knowledge) -> None:
    """Without pods there is nothing to diagnose."""
    with pytest.raises(ClusterUnreadable) as caught:
        await sweep.sweep(recorded.world(FakeReader(pods=DENIED), known), Scan())
    assert caught.value.hint == DENIED.remedy


async def test_everything_else_that_is_forbidden_degrades_and_is_listed(known: Knowledge) -> None:
    """Events, nodes, secrets, accounts, owners: the failure is still told, nothing is sure, the rights are named."""
    rows = {
        kind: Unread(kind, "forbidden", f"list {kind}")
        for kind in ("events", "nodes", "secrets", "serviceaccounts", "owners")
    }
    reader = FakeReader(
        pods=[_waiting("web-1", owners=of_revision(1))],
        events=rows["events"],
        nodes=rows["nodes"],
        secrets=rows["secrets"],
        accounts=rows["serviceaccounts"],
        owners=rows["owners"],
    )
    report = await sweep.sweep(recorded.world(reader, known), Scan())
    assert [each.verdict.cause for each in report.diagnoses] == ["wrong-tag"]
    assert report.diagnoses[0].verdict.confidence.value == "low"
    assert {"events", "owners"} <= {what for what, _, _ in report.unchecked}


async def test_sweep_asks_nothing_per_healthy_pod(known: Knowledge) -> None:
    """A hundred healthy pods cost what one costs."""
    costs = []
    for number in (1, 100):
        healthy = [pod(f"w-{n}", "other.example/app:1", runs=NOW) for n in range(number)]
        reader = FakeReader(pods=[_waiting("web-1"), *healthy])
        await sweep.sweep(recorded.world(reader, known), Scan())
        costs.append(reader.calls)
    assert costs[0] == costs[1]


async def test_sweep_of_a_healthy_cluster_reads_no_further(known: Knowledge) -> None:
    """One look, and nothing else."""
    reader = FakeReader(pods=[pod("w-1", runs=NOW)])
    report = await sweep.sweep(recorded.world(reader, known), Scan())
    assert (report.diagnoses, report.incidents, dict(reader.calls)) == ((), (), {"look": 1})


# The same on the demo's cluster, recorded objects and all.


async def _swept(dump: Path, scan: Scan) -> Report:
    async with wiring.opened(Access(dump=dump), wiring.knowledge()) as world:
        return await sweep.sweep(world, scan)


def _once(names: Iterable[str]) -> bool:
    listed = list(names)
    return len(listed) == len(set(listed))


async def test_sweep_tells_each_pod_in_one_incident() -> None:
    """Thirty failing pods, nine causes in nine places."""
    report = await _swept(story.RECORDINGS, Scan())
    assert len(report.incidents) == 9
    assert _once(pod for each in report.incidents for pod in each.pods)
    assert {pod for each in report.incidents for pod in each.pods} == {
        each.failure.pod.key for each in report.diagnoses
    }


@pytest.mark.parametrize("namespaces", [("shop",), ("shop", "media"), ("video",)])
async def test_sweep_keeps_to_its_namespaces(namespaces: tuple[str, ...]) -> None:
    """What was not asked about is not told."""
    report = await _swept(story.RECORDINGS, Scan(namespaces=namespaces))
    assert {each.failure.pod.namespace for each in report.diagnoses} <= set(namespaces)


async def test_sweep_says_what_it_stands_for() -> None:
    """The moment, and how many pods were looked at."""
    report = await _swept(story.RECORDINGS, Scan())
    assert report.looked_at == 65
    assert report.complete
    assert report.observed_at.endswith("Z")
