"""Mended is what a new pod has its image for, as the API server tells it."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.errors import ClusterUnreadable
from bot.facts.audit import Event
from bot.facts.change import ANNOTATION, Plan, Verb, Write
from bot.facts.objects import Container, ContainerKind, OwnerReference, Pod, Run, Unread
from bot.facts.proposal import Proposal, Stage
from bot.ports.reading import ClusterReader
from bot.ports.rehearsing import Declined, Live, Reason
from bot.remediation.holding import Holding
from bot.remediation.verifying import Eyes, Watch, pulled
from tests import fixes
from tests.fakes.cluster import FakeReader
from tests.fakes.holding import Clock, means
from tests.fakes.ledger import MemoryLedger


SENT = fixes.NOW
OLD, NEW, RAN = "a.example/web:1", "a.example/web:2", "a.example/web:0"
HOUR = timedelta(hours=1)
BEFORE = {"owners": (OwnerReference("ReplicaSet", "web-5f"),), "labels": {"pod-template-hash": "5f"}}


def _container(image: str = NEW, **changes: object) -> Container:
    return replace(Container("web", ContainerKind.MAIN, image), **changes)  # type: ignore[arg-type]


def _pod(container: Container, age: int = 2, name: str = "web-2", **changes: object) -> Pod:
    """A pod of web that was made so many seconds after the write was sent."""
    owner = OwnerReference("ReplicaSet", f"web-{name}")
    labels = {"pod-template-hash": name}
    made = Pod(
        "shop",
        name,
        created=SENT + timedelta(seconds=age),
        containers=(container,),
        owners=(owner,),
        labels=labels,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


RUNNING = _container(running_since=SENT + timedelta(seconds=4), image_id="sha256:1")
FAILING = _container(waiting_reason="ImagePullBackOff")


def _reader(*pods: Pod, now: datetime = SENT) -> FakeReader:
    return FakeReader(pods=pods, owners=(), now=now)


@pytest.mark.parametrize(
    ("pods", "mended", "said"),
    [
        ([_pod(RUNNING)], True, "shop/web-2 has its image"),
        ([_pod(RUNNING, age=0)], True, "has its image"),
        ([_pod(_container(waiting_reason="CrashLoopBackOff", last_run=Run(1)))], True, "has its image"),
        ([_pod(_container(ended=Run(0)))], True, "has its image"),
        ([], False, "no new pod"),
        ([_pod(replace(RUNNING, image=OLD), age=-60)], True, "has its image"),
        ([_pod(_container(waiting_reason="ContainerCreating"))], False, "web-2 has not its image yet"),
        ([_pod(FAILING)], False, "web-2 has not its image: ImagePullBackOff"),
        (
            [_pod(RUNNING), _pod(FAILING, name="web-3")],
            False,
            "web-3 has not its image: ImagePullBackOff, while",
        ),
        # The revision before the change runs all along, and proves nothing.
        ([_pod(_container(OLD, running_since=SENT - timedelta(hours=1)), age=-3600)], False, "no new pod"),
        # It came back from a crash of its own; its image was there.
        (
            [
                _pod(
                    _container(
                        OLD,
                        running_since=SENT + timedelta(seconds=4),
                        last_run=Run(1, started=SENT - timedelta(hours=1)),
                    ),
                    age=-3600,
                )
            ],
            False,
            "no new pod",
        ),
        # An older revision with another image that only now got going.
        (
            [_pod(_container("a.example/web:0", running_since=SENT + timedelta(seconds=4)), age=-60)],
            False,
            "no new",
        ),
        # One of the revision before the change was moved, or is one more of it, while the new one waits or does not come.
        (
            [
                _pod(_container(RAN, running_since=SENT - HOUR), age=-3600, **BEFORE),
                _pod(_container(RAN, running_since=SENT + timedelta(seconds=4)), **BEFORE),
            ],
            False,
            "no new pod",
        ),
        (
            [
                _pod(_container(RAN, running_since=SENT - HOUR), age=-3600, **BEFORE),
                _pod(_container(RAN, running_since=SENT + timedelta(seconds=4)), **BEFORE),
                _pod(_container(waiting_reason="ContainerCreating"), name="web-5"),
            ],
            False,
            "web-5 has not its image yet",
        ),
        ([_pod(RUNNING, deleted=True)], False, "no new pod"),
        ([replace(_pod(RUNNING), owners=(OwnerReference("DaemonSet", "other"),))], False, "no new pod"),
        ([_pod(replace(RUNNING, name="sidecar"))], False, "no new pod"),
    ],
)
async def test_only_a_pod_that_came_of_the_change_counts(
    pods: Sequence[Pod], mended: bool, said: str
) -> None:
    """With the container that failed; others, older ones and those of other workloads prove nothing."""
    sight = await pulled(_reader(*pods), fixes.PREMISE, SENT, SENT)
    assert (sight.mended, sight.blind) == (mended, "")
    assert said in sight.said


async def test_a_bare_pod_is_its_own_successor() -> None:
    """Its image can be changed in place."""
    pod = Pod("shop", "web-1", created=SENT - timedelta(hours=1), containers=(RUNNING,))
    premise = replace(fixes.PREMISE, workload="Pod/web-1")
    assert (await pulled(_reader(pod), premise, SENT, SENT)).mended


async def test_where_no_container_is_meant_all_must_have_their_images() -> None:
    """But for debug containers, which nobody makes anew."""
    debugger = Container("debug", ContainerKind.EPHEMERAL, "d:1", waiting_reason="ImagePullBackOff")
    premise = replace(fixes.PREMISE, container="", image="")
    both = replace(_pod(RUNNING), containers=(RUNNING, debugger))
    assert (await pulled(_reader(both), premise, SENT, SENT)).mended
    other = replace(FAILING, name="other")
    assert not (await pulled(_reader(replace(both, containers=(RUNNING, other))), premise, SENT, SENT)).mended


@pytest.mark.parametrize("skew", [timedelta(hours=-1), timedelta(hours=1)])
async def test_the_api_servers_clock_may_be_another(skew: timedelta) -> None:
    """What is new is told by how long ago it was sent, not by what our clock showed."""
    old = replace(_pod(RUNNING, age=-30), created=SENT + skew - timedelta(seconds=30))
    old = replace(old, containers=(replace(FAILING, waiting_reason="ImagePullBackOff"),))
    new = replace(_pod(RUNNING), created=SENT + skew + timedelta(seconds=2))
    now = SENT + timedelta(seconds=10)
    assert not (await pulled(_reader(old, now=now + skew), fixes.PREMISE, SENT, now)).mended
    assert (await pulled(_reader(old, new, now=now + skew), fixes.PREMISE, SENT, now)).mended


async def test_pods_that_cannot_be_listed_tell_nothing() -> None:
    """Neither that it is mended nor that it is not."""

    class Blind(FakeReader):
        async def pods(self, namespace: str) -> tuple[Pod, ...] | Unread:
            return Unread(f"pods in {namespace}", "forbidden")

    sight = await pulled(Blind(), fixes.PREMISE, SENT, SENT)
    assert (sight.mended, sight.blind) == (False, "pods in shop: forbidden")


class Field:
    """A proposal that is watched, and a cluster that changes with each look."""

    def __init__(self, plan: Plan | None = None) -> None:
        self.ledger, self.clock, self.cluster = MemoryLedger(), Clock(fixes.NOW), fixes.cluster()
        self.plan = plan or fixes.plan()
        self.looks: list[Callable[[], ClusterReader]] = []
        self.happening = "it fails to pull a.example/web:2"

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[ClusterReader]:
        """The cluster as it is at this look; the last one stays."""
        look = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        yield look()

    async def now_wrong(self, plan: Plan) -> str:
        """What is wrong now."""
        if plan.headline == "nobody knows":
            raise ClusterUnreadable("eu gave no answer")
        return self.happening

    async def watched(self) -> Proposal:
        """Watch to the end."""
        stored = replace(
            fixes.proposal(self.plan, Stage.WATCHING), sent_at=SENT, done=len(self.plan.writes), holder="one"
        )
        given = means(self.ledger, self.clock)
        held = Holding(await self.ledger.save(stored, ()), given)
        await held.keep()
        return await Watch(held, given, Eyes(self.reader, self.cluster.read, self.now_wrong)).run()


async def test_mended_is_told_with_the_time_it_took() -> None:
    """And recorded as what was seen."""
    field = Field()
    field.looks = [lambda: _reader(_pod(FAILING), now=field.clock.moment)] * 4
    field.looks.append(lambda: _reader(_pod(RUNNING), now=field.clock.moment))
    ended = await field.watched()
    assert (ended.stage, ended.outcome) == (Stage.MENDED, "shop/web-2 has its image")
    assert ended.ended == SENT + timedelta(seconds=12)
    entry = field.ledger.chain[-1].entry
    assert (entry.event, entry.details["seconds"]) == (Event.VERIFIED, "12")
    assert [each.body for each in field.ledger.letters] == ["mended", ended.outcome]


@pytest.mark.attack(27, "rollout does not progress")
async def test_what_is_not_mended_in_time_is_told_with_what_happens_instead() -> None:
    """From a diagnosis of that moment."""
    field = Field()
    field.looks = [lambda: _reader(_pod(FAILING), now=field.clock.moment)]
    ended = await field.watched()
    assert ended.stage is Stage.UNMENDED
    assert ended.outcome == (
        "not mended within 5m: shop/web-2 has not its image: ImagePullBackOff; it fails to pull a.example/web:2"
    )
    assert ended.ended == SENT + timedelta(minutes=5)


async def test_what_happens_instead_may_not_be_seen() -> None:
    """That it is not mended was seen all the same."""
    field = Field(replace(fixes.plan(), headline="nobody knows"))
    field.looks = [lambda: _reader(now=field.clock.moment)]
    ended = await field.watched()
    assert ended.stage is Stage.UNMENDED
    assert "no new pod has come" in ended.outcome
    assert "cannot be seen: eu gave no answer" in ended.outcome


async def test_a_cluster_that_cannot_be_seen_to_the_end_leaves_it_open() -> None:
    """A look that failed before that does no harm."""

    def unreadable() -> ClusterReader:
        raise ClusterUnreadable("eu gave no answer")

    field = Field()
    field.looks = [unreadable, lambda: _reader(_pod(RUNNING), now=field.clock.moment)]
    assert (await field.watched()).stage is Stage.MENDED
    field = Field()
    field.looks = [unreadable]
    ended = await field.watched()
    assert ended.stage is Stage.UNKNOWN
    assert "nobody could see what came of it: eu gave no answer" in ended.outcome


async def test_who_takes_over_late_still_looks_once() -> None:
    """It may have been mended all along."""
    field = Field()
    field.clock.moment = SENT + timedelta(hours=2)
    field.looks = [lambda: _reader(_pod(RUNNING), now=field.clock.moment)]
    assert (await field.watched()).stage is Stage.MENDED


def _plans() -> Iterator[Plan]:
    yield fixes.plan(action="suspend")
    yield fixes.plan(action="cordon-node")
    yield replace(fixes.plan(action="set-image"), undoes="p0")


@pytest.mark.parametrize("plan", list(_plans()))
async def test_what_makes_no_new_pod_is_looked_at_itself(plan: Plan) -> None:
    """The object as the API server has it, with the plan's id in it."""
    field = Field(plan)
    live = await field.cluster.read(fixes.WEB)
    assert live is not None
    assert not isinstance(live, Declined)
    await field.cluster.change(fixes.PATCH, live, plan.id)
    ended = await field.watched()
    assert (ended.stage, ended.outcome) == (Stage.MENDED, "everything stands as it was written")


async def test_a_way_back_that_did_not_stay_is_told() -> None:
    """Somebody took it back, or what was made anew is gone."""
    field = Field(replace(fixes.plan(), undoes="p0"))
    ended = await field.watched()
    assert ended.stage is Stage.UNMENDED
    assert "Deployment shop/web is not as it was written" in ended.outcome


async def test_an_annotation_alone_is_no_change() -> None:
    """Anybody may write the plan's id, and what takes a field back leaves it there."""
    field = Field(fixes.plan(action="suspend"))
    field.cluster.edit(fixes.WEB, lambda body: body["metadata"].update(annotations={ANNOTATION: "p1"}))
    ended = await field.watched()
    assert ended.stage is Stage.UNMENDED
    assert "Deployment shop/web is not as it was written" in ended.outcome


async def test_a_deleted_copy_is_gone() -> None:
    """The way back of a copy deletes what was made; a Secret that cannot be read tells nothing."""
    delete = Write(Verb.DELETE, fixes.MADE, "made-by-p0")
    plan = replace(fixes.plan(delete), undoes="p0")
    assert (await Field(plan).watched()).stage is Stage.MENDED
    field = Field(plan)
    field.cluster.reads = [Declined(Reason.FORBIDDEN, "may not get secrets")] * 200
    assert (await field.watched()).stage is Stage.UNKNOWN


_ROLLED = {"observedGeneration": 5, "replicas": 2, "updatedReplicas": 2}


@pytest.mark.parametrize(
    ("status", "mended"),
    [
        (_ROLLED, True),
        # Its controller has not seen the change, or is not through with it.
        (_ROLLED | {"observedGeneration": 4}, False),
        (_ROLLED | {"updatedReplicas": 1}, False),
        (_ROLLED | {"replicas": 3}, False),
        # One more than there should be, on its way out.
        ({"observedGeneration": 5, "replicas": 3, "updatedReplicas": 3}, False),
        ({"observedGeneration": 5}, False),
        ({}, False),
    ],
)
async def test_a_way_to_a_revision_that_never_went_needs_no_new_pod(
    status: dict[str, int], mended: bool
) -> None:
    """The pods of before are those of now: their controller says so, and each has its image."""
    field = Field()
    body = {"metadata": {"generation": 5}, "spec": {"replicas": 2}, "status": status}
    field.cluster.reads = [Live(fixes.WEB, "u1", "9", body)] * 200
    kept = _pod(_container(OLD, running_since=SENT - timedelta(hours=1)), age=-3600)
    field.looks = [lambda: _reader(kept, now=field.clock.moment)]
    ended = await field.watched()
    assert (ended.stage is Stage.MENDED, "none had to be made" in ended.outcome) == (mended, mended)


async def test_an_old_pod_that_still_fails_is_no_proof() -> None:
    """Whatever the controller counts."""
    field = Field()
    body = {"metadata": {"generation": 5}, "spec": {"replicas": 2}, "status": _ROLLED}
    field.cluster.reads = [Live(fixes.WEB, "u1", "9", body)] * 200
    kept = _pod(_container(OLD, running_since=SENT - timedelta(hours=1)), age=-3600)
    old = _pod(FAILING, age=-60, name="web-1")
    field.looks = [lambda: _reader(kept, old, now=field.clock.moment)]
    assert (await field.watched()).stage is Stage.UNMENDED
