"""Which pods are made anew, which never, and what is told of what is lost."""

from typing import Any

import pytest

from bot.facts.change import ObjectKey, Verb
from bot.facts.objects import ContainerKind
from bot.ports.rehearsing import Declined, Reason
from bot.remediation import pods
from bot.remediation.drafting import Limits, Unfit
from bot.remediation.pods import Renewal
from tests.fakes import objects
from tests.situations import deployed, failing, owned, situation, workload


RAN = {"restartCount": 2, "lastState": objects.terminated(1)}


async def test_every_failing_pod_is_deleted_by_its_uid_while_it_still_waits() -> None:
    """And the pod that runs is left alone."""
    well = objects.pod("web-3", metadata=owned("ReplicaSet", "web-rs"))
    found = await pods.renewal(await situation(*deployed(failing("web-1"), failing("web-2"), well)))
    assert isinstance(found, Renewal)
    assert [(each.verb, each.key.name, each.uid) for each in found.writes] == [
        (Verb.DELETE, "web-1", "uid-web-1"),
        (Verb.DELETE, "web-2", "uid-web-2"),
    ]
    (waits,) = found.writes[0].depends
    assert waits.path == ("status", "containerStatuses", "name=app", "state", "running")
    assert waits.value == "null"
    assert found.writes[0].said == "delete pod shop/web-1, for which ReplicaSet web-rs makes a new one"
    assert not found.warnings


async def test_only_pods_that_are_wanted_are_made_anew() -> None:
    """As those of one node."""
    here = await situation(*deployed(failing("web-1"), failing("web-2", spec={"nodeName": "node-2"})))
    found = await pods.renewal(here, lambda failure: failure.pod.node == "node-2")
    assert isinstance(found, Renewal)
    assert [each.key.name for each in found.writes] == ["web-2"]


async def test_pods_of_other_workloads_and_causes_are_left_alone() -> None:
    """However alike they fail."""
    other = failing("api-1", owner="api-rs")
    whole = [*deployed(failing("web-1")), workload("ReplicaSet", "api-rs"), other]
    assert [each.pod.name for each in pods.failures(await situation(*whole))] == ["web-1"]


async def test_a_bare_pod_is_never_deleted_and_what_is_lost_is_said() -> None:
    """A person gets the commands that keep what it is."""
    found = await pods.renewal(await situation(failing("alone", kind="")))
    assert isinstance(found, Unfit)
    assert "deleting it destroys it" in found.why
    assert [each.line for each in found.commands] == [
        "kubectl -n shop get pod alone -o yaml",
        "kubectl -n shop replace --force -f alone.yaml",
    ]


@pytest.mark.parametrize(
    "meta",
    [
        {"annotations": {"kubernetes.io/config.mirror": "x"}},
        owned("Node", "node-1") | {"annotations": {"kubernetes.io/config.mirror": "x"}},
    ],
)
async def test_a_static_pod_is_never_deleted(meta: dict[str, Any]) -> None:
    """What the API shows of it is a mirror."""
    found = await pods.renewal(await situation(failing("proxy-node-1", kind="", metadata=meta)))
    assert isinstance(found, Unfit)
    assert "static" in found.why
    assert not found.commands


async def test_a_pod_whose_owner_let_go_of_it_is_bare() -> None:
    """The live object decides, and not what the look saw."""
    here = await situation(*deployed())
    here.rehearse.store.put(failing("web-1", kind=""))  # type: ignore[attr-defined]  # the fake's
    found = await pods.renewal(here)
    assert isinstance(found, Unfit)
    assert "nothing makes pod shop/web-1 anew" in found.why


async def test_a_pod_of_an_unknown_controller_is_its_affair() -> None:
    """Unless the settings let the bot change what operators own."""
    body = failing("db-1", kind="Cluster", owner="db")
    found = await pods.renewal(await situation(body))
    assert isinstance(found, Unfit)
    assert "made by Cluster db" in found.why
    assert isinstance(await pods.renewal(await situation(body, limits=Limits(gitops=True))), Renewal)


async def test_a_debug_container_is_no_reason_to_delete_the_pod() -> None:
    """The pod itself runs."""
    here = await situation(*deployed(), failure={"kind": ContainerKind.EPHEMERAL, "container": "debugger"})
    found = await pods.renewal(here)
    assert isinstance(found, Unfit)
    assert "debug container debugger" in found.why


async def test_a_pod_that_is_gone_or_another_by_now_is_passed_over() -> None:
    """With none left there is nothing to do."""
    here = await situation(*deployed())
    here.rehearse.store.put(failing("web-1", metadata={"uid": "another"}))  # type: ignore[attr-defined]  # the fake's
    found = await pods.renewal(here)
    assert isinstance(found, Unfit)
    assert "gone by now" in found.why


async def test_a_pod_that_cannot_be_read_is_told_with_the_servers_words() -> None:
    """And with the right that is missing."""
    declined = Declined(Reason.FORBIDDEN, "pods is forbidden", "get on pods in shop")
    here = await situation(*deployed(), refusals={ObjectKey("Pod", "shop", "web-1"): declined})
    found = await pods.renewal(here)
    assert found == Unfit("pod shop/web-1 cannot be read: pods is forbidden (get on pods in shop)")


async def test_more_pods_than_a_screenful_are_not_deleted_one_by_one() -> None:
    """How many there are is told."""
    many = [failing(f"web-{number}") for number in range(pods.MOST + 1)]
    found = await pods.renewal(await situation(*deployed(*many)))
    assert found == Renewal(rest=pods.MOST + 1)


async def test_what_containers_that_ran_leave_behind_is_told() -> None:
    """Volumes of a pod that never ran hold nothing."""
    volumes = [
        {"name": "cache", "emptyDir": {}},
        {"name": "scratch", "ephemeral": {}},
        {"name": "host", "hostPath": {"path": "/x"}},
        {"name": "settings", "configMap": {}},
    ]
    fresh = failing("web-1", spec={"volumes": volumes})
    assert isinstance(found := await pods.renewal(await situation(*deployed(fresh))), Renewal)
    assert not found.warnings
    status = {"name": "app", "state": objects.waiting(), **RAN}
    ran = failing("web-1", spec={"volumes": volumes}, status={"containerStatuses": [status]})
    assert isinstance(found := await pods.renewal(await situation(*deployed(ran))), Renewal)
    assert [each.rpartition(": ")[2] for each in found.warnings] == ["cache.", "scratch.", "host."]


async def test_containers_that_run_beside_it_are_named() -> None:
    """They are stopped with it, and no disruption budget is asked."""
    statuses = [
        {"name": "app", "state": objects.waiting()},
        {"name": "log", "state": objects.running()},
    ]
    body = failing("web-1", status={"containerStatuses": statuses})
    assert isinstance(found := await pods.renewal(await situation(*deployed(body))), Renewal)
    assert found.warnings == (
        "Containers that run beside it are stopped: log. No disruption budget is asked.",
    )


@pytest.mark.parametrize(("failed", "works"), [(0, True), (1, True), (2, False)])
async def test_a_deleted_pod_counts_against_its_job(failed: int, works: bool) -> None:
    """With the last of them the Job would be over."""
    job = workload("Job", "report", more={"backoffLimit": 2}) | {"status": {"failed": failed}}
    found = await pods.renewal(await situation(job, failing("report-1", kind="Job", owner="report")))
    assert isinstance(found, Renewal) is works
    told = found.warnings[0] if isinstance(found, Renewal) else found.why
    assert "counts as failed" in told


async def test_an_init_container_is_looked_for_among_its_own_kind() -> None:
    """Its state stands in a list of its own."""
    here = await situation(*deployed(), failure={"kind": ContainerKind.INIT, "container": "migrate"})
    found = await pods.renewal(here)
    assert isinstance(found, Renewal)
    assert found.writes[0].depends[0].path[1:3] == ("initContainerStatuses", "name=migrate")


async def test_what_tenants_wrote_is_shown_and_never_obeyed() -> None:
    """An owner reference holds whatever somebody put there."""
    found = await pods.renewal(await situation(failing("db-1", kind="Cluster\x1b[2J", owner="db\u202e")))
    assert isinstance(found, Unfit)
    assert "\x1b" not in found.why
    assert "\u202e" not in found.why
