"""roll-back: the last revision that ran."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.facts.change import Pledge, Verb
from bot.facts.objects import ContainerKind, Unread
from bot.ports.rehearsing import Declined, Live, Reason
from bot.remediation.actions.roll_back import RollBack
from bot.remediation.drafting import Draft, Unfit
from tests.fakes import registry as replies
from tests.fakes.registry import FakeProber, Given
from tests.fakes.rehearsing import FakeRehearse, applied, undone
from tests.imagery import (
    AMD,
    DIGEST,
    REPOSITORY,
    Shop,
    controller_revision,
    node,
    replica_set,
    runs,
    there,
    wrong,
)
from tests.situations import deployed, failing, owned, workload


OLD, OLDER = f"{REPOSITORY}:1.3", f"{REPOSITORY}:1.2"


async def asked(*bodies: dict[str, Any], **changes: Any) -> Draft | Unfit:
    """What it would do."""
    changes.setdefault("prober", Shop(a=there(OLD), b=there(OLDER)))
    return await RollBack().draft(await wrong(*bodies, **changes))


async def drafted(*bodies: dict[str, Any], **changes: Any) -> Draft:
    """What it does."""
    found = await asked(*bodies, **changes)
    assert isinstance(found, Draft), found
    return found


async def refused(*bodies: dict[str, Any], **changes: Any) -> Unfit:
    """Why it does nothing."""
    found = await asked(*bodies, **changes)
    assert isinstance(found, Unfit), found
    return found


async def test_a_deployment_goes_back_to_the_last_revision_that_ran() -> None:
    """Not to the one before, of which nothing shows that it did."""
    sets = (replica_set(7, OLDER, ready=1), replica_set(8, OLD), replica_set(9, f"{REPOSITORY}:1.4"))
    draft = await drafted(*deployed(), *sets)
    assert draft.headline == "Roll Deployment shop/web back to revision 7"
    assert draft.warnings == ("Revision 7 ran: 1 pod of it serves now.",)
    assert draft.pledge == Pledge(OLDER, DIGEST, "linux/amd64")
    (write,) = draft.writes
    template = applied(write, deployed()[0])["spec"]["template"]
    assert template["spec"]["containers"] == [{"name": "app", "image": OLDER}]
    assert "pod-template-hash" not in template["metadata"]["labels"]
    assert undone(write, applied(write, deployed()[0])) == deployed()[0]
    assert [each.said for each in write.depends][1:] == ["the image of container app"]


async def test_only_what_differs_is_sent_and_what_goes_back_beside_the_image_is_said() -> None:
    """A template with other settings is set back whole, without its secrets being shown."""
    env = [{"name": "PASSWORD", "value": "hunter2"}]
    spec = {"containers": [{"name": "app", "image": OLD, "env": env}], "hostNetwork": True}
    draft = await drafted(*deployed(), replica_set(1, OLD, ready=1, **spec))
    told = "More than the image goes back: spec.containers[app].env[PASSWORD].name, spec.containers[app].env[PASSWORD].value, spec.hostNetwork."
    assert told in draft.warnings
    assert "hunter2" not in str(draft.warnings)
    assert "selector" not in draft.writes[0].patch


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet"])
async def test_the_others_go_back_by_their_controller_revisions(kind: str) -> None:
    """A StatefulSet's failing pod has to go: it waits for it to become ready."""
    mark = {"labels": {"controller-revision-hash": "100"}}
    pod = runs("web-0", OLD, metadata=owned(kind, "web") | mark)
    kept = (controller_revision(kind, 1, OLD), controller_revision(kind, 2, f"{REPOSITORY}:1.4"))
    draft = await drafted(workload(kind), failing(kind=kind, owner="web"), pod, *kept)
    verbs = [each.verb for each in draft.writes]
    assert verbs == [Verb.PATCH, Verb.DELETE] if kind == "StatefulSet" else [Verb.PATCH]
    assert OLD in draft.writes[0].patch


async def test_what_can_not_be_pulled_any_more_is_passed_over() -> None:
    """An older one that can be is taken; what nobody can tell is a warning, and no pledge."""
    sets = (replica_set(1, OLDER, ready=1), replica_set(2, OLD, ready=1))
    draft = await drafted(*deployed(), *sets, prober=Shop(a=there(OLDER)))
    assert draft.headline.endswith("revision 1")
    silent = FakeProber({"manifest": replies.answered(503)})
    draft = await drafted(*deployed(), *sets, prober=silent)
    assert draft.headline.endswith("revision 2")
    assert draft.pledge is None
    assert "is not proven" in draft.warnings[1]
    draft = await drafted(*deployed(), *sets, reader={"nodes": Unread("nodes", "forbidden", "list nodes")})
    assert "list nodes" in draft.warnings[1]
    found = await refused(*deployed(), *sets, prober=Shop())
    assert "could not be pulled either" in found.why


async def test_every_image_that_comes_back_must_be_there() -> None:
    """One that is gone would fail next; one that is no reference always."""
    two = [{"name": "app", "image": OLD}, {"name": "side", "image": "registry.example/side:1"}]
    now = [
        {"name": "app", "image": f"{REPOSITORY}:1.4"},
        {"name": "side", "image": "registry.example/side:2"},
    ]
    found = await refused(*deployed(containers=now), replica_set(1, OLD, ready=1, containers=two))
    assert "registry.example/side:1 is not there" in found.why
    two[1]["image"] = "Not An Image"
    found = await refused(*deployed(containers=now), replica_set(1, OLD, ready=1, containers=two))
    assert "does not parse" in found.why


async def test_what_is_surely_gone_weighs_more_than_what_nobody_can_tell() -> None:
    """And what was proven of the failing image's place is held on to, whatever is not told of the others."""
    side = "registry.example/side:1"
    then = [{"name": "app", "image": OLD}, {"name": "side", "image": side}]
    now = [
        {"name": "app", "image": f"{REPOSITORY}:1.4"},
        {"name": "side", "image": "registry.example/side:2"},
    ]
    bodies = (*deployed(containers=now), replica_set(1, OLD, ready=1, containers=then))
    silent: dict[str, Given] = {f"{OLD} manifest": replies.answered(503)}
    found = await refused(*bodies, prober=Shop(a=silent))
    assert f"{side} is not there" in found.why
    silent = {f"{side} manifest": replies.answered(503)}
    draft = await drafted(*bodies, prober=Shop(a=there(OLD), b=silent))
    assert draft.pledge == Pledge(OLD, DIGEST, str(AMD))
    assert "is not proven" in draft.warnings[1]


async def test_a_revision_that_names_the_failing_image_too_is_none_to_go_back_to() -> None:
    """It would fail likewise, whatever else it says; and one that brings no image back mends nothing."""
    now = deployed(hostNetwork=True)
    found = await refused(*now, replica_set(1, f"{REPOSITORY}:1.4", ready=1))
    assert "names registry.example/shop/web:1.4, too" in found.why
    assert found.commands[1].argv[-1] == "--to-revision=1"
    assert "there is no earlier one" in (await refused(*deployed())).why


async def test_a_volumes_image_goes_back_like_any_other() -> None:
    """Its pledge is the volume's."""

    def volumes(image: str) -> list[dict[str, Any]]:
        return [{"name": "data", "image": {"reference": image}}]

    fine = "registry.example/app:1"
    now = deployed(image=fine, volumes=volumes(f"{REPOSITORY}:1.4"))
    told = {"volume": "data", "kind": ContainerKind.IMAGE_VOLUME, "image": f"{REPOSITORY}:1.4"}
    old = replica_set(1, fine, ready=1, volumes=volumes(OLD))
    draft = await drafted(*now, old, failure=told, prober=Shop(a=there(OLD), b=there(fine)))
    assert draft.pledge == Pledge(OLD, DIGEST, str(AMD))
    assert json.loads(draft.writes[0].patch)["spec"]["template"]["spec"] == {"volumes": volumes(OLD)}


async def test_there_is_none_where_nothing_keeps_revisions_or_nothing_rolls_out() -> None:
    """Nor where the template names another image by now, or revisions may not be read."""

    class Deaf(FakeRehearse):
        async def owned(self, kind: str, namespace: str, uid: str) -> tuple[Live, ...] | Declined:
            assert await super().owned(kind, namespace, uid) is not None
            return Declined(Reason.FORBIDDEN, "no")

    cases = {
        "keeps no revisions": await refused(failing(kind="")),
        "is static": await refused(failing(kind="Node", owner="node-1")),
        "is paused": await refused(*deployed(more={"paused": True})),
        "somebody changed it": await refused(*deployed(image=f"{REPOSITORY}:9")),
    }
    for why, found in cases.items():
        assert why in found.why
    deaf = replace(await wrong(), rehearse=Deaf(deployed()))
    found = await RollBack().draft(deaf)
    assert isinstance(found, Unfit)
    assert "cannot be read: no" in found.why


async def test_what_its_nodes_still_hold_ran() -> None:
    """Though nothing runs of that revision any more."""
    draft = await drafted(*deployed(), replica_set(1, OLD), node("node-1", "amd64", OLD))
    assert "held by nodes" in draft.warnings[0]
