"""The template that a person would edit."""

import json
from typing import Any

import pytest

from bot.facts.change import ObjectKey, Verb
from bot.facts.objects import ContainerKind
from bot.ports.rehearsing import Declined, Reason
from bot.remediation import templates
from bot.remediation.drafting import Unfit
from bot.remediation.templates import Following, Subject
from tests.imagery import WRONG, wrong
from tests.situations import deployed, failing, owned, workload


async def held(*bodies: dict[str, Any], **changes: Any) -> Subject:
    """The object to be edited."""
    found = await templates.subject(await wrong(*bodies, **changes))
    assert isinstance(found, Subject), found
    return found


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController"])
async def test_subject_is_what_makes_the_pods(kind: str) -> None:
    """With the image where it stands."""
    found = await held(workload(kind), failing(kind=kind, owner="web"))
    assert found.live.key == ObjectKey(kind, "shop", "web")
    assert found.places(WRONG) == (("spec", "template", "spec", "containers", "name=app", "image"),)


async def test_subject_of_a_job_that_a_cron_job_makes_is_the_cron_job() -> None:
    """Its template stands deeper, and what has started keeps its image."""
    job = workload("Job", "web-1", metadata=owned("CronJob", "web"))
    bodies = (
        workload("CronJob", more={"concurrencyPolicy": "Forbid"}),
        job,
        failing(kind="Job", owner="web-1"),
    )
    found = await held(*bodies)
    assert found.kind == "CronJob"
    assert found.places(WRONG)[0][:3] == ("spec", "jobTemplate", "spec")
    after = await templates.following(await wrong(*bodies), found)
    assert isinstance(after, Following)
    assert "Job web-1 goes on failing" in after.warnings[0]
    assert "concurrencyPolicy is Forbid" in after.warnings[1]


async def test_subject_of_a_bare_pod_is_the_pod_itself() -> None:
    """It is changed in place, and nothing is lost."""
    bare = failing(kind="")
    found = await held(bare)
    assert found.path == ("spec",)
    after = await templates.following(await wrong(bare), found)
    assert isinstance(after, Following)
    assert not after.writes
    assert "nothing in it is lost" in after.warnings[0]


async def test_subject_is_none_where_a_change_there_would_not_help() -> None:
    """Static pods, Jobs, debug containers, and what an operator makes of something that is not known."""
    mirror = failing(
        metadata={"annotations": {"kubernetes.io/config.mirror": "x"}}, kind="Node", owner="node-1"
    )
    cases = {
        "is static": await wrong(mirror),
        "cannot be changed: delete it": await wrong(workload("Job"), failing(kind="Job", owner="web")),
        "debug container": await wrong(failing(kind=""), failure={"kind": ContainerKind.EPHEMERAL}),
        "made by an operator": await wrong(failing(kind="Cluster", owner="db")),
        "is made by Rollout web": await wrong(
            workload("ReplicaSet", "web-rs", metadata=owned("Rollout", "web")), failing()
        ),
        "is gone": await wrong(workload("Deployment", "other"), failing(kind="Deployment", owner="web")),
        "cannot be read: no": await wrong(
            *deployed(),
            refusals={ObjectKey("Deployment", "shop", "web"): Declined(Reason.FORBIDDEN, "no")},
        ),
    }
    for why, seen in cases.items():
        found = await templates.subject(seen)
        assert isinstance(found, Unfit), why
        assert why in found.why


async def test_subject_below_an_operators_object_is_the_topmost_template_that_is_known() -> None:
    """A Deployment that belongs to a custom resource is still where its image stands."""
    bodies = deployed(metadata=owned("Shop", "all"))
    seen = await wrong(*bodies)
    found = await templates.subject(seen)
    assert seen.diagnosis.workload.kind == "Shop"
    assert isinstance(found, Subject)
    assert found.live.key == ObjectKey("Deployment", "shop", "web")


async def test_places_are_all_that_name_the_image() -> None:
    """Init containers, containers and volumes; of another image none."""
    spec = {
        "containers": [{"name": "a", "image": WRONG}, {"name": "b", "image": "other:1"}],
        "initContainers": [{"name": "first", "image": WRONG}],
        "volumes": [{"name": "data", "image": {"reference": WRONG}}, {"name": "tmp", "emptyDir": {}}],
    }
    found = await held(*deployed(**spec))
    assert [templates.spoken(each) for each in found.places(WRONG)] == [
        "init container first",
        "container a",
        "volume data",
    ]
    assert len(found.images()) == 4
    assert templates.spoken(("spec", "paused")) == "spec.paused"


async def test_write_holds_the_way_back_and_what_it_depends_on() -> None:
    """Another value in one field, and no newer rollout."""
    found = await held()
    (place,) = found.places(WRONG)
    write = found.write([(place, "web:2")], found.depends([place]), "set it")
    assert (write.verb, write.uid) == (Verb.PATCH, "uid-Deployment-web")
    container = {"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:2"}]}}}}
    assert json.loads(write.patch) == container
    assert WRONG in write.back
    assert [each.path for each in write.depends] == [("metadata", "generation"), place]


async def test_following_is_nothing_where_pods_are_replaced_by_themselves() -> None:
    """A rollout does it."""
    seen = await wrong()
    assert await templates.following(seen, await held()) == Following()


async def test_following_refuses_a_paused_rollout() -> None:
    """The change would be approved and would mend nothing."""
    bodies = deployed(more={"paused": True})
    found = await templates.following(await wrong(*bodies), await held(*bodies))
    assert isinstance(found, Unfit)
    assert found.commands[0].argv[-1] == "deployment/web"


@pytest.mark.parametrize(
    ("kind", "more", "told"),
    [
        ("StatefulSet", {}, ""),
        ("StatefulSet", {"updateStrategy": {"rollingUpdate": {"partition": 2}}}, "from number 2 on"),
        ("ReplicaSet", {}, "replaces no pods by itself"),
        ("DaemonSet", {"updateStrategy": {"type": "OnDelete"}}, "replaces no pods by itself"),
    ],
)
async def test_following_deletes_the_failing_pods_where_none_are_replaced(
    kind: str, more: dict[str, Any], told: str
) -> None:
    """By their uids, and said."""
    bodies = (workload(kind, more=more), failing(kind=kind, owner="web"))
    found = await templates.following(await wrong(*bodies), await held(*bodies))
    assert isinstance(found, Following)
    assert [(each.verb, each.uid) for each in found.writes] == [(Verb.DELETE, "uid-web-1")]
    assert told in " ".join(found.warnings)


async def test_following_says_how_too_many_are_replaced() -> None:
    """Then none is deleted with it."""
    pods = [failing(f"web-{number}", kind="StatefulSet", owner="web") for number in range(30)]
    bodies = (workload("StatefulSet"), *pods)
    found = await templates.following(await wrong(*bodies), await held(*bodies))
    assert isinstance(found, Following)
    assert not found.writes
    assert "kubectl" in found.warnings[0]


async def test_following_passes_on_why_pods_are_not_deleted() -> None:
    """They are gone, or may not be."""
    bodies = (workload("StatefulSet"), failing(kind="StatefulSet", owner="web"))
    denied = {ObjectKey("Pod", "shop", "web-1"): Declined(Reason.FORBIDDEN, "no")}
    seen = await wrong(*bodies, refusals=denied)
    assert isinstance(await templates.following(seen, await held(*bodies)), Unfit)
