"""The way back is a plan like any other: asked for, tried, shown, and once."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.facts.audit import Event
from bot.facts.people import Grant
from bot.facts.proposal import Proposal, Stage
from bot.ports.answering import Nothing
from bot.ports.repairing import Proposed, Wish, Words
from bot.wiring import Knowledge
from tests import fixes
from tests.fakes.cluster import NOW
from tests.repairing import DANA, EVE, Bench, asking
from tests.situations import deployed, workload


IMAGE = '{"spec":{"template":{"spec":{"containers":[{"name":"app","image":"%s"}]}}}}'


@pytest.fixture
async def bench(known: Knowledge) -> Bench:
    """A cluster in which Deployment web has what a plan wrote."""
    made = Bench(known)
    await made.fill(*deployed(image="a.example/web:2"))
    return made


async def _done(bench: Bench, stage: Stage = Stage.UNMENDED, **changes: Any) -> Proposal:
    live = workload("Deployment", "web")["metadata"]["uid"]
    write = replace(
        fixes.PATCH,
        uid=live,
        patch=IMAGE % "a.example/web:2",
        back=IMAGE % "a.example/web:1",
        style=type(fixes.PATCH.style).STRATEGIC,
        depends=(),
    )
    plan = replace(fixes.plan(write), made=NOW, expires=NOW + timedelta(minutes=30))
    told = {"done": 1, "incident": "k7q2mzr4ta", "sent_at": NOW, **changes}
    return await bench.ledger.save(replace(fixes.proposal(plan, stage), **told), ())


async def _asked(bench: Bench, who: Any = DANA, name: str = "p1") -> Any:
    return await bench.repair.request(asking(who), Wish(undo=name))


async def test_a_way_back_is_proposed_where_the_plan_was(bench: Bench) -> None:
    """With a card of its own, approvers of its own, and a record that names what it undoes."""
    await _done(bench)
    answer = await _asked(bench)
    assert isinstance(answer, Proposed), answer
    made = answer.proposal
    assert (made.stage, made.channel, made.incident) == (Stage.WAITING, "#shop", "k7q2mzr4ta")
    assert (made.plan.undoes, made.plan.writes[0].patch) == ("p1", IMAGE % "a.example/web:1")
    entry = bench.ledger.chain[-1].entry
    assert (entry.event, entry.details["undoes"]) == (Event.REQUESTED, "p1")
    first = await bench.ledger.proposal("p1")
    assert first is not None
    assert first.way_back == made.id


async def test_a_way_back_is_asked_for_once(bench: Bench) -> None:
    """While it can be approved; afterwards it can be asked for again."""
    await _done(bench)
    first, second = await _asked(bench), await _asked(bench)
    assert second == Proposed(first.proposal)
    bench.clock.moment += timedelta(hours=1)
    third = await _asked(bench)
    assert isinstance(third, Proposed)
    assert third.new


async def test_a_way_back_that_was_never_stored_can_be_asked_for(bench: Bench) -> None:
    """Whoever asked first died between the two."""
    await _done(bench, way_back="plan-lost")
    assert isinstance(await _asked(bench), Proposed)


@pytest.mark.parametrize(
    ("stage", "changes", "told"),
    [
        (Stage.STALE, {"done": 0}, "it changed nothing"),
        (Stage.RUNNING, {}, "not over yet"),
        (Stage.WAITING, {"done": 0}, "not over yet"),
    ],
)
async def test_what_changed_nothing_has_no_way_back(
    bench: Bench, stage: Stage, changes: dict[str, Any], told: str
) -> None:
    """Nor what is under way."""
    await _done(bench, stage, **changes)
    answer = await _asked(bench)
    assert isinstance(answer, Nothing)
    assert told in answer.message


async def test_what_was_changed_since_is_left_alone(bench: Bench) -> None:
    """Told with what a person could do, and recorded."""
    await bench.fill(*deployed(image="a.example/web:3"))
    await _done(bench)
    answer = await _asked(bench)
    assert isinstance(answer, Words)
    assert "changed since" in answer.why
    assert bench.ledger.events == [Event.REFUSED]


async def test_who_may_not_ask_may_not_undo(bench: Bench) -> None:
    """And whoever may not see the plan hears that there is none."""
    await _done(bench)
    refused = await _asked(bench, EVE)
    assert isinstance(refused, Nothing)
    assert bench.ledger.events == [Event.REFUSED]
    missing = await _asked(bench, name="p9")
    bench.govern(ask=(Grant(("*",), namespaces=("pay",)),))
    hidden = await _asked(bench)
    assert isinstance(hidden, Nothing)
    assert hidden.message.replace("p1", "p9") == missing.message
    bench.govern(ask=(Grant(("*",)),), rules=())
    assert isinstance(await _asked(bench), Nothing)


async def test_of_what_is_unknown_nobody_says_that_nothing_changed(bench: Bench) -> None:
    """A write whose answer was lost may have been made."""
    await _done(bench, Stage.UNKNOWN, done=0)
    answer = await _asked(bench)
    assert isinstance(answer, Nothing)
    assert "nobody knows what it changed" in answer.message


async def test_ways_back_flood_nobody(bench: Bench) -> None:
    """They count among what somebody has shown; one that was refused can be asked for later."""
    done = await _done(bench)
    for number in range(10):
        plan = replace(fixes.plan(name=f"w{number}"), made=NOW, expires=NOW + timedelta(minutes=30))
        await bench.ledger.save(replace(fixes.proposal(plan, Stage.WAITING), requester=DANA.key), ())
    answer = await _asked(bench)
    assert isinstance(answer, Nothing)
    assert "10 plans that you asked for" in answer.message
    stored = await bench.ledger.proposal(done.id)
    assert stored is not None
    assert stored.way_back == ""
    assert bench.ledger.events[-1] is Event.REFUSED


async def test_whoever_asks_for_the_way_back_of_a_hidden_plan_is_recorded(bench: Bench) -> None:
    """Case 8 of security.md: in the same words and with as much work as for one that never was."""
    await _done(bench)
    bench.govern(ask=(Grant(("*",), namespaces=("pay",)),))
    answers = [await _asked(bench, name=each) for each in ("p1", "p9")]
    assert [each.message for each in answers] == ["there is no plan 'p1'", "there is no plan 'p9'"]
    assert bench.ledger.events == [Event.REFUSED, Event.REFUSED]
    assert {each.entry.actor for each in bench.ledger.chain} == {DANA.key}
