"""Faults of nodes, roads, mirrors and registries, staged by hand: each is one incident in its true place."""

import dataclasses
from datetime import timedelta

import pytest

from bot import wiring
from bot.facts.cause import Scope
from bot.facts.objects import Node, Owner, OwnerReference, PodEvent
from bot.facts.verdict import Confidence, Incident, Report
from bot.ports.reading import Scan
from tests import recorded, staged
from tests.recorded import NOW, Recording
from tests.staged import failing, running, stage


TIMEOUT = "containerd-2/tcp-timeout"
REFUSED = "containerd-1.7/conn-refused"
NOT_FOUND = "containerd-2/wrong-tag"
SICK = "containerd-2/registry-503"
HANGING = "cri-o/http-hang"
MINUTE = timedelta(minutes=1)


async def _sweep(facts: Recording, known: wiring.Knowledge) -> Report:
    return await recorded.swept(facts.reader(), known, Scan(stalled_after=MINUTE))


def _told(incident: Incident) -> tuple[str | None, Scope, int]:
    return incident.cause, incident.place.scope, len(incident.pods)


async def _only(facts: Recording, known: wiring.Knowledge) -> Incident:
    incidents = (await _sweep(facts, known)).incidents
    assert len(incidents) == 1, [(_told(each), each.place) for each in incidents]
    return incidents[0]


IMAGES = ("one.example/a/web:1", "two.example/b/api:2", "three.example/c/job:3")


async def test_node_without_egress_is_one_incident_on_that_node(known: wiring.Knowledge) -> None:
    """Three registries time out on one node and answer the two others: the node is the fault, for certain."""
    lost = [failing(TIMEOUT, f"p{n}-x", "node-a", image=image) for n, image in enumerate(IMAGES)]
    well = [
        running(f"w{n}-{node}", node, image)
        for n, image in enumerate(IMAGES)
        for node in ("node-b", "node-c")
    ]
    incident = await _only(stage(*lost, *well), known)
    assert _told(incident) == ("node-egress", Scope.NODE, 3)
    assert incident.place.node == "node-a"
    assert incident.confidence is Confidence.HIGH


async def test_cluster_without_egress_is_one_incident_of_the_cluster(known: wiring.Knowledge) -> None:
    """Every node fails for every registry it tries, one of them for one only: the cluster's way out."""
    lost = [
        failing(TIMEOUT, f"{node}{n}-x", node, image=image)
        for n, image in enumerate(IMAGES)
        for node in ("a", "b")
    ]
    lost.append(failing(TIMEOUT, "c-x", "c", image=IMAGES[0]))
    incident = await _only(stage(*lost), known)
    assert _told(incident) == ("node-egress", Scope.CLUSTER, 7)


async def test_registry_refusing_three_nodes_is_one_incident(known: wiring.Knowledge) -> None:
    """Three nodes are refused by one registry and pull from another: the registry is down."""
    lost = [failing(REFUSED, f"p{node}-x", node, image=IMAGES[0]) for node in ("a", "b", "c")]
    well = [running(f"w{node}-x", node, IMAGES[1]) for node in ("a", "b", "c")]
    incident = await _only(stage(*lost, *well), known)
    assert _told(incident) == ("registry-down", Scope.REGISTRY, 3)
    assert incident.place.registry == "one.example"
    assert incident.confidence is Confidence.HIGH


async def test_sick_registry_that_drops_some_is_not_a_nodes_fault(known: wiring.Knowledge) -> None:
    """One registry times out for one node and answers 503 to another: it is unwell, and no road is broken."""
    facts = stage(
        failing(TIMEOUT, "p1-x", "a", image=IMAGES[0]),
        failing(SICK, "p2-x", "b", image=IMAGES[0]),
        running("w1-x", "a", IMAGES[1]),
    )
    assert _told(await _only(facts, known)) == ("registry-down", Scope.REGISTRY, 2)


async def test_full_disk_is_one_incident_on_that_node(known: wiring.Knowledge) -> None:
    """Two images find no room on one node; the other node has both."""
    lost = [failing("containerd-2/no-space", f"p{n}-x", "a", image=IMAGES[n]) for n in (0, 1)]
    incident = await _only(
        stage(*lost, running("w1-x", "b", IMAGES[0]), running("w2-x", "b", IMAGES[1])), known
    )
    assert (_told(incident), incident.place.node) == (("node-disk-full", Scope.NODE, 2), "a")


async def test_mirror_down_on_all_nodes_is_one_incident(known: wiring.Knowledge) -> None:
    """One mirror stands for two registries and fails on three nodes: one fault, the mirror's."""
    lost = [
        failing("containerd-1.7/mirror-only-down", f"p{n}{node}-x", node, image=IMAGES[n])
        for n in (0, 1)
        for node in ("a", "b", "c")
    ]
    incident = await _only(stage(*lost), known)
    assert _told(incident) == ("mirror-misconfigured", Scope.REGISTRY, 6)
    assert incident.place.registry == "mirror.corp.test"


async def test_redirect_of_a_registry_is_no_mirror(known: wiring.Knowledge) -> None:
    """registry.k8s.io sends nodes to a cloud's registry; that one's name in the message is not a mirror's."""
    message = (
        'failed to pull and unpack image "registry.k8s.io/pause:3.9": failed to resolve reference '
        '"registry.k8s.io/pause:3.9": failed to do request: Head "https://europe-west4-docker.pkg.dev/v2/'
        'k8s-artifacts-prod/images/pause/manifests/3.9": dial tcp 192.0.2.7:443: i/o timeout'
    )
    lost = staged.with_message(failing(TIMEOUT, "p-x", "a", image="registry.k8s.io/pause:3.9"), message)
    report = await _sweep(stage(lost, running("w-x", "b", "registry.k8s.io/pause:3.9")), known)
    assert [each.cause for each in report.incidents] == ["node-egress"]


async def test_replicas_over_the_kubelets_limit_belong_to_their_siblings(known: wiring.Knowledge) -> None:
    """Seven of twenty replicas of a wrong tag only met the kubelet's own limit: one incident of twenty pods."""
    # The names' last part differs alone, so that all are replicas of one workload.
    replicas = [failing(NOT_FOUND, f"web-{n}", f"n{n % 3}", image=IMAGES[0]) for n in range(20)]
    replicas[:7] = [staged.with_message(each, "pull QPS exceeded") for each in replicas[:7]]
    incident = await _only(stage(*replicas), known)
    assert _told(incident) == ("wrong-tag", Scope.WORKLOAD, 20)


async def test_throttled_replica_does_not_take_over_another_nodes_full_disk(known: wiring.Knowledge) -> None:
    """What one node's disk says is nothing about a replica on another that was merely throttled."""
    full = failing("containerd-2/no-space", "web-1", "a", image=IMAGES[0])
    throttled = staged.with_message(failing(NOT_FOUND, "web-2", "b", image=IMAGES[0]), "pull QPS exceeded")
    report = await _sweep(stage(full, throttled), known)
    assert {(each.cause, each.place.node) for each in report.incidents} == {
        ("node-disk-full", "a"),
        ("kubelet-throttled", "b"),
    }


async def test_pulls_behind_a_hanging_one_wait_for_it(known: wiring.Knowledge) -> None:
    """One pull hangs; three images of a healthy registry wait behind it on the same node."""
    hung = failing(HANGING, "hung-x", "a", image=IMAGES[0])
    behind = [
        failing(HANGING, f"b{n}-x", "a", image=f"two.example/b/api:{n}", shift=timedelta(seconds=20 + n))
        for n in range(3)
    ]
    report = await _sweep(stage(hung, *behind, running("w-x", "b", IMAGES[1])), known)
    held = [each for each in report.incidents if each.cause == "pull-too-slow"]
    assert [_told(each) for each in held] == [("pull-too-slow", Scope.NODE, 3)]
    assert "shop/hung-x" not in held[0].pods


async def test_pull_beside_a_hanging_one_is_not_held_up_when_others_pass(known: wiring.Knowledge) -> None:
    """The node pulled something while the first one hung, so it does not pull one after another: all is a guess."""
    hung = failing(HANGING, "hung-x", "a", image=IMAGES[0])
    other = failing(HANGING, "other-x", "a", image=IMAGES[1], shift=timedelta(seconds=20))
    report = await _sweep(stage(hung, other, running("w-x", "a", IMAGES[2])), known)
    assert {each.confidence for each in report.incidents} == {Confidence.LOW}


async def test_two_nodes_without_dns_are_two_incidents_when_a_third_resolves(known: wiring.Knowledge) -> None:
    """The third node got an answer, a bad one: the name resolves there, so the cluster is not the place."""
    lost = [failing("containerd-2/dns-timeout", f"p{node}-x", node, image=IMAGES[0]) for node in ("a", "b")]
    report = await _sweep(stage(*lost, failing(NOT_FOUND, "c-x", "c", image="one.example/a/web:9")), known)
    assert {(each.cause, each.place.node) for each in report.incidents if each.place.node} == {
        ("node-dns", "a"),
        ("node-dns", "b"),
    }


async def test_failing_image_volume_names_the_volumes_image(known: wiring.Knowledge) -> None:
    """The message sits on a container whose own image is fine; the failure is the volume's."""
    facts = failing(NOT_FOUND, "p-x", "a", image=IMAGES[0])
    pod = facts.pods[0]
    container = dataclasses.replace(pod.containers[0], image="two.example/fine:1")
    facts = staged.with_pods(facts, containers=(container,), image_volumes={"model": IMAGES[0]})
    facts = dataclasses.replace(
        facts, events=tuple(dataclasses.replace(e, container="") for e in facts.events)
    )
    report = await _sweep(facts, known)
    assert [(each.failure.image, each.failure.volume) for each in report.diagnoses] == [(IMAGES[0], "model")]
    assert report.incidents[0].cause == "wrong-tag"


async def test_static_pod_is_claimed_though_its_events_carry_another_uid(known: wiring.Knowledge) -> None:
    """A static pod's owner is its node and its events name the manifest's hash."""
    facts = staged.with_pods(
        failing(NOT_FOUND, "p-a", "a"), static=True, owners=(OwnerReference("Node", "a"),)
    )
    facts = dataclasses.replace(
        facts, events=tuple(dataclasses.replace(e, pod_uid="hash") for e in facts.events)
    )
    incident = await _only(facts, known)
    assert _told(incident) == ("wrong-tag", Scope.WORKLOAD, 1)
    assert incident.place.workload == "Pod/p-a"


async def test_custom_owners_are_named_as_they_are(known: wiring.Knowledge) -> None:
    """An Argo Rollout above a ReplicaSet, and an operator's own kind directly above a pod."""
    rollout = failing(NOT_FOUND, "web-1", "a", image=IMAGES[0])
    replica_set = Owner(
        "ReplicaSet",
        "shop",
        "web-rs",
        owners=(OwnerReference("Rollout", "web", api_version="argoproj.io/v1alpha1"),),
    )
    rollout = dataclasses.replace(rollout, owners=(replica_set,))
    database = OwnerReference("PostgresCluster", "db", api_version="example.com/v1")
    direct = staged.with_pods(failing(NOT_FOUND, "db-1", "a", image=IMAGES[1]), owners=(database,))
    report = await _sweep(stage(rollout, direct), known)
    assert {each.place.workload for each in report.incidents} == {"Rollout/web", "PostgresCluster/db"}


async def test_look_that_saw_half_invents_nothing(known: wiring.Knowledge) -> None:
    """Healthy pods of a look that broke off stay unclaimed, the report says so, and what was told is told."""
    reader = stage(running("w-x", "a", IMAGES[0]), failing(NOT_FOUND, "p-x", "a", image=IMAGES[1])).reader()
    reader.complete, reader.told_unread = False, (staged.unread("events in shop"),)
    report = await recorded.swept(reader, known)
    assert [each.pods for each in report.incidents] == [("shop/p-x",)]
    assert not report.complete
    assert ("events in shop", "forbidden", "list events in shop") in report.unchecked


async def test_start_from_a_cached_image_is_no_pull(known: wiring.Knowledge) -> None:
    """Where no event can be read, a container that merely started on another node proves no road."""
    facts = stage(failing(TIMEOUT, "p-x", "a", image=IMAGES[0]), running("w-x", "b", IMAGES[0]))
    facts = dataclasses.replace(facts, events=tuple(e for e in facts.events if e.reason != "Pulled"))
    incident = await _only(facts, known)
    assert incident.confidence is not Confidence.HIGH


async def test_two_wrong_repositories_in_a_row_do_not_vouch_for_each_other(known: wiring.Knowledge) -> None:
    """A revision that never ran proves nothing of the repository it names."""
    facts = failing("cri-o/ecr-repo-missing", "web-1", "a", image="one.example/a/wep:2")
    sets = [
        Owner(
            "ReplicaSet",
            "shop",
            name,
            owners=(OwnerReference("Deployment", "web"),),
            images={c.name: image for c in facts.pods[0].containers},
            revision=revision,
            ready=0,
            created=NOW,
        )
        for name, image, revision in (
            ("web-0", "one.example/a/wep:1", "1"),
            ("web-rs", "one.example/a/wep:2", "2"),
        )
    ]
    facts = dataclasses.replace(facts, owners=(*sets, Owner("Deployment", "shop", "web")))
    assert (await _only(facts, known)).cause == "wrong-repository"


@pytest.mark.parametrize(("ago", "cause"), [(1, "transient-network"), (20, "registry-down")])
async def test_pull_that_outlived_anothers_success_is_not_over(
    ago: int, cause: str, known: wiring.Knowledge
) -> None:
    """A success a minute ago bodes well; after twenty, the kubelet has tried again and failed again."""
    lost = failing(SICK, "p-x", "a", image=IMAGES[0], shift=-timedelta(minutes=40))
    well = running("w-x", "b", IMAGES[0], pulled=ago * MINUTE)
    assert (await _only(stage(lost, well), known)).cause == cause


async def test_success_all_the_while_says_nothing_of_this_image(known: wiring.Knowledge) -> None:
    """Others pulled before the last attempt and after it: this image's own 503 is not over."""
    lost = failing(SICK, "p-x", "a", image=IMAGES[0], shift=-2 * MINUTE)
    well = [
        running(f"w{n}-x", "b", IMAGES[0], pulled=timedelta(seconds=ago)) for n, ago in enumerate((10, 240))
    ]
    assert (await _only(stage(lost, *well), known)).cause == "registry-down"


async def test_nothing_fails_where_all_runs(known: wiring.Knowledge) -> None:
    """No incident out of health, however many failures the events of an hour ago hold."""
    well = running("w-x", "a", IMAGES[0])
    old = PodEvent(
        "shop",
        "w-x",
        "Failed",
        'Failed to pull image "one.example/a/web:1": not found',
        "Warning",
        "app",
        NOW - 30 * MINUTE,
        NOW - 20 * MINUTE,
    )
    facts = dataclasses.replace(stage(well), events=(old, *well.events), nodes=(Node("a"),))
    assert (await _sweep(facts, known)).incidents == ()
