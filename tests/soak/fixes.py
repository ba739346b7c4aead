"""Kills replicas again and again while they approve and carry out plans, and sees whether each write was made once and told truly.

``python -m tests.soak.fixes [--runs 200] [--seed N] [--wrong says-first]``: every run is a store, a simulated API server that
loses answers and refuses now and then, and one replica, or two on PostgreSQL, that are killed at points chosen by the seed among
all awaits of store and API server, started anew, and perhaps killed again. One of two is also made to stand still there, for
longer than its lease.
"""

import argparse
import asyncio
import gc
import json
import logging
import os
import random
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from bot.cluster.client import ApiClient, Pace
from bot.cluster.writing.writer import ApiWriter
from bot.demo.cluster.access import ADMIN
from bot.demo.cluster.faults import Fault
from bot.demo.cluster.server import SimulatedCluster
from bot.demo.cluster.store import Store
from bot.errors import Overtaken
from bot.facts.audit import Event, broken
from bot.facts.change import ANNOTATION, Dependency, ObjectKey, Plan, Verb, Write
from bot.facts.people import Asker, Person
from bot.facts.proposal import Proposal, Stage
from bot.ports.deciding import Ledger
from bot.ports.keeping import Address
from bot.ports.rehearsing import Live
from bot.ports.repairing import Click
from bot.remediation import fields, holding
from bot.remediation.executing import Execution
from bot.remediation.holding import Means
from bot.remediation.policy import Rule
from bot.remediation.verifying import Eyes, Watch
from bot.store import opening
from bot.store.opening import Store as Memory
from bot.workflows import fixing
from bot.workflows.deciding import Deciding
from bot.workflows.fixing import Terms, Tools
from bot.workflows.lately import Lately
from bot.workflows.reach import Reach, Rules
from tests import fault_ground, fixes
from tests.fakes import mortal, writes
from tests.fakes.hasty import Hasty
from tests.fakes.holding import told
from tests.fakes.logins import TokenLogin
from tests.fakes.mortal import Points, SteppingLoop, Watched
from tests.fakes.store import FakeStore
from tests.fault_ground import PLURALS, ROBIN, SAM
from tests.soak import outbox
from tests.soak.outbox import LEASE, PATIENCE, SPEED, Bot, Death


_DAY: Final = timedelta(days=1)
_NAMES: Final = ("patched", "deleted", "copied", "several", "declined", "expired")
# Once each, now and then: what the API server does to writes.
_FAULTS: Final = (Fault.LOST, Fault.TIMED_OUT, Fault.TIMED_OUT_DONE, Fault.CONFLICT, Fault.WEBHOOK_DOWN)
_TWO: Final = Rule(("*",), ("@sre",), quorum=2)


@dataclass
class Outcome(outbox.Outcome):
    """What became of runs.

    Attributes:
        stages: how the plans ended.
    """

    stages: list[str] = field(default_factory=list)


# -- what there is


def _pod(name: str) -> dict[str, Any]:
    """One that is on no node, so that nobody keeps it when it is deleted."""
    item = writes.pod(name, owner="rs-1")
    del item["spec"]["nodeName"]
    return item


def _objects() -> list[dict[str, Any]]:
    names = ("patched", "declined", "expired")
    return [
        *writes.namespaces("shop", "team-x"),
        *(writes.deployment(each) for each in names),
        _pod("deleted"),
        _pod("several"),
        writes.docker_secret(),
    ]


def _written(name: str) -> tuple[Write, ...]:
    """The writes of a plan, still to be fitted to what is there."""
    deployment = ObjectKey("Deployment", "shop", name)
    image = {"spec": {"template": {"spec": {"containers": [{"name": name, "image": "a.example/web:2"}]}}}}
    generation = Dependency(("metadata", "generation"), "", "no newer rollout")
    patch = replace(writes.patching(deployment, image), depends=(generation,))
    delete = writes.deleting(ObjectKey("Pod", "shop", name))
    attach = writes.patching(fault_ground.ACCOUNT, {"imagePullSecrets": [{"name": "regcred"}]})
    copied = writes.copying(Live(writes.REGCRED, "", "", {"data": {}}))
    return {"deleted": (delete,), "copied": (copied,), "several": (attach, delete)}.get(name, (patch,))


async def _proposals(writer: ApiWriter, hasty: Hasty) -> list[Proposal]:
    made = hasty.now()
    found = []
    for name in _NAMES:
        fitted = tuple([await _fit(writer, each) for each in _written(name)])
        plan = replace(fixes.plan(name=name, action="suspend"), writes=fitted, made=made)
        plan = replace(plan, expires=made if name == "expired" else made + _DAY)
        found.append(fixes.proposal(plan, Stage.WAITING))
    return found


async def _fit(writer: ApiWriter, write: Write) -> Write:
    key = write.copying.source if write.copying else write.key
    live = await writer.read(key)
    assert isinstance(live, Live), live
    if write.copying:
        keys = tuple(sorted(live.body["data"]))
        return replace(write, copying=replace(write.copying, uid=live.uid, version=live.version, keys=keys))
    depends = tuple(fields.pinned(live.body, each.path, each.said) for each in write.depends)
    return replace(write, uid=live.uid, depends=depends)


@asynccontextmanager
async def _writer(url: str) -> AsyncIterator[ApiWriter]:
    async def at_once(_: float) -> None:
        return

    clients = [ApiClient(TokenLogin(url, ["admin"]), Pace(sleep=at_once)) for _ in range(2)]
    try:
        yield ApiWriter(*clients)
    finally:
        for each in clients:
            await each.close()


# -- the API server, in a process of its own


async def _serve(seed: int, answering: int, asking: int) -> None:
    """Say where it is, and at the end how often each plan changed what."""
    store = Store(_objects())
    began = store.version
    chance = random.Random(seed)  # noqa: S311  # no secret
    async with SimulatedCluster(store, {"admin": ADMIN}) as cluster:
        for fault in _FAULTS:
            for verb in ("patch", "delete", "create"):
                if seed and chance.random() < 0.3:
                    cluster.faults.add(fault=fault, verb=verb, dry=False)
        os.write(answering, json.dumps(cluster.url).encode() + b"\n")
        await asyncio.to_thread(os.read, asking, 1)
        effects = {name: [_effects(store, began, each, name) for each in _written(name)] for name in _NAMES}
        os.write(answering, json.dumps(effects).encode() + b"\n")


def _effects(store: Store, began: int, write: Write, plan: str) -> int:
    place = write.key.namespace, write.key.name
    past = [each for each in store.since(PLURALS[write.key.kind], began) if each.key == place]
    if write.verb is Verb.DELETE:
        return sum(each.new is None for each in past)
    mark = ("metadata", "annotations", ANNOTATION)
    return sum(fields.found(each.new or {}, mark) == plan and each.old != each.new for each in past)


@contextmanager
def _cluster(seed: int) -> Iterator[tuple[str, Callable[[], Any]]]:
    asking, asked = os.pipe()
    answers, answering = os.pipe()
    server = os.fork()
    if not server:
        os.close(asked)
        try:
            asyncio.run(_serve(seed, answering, asking))
        except BaseException as error:  # noqa: BLE001  # told to whoever reads along; the run ends by the silence
            sys.stderr.write(f"the API server: {type(error).__name__}: {error}\n")
        finally:
            os._exit(0)
    os.close(asking)
    os.close(answering)

    def seen() -> Any:
        os.write(asked, b"\n")
        return outbox._line(answers, PATIENCE)

    try:
        url = outbox._line(answers, PATIENCE)
        assert url is not None, "the API server did not start"
        yield url, seen
    finally:
        os.close(asked)
        outbox._ended(server, PATIENCE)
        os.close(answers)


# -- a replica


class SaysFirst:
    """A ledger that takes a write for made when it is about to be sent."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def save(self, proposal: Proposal, *given: Any) -> Proposal:
        """Store it so; who stored it goes on as if nothing were wrong."""
        said = replace(proposal, begun=False, done=proposal.done + proposal.begun)
        kept: Proposal = await self._inner.save(said, *given)
        return replace(proposal, version=kept.version)


class _Cards:
    """Spells nothing: what is told is tested elsewhere."""

    def card(self, proposal: Proposal) -> str:
        return proposal.stage.value

    def result(self, proposal: Proposal) -> str:
        return proposal.outcome


class Replica:
    """Approves and carries out."""

    def __init__(self, ledger: Ledger, change: Any, hasty: Hasty) -> None:
        self._ledger, self._change, self._hasty = ledger, change, hasty
        self._tools = Tools(ledger, FakeStore(), _Cards(), _words, _nobody, str, hasty.now)

    async def live(self) -> None:
        """Until everything is over."""
        await self._click()
        given = Means(self._ledger, told, self._hasty.now, self._wait, f"replica-{os.getpid()}", LEASE)
        while left := await self._ledger.unfinished():
            for each in left:
                try:
                    await self._carry(each, given)
                except Overtaken:
                    continue
            await self._hasty.sleep(5)

    async def _click(self) -> None:
        """As people do: all at once, some twice, and who says no first."""
        rules = fault_ground.policy(rules=(_TWO,))
        reach = Reach(Rules({"eu": fault_ground._place()}, rules.ask), Lately(timedelta(minutes=1)))
        deciding = Deciding(reach, lambda: Terms(rules), self._tools)
        await deciding.decline(Asker(SAM), "declined", self._at("declined"))
        for name in _NAMES:
            clicks = [deciding.approve(Asker(each), name, self._at(name)) for each in (ROBIN, SAM, ROBIN)]
            await asyncio.gather(*clicks)

    def _at(self, name: str) -> Click:
        async def recheck(key: str) -> Person | None:
            return next((each for each in (ROBIN, SAM) if each.key == key), None)

        return Click(Address("C1", name), recheck)

    async def _carry(self, proposal: Proposal, given: Means) -> None:
        if fixing.is_expired(proposal, self._hasty.now()):
            await fixing.expire(self._tools, proposal)
        held = await holding.take(proposal, given)
        if held is None:
            return

        async def sound(_: Plan) -> str:
            return ""

        if held.proposal.stage is Stage.RUNNING:
            await Execution(held, given, self._change, sound).run()
        if held.proposal.stage is Stage.WATCHING:
            eyes = Eyes(_nobody, self._change.read, sound)
            await Watch(held, given, eyes).run()

    async def _wait(self, span: timedelta) -> None:
        await self._hasty.sleep(span.total_seconds())


async def _words(*_: object) -> tuple[()]:
    return ()


def _nobody(*_: object) -> Any:
    raise AssertionError("nobody plans here")


async def _live(plan: outbox.Plan, points: Points, where: str, hasty: Hasty) -> None:
    async with opening.opened(plan.url) as store, _writer(where) as writer:
        ledger: Any = Watched(store.ledger, points)
        if plan.wrong:
            ledger = SaysFirst(ledger)
        await Replica(ledger, Watched(writer, points), hasty).live()


def _bot(plan: outbox.Plan, death: Death, where: str, hasty: Hasty) -> int:
    points = Points(*death)
    with asyncio.Runner(loop_factory=SteppingLoop) as runner:
        if plan.by_steps:
            SteppingLoop.points = points
            points = Points(0)
        else:
            mortal.watch_statements(points)
        runner.run(_live(plan, points, where, hasty))
    return (SteppingLoop.points or points).passed


# -- one run


def _begin(plan: outbox.Plan, where: str, hasty: Hasty) -> None:
    outbox._prepared(plan)
    asyncio.run(_proposed(plan, where, hasty))


async def _proposed(plan: outbox.Plan, where: str, hasty: Hasty) -> None:
    """Have everything asked for and shown."""
    async with opening.opened(plan.url) as store, _writer(where) as writer:
        for each in await _proposals(writer, hasty):
            await store.ledger.save(each, (), told(each))
            for letter in await store.outbox.due(hasty.now(), LEASE, 10):
                await store.outbox.delivered(letter, Address("C1", each.id))


def _told(plan: outbox.Plan) -> dict[str, Any]:
    return asyncio.run(_read(plan))


async def _read(plan: outbox.Plan) -> dict[str, Any]:
    async with opening.opened(plan.url) as store:
        found = {name: await _of(store, name) for name in _NAMES}
        records = await store.ledger.records(0, 100_000)
    sent = [each.entry.plan for each in records if each.entry.event is Event.SENT]
    approved = [each.entry.plan for each in records if each.entry.event is Event.APPROVED]
    counts = {name: [sent.count(name), approved.count(name)] for name in _NAMES}
    return {"plans": found, "record": broken(records), "counts": counts}


async def _of(store: Memory, name: str) -> list[Any]:
    found = await store.ledger.proposal(name)
    assert found is not None
    return [found.stage.value, found.done, found.outcome]


def run(plan: outbox.Plan) -> Outcome:
    """Let replicas live and die until everything is over."""
    outcome = Outcome(runs=1)
    hasty = Hasty(SPEED)
    chance = random.Random(plan.seed * 2 + 1)  # noqa: S311  # no secret
    with _cluster(0 if plan.calm else plan.seed) as (where, seen):
        child, reading = outbox._forked(lambda: _begin(plan, where, hasty))
        outbox._ended(child, PATIENCE)
        os.close(reading)

        def born(deaths: list[Death]) -> Bot:
            outcome.starts += 1
            death = deaths[0] if deaths else (0, signal.SIGKILL)
            return Bot(*outbox._forked(lambda: _bot(plan, death, where, hasty)), deaths)

        bots = plan.bots if plan.points else 1
        wrong = outbox._lived([born(outbox._deaths(chance, plan)) for _ in range(bots)], born, outcome)
        effects = seen()
    child, reading = outbox._forked(lambda: _told(plan))
    found = outbox._line(reading, PATIENCE)
    outbox._ended(child, PATIENCE)
    os.close(reading)
    wrong = wrong or _judged(found, effects, outcome)
    if wrong:
        outcome.wrong[f"seed {plan.seed} on {plan.store}"] = wrong
    return outcome


def _judged(found: Any, effects: Any, outcome: Outcome) -> str:
    """What is wrong; "" for nothing."""
    if found is None or effects is None:
        return "no word of how it ended"
    if found["record"]:
        return str(found["record"])
    for name, (stage, done, said) in found["plans"].items():
        outcome.stages.append(stage)
        sent, approved = found["counts"][name]
        if name in ("declined", "expired"):
            wrong = f"sent {sent} times" if stage != name or sum(effects[name]) or sent else ""
        else:
            wrong = _untrue(stage, done, effects[name], sent)
            wrong = wrong or ("" if approved == 2 else f"approved {approved} times by two people")
        if wrong:
            return f"{name} is {stage}, {wrong}: {said}"
    return ""


def _untrue(stage: str, done: int, made: Sequence[int], sent: int) -> str:
    """What is not as the ledger says; "" where all is."""
    if max(made) > 1:
        return f"made {max(made)} times"
    known = sum(made) - done
    if known not in ((0, 1) if stage == Stage.UNKNOWN.value else (0,)):
        return f"with {done} made, but {sum(made)} were"
    if (stage == Stage.MENDED.value) is not (done == len(made)) or sent < sum(made):
        return f"with {done} of {len(made)} made, sent {sent} times"
    return ""


# -- many runs


def soak(plans: Sequence[outbox.Plan], free: dict[str, list[str]], tell: Callable[[str], object]) -> Outcome:
    """Run them one after the other; the first of each store and way to die counts its points.

    Args:
        plans: of the runs.
        free: databases that nobody uses.
        tell: takes a line for whoever reads along.
    """
    total = Outcome()
    counted: dict[tuple[str, bool], int] = {}
    for each in plans:
        kind = each.store, each.by_steps
        plan = replace(each, points=each.points or counted.get(kind, 0), url=free[each.store][0])
        part = run(plan)
        if not plan.points:
            counted[kind] = part.points
        outbox._add(total, part)
        total.stages += part.stages
        for name, wrong in part.wrong.items():
            again = (
                f"python -m tests.soak.fixes --seed {plan.seed} --store {plan.store} --points {plan.points}"
            )
            tell(f"{name}: {wrong}\n  again: {again}")
        if part.wrong and plan.wrong:
            break
    return total


def main(given: Sequence[str]) -> int:
    """Do it, and say what became of it: 0 where everything was made once and told truly."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.fixes")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, help="this one alone")
    parser.add_argument("--points", type=int, default=0, help="with a seed: so many points has a life")
    parser.add_argument("--store", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--wrong", choices=("says-first",), default="", help="a mistake that is to be found")
    asked = parser.parse_args(given)
    logging.disable()  # what goes wrong here does so on purpose
    kinds = ["sqlite", "postgresql"] if asked.store == "both" else [asked.store]
    seeds = [asked.seed] if asked.seed else range(1, asked.runs + 1)
    gc.freeze()  # what is there already is never looked through, nor copied, by a child
    began = time.monotonic()
    with outbox.databases(kinds) as made:
        kinds = [each for each in kinds if each in made]
        plans = []
        for place, seed in enumerate(seeds):
            kind = kinds[place // 2 % len(kinds)]
            bots = 2 if kind == "postgresql" and seed // 4 % 2 else 1
            plans.append(outbox.Plan(seed, kind, bots, asked.wrong, points=asked.points))
        total = soak(plans, made, lambda line: print(line, flush=True))  # noqa: T201  # it is a program
    ended = ", ".join(f"{total.stages.count(each)} {each}" for each in sorted(set(total.stages)))
    sys.stdout.write(
        f"fixes: {total.runs} runs on {' and '.join(kinds)} in {time.monotonic() - began:.0f} s: "
        f"{total.kills} kills, {total.stops} standstills, {total.starts} starts ({ended}); {len(total.wrong)} failed\n"
    )
    return 1 if total.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
