"""How much is changed at once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.facts.proposal import Proposal, Stage
from bot.remediation.policy import Policy, Rate, Rule
from bot.workflows import limiting
from tests import fixes
from tests.fakes.ledger import MemoryLedger


NOW = fixes.NOW
POLICY = Policy((Rule(("*",), ("@sre",)),), rates={"eu": Rate(2, timedelta(hours=1))})


def _proposal(name: str, stage: Stage = Stage.MENDED, **changes: object) -> Proposal:
    write = replace(fixes.PATCH, key=replace(fixes.WEB, name=name))
    made = fixes.proposal(replace(fixes.plan(write, name=name), **changes), stage)  # type: ignore[arg-type]
    return replace(made, sent_at=NOW if stage.is_over else None)


async def _asked(*before: Proposal) -> str:
    ledger = MemoryLedger()
    for each in before:
        await ledger.save(each, ())
    return await limiting.too_much(ledger, POLICY, _proposal("web", Stage.WAITING), NOW)


async def test_the_limit_counts_what_was_begun_in_the_cluster() -> None:
    """Whatever came of it; what was never begun, and other clusters, cost nothing."""
    two = _proposal("a"), _proposal("b", Stage.UNKNOWN)
    assert "limit of eu" in await _asked(*two)
    assert not await _asked(two[0])
    assert not await _asked(two[0], _proposal("c", cluster="us"))
    for stage in (Stage.WAITING, Stage.DECLINED, Stage.EXPIRED):
        assert not await _asked(two[0], _proposal("c", stage))
    old = replace(two[1], sent_at=NOW - timedelta(hours=2), approvals=())
    old = replace(old, plan=replace(old.plan, made=NOW - timedelta(hours=2)))
    assert not await _asked(two[0], old)


async def test_a_plan_of_long_ago_that_was_begun_just_now_counts() -> None:
    """An approval may come late."""
    late = _proposal("b", made=NOW - timedelta(minutes=80))
    assert "limit of eu" in await _asked(_proposal("a"), late)


@pytest.mark.parametrize(
    ("stage", "busy"), [(Stage.APPROVED, True), (Stage.RUNNING, True), (Stage.WATCHING, False)]
)
async def test_an_object_is_changed_by_one_at_a_time(stage: Stage, busy: bool) -> None:
    """Until what was written is written."""
    other = replace(_proposal("web", stage), plan=replace(fixes.plan(name="p9"), id="p9"))
    assert ("same object" in await _asked(other)) is busy


def test_plans_touch_where_they_write_to_one_object() -> None:
    """Of one cluster."""
    one = fixes.plan()
    assert limiting.touches(one, fixes.plan(fixes.DELETE, fixes.PATCH))
    assert not limiting.touches(one, fixes.plan(fixes.DELETE))
    assert not limiting.touches(one, replace(one, cluster="us"))


async def _shown(*before: Proposal, cluster: str = "eu") -> str:
    ledger = MemoryLedger()
    for each in before:
        await ledger.save(each, ())
    return await limiting.too_many(ledger, cluster, "T1/U1", NOW)


async def test_one_person_has_only_so_many_plans_shown_at_once() -> None:
    """What is over, what expired and what others asked for is none of theirs."""
    ten = [replace(_proposal(f"w{number}", Stage.WAITING), requester="T1/U1") for number in range(10)]
    assert "10 plans that you asked for" in await _shown(*ten)
    for other in (
        replace(ten[0], stage=Stage.DECLINED),
        replace(ten[0], requester="T1/U2"),
        replace(ten[0], plan=replace(ten[0].plan, expires=NOW)),
    ):
        assert not await _shown(*ten[1:], other)


async def test_a_channel_is_not_flooded_by_many_either() -> None:
    """By cluster, whoever asks."""
    many = [
        replace(_proposal(f"w{number}", Stage.WAITING), requester=f"T1/U{number + 2}")
        for number in range(100)
    ]
    assert "100 plans for eu" in await _shown(*many)
    assert not await _shown(*many, cluster="us")
