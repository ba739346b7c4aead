"""A node that cannot pull is asked what it sees, from the plan to the verdict, over HTTP.

The simulated cluster makes the pod, its kubelet runs the look against the simulated network, and what it said decides the next
diagnosis. The rights and the fence are those that the demo has, which are the shipped ones.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import wiring
from bot.cluster.client import ApiClient
from bot.cluster.reader import ApiReader
from bot.cluster.writing.writer import ApiWriter
from bot.demo.cluster.access import ADMIN
from bot.demo.cluster.faults import Fault as ApiFault
from bot.demo.fence import WITNESS
from bot.demo.nodes.network import ANY, Certificate, State
from bot.demo.rights import READER, WRITER, Reach, rights
from bot.demo.seed import OWN, seed
from bot.demo.world import World
from bot.facts.audit import broken
from bot.facts.change import Plan, Verb, Write
from bot.facts.proposal import Proposal, Stage
from bot.facts.verdict import Confidence, Diagnosis
from bot.ports.reading import Scan
from bot.ports.rehearsing import Declined
from bot.registry.unasked import UnaskedRegistry
from bot.remediation import executing, holding, planning
from bot.remediation.actions.ask_node import AskNode
from bot.remediation.drafting import Limits, Situation, Unfit
from bot.remediation.executing import Execution
from bot.remediation.looking import Ears, Listening
from bot.workflows import sweep
from bot.workflows.world import World as Shores
from tests import fixes
from tests.fakes.holding import Reasons, means
from tests.fakes.ledger import MemoryLedger
from tests.fakes.logins import TokenLogin
from tests.fakes.store import FakeStore


RBAC = Path(__file__).parents[2] / "deploy" / "rbac"
Object = dict[str, Any]
LIFE = timedelta(minutes=4)
HUB_HOST = "registry-1.docker.io"
OF_HUB, OF_OWN = "nginx:1.27", f"{OWN}/shop/search:7.1"


def _workload(image: str, node: str) -> Object:
    labels = {"app": "web"}
    spec = {"nodeSelector": {"kubernetes.io/hostname": node}, "containers": [{"name": "web", "image": image}]}
    template = {"metadata": {"labels": labels}, "spec": spec}
    whole = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
    return {"kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"}, "spec": whole}


class Bench:
    """A world with one workload that fails on one node, and a replica that asks that node."""

    def __init__(self, image: str = OF_OWN, node: str = "edge-2", held: str = WITNESS.image) -> None:
        # Readers go by the API server's own clock, which is the wall's.
        self.now, self.node = datetime.now(UTC).replace(microsecond=0), node
        self.ledger, self.memory = MemoryLedger(), FakeStore()
        reach = Reach(("shop",), ("shop",), asks=WITNESS.namespace)
        space = {"kind": "Namespace", "metadata": {"name": "shop"}}
        whole = seed()
        for each in whole.nodes:
            each.images = (held,) if held else ()
        objects = [space, *rights(reach), _workload(image, node)]
        young = replace(whole, objects=objects, turns=(), age=LIFE)
        self.world = World(young, {"reader": READER, "writer": WRITER, "owner": ADMIN}, lambda: self.now)

    @property
    def outlook(self) -> Any:
        """The node's way to the world."""
        return next(each.outlook for each in self.world.seed.nodes if each.name == self.node)

    async def wait(self, span: timedelta) -> None:
        """Let time pass, and everybody do what he does."""
        end = self.now + span
        while self.now < end:
            self.now += timedelta(seconds=2)
            await self.world.step()

    @asynccontextmanager
    async def hands(self) -> AsyncIterator[ApiWriter]:
        """Who reads and writes."""
        reads, writes = (
            ApiClient(TokenLogin(self.world.cluster.url, [each])) for each in ("reader", "writer")
        )
        async with reads, writes:
            yield ApiWriter(reads, writes)

    @asynccontextmanager
    async def situation(self) -> AsyncIterator[Situation]:
        """What fails, looked at afresh, with what nodes said before."""
        known = wiring.knowledge()
        login = TokenLogin(self.world.cluster.url, ["reader"])
        async with self.hands() as hands, ApiClient(login) as client:
            reader = ApiReader(client)
            asked = Shores(
                reader,
                UnaskedRegistry(),
                known.signatures,
                known.catalog.causes,
                known.registries,
                cluster="eu",
                recollection=self.memory,
            )
            report = await sweep.sweep(asked, Scan(namespaces=("shop",)))
            first, *beside = report.diagnoses
            limits = Limits(site=WITNESS, hosts=frozenset({OWN}))
            rest = (reader, hands, asked.prober, known.registries, limits, self.now)
            yield Situation("eu", first, tuple(beside), *rest)
            await reader.close()

    async def verdict(self) -> Diagnosis:
        """What the next look says."""
        async with self.situation() as found:
            return found.diagnosis

    async def planned(self) -> Plan | Unfit:
        """The plan, tried by a dry run."""
        async with self.situation() as found:
            return await planning.plan(found, AskNode(), name="p1", expires=timedelta(minutes=30))

    async def proposed(self) -> Proposal:
        """It, approved."""
        plan = await self.planned()
        assert isinstance(plan, Plan), plan.why
        approved = replace(fixes.proposal(plan), approvals=(), digest=plan.digest)
        return await self.ledger.save(approved, ())

    async def carried(self, holder: str = "one", *, dies: bool = False) -> Proposal:
        """What a replica makes of what is stored; it may die once the Job is made."""
        stored = await self.ledger.proposal("p1")
        assert stored is not None
        given = replace(means(self.ledger, self, holder), wait=self.wait)  # type: ignore[arg-type]  # our clock is the world's
        given = replace(given, clock=lambda: self.now)
        held = await holding.take(stored, given)
        assert held is not None
        async with self.hands() as hands:
            if held.proposal.stage is Stage.RUNNING:
                await Execution(held, given, hands, Reasons()).run()
            if held.proposal.stage is not Stage.WATCHING or dies:
                return held.proposal

            async def clear(key: Any) -> None:
                await executing.clear(held, hands, key)

            ears = Ears(hands.read, hands.words, self.memory.note_statement, clear)
            return await Listening(held, given, ears).run()

    def jobs(self) -> list[Object]:
        """Those that are there, with their pods."""
        found = self.world.store.every("jobs", WITNESS.namespace)
        return [*found, *self.world.store.every("pods", WITNESS.namespace)]


@asynccontextmanager
async def _bench(**given: Any) -> AsyncIterator[Bench]:
    bench = Bench(**given)
    async with bench.world:
        assert bench.world._life is not None
        bench.world._life.cancel()
        await asyncio.gather(bench.world._life, return_exceptions=True)
        yield bench


async def _asked(bench: Bench) -> Proposal:
    await bench.proposed()
    return await bench.carried()


async def test_a_node_whose_dns_is_broken_says_so_and_the_verdict_is_proven() -> None:
    """Of a registry that the world uses the name is good, so it is that node's DNS; the Job is gone, and all of it recorded."""
    async with _bench(image=OF_HUB, node="edge-2") as bench:
        before = await bench.verdict()
        assert before.verdict.confidence is Confidence.MEDIUM
        ended = await _asked(bench)
        assert ended.stage is Stage.MENDED
        assert ended.outcome == f"edge-2 says of {HUB_HOST}:443: no address (dns-no-answer)"
        after = await bench.verdict()
        assert after.verdict.cause == before.verdict.cause
        assert after.verdict.confidence is Confidence.HIGH
        await bench.wait(timedelta(seconds=30))
        assert bench.jobs() == []
        assert not broken(bench.ledger.chain)


def _open(bench: Bench) -> None:
    bench.outlook.unanswered = frozenset()


def _walled(bench: Bench) -> None:
    bench.outlook.unanswered, bench.outlook.walled = frozenset(), frozenset({ANY})


def _site(**changes: Any) -> Callable[[Bench], None]:
    def change(bench: Bench) -> None:
        _open(bench)
        for name, value in changes.items():
            setattr(bench.world.seed.sites[OWN], name, value)

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_walled, "takes no connection (connect-timeout)"),
        (_site(state=State.REFUSES), "takes no connection (connect-refused)"),
        (_site(certificate=Certificate.UNKNOWN), "does not hold (tls-unknown-authority); "),
        (_site(certificate=Certificate.EXPIRED), "does not hold (tls-certificate-expired)"),
        (_site(certificate=Certificate.NONE), "does not hold (tls-plain-http)"),
        (_site(state=State.HANGS), "no answer (response-timeout)"),
        (_open, "holds; HTTP 200"),
    ],
)
async def test_a_node_tells_where_the_road_ends(change: Callable[[Bench], None], said: str) -> None:
    """Of its own registry, at the step at which it does."""
    async with _bench() as bench:
        await bench.proposed()
        change(bench)
        ended = await bench.carried()
        assert ended.stage is Stage.MENDED
        assert said.rstrip("; ") in ended.outcome


async def test_a_node_that_is_well_again_is_blamed_no_more() -> None:
    """It was asked after the last try, and reached the registry; its next try is yet to come."""
    async with _bench() as bench:
        before = await bench.verdict()
        await bench.proposed()

        async def well(host: str, port: int) -> str:
            reached = {"addresses": ["203.0.113.7"], "connects": [{"address": "203.0.113.7", "fault": ""}]}
            http = {"fault": "", "status": 401, "registry": True}
            told = {"version": 1, "host": host, "port": port, "resolve": "", **reached}
            return json.dumps({**told, "tls": {"fault": ""}, "http": http})

        bench.world.kubelets[bench.node]._look = well
        assert (await bench.carried()).stage is Stage.MENDED
        after = await bench.verdict()
        assert before.verdict.cause in {each.cause for each in after.verdict.ruled_out}
        assert after.verdict.confidence is Confidence.HIGH


async def test_a_node_without_the_image_says_nothing() -> None:
    """It is warned of before, told after, and nothing stays."""
    async with _bench(held="other.example/x:1") as bench:
        stored = await bench.proposed()
        assert any("does not list" in each for each in stored.plan.warnings)
        ended = await bench.carried()
        assert ended.stage is Stage.UNMENDED
        assert "is not on that node (ErrImageNeverPull)" in ended.outcome
        await bench.wait(timedelta(seconds=30))
        assert bench.jobs() == []
        assert await bench.memory.statements("eu") == ()


@pytest.mark.parametrize("fault", [ApiFault.DENY_POLICY, ApiFault.QUOTA, ApiFault.FORBIDDEN])
async def test_a_job_that_is_refused_is_refused(fault: ApiFault) -> None:
    """In the API server's words, with nothing made."""
    async with _bench() as bench:
        await bench.proposed()
        bench.world.cluster.faults.add(fault=fault, verb="create", plural="jobs", times=-1, dry=False)
        ended = await bench.carried()
        assert ended.stage is Stage.REFUSED
        assert bench.jobs() == []


async def test_more_jobs_than_the_shipped_quota_lets_are_refused() -> None:
    """In the API server's words, once so many are there; one less is enough."""
    shipped = yaml.safe_load_all((RBAC / "tier-3-witness.yaml").read_text())
    (quota,) = [each for each in shipped if each["kind"] == "ResourceQuota"]
    (most,) = map(int, quota["spec"]["hard"].values())
    for others, stage in ((most, Stage.REFUSED), (most - 1, Stage.MENDED)):
        async with _bench() as bench:
            await bench.proposed()
            bench.world.store.put(quota)
            for number in range(others):
                # They are over, so nobody makes a pod for them.
                ended = {"type": "Complete", "status": "True", "lastTransitionTime": f"{bench.now:%FT%TZ}"}
                over = {"conditions": [ended], "succeeded": 1}
                meta = {"name": f"other-{number}", "namespace": WITNESS.namespace}
                template = {"spec": {"containers": [{"name": "x", "image": "x"}], "restartPolicy": "Never"}}
                job = {"kind": "Job", "metadata": meta, "spec": {"template": template}, "status": over}
                bench.world.store.put(job)
            found = await bench.carried()
            assert found.stage is stage
            assert ("exceeded quota: imagepull-witness" in found.outcome) is (stage is Stage.REFUSED)


async def test_who_takes_over_hears_what_was_said_meanwhile() -> None:
    """A replica dies between the Job and its answer; the other one finds both by the plan's id."""
    async with _bench() as bench:
        await bench.proposed()
        await bench.carried(dies=True)
        await bench.wait(timedelta(minutes=3))
        assert bench.jobs()
        ended = await bench.carried("two")
        assert ended.stage is Stage.MENDED
        made = [each for each in bench.ledger.chain if each.entry.details.get("verb") == Verb.CREATE.value]
        assert len(made) == 1


async def test_a_job_goes_by_itself_where_nobody_comes_back() -> None:
    """Five minutes after its end; who comes later is told that nobody heard it."""
    async with _bench() as bench:
        await bench.proposed()
        await bench.carried(dies=True)
        await bench.wait(timedelta(minutes=7))
        assert bench.jobs() == []
        ended = await bench.carried("two")
        assert (ended.stage, "nobody heard" in ended.outcome) == (Stage.UNMENDED, True)


@pytest.mark.attack("T4", "hostile word")
async def test_a_hostile_node_is_not_believed() -> None:
    """Whoever is root there writes what he likes: it is no statement, and no word of it is told."""
    async with _bench() as bench:
        await bench.proposed()

        async def lie(host: str, port: int) -> str:
            return json.dumps({"host": host, "port": port, "resolve": "<!channel> *all is well*"})

        bench.world.kubelets[bench.node]._look = lie
        ended = await bench.carried()
        assert ended.stage is Stage.UNMENDED
        assert "nothing to be believed" in ended.outcome
        assert "channel" not in ended.outcome


async def test_a_node_that_is_gone_is_not_asked() -> None:
    """There is no plan."""
    async with _bench() as bench:
        bench.world.store.delete("nodes", "", bench.node)
        found = await bench.planned()
        assert isinstance(found, Unfit)


@pytest.mark.parametrize("word", [b"http.server", b"hostPID"])
async def test_the_fence_holds_whoever_has_the_writer(word: bytes) -> None:
    """Another program, or a pod that sees the node's processes, is refused at the API."""
    async with _bench() as bench, bench.hands() as hands:
        plan = await bench.planned()
        assert isinstance(plan, Plan)
        (write,) = plan.writes
        body = json.loads(write.patch)
        pod = body["spec"]["template"]["spec"]
        if word == b"hostPID":
            pod["hostPID"] = True
        else:
            pod["containers"][0]["command"][3] = word.decode()
        altered = Write(Verb.CREATE, write.key, patch=json.dumps(body))
        answer = await hands.change(altered, None, "p1")
        assert isinstance(answer, Declined)
        assert bench.jobs() == []
