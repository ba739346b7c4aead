"""A ledger by one suite, whoever keeps it: in this process, in SQLite's file, in PostgreSQL.

Of two who decide at once one is told so; what is recorded is one chain without a gap, whoever adds to it; what is told of a
plan is stored with it, and stands in the thread of its incident.
"""

import asyncio
from dataclasses import replace
from datetime import datetime

import pytest

from bot.errors import Overtaken, StoreError
from bot.facts import audit
from bot.facts.audit import Event, Record
from bot.facts.proposal import Approval, Proposal, Stage
from bot.ports.deciding import Ledger
from bot.ports.keeping import Address, Kind, Letter
from bot.store.opening import Store
from tests.fakes import dying
from tests.fakes.cluster import NOW
from tests.fakes.store import Replica
from tests.lives import HOUR, MINUTE, SECOND
from tests.proposed import CHANNEL, below, card, entry, proposal


LEASE = MINUTE
AT = Address("C1", "1700000000.000100")
CARD_AT = Address("C1", "1700000001.000100")


@pytest.fixture
async def store(replica: Replica) -> Store:
    """One of them."""
    return await replica()


async def _whole(ledger: Ledger) -> tuple[Record, ...]:
    """The record, which is a chain without a gap."""
    found: list[Record] = []
    while more := await ledger.records(found[-1].number if found else 0, 7):
        found += more
    assert audit.broken(found) == ""
    assert await ledger.last() == (found[-1] if found else None)
    return tuple(found)


async def _due(store: Store, moment: datetime = NOW) -> list[str]:
    return [each.letter.body for each in await store.outbox.due(moment, LEASE, 10)]


async def _deliver(store: Store, address: Address) -> None:
    """The one letter that is due is delivered there."""
    (taken,) = await store.outbox.due(NOW, LEASE, 10)
    assert await store.outbox.delivered(taken, address)


# -- proposals


async def test_proposal_comes_back_as_it_went(store: Store) -> None:
    """Everything of it and of its plan, whose digest is the same."""
    whole = proposal(
        incident="aaa",
        rule="shop may",
        approvers=("@shop",),
        needed=2,
        requester_counts=True,
        approvals=(Approval("T1/U2", "Kim", "shop may", NOW),),
        done=1,
        begun=True,
        holder="bot-0",
        held_until=NOW + MINUTE,
        sent_at=NOW,
        outcome="it \0 said “no”",
        way_back="p2",
    )
    stored = await store.ledger.save(whole, [])
    assert stored == replace(whole, version=1)
    found = await store.ledger.proposal("p1")
    assert found == stored
    assert found is not None
    assert found.plan.digest == whole.plan.digest
    assert await store.ledger.proposal("p2") is None


async def test_who_was_overtaken_is_told_and_stores_nothing(store: Store) -> None:
    """Not the proposal, no record, no letter."""
    loaded = await store.ledger.save(proposal(), [entry()], [card()])
    newer = await store.ledger.save(replace(loaded, stage=Stage.APPROVED), [entry(Event.APPROVED)])
    for stale in (loaded, replace(loaded, version=0), proposal("new", version=3)):
        with pytest.raises(Overtaken):
            await store.ledger.save(replace(stale, done=9), [entry(Event.SENT)], [below("sent")])
    assert await store.ledger.proposal("p1") == newer
    assert await store.ledger.proposal("new") is None
    assert [each.entry.event for each in await _whole(store.ledger)] == [Event.REQUESTED, Event.APPROVED]
    assert await _due(store) == ["card"]


async def test_of_two_who_decide_at_once_one_is_first(replica: Replica) -> None:
    """However they come to it; the other one is told, and finds what the first one stored."""
    stores = [await replica() for _ in range(3)]
    loaded = await stores[0].ledger.save(proposal(), [entry()])

    async def claim(store: Store, holder: str) -> Proposal | None:
        claimed = replace(loaded, stage=Stage.RUNNING, holder=holder)
        try:
            return await store.ledger.save(claimed, [entry(Event.SENT, details={"by": holder})])
        except Overtaken:
            return None

    ends = await asyncio.gather(*(claim(each, f"bot-{number}") for number, each in enumerate(stores * 4)))
    (won,) = [each for each in ends if each is not None]
    assert await stores[1].ledger.proposal("p1") == won
    assert [each.entry.details.get("by") for each in await _whole(stores[2].ledger)] == [None, won.holder]


async def test_new_proposal_is_stored_once(replica: Replica) -> None:
    """By one of those who make it at once."""
    stores = [await replica() for _ in range(2)]
    saving = (each.ledger.save(proposal(), [entry()]) for each in stores * 3)
    ends = await asyncio.gather(*saving, return_exceptions=True)
    assert sorted(type(each).__name__ for each in ends) == ["Overtaken"] * 5 + ["Proposal"]
    assert len(await _whole(stores[0].ledger)) == 1


async def test_unfinished_are_those_that_something_happens_to(store: Store) -> None:
    """The oldest first, whatever the order in which they were stored."""
    for number, stage in enumerate(Stage):
        await store.ledger.save(proposal(stage.value, stage=stage, made=NOW - number * MINUTE), [])
    found = [each.stage for each in await store.ledger.unfinished()]
    assert found == [Stage.WATCHING, Stage.RUNNING, Stage.APPROVED, Stage.WAITING]


async def test_late_ones_come_newest_first_of_one_cluster_or_all(store: Store) -> None:
    """Also where the clock went back between them."""
    for name, cluster, made in (
        ("b", "eu", NOW),
        ("a", "eu", NOW),
        ("old", "eu", NOW - HOUR),
        ("us", "us", NOW + SECOND),
        ("back", "eu", NOW - MINUTE),
    ):
        await store.ledger.save(proposal(name, cluster=cluster, made=made), [])
    assert [each.id for each in await store.ledger.since(NOW - MINUTE)] == ["us", "a", "b", "back"]
    assert [each.id for each in await store.ledger.since(NOW - MINUTE, "eu")] == ["a", "b", "back"]


# -- the record


async def test_what_happened_is_one_chain(store: Store) -> None:
    """With what a proposal brings, and what belongs to none."""
    assert await _whole(store.ledger) == ()
    loaded = await store.ledger.save(proposal(), [entry(), entry(Event.APPROVED)])
    await store.ledger.note([entry(Event.REFUSED, plan="", digest="", details={"why": "no rule"})])
    await store.ledger.save(loaded, [entry(Event.SENT)])
    await store.ledger.save(proposal("p2"), [])
    events = [Event.REQUESTED, Event.APPROVED, Event.REFUSED, Event.SENT]
    assert [each.entry.event for each in await _whole(store.ledger)] == events
    assert [each.number for each in await store.ledger.records(2)] == [3, 4]
    assert [each.number for each in await store.ledger.records(1, 2)] == [2, 3]


async def test_chain_has_no_gap_however_many_add_at_once(replica: Replica) -> None:
    """Refusals of everybody, and proposals that overtake each other, in three replicas."""
    stores = [await replica() for _ in range(3)]
    for number in range(3):
        await stores[0].ledger.save(proposal(f"p{number}"), [entry(details={"by": f"new {number}"})])
    done = [f"new {number}" for number in range(3)]

    async def note(store: Store, number: int) -> None:
        await store.ledger.note([entry(details={"by": f"note {number} {part}"}) for part in range(2)])
        done.extend(f"note {number} {part}" for part in range(2))

    async def decide(store: Store, number: int) -> None:
        loaded = await store.ledger.proposal(f"p{number % 3}")
        assert loaded is not None
        try:
            await store.ledger.save(loaded, [entry(details={"by": f"save {number}"})], [card(name=loaded.id)])
        except Overtaken:
            return
        done.append(f"save {number}")

    work = [each(stores[number % 3], number) for number in range(30) for each in (note, decide)]
    await asyncio.gather(*work)
    records = await _whole(stores[1].ledger)
    assert sorted(each.entry.details["by"] for each in records) == sorted(done)
    assert len(done) >= 3 + 60 + 3


async def test_clock_that_went_back_changes_no_order(store: Store) -> None:
    """What was recorded later comes later, whenever it says that it was."""
    moments = [NOW, NOW - HOUR, NOW + HOUR, NOW - SECOND]
    for moment in moments:
        await store.ledger.note([entry(at=moment)])
    assert [each.entry.at for each in await _whole(store.ledger)] == moments


# -- what is told


async def test_letter_is_stored_with_its_plan_or_not_at_all(store: Store) -> None:
    """A reply to nothing and a letter about nothing take everything with them."""
    for letter in (card(name="nobody"), below("x")):
        with pytest.raises(StoreError):
            await store.ledger.save(proposal(), [entry()], [letter])
    assert await store.ledger.proposal("p1") is None
    assert await _whole(store.ledger) == ()
    assert await _due(store) == []


async def test_card_stands_where_it_was_delivered(store: Store) -> None:
    """By itself, where it is below nothing; edits and replies follow it."""
    asked = await store.ledger.save(proposal(), [], [card(), below("asked")])
    assert await store.ledger.shown_at(asked) is None
    await _deliver(store, CARD_AT)
    assert await store.ledger.shown_at(asked) == CARD_AT
    assert await store.ledger.shown_at(replace(asked, channel="#other")) is None
    await store.ledger.save(asked, [], [card("edit")])
    (reply,) = await store.outbox.due(NOW, LEASE, 10)
    assert (reply.letter.body, reply.address, reply.under) == ("asked", CARD_AT, None)
    assert await store.outbox.delivered(reply)
    (edit,) = await store.outbox.due(NOW, LEASE, 10)
    assert (edit.letter.body, edit.address, edit.under) == ("edit", CARD_AT, None)
    assert await store.outbox.standing(edit.letter) is not None


async def test_card_waits_for_the_message_above_it(store: Store) -> None:
    """Then it knows where that stands, and so does every reply below."""
    await store.keeper.save([dying.begun("aaa")], [], [Letter("aaa", CHANNEL, Kind.MESSAGE, "alert")])
    await store.ledger.save(proposal(), [], [card(under="aaa"), below("asked", under="aaa")])
    (alert,) = await store.outbox.due(NOW, LEASE, 10)
    assert alert.letter.body == "alert"
    assert await _due(store) == []
    assert await store.outbox.delivered(alert, AT)
    (told,) = await store.outbox.due(NOW, LEASE, 10)
    assert (told.letter, told.address, told.under) == (card(under="aaa"), None, AT)
    assert await store.outbox.delivered(told, CARD_AT)
    (reply,) = await store.outbox.due(NOW, LEASE, 10)
    assert (reply.letter.body, reply.address, reply.under) == ("asked", CARD_AT, AT)


async def test_card_stands_alone_where_there_is_nothing_above_it(store: Store) -> None:
    """No message in that channel, or one that never will be delivered; an edit of one that stands is not waited for."""
    alert = Letter("aaa", CHANNEL, Kind.MESSAGE, "alert")
    await store.keeper.save([dying.begun("aaa")], [], [replace(alert, channel="#other")])
    await store.ledger.save(proposal(), [], [card(under="aaa")])
    assert sorted(await _due(store)) == ["alert", "card"]
    await store.keeper.save([], [], [alert])
    (taken,) = await store.outbox.due(NOW, LEASE, 10)
    await store.ledger.save(proposal("p2"), [], [card("second", "p2", "aaa")])
    assert await store.outbox.delivered(taken)
    (second,) = await store.outbox.due(NOW, LEASE, 10)
    assert (second.letter.body, second.under) == ("second", None)
    await store.keeper.save([], [], [alert])
    await _deliver(store, AT)
    await store.keeper.save([], [], [alert])
    await store.ledger.save(proposal("p3"), [], [card("third", "p3", "aaa")])
    third = {each.letter.body: each.under for each in await store.outbox.due(NOW, LEASE, 10)}
    assert third == {"alert": None, "third": AT}


async def test_card_that_was_tried_stays_in_its_thread(store: Store) -> None:
    """It may stand there, although the message above was posted anew meanwhile."""
    alert = Letter("aaa", CHANNEL, Kind.MESSAGE, "alert")
    await store.keeper.save([dying.begun("aaa")], [], [alert])
    await _deliver(store, AT)
    await store.ledger.save(proposal(), [], [card(under="aaa")])
    (first,) = await store.outbox.due(NOW, LEASE, 10)
    await store.keeper.save([], [], [alert])
    await _deliver(store, Address("C1", "9"))
    (again,) = await store.outbox.due(NOW + LEASE, LEASE, 10)
    assert (first.under, again.under, again.tries) == (AT, AT, 1)


async def test_card_that_certainly_did_not_arrive_follows_the_message_above(store: Store) -> None:
    """Where that stands when it is tried again; also where it stands no more."""
    alert = Letter("aaa", CHANNEL, Kind.MESSAGE, "alert")
    await store.keeper.save([dying.begun("aaa")], [], [alert])
    await _deliver(store, AT)
    await store.ledger.save(proposal(), [], [card(under="aaa")])
    (first,) = await store.outbox.due(NOW, LEASE, 10)
    await store.outbox.postponed(first, NOW, NOW + MINUTE, untried=True)
    await store.keeper.save([], [], [alert])
    await _deliver(store, Address("C1", "9"))
    (moved,) = await store.outbox.due(NOW + MINUTE, LEASE, 10)
    assert (first.under, moved.under) == (AT, Address("C1", "9"))
    await store.outbox.postponed(moved, NOW, NOW + MINUTE, untried=True)
    (loaded,) = await store.keeper.episodes("eu", NOW)
    await store.keeper.save([], [loaded], [])
    (alone,) = await store.outbox.due(NOW + MINUTE, LEASE, 10)
    assert alone.under is None
    (kept,) = await store.outbox.due(NOW + MINUTE + LEASE, LEASE, 10)
    assert (kept.under, kept.tries) == (None, 1)


async def test_late_card_tells_only_what_is_true_by_then(store: Store) -> None:
    """It was approved before Slack was back."""
    asked = await store.ledger.save(proposal(), [], [card("asked"), below("a")])
    await store.ledger.save(asked, [], [card("approved"), below("b")])
    assert await _due(store) == ["approved"]


# -- forgetting


async def test_forgotten_proposals_leave_their_record(store: Store) -> None:
    """Those that are over and told; not what is under way, however old, and not what is still to be told."""
    over = {"stage": Stage.MENDED, "ended": NOW - HOUR}
    for name, changes in (("told", over), ("untold", over), ("live", {}), ("late", over | {"ended": NOW})):
        letters = [card(name=name)] if name in ("told", "untold") else []
        await store.ledger.save(proposal(name, **changes), [entry(plan=name)], letters)
    (told, untold) = await store.outbox.due(NOW, LEASE, 10)
    assert (told.letter.incident, untold.letter.incident) == ("told", "untold")
    await store.outbox.delivered(told, CARD_AT)
    await store.ledger.forget(NOW)
    names = {each.id for each in await store.ledger.since(NOW - HOUR)}
    assert names == {"untold", "live", "late"}
    assert await store.keeper.messages("told") == ()
    assert len(await store.keeper.messages("untold")) == 1
    assert [each.entry.plan for each in await _whole(store.ledger)] == ["told", "untold", "live", "late"]


async def test_forgetting_one_kind_leaves_the_others_letters(store: Store) -> None:
    """Incidents go with what was told of them, and plans with theirs."""
    ended = replace(dying.begun("aaa"), ended=NOW - HOUR, parts=())
    over = replace(ended, stage=type(ended.stage)("resolved"))
    await store.keeper.save([over], [], [Letter("aaa", CHANNEL, Kind.MESSAGE, "alert")])
    await _deliver(store, AT)
    asked = await store.ledger.save(proposal(), [], [card(under="aaa")])
    await store.keeper.forget(NOW)
    assert await store.keeper.messages("aaa") == ()
    (told,) = await store.outbox.due(NOW, LEASE, 10)
    assert (told.letter.body, told.under) == ("card", None)
    assert await store.outbox.delivered(told, CARD_AT)
    await store.ledger.save(replace(asked, stage=Stage.EXPIRED, ended=NOW - HOUR), [])
    await store.keeper.save([dying.begun("bbb")], [], [Letter("bbb", CHANNEL, Kind.MESSAGE, "other")])
    await store.ledger.forget(NOW)
    assert await store.ledger.proposal("p1") is None
    assert len(await store.keeper.messages("bbb")) == 1
    assert await _due(store) == ["other"]
