"""Approved plans are carried out by one of all replicas, watched to the end, and taken over from whoever died."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import BotError, ClusterUnreadable, StoreError
from bot.facts.audit import Event, broken
from bot.facts.change import Premise
from bot.facts.objects import OwnerReference
from bot.facts.people import Asker
from bot.facts.proposal import Approval, Proposal, Stage
from bot.facts.statement import Seen, Word
from bot.facts.testimony import Fault as Unmet
from bot.remediation.policy import Rate
from bot.remediation.witnessing import Site
from bot.wiring import Knowledge
from bot.workflows.carrying import Carrier, Hands
from bot.workflows.world import World
from tests import fixes, repairing
from tests.cases import IMAGE, pod
from tests.fakes.changing import Cluster, Fault
from tests.fakes.cluster import NOW, FakeReader
from tests.fakes.store import FakeStore
from tests.repairing import RULE, Bench


PREMISE = Premise("shop", "Deployment/web", "app", IMAGE, "test-cause")


class Field:
    """A cluster whose pod of web is mended by the write, and replicas that carry plans out.

    Attributes:
        reachable: whether the cluster can be changed.
        slow: how long a look takes, in the loop's seconds.
    """

    def __init__(self, bench: Bench) -> None:
        self.bench, self.cluster = bench, fixes.cluster()
        self.complaints: list[str] = []
        self.keeps = FakeStore()
        self.reachable, self.slow, self.mends = True, 0.0, True

    def carrier(self, name: str = "one") -> Carrier:
        """A replica."""
        hands = Hands(
            self.writer,
            self.world,
            name,
            self._wait,
            self._complain,
            self.keeps.note_statement,
            self.bench.present,
            every=timedelta(seconds=3),
        )
        bench = self.bench
        return Carrier(lambda: bench.reach.rules, lambda: bench.terms, bench.tools(), hands)

    async def approved(self, name: str = "p1", stage: Stage = Stage.APPROVED, **changes: object) -> Proposal:
        """Have a plan approved."""
        plan = replace(fixes.plan(name=name), premise=PREMISE, made=NOW, expires=NOW + timedelta(minutes=30))
        yes = (Approval("T1/U2", "robin", "approvals[0]", NOW),)
        made = replace(fixes.proposal(plan, stage), approvals=yes, **changes)  # type: ignore[arg-type]
        return await self.bench.ledger.save(made, ())

    async def stored(self, name: str = "p1") -> Proposal:
        """How it stands."""
        found = await self.bench.ledger.proposal(name)
        assert found is not None
        return found

    @asynccontextmanager
    async def writer(self, cluster: str) -> AsyncIterator[Cluster]:
        """The cluster, to be changed."""
        if not self.reachable:
            raise ClusterUnreadable(f"{cluster} does not answer")
        yield self.cluster

    @asynccontextmanager
    async def world(self, _: str) -> AsyncIterator[World]:
        """The cluster as it is now."""
        await asyncio.sleep(self.slow)
        async with self.bench.world() as world:
            if self.cluster.effects and self.mends:
                now = self.bench.clock.moment
                owner = OwnerReference("Deployment", "web")
                made = replace(pod("web-9", runs=now), created=now, owners=(owner,))
                yield replace(world, reader=FakeReader(pods=[made], now=now))
            else:
                yield world

    async def _wait(self, span: timedelta) -> None:
        await asyncio.sleep(0)
        await self.bench.clock.wait(span)

    def _complain(self, name: str, error: Exception) -> None:
        self.complaints.append(f"{name}: {error}")


@pytest.fixture
async def field(known: Knowledge) -> Field:
    """A cluster in which Deployment web fails."""
    bench = Bench(known)
    await bench.fill()
    return Field(bench)


async def _ticked(carrier: Carrier) -> None:
    await carrier.tick()
    await carrier.idle()


async def test_what_is_approved_is_done_and_watched(field: Field) -> None:
    """Told at each stage, with the whole story in the record."""
    await field.approved()
    await _ticked(field.carrier())
    done = await field.stored()
    assert (done.stage, done.outcome) == (Stage.MENDED, "shop/web-9 has its image"), field.complaints
    assert field.cluster.effects == {(str(fixes.WEB), "p1"): 1}
    assert field.bench.ledger.events == [Event.SENT, Event.ANSWERED, Event.VERIFIED]
    assert repairing.bodies(field.bench.ledger.letters) == [
        "card running 1",
        "card watching 1",
        "card mended 1",
        "mended: shop/web-9 has its image",
    ]
    assert not broken(field.bench.ledger.chain)


async def test_what_did_not_help_is_told_with_what_is_wrong_now(field: Field) -> None:
    """By a diagnosis of that moment."""
    field.mends = False
    await field.approved()
    await _ticked(field.carrier())
    done = await field.stored()
    assert done.stage is Stage.UNMENDED
    assert "title of test-cause" in done.outcome


@pytest.mark.attack(13, "changes")
async def test_several_replicas_do_it_once(field: Field) -> None:
    """Case 4 of security.md."""
    await field.approved()
    carriers = [field.carrier(f"replica-{number}") for number in range(4)]
    await asyncio.gather(*(_ticked(each) for each in carriers))
    assert (await field.stored()).stage is Stage.MENDED
    assert field.cluster.sent == 1


async def test_what_a_dead_replica_left_is_taken_over(field: Field) -> None:
    """Once its lease is over, and as the object tells."""
    await field.approved(
        stage=Stage.RUNNING, holder="dead", held_until=NOW + timedelta(minutes=2), begun=True
    )
    carrier = field.carrier()
    await _ticked(carrier)
    assert (await field.stored()).holder == "dead"
    field.bench.clock.moment += timedelta(minutes=2)
    await _ticked(carrier)
    assert (await field.stored()).stage is Stage.MENDED
    assert field.cluster.sent == 1


async def test_what_nobody_approved_ends(field: Field) -> None:
    """And is not carried out."""
    await field.approved(stage=Stage.WAITING)
    carrier = field.carrier()
    await _ticked(carrier)
    assert (await field.stored()).stage is Stage.WAITING
    field.bench.clock.moment += timedelta(minutes=30)
    await _ticked(carrier)
    assert (await field.stored()).stage is Stage.EXPIRED
    assert field.cluster.sent == 0


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"rules": ()}, "no rule"),
        ({"writers": frozenset()}, "no writer"),
        ({"rules": (replace(RULE, approvers=()),)}, "nobody who must approve"),
        ({"rates": {"eu": Rate(0)}}, "limit of eu"),
    ],
)
async def test_what_the_rules_do_not_allow_any_more_is_not_done(
    field: Field, changes: dict[str, object], told: str
) -> None:
    """They count at that moment, too."""
    await field.approved()
    field.bench.govern(**changes)
    await _ticked(field.carrier())
    done = await field.stored()
    assert done.stage is Stage.STALE
    assert told in done.outcome
    assert field.cluster.sent == 0


async def test_what_does_not_fail_any_more_is_not_done(field: Field) -> None:
    """Case 26 of security.md."""
    field.cluster.effects["something else", "p0"] += 1
    await field.approved()
    await _ticked(field.carrier())
    done = await field.stored()
    assert (done.stage, field.cluster.sent) == (Stage.STALE, 0)


async def test_a_look_that_hangs_holds_nothing_up_for_ever(field: Field) -> None:
    """What cannot be told counts as gone."""
    field.slow = 60
    await field.approved()
    carrier = Carrier(
        lambda: field.bench.reach.rules,
        lambda: field.bench.terms,
        field.bench.tools(),
        Hands(
            field.writer,
            field.world,
            "one",
            field._wait,
            field._complain,
            field.keeps.note_statement,
            field.bench.present,
            lease=timedelta(seconds=0.04),
        ),
    )
    await _ticked(carrier)
    done = await field.stored()
    assert done.stage is Stage.STALE
    assert "gave no answer within" in done.outcome


async def test_a_store_that_fails_is_tried_again(field: Field) -> None:
    """By whoever holds it, where it stood; and others are carried out meanwhile."""
    await field.approved()
    failures = [3]

    def failing() -> None:
        failures[0] -= 1
        if failures[0] == 0:
            raise StoreError("the disk is full")

    field.bench.ledger.before = failing
    carrier = field.carrier()
    await _ticked(carrier)
    assert field.complaints == ["p1: the disk is full"]
    assert (await field.stored()).stage is Stage.RUNNING
    await _ticked(carrier)
    assert (await field.stored()).stage is Stage.MENDED
    assert field.cluster.effects == {(str(fixes.WEB), "p1"): 1}


async def test_a_cluster_out_of_reach_is_waited_for_and_then_given_up(field: Field) -> None:
    """What was not begun expires; of what was begun nobody knows."""
    field.reachable = False
    await field.approved()
    await field.approved("p2", stage=Stage.RUNNING, begun=True, sent_at=NOW)
    carrier = field.carrier()
    await _ticked(carrier)
    assert [each.partition(":")[0] for each in field.complaints] == ["p1", "p2"]
    assert (await field.stored()).stage is Stage.RUNNING
    field.bench.clock.moment += timedelta(minutes=31)
    await _ticked(carrier)
    assert (await field.stored()).stage is Stage.EXPIRED
    assert (await field.stored("p2")).stage is Stage.UNKNOWN
    assert field.cluster.sent == 0


async def test_an_object_that_nobody_expected_keeps_no_plan_under_way_for_ever(field: Field) -> None:
    """What falls over each time is given up like what is out of reach."""
    await field.approved(stage=Stage.RUNNING, begun=True, sent_at=NOW)
    field.cluster.put(fixes.WEB, "uid-web", metadata={"generation": 3}, spec={"image": object()})
    carrier = field.carrier()
    await _ticked(carrier)
    assert (await field.stored()).stage is Stage.RUNNING
    assert len(field.complaints) == 1
    field.bench.clock.moment += timedelta(minutes=31)
    await _ticked(carrier)
    ended = await field.stored()
    assert (ended.stage, field.cluster.sent) == (Stage.UNKNOWN, 0)
    assert "it fell over: TypeError" in ended.outcome


async def test_rules_that_were_narrowed_after_the_last_yes_hold_for_the_first_write(field: Field) -> None:
    """Two are wanted by now, or others; and the plan is told as stale with a new one to ask for."""
    await field.approved(approvers=("@sre",))
    field.bench.govern(rules=(replace(RULE, quorum=2),))
    await _ticked(field.carrier())
    ended = await field.stored()
    assert (ended.stage, field.cluster.sent) == (Stage.STALE, 0)
    assert ended.outcome == "the rules have changed since it was approved"
    await field.approved("p2", approvers=("@sre",))
    field.bench.govern(rules=(replace(RULE, approvers=("@platform",)),))
    await _ticked(field.carrier())
    assert (await field.stored("p2")).stage is Stage.STALE


async def test_a_fault_of_ours_in_one_plan_keeps_no_other_back(field: Field) -> None:
    """It is told."""
    await field.approved()
    await field.approved("p2")
    field.cluster.between = [lambda: 1 / 0]
    await _ticked(field.carrier())
    assert len(field.complaints) == 1
    stages = {(await field.stored(name)).stage for name in ("p1", "p2")}
    assert Stage.RUNNING in stages


async def test_work_begins_when_it_is_woken(field: Field) -> None:
    """And goes when it is cancelled, leaving what is under way to others."""
    carrier = field.carrier()
    working = asyncio.create_task(carrier.work(timedelta(hours=1)))
    await asyncio.sleep(0.01)
    await field.approved()
    carrier.wake()
    for _ in range(200):
        await asyncio.sleep(0.005)
        if (await field.stored()).stage is Stage.MENDED:
            break
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert (await field.stored()).stage is Stage.MENDED


async def test_a_lost_answer_is_no_reason_to_stop(field: Field) -> None:
    """The object tells."""
    field.cluster.faults = [Fault.LOST_AFTER]
    await field.approved()
    await _ticked(field.carrier())
    assert (await field.stored()).stage is Stage.MENDED
    assert field.cluster.sent == 1


async def _asking(field: Field) -> None:
    """Have somebody's yes to a look from a node."""
    made = {"premise": PREMISE, "made": NOW, "expires": NOW + timedelta(minutes=30)}
    plan = replace(fixes.plan(fixes.ASK, action="ask-node"), **made)  # type: ignore[arg-type]  # fields by name
    yes = (Approval("T1/U2", "robin", "approvals[0]", NOW),)
    await field.bench.ledger.save(replace(fixes.proposal(plan), approvals=yes), ())


async def test_a_node_that_was_asked_is_heard_and_its_cluster_looked_at_again(field: Field) -> None:
    """What it said is kept before the Job goes."""
    heard: list[str] = []
    field.bench.govern(site=fixes.SITE)
    await _asking(field)
    spec = json.loads(fixes.ASK.patch)["spec"]["template"]["spec"]
    seen = Seen(fixes.SPOT.host, 443, resolve=Unmet.DNS_NO_ANSWER)
    field.cluster.said = (Word(spec, NOW, seen),)
    hands = Hands(
        field.writer,
        field.world,
        "one",
        field._wait,
        field._complain,
        field.keeps.note_statement,
        field.bench.present,
        heard.append,
    )
    bench = field.bench
    await _ticked(Carrier(lambda: bench.reach.rules, lambda: bench.terms, bench.tools(), hands))
    done = await field.stored()
    assert done.stage is Stage.MENDED, (done.outcome, field.complaints)
    assert heard == ["eu"]
    (kept,) = await field.keeps.statements("eu")
    assert (kept.seen, kept.plan, kept.spot) == (seen, "p1", fixes.SPOT)
    assert fixes.ASK.key not in field.cluster.objects
    assert not broken(field.bench.ledger.chain)


@pytest.mark.parametrize("site", [None, replace(fixes.SITE, image="other.example/imagepull:1")])
async def test_a_node_is_not_asked_under_settings_that_have_changed(field: Field, site: Site | None) -> None:
    """Since it was approved."""
    field.bench.govern(site=site)
    await _asking(field)
    await _ticked(field.carrier())
    done = await field.stored()
    assert (done.stage, "`witness`" in done.outcome) == (Stage.STALE, True)
    assert field.cluster.sent == 0


@pytest.mark.attack(6, "removed from the group since")
async def test_what_its_approver_may_not_approve_any_more_is_not_begun(field: Field) -> None:
    """They left the group after the last yes: nothing is written, and who it was is on record."""
    await field.approved()
    field.bench.people["T1/U2"] = replace(field.bench.people["T1/U2"], groups=frozenset())
    await _ticked(field.carrier())
    done = await field.stored()
    assert (done.stage, field.cluster.sent) == (Stage.REFUSED, 0)
    assert done.outcome.startswith("robin said yes and may not approve it any more: 1 more of those")
    (entry,) = field.bench.ledger.chain
    assert (entry.entry.event, entry.entry.details["no longer counted"]) == (Event.REFUSED, "T1/U2")
    assert field.complaints == []


async def test_approver_who_cannot_be_looked_up_is_asked_for_again(field: Field) -> None:
    """Nothing is begun meanwhile, and once it is too late nothing ever."""
    await field.approved()
    present, away = field.bench.present, [True]

    async def asked(people: Sequence[str], channel: str) -> Sequence[Asker]:
        if away[0]:
            raise BotError("Slack is away", "")
        return await present(people, channel)

    field.bench.present = asked  # type: ignore[method-assign]
    carrier = field.carrier()
    await _ticked(carrier)
    assert (await field.stored()).stage is Stage.RUNNING
    assert field.complaints == ["p1: Slack is away"]
    away[0] = False
    await _ticked(carrier)
    assert (await field.stored()).stage is Stage.MENDED
    await field.approved("p2")
    away[0] = True
    await _ticked(carrier)
    await field.bench.clock.wait(timedelta(minutes=31))
    await _ticked(carrier)
    assert (await field.stored("p2")).stage is Stage.EXPIRED


async def test_what_was_begun_is_brought_to_its_end(field: Field) -> None:
    """Nobody is looked up any more: half of a change would be worse."""
    await field.approved(stage=Stage.RUNNING, begun=True, holder="one", held_until=NOW)
    field.bench.people.clear()
    await _ticked(field.carrier())
    assert (await field.stored()).stage is Stage.MENDED
