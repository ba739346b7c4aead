"""The revisions of a workload, and which of them ran."""

from dataclasses import replace
from typing import Any

import pytest

from bot.ports.rehearsing import Declined, Live, Reason
from bot.remediation import revisions, templates
from bot.remediation.drafting import Unfit
from bot.remediation.revisions import Revision
from bot.remediation.running import Ran
from bot.remediation.templates import Subject
from tests.fakes import objects
from tests.fakes.rehearsing import FakeRehearse
from tests.imagery import REPOSITORY, controller_revision, replica_set, runs, wrong
from tests.situations import deployed, failing, owned, workload


OLD = f"{REPOSITORY}:1.3"


async def found(*bodies: dict[str, Any], ran: Ran | None = None) -> tuple[Revision, ...]:
    """What came before."""
    seen = await wrong(*bodies)
    held = await templates.subject(seen)
    assert isinstance(held, Subject)
    told = await revisions.earlier(seen, held, ran or Ran())
    assert not isinstance(told, Unfit)
    return told


async def test_earlier_are_the_replica_sets_of_another_template_the_newest_first() -> None:
    """Without the hash that the controller gave them, and without the one in charge."""
    sets = [
        replica_set(2, f"{REPOSITORY}:1.2"),
        replica_set(10, OLD, ready=2),
        replica_set(11, f"{REPOSITORY}:1.4"),
    ]
    told = await found(*deployed(), *sets)
    assert [(each.number, each.image("app"), bool(each.ran)) for each in told] == [
        (10, OLD, True),
        (2, f"{REPOSITORY}:1.2", False),
    ]
    assert told[0].template["metadata"] == {"labels": {"app": "web"}}
    assert told[0].ran == "2 pods of it serve now"
    assert told[0].image("another") == ""


async def test_a_replica_set_whose_pod_runs_ran_though_it_is_not_ready() -> None:
    """And one whose pods do not run did not."""
    old = replica_set(1, OLD, name="web-old")
    old["status"] = {"replicas": 1}
    mine = owned("ReplicaSet", "web-old")
    (told,) = await found(*deployed(), old, runs("web-old-1", OLD, metadata=mine))
    assert told.ran == "pod web-old-1 of revision 1 runs"
    (told,) = await found(*deployed(), old, objects.pod("web-old-1", state=objects.waiting(), metadata=mine))
    assert told.ran == ""


async def test_a_revision_all_of_whose_images_are_known_ran() -> None:
    """Its images were pulled once; of one that is not known it cannot be said."""
    sets = replica_set(1, OLD)
    (told,) = await found(*deployed(), sets, ran=Ran(held=frozenset({OLD})))
    assert "held by nodes" in told.ran
    (told,) = await found(*deployed(), sets, ran=Ran(held=frozenset({"other:1"})))
    assert told.ran == ""


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet"])
async def test_earlier_of_the_others_are_their_controller_revisions(kind: str) -> None:
    """Their pods name the revision or its hash."""
    mark = "web-100" if kind == "StatefulSet" else "100"
    pod = runs("web-0", OLD, metadata=owned(kind, "web") | {"labels": {"controller-revision-hash": mark}})
    pod["status"]["conditions"] = [{"type": "Ready", "status": "True"}]
    kept = [controller_revision(kind, 1, OLD), controller_revision(kind, 2, f"{REPOSITORY}:1.4")]
    bodies = (workload(kind), failing(kind=kind, owner="web"), *kept)
    (told,) = await found(*bodies, pod)
    assert (told.name, told.number, told.ran) == ("web-100", 1, "pod web-0 of it serves now")
    assert "$patch" not in told.template
    (told,) = await found(*bodies)
    assert told.ran == ""


async def test_a_stateful_sets_current_revision_was_rolled_out_unless_it_is_its_first() -> None:
    """The first one is current from the beginning, whether it runs or not."""
    bodies = (failing(kind="StatefulSet", owner="web"), controller_revision("StatefulSet", 3, OLD))
    told = workload("StatefulSet") | {"status": {"currentRevision": "web-300"}}
    (third,) = await found(told, *bodies)
    assert third.ran == "it was rolled out to its end"
    first = workload("StatefulSet") | {"status": {"currentRevision": "web-100"}}
    (only,) = await found(first, bodies[0], controller_revision("StatefulSet", 1, OLD))
    assert only.ran == ""


async def test_named_are_containers_and_volumes() -> None:
    """A template names images in three places."""
    spec = {
        "containers": [{"name": "app", "image": "a:1"}],
        "initContainers": [{"name": "first", "image": "b:1"}],
        "volumes": [{"name": "data", "image": {"reference": "c:1"}}, {"name": "tmp", "emptyDir": {}}],
    }
    revision = Revision("web-1", 1, {"spec": spec})
    assert revision.named == {"first": "b:1", "app": "a:1", "volume data": "c:1"}
    assert Revision("web-1", 1, {}).named == {}


async def test_what_may_not_be_listed_is_told() -> None:
    """With the server's words."""

    class Deaf(FakeRehearse):
        async def owned(self, kind: str, namespace: str, uid: str) -> tuple[Live, ...] | Declined:
            assert await super().owned(kind, namespace, uid)
            return Declined(Reason.FORBIDDEN, "no")

    seen = replace(await wrong(), rehearse=Deaf(deployed()))
    held = await templates.subject(seen)
    assert isinstance(held, Subject)
    told = await revisions.earlier(seen, held, Ran())
    assert told == Unfit("the revisions of Deployment shop/web cannot be read: no")


async def test_an_empty_time_in_a_template_is_no_difference() -> None:
    """Templates carry one, and it says nothing."""
    same = replica_set(1, f"{REPOSITORY}:1.4")
    same["spec"]["template"]["metadata"]["creationTimestamp"] = None
    assert await found(*deployed(), same) == ()
