"""Where changes are carried out under faults: a kind of change in, an API server that can fail, a ledger and replicas out."""

import asyncio
import copy
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from bot.cluster.client import ApiClient, Pace
from bot.cluster.writing.writer import ApiWriter
from bot.demo.cluster.access import ADMIN
from bot.demo.cluster.faults import Fault
from bot.demo.cluster.server import SimulatedCluster
from bot.demo.cluster.store import Change as Happened
from bot.demo.cluster.store import Store
from bot.facts.change import ANNOTATION, Dependency, ObjectKey, Plan, Verb, Write
from bot.facts.people import Asker, Grant, Person
from bot.facts.proposal import Proposal, Stage
from bot.ports.rehearsing import Accepted, Declined, Live
from bot.ports.repairing import Click
from bot.remediation import fields, holding
from bot.remediation.drafting import SecretCopy
from bot.remediation.executing import Execution
from bot.remediation.policy import Policy, Rule
from bot.workflows.deciding import Deciding
from bot.workflows.fixing import Terms, Tools
from bot.workflows.lately import Lately
from bot.workflows.reach import Place, Reach, Rules
from tests import fixes
from tests.fakes import writes
from tests.fakes.changing import Died
from tests.fakes.holding import Clock, Reasons, means, told
from tests.fakes.ledger import MemoryLedger
from tests.fakes.logins import TokenLogin
from tests.fakes.store import FakeStore


Object = dict[str, Any]
ACCOUNT: Final = ObjectKey("ServiceAccount", writes.SHOP, "default")
PLURALS: Final = {
    "Deployment": "deployments",
    "Pod": "pods",
    "Secret": "secrets",
    "ServiceAccount": "serviceaccounts",
    "Job": "jobs",
}
_VERBS: Final = {Verb.PATCH: "patch", Verb.DELETE: "delete", Verb.COPY: "create", Verb.CREATE: "create"}
DANA = Person("U1", "T1", "dana")
ROBIN = Person("U2", "T1", "robin", frozenset({"@sre"}))
SAM = Person("U3", "T1", "sam", frozenset({"@sre"}))


async def _at_once(_: float) -> None:
    return


class Ground:
    """An API server with what one kind of change is about, a ledger, and replicas that carry the change out.

    Args:
        writes: makes the plan's writes of what is there.

    Attributes:
        dies: what becomes of whoever sends the last write: before or after it.
        second: done once by somebody else, just before the last write is sent.
    """

    def __init__(self, cluster: SimulatedCluster, store: Store, writer: ApiWriter) -> None:
        self.cluster, self.store, self._writer = cluster, store, writer
        self.ledger, self.clock, self.reasons = MemoryLedger(), Clock(fixes.NOW), Reasons()
        self.dies = ""
        self.second: Callable[[], Awaitable[object]] | None = None
        self.people = {each.key: each for each in (DANA, ROBIN, SAM)}
        self._began = store.version
        self._theirs: set[int] = set()

    async def read(self, key: ObjectKey) -> Live | Declined | None:
        """The object now."""
        return await self._writer.read(key)

    async def change(self, write: Write, live: Live | None, plan: str) -> Accepted | Declined:
        """Carry it out, unless its sender dies."""
        last = write.key == self.last.key
        if last and self.second is not None:
            second, self.second = self.second, None
            await second()
        if last and self.dies == "before":
            self.dies = ""
            raise Died
        answer = await self._writer.change(write, live, plan)
        if last and self.dies == "after":
            self.dies = ""
            raise Died
        return answer

    async def plan(self, kind: "Kind") -> None:
        """Have the change proposed."""
        made = tuple([await self._fit(each) for each in kind.writes])
        self.last = made[-1]
        plan = Plan(
            **{
                name: getattr(fixes.plan(), name)
                for name in ("id", "action", "risk", "cluster", "premise", "headline", "made", "expires")
            },
            writes=made,
        )
        proposal = replace(fixes.proposal(plan, Stage.WAITING), requester=DANA.key)
        await self.ledger.save(proposal, (), told(proposal))
        self._began = self.store.version

    async def _fit(self, write: Write) -> Write:
        """A write for what is there."""
        if write.copying is not None:
            source = await self.read(write.copying.source)
            assert isinstance(source, Live)
            copying = replace(write.copying, uid=source.uid, version=source.version)
            return replace(write, copying=replace(copying, keys=tuple(sorted(source.body["data"]))))
        if write.verb is Verb.CREATE:
            return write
        live = await self.read(write.key)
        assert isinstance(live, Live), live
        depends = tuple(fields.pinned(live.body, each.path, each.said) for each in write.depends)
        return replace(write, uid=live.uid, depends=depends)

    async def approve(self, *who: Person, by: Policy | None = None) -> None:
        """Have people click at once, each for themselves; by these rules, or such that one is enough."""
        made = by or policy()
        reach = Reach(Rules({"eu": _place()}, made.ask), Lately(timedelta(minutes=1)))
        deciding = Deciding(reach, lambda: Terms(made), self._tools())
        address = self.ledger.addresses["p1"]
        clicks = [deciding.approve(Asker(each), "p1", Click(address, self._recheck)) for each in who]
        await asyncio.gather(*clicks)

    async def decline(self) -> None:
        """Have somebody say no."""
        reach = Reach(Rules({"eu": _place()}, policy().ask), Lately(timedelta(minutes=1)))
        deciding = Deciding(reach, lambda: Terms(policy()), self._tools())
        await deciding.decline(Asker(SAM), "p1", Click(self.ledger.addresses["p1"], self._recheck))

    async def run(self, holder: str = "one") -> None:
        """Have a replica carry on what is stored, if it may."""
        given = means(self.ledger, self.clock, holder)
        held = await holding.take(await self.stored(), given)
        if held is not None:
            await Execution(held, given, self, self.reasons).run()

    async def stored(self) -> Proposal:
        """How it stands."""
        found = await self.ledger.proposal("p1")
        assert found is not None
        return found

    def edit(self, key: ObjectKey, change: Callable[[Object], object]) -> None:
        """Have somebody else change an object."""
        found = self.store.get(PLURALS[key.kind], key.namespace, key.name)
        other: Object = copy.deepcopy(found)
        change(other)
        self.put(other)

    def put(self, item: Object) -> None:
        """Have somebody else write an object."""
        self.store.put(item)
        self._theirs.add(self.store.version)

    def remove(self, key: ObjectKey) -> None:
        """Have somebody else delete an object."""
        self.store.delete(PLURALS[key.kind], key.namespace, key.name)
        self._theirs.add(self.store.version)

    def strike(self, fault: Fault, times: int = 1, **more: Any) -> None:
        """Have the API server fail at the last write."""
        verb, plural = _VERBS[self.last.verb], PLURALS[self.last.key.kind]
        self.cluster.faults.add(fault=fault, verb=verb, plural=plural, times=times, dry=False, **more)

    def effects(self, write: Write) -> int:
        """How often the plan changed the object of a write."""
        name = write.key.namespace, write.key.name
        past = self.store.since(PLURALS[write.key.kind], self._began)
        mine = (each for each in past if each.key == name and each.version not in self._theirs)
        return sum(_is_ours(each, write) for each in mine)

    async def _recheck(self, name: str) -> Person | None:
        return self.people.get(name)

    def _tools(self) -> Tools:
        async def words(*_: object) -> tuple[()]:
            return ()

        def nobody(_: str) -> Any:
            raise AssertionError("nobody plans here")

        return Tools(self.ledger, FakeStore(), _Cards(), words, nobody, lambda: "p2", self.clock.now)


class _Cards:
    """Spells nothing: what is told is tested elsewhere."""

    def card(self, proposal: Proposal) -> str:
        return proposal.stage.value

    def result(self, proposal: Proposal) -> str:
        return proposal.outcome


@dataclass(frozen=True)
class Kind:
    """A kind of change.

    Attributes:
        writes: of the plan, still to be fitted to what is there.
    """

    name: str
    writes: tuple[Write, ...]
    creates: bool = False
    deletes: bool = False


PATCH, DELETE, COPY, SEVERAL = "one patch", "one delete", "a copied Secret", "a patch and a delete"
ASK = "a Job that asks a node"
_DELETE = replace(writes.deleting(), depends=(Dependency(("spec", "nodeName"), "", "the node of the pod"),))
_IMAGE = ("spec", "template", "spec", "containers", "name=web", "image")
_PATCH = replace(
    writes.set_image(),
    depends=(
        Dependency(_IMAGE, "", "the image of container web"),
        Dependency(("metadata", "generation"), "", "no newer rollout"),
    ),
)
_ATTACH = replace(
    writes.patching(ACCOUNT, {"imagePullSecrets": [{"name": "regcred"}]}), said="attach regcred"
)
_COPY = writes.copying(Live(writes.REGCRED, "", "", {"data": {}}))
KINDS: Final = (
    Kind(PATCH, (_PATCH,)),
    Kind(DELETE, (_DELETE,), deletes=True),
    Kind(COPY, (_COPY,), creates=True),
    Kind(SEVERAL, (_ATTACH, _DELETE), deletes=True),
    Kind(ASK, (fixes.ASK,), creates=True),
)


_COPYABLE = SecretCopy("shop", "regcred", ("team-x",), ("registry.corp.example",), ("@sre",))


def policy(**changes: Any) -> Policy:
    """Rules by which one approver is enough."""
    all_of_it = (Grant(("*",)),)
    rules = (Rule(("*",), ("@sre",)),)
    made = Policy(rules, all_of_it, all_of_it, (_COPYABLE,), writers=frozenset({"eu"}), site=fixes.SITE)
    return replace(made, **changes)


def _place() -> Place:
    @asynccontextmanager
    async def nowhere() -> AsyncIterator[Any]:
        raise AssertionError("nobody looks")
        yield

    minute = timedelta(minutes=1)
    return Place("eu", minute, minute, nowhere)


def _is_ours(happened: Happened, write: Write) -> bool:
    if write.verb is Verb.DELETE:
        # A pod that runs on a node is marked first, and goes when its kubelet lets it.
        return _is_ending(happened.new) and not _is_ending(happened.old)
    old, new = (_mark(each) for each in (happened.old, happened.new))
    return new == "p1" and (old != "p1" or happened.old != happened.new)


def _is_ending(item: Object | None) -> bool:
    return item is None or "deletionTimestamp" in item["metadata"]


def _mark(item: Object | None) -> object:
    return fields.found(item or {}, ("metadata", "annotations", ANNOTATION))


@asynccontextmanager
async def ground() -> AsyncIterator[Ground]:
    """A fresh one."""
    objects = [
        *writes.namespaces("shop", "team-x", fixes.SITE.namespace),
        writes.deployment(),
        writes.pod(owner="rs-1"),
        writes.docker_secret(),
    ]
    store = Store(objects)
    async with SimulatedCluster(store, {"admin": ADMIN}) as cluster:
        clients = [ApiClient(TokenLogin(cluster.url, ["admin"]), Pace(sleep=_at_once)) for _ in range(2)]
        try:
            yield Ground(cluster, store, ApiWriter(*clients))
        finally:
            for each in clients:
                await each.close()
