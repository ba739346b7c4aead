"""Approved fixes, whole: somebody asks, somebody else says yes, and the API shows that what was shown was done, and nothing else.

On the simulated cluster, and on a real one where ``IMAGEPULL_TEST_KUBECONFIG`` names its kubeconfig. The rights are those of
``deploy/rbac``; the bot is the one that ``imagepull run`` puts together. ``tests/clusters.py`` says what images a real
cluster is tried with; what cannot be tried there is skipped, and why is printed.
"""

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import settings as settings_of
from bot.demo.cluster.faults import Fault
from bot.demo.nodes.network import ANY, Outlook
from bot.demo.workspace.server import SimulatedSlack
from bot.facts import image as image_names
from bot.facts.change import ANNOTATION, FIELD_MANAGER
from bot.ports.credentials import CredentialLender
from bot.ports.probing import RegistryProber
from bot.registry.asking import Asker
from bot.registry.client import Client
from bot.registry.remembering import Remembering
from bot.registry.thrift import Thrifty
from bot.settings import Tokens
from bot.wiring.knowing import Knowledge
from bot.wiring.permitting import Probing, permitted
from bot.wiring.plans import Asking
from bot.wiring.probers import Probers, probing
from bot.wiring.serving import serving
from bot.wiring.simulated import SimulatedWire
from tests import clusters, installing
from tests.clusters import Cluster, Images
from tests.installing import Installed, path


Object = dict[str, Any]
CHANNEL = "#shop-oncall"
MERGE = "application/strategic-merge-patch+json"
# A real kubelet takes its time, and the bot watches for five minutes.
_PATIENCE = 330.0 if os.environ.get(clusters.REAL) else 90.0
_MAY_CORDON = "TESTS_CORDON"
_LOGIN = "registry-login"
_KINDS = ("Deployment", "CronJob", "ServiceAccount", "Secret")
# What servers and controllers write by themselves.
_THEIRS = ("metadata.resourceVersion", "metadata.generation", "metadata.managedFields", "status")
_REVISION = "metadata.annotations.deployment.kubernetes.io/revision"
_MARK, _MARKED = f"metadata.annotations.{ANNOTATION}", f"f:metadata/f:annotations/f:{ANNOTATION}"


@dataclass
class Ground:
    """A cluster with the bot in it, and a workspace where people ask."""

    cluster: Cluster
    installed: Installed
    slack: SimulatedSlack
    images: Images
    kubeconfig: Path

    @property
    def namespace(self) -> str:
        """The tests' own."""
        return self.cluster.namespace

    async def get(self, kind: str, name: str) -> Object:
        """An object as it stands."""
        status, told = await self.cluster.ask("GET", path(kind, self.namespace, name))
        assert status == 200, told
        return dict(told)

    async def every(self, kind: str) -> dict[str, Object]:
        """All objects of a kind in the namespace, by name."""
        _, told = await self.cluster.ask("GET", path(kind, self.namespace))
        return {each["metadata"]["name"]: each for each in told["items"]}

    async def all(self) -> dict[str, Object]:
        """All that the writer may write there, but for pods, by kind and name."""
        return {f"{kind}/{name}": it for kind in _KINDS for name, it in (await self.every(kind)).items()}

    async def make(self, kind: str, name: str, **parts: Any) -> None:
        """Create an object of the namespace, as an administrator."""
        version = path(kind).split("/")[1:-1]
        item = {"kind": kind, "apiVersion": "/".join(version[1:]), **parts}
        item["metadata"] = {"name": name, **parts.get("metadata", {})}
        status, told = await self.cluster.ask("POST", path(kind, self.namespace), item)
        assert status == 201, told

    async def patch(self, kind: str, name: str, patch: Object) -> None:
        """Change an object, as an administrator."""
        status, told = await self.cluster.ask("PATCH", path(kind, self.namespace, name), patch, MERGE)
        assert status == 200, told

    async def set_image(self, name: str, image: str) -> None:
        """Deploy something else, as an administrator."""
        containers = [{"name": name, "image": image}]
        await self.patch("Deployment", name, {"spec": {"template": {"spec": {"containers": containers}}}})

    async def login(self, name: str = _LOGIN, namespace: str = "") -> None:
        """Make the pull secret that opens the private image."""
        host = image_names.parse(self.images.private).registry
        told = {"auths": {host: {"auth": base64.b64encode(self.images.login.encode()).decode()}}}
        item = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name},
            "type": "kubernetes.io/dockerconfigjson",
            "data": {".dockerconfigjson": base64.b64encode(json.dumps(told).encode()).decode()},
        }
        status, _ = await self.cluster.ask("POST", path("Secret", namespace or self.namespace), item)
        assert status == 201

    async def runs(self, name: str) -> None:
        """Wait until a Deployment's pod runs."""
        for _ in range(int(_PATIENCE)):
            told = (await self.get("Deployment", name)).get("status") or {}
            if told.get("readyReplicas") and told.get("readyReplicas") == told.get("replicas"):
                return
            await asyncio.sleep(1)
        pytest.fail(f"{name} never ran")

    async def told(self, *words: str, head: str = "") -> Object:
        """Wait for a message of the channel with all these words, and this beginning of its first block."""

        def found() -> Object:
            seen = reversed(self.slack.person("sam").sees(CHANNEL))
            fits = (each for each in seen if not each.get("ephemeral") and _head(each).startswith(head))
            return next((each for each in fits if all(word in _said(each) for word in words)), {})

        try:
            message: Object = await self.slack.until(found, _PATIENCE)
        except TimeoutError:
            heads = [(_head(each), each["text"]) for each in self.slack.person("sam").sees(CHANNEL)]
            raise AssertionError(f"nobody said {head} {words}: {heads[-4:]}") from None
        return message

    async def says(self, command: str, who: str = "dana") -> str:
        """Type a command, and read what is answered to who typed it."""
        person = self.slack.person(who)

        def seen() -> list[Object]:
            return [each for each in person.sees(CHANNEL) if each.get("ephemeral")]

        count = len(seen())
        await person.sends(CHANNEL, f"/imagepull {command}")
        answer: str = await self.slack.until(lambda: " ".join(map(_said, seen()[count:])), _PATIENCE)
        return answer

    async def asks(self, target: str, action: str) -> Object:
        """Dana asks for a change, and its card stands in the channel; skips where a real cluster gives no cause for it."""
        answer = await self.says(f"fix {target} -n {self.namespace} {action}")
        if "Asked @sre" not in answer and self.cluster.is_real:
            pytest.skip(f"this cluster gives no cause for {action}: {answer[:400]}")
        assert "Asked @sre" in answer, answer
        return await self.told(head="Waits for approval")

    async def approves(self, card: Object, end: str) -> Object:
        """Dana's own yes counts for nothing; Sam's does, and the card comes to its end."""
        await self.slack.person("dana").clicks(card, "plan-approve")
        await self.slack.person("sam").clicks(card, "plan-approve")
        return await self.told(_plan(card), head=end)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from [inner] if name == "text" and isinstance(inner, str) else _texts(inner)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _said(shown: Object) -> str:
    return " ".join(_texts(shown.get("blocks") or []))


def _head(shown: Object) -> str:
    return next(_texts((shown.get("blocks") or [{}])[0]), "")


def _plan(card: Object) -> str:
    """The id that its buttons carry."""
    return str(
        next(
            each["value"] for block in card["blocks"] for each in block.get("elements", ()) if "value" in each
        )
    )


def _leaves(value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Every field and what it holds; things with names are told apart by them."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _leaves(inner, f"{at}.{name}" if at else name)
    elif isinstance(value, list) and all(isinstance(each, dict) and "name" in each for each in value):
        for each in value:
            yield from _leaves(each, f"{at}[{each['name']}]")
    else:
        yield at, json.dumps(value)


def _changed(before: Object, after: Object) -> dict[str, tuple[str, str]]:
    """Which fields differ, but for what servers and controllers write: before and after of each."""
    one, other = dict(_leaves(before)), dict(_leaves(after))
    return {
        name: (one.get(name, ""), other.get(name, ""))
        for name in {*one, *other}
        if one.get(name) != other.get(name) and name != _REVISION and not name.startswith(_THEIRS)
    }


def _fields(value: Mapping[str, Any], at: str = "") -> Iterator[str]:
    """The fields that an entry of managedFields names."""
    for name, inner in value.items():
        if inner:
            yield from _fields(inner, f"{at}{name}/")
        elif name != ".":
            yield f"{at}{name}"


def _ours(item: Object) -> set[str]:
    """What the bot's field manager has written in an object."""
    entries = item["metadata"].get("managedFields") or ()
    told = [each["fieldsV1"] for each in entries if each["manager"] == FIELD_MANAGER]
    return {name for each in told for name in _fields(each)}


def _is_ours(item: Object, *expected: str) -> None:
    """The bot's field manager wrote these fields and no others, where the server keeps a record of who wrote what."""
    if item["metadata"].get("managedFields"):
        assert _ours(item) == set(expected)


def _only(before: Mapping[str, Object], after: Mapping[str, Object], *named: str) -> None:
    """Nothing but these objects has come, gone or changed, and only the bot has changed them."""
    others = {name for name in {*before, *after} if before.get(name) is None or after.get(name) is None}
    others |= {name for name in {*before, *after} - others if _changed(before[name], after[name])}
    assert others == set(named)
    for name in {*after} - {*named}:
        assert not _ours(after[name]), name


@asynccontextmanager
async def _simulated(cluster: Cluster, plan: Probing, known: Knowledge) -> AsyncIterator[Probers]:
    """The world's own registries: no resolver knows their names."""
    assert cluster.world is not None
    clock, rules = cluster.world.clock, permitted(plan, known.registries)
    async with cluster.world.line(Outlook()) as line:
        thrifty = Thrifty(SimulatedWire(line), rules, clock)

        def made(lender: CredentialLender) -> RegistryProber:
            return Remembering(Client(Asker(thrifty, rules, lender, clock), clock), clock)

        yield Probers(plan.mirrors, made, thrifty.asked)


def _asking(cluster: Cluster) -> Asking:
    if cluster.is_real:
        return probing
    return lambda plan, known: _simulated(cluster, plan, known)


def _settings(ground: Ground, folder: Path) -> Object:
    named = (ground.images.good, ground.images.private, ground.images.down)
    hosts = {image_names.parse(each).registry for each in named if each}
    people = [{"who": "@developers"}, {"who": "@sre"}]
    rule = {"actions": "*", "clusters": "mine", "approvers": "@sre"}
    return {
        "clusters": {
            "mine": {
                "kubeconfig": str(ground.kubeconfig),
                "context": installing.READER,
                "interval": "2s",
                "namespaces": {"include": [ground.namespace]},
                "writer": {"context": installing.WRITER},
                "vantage": "outside",
            }
        },
        "registries": {host: {"probe": "credentials", "budget": "100000/h"} for host in sorted(hosts)},
        "detection": {"hold": "1s", "full_sweep_every": 2},
        "routes": [{"channel": CHANNEL}],
        "people": {"ask": people, "request": people},
        "approvals": [rule],
        "secrets": {
            "copies": [
                {
                    "from": f"{ground.namespace}-source/{_LOGIN}",
                    "to": ground.namespace,
                    "registries": sorted(hosts),
                    "approvers": "@sre",
                }
            ]
        },
        "slack": {"api_url": ground.slack.api},
        "store": {"url": f"sqlite:///{folder / 'imagepull.db'}"},
    }


@pytest.fixture
async def ground(tmp_path: Path) -> AsyncIterator[Ground]:
    """The bot, with its own rights in a cluster where nothing fails yet."""
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(SimulatedSlack())
        cluster = await stack.enter_async_context(clusters.opened(tmp_path))
        images = await cluster.images()
        if not images.good:
            pytest.skip("no node of this cluster holds an image: it has no kubelets, so nothing fails there")
        tiers = ("2b-prove-all", "3-repair", "3-copy")
        made = await stack.enter_async_context(installing.installed(cluster, tiers))
        ground = Ground(cluster, made, slack, images, await made.kubeconfig(tmp_path))
        file = tmp_path / "imagepull.yaml"
        file.write_text(yaml.safe_dump(_settings(ground, tmp_path)))
        tokens = Tokens(slack.bot_token, slack.app_token)
        settings = settings_of.load(file, {})
        await stack.enter_async_context(serving(settings, tokens, asking=_asking(cluster)))
        # Somebody else's, which nobody may touch.
        await ground.cluster.deploy("beside", images.good)
        yield ground


async def _misspelled(ground: Ground) -> tuple[Object, str]:
    """A Deployment whose new tag does not exist while its old pod runs, and the tag's right name."""
    good = ground.images.good
    wrong = ground.images.misspelled or "{0}:v{2}".format(*good.rpartition(":"))
    await ground.cluster.deploy("web", good)
    await ground.runs("web")
    await ground.set_image("web", wrong)
    await ground.told(wrong)
    return await ground.get("Deployment", "web"), wrong


@pytest.mark.attack(27, "way back", "verified")
@pytest.mark.parametrize("action", ["roll-back", "set-image"])
async def test_image_that_does_not_exist_is_replaced(ground: Ground, action: str) -> None:
    """One field of one object, by our manager, with the plan's mark; the pod comes up, and the way back leads back."""
    before, wrong = await _misspelled(ground)
    images = ground.images
    wanted = images.good if action == "roll-back" else images.better or images.good
    everything = await ground.all()
    card = await ground.asks("deploy/web", action)
    assert f"- {wrong}" in _said(card)
    assert f"+ {wanted}" in _said(card)
    assert await ground.get("Deployment", "web") == before | {
        "metadata": (await ground.get("Deployment", "web"))["metadata"],
        "status": (await ground.get("Deployment", "web"))["status"],
    }
    await ground.approves(card, "Mended")
    after = await ground.get("Deployment", "web")
    place = "spec.template.spec.containers[web].image"
    assert _changed(before, after) == {
        place: (json.dumps(wrong), json.dumps(wanted)),
        _MARK: ("", json.dumps(_plan(card))),
    }
    _is_ours(after, _MARKED, 'f:spec/f:template/f:spec/f:containers/k:{"name":"web"}/f:image')
    _only(everything, await ground.all(), "Deployment/web")
    await ground.runs("web")
    back = await _undone(ground, card)
    assert _changed(after, await ground.get("Deployment", "web")) == {
        place: (json.dumps(wanted), json.dumps(wrong)),
        _MARK: (json.dumps(_plan(card)), json.dumps(_plan(back))),
    }


async def _undone(ground: Ground, card: Object) -> Object:
    """The way back of a change, asked for and approved like any other; its card."""
    answer = await ground.says(f"fix undo {_plan(card)}")
    assert "Asked @sre" in answer, answer
    back = await ground.told("the way back of", head="Waits for approval")
    assert _plan(back) != _plan(card)
    await ground.approves(back, "Done")
    return back


async def _private(ground: Ground) -> None:
    """A Deployment of the private image, whose pod brings no login."""
    if not (ground.images.private and ground.images.login):
        pytest.skip(f"{clusters.IMAGES[1]} and {clusters.IMAGES[2]} name no image that wants a login")
    await ground.cluster.deploy("api", ground.images.private)
    await ground.told(ground.images.private)


async def test_pull_secret_is_attached_and_pods_made_anew(ground: Ground) -> None:
    """The account names it, and the pods that failed are others; the Secret itself is as it was."""
    if ground.images.private:
        await ground.login()
    await _private(ground)
    before, pods = await ground.all(), await ground.every("Pod")
    card = await ground.asks("deploy/api", "attach-pull-secret")
    await ground.approves(card, "Mended")
    after = await ground.all()
    _only(before, after, "ServiceAccount/default")
    assert _changed(before["ServiceAccount/default"], after["ServiceAccount/default"]) == {
        f"imagePullSecrets[{_LOGIN}].name": ("", json.dumps(_LOGIN)),
        _MARK: ("", json.dumps(_plan(card))),
    }
    _is_ours(after["ServiceAccount/default"], _MARKED, "f:imagePullSecrets")
    left = {each["metadata"]["uid"] for each in (await ground.every("Pod")).values()}
    for name, each in pods.items():
        assert (each["metadata"]["uid"] in left) == name.startswith("beside-"), name
    await ground.runs("api")
    await _undone(ground, card)
    assert not (await ground.get("ServiceAccount", "default")).get("imagePullSecrets")


async def test_pod_is_made_anew_when_its_secret_came_later(ground: Ground) -> None:
    """The pod is another, and nothing else is touched."""
    await _private(ground)
    await ground.login()
    await ground.patch("ServiceAccount", "default", {"imagePullSecrets": [{"name": _LOGIN}]})
    before, pods = await ground.all(), await ground.every("Pod")
    card = await ground.asks("deploy/api", "recreate-pod")
    (old,) = [name for name in pods if name.startswith("api-")]
    assert old in _said(card)
    await ground.approves(card, "Mended")
    assert set(pods) - set(await ground.every("Pod")) == {old}
    _only(before, await ground.all())
    await ground.runs("api")


async def test_cron_job_is_suspended_and_goes_on(ground: Ground) -> None:
    """It starts no more Jobs until the way back is gone."""
    image = ground.images.down
    if not image:
        pytest.skip(f"{clusters.IMAGES[3]} names no image of a registry that is down")
    pod = {"restartPolicy": "Never", "containers": [{"name": "report", "image": image}]}
    job = {"spec": {"template": {"spec": pod}}}
    await ground.make("CronJob", "report", spec={"schedule": "* * * * *", "jobTemplate": job})
    await ground.told(image)
    before = await ground.all()
    card = await ground.asks("cronjob/report", "suspend")
    await ground.approves(card, "Done")
    after = await ground.all()
    _only(before, after, "CronJob/report")
    assert _changed(before["CronJob/report"], after["CronJob/report"]) == {
        "spec.suspend": ("false", "true"),
        _MARK: ("", json.dumps(_plan(card))),
    }
    await _undone(ground, card)
    assert not (await ground.get("CronJob", "report"))["spec"]["suspend"]


async def test_node_is_cordoned(ground: Ground) -> None:
    """Of the node nothing but that changes; on a real cluster only where somebody says that it may be."""
    world = ground.cluster.world
    if world is None:
        # To break a node's way out is nothing that a test may do to somebody's cluster, whatever the switch says.
        why = "is not set" if not os.environ.get(_MAY_CORDON) else "is set, but no test breaks a real node"
        pytest.skip(f"nodes are everybody's: {_MAY_CORDON} {why}")
    await ground.installed.apply("3-cordon")
    await ground.runs("beside")
    world.seed.nodes[0].outlook.walled = frozenset({ANY})
    await ground.cluster.deploy("web", ground.images.better, "Always")
    there = {"nodeSelector": {"kubernetes.io/hostname": "node-1"}}
    await ground.patch("Deployment", "web", {"spec": {"template": {"spec": there}}})
    status, before = await ground.cluster.ask("GET", path("Node", name="node-1"))
    assert status == 200
    await ground.told("node-1")
    card = await ground.asks("deploy/web", "cordon-node")
    await ground.approves(card, "Done")
    _, after = await ground.cluster.ask("GET", path("Node", name="node-1"))
    changed = _changed(before, after)
    assert changed.pop(_MARK) == ("", json.dumps(_plan(card)))
    assert changed.pop("spec.unschedulable") == ("", "true")
    # The node's own controller notes it as a taint, too.
    assert {name.partition("[")[0] for name in changed} <= {"spec", "spec.taints"}


@pytest.mark.attack(26, "changed")
async def test_what_somebody_changed_since_is_not_overwritten(ground: Ground) -> None:
    """A newer rollout between wish and yes: nothing is done, what changed is said, and a new plan is offered."""
    await _misspelled(ground)
    card = await ground.asks("deploy/web", "roll-back")
    newer = f"{ground.images.good}-newer"
    await ground.set_image("web", newer)
    before = await ground.get("Deployment", "web")
    end = await ground.approves(card, "Not done")
    assert "Plan again…" in _said(end)
    after = await ground.get("Deployment", "web")
    assert not _changed(before, after)
    assert not _ours(after)


@pytest.mark.attack(24, "403 on each right alone")
async def test_plan_without_rights_is_refused_before_anybody_is_asked(ground: Ground) -> None:
    """The API server's own words, and no card."""
    before, _ = await _misspelled(ground)
    place = path("RoleBinding", ground.namespace, "imagepull-repair")
    status, _ = await ground.cluster.ask("DELETE", place)
    assert status == 200
    answer = await _refused(ground, "deploy/web", "roll-back")
    who = f"system:serviceaccount:{installing.HOME}:{installing.WRITER}"
    assert who in answer
    assert 'cannot patch resource "deployments"' in answer
    assert not _changed(before, await ground.get("Deployment", "web"))


@pytest.mark.attack(27, "admission refuses")
async def test_plan_denied_by_admission_is_refused_before_anybody_is_asked(ground: Ground) -> None:
    """Likewise; policies hold for a whole cluster, so a real one gets none but the shipped ones."""
    if ground.cluster.world is None:
        pytest.skip("policies are the whole cluster's, and this one gets none but tier-3-fence.yaml")
    before, _ = await _misspelled(ground)
    told = {"by": "only-signed-images", "message": "images must be signed", "dry": True, "times": -1}
    ground.cluster.world.cluster.faults.add(fault=Fault.DENY_POLICY, plural="deployments", **told)
    answer = await _refused(ground, "deploy/web", "roll-back")
    assert "only-signed-images" in answer
    assert "images must be signed" in answer
    assert not _changed(before, await ground.get("Deployment", "web"))


async def test_copy_beyond_the_quota_is_refused_and_done_when_there_is_room(ground: Ground) -> None:
    """First the quota's own words; then one Secret more, with the one entry, our label and nothing of anybody else's."""
    source = f"{ground.namespace}-source"
    await _private(ground)
    await ground.installed.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": source}})
    await ground.installed.apply("2b-prove-all", source)
    await ground.login(namespace=source)
    count = len(await ground.every("Secret"))
    await ground.make("ResourceQuota", "few", spec={"hard": {"secrets": str(count)}})
    answer = await _refused(ground, "deploy/api", "copy-pull-secret")
    assert "exceeded quota: few" in answer
    assert await ground.every("Secret") == {}
    await ground.cluster.ask("DELETE", path("ResourceQuota", ground.namespace, "few"))
    before = await ground.all()
    card = await ground.asks("deploy/api", "copy-pull-secret")
    await ground.approves(card, "Mended")
    after = await ground.all()
    _only(before, after, f"Secret/{_LOGIN}", "ServiceAccount/default")
    copy = after[f"Secret/{_LOGIN}"]
    assert copy["metadata"]["labels"] == {"imagepull/copied": "true"}
    assert copy["metadata"]["annotations"][ANNOTATION] == _plan(card)
    host = image_names.parse(ground.images.private).registry
    assert list(json.loads(base64.b64decode(copy["data"][".dockerconfigjson"]))["auths"]) == [host]
    assert ground.images.login not in str(ground.slack.service.space.messages)


@pytest.mark.attack("T3", "fence", "only what was approved")
async def test_writer_may_change_nothing_that_no_approval_is_about(ground: Ground) -> None:
    """Whoever gets hold of its token: by its rights, and within them by the fence."""
    place = path("Deployment", ground.namespace, "beside")
    container = {"name": "beside", "command": ["sh"]}
    specs: list[Object] = [
        {"replicas": 0},
        {"template": {"spec": {"hostNetwork": True}}},
        {"template": {"spec": {"containers": [container]}}},
    ]
    made, file = ground.installed, ground.kubeconfig
    async with made.acting(file, installing.READER) as reader, made.acting(file, installing.WRITER) as writer:
        for who, method in ((reader, "PATCH"), (reader, "DELETE"), (writer, "GET"), (writer, "DELETE")):
            status, _ = await who.ask(method, place, {"spec": specs[0]}, MERGE)
            assert status == 403, method
        for spec in specs:
            status, told = await writer.ask("PATCH", f"{place}?dryRun=All", {"spec": spec}, MERGE)
            assert status in (403, 422), spec
            assert "imagepull may not" in told["message"]


async def _refused(ground: Ground, target: str, action: str) -> str:
    """What is said to who asked for what would be denied; nobody else hears of it."""
    answer = await ground.says(f"fix {target} -n {ground.namespace} {action}")
    assert "Asked @sre" not in answer
    cards = [each for each in ground.slack.person("sam").sees(CHANNEL) if _head(each).startswith("Waits")]
    assert not cards
    return answer
