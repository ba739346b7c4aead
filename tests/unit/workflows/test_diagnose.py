"""Why these pods: targets, their surroundings, and what is over by now."""

import dataclasses
from collections.abc import AsyncIterator

import pytest

from bot import wiring
from bot.demo import story
from bot.errors import ClusterUnreadable, TargetNotFound
from bot.facts.objects import Owner, OwnerReference, Pod, PodEvent, Sighting, Unread
from bot.facts.target import Target
from bot.ports.reading import Scan
from bot.wiring import Access, Knowledge
from bot.workflows import diagnose, sweep
from bot.workflows.world import World
from tests import recorded, staged
from tests.cases import BEGAN, IMAGE, MINUTE, of_revision, pod, revision
from tests.fakes.cluster import DENIED, NOW, FakeReader


TEXT = f'failed to resolve reference "{IMAGE}": {IMAGE}: not found'


def _waiting(name: str, **changes: object) -> Pod:
    made = pod(name, **changes)
    return dataclasses.replace(
        made, containers=tuple(dataclasses.replace(each, waiting_message=TEXT) for each in made.containers)
    )


DEPLOYMENT = Owner("Deployment", "shop", "web")
PODS = [_waiting("web-1", owners=of_revision(1)), _waiting("web-2", owners=of_revision(1)), _waiting("api-1")]


def _reader(**changes: object) -> FakeReader:
    world: dict[str, object] = {"pods": PODS, "owners": [revision(1, IMAGE), DEPLOYMENT]}
    return FakeReader(**world | changes)  # type: ignore[arg-type]


async def _why(
    known: Knowledge, reader: FakeReader, *targets: Target, scan: Scan | None = None
) -> "diagnose.Report":
    return await diagnose.why(recorded.world(reader, known), targets, scan or Scan())


def _target(kind: str, name: str, namespace: str = "shop") -> Target:
    return Target(kind=kind, name=name, namespace=namespace)


@pytest.mark.parametrize(
    ("target", "pods"),
    [
        (_target("", "web-1"), {"shop/web-1"}),
        (_target("Pod", "web-1"), {"shop/web-1"}),
        (_target("Deployment", "web"), {"shop/web-1", "shop/web-2"}),
        (_target("ReplicaSet", "web-1"), {"shop/web-1", "shop/web-2"}),
    ],
)
async def test_target_is_a_pod_or_a_workload(target: Target, pods: set[str], known: Knowledge) -> None:
    """Only what was asked for is told."""
    report = await _why(known, _reader(), target)
    assert {each.failure.pod.key for each in report.diagnoses} == pods


async def test_several_targets_count_each_pod_once(known: Knowledge) -> None:
    """A pod and its workload may both be named."""
    report = await _why(known, _reader(), _target("Deployment", "web"), _target("", "web-1"))
    assert sorted(each.failure.pod.name for each in report.diagnoses) == ["web-1", "web-2"]


async def test_no_target_means_every_failure_of_the_namespaces(known: Knowledge) -> None:
    """Of all namespaces when none is named."""
    pods = [*PODS, _waiting("db-1", namespace="data")]
    here = await _why(known, _reader(pods=pods), scan=Scan(namespaces=("data",)))
    assert {each.failure.pod.key for each in here.diagnoses} == {"data/db-1"}
    assert len((await _why(known, _reader(pods=pods))).diagnoses) == 4


@pytest.mark.parametrize(
    ("target", "hint"),
    [
        (_target("", "web"), "did you mean Deployment/web?"),
        (_target("StatefulSet", "web"), "did you mean Deployment/web?"),
        (_target("", "web-3"), "there are: web-1, web-2"),
        (_target("Deployment", "wbe"), "there are: Deployment/web"),
        (_target("", "x", "empty"), "imagepull sweep"),
        (_target("", "web", "deplyo"), "did you mean deploy/web?"),
    ],
)
async def test_target_that_is_not_there_names_what_is(target: Target, hint: str, known: Knowledge) -> None:
    """The nearest names, or where else to look."""
    with pytest.raises(TargetNotFound) as caught:
        await _why(known, _reader(), target)
    assert hint in caught.value.hint
    assert repr(target.name) in caught.value.message


@pytest.mark.parametrize("target", [_target("", "web-1"), _target("Deployment", "web")])
async def test_forbidden_pods_are_not_missing_pods(target: Target, known: Knowledge) -> None:
    """Nobody says that a pod is not there when nobody may look."""
    with pytest.raises(ClusterUnreadable) as caught:
        await _why(known, _reader(pods=DENIED), target)
    assert caught.value.hint == DENIED.remedy


class OwnNamespaceOnly(FakeReader):
    """A login that may look into namespaces one by one, but not over the cluster."""

    async def look(self, scan: Scan) -> Sighting:
        """Refused for all namespaces."""
        if scan.namespaces is None:
            raise ClusterUnreadable("pods: forbidden", "list pods in the whole cluster (tier 0)")
        return await super().look(scan)


async def test_pods_own_namespace_will_do_when_the_cluster_may_not_be_seen(known: Knowledge) -> None:
    """The surroundings are smaller; the pod is diagnosed."""
    reader = OwnNamespaceOnly(pods=[*PODS, _waiting("db-1", namespace="data")])
    report = await _why(known, reader, _target("", "web-1"))
    assert {each.failure.pod.key for each in report.diagnoses} == {"shop/web-1"}
    with pytest.raises(ClusterUnreadable):
        await _why(known, reader)


async def test_recovered_pod_is_told_as_over(known: Knowledge) -> None:
    """It runs, and its events still hold what it complained of."""
    event = PodEvent(
        "shop", "w-1", "Failed", f'Failed to pull image "{IMAGE}": {TEXT}', "Warning", "app", BEGAN, BEGAN
    )
    report = await _why(
        known, FakeReader(pods=[pod("w-1", runs=NOW - MINUTE)], events=[event]), _target("", "w-1")
    )
    assert (report.diagnoses, report.recovered) == ((), {"shop/w-1": "manifest-not-found"})


async def test_healthy_pod_has_neither_failure_nor_past(known: Knowledge) -> None:
    """Nothing is invented."""
    report = await _why(known, FakeReader(pods=[pod("w-1", runs=NOW)]), _target("", "w-1"))
    assert (report.diagnoses, report.incidents, report.recovered) == ((), (), {})


async def test_unread_events_of_the_pod_are_listed(known: Knowledge) -> None:
    """The verdict stands on less, and says so."""
    events = Unread("events in shop", "forbidden", "list events")
    report = await _why(known, _reader(events=events), _target("", "web-1"))
    assert ("events in shop", "forbidden", "list events") in report.unchecked
    assert report.diagnoses


async def test_why_says_of_a_pod_what_sweep_says(known: Knowledge) -> None:
    """The same verdict and the same place, though only one pod was asked about."""
    images = ("one.example/a/web:1", "two.example/b/api:2")
    lost = [
        staged.failing("containerd-2/tcp-timeout", f"{node}{n}-x", node, image=image)
        for n, image in enumerate(images)
        for node in ("a", "b")
    ]
    facts = staged.stage(*lost)
    whole = await sweep.sweep(recorded.world(facts.reader(), known), Scan())
    one = await _why(known, facts.reader(), _target("", "a0-x"))
    assert [(each.cause, each.place) for each in one.incidents] == [
        (each.cause, each.place) for each in whole.incidents
    ]


async def test_owner_reference_without_its_owner_still_finds_its_pods(known: Knowledge) -> None:
    """A custom kind can be named though nobody can list it."""
    pods = [_waiting("db-1", owners=(OwnerReference("PostgresCluster", "db"),))]
    report = await _why(known, FakeReader(pods=pods), _target("PostgresCluster", "db"))
    assert [str(each.workload) for each in report.diagnoses] == ["PostgresCluster/db"]


# The same on the demo's cluster, recorded objects and all.


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """The demo's cluster."""
    async with wiring.opened(Access(dump=story.RECORDINGS), wiring.knowledge()) as opened:
        yield opened


@pytest.mark.parametrize(
    ("target", "pods"),
    [
        (Target("", "web", "api-c7ddf9879-hllw2"), 1),
        (Target("Deployment", "store", "checkout"), 10),
        (Target("ReplicaSet", "store", "checkout-67d4885bfc"), 10),
    ],
)
async def test_diagnose_takes_pods_and_whatever_owns_them(world: World, target: Target, pods: int) -> None:
    """A pod, its workload, or the ReplicaSet between them."""
    report = await diagnose.why(world, (target,), Scan(namespaces=(target.namespace,)))
    assert len({each.failure.pod.key for each in report.diagnoses}) == pods


async def test_diagnose_needs_the_surroundings_to_blame_a_node(world: World) -> None:
    """One pod cannot tell a broken node from a broken registry: the others on it, and elsewhere, can."""
    report = await diagnose.why(world, (Target("", "billing", "api-786c8df9fd-5ndr5"),), Scan())
    (diagnosis,) = report.diagnoses
    assert diagnosis.verdict.cause == "node-dns"
    assert diagnosis.verdict.confidence == "high"


async def test_diagnose_of_nothing_named_is_the_namespace(world: World) -> None:
    """Every failure of the namespaces in question."""
    report = await diagnose.why(world, (), Scan(namespaces=("shop",)))
    assert {each.failure.pod.namespace for each in report.diagnoses} == {"shop"}
    assert len(report.incidents) == 1


async def test_diagnose_of_a_healthy_pod_finds_nothing(world: World) -> None:
    """A pod that runs has no failure."""
    pods = await world.reader.pods("video")
    assert isinstance(pods, tuple)
    report = await diagnose.why(world, (Target("", "video", pods[0].name),), Scan(namespaces=("video",)))
    assert report.diagnoses == ()


@pytest.mark.parametrize(
    ("target", "near"),
    [
        (Target("", "store", "checkout-67d48"), "checkout-67d4885bfc"),
        (Target("", "store", "checkout"), "Deployment/checkout"),
        (Target("Job", "store", "nothing"), "checkout"),
    ],
)
async def test_diagnose_says_what_is_near(world: World, target: Target, near: str) -> None:
    """What is not there comes with what is."""
    with pytest.raises(TargetNotFound) as caught:
        await diagnose.why(world, (target,), Scan())
    assert near in caught.value.hint
