"""What changes images mends a living world, from the diagnosis to running pods and back, by the causes that name the action.

Cluster and registries are the simulated ones, written to over HTTP with the rights that the bot has in the demo. Every case is
tried under two sets of names, hosts included: nothing may depend on what things are called.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.demo.cluster.access import ADMIN
from bot.demo.nodes.network import Site
from bot.demo.registry.content import Image, Repository, index, single
from bot.demo.registry.families import DISTRIBUTION, Said
from bot.demo.registry.registry import Registry
from bot.demo.rights import READER, WRITER, Reach, rights
from bot.demo.world import NodeSeed, Seed, Turn, World
from bot.facts.change import Plan, Verb
from bot.facts.image import Platform
from bot.remediation import planning
from bot.remediation.drafting import Limits, Unfit
from tests.contract.test_actions_mending import Bench, Names


Object = dict[str, Any]
RETIRED, HOME = "k8s.gcr.io", "registry.k8s.io"
ARM = Platform("linux", "arm64")
CHANGED = 60.0


@dataclass(frozen=True)
class Called(Names):
    """What registries and repositories are called besides."""

    host: str = "registry.acme.example"
    mirror: str = "mirror.acme.example"
    path: str = "shop/webshop"

    def image(self, tag: str, path: str = "") -> str:
        """An image of the registry."""
        return f"{self.host}/{path or self.path}:{tag}"


NAMES = [
    Called("shop", "platform", "api", "login"),
    Called("x7-qq", "default2", "zz-9", "k", "robot", "r3.zz.test", "q1.zz.test", "u-9/vvvvvv-x"),
]


@pytest.fixture(params=NAMES, ids=["plain", "renamed"])
def names(request: pytest.FixtureRequest) -> Called:
    """One set of names."""
    found: Called = request.param
    return found


class Stage(Bench):
    """A world of one workload, whose registry and nodes a case decides.

    Args:
        turns: what happens on the way to now.
    """

    def __init__(
        self,
        names: Called,
        objects: Sequence[Object],
        *,
        turns: Sequence[Turn] = (),
        arms: int = 0,
        age: float = 240,
    ) -> None:
        self.names = names
        self.now = datetime(2026, 11, 22, 9, tzinfo=UTC)
        spaces = [{"kind": "Namespace", "metadata": {"name": each}} for each in (names.space, names.other)]
        reach = Reach((names.space,), (names.space,))
        both = {tag: _both(tag) for tag in ("1.4.1", "1.4.2")}
        self.own = Registry({names.path: Repository(both)}, DISTRIBUTION, host=names.host)
        self.mirror = Registry({names.path: Repository(both)}, DISTRIBUTION, host=names.mirror)
        moved = Registry({"pause": Repository({"3.2": _both("pause")})}, DISTRIBUTION, host=HOME)
        registries = [self.own, self.mirror, moved]
        hosts = (names.host, names.mirror, HOME)
        seed = Seed(
            registries=registries,
            sites={host: Site(f"203.0.113.{number}") for number, host in enumerate(hosts, 1)},
            nodes=[NodeSeed("n1"), *(NodeSeed(f"arm{number}", platform=ARM) for number in range(arms))],
            objects=[*spaces, *rights(reach), *objects],
            turns=turns,
            age=timedelta(seconds=age),
        )
        self.world = World(seed, {"reader": READER, "writer": WRITER, "owner": ADMIN}, lambda: self.now)

    @asynccontextmanager
    async def lived(self) -> AsyncIterator["Stage"]:
        """The world, held still but for :meth:`wait`."""
        async with self.world:
            assert self.world._life is not None
            self.world._life.cancel()
            await asyncio.gather(self.world._life, return_exceptions=True)
            yield self

    def serves(self) -> set[str]:
        """The images of the workload's pods that run; "-" for one that does not."""
        found = set()
        for pod in self.world.store.every("pods", self.names.space):
            if (pod["metadata"].get("labels") or {}).get("app") == self.names.work:
                states = [each["state"] for each in pod["status"].get("containerStatuses") or ()]
                runs = bool(states) and all("running" in each for each in states)
                found.add(pod["spec"]["containers"][0]["image"] if runs else "-")
        return found


def _both(name: str) -> Image:
    return index(single(name=name), single("linux/arm64", name=name))


def work(names: Called, image: str, kind: str = "Deployment", **more: Any) -> Object:
    """The workload; more is of its metadata and its replicas."""
    labels = {"app": names.work}
    replicas = more.pop("replicas", 2)
    template: Object = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "main", "image": image}]},
    }
    meta = {"namespace": names.space, "name": names.work, "labels": labels | more.pop("labels", {})}
    if kind == "Pod":
        return {"kind": kind, "metadata": meta, "spec": template["spec"]}
    told: Object = {"selector": {"matchLabels": labels}, "template": template}
    if kind == "CronJob":
        template["spec"]["restartPolicy"] = "Never"
        told = {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": template}}}
    elif kind != "DaemonSet":
        told["replicas"] = replicas
    return {"kind": kind, "metadata": meta, "spec": told}


def rolled(kind: str, names: Called, image: str, at: float = CHANGED) -> Turn:
    """Somebody gives the workload another image."""
    return Turn(at, lambda world: world.set_image(kind, names.space, names.work, image))


async def test_a_wrong_tag_becomes_the_nearest_and_the_way_back_restores_it(names: Called) -> None:
    """From a rollout that hangs to one that is done; then what was there before, wrong as it is."""
    wrong = names.image("v1.4.2")
    bodies = [work(names, names.image("1.4.1"))]
    async with Stage(names, bodies, turns=[rolled("Deployment", names, wrong)]).lived() as stage:
        assert stage.serves() == {names.image("1.4.1"), "-"}
        plan = await stage.carry_out(await stage.plan("set-image", "wrong-tag"))
        assert plan.pledge
        assert plan.pledge.platform == "linux/amd64"
        assert [each.after for each in plan.differences] == [names.image("1.4.2")]
        await stage.wait()
        assert stage.serves() == {names.image("1.4.2")}
        back = await stage.undo(plan)
        assert back.undoes == plan.id
        held = stage.held("deployments", names.work)
        assert held["spec"]["template"]["spec"]["containers"][0]["image"] == wrong


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet"])
@pytest.mark.parametrize("action", ["set-image", "roll-back"])
async def test_every_kind_mends_by_both(names: Called, kind: str, action: str) -> None:
    """A StatefulSet's failing pod is deleted with it, because it waits for that one for ever."""
    good, wrong = names.image("1.4.1"), names.image("1.4.22")
    stage = Stage(names, [work(names, good, kind)], turns=[rolled(kind, names, wrong)])
    async with stage.lived():
        assert "-" in stage.serves()
        plan = await stage.carry_out(await stage.plan(action, "wrong-tag"))
        deletes = [each for each in plan.writes if each.verb is Verb.DELETE]
        assert bool(deletes) is (kind == "StatefulSet")
        await stage.wait(240)
        assert stage.serves() == {good if action == "roll-back" else names.image("1.4.2")}


async def test_the_last_revision_that_ran_is_not_the_one_before(names: Called) -> None:
    """Two rollouts failed in turn."""
    good = names.image("1.4.1")
    turns = [
        rolled("Deployment", names, names.image("9.1")),
        rolled("Deployment", names, names.image("9.2"), 120.0),
    ]
    async with Stage(names, [work(names, good)], turns=turns).lived() as stage:
        plan = await stage.carry_out(await stage.plan("roll-back", "wrong-tag"))
        assert plan.headline.endswith("revision 1")
        await stage.wait()
        assert stage.serves() == {good}


async def test_what_is_not_published_yet_goes_back(names: Called) -> None:
    """Another image of the same release is there already."""
    good, late = names.image("1.4.2"), "2026.11.22"
    beside = f"{names.path.partition('/')[0]}/quite-another"
    twin = work(replace(names, work=f"{names.work}-twin"), names.image(late, beside))
    stage = Stage(names, [work(names, good), twin], turns=[rolled("Deployment", names, names.image(late))])
    stage.own.repositories[beside] = Repository({late: _both(beside)})
    async with stage.lived():
        await stage.carry_out(await stage.plan("roll-back", "image-not-published"))
        await stage.wait()
        assert stage.serves() == {good}


@pytest.mark.parametrize("action", ["set-image", "roll-back"])
async def test_what_was_removed_becomes_what_is_still_there(names: Called, action: str) -> None:
    """Older than what ran, and said to be; by roll-back only because the nodes still hold what ran before."""
    turns = [
        rolled("Deployment", names, names.image("1.4.2")),
        Turn(200.0, _withdrawn(names)),
    ]
    stage = Stage(names, [work(names, names.image("1.4.1"))], turns=turns, age=360)
    _always(stage)
    async with stage.lived():
        assert stage.serves() == {"-"}
        plan = await stage.carry_out(await stage.plan(action, "image-removed"))
        told = " ".join(plan.warnings)
        assert "older than what ran here: 1.4.2" in told if action == "set-image" else "held by nodes" in told
        await stage.wait()
        assert stage.serves() == {names.image("1.4.1")}


def _withdrawn(names: Called) -> Callable[[World], object]:
    def withdraw(world: World) -> None:
        own = next(each for each in world.seed.registries if each.host == names.host)
        kept = own.repositories[names.path].tags
        own.repositories[names.path] = Repository({"1.4.1": kept["1.4.1"]})
        for pod in world.store.every("pods", names.space):
            world.store.delete("pods", names.space, pod["metadata"]["name"])

    return withdraw


def _always(stage: Stage) -> None:
    for each in stage.world.seed.objects:
        if each["kind"] == "Deployment":
            each["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] = "Always"


@pytest.mark.parametrize("action", ["set-image", "roll-back"])
async def test_a_wrong_repository_becomes_the_one_that_runs_here(names: Called, action: str) -> None:
    """One letter off; it ran here before, so it may be used."""
    wrong = names.image("1.4.2", names.path + "s")
    bodies = [work(names, names.image("1.4.1"))]
    async with Stage(names, bodies, turns=[rolled("Deployment", names, wrong)]).lived() as stage:
        plan = await stage.carry_out(await stage.plan(action, "wrong-repository"))
        await stage.wait()
        assert stage.serves() == {names.image("1.4.2" if action == "set-image" else "1.4.1")}
        assert plan.pledge


async def test_a_retired_registry_becomes_its_new_home_where_the_settings_list_it(names: Called) -> None:
    """Nobody here ran it before: without the settings it is words."""
    async with Stage(names, [work(names, f"{RETIRED}/pause:3.2")]).lived() as stage:
        found = await stage.plan("set-image", "registry-retired")
        assert isinstance(found, Unfit)
        assert found.commands[0].argv[-1] == f"main={HOME}/pause:3.2"
        limits = Limits(repositories=(f"{HOME}/*",))
        await stage.carry_out(await stage.plan("set-image", "registry-retired", limits))
        await stage.wait()
        assert stage.serves() == {f"{HOME}/pause:3.2"}


async def test_an_invalid_reference_is_spelled_rightly(names: Called) -> None:
    """Upper case can only mean lower case."""
    text = names.image("1.4.1", names.path.upper())
    async with Stage(names, [work(names, text)]).lived() as stage:
        await stage.carry_out(await stage.plan("set-image", "invalid-image-reference"))
        await stage.wait()
        assert stage.serves() == {names.image("1.4.1")}


@pytest.mark.parametrize("action", ["set-image", "roll-back", "pin-architecture"])
async def test_an_image_for_other_machines_mends_by_each(names: Called, action: str) -> None:
    """A tag that is for both, the revision that was for both, or only the nodes that it is for."""
    bad = names.image("1.4.3")
    turns = [rolled("Deployment", names, bad)]
    stage = Stage(names, [work(names, names.image("1.4.2"), replicas=4)], turns=turns, arms=1)
    tags = stage.own.repositories[names.path].tags
    only = index(single(name="1.4.3"))
    stage.own.repositories[names.path] = Repository({**tags, "1.4.3": only})
    async with stage.lived():
        assert "-" in stage.serves()
        plan = await stage.carry_out(await stage.plan(action, "wrong-architecture"))
        await stage.wait(240)
        assert stage.serves() == {bad if action == "pin-architecture" else names.image("1.4.2")}
        assert plan.pledge
        if action == "pin-architecture":
            await stage.undo(plan)
            assert not stage.held("deployments", names.work)["spec"]["template"]["spec"].get("nodeSelector")
        else:
            assert plan.pledge.platform == "linux/amd64,linux/arm64"


async def test_a_corrupt_image_goes_back(names: Called) -> None:
    """The registry has lost a layer of the new one."""
    turns = [rolled("Deployment", names, names.image("1.4.2"))]
    stage = Stage(names, [work(names, names.image("1.4.1"))], turns=turns)
    tags = stage.own.repositories[names.path].tags
    lost = frozenset(layer for each in tags["1.4.2"].family() for layer in each.layers)
    stage.own.repositories[names.path] = Repository(tags, lost=lost)
    async with stage.lived():
        plan = await stage.plan("roll-back", "image-corrupt")
        await stage.carry_out(plan)
        await stage.wait()
        assert stage.serves() == {names.image("1.4.1")}


@pytest.mark.parametrize("cause", ["registry-down", "rate-limited"])
async def test_a_mirror_stands_in(names: Called, cause: str) -> None:
    """Under the settings' own name for it, and under no other."""
    stage = Stage(names, [work(names, names.image("1.4.2"))])
    if cause == "registry-down":
        stage.own.mischief.everything = Said(503, "<html><body>no healthy upstream</body></html>")
    else:
        stage.own.mischief.retry_after = "600"
    async with stage.lived():
        assert isinstance(await stage.plan("use-mirror", cause), Unfit)
        limits = Limits(mirrors={names.host: names.mirror})
        await stage.carry_out(await stage.plan("use-mirror", cause, limits))
        await stage.wait()
        assert stage.serves() == {f"{names.mirror}/{names.path}:1.4.2"}


async def test_a_bare_pod_is_mended_in_place(names: Called) -> None:
    """It stays the same pod."""
    async with Stage(names, [work(names, names.image("1.4.22"), "Pod")]).lived() as stage:
        before = stage.held("pods", names.work)["metadata"]["uid"]
        plan = await stage.carry_out(await stage.plan("set-image", "wrong-tag"))
        await stage.wait()
        assert stage.serves() == {names.image("1.4.2")}
        assert stage.held("pods", names.work)["metadata"]["uid"] == before
        assert "nothing in it is lost" in " ".join(plan.warnings)


async def test_a_cron_job_gets_it_for_the_next_time(names: Called) -> None:
    """What has started fails on, and that is said."""
    stage = Stage(names, [work(names, names.image("1.4.22"), "CronJob")])
    async with stage.lived():
        plan = await stage.carry_out(await stage.plan("set-image", "wrong-tag"))
        assert "goes on failing until it is deleted" in " ".join(plan.warnings)
        held = stage.held("cronjobs", names.work)["spec"]["jobTemplate"]["spec"]["template"]
        assert held["spec"]["containers"][0]["image"] == names.image("1.4.2")


@pytest.mark.parametrize("action", ["set-image", "roll-back"])
async def test_what_others_keep_is_a_diff_for_its_source(names: Called, action: str) -> None:
    """With the right image in it, and nothing written."""
    labels = {"argocd.argoproj.io/instance": "store"}
    bodies = [work(names, names.image("1.4.1"), labels=labels)]
    turns = [rolled("Deployment", names, names.image("1.4.22"))]
    async with Stage(names, bodies, turns=turns).lived() as stage:
        found = await stage.plan(action, "wrong-tag")
        assert isinstance(found, Unfit)
        assert "Argo CD (application store)" in found.why
        right = names.image("1.4.2" if action == "set-image" else "1.4.1")
        assert found.change.endswith(f"-{names.image('1.4.22')}\n+{right}")
        allowed = await stage.plan(action, "wrong-tag", Limits(gitops=True))
        assert isinstance(allowed, Plan)


async def test_what_changes_between_approval_and_execution_is_seen(names: Called) -> None:
    """A newer rollout, and a tag that moved: neither the conditions nor the pledge hold any more."""
    bodies = [work(names, names.image("1.4.22"))]
    async with Stage(names, bodies).lived() as stage:
        plan = await stage.plan("set-image", "wrong-tag")
        assert isinstance(plan, Plan)
        assert plan.pledge
        tags = stage.own.repositories[names.path].tags
        stage.own.repositories[names.path] = Repository({**tags, "1.4.2": _both("another")})
        again = await stage.plan("set-image", "wrong-tag")
        assert isinstance(again, Plan)
        assert again.pledge
        assert again.pledge.image == plan.pledge.image
        assert again.pledge.digest != plan.pledge.digest
        assert again.digest != plan.digest
        stage.world.set_image("Deployment", names.space, names.work, names.image("1.4.1"))
        changed = planning.unmet(stage.held("deployments", names.work), plan.writes[0].depends)
        assert changed
        assert changed.said.startswith("that nobody changed Deployment")


async def test_what_the_writer_may_not_do_is_no_plan(names: Called) -> None:
    """It is told in the server's words."""
    bodies = [work(names, names.image("1.4.22"), "ReplicaSet")]
    async with Stage(names, bodies).lived() as stage:
        found = await stage.plan("set-image", "wrong-tag")
        assert isinstance(found, Unfit)
        assert "cannot patch resource" in found.why
