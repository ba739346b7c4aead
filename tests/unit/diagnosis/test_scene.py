"""What one look knows of the surroundings of a failure."""

import asyncio
from dataclasses import replace

import pytest

from bot.diagnosis.scene import NETWORK_SYMPTOMS, ROAD_SYMPTOMS, Scene
from bot.facts.objects import Unread
from bot.wiring import Knowledge
from tests import cases
from tests.cases import BOOK, IMAGE, failure, pod, pulled
from tests.fakes.cluster import NOW, FakeReader


def _scene(reader: FakeReader, *about: str) -> Scene:
    return Scene(reader, BOOK, [failure(about=pod(f"p-{name}", namespace=name)) for name in about], NOW)


def test_network_is_a_part_of_the_road() -> None:
    """Whatever reached nothing of a registry also speaks of the road to it."""
    assert NETWORK_SYMPTOMS < ROAD_SYMPTOMS


def test_namespaces_are_those_with_a_failure_each_once_and_within_reason() -> None:
    """A storm in a thousand namespaces is not read in full."""
    assert _scene(FakeReader(), "b", "a", "b").namespaces == ("b", "a")
    assert len(_scene(FakeReader(), *(f"n{number}" for number in range(99))).namespaces) == 40


async def test_pulls_are_read_once_for_all_who_ask() -> None:
    """A thousand checks at the same time cost one request for each namespace."""
    reader = FakeReader()
    scene = _scene(reader, "shop", "data")
    await asyncio.gather(*(scene.pulls() for _ in range(20)))
    assert (reader.calls["events"], reader.calls["pods"]) == (2, 2)


async def test_check_that_runs_out_of_time_leaves_the_reading_to_others() -> None:
    """One asker that is cancelled must not take the answer from the next."""

    class Slow(FakeReader):
        async def events(self, namespace: str) -> tuple[cases.PodEvent, ...] | Unread:
            await asyncio.sleep(0.02)
            return await super().events(namespace)

    scene = _scene(Slow(), "shop")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.001):
            await scene.pulls()
    assert await scene.pulls() == ((), ())


async def test_pulled_event_tells_node_image_and_registry() -> None:
    """The event's own node; where it names none, the pod's."""
    event = pulled("w", "nginx:1", "", NOW)
    reader = FakeReader(pods=[pod("w", "nginx:1", node="node-b", runs=NOW)], events=[event])
    (only,), unread = await _scene(reader, "shop").pulls()
    assert (only.node, only.registry, only.image) == ("node-b", "docker.io", "docker.io/library/nginx:1")
    assert (only.pod, only.at, only.proven) == ("shop/w", NOW, True)
    assert unread == ()


@pytest.mark.parametrize(
    "message",
    ["Successfully pulled image", 'Successfully pulled image "', 'Successfully pulled image "" in 1s'],
)
async def test_event_that_names_no_image_is_no_pull(message: str) -> None:
    """Text that is cut or made by others is not stumbled over."""
    event = cases.PodEvent("shop", "w", "Pulled", message, last=NOW)
    assert await _scene(FakeReader(events=[event]), "shop").pulls() == ((), ())


async def test_event_without_a_time_is_no_pull() -> None:
    """Nobody can say whether it was before or after."""
    event = cases.PodEvent("shop", "w", "Pulled", f'Successfully pulled image "{IMAGE}" in 1s')
    assert await _scene(FakeReader(events=[event]), "shop").pulls() == ((), ())


async def test_unread_namespaces_are_told_beside_what_was_read() -> None:
    """Half a view says that it is one."""
    denied = Unread("events in shop", "forbidden")
    _, unread = await _scene(FakeReader(events=denied), "shop").pulls()
    assert unread == (denied,)


@pytest.mark.parametrize(
    ("mine", "theirs", "alike"),
    [
        ("connect-timeout", "x509-expired", True),
        ("connect-timeout", "manifest-not-found", False),
        ("manifest-not-found", "manifest-not-found", True),
        ("local-runtime-error", "manifest-not-found", False),
    ],
)
def test_alike_are_faults_of_the_road_or_the_same_symptom(mine: str, theirs: str, alike: bool) -> None:
    """Of one registry; what is no fault of its road is alike only with its own kind."""
    first, second = failure(mine), failure(theirs, pod("w", "registry.example/other:1"))
    third = failure(mine, pod("v", "other.example/shop/web:1"))
    scene = Scene(FakeReader(), BOOK, [first, second, third], NOW)
    assert scene.alike(first) == ((first, second) if alike else (first,))


def test_failing_nodes_and_unreachable_registries_are_gathered_by_node() -> None:
    """Each node once, pods without a node none, and only what reached nothing counts as unreachable."""
    lost = [
        failure("connect-timeout", pod("a", node="node-a")),
        failure("connect-timeout", pod("b", "other.example/x:1", node="node-a")),
        failure("x509-expired", pod("c", node="node-b")),
        failure("connect-timeout", pod("d", node="")),
    ]
    scene = Scene(FakeReader(), BOOK, lost, NOW)
    assert scene.failing_nodes(lost[0]) == {"node-a", "node-b"}
    assert scene.unreachable() == {"node-a": {"registry.example", "other.example"}}


def test_storm_works_each_comparison_out_once(known: Knowledge) -> None:
    """Each failure asks about all the others; the answer is shared, so that a large outage stays a matter of seconds."""
    lost = [
        failure("registry-server-error", pod(f"p-{n}", f"registry.example/shop/web{n}:1", node=f"n{n % 9}"))
        for n in range(300)
    ]
    reader = FakeReader(pods=[each.pod for each in lost])
    scene = Scene(reader, known.registries, lost, NOW)
    assert len({id(scene.alike(each)) for each in lost}) == 1
    assert len({id(scene.failing_nodes(each)) for each in lost}) == 1


@pytest.mark.parametrize(("symptom", "expected"), [("dns-failure", ["w"]), ("manifest-not-found", [])])
async def test_pulls_of_healthy_namespaces_are_witnesses_of_a_road(symptom: str, expected: list[str]) -> None:
    """Whoever pulls elsewhere tells of a road, and is not asked about a tag."""
    event = replace(pulled("w", "nginx:1", "node-b", NOW), namespace="calm")
    reader = FakeReader(events=[event], namespaces=("shop", "calm"))
    scene = Scene(reader, BOOK, [failure(symptom, pod("p"))], NOW)
    found, _ = await scene.pulls()
    assert [each.pod.rpartition("/")[2] for each in found] == expected


async def test_pulls_of_healthy_namespaces_are_not_missed_where_they_may_not_be_read() -> None:
    """A Role in one namespace is enough for its own answers; nothing else is listed as unread."""

    class OneRole(FakeReader):
        async def events(self, namespace: str) -> tuple[cases.PodEvent, ...] | Unread:
            return await super().events(namespace) if namespace == "shop" else Unread("events", "forbidden")

    reader = OneRole(namespaces=("shop", "calm"))
    assert await Scene(reader, BOOK, [failure("dns-failure", pod("p"))], NOW).pulls() == ((), ())
