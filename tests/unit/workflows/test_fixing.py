"""How proposals are told, and who may see them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.facts.audit import Event
from bot.facts.change import ObjectKey
from bot.facts.people import Grant
from bot.facts.proposal import Stage
from bot.ports.keeping import Kind
from bot.wiring import Knowledge
from bot.workflows import fixing
from tests import fixes
from tests.repairing import DANA, Bench, Cards, asking


@pytest.mark.parametrize(
    ("stage", "replies"),
    [
        (Stage.WAITING, False),
        (Stage.APPROVED, False),
        (Stage.RUNNING, False),
        (Stage.WATCHING, False),
        (Stage.MENDED, True),
        (Stage.UNMENDED, True),
        (Stage.STALE, True),
        (Stage.REFUSED, True),
        (Stage.UNKNOWN, True),
    ],
)
def test_the_card_is_always_told_and_the_end_in_the_thread(stage: Stage, replies: bool) -> None:
    """Under the incident's message where there is one."""
    proposal = replace(fixes.proposal(fixes.plan(), stage), incident="k7q2mzr4ta")
    letters = fixing.letters(Cards(), proposal)
    assert [each.kind for each in letters] == [Kind.MESSAGE, Kind.REPLY][: 1 + replies]
    assert {(each.incident, each.channel, each.under) for each in letters} == {("p1", "#shop", "k7q2mzr4ta")}


@pytest.mark.parametrize("stage", [Stage.EXPIRED, Stage.DECLINED])
def test_what_nobody_approved_ends_quietly(stage: Stage) -> None:
    """On its card alone; what was approved and then expired is told to those who wait for it."""
    approved = fixes.proposal(fixes.plan(), stage)
    assert len(fixing.letters(Cards(), replace(approved, approvals=()))) == 1
    assert len(fixing.letters(Cards(), approved)) == 2


def test_a_plan_is_seen_by_who_sees_all_that_it_changes(known: Knowledge) -> None:
    """What has no namespace only by those who see everything; what is of no cluster any more by nobody."""
    bench = Bench(known)
    proposal = fixes.proposal(fixes.plan())
    node = replace(fixes.PATCH, key=ObjectKey("Node", "", "n1"))
    of_node = replace(proposal, plan=fixes.plan(node))
    elsewhere = replace(proposal, plan=replace(fixes.plan(), cluster="us"))
    view = bench.reach.view(asking(DANA))
    assert [fixing.is_shown(bench.reach, view, each) for each in (proposal, of_node, elsewhere)] == [
        True,
        True,
        False,
    ]
    bench.govern(ask=(Grant(("*",), namespaces=("shop",)),))
    view = bench.reach.view(asking(DANA))
    assert fixing.is_shown(bench.reach, view, proposal)
    assert not fixing.is_shown(bench.reach, view, of_node)


async def test_what_waits_too_long_ends(known: Knowledge) -> None:
    """Recorded as done by nobody."""
    bench = Bench(known)
    waiting = await bench.ledger.save(fixes.proposal(fixes.plan(), Stage.WAITING), ())
    assert not fixing.is_expired(waiting, fixes.NOW)
    assert fixing.is_expired(waiting, fixes.NOW + timedelta(minutes=30))
    assert not fixing.is_expired(replace(waiting, stage=Stage.APPROVED), fixes.NOW + timedelta(days=1))
    await fixing.expire(bench.tools(), waiting)
    entry = bench.ledger.chain[0].entry
    assert (entry.event, entry.actor) == (Event.EXPIRED, "imagepull")
