"""A write becomes the one request that it is, or none: what must never be sent is refused before."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.cluster.resources import Resource
from bot.cluster.writing import orders
from bot.cluster.writing.copying import Taken
from bot.cluster.writing.orders import Order
from bot.facts.change import ObjectKey, Style, Verb, Write
from bot.ports.rehearsing import Declined, Live, Reason
from tests import fixes
from tests.fakes import writes
from tests.fakes.writes import COPY, POD, REGCRED, WEB, deleting, patching, set_image


PLAN = "plan-1"


def _live(item: Any) -> Live:
    meta = item["metadata"]
    key = ObjectKey(item["kind"], meta.get("namespace", ""), meta["name"])
    return Live(key, "u1", "7", item)


def _patched(write: Write, item: Any, *, dry: bool = False) -> Order:
    order = orders.patching(write, _live(item), PLAN, dry=dry)
    assert isinstance(order, Order), order
    return order


def _reason(order: Order | Declined) -> Reason | None:
    return order.reason if isinstance(order, Declined) else None


def test_patching_holds_to_the_object_as_read_and_leaves_the_plan_s_id() -> None:
    """The uid, the version and the id go with the change, in one patch; what the patch says of annotations stays."""
    write = patching(WEB, {"metadata": {"annotations": {"a": "b"}}, "spec": {"paused": True}})
    order = _patched(write, writes.deployment())
    assert order.request.path == "/apis/apps/v1/namespaces/shop/deployments/web"
    assert order.request.query == {"fieldManager": "imagepull", "fieldValidation": "Strict"}
    assert json.loads(order.request.body) == {
        "metadata": {
            "uid": "u1",
            "resourceVersion": "7",
            "annotations": {"a": "b", "imagepull/plan": PLAN},
        },
        "spec": {"paused": True},
    }
    assert order.right == "patch deployments in namespace shop (tier 3)"


def test_patching_rehearses_the_same_patch() -> None:
    """Only the query differs."""
    real, dry = (_patched(set_image(), writes.deployment(), dry=dry) for dry in (False, True))
    assert dry.request.query == {**real.request.query, "dryRun": "All"}
    assert dry.request.body == real.request.body


@pytest.mark.parametrize(
    ("style", "content_type"),
    [
        (Style.STRATEGIC, "application/strategic-merge-patch+json"),
        (Style.MERGE, "application/merge-patch+json"),
    ],
)
def test_patching_says_how_the_patch_is_read(style: Style, content_type: str) -> None:
    """By its content type."""
    order = _patched(patching(WEB, {"spec": {"paused": True}}, style), writes.deployment())
    assert order.request.content_type == content_type


def test_patching_overrides_what_a_patch_says_of_uid_version_and_id() -> None:
    """They are not the patch's to say."""
    meta = {"uid": "u9", "resourceVersion": "", "annotations": {"imagepull/plan": "other"}}
    sent = json.loads(_patched(patching(WEB, {"metadata": meta}), writes.deployment()).request.body)
    assert sent["metadata"] == {"uid": "u1", "resourceVersion": "7", "annotations": {"imagepull/plan": PLAN}}


def _spec(**containers: Any) -> Any:
    return {"spec": {"template": {"spec": containers}}}


@pytest.mark.parametrize(
    "patch",
    [
        _spec(containers=[{"name": "wbe", "image": "x:1"}]),
        _spec(containers=[{"name": "web", "image": "x:1"}, {"name": "new", "image": "x:1"}]),
        _spec(containers=[{"image": "x:1"}]),
        _spec(initContainers=[{"name": "web", "image": "x:1"}]),
        _spec(ephemeralContainers=[{"name": "dbg"}]),
        _spec(containers=[{"$patch": "replace"}, {"name": "new"}]),
        {"spec": {"containers": [{"name": "web"}]}},
        {"spec": {"jobTemplate": {"spec": {"template": {"spec": {"containers": [{"name": "web"}]}}}}}},
    ],
)
def test_patching_refuses_to_add_a_container(patch: Any) -> None:
    """A name that is not there would be put in front of the others."""
    declined = orders.patching(patching(WEB, patch), _live(writes.deployment()), PLAN, dry=False)
    assert isinstance(declined, Declined)
    assert declined.reason is Reason.INVALID
    assert "the patch would add it" in declined.said


@pytest.mark.parametrize(
    "patch",
    [
        _spec(containers=[{"name": "web", "image": "x:1"}]),
        _spec(containers=None),
        _spec(**{"$setElementOrder/containers": [{"name": "new"}]}),
        {"spec": {"template": {"$patch": "replace", "spec": {"containers": [{"name": "older"}]}}}},
    ],
)
def test_patching_leaves_alone_what_adds_none(patch: Any) -> None:
    """Containers that are there, and a template that is replaced as a whole, as a way back is."""
    assert isinstance(
        orders.patching(patching(WEB, patch), _live(writes.deployment()), PLAN, dry=False), Order
    )


def test_patching_finds_containers_of_every_kind() -> None:
    """In a pod's own spec and in a CronJob's, too."""
    spec = {"containers": [{"name": "web", "image": "x:2"}]}
    assert (
        _reason(orders.patching(patching(POD, {"spec": spec}), _live(writes.pod()), PLAN, dry=False)) is None
    )
    deep = {"spec": {"jobTemplate": {"spec": {"template": {"spec": spec}}}}}
    job = writes.named("CronJob", "shop", "nightly", **deep)
    key = ObjectKey("CronJob", "shop", "nightly")
    assert _reason(orders.patching(patching(key, deep), _live(job), PLAN, dry=False)) is None


@pytest.mark.parametrize(
    "patch", ["", "{", "[]", '"x"', '{"metadata": 1}', '{"metadata": {"annotations": []}}', "[" * 99_999]
)
def test_patching_refuses_what_is_no_patch(patch: str) -> None:
    """Every write adds to the patch's metadata, so there must be room for it."""
    write = Write(Verb.PATCH, WEB, patch=patch)
    assert _reason(orders.patching(write, _live(writes.deployment()), PLAN, dry=False)) is Reason.INVALID


@pytest.mark.parametrize(
    "item", [writes.docker_secret(), writes.named("ControllerRevision", "shop", "web-1")]
)
def test_patching_leaves_secrets_and_revisions_alone(item: Any) -> None:
    """They are read, copied or deleted, and never changed."""
    live = _live(item)
    assert _reason(orders.patching(patching(live.key, {}), live, PLAN, dry=False)) is Reason.INVALID


@pytest.mark.parametrize("spell", [orders.patching, orders.deleting])
def test_orders_are_of_the_object_that_was_read(spell: Any) -> None:
    """Another name, another uid, none at all, or one without a version to hold to."""
    given = {"dry": False} if spell is orders.deleting else {"plan": PLAN, "dry": False}
    live, write = _live(writes.pod()), Write(Verb.PATCH, POD, uid="u1", patch="{}")
    told = [
        spell(write, replace(live, key=WEB), **given),
        spell(write, replace(live, uid="u2"), **given),
        spell(write, None, **given),
        spell(write, replace(live, version=""), **given),
        spell(write, live, **given),
    ]
    assert [_reason(each) for each in told] == [
        Reason.INVALID,
        Reason.CONFLICT,
        Reason.GONE,
        Reason.INVALID,
        None,
    ]


@pytest.mark.parametrize("dry", [False, True])
def test_deleting_says_everything_in_the_body(dry: bool) -> None:
    """The query is overridden by a body, so a dry run that stood there would delete."""
    order = orders.deleting(deleting(), _live(writes.pod()), dry=dry)
    assert isinstance(order, Order)
    assert order.request.query == {}
    assert json.loads(order.request.body) == {
        "kind": "DeleteOptions",
        "apiVersion": "v1",
        "preconditions": {"uid": "u1", "resourceVersion": "7"},
        **({"dryRun": ["All"]} if dry else {}),
    }
    assert order.right == "delete pods in namespace shop (tier 3)"


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (writes.deployment(), Reason.INVALID),
        (writes.docker_secret(), Reason.INVALID),
        (writes.docker_secret(labels=None), Reason.INVALID),
        (writes.docker_secret(labels={"imagepull/copied": "true"}), None),
        (writes.named("Node", "", "node-1"), Reason.INVALID),
    ],
)
def test_deleting_ends_pods_and_copies_alone(item: Any, reason: Reason | None) -> None:
    """A Secret without our label is somebody else's."""
    live = _live(item)
    assert _reason(orders.deleting(deleting(live.key), live, dry=False)) is reason


def test_copying_posts_to_all_secrets_of_the_namespace() -> None:
    """So that the server refuses where there is one of that name."""
    order = orders.copying(Write(Verb.COPY, COPY), Taken("e30=", ("pw",)), PLAN, dry=True)
    assert isinstance(order, Order)
    assert (order.request.method, order.request.path) == ("POST", "/api/v1/namespaces/team-x/secrets")
    assert order.request.query["dryRun"] == "All"
    assert order.known == ("pw",)
    assert order.right == "create secrets in namespace team-x (tier 3)"
    assert "e30=" not in repr(order)
    assert "pw" not in repr(order)


@pytest.mark.parametrize(
    "key",
    [
        ObjectKey("Pod", "shop", ""),
        ObjectKey("Pod", "", "web-1"),
        ObjectKey("Pod", "shop", ".."),
        ObjectKey("Pod", "..", "web-1"),
        ObjectKey("Pod", "shop", "a/b"),
        ObjectKey("Pod", "shop", "a?b"),
        ObjectKey("Pod", "shop", "x" * 300),
        ObjectKey("Node", "shop", "node-1"),
        ObjectKey("Namespace", "", "shop"),
        ObjectKey("pods", "shop", "web-1"),
    ],
)
def test_resource_of_knows_single_objects_alone(key: ObjectKey) -> None:
    """A DELETE without a name would end all of a kind, and one of two dots what stands above."""
    found = orders.resource_of(key)
    assert isinstance(found, Declined)
    assert found.reason is Reason.INVALID


@pytest.mark.parametrize("kind", sorted(orders.KINDS))
def test_resource_of_places_every_kind(kind: str) -> None:
    """Each in its group; a node in no namespace."""
    namespace = "" if kind == "Node" else "shop"
    found = orders.resource_of(ObjectKey(kind, namespace, "web.x-1"))
    assert isinstance(found, Resource)
    assert found.path.endswith("/web.x-1")


def test_resource_of_a_copy_s_source_is_a_secret() -> None:
    """Where it is read from."""
    assert orders.resource_of(REGCRED) == Resource("secrets", "shop", "regcred")


@pytest.mark.parametrize(
    ("kind", "namespace"), [("Event", "shop"), ("Node", "shop"), ("Pod", ""), ("Pod", "..")]
)
def test_list_of_stays_in_one_namespace(kind: str, namespace: str) -> None:
    """Two dots would mean the whole cluster."""
    assert _reason_of(orders.list_of(kind, namespace)) is Reason.INVALID
    assert orders.list_of("Pod", "shop") == Resource("pods", "shop")


def _reason_of(found: Resource | Declined) -> Reason | None:
    return found.reason if isinstance(found, Declined) else None


def test_creating_posts_the_job_as_planned_with_the_plan_s_id() -> None:
    """Under its own name, in its own place; a dry run differs by the query alone."""
    real, dry = (orders.creating(fixes.ASK, PLAN, dry=dry) for dry in (False, True))
    assert isinstance(real, Order)
    assert isinstance(dry, Order)
    assert (real.request.method, real.request.path) == (
        "POST",
        "/apis/batch/v1/namespaces/imagepull-witness/jobs",
    )
    sent, planned = json.loads(real.request.body), json.loads(fixes.ASK.patch)
    assert sent["metadata"].pop("annotations") == {"imagepull/plan": PLAN}
    assert sent == planned
    assert dry.request.query == {**real.request.query, "dryRun": "All"}
    assert real.right.startswith("create jobs in namespace imagepull-witness")


@pytest.mark.parametrize(
    "change",
    [
        {"patch": ""},
        {"patch": "[]"},
        {"patch": fixes.ASK.patch.replace('"Job"', '"CronJob"')},
        {
            "patch": fixes.ASK.patch.replace(
                '"metadata": {"name"', '"metadata": {"generateName": "x", "name"', 1
            )
        },
        {"patch": fixes.ASK.patch.replace("imagepull/witness", "other/label")},
        {"key": ObjectKey("Job", "kube-system", fixes.ASK.key.name)},
        {"key": ObjectKey("Job", fixes.ASK.key.namespace, "other")},
        {"key": ObjectKey("Pod", fixes.ASK.key.namespace, fixes.ASK.key.name)},
        {"key": ObjectKey("Job", "", fixes.ASK.key.name)},
    ],
)
def test_creating_makes_nothing_else(change: dict[str, Any]) -> None:
    """No other kind, no other name or place than is written in it, and none without our label."""
    assert _reason(orders.creating(replace(fixes.ASK, **change), PLAN, dry=False)) is Reason.INVALID


def test_deleting_takes_a_job_of_ours_with_its_pods() -> None:
    """And no other Job."""
    job = json.loads(fixes.ASK.patch)
    order = orders.deleting(Write(Verb.DELETE, fixes.ASK.key), _live(job), dry=False)
    assert isinstance(order, Order)
    assert json.loads(order.request.body)["propagationPolicy"] == "Background"
    job["metadata"]["labels"] = {}
    refused = orders.deleting(Write(Verb.DELETE, fixes.ASK.key), _live(job), dry=False)
    assert _reason(refused) is Reason.INVALID
