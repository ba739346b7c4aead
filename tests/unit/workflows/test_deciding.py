"""A yes counts when whoever says it may, for the plan that they see, where it is shown, and while it can be approved."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import ClusterUnreadable, Overtaken
from bot.facts.audit import Event
from bot.facts.people import Grant, Person
from bot.facts.proposal import Approval, Proposal, Stage
from bot.ports.answering import Nothing, Question
from bot.ports.keeping import Address
from bot.ports.repairing import Click, Proposed, Wish
from bot.remediation.policy import Rate
from bot.wiring import Knowledge
from tests import repairing
from tests.repairing import DANA, EVE, ROBIN, RULE, SAM, Bench, asking


WISH = Wish(Question(("deploy/web",), "shop", "eu"), "recreate-pod")


@pytest.fixture
async def bench(known: Knowledge) -> Bench:
    """A plan that dana asked for waits."""
    made = Bench(known)
    await made.fill()
    assert isinstance(await made.repair.request(asking(DANA), WISH), Proposed)
    return made


async def _approve(
    bench: Bench, who: Person = ROBIN, name: str = "plan-1", where: str = "#shop"
) -> Proposed | Nothing:
    return await bench.repair.approve(asking(who), name, bench.click(name, where))


async def _stored(bench: Bench) -> Proposal:
    found = await bench.ledger.proposal("plan-1")
    assert found is not None
    return found


def _last(bench: Bench) -> tuple[Event, str, str]:
    entry = bench.ledger.chain[-1].entry
    return entry.event, entry.actor, entry.details.get("why", "")


async def test_the_last_yes_approves_and_wakes_the_runner(bench: Bench) -> None:
    """With who it was and by which rule, in the record and on the card."""
    answer = await _approve(bench)
    assert isinstance(answer, Proposed)
    approval = Approval("T1/U2", "robin", "approvals[0]: 1 of @sre", bench.clock.now())
    assert (answer.proposal.stage, answer.proposal.approvals) == (Stage.APPROVED, (approval,))
    assert bench.woken == 1
    assert repairing.bodies(bench.ledger.letters) == ["card waiting 0", "card approved 1"]
    entry = bench.ledger.chain[-1].entry
    assert (entry.event, entry.actor, entry.details["rule"]) == (Event.APPROVED, "T1/U2", approval.rule)


async def test_a_second_click_changes_nothing(bench: Bench) -> None:
    """Case 4 of security.md: by the same person, or by another after the last yes."""
    await _approve(bench)
    records = len(bench.ledger.chain)
    again = await _approve(bench)
    assert isinstance(again, Proposed)
    assert not again.new
    late = await _approve(bench, SAM)
    assert isinstance(late, Nothing)
    assert "approved" in late.message
    assert (len(bench.ledger.chain), bench.woken) == (records, 1)


@pytest.mark.attack(4, "two approvers at once")
async def test_two_approvers_at_once_are_counted_one_after_the_other(bench: Bench) -> None:
    """Case 4 of security.md: each yes once, and one approval of the whole."""
    bench.govern(rules=(replace(RULE, quorum=2),))
    answers = await asyncio.gather(_approve(bench, ROBIN), _approve(bench, SAM), _approve(bench, ROBIN))
    assert all(isinstance(each, Proposed) for each in answers)
    stored = await _stored(bench)
    assert stored.stage is Stage.APPROVED
    assert sorted(each.person for each in stored.approvals) == ["T1/U2", "T1/U3"]
    assert (bench.woken, bench.ledger.events.count(Event.APPROVED)) == (1, 2)


async def test_who_was_overtaken_decides_again(bench: Bench) -> None:
    """And gives up where that happens again and again."""
    left = [True]

    def once() -> None:
        if left:
            left.pop()
            raise Overtaken("somebody else stored it")

    bench.ledger.before = once
    assert isinstance(await _approve(bench), Proposed)

    def always() -> None:
        raise Overtaken("somebody else stored it")

    bench.ledger.before = always
    declined = await bench.repair.decline(asking(SAM), "plan-1", bench.click("plan-1"))
    assert isinstance(declined, Nothing)


@pytest.mark.attack(6, "audit line")
@pytest.mark.parametrize("who", [EVE, DANA])
async def test_who_may_not_approve_is_refused_and_recorded(bench: Bench, who: Person) -> None:
    """Cases 6 and 7 of security.md: neither anybody nor who asked for it."""
    bench.people[DANA.key] = replace(DANA, groups=frozenset({"@developers", "@sre"}))
    answer = await _approve(bench, who)
    assert isinstance(answer, Nothing)
    event, actor, why = _last(bench)
    assert (event, actor) == (Event.REFUSED, who.key)
    assert why == answer.message
    assert (await _stored(bench)).stage is Stage.WAITING


async def test_who_clicks_is_looked_up_afresh(bench: Bench) -> None:
    """Case 6 of security.md: what was known of them when the message was sent counts for nothing."""
    for changed in (
        replace(ROBIN, groups=frozenset()),
        replace(ROBIN, outside=True),
        replace(ROBIN, id="U9"),
        replace(ROBIN, team="T2"),
        None,
    ):
        bench.people = {} if changed is None else {ROBIN.key: changed}
        assert isinstance(await _approve(bench), Nothing)
        assert _last(bench)[0] is Event.REFUSED
    assert (await _stored(bench)).stage is Stage.WAITING


async def test_nobody_approves_while_people_cannot_be_looked_up(bench: Bench) -> None:
    """It fails closed."""

    async def broken(_: str) -> Person | None:
        raise ClusterUnreadable("the workspace does not answer")

    click = Click(bench.click("plan-1").address, broken)
    answer = await bench.repair.approve(asking(ROBIN), "plan-1", click)
    assert isinstance(answer, Nothing)
    assert answer.failed
    assert (await _stored(bench)).stage is Stage.WAITING


async def test_earlier_approvers_must_still_be_some(bench: Bench) -> None:
    """Case 6 of security.md: who was removed from the group since does not count, and the record says so."""
    bench.govern(rules=(replace(RULE, quorum=2),))
    await _approve(bench, ROBIN)
    bench.people[ROBIN.key] = replace(ROBIN, groups=frozenset())
    answer = await _approve(bench, SAM)
    assert isinstance(answer, Proposed)
    assert answer.proposal.stage is Stage.WAITING
    assert [each.person for each in answer.proposal.approvals] == ["T1/U3"]
    assert bench.ledger.chain[-1].entry.details["no longer counted"] == "T1/U2"


async def test_the_rules_of_now_decide(bench: Bench) -> None:
    """Not those of when it was asked for."""
    bench.govern(rules=(replace(RULE, quorum=2, name="new"),))
    answer = await _approve(bench)
    assert isinstance(answer, Proposed)
    assert (answer.proposal.stage, answer.proposal.needed) == (Stage.WAITING, 2)
    assert answer.proposal.rule == "new: 2 of @sre"
    bench.govern(rules=())
    assert isinstance(await _approve(bench, SAM), Nothing)


@pytest.mark.attack(8, "approval from another cluster's channel")
@pytest.mark.parametrize("address", [Address("id of #pay", "plan-1"), Address("id of #shop", "copied")])
async def test_only_the_plans_own_message_counts(bench: Bench, address: Address) -> None:
    """Cases 5 and 8 of security.md: neither a copy of it nor one in another cluster's channel."""
    click = Click(address, bench.recheck)
    for answer in (
        await bench.repair.approve(asking(ROBIN), "plan-1", click),
        await bench.repair.decline(asking(ROBIN), "plan-1", click),
    ):
        assert isinstance(answer, Nothing)
        assert "own message" in answer.message
        assert _last(bench)[0] is Event.REFUSED
    assert (await _stored(bench)).stage is Stage.WAITING


async def test_a_message_that_was_never_delivered_is_clicked_by_nobody(bench: Bench) -> None:
    """Where it stands is not known, and nobody is said to have done wrong."""
    bench.ledger.addresses.clear()
    records = len(bench.ledger.chain)
    answer = await _approve(bench)
    assert isinstance(answer, Nothing)
    assert "on its way" in answer.message
    assert len(bench.ledger.chain) == records
    assert sum(bench.paused) == pytest.approx(3)


async def test_a_click_may_be_quicker_than_the_news_of_its_message(bench: Bench) -> None:
    """It waits for it: the message was posted, and that it was is stored a moment later."""
    address = bench.ledger.addresses.pop("plan-1")
    bench.arrives = lambda: len(bench.paused) < 2 or bench.ledger.addresses.update({"plan-1": address})
    answer = await _approve(bench)
    assert isinstance(answer, Proposed)
    assert answer.proposal.stage is Stage.APPROVED


async def test_an_old_button_is_worth_nothing(bench: Bench) -> None:
    """Case 5 of security.md: three days later the plan is over, for whoever clicks, and the card says so."""
    bench.clock.moment += timedelta(days=3)
    answer = await _approve(bench)
    assert isinstance(answer, Nothing)
    assert "expired" in answer.message
    stored = await _stored(bench)
    assert (stored.stage, stored.ended) == (Stage.EXPIRED, bench.clock.now())
    assert bench.ledger.events[-1] is Event.EXPIRED
    assert repairing.bodies(bench.ledger.letters)[-1] == "card expired 0"
    assert isinstance(await _approve(bench), Nothing)


async def test_a_clock_that_went_back_revives_no_plan(bench: Bench) -> None:
    """Case 32 of security.md: asked for after the moment that the clock shows, so nobody knows how long ago."""
    bench.clock.moment -= timedelta(hours=1)
    answer = await _approve(bench)
    assert isinstance(answer, Nothing)
    stored = await _stored(bench)
    assert (stored.stage, stored.approvals) == (Stage.EXPIRED, ())
    assert "clock went back" in stored.outcome
    bench.clock.moment += timedelta(hours=1)
    assert isinstance(await _approve(bench), Nothing)
    assert bench.woken == 0


async def test_an_edited_value_names_no_plan(bench: Bench) -> None:
    """Case 5 of security.md: it is recorded who tried, cut and made visible."""
    answer = await _approve(bench, name="plan-1'; --\n" + "x" * 500)
    assert isinstance(answer, Nothing)
    entry = bench.ledger.chain[-1].entry
    assert (entry.event, entry.actor) == (Event.REFUSED, "T1/U2")
    assert len(entry.details["named"]) < 80
    assert "\n" not in entry.details["named"]


async def test_a_plan_that_was_altered_in_the_store_is_not_approved(bench: Bench) -> None:
    """Case 5 of security.md: its digest is not the one that was shown."""
    stored = await _stored(bench)
    other = replace(stored.plan, cluster="us")
    bench.places["us"] = bench.places["eu"]
    await bench.ledger.save(replace(stored, plan=other), ())
    answer = await _approve(bench)
    assert isinstance(answer, Nothing)
    assert "not the one that was shown" in answer.message


async def test_a_plan_that_nobody_may_see_is_not_there(bench: Bench) -> None:
    """Case 8 of security.md: in the same words as one that never was, and recorded."""
    bench.govern(ask=(Grant(("*",), namespaces=("pay",)),))
    hidden = await _approve(bench)
    missing = await _approve(bench, name="plan-9")
    assert isinstance(hidden, Nothing)
    assert isinstance(missing, Nothing)
    assert hidden.message.replace("plan-1", "plan-9") == missing.message
    assert hidden.hint == missing.hint


async def test_a_no_ends_it(bench: Bench) -> None:
    """Said by an approver or by who asked; a yes after it comes too late."""
    answer = await bench.repair.decline(asking(DANA), "plan-1", bench.click("plan-1"))
    assert isinstance(answer, Proposed)
    assert (answer.proposal.stage, answer.proposal.outcome) == (Stage.DECLINED, "dana said no")
    assert bench.ledger.events[-1] is Event.DECLINED
    assert repairing.bodies(bench.ledger.letters)[-1] == "card declined 0"
    assert isinstance(await _approve(bench), Nothing)
    assert bench.woken == 0


async def test_not_everybody_can_say_no(bench: Bench) -> None:
    """Nor after it has expired."""
    nobody = await bench.repair.decline(asking(EVE), "plan-1", bench.click("plan-1"))
    assert isinstance(nobody, Nothing)
    assert _last(bench)[0] is Event.REFUSED
    bench.clock.moment += timedelta(hours=1)
    late = await bench.repair.decline(asking(ROBIN), "plan-1", bench.click("plan-1"))
    assert isinstance(late, Nothing)
    assert (await _stored(bench)).stage is Stage.EXPIRED


async def test_more_than_the_limit_is_not_approved(bench: Bench) -> None:
    """It can be, later."""
    bench.govern(rates={"eu": Rate(1, timedelta(minutes=20))})
    stored = await _stored(bench)
    key = replace(stored.plan.writes[0].key, name="other")
    plan = replace(stored.plan, id="before", writes=(replace(stored.plan.writes[0], key=key),))
    yes = (Approval("T1/U2", "robin", "rule", bench.clock.now()),)
    await bench.ledger.save(replace(stored, plan=plan, stage=Stage.MENDED, approvals=yes, version=0), ())
    answer = await _approve(bench)
    assert isinstance(answer, Nothing)
    assert "1 changes within 20m is the limit of eu" in answer.message
    bench.clock.moment += timedelta(minutes=21)
    assert isinstance(await _approve(bench), Proposed)
