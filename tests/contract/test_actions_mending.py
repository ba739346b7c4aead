"""What the actions draft mends a living world, by the causes that name them: planned, tried and written over HTTP.

Cluster and registries are the simulated ones, with the rights that the bot has in the demo. Each case is tried under two sets of
names, because nothing may depend on what things are called.
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot import wiring
from bot.cluster.client import ApiClient
from bot.cluster.lending import SecretLender
from bot.cluster.reader import ApiReader
from bot.cluster.writing.writer import ApiWriter
from bot.demo.cluster.access import ADMIN
from bot.demo.nodes.network import Outlook, State
from bot.demo.rights import READER, WRITER, Reach, rights
from bot.demo.seed import OWN, PRIVATE, seed
from bot.demo.world import World
from bot.facts.change import ANNOTATION, LABEL, Plan, Verb
from bot.ports.reading import Scan
from bot.ports.rehearsing import Accepted, Declined
from bot.registry.asking import Asker
from bot.registry.client import Client
from bot.registry.remembering import Remembering
from bot.remediation import planning
from bot.remediation.actions.table import ACTIONS
from bot.remediation.drafting import Limits, SecretCopy, Situation, Unfit
from bot.wiring.simulated import SimulatedWire
from bot.workflows import sweep
from bot.workflows import world as worlds
from tests.contract.test_simulated_world import Everything
from tests.fakes.logins import TokenLogin


Object = dict[str, Any]
IMAGE = f"{PRIVATE}/payments/api:1.1"
# Tag and repository are open to everybody there; a wrong login is refused all the same.
OPEN, HUB_KEY = "nginx:1.27", "https://index.docker.io/v1/"
DOWN = "harbor.acme.example"
LIFE = timedelta(minutes=4)


@dataclass(frozen=True)
class Names:
    """What things are called."""

    space: str
    other: str
    work: str
    login: str
    account: str = "default"


NAMES = [
    Names("shop", "platform", "api", "registry-login"),
    Names("x7-qq", "default2", "zz-9", "k", "robot"),
]


@pytest.fixture(params=NAMES, ids=["plain", "renamed"])
def names(request: pytest.FixtureRequest) -> Names:
    """One set of names."""
    found: Names = request.param
    return found


class Bench:
    """A world whose time passes when it is told to, and the hands that change it."""

    def __init__(self, names: Names, objects: Sequence[Object]) -> None:
        self.names = names
        self.now = datetime(2026, 11, 22, 9, tzinfo=UTC)
        spaces = [{"kind": "Namespace", "metadata": {"name": each}} for each in (names.space, names.other)]
        reach = Reach((names.space, names.other), (names.space,), (names.space,), cordons=True)
        young = replace(seed(), objects=[*spaces, *rights(reach), *objects], turns=(), age=LIFE)
        self.world = World(young, {"reader": READER, "writer": WRITER, "owner": ADMIN}, lambda: self.now)

    async def wait(self, seconds: float = 90) -> None:
        """Let time pass, and everybody do what he does."""
        end = self.now + timedelta(seconds=seconds)
        while self.now < end:
            self.now += timedelta(seconds=2)
            await self.world.step()

    @asynccontextmanager
    async def situation(self, limits: Limits) -> AsyncIterator[Situation]:
        """What is wrong with the one workload, looked at afresh."""
        known = wiring.knowledge()
        async with self.hands() as hands, self.world.line(Outlook()) as line, self.client("reader") as client:
            asker = Asker(SimulatedWire(line), Everything(), SecretLender(client), self.world.clock)
            prober = Remembering(Client(asker, self.world.clock, sparing=False), self.world.clock)
            reader = ApiReader(client)
            asked = worlds.World(
                reader=reader,
                prober=prober,
                signatures=known.signatures,
                causes=known.catalog.causes,
                registries=known.registries,
            )
            report = await sweep.sweep(asked, Scan(namespaces=(self.names.space,)))
            first = next(each for each in report.diagnoses if each.workload.name == self.names.work)
            beside = tuple(each for each in report.diagnoses if each is not first)
            yield Situation("c", first, beside, reader, hands, prober, known.registries, limits, self.now)
            await reader.close()

    async def plan(self, action: str, cause: str, limits: Limits | None = None) -> Plan | Unfit:
        """The action's plan, given that this is the cause, and that playbooks name the action for it."""
        async with self.situation(limits or Limits()) as situation:
            verdict = situation.diagnosis.verdict
            assert verdict.cause == cause
            assert action in {each.action for each in verdict.remedies} | {"suspend"}
            return await planning.plan(
                situation, ACTIONS[action], name="plan-1", expires=timedelta(minutes=30)
            )

    async def carry_out(self, plan: Plan | Unfit, who: str = "writer") -> Plan:
        """Make every write of it, in its order."""
        assert isinstance(plan, Plan), plan.why
        async with self.hands(who) as hands:
            for write in plan.writes:
                live = await hands.read(write.key)
                assert not isinstance(live, Declined), live
                assert not live or planning.unmet(live.body, write.depends) is None
                done = await hands.change(write, live, plan.id)
                assert isinstance(done, Accepted), done
        return plan

    async def way_back(self, plan: Plan, who: str = "writer") -> Plan | Unfit:
        """What undoes a plan that was made whole."""
        async with self.hands(who) as hands:
            told = {"name": "plan-2", "now": self.now, "expires": LIFE}
            return await planning.way_back(plan, len(plan.writes), hands, **told)

    async def undo(self, plan: Plan, who: str = "writer") -> Plan:
        """Carry out its way back."""
        return await self.carry_out(await self.way_back(plan, who), who)

    def client(self, who: str) -> ApiClient:
        """The API, as somebody."""
        return ApiClient(TokenLogin(self.world.cluster.url, [who]))

    @asynccontextmanager
    async def hands(self, who: str = "writer") -> AsyncIterator[ApiWriter]:
        """What sees as the one and writes as the other."""
        async with self.client("reader") as eyes, self.client(who) as hands:
            yield ApiWriter(eyes, hands)

    def held(self, plural: str, name: str, space: str | None = None) -> Object:
        """An object as it stands."""
        return self.world.store.get(plural, self.names.space if space is None else space, name)

    def runs(self) -> list[bool]:
        """Whether each of the workload's pods does."""
        return [
            all(
                "running" in each["state"]
                for each in pod["status"].get("containerStatuses") or [{"state": ()}]
            )
            for pod in self.world.store.every("pods", self.names.space)
            if (pod["metadata"].get("labels") or {}).get("app") == self.names.work
        ]


@asynccontextmanager
async def living(names: Names, *objects: Object) -> AsyncIterator[Bench]:
    """A world of these objects, some minutes old; nothing of it runs yet."""
    bench = Bench(names, objects)
    async with bench.world:
        assert bench.world._life is not None
        bench.world._life.cancel()
        await asyncio.gather(bench.world._life, return_exceptions=True)
        assert not any(bench.runs())
        yield bench
        assert not [each for each in bench.world.store.every("pods") if ANNOTATION in str(each)]


def _login(
    names: Names, key: str = PRIVATE, *, word: str = "robots-own-password", space: str = "", name: str = ""
) -> Object:
    told = base64.b64encode(f"robot:{word}".encode()).decode()
    whole = json.dumps({"auths": {key: {"auth": told}, "else.example": {"auth": told}}}).encode()
    return {
        "kind": "Secret",
        "metadata": {"namespace": space or names.space, "name": name or names.login},
        "type": "kubernetes.io/dockerconfigjson",
        "data": {".dockerconfigjson": base64.b64encode(whole).decode()},
    }


def _account(names: Names, *login: str) -> list[Object]:
    if names.account == "default":
        return []
    made: Object = {"kind": "ServiceAccount", "metadata": {"namespace": names.space, "name": names.account}}
    return [made | {"imagePullSecrets": [{"name": each} for each in login]}]


def _work(names: Names, *login: str, image: str = IMAGE, kind: str = "Deployment", **more: Any) -> Object:
    labels = {"app": names.work}
    spec: Object = {
        "containers": [{"name": "main", "image": image}],
        "serviceAccountName": names.account,
        "nodeSelector": {"acme.example/place": "core"},
        **more,
    }
    if login:
        spec["imagePullSecrets"] = [{"name": each} for each in login]
    template = {"metadata": {"labels": labels}, "spec": spec}
    told: Object = {"selector": {"matchLabels": labels}, "template": template, "replicas": 2}
    return {
        "kind": kind,
        "metadata": {"namespace": names.space, "name": names.work, "labels": labels},
        "spec": told,
    }


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
async def test_attach_mends_what_names_no_secret(names: Names, kind: str) -> None:
    """On the ServiceAccount, and the failing pods are replaced."""
    async with living(names, *_account(names), _login(names), _work(names, kind=kind)) as bench:
        plan = await bench.carry_out(await bench.plan("attach-pull-secret", "pull-secret-not-attached"))
        assert plan.writes[0].key.kind == "ServiceAccount"
        await bench.wait()
        assert bench.runs() == [True, True]
        held = bench.held("serviceaccounts", names.account)
        assert held["imagePullSecrets"] == [{"name": names.login}]
        assert held["metadata"]["annotations"][ANNOTATION] == "plan-1"
        await bench.undo(plan)
        assert not bench.held("serviceaccounts", names.account).get("imagePullSecrets")


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
async def test_attach_to_a_template_keeps_what_it_names(names: Names, kind: str) -> None:
    """A ServiceAccount would not be asked."""
    old = _login(names, "else.example", name="old")
    bodies = [*_account(names), old, _login(names), _work(names, "old", kind=kind)]
    async with living(names, *bodies) as bench:
        plan = await bench.carry_out(await bench.plan("attach-pull-secret", "pull-secret-not-attached"))
        await bench.wait(180)
        assert bench.runs() == [True, True]
        plural = f"{kind.lower()}s"
        told = bench.held(plural, names.work)["spec"]["template"]["spec"]
        assert told["imagePullSecrets"] == [{"name": "old"}, {"name": names.login}]
        assert [each.after for each in plan.differences if "imagePullSecrets" in each.where]
        await bench.undo(plan)
        told = bench.held(plural, names.work)["spec"]["template"]["spec"]
        assert told["imagePullSecrets"] == [{"name": "old"}]


async def test_recreate_mends_what_was_attached_too_late(names: Names) -> None:
    """The pods were made before."""
    async with living(names, *_account(names), _login(names), _work(names)) as bench:
        given = {"imagePullSecrets": [{"name": names.login}]}
        bench.world.patch("ServiceAccount", names.space, names.account, given)
        plan = await bench.carry_out(await bench.plan("recreate-pod", "pull-secret-not-attached"))
        assert [each.verb for each in plan.writes] == [Verb.DELETE, Verb.DELETE]
        await bench.wait()
        assert bench.runs() == [True, True]


@pytest.mark.parametrize("named", [True, False])
async def test_copy_mends_what_has_no_secret(names: Names, named: bool) -> None:
    """Under the name that the pods wait for, or under the source's."""
    login = ("wanted",) if named else ()
    source = _login(names, space=names.other)
    limits = Limits(copies=(SecretCopy(names.other, names.login, ("*",), (PRIVATE,), ("@owners",)),))
    async with living(names, *_account(names), source, _work(names, *login)) as bench:
        plan = await bench.carry_out(await bench.plan("copy-pull-secret", "pull-secret-missing", limits))
        await bench.wait(180)
        assert bench.runs() == [True, True]
        name = "wanted" if named else names.login
        copy = bench.held("secrets", name)
        assert LABEL in copy["metadata"]["labels"]
        kept = json.loads(base64.b64decode(copy["data"][".dockerconfigjson"]))
        assert list(kept["auths"]) == [PRIVATE]
        back = await bench.way_back(plan)  # the writer makes Secrets, and never ends one
        assert isinstance(back, Unfit)
        assert "cannot delete resource" in back.why
        await bench.undo(plan, "owner")
        assert bench.world.store.find("secrets", names.space, name) is None
        assert bench.world.store.find("secrets", names.other, names.login) is not None


@pytest.mark.parametrize("cause", ["credentials-rejected", "pull-secret-mismatch"])
async def test_copy_mends_beside_a_secret_that_does_not_work(names: Names, cause: str) -> None:
    """That stays as it is: the copy is called otherwise, and the pods name both."""
    word, key = (
        ("old", PRIVATE) if cause == "credentials-rejected" else ("robots-own-password", f"{PRIVATE}:444")
    )
    source, bad = _login(names, space=names.other), _login(names, key, word=word)
    limits = Limits(copies=(SecretCopy(names.other, names.login, ("*",), (PRIVATE,), ("@owners",)),))
    async with living(names, *_account(names), source, bad, _work(names, names.login)) as bench:
        before = bench.held("secrets", names.login)
        await bench.carry_out(await bench.plan("copy-pull-secret", cause, limits))
        await bench.wait(180)
        assert bench.runs() == [True, True]
        assert bench.held("secrets", names.login) == before


async def test_detach_mends_what_is_open_to_all_but_a_stale_login(names: Names) -> None:
    """The kubelet never asks anonymously while it has something to offer."""
    stale = _login(names, HUB_KEY, word="last-years")
    async with living(names, *_account(names), stale, _work(names, names.login, image=OPEN)) as bench:
        plan = await bench.carry_out(await bench.plan("detach-pull-secret", "credentials-rejected"))
        await bench.wait(180)
        assert bench.runs() == [True, True]
        await bench.undo(plan)
        told = bench.held("deployments", names.work)["spec"]["template"]["spec"]
        assert told["imagePullSecrets"] == [{"name": names.login}]


async def test_retry_waits_for_the_registry_and_then_does_not(names: Names) -> None:
    """While it is down nothing is gained; afterwards nobody waits for the back-off."""
    async with living(names, *_account(names), _work(names, image=f"{DOWN}/team/app:1.0")) as bench:
        found = await bench.plan("retry-now", "registry-down")
        assert isinstance(found, Unfit)
        assert "does not answer well yet" in found.why
        registry = next(each for each in bench.world.seed.registries if each.host == DOWN)
        registry.mischief.everything = None
        async with bench.situation(Limits()) as situation:
            plan = await planning.plan(
                situation, ACTIONS["retry-now"], name="plan-1", expires=timedelta(minutes=30)
            )
        await bench.carry_out(plan)
        await bench.wait(20)
        assert bench.runs() == [True, True]


async def test_cordon_moves_what_fails_to_another_node(names: Names) -> None:
    """And the way back lets pods come again."""
    work = _work(names, image=f"{OWN}/shop/search:7.1", nodeSelector={})
    work["spec"]["template"]["spec"].pop("nodeSelector")
    work["spec"]["replicas"] = 6
    bench = Bench(names, [*_account(names), work])
    async with bench.world:
        assert bench.world._life is not None
        bench.world._life.cancel()
        await asyncio.gather(bench.world._life, return_exceptions=True)
        async with bench.situation(Limits()) as situation:
            node = situation.diagnosis.failure.pod.node
            plan = await planning.plan(situation, ACTIONS["cordon-node"], name="plan-1", expires=LIFE)
        done = await bench.carry_out(plan)
        await bench.wait()
        assert bench.held("nodes", node, "")["spec"]["unschedulable"] is True
        around = bench.world.store.every("pods", names.space)
        assert node not in {each["spec"].get("nodeName") for each in around}
        await bench.undo(done)
        assert "unschedulable" not in bench.held("nodes", node, "")["spec"]


async def test_suspend_stops_a_rollout_and_lets_it_go_on(names: Names) -> None:
    """Both as the API server shows it."""
    async with living(names, *_account(names), _work(names)) as bench:
        async with bench.situation(Limits()) as situation:
            plan = await planning.plan(situation, ACTIONS["suspend"], name="plan-1", expires=LIFE)
        done = await bench.carry_out(plan)
        assert bench.held("deployments", names.work)["spec"]["paused"] is True
        await bench.undo(done)
        assert not bench.held("deployments", names.work)["spec"].get("paused")


async def test_a_site_that_hangs_is_no_registry_that_answers(names: Names) -> None:
    """What is silent from here, and was silent for the nodes, is not tried again."""
    async with living(names, *_account(names), _work(names, image=f"{DOWN}/team/app:1.0")) as bench:
        bench.world.seed.sites[DOWN].state = State.REFUSES
        async with bench.situation(Limits()) as situation:
            found = await ACTIONS["retry-now"].draft(situation)
        assert isinstance(found, Unfit)
        assert "connect refused" in found.why
