"""Changing a cluster, over HTTP: what is tried has no effect, what is done holds to what was read, and nobody is told a guess.

The first half runs on the simulated cluster, and on a real one where ``IMAGEPULL_TEST_KUBECONFIG`` names its kubeconfig. The
second needs an API server that fails when it is told to.
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from bot.cluster.client import ApiClient, Pace
from bot.cluster.writing.writer import ApiWriter
from bot.demo.cluster.access import ADMIN, account
from bot.demo.cluster.faults import Fault
from bot.demo.cluster.store import Store
from bot.facts.change import ObjectKey, Style, Verb, Write
from bot.ports.rehearsing import Accepted, Declined, Live, Reason
from bot.wiring.access import Access
from bot.wiring.writers import Writer, WriterAccess, writing
from tests import clusters
from tests.clusters import Cluster
from tests.fakes import writes
from tests.fakes.faulty_cluster import FaultyCluster, Upset
from tests.fakes.logins import TokenLogin


Object = dict[str, Any]
PLAN = "plan-1"
# Not so long that anybody waits, and not so short that a busy machine is taken for a slow server.
_PATIENCE = 10.0
_RIGHTS = [
    {"apiGroups": ["apps", "batch"], "resources": ["*"], "verbs": ["patch"]},
    {"apiGroups": [""], "resources": ["serviceaccounts", "replicationcontrollers"], "verbs": ["patch"]},
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["patch", "delete"]},
    {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create", "delete"]},
]
_LABELS = {"app": "web"}
_POD = {
    "containers": [
        {
            "name": "web",
            "image": "registry.example/shop/web:1",
            "securityContext": {"allowPrivilegeEscalation": False},
        }
    ],
    # Nothing of it ever runs.
    "nodeSelector": {"imagepull.example/none": "there"},
    "terminationGracePeriodSeconds": 1,
}
_TEMPLATE = {"metadata": {"labels": _LABELS}, "spec": _POD}
_SCALED = {"replicas": 0, "selector": {"matchLabels": _LABELS}, "template": _TEMPLATE}
_JOB = {"suspend": True, "template": {"spec": {**_POD, "restartPolicy": "Never"}}}
_MADE: dict[str, tuple[str, Object]] = {
    "Deployment": ("apis/apps/v1", {"spec": _SCALED}),
    "StatefulSet": ("apis/apps/v1", {"spec": {**_SCALED, "serviceName": "web"}}),
    "DaemonSet": ("apis/apps/v1", {"spec": {"selector": {"matchLabels": _LABELS}, "template": _TEMPLATE}}),
    "ReplicaSet": ("apis/apps/v1", {"spec": _SCALED}),
    "ControllerRevision": ("apis/apps/v1", {"revision": 1}),
    "Job": ("apis/batch/v1", {"spec": _JOB}),
    "CronJob": (
        "apis/batch/v1",
        {"spec": {"schedule": "0 3 * * *", "suspend": True, "jobTemplate": {"spec": _JOB}}},
    ),
    "Pod": ("api/v1", {"spec": _POD}),
    "ServiceAccount": ("api/v1", {"imagePullSecrets": [{"name": "one"}]}),
    "ReplicationController": (
        "api/v1",
        {"spec": {"replicas": 0, "selector": _LABELS, "template": _TEMPLATE}},
    ),
    "Secret": ("api/v1", {"type": "kubernetes.io/dockerconfigjson"}),
}


@dataclass
class Ground:
    """A namespace, and who changes it with the rights of an account of its own."""

    cluster: Cluster
    writer: Writer

    def key(self, kind: str, name: str = "web") -> ObjectKey:
        """Where something of the namespace stands."""
        return ObjectKey(kind, self.cluster.namespace, name)

    async def make(self, kind: str, name: str = "web", **parts: Any) -> Live:
        """Create something small of a kind, as an administrator."""
        group, told = _MADE[kind]
        version = group.removeprefix("apis/").removeprefix("api/")
        item = {"kind": kind, "apiVersion": version, **told, **parts}
        item["metadata"] = {"name": name, **parts.get("metadata", {})}
        path = f"/{group}/namespaces/{self.cluster.namespace}/{kind.lower()}s"
        for _ in range(50):
            status, made = await self.cluster.ask("POST", path, item)
            # In a new namespace the account of pods comes a moment later.
            if status != 403:
                break
            await asyncio.sleep(0.1)
        assert status == 201, made
        return await self.read(self.key(kind, name))

    async def read(self, key: ObjectKey) -> Live:
        """What is there."""
        found = await self.writer.read(key)
        assert isinstance(found, Live), found
        return found

    async def done(self, write: Write, *, dry: bool = False) -> Accepted | Declined:
        """As whoever carries out a plan does it: read, write, and again where a controller was quicker."""
        answer: Accepted | Declined = Declined(Reason.UNCLEAR, "")
        for _ in range(10):
            live = await self.writer.read(write.key)
            assert not isinstance(live, Declined), live
            attempt = self.writer.rehearse if dry else self.writer.change
            answer = await attempt(write, live, PLAN)
            if not isinstance(answer, Declined) or answer.reason is not Reason.CONFLICT:
                break
        return answer

    async def tried(self, write: Write) -> Accepted | Declined:
        """A rehearsal on what is there."""
        return await self.done(write, dry=True)


@pytest.fixture
async def ground(tmp_path: Path) -> AsyncIterator[Ground]:
    """An empty namespace."""
    async with clusters.bare(tmp_path) as cluster:
        token = tmp_path / "token"
        token.write_text(await _account(cluster))
        access = Access(kubeconfig=cluster.kubeconfig)
        async with writing(access, WriterAccess(token_file=token), _PATIENCE) as writer:
            yield Ground(cluster, writer)


async def _account(cluster: Cluster) -> str:
    """A token of somebody who may change things in the namespace, and nothing else."""
    core, name = f"/api/v1/namespaces/{cluster.namespace}", "writer"
    rbac = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{cluster.namespace}"
    role = {"kind": "Role", "name": name, "apiGroup": "rbac.authorization.k8s.io"}
    subject = {"kind": "ServiceAccount", "name": name, "namespace": cluster.namespace}
    meta = {"metadata": {"name": name}}
    for path, body in (
        (f"{core}/serviceaccounts", meta),
        (f"{rbac}/roles", {**meta, "rules": _RIGHTS}),
        (f"{rbac}/rolebindings", {**meta, "roleRef": role, "subjects": [subject]}),
    ):
        assert (await cluster.ask("POST", path, body))[0] == 201
    if cluster.is_real:
        # Until the server has heard of the rights itself.
        await asyncio.sleep(1)
    else:
        await cluster.ask("POST", f"{core}/serviceaccounts", {"metadata": {"name": "default"}})
    spec = {"spec": {"expirationSeconds": 600}}
    status, told = await cluster.ask("POST", f"{core}/serviceaccounts/{name}/token", spec)
    assert status == 201
    return str(told["status"]["token"])


def _image(key: ObjectKey, image: str = "registry.example/shop/web:2", **more: Any) -> Write:
    containers = [{"name": "web", "image": image, **more}]
    return writes.patching(key, {"spec": {"template": {"spec": {"containers": containers}}}})


def _reason(answer: Accepted | Declined) -> Reason | None:
    return answer.reason if isinstance(answer, Declined) else None


def _noted(live: Live | None) -> str | None:
    told = (live.body["metadata"].get("annotations") or {}) if live else {}
    return told.get("imagepull/plan")


def _of(live: Live) -> str:
    return str(live.body["spec"]["template"]["spec"]["containers"][0]["image"])


@pytest.mark.parametrize("kind", sorted(set(_MADE) - {"Secret", "ControllerRevision"}))
async def test_every_kind_is_seen_whole_and_noted_on(ground: Ground, kind: str) -> None:
    """Reading and a patch of nothing but the plan's id reach each kind where it stands, and a rehearsal keeps nothing."""
    before = await ground.make(kind)
    assert before.body["metadata"]["name"] == "web"
    tried = await ground.tried(writes.patching(before.key, {}))
    assert isinstance(tried, Accepted)
    assert _noted(tried.live) == PLAN
    assert _noted(await ground.read(before.key)) is None
    done = await ground.done(writes.patching(before.key, {}))
    assert isinstance(done, Accepted)
    assert _noted(await ground.read(before.key)) == PLAN


async def test_a_rehearsal_shows_what_the_change_would_make(ground: Ground) -> None:
    """And the change then makes just that, with its note, in one patch."""
    key = (await ground.make("Deployment")).key
    tried = await ground.tried(_image(key))
    assert isinstance(tried, Accepted)
    assert tried.live is not None
    assert _of(tried.live) == "registry.example/shop/web:2"
    assert _of(await ground.read(key)) == "registry.example/shop/web:1"
    done = await ground.done(_image(key))
    assert isinstance(done, Accepted)
    assert done.live is not None
    assert done.live.uid == tried.live.uid
    assert done.live.body["spec"] == tried.live.body["spec"]
    kept = await ground.read(key)
    assert (_of(kept), _noted(kept)) == ("registry.example/shop/web:2", PLAN)
    if ground.cluster.is_real:
        assert "imagepull" in {each["manager"] for each in kept.body["metadata"]["managedFields"]}


@pytest.mark.parametrize("dry", [True, False])
async def test_what_has_changed_since_is_not_written_to(ground: Ground, dry: bool) -> None:
    """An older version, the uid of another one, one that was made anew: each refused by the server, nothing done."""
    key = (await ground.make("Deployment")).key
    old = await ground.read(key)
    assert isinstance(await ground.done(writes.patching(key, {"spec": {"paused": True}})), Accepted)
    attempt = ground.writer.rehearse if dry else ground.writer.change
    assert _reason(await attempt(_image(key), old, "plan-2")) is Reason.CONFLICT
    now = await ground.read(key)
    for other in (replace(now, uid="00000000-0000-0000-0000-000000000000"), old):
        assert _reason(await attempt(_image(key), other, "plan-2")) is Reason.CONFLICT
    path = f"/apis/apps/v1/namespaces/{key.namespace}/deployments/web"
    await ground.cluster.ask("DELETE", path)
    assert await _gone(ground, key)
    assert _reason(await attempt(_image(key), now, "plan-2")) is Reason.GONE
    await ground.make("Deployment")
    assert _reason(await attempt(_image(key), now, "plan-2")) is Reason.CONFLICT
    kept = await ground.read(key)
    assert (_of(kept), _noted(kept)) == ("registry.example/shop/web:1", None)


async def _gone(ground: Ground, key: ObjectKey) -> bool:
    for _ in range(100):
        found = await ground.writer.read(key)
        if found is None:
            return True
        await asyncio.sleep(0.1)
    return False


@pytest.mark.parametrize("style", list(Style))
async def test_a_field_that_does_not_exist_is_refused(ground: Ground, style: Style) -> None:
    """Strictly, in a rehearsal and in earnest; without being told so a server passes over it."""
    key = (await ground.make("Deployment")).key
    wrong = writes.patching(key, {"spec": {"replicaz": 3}}, style)
    for answer in (await ground.tried(wrong), await ground.done(wrong)):
        assert isinstance(answer, Declined)
        assert answer.reason is Reason.INVALID
        assert 'unknown field "spec.replicaz"' in answer.said
        assert "registry.example" not in answer.said
    assert _noted(await ground.read(key)) is None


async def test_a_container_is_never_added(ground: Ground) -> None:
    """A server would put it in front of the others."""
    key = (await ground.make("Deployment")).key
    wrong = writes.patching(
        key, {"spec": {"template": {"spec": {"containers": [{"name": "wbe", "image": "x:1"}]}}}}
    )
    assert _reason(await ground.done(wrong)) is Reason.INVALID
    assert [
        each["name"] for each in (await ground.read(key)).body["spec"]["template"]["spec"]["containers"]
    ] == ["web"]


async def test_an_account_s_pull_secrets_are_replaced_as_a_list(ground: Ground) -> None:
    """By name nothing is merged there, and a directive to delete is a field that does not exist."""
    key = (await ground.make("ServiceAccount")).key
    whole = writes.patching(key, {"imagePullSecrets": [{"name": "two"}]})
    assert isinstance(await ground.done(whole), Accepted)
    assert (await ground.read(key)).body["imagePullSecrets"] == [{"name": "two"}]
    less = writes.patching(key, {"imagePullSecrets": [{"$patch": "delete", "name": "two"}]})
    assert _reason(await ground.tried(less)) is Reason.INVALID


async def test_a_right_that_is_missing_is_named(ground: Ground) -> None:
    """In a rehearsal already: it is the writer who tries."""
    key = (await ground.make("Secret", data=_docker({}))).key
    copied = await ground.make(
        "Secret", "copied", data=_docker({}), metadata={"labels": {"imagepull/copied": "true"}}
    )
    source = await ground.read(key)
    elsewhere = ObjectKey("Secret", "default", "imagepull-test")
    answer = await ground.writer.rehearse(writes.copying(source, "none.example", elsewhere), None, PLAN)
    assert _reason(answer) is Reason.INVALID  # nothing to copy, so nothing was asked
    node = Live(ObjectKey("Node", "", "none"), "u", "1", {})
    answer = await ground.writer.rehearse(
        writes.patching(node.key, {"spec": {"unschedulable": True}}), node, PLAN
    )
    assert isinstance(answer, Declined)
    assert (answer.reason, answer.hint) == (Reason.FORBIDDEN, "patch nodes in the whole cluster (tier 3)")
    assert "cannot patch resource" in answer.said
    assert isinstance(await ground.done(writes.deleting(copied.key)), Accepted)


async def test_a_rehearsed_end_is_no_end(ground: Ground) -> None:
    """However often: the pod lives on, untouched, until it is meant."""
    before = await ground.make("Pod")
    for _ in range(3):
        assert await ground.tried(writes.deleting(before.key)) == Accepted(None)
    kept = await ground.read(before.key)
    assert kept.uid == before.uid
    assert "deletionTimestamp" not in kept.body["metadata"]
    other = replace(kept, uid="00000000-0000-0000-0000-000000000000")
    for live in (other, replace(kept, version="1")):
        for attempt in (ground.writer.rehearse, ground.writer.change):
            assert _reason(await attempt(writes.deleting(kept.key), live, PLAN)) is Reason.CONFLICT
    assert "deletionTimestamp" not in (await ground.read(before.key)).body["metadata"]
    assert await ground.done(writes.deleting(before.key)) == Accepted(None)
    after = await ground.writer.read(before.key)
    assert after is None or (isinstance(after, Live) and "deletionTimestamp" in after.body["metadata"])
    assert await _gone(ground, before.key)
    assert _reason(await ground.writer.change(writes.deleting(kept.key), kept, PLAN)) is Reason.GONE


async def test_what_a_controller_made_is_found(ground: Ground) -> None:
    """By the controller's uid, and nothing of others."""
    owner = await ground.make("ServiceAccount")
    for name, uid, controller in (("a", owner.uid, True), ("b", owner.uid, False), ("c", "", True)):
        reference = {"apiVersion": "v1", "kind": "ServiceAccount", "name": "web", "uid": uid}
        owners = [{**reference, "controller": controller}] if uid else []
        await ground.make("ControllerRevision", name, metadata={"ownerReferences": owners})
    found = await ground.writer.owned("ControllerRevision", ground.cluster.namespace, owner.uid)
    assert isinstance(found, tuple)
    assert [each.key for each in found] == [ground.key("ControllerRevision", "a")]
    assert found[0].body["kind"] == "ControllerRevision"


def _docker(auths: Any) -> dict[str, str]:
    return {".dockerconfigjson": base64.b64encode(json.dumps({"auths": auths}).encode()).decode()}


async def _stored(ground: Ground, name: str) -> Object:
    """A Secret with its values, as an administrator sees it."""
    path = f"/api/v1/namespaces/{ground.cluster.namespace}/secrets/{name}"
    status, told = await ground.cluster.ask("GET", path)
    assert status == 200
    return dict(told)


async def test_a_copy_holds_one_entry_and_is_ours(ground: Ground) -> None:
    """Rehearsed it is not there; made, it bears the label and the plan's id; its value is nowhere to be seen."""
    source = await ground.make("Secret", "regcred", data=_docker(writes.AUTHS))
    write = writes.copying(source, key=ground.key("Secret", "copy"))
    for attempt in (ground.tried, ground.done):
        assert await ground.writer.read(write.key) is None
        answer = await attempt(write)
        assert isinstance(answer, Accepted)
        assert answer.live is not None
        assert answer.live.body["data"] == {".dockerconfigjson": ""}
        assert writes.PASSWORD not in json.dumps(dict(answer.live.body))
    stored = await _stored(ground, "copy")
    held = json.loads(base64.b64decode(stored["data"][".dockerconfigjson"]))
    kept = {"auth": writes.AUTH, "username": "robot", "password": writes.PASSWORD}
    assert held == {"auths": {"registry.corp.example": kept}}
    assert stored["type"] == "kubernetes.io/dockerconfigjson"
    assert stored["metadata"]["labels"] == {"imagepull/copied": "true"}
    assert stored["metadata"]["annotations"] == {"imagepull/plan": PLAN}


async def test_a_copy_never_overwrites(ground: Ground) -> None:
    """What is there stays as it is, whoever made it."""
    source = await ground.make("Secret", "regcred", data=_docker(writes.AUTHS))
    await ground.make("Secret", "copy", data=_docker({"mine.example": {"auth": "eDp5"}}))
    before = await _stored(ground, "copy")
    write = writes.copying(source, key=ground.key("Secret", "copy"))
    for attempt in (ground.writer.rehearse, ground.writer.change):
        assert _reason(await attempt(write, None, PLAN)) is Reason.EXISTS
    assert await _stored(ground, "copy") == before
    assert _reason(await ground.done(writes.deleting(write.key))) is Reason.INVALID
    assert await _stored(ground, "copy") == before


async def test_a_copy_is_of_the_secret_that_was_planned_with(ground: Ground) -> None:
    """A source that changed, or went, since the plan was made is not read for it."""
    source = await ground.make("Secret", "regcred", data=_docker(writes.AUTHS))
    write = writes.copying(source, key=ground.key("Secret", "copy"))
    path = f"/api/v1/namespaces/{ground.cluster.namespace}/secrets/regcred"
    merge = "application/merge-patch+json"
    await ground.cluster.ask("PATCH", path, {"metadata": {"labels": {"a": "b"}}}, merge)
    assert _reason(await ground.done(write)) is Reason.CONFLICT
    await ground.cluster.ask("DELETE", path)
    assert _reason(await ground.done(write)) is Reason.CONFLICT
    assert await ground.writer.read(write.key) is None


async def test_of_two_at_once_one_is_made(ground: Ground) -> None:
    """Both read the same version; the server lets one in."""
    key = (await ground.make("Deployment")).key
    live = await ground.read(key)
    both = await asyncio.gather(
        *(ground.writer.change(_image(key, f"x:{number}"), live, f"plan-{number}") for number in range(2))
    )
    if ground.cluster.is_real and all(isinstance(each, Declined) for each in both):
        pytest.skip("a controller wrote first")
    assert sorted(str(_reason(each)) for each in both) == ["None", "conflict"]


# From here on an API server that fails when it is told to.


@dataclass
class Scene:
    """A simulated cluster, and who changes it without much patience."""

    cluster: FaultyCluster
    writer: ApiWriter

    async def live(self, key: ObjectKey) -> Live | None:
        """What is there."""
        found = await self.writer.read(key)
        assert not isinstance(found, Declined), found
        return found

    def stands(self, key: ObjectKey) -> bool:
        """Whether something is there, and not on its way out."""
        plurals = {"Deployment": "deployments", "Pod": "pods", "Secret": "secrets", "Job": "jobs"}
        found = self.cluster.store.find(plurals[key.kind], key.namespace, key.name)
        return found is not None and "deletionTimestamp" not in found["metadata"]

    def is_done(self, write: Write) -> bool:
        """Whether the cluster is as it is after a write."""
        if write.verb is Verb.PATCH:
            held = self.cluster.store.find("deployments", "shop", "web")
            assert held is not None
            told: str = held["spec"]["template"]["spec"]["containers"][0]["image"]
            return told.endswith(":2")
        return self.stands(write.key) == (write.verb in _MAKING)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    """A shop with a Deployment, a pod and a pull secret."""
    told = [*writes.namespaces("shop", "team-x"), writes.deployment(), writes.pod(), writes.docker_secret()]
    tokens = {"reader": ADMIN, "writer": ADMIN, "nobody": account("shop", "nobody")}
    async with AsyncExitStack() as stack:
        cluster = await stack.enter_async_context(FaultyCluster(Store(told), tokens))
        clients = [
            await stack.enter_async_context(
                ApiClient(TokenLogin(cluster.url, [token]), Pace(timeout=0.3, sleep=_at_once))
            )
            for token in ("reader", "writer")
        ]
        yield Scene(cluster, ApiWriter(clients[0], clients[1]))


async def _at_once(_: float) -> None:
    return


_MAKING = (Verb.COPY, Verb.CREATE)
_VERBS = {Verb.PATCH: "patch", Verb.DELETE: "delete", Verb.COPY: "create", Verb.CREATE: "create"}
_METHODS = {Verb.PATCH: "PATCH", Verb.DELETE: "DELETE", Verb.COPY: "POST", Verb.CREATE: "POST"}


async def _write(scene: Scene, verb: Verb) -> tuple[Write, Live | None]:
    if verb is Verb.COPY:
        source = await scene.live(writes.REGCRED)
        assert source is not None
        return writes.copying(source), None
    if verb is Verb.CREATE:
        return writes.creating(), None
    write = writes.set_image() if verb is Verb.PATCH else writes.deleting()
    return write, await scene.live(write.key)


# What goes wrong -> what is told of it, and whether it was done.
_TOLD: tuple[tuple[Fault, Reason | None, bool], ...] = (
    (Fault.DENY_POLICY, Reason.ADMISSION, False),
    (Fault.FORBID_POLICY, Reason.ADMISSION, False),
    (Fault.DENY_WEBHOOK, Reason.ADMISSION, False),
    (Fault.DENY_WEBHOOK_NO_CODE, Reason.ADMISSION, False),
    (Fault.WEBHOOK_DOWN, Reason.UNCLEAR, False),
    (Fault.WEBHOOK_SLOW, Reason.UNCLEAR, False),
    (Fault.WARN, None, True),
    (Fault.THROTTLED, Reason.THROTTLED, False),
    (Fault.FORBIDDEN, Reason.FORBIDDEN, False),
    (Fault.UNAUTHORIZED, Reason.FORBIDDEN, False),
    (Fault.CONFLICT, Reason.CONFLICT, False),
    (Fault.TIMED_OUT, Reason.UNCLEAR, False),
    (Fault.TIMED_OUT_DONE, Reason.UNCLEAR, True),
    (Fault.UNAVAILABLE, Reason.UNCLEAR, False),
    (Fault.CUT, Reason.UNCLEAR, False),
    (Fault.HUNG, Reason.UNCLEAR, False),
    (Fault.LOST, Reason.UNCLEAR, True),
    (Fault.LATE, Reason.UNCLEAR, True),
)


@pytest.mark.parametrize("verb", list(Verb))
@pytest.mark.parametrize(("fault", "reason", "made"), _TOLD, ids=lambda each: getattr(each, "name", None))
async def test_every_fault_is_told_for_what_it_is(
    scene: Scene, verb: Verb, fault: Fault, reason: Reason | None, made: bool
) -> None:
    """What may have been done is never told as done or not done, and nothing is sent twice but after a refused login."""
    write, live = await _write(scene, verb)
    scene.cluster.faults.add(fault=fault, verb=_VERBS[verb], times=-1, seconds=0.6)
    answer = await scene.writer.change(write, live, PLAN)
    assert _reason(answer) is reason
    assert scene.is_done(write) is made
    assert len(scene.cluster.sent(_METHODS[verb])) == (2 if fault is Fault.UNAUTHORIZED else 1)
    if isinstance(answer, Declined):
        assert answer.said
        assert answer.said.isprintable()


@pytest.mark.parametrize("verb", list(Verb))
@pytest.mark.parametrize("fault", list(Fault), ids=lambda each: each.name)
async def test_a_rehearsal_keeps_nothing_whatever_happens(scene: Scene, verb: Verb, fault: Fault) -> None:
    """Not even when its answer is lost or late."""
    write, live = await _write(scene, verb)
    before = scene.cluster.store.version
    scene.cluster.faults.add(fault=fault, verb=_VERBS[verb], times=-1, seconds=0.6)
    await scene.writer.rehearse(write, live, PLAN)
    assert scene.cluster.store.version == before
    assert scene.stands(writes.POD)


@pytest.mark.parametrize("verb", [Verb.PATCH, Verb.COPY])
async def test_a_quota_is_told_from_other_refusals(scene: Scene, verb: Verb) -> None:
    """Somebody has to make room, whoever else would be let in."""
    write, live = await _write(scene, verb)
    scene.cluster.faults.add(fault=Fault.QUOTA, verb=_VERBS[verb])
    answer = await scene.writer.change(write, live, PLAN)
    assert _reason(answer) is Reason.QUOTA
    assert not scene.is_done(write)


async def test_warnings_are_handed_on(scene: Scene) -> None:
    """Of a rehearsal, so that whoever approves reads them."""
    write, live = await _write(scene, Verb.PATCH)
    scene.cluster.faults.add(fault=Fault.WARN, verb="patch", message='"größer" wird älter')
    answer = await scene.writer.rehearse(write, live, PLAN)
    assert isinstance(answer, Accepted)
    assert answer.warnings == ('"größer" wird älter',)


async def test_a_login_that_expired_is_renewed_before_anything_is_told(scene: Scene) -> None:
    """A 401 says that nothing was done, so that once more is no second time."""
    write, live = await _write(scene, Verb.DELETE)
    scene.cluster.faults.add(fault=Fault.UNAUTHORIZED, verb="delete", times=1)
    assert await scene.writer.change(write, live, PLAN) == Accepted(None)
    assert scene.is_done(write)


@pytest.mark.parametrize("verb", list(Verb))
async def test_half_an_answer_is_none(scene: Scene, verb: Verb) -> None:
    """The head said that it was done; the rest never came."""
    write, live = await _write(scene, verb)
    scene.cluster.upsets.append(Upset(_METHODS[verb], half=True))
    assert _reason(await scene.writer.change(write, live, PLAN)) is Reason.UNCLEAR
    assert scene.is_done(write)
    assert len(scene.cluster.sent(_METHODS[verb])) == 1


@pytest.mark.parametrize("verb", [Verb.PATCH, Verb.DELETE])
@pytest.mark.parametrize("times", [1, 3])
async def test_who_writes_in_between_is_never_overwritten(scene: Scene, verb: Verb, times: int) -> None:
    """Between reading and writing somebody else comes; the server's own locking sees it."""
    write, live = await _write(scene, verb)

    def meddle() -> None:
        plural = "deployments" if verb is Verb.PATCH else "pods"
        item = scene.cluster.store.get(plural, "shop", write.key.name)
        labels = {"seen": str(scene.cluster.store.version)}
        scene.cluster.store.put({**item, "metadata": {**item["metadata"], "labels": labels}})

    scene.cluster.faults.add(fault=Fault.MEANWHILE, verb=_VERBS[verb], times=times, act=meddle)
    for _ in range(times):
        assert _reason(await scene.writer.change(write, live, PLAN)) is Reason.CONFLICT
        assert not scene.is_done(write)
        live = await scene.live(write.key)
    assert isinstance(await scene.writer.change(write, live, PLAN), Accepted)


def _spellings(password: str) -> Iterable[str]:
    yield password
    yield base64.b64encode(f"robot:{password}".encode()).decode()
    yield json.dumps({"auth": base64.b64encode(f"robot:{password}".encode()).decode()})


@pytest.mark.parametrize("spelled", list(_spellings(writes.PASSWORD)))
@pytest.mark.parametrize("fault", [Fault.DENY_WEBHOOK, Fault.DENY_POLICY, Fault.WARN])
async def test_what_is_copied_is_never_told(scene: Scene, fault: Fault, spelled: str) -> None:
    """A webhook sees the Secret and may quote it in its refusal or in a warning."""
    write, live = await _write(scene, Verb.COPY)
    scene.cluster.faults.add(fault=fault, verb="create", times=-1, message=f"no {spelled} here")
    for attempt in (scene.writer.rehearse, scene.writer.change):
        told = repr(await attempt(write, live, PLAN))
        assert "[redacted]" in told
        for each in _spellings(writes.PASSWORD):
            assert each not in told


@pytest.mark.parametrize("unfit", [writes.deleting(writes.WEB), writes.deleting(writes.REGCRED)])
async def test_what_must_not_end_is_not_even_asked_for(scene: Scene, unfit: Write) -> None:
    """A workload, or a Secret that somebody else made."""
    live = await scene.live(unfit.key)
    for attempt in (scene.writer.rehearse, scene.writer.change):
        assert _reason(await attempt(unfit, live, PLAN)) is Reason.INVALID
    assert scene.cluster.sent("DELETE") == []
