"""From what one look found to diagnoses: each question once, logs within bounds, replicas in agreement."""

import dataclasses
from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot import wiring
from bot.demo import story
from bot.diagnosis.scene import Scene
from bot.facts.failure import PullFailure
from bot.facts.image import Platform
from bot.facts.objects import Node, Pod, PodEvent, Run, Unread
from bot.facts.verdict import Confidence
from bot.ports.reading import Scan
from bot.wiring import Access, Knowledge
from bot.workflows import examine
from bot.workflows.world import World
from tests import cases, recorded
from tests.cases import IMAGE, MINUTE, pod
from tests.fakes.cluster import NOW, FakeReader
from tests.fakes.registry import FakeProber


NOT_FOUND = f'failed to resolve reference "{IMAGE}": {IMAGE}: not found'
THROTTLED = "pull QPS exceeded"
DISK = f'failed to pull and unpack image "{IMAGE}": failed to copy: write /var/lib/containerd/x: no space left on device'
FOREIGN = "exec /app: exec format error\n"


def _waiting(name: str, message: str = NOT_FOUND, **changes: object) -> Pod:
    made = pod(name, **changes)
    return dataclasses.replace(
        made, containers=tuple(dataclasses.replace(each, waiting_message=message) for each in made.containers)
    )


def _crashed(name: str, image: str = IMAGE, node: str = "node-a") -> Pod:
    made = pod(name, image, node=node)
    run = Run(1, started=NOW - MINUTE, finished=NOW - MINUTE)
    crashed = dataclasses.replace(
        made.containers[0], waiting_reason="CrashLoopBackOff", last_run=run, image_id="sha256:1"
    )
    return dataclasses.replace(made, containers=(crashed,))


async def _find(known: Knowledge, reader: FakeReader) -> tuple[tuple[PullFailure, ...], tuple[Unread, ...]]:
    world = recorded.world(reader, known)
    return await examine.find(world, await reader.look(Scan()), Scan())


OWNED = {"owners": cases.of_revision(1)}


async def test_throttled_replica_fails_for_its_siblings_reason(known: Knowledge) -> None:
    """The kubelet's own limit says less than what a sibling was told."""
    pods = [_waiting("web-1", **OWNED), _waiting("web-2", THROTTLED, node="node-b", **OWNED)]
    failures, _ = await _find(known, FakeReader(pods=pods))
    assert [each.symptom.id for each in failures] == ["manifest-not-found"] * 2
    assert failures[1].message == NOT_FOUND


@pytest.mark.parametrize(("node", "told"), [("node-a", "disk-full"), ("node-b", "kubelet-pull-limit")])
async def test_throttled_replica_takes_over_a_full_disk_only_on_its_node(
    node: str, told: str, known: Knowledge
) -> None:
    """What lies in a node is told of that node."""
    pods = [_waiting("web-1", DISK, **OWNED), _waiting("web-2", THROTTLED, node=node, **OWNED)]
    failures, _ = await _find(known, FakeReader(pods=pods))
    assert [each.symptom.id for each in failures] == ["disk-full", told]


@pytest.mark.parametrize(
    "changes", [{"namespace": "other"}, {"owners": cases.of_revision(2)}, {"image": "nginx:1"}]
)
async def test_throttled_stranger_stays_throttled(changes: dict[str, object], known: Knowledge) -> None:
    """Another namespace, revision or image is another pull."""
    pods = [_waiting("web-1", **OWNED), _waiting("web-2", THROTTLED, **OWNED | changes)]
    failures, _ = await _find(known, FakeReader(pods=pods))
    assert failures[1].symptom.id == "kubelet-pull-limit"


async def test_log_is_read_once_for_each_image_and_architecture(known: Knowledge) -> None:
    """Its answer holds for all containers like it; other processors and images have their own."""
    pods = [_crashed(f"a-{n}") for n in range(5)] + [
        _crashed("b-1", node="node-b"),
        _crashed("c-1", "nginx:1"),
    ]
    nodes = [Node("node-a", Platform("linux", "amd64")), Node("node-b", Platform("linux", "arm64"))]
    logs = {f"shop/{each.name}/app/previous": FOREIGN for each in pods if each.name != "c-1"}
    reader = FakeReader(pods=pods, nodes=nodes, logs=logs | {"shop/c-1/app/previous": "Traceback"})
    failures, unread = await _find(known, reader)
    assert reader.calls["log_tail"] == 3
    assert {each.pod.name for each in failures} == {*(f"a-{n}" for n in range(5)), "b-1"}
    assert unread == ()


async def test_at_most_twenty_logs_and_the_rest_is_told(known: Knowledge) -> None:
    """Each costs a request to a kubelet."""
    reader = FakeReader(
        pods=[_crashed(f"a-{n}", f"web:{n}") for n in range(25)],
        logs=Unread("log", "forbidden", "get pods/log"),
    )
    failures, unread = await _find(known, reader)
    assert (reader.calls["log_tail"], failures) == (20, ())
    assert [each.what for each in unread] == [
        "logs of 20 crashing containers",
        "logs of 5 crashing containers",
    ]
    assert unread[0].remedy == "get pods/log"


async def test_no_log_is_read_where_nothing_crashed(known: Knowledge) -> None:
    """A failing pull has no log."""
    reader = FakeReader(pods=[_waiting("web-1")])
    await _find(known, reader)
    assert (reader.calls["log_tail"], reader.calls["nodes"]) == (0, 0)


async def test_twenty_replicas_are_one_question(known: Knowledge) -> None:
    """The prober is asked once for all that share everything a check looks at."""
    pods = [_waiting(f"web-{n}", **OWNED) for n in range(20)]
    reader, prober = FakeReader(pods=pods), FakeProber()
    diagnoses = await _examine(known, reader, prober)
    assert len(diagnoses) == 20
    assert len({id(each.verdict) for each in diagnoses}) == 1
    assert len({id(each.verdict.evidence) for each in diagnoses}) == 1


@pytest.mark.parametrize("changes", [{"node": "node-b"}, {"pull_secrets": ("x",)}, {"service_account": "x"}])
async def test_what_a_check_looks_at_makes_another_question(
    changes: dict[str, object], known: Knowledge
) -> None:
    """Another node, other secrets, another account: the answers may differ."""
    pods = [_waiting("web-1", **OWNED), _waiting("web-2", **OWNED | changes)]
    both = await _asked(known, pods)
    assert both == 2 * await _asked(known, pods[:1])


async def test_diagnoses_keep_the_order_of_the_failures(known: Knowledge) -> None:
    """Grouping must not shuffle what a person reads."""
    pods = [_waiting(f"p-{n}", node=f"node-{n % 3}", owners=()) for n in range(9)]
    diagnoses = await _examine(known, FakeReader(pods=pods), FakeProber())
    assert [each.failure.pod.name for each in diagnoses] == [f"p-{n}" for n in range(9)]


async def test_replica_takes_over_a_surer_verdict_but_not_a_nodes(known: Knowledge) -> None:
    """Clear words of one replica serve the others; a fault of one node is not another node's."""
    failures = [
        cases.failure("connect-timeout", pod("web-1", **OWNED), source=cases.Source.STATUS),
        cases.failure(
            "connect-timeout", pod("web-2", node="node-b", **OWNED), since=NOW - timedelta(hours=2)
        ),
    ]
    well = pod("w", runs=NOW - timedelta(hours=1), node="node-c")
    event = cases.pulled("w", IMAGE, "node-c", NOW - timedelta(hours=1))
    diagnoses = await _judged(known, failures, [well], [event])
    assert {each.failure.pod.node: each.verdict.confidence for each in diagnoses}["node-b"] is Confidence.HIGH
    first = next(each for each in diagnoses if each.failure.pod.node == "node-a")
    assert (
        not (first.verdict.cause or "").startswith("node-") or first.verdict.confidence is not Confidence.HIGH
    )


async def _asked(known: Knowledge, pods: Sequence[Pod]) -> int:
    """How many questions these pods cost a registry that keeps no answer."""
    prober = FakeProber()
    await _examine(known, FakeReader(pods=pods), prober)
    return sum(prober.asked.values())


async def _examine(known: Knowledge, reader: FakeReader, prober: FakeProber) -> tuple[examine.Diagnosis, ...]:
    world = dataclasses.replace(recorded.world(reader, known), prober=prober)
    failures, _ = await _find(known, reader)
    return await examine.examine(world, failures, Scene(reader, known.registries, failures, NOW))


async def _judged(
    known: Knowledge, failures: Sequence[PullFailure], pods: Sequence[Pod], events: Sequence[PodEvent]
) -> tuple[examine.Diagnosis, ...]:
    reader = FakeReader(pods=[*(each.pod for each in failures), *pods], events=events)
    world = recorded.world(reader, known)
    return await examine.examine(world, failures, Scene(reader, known.registries, failures, NOW))


# The same on the demo's cluster, recorded objects and all.


async def test_examine_asks_once_for_all_replicas_on_a_node() -> None:
    """Ten replicas on three nodes are at most three questions, not ten."""
    known = wiring.knowledge()
    scan = Scan(namespaces=("store",))
    prober = FakeProber()
    async with wiring.opened(Access(dump=story.RECORDINGS), known) as opened:
        world = World(opened.reader, prober, known.signatures, known.catalog.causes, known.registries)
        sighting = await world.reader.look(scan)
        failures, _ = await examine.find(world, sighting, scan)
        scene = Scene(world.reader, known.registries, failures, sighting.observed_at)
        diagnoses = await examine.examine(world, failures, scene)
    assert len(failures) == len(diagnoses) == 10
    assert [each.failure for each in diagnoses] == list(failures)
    verdicts = {id(each.verdict) for each in diagnoses}
    assert prober.asked
    assert len(verdicts) <= 3


async def test_examine_reads_logs_only_of_what_looks_foreign() -> None:
    """A container that ends at once is looked into; its log says what no event does."""
    known = wiring.knowledge()
    scan = Scan(namespaces=("media",))
    async with wiring.opened(Access(dump=story.RECORDINGS), known) as world:
        failures, unread = await examine.find(world, await world.reader.look(scan), scan)
    assert unread == ()
    assert [each.pod.name for each in failures if each.symptom.id == "exec-format-error"] == [
        "player-7f87646ddd-9z6nv"
    ]
