"""Changes as people ask for them: whatever goes wrong is an answer."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import StoreError
from bot.facts.people import Grant
from bot.ports.answering import Nothing, Question
from bot.ports.repairing import Proposed, Repairs, Wish
from bot.wiring import Knowledge
from tests.repairing import DANA, ROBIN, Bench, asking


WISH = Wish(Question(("deploy/web",), "shop", "eu"), "recreate-pod")


@pytest.fixture
async def bench(known: Knowledge) -> Bench:
    """A cluster in which Deployment web fails."""
    made = Bench(known)
    await made.fill()
    return made


async def test_nothing_is_raised(bench: Bench) -> None:
    """A store that cannot be used is told as such, at every door."""

    def full() -> None:
        raise StoreError("the disk is full", "make room")

    repair: Repairs = bench.repair
    bench.ledger.before = full
    answer = await repair.request(asking(DANA), WISH)
    assert answer == Nothing("the disk is full", "make room", failed=True)
    assert isinstance(await repair.approve(asking(ROBIN), "plan-1", bench.click("plan-1")), Nothing)
    assert isinstance(await repair.decline(asking(ROBIN), "plan-1", bench.click("plan-1")), Nothing)
    assert isinstance(await repair.request(asking(DANA), Wish(undo="plan-1")), Nothing)


async def test_history_is_what_somebody_may_see_of_the_last_week(bench: Bench) -> None:
    """The newest first, of one cluster or of all."""
    first = await bench.repair.request(asking(DANA), WISH)
    assert isinstance(first, Proposed)
    bench.clock.moment += timedelta(hours=1)
    second = await bench.repair.request(asking(DANA), WISH)
    assert isinstance(second, Proposed)
    ids = [second.proposal.id, first.proposal.id]
    for cluster in ("", "eu"):
        found = await bench.repair.changes(asking(ROBIN), cluster)
        assert not isinstance(found, Nothing)
        assert [each.id for each in found] == ids
    assert isinstance(await bench.repair.changes(asking(ROBIN), "us"), Nothing)
    bench.govern(ask=(Grant(("*",), namespaces=("pay",)),))
    assert await bench.repair.changes(asking(ROBIN)) == ()
    bench.govern(ask=(Grant(("*",)),))
    bench.clock.moment += timedelta(days=8)
    assert await bench.repair.changes(asking(ROBIN)) == ()


async def test_other_terms_count_from_the_next_question_on(bench: Bench) -> None:
    """Settings are taken up while the bot runs."""
    bench.repair.terms = replace(bench.terms, policy=replace(bench.terms.policy, rules=()))
    assert isinstance(await bench.repair.request(asking(DANA), WISH), Nothing)
