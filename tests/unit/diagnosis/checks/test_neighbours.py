"""What happens to others tells where the fault lies: times, nodes and registries at their boundaries."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from bot.facts.failure import PullFailure, Source
from bot.facts.objects import Pod, PodEvent, Unread
from tests import cases
from tests.cases import BEGAN, IMAGE, MINUTE, SECOND, Case, failure, pod, pulled
from tests.fakes.cluster import NOW, FakeReader


OTHER = "other.example/app:1"
EVENTS = Unread("events in shop", "forbidden", "list events in namespace shop (tier 0)")


def _case(
    mine: PullFailure,
    *others: PullFailure,
    well: Sequence[tuple[str, str, datetime]] = (),
    events: Sequence[PodEvent] | Unread | None = None,
) -> Case:
    """The failures of a look beside pods that pulled: (node, image, when)."""
    healthy = [pod(f"w-{n}", image, node=node, runs=at) for n, (node, image, at) in enumerate(well)]
    told = [pulled(f"w-{n}", image, node, at) for n, (node, image, at) in enumerate(well)]
    pods = [mine.pod, *(each.pod for each in others), *healthy]
    return cases.case(mine, FakeReader(pods=pods, events=told if events is None else events), others)


def _on(
    node: str, symptom: str = "connect-timeout", image: str = IMAGE, name: str = "", **changes: Any
) -> PullFailure:
    return failure(symptom, pod(name or f"f-{node}-{image[:5]}", image, node=node), **changes)


MINE = _on("node-a", name="mine")


@pytest.mark.parametrize(
    ("well", "told"),
    [
        ([("node-b", IMAGE, BEGAN + MINUTE)], "yes"),
        ([("node-b", IMAGE, BEGAN)], "yes"),
        ([("node-b", IMAGE, BEGAN - 5 * SECOND)], "yes"),
        ([("node-b", IMAGE, BEGAN - 6 * SECOND)], "unknown"),
        ([("node-a", IMAGE, BEGAN + MINUTE)], "unknown"),
        ([("", IMAGE, BEGAN + MINUTE)], "unknown"),
        ([("node-b", OTHER, BEGAN + MINUTE)], "unknown"),
        ([("node-b", "registry.example:5000/shop/web:1", BEGAN + MINUTE)], "unknown"),
        ([], "unknown"),
    ],
)
async def test_other_nodes_pull_since_this_began(well: list[tuple[str, str, datetime]], told: str) -> None:
    """Another node, the same registry, port included, and not before this failure."""
    assert await cases.answer("other-nodes-pull", _case(MINE, well=well)) == told


async def test_other_nodes_pull_counts_a_registrys_other_names() -> None:
    """docker.io, index.docker.io and a bare name are one registry."""
    mine = _on("node-a", image="nginx:1")
    for image in ("docker.io/library/redis:7", "index.docker.io/library/redis:7", "redis:7"):
        assert await cases.answer("other-nodes-pull", _case(mine, well=[("node-b", image, NOW)])) == "yes"
    for image in ("docker.io.evil.test/redis:7", "registry.example/redis:7"):
        assert await cases.answer("other-nodes-pull", _case(mine, well=[("node-b", image, NOW)])) == "unknown"


async def test_other_nodes_that_fail_alike_are_a_no() -> None:
    """They tried and stopped on the same road."""
    assert await cases.answer("other-nodes-pull", _case(MINE, _on("node-b"))) == "no"
    assert await cases.answer("other-nodes-pull", _case(MINE, _on("node-b", image=OTHER))) == "unknown"
    assert await cases.answer("other-nodes-pull", _case(MINE, _on("", name="nowhere"))) == "unknown"


async def test_other_kind_of_failure_does_not_silence_a_witness() -> None:
    """A tag that is missing on node b says nothing about node b's runtime, which pulls."""
    mine = _on("node-a", "local-runtime-error", name="mine")
    about = _case(mine, _on("node-b", "manifest-not-found"), well=[("node-b", IMAGE, NOW)])
    assert await cases.answer("other-nodes-pull", about) == "yes"


@pytest.mark.parametrize(
    ("policy", "told"), [("Always", "yes"), ("IfNotPresent", "unknown"), ("", "unknown")]
)
async def test_start_without_an_event_counts_only_where_the_kubelet_must_ask(policy: str, told: str) -> None:
    """A container may start from the node's own store; with policy Always the registry was asked."""
    well = pod("w", node="node-b", runs=NOW, pull_policy=policy)
    about = cases.case(MINE, FakeReader(pods=[MINE.pod, well]))
    assert await cases.answer("other-nodes-pull", about) == told


async def test_cached_start_is_no_pull() -> None:
    """The kubelet says "already present": nothing was asked of the registry."""
    well = pod("w", node="node-b", runs=NOW, pull_policy="Always")
    cached = PodEvent(
        "shop",
        "w",
        "Pulled",
        f'Container image "{IMAGE}" already present on machine',
        container="app",
        last=NOW,
    )
    about = cases.case(MINE, FakeReader(pods=[MINE.pod, well], events=[cached]))
    assert await cases.answer("other-nodes-pull", about) == "unknown"


@pytest.mark.parametrize(
    "check",
    [
        "other-nodes-pull",
        "registry-reached-elsewhere",
        "several-nodes-fail",
        "registry-healthy-for-others",
        "registry-recovered-since",
        "network-fails-widely",
        "node-pulls-others",
        "same-layer-fails-elsewhere",
        "pull-in-progress",
    ],
)
async def test_unread_events_leave_it_open_and_name_the_right(check: str) -> None:
    """Nobody knows who pulled; that is no NO, and the right is named."""
    evidence = await cases.ask(check, _case(MINE, events=EVENTS))
    assert (evidence.answer.value, evidence.would_answer, evidence.what) == (
        "unknown",
        EVENTS.remedy,
        EVENTS.what,
    )


@pytest.mark.parametrize(
    ("theirs", "told"),
    [
        ("manifest-not-found", "yes"),
        ("unauthorized", "yes"),
        ("x509-expired", "yes"),
        ("connect-refused", "no"),
        ("registry-server-error", "unknown"),
        ("unexpected-response", "unknown"),
        ("disk-full", "unknown"),
        ("never-pull", "unknown"),
        ("backoff-only", "unknown"),
        ("kubelet-pull-limit", "unknown"),
    ],
)
async def test_registry_reached_elsewhere_by_what_others_were_told(theirs: str, told: str) -> None:
    """A bad answer shows that the road is open; an error of the registry's own shows only that it is unwell."""
    assert await cases.answer("registry-reached-elsewhere", _case(MINE, _on("node-b", theirs))) == told


@pytest.mark.parametrize(
    ("last", "told"),
    [(BEGAN, "yes"), (BEGAN - 5 * SECOND, "yes"), (BEGAN - 6 * SECOND, "unknown"), (None, "yes")],
)
async def test_registry_reached_elsewhere_in_the_same_time(last: datetime | None, told: str) -> None:
    """What another node was told before this failure began is no witness."""
    other = _on("node-b", "manifest-not-found", last_attempt=last)
    assert await cases.answer("registry-reached-elsewhere", _case(MINE, other)) == told


async def test_name_resolves_elsewhere_by_anything_after_dns() -> None:
    """Whoever timed out while connecting had an address."""
    mine = _on("node-a", "dns-failure", name="mine")
    assert (
        await cases.answer("name-resolves-elsewhere", _case(mine, _on("node-b", "connect-timeout"))) == "yes"
    )
    assert await cases.answer("name-resolves-elsewhere", _case(mine, _on("node-b", "dns-failure"))) == "no"
    assert await cases.answer("name-resolves-elsewhere", _case(mine)) == "unknown"


@pytest.mark.parametrize("fields", [{"mirror": "yes", "host": "mirror.example"}, {"host": "cdn.example"}])
async def test_name_does_not_resolve_where_another_host_was_asked(fields: dict[str, str]) -> None:
    """A mirror that refuses another node says nothing of the registry's own name."""
    mine = _on("node-a", "dns-failure", name="mine")
    other = _on("node-b", "connect-refused", fields=fields)
    assert await cases.answer("name-resolves-elsewhere", _case(mine, other)) == "unknown"


async def test_node_dns_fails_for_another_name_that_resolves_elsewhere() -> None:
    """Two names, one of which another node resolves: the node's resolver is the fault."""
    mine = _on("node-a", "dns-failure", name="mine")
    second = _on("node-a", "dns-failure", OTHER)
    check = "node-dns-fails-for-known-name"
    assert await cases.answer(check, _case(mine, second, well=[("node-b", OTHER, NOW)])) == "yes"
    assert await cases.answer(check, _case(mine, second)) == "unknown"
    assert (
        await cases.answer(
            check, _case(mine, _on("node-b", "dns-failure", OTHER), well=[("node-c", OTHER, NOW)])
        )
        == "unknown"
    )


async def test_several_nodes_fail_needs_two() -> None:
    """Two pods on one node are one witness."""
    assert await cases.answer("several-nodes-fail", _case(MINE, _on("node-b"))) == "yes"
    assert await cases.answer("several-nodes-fail", _case(MINE, _on("node-a"))) == "unknown"
    assert await cases.answer("several-nodes-fail", _case(MINE, well=[("node-b", IMAGE, NOW)])) == "no"


async def test_registry_healthy_for_others_on_any_node() -> None:
    """This node's own success counts too."""
    assert (
        await cases.answer("registry-healthy-for-others", _case(MINE, well=[("node-a", IMAGE, NOW)])) == "yes"
    )
    assert await cases.answer("registry-healthy-for-others", _case(MINE, _on("node-b"))) == "no"
    assert await cases.answer("registry-healthy-for-others", _case(MINE)) == "unknown"


LAST = NOW - 2 * MINUTE


@pytest.mark.parametrize(
    ("symptom", "well", "told"),
    [
        ("registry-server-error", [("node-b", IMAGE, LAST + SECOND)], "yes"),
        ("registry-server-error", [("node-b", IMAGE, LAST)], "no"),
        ("registry-server-error", [], "no"),
        ("registry-server-error", [("node-b", OTHER, NOW)], "no"),
        ("connect-timeout", [("node-a", IMAGE, NOW)], "yes"),
        ("connect-timeout", [("node-b", IMAGE, NOW)], "no"),
        ("registry-server-error", [("node-b", IMAGE, LAST - MINUTE), ("node-b", IMAGE, NOW)], "unknown"),
        ("registry-server-error", [("node-b", IMAGE, BEGAN), ("node-b", IMAGE, NOW)], "yes"),
    ],
)
async def test_registry_recovered_since_the_last_attempt(
    symptom: str, well: list[tuple[str, str, datetime]], told: str
) -> None:
    """A success after the last attempt, of this node for faults of the road, and none while this one failed."""
    mine = _on("node-a", symptom, name="mine", last_attempt=LAST)
    assert await cases.answer("registry-recovered-since", _case(mine, well=well)) == told


@pytest.mark.parametrize(("ago", "told"), [(330, "yes"), (331, "no")])
async def test_registry_has_not_recovered_for_what_failed_again(ago: int, told: str) -> None:
    """After the longest back-off the kubelet has tried again, though its events no longer say so."""
    mine = _on("node-a", "registry-server-error", name="mine", last_attempt=NOW - 9 * MINUTE)
    about = _case(mine, well=[("node-b", IMAGE, NOW - ago * SECOND)])
    assert await cases.answer("registry-recovered-since", about) == told


async def test_registry_recovered_is_unknown_without_a_last_attempt() -> None:
    """Before and after need a moment."""
    mine = _on("node-a", "registry-server-error", name="mine", last_attempt=None)
    assert (
        await cases.answer("registry-recovered-since", _case(mine, well=[("node-b", IMAGE, NOW)]))
        == "unknown"
    )


def _wide(*nodes: str) -> list[PullFailure]:
    return [_on(node, image=image) for node in nodes for image in (IMAGE, OTHER)]


async def test_network_fails_widely_with_two_nodes_and_two_registries_each() -> None:
    """Then a node that tried only one registry is concerned as well."""
    assert await cases.answer("network-fails-widely", _case(MINE, *_wide("node-a", "node-b"))) == "yes"
    assert (
        await cases.answer("network-fails-widely", _case(_on("node-c"), *_wide("node-a", "node-b"))) == "yes"
    )
    assert await cases.answer("network-fails-widely", _case(MINE, *_wide("node-a"))) == "unknown"
    assert await cases.answer("network-fails-widely", _case(MINE, _on("node-b"), _on("node-c"))) == "unknown"


async def test_network_does_not_fail_widely_once_anything_was_pulled() -> None:
    """One pull since, of whatever, shows a way out; one from before shows nothing."""
    wide = _wide("node-a", "node-b")
    assert (
        await cases.answer(
            "network-fails-widely", _case(MINE, *wide, well=[("node-c", "x.example/y:1", NOW)])
        )
        == "no"
    )
    before = [("node-c", "x.example/y:1", BEGAN - MINUTE)]
    assert await cases.answer("network-fails-widely", _case(MINE, *wide, well=before)) == "yes"


@pytest.mark.parametrize(
    ("symptom", "when", "told"),
    [
        ("manifest-not-found", NOW, "unknown"),
        ("unauthorized", NOW, "unknown"),
        ("manifest-not-found", BEGAN - MINUTE, "yes"),
        ("registry-server-error", NOW, "yes"),
        ("disk-full", NOW, "yes"),
        ("manifest-not-found", None, "yes"),
    ],
)
async def test_network_does_not_fail_widely_while_a_registry_answers_somebody(
    symptom: str, when: datetime | None, told: str
) -> None:
    """Two broken nodes beside one that is told of a missing tag are two broken nodes."""
    answered = _on("node-c", symptom, "z.example/y:1", last_attempt=when)
    about = _case(MINE, *_wide("node-a", "node-b"), answered)
    assert await cases.answer("network-fails-widely", about) == told


async def test_failure_that_is_none_of_the_network_is_no_part_of_a_wide_one() -> None:
    """A missing tag beside a broken way out is its own fault."""
    mine = _on("node-c", "manifest-not-found", name="mine")
    assert await cases.answer("network-fails-widely", _case(mine, *_wide("node-a", "node-b"))) == "unknown"


async def test_node_pulls_others() -> None:
    """Another registry, this node, since."""
    assert await cases.answer("node-pulls-others", _case(MINE, well=[("node-a", OTHER, NOW)])) == "yes"
    assert await cases.answer("node-pulls-others", _case(MINE, well=[("node-b", OTHER, NOW)])) == "unknown"
    assert await cases.answer("node-pulls-others", _case(MINE, well=[("node-a", IMAGE, NOW)])) == "unknown"
    assert await cases.answer("node-pulls-others", _case(MINE, _on("node-a", image=OTHER))) == "no"
    assert (
        await cases.answer("node-pulls-others", _case(MINE, _on("node-a", "manifest-not-found", OTHER)))
        == "unknown"
    )


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ([pod("w", runs=NOW)], "yes"),
        ([pod("w", runs=NOW, namespace="other")], "unknown"),
        ([pod("w", OTHER, runs=NOW)], "unknown"),
        ([pod("w")], "no"),
        ([pod("w"), pod("v", runs=NOW)], "yes"),
        ([], "unknown"),
    ],
)
async def test_siblings_on_host_pull(others: list[Pod], told: str) -> None:
    """Another pod of the namespace with an image of the registry."""
    assert (
        await cases.answer("siblings-on-host-pull", cases.case(MINE, FakeReader(pods=[MINE.pod, *others])))
        == told
    )


async def test_sibling_that_is_over_had_its_image() -> None:
    """A Job that is done runs no more, and did not fail to pull."""
    done = pod("job", runs=NOW)
    container = done.containers[0]
    ended = type(container)(container.name, container.kind, container.image, image_id="sha256:1")
    done = pod("job", containers=(ended,), phase="Succeeded")
    assert (
        await cases.answer("siblings-on-host-pull", cases.case(MINE, FakeReader(pods=[MINE.pod, done])))
        == "unknown"
    )


async def test_same_layer_fails_elsewhere() -> None:
    """The same image, damaged on another node, or whole there."""
    mine = _on("node-a", "layer-corrupt", name="mine")
    check = "same-layer-fails-elsewhere"
    assert await cases.answer(check, _case(mine, _on("node-b", "layer-corrupt"))) == "yes"
    assert await cases.answer(check, _case(mine, _on("node-a", "layer-corrupt"))) == "unknown"
    assert await cases.answer(check, _case(mine, _on("node-b", "layer-corrupt", OTHER))) == "unknown"
    assert await cases.answer(check, _case(mine, _on("node-b"))) == "unknown"
    assert await cases.answer(check, _case(mine, well=[("node-b", IMAGE, NOW)])) == "no"
    assert await cases.answer(check, _case(mine, well=[("node-a", IMAGE, NOW)])) == "unknown"


def _silent(node: str, image: str, since: datetime | None, name: str = "") -> PullFailure:
    return _on(
        node, "pull-stalled", image, name or f"s-{node}-{image[:5]}", source=Source.SILENCE, since=since
    )


@pytest.mark.parametrize(
    ("ahead", "told"),
    [
        (_silent("node-a", OTHER, BEGAN - SECOND), "yes"),
        (_silent("node-a", OTHER, BEGAN), "no"),
        (_silent("node-b", OTHER, BEGAN - SECOND), "no"),
        (_silent("node-a", "registry.example/x/y:1", BEGAN - SECOND, "x"), "unknown"),
        (_on("node-a", "connect-timeout", OTHER), "no"),
        (_silent("node-a", OTHER, None), "no"),
    ],
)
async def test_blocked_behind_an_earlier_silent_pull_of_the_node(ahead: PullFailure, told: str) -> None:
    """Earlier, on this node, silent, and of another registry; the same one may itself be silent."""
    assert (
        await cases.answer("blocked-behind-other-pull", _case(_silent("node-a", IMAGE, BEGAN), ahead)) == told
    )


async def test_node_that_pulls_meanwhile_holds_nobody_up() -> None:
    """It does not pull one after another."""
    ahead = _silent("node-a", OTHER, BEGAN - MINUTE)
    about = _case(_silent("node-a", IMAGE, BEGAN), ahead, well=[("node-a", "x.example/y:1", NOW)])
    assert await cases.answer("blocked-behind-other-pull", about) == "no"
    before = _case(
        _silent("node-a", IMAGE, BEGAN), ahead, well=[("node-a", "x.example/y:1", BEGAN - 2 * MINUTE)]
    )
    assert await cases.answer("blocked-behind-other-pull", before) == "yes"


async def test_silence_without_a_beginning_is_open() -> None:
    """Whether something hangs ahead needs to know since when."""
    assert await cases.answer("blocked-behind-other-pull", _case(_silent("node-a", IMAGE, None))) == "unknown"


async def test_pull_in_progress_beside_another_from_the_same_registry() -> None:
    """The road is open and nothing was reported: the pull is likely under way."""
    mine = _silent("node-a", IMAGE, BEGAN, "mine")
    assert await cases.answer("pull-in-progress", _case(mine, well=[("node-a", IMAGE, NOW)])) == "yes"
    assert await cases.answer("pull-in-progress", _case(mine, well=[("node-b", IMAGE, NOW)])) == "unknown"
    assert await cases.answer("pull-in-progress", _case(MINE, well=[("node-a", IMAGE, NOW)])) == "unknown"


async def test_recovered_when_the_container_runs() -> None:
    """NO while the failure stands."""
    assert await cases.answer("recovered", _case(failure("connect-timeout", pod(runs=NOW)))) == "yes"
    assert await cases.answer("recovered", _case(MINE)) == "no"


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (failure("disk-full", pod("b", "registry.example/b:1")), "yes"),
        (failure("disk-full", pod("b")), "unknown"),  # the same image says the same thing twice
        (failure("manifest-not-found", pod("b", "registry.example/b:1")), "unknown"),
        (failure("disk-full", pod("b", "registry.example/b:1", node="node-b")), "unknown"),
    ],
)
async def test_others_on_node_say_the_same_of_another_image(other: PullFailure, told: str) -> None:
    """A second image on the same node is a second witness; silence proves nothing."""
    about = cases.case(failure("disk-full", pod("a")), others=[other])
    assert await cases.answer("others-on-node-say-the-same", about) == told


@pytest.mark.parametrize(
    ("image", "symptom", "told"),
    [
        ("nginx:1", "connect-timeout", "yes"),
        ("nginx:1", "connect-refused", "unknown"),
        ("registry.example/a:1", "connect-timeout", "unknown"),
    ],
)
async def test_internet_is_unreachable_where_the_worlds_registries_are_silent(
    image: str, symptom: str, told: str
) -> None:
    """A registry of one's own may be down; Docker Hub rarely is; a refusal is somebody's answer."""
    assert await cases.answer("internet-unreachable", cases.case(failure(symptom, pod(image=image)))) == told


async def test_internet_is_not_unreachable_where_only_a_redirects_target_is_silent() -> None:
    """The registry that the world uses did answer: it sent the node on."""
    mine = failure("connect-timeout", pod(image="registry.gitlab.com/a/b:1"), fields={"host": "cdn.example"})
    assert await cases.answer("internet-unreachable", cases.case(mine)) == "unknown"


async def test_internet_is_reached_where_another_public_registry_answers() -> None:
    """A pull from another of them since shows the way out open."""
    events = [pulled("w", "quay.io/a/b:1", "node-a", NOW)]
    mine = failure("connect-timeout", pod(image="nginx:1"))
    about = cases.case(mine, FakeReader(pods=[mine.pod], events=events))
    assert await cases.answer("internet-unreachable", about) == "no"
