"""Those who said yes are counted once more as they are now, by the same authoriser and where the plan is shown."""

from dataclasses import replace

import pytest

from bot.errors import BotError
from bot.facts.people import Asker, Grant
from bot.facts.proposal import Approval, Proposal, Stage
from bot.ports.keeping import Address
from bot.workflows import approval
from bot.workflows.approval import Lapse
from tests import fixes, repairing
from tests.fakes.cluster import NOW
from tests.fakes.ledger import MemoryLedger
from tests.repairing import DANA, POLICY, ROBIN, RULE, SAM


TWO = replace(POLICY, rules=(replace(RULE, quorum=2),))


def _proposal(*people: str) -> Proposal:
    yes = tuple(Approval(each, each, "approvals[0]", NOW) for each in people)
    return replace(fixes.proposal(fixes.plan(), Stage.APPROVED), approvals=yes)


async def _lapse(proposal: Proposal, *there: Asker, policy: object = POLICY) -> Lapse | None:
    asked: list[tuple[tuple[str, ...], str]] = []
    ledger = MemoryLedger()
    ledger.addresses[proposal.id] = Address("C1", "1.1")

    async def present(people: object, channel: str) -> list[Asker]:
        asked.append((tuple(people), channel))  # type: ignore[call-overload]
        return list(there)

    found = await approval.lapse(proposal, policy, ledger, present, NOW)  # type: ignore[arg-type]
    assert asked == [(tuple(each.person for each in proposal.approvals), "C1")]
    return found


async def test_approval_that_still_is_one_holds() -> None:
    """With everybody who is needed."""
    assert await _lapse(_proposal("T1/U2"), repairing.asking(ROBIN)) is None
    two = repairing.asking(ROBIN), repairing.asking(SAM)
    assert await _lapse(_proposal("T1/U2", "T1/U3"), *two, policy=TWO) is None


@pytest.mark.parametrize(
    "there",
    [
        (),
        (repairing.asking(replace(ROBIN, groups=frozenset())),),
        (repairing.asking(replace(ROBIN, outside=True)),),
        (repairing.asking(replace(ROBIN, id="U9")),),
        (repairing.asking(SAM),),
    ],
    ids=["gone", "left the group", "a guest by now", "somebody else", "who never said yes"],
)
async def test_approval_of_who_may_not_any_more_is_none(there: tuple[Asker, ...]) -> None:
    """And says whose it was."""
    found = await _lapse(_proposal("T1/U2"), *there)
    assert found is not None
    assert found.people == ("T1/U2",)
    assert found.why.startswith("T1/U2 said yes and may not approve it any more: 1 more of those")


async def test_one_of_two_is_not_enough() -> None:
    """Only the one that counts no more is named."""
    left = repairing.asking(replace(SAM, groups=frozenset()))
    found = await _lapse(_proposal("T1/U2", "T1/U3"), repairing.asking(ROBIN), left, policy=TWO)
    assert found is not None
    assert found.people == ("T1/U3",)


async def test_what_somebody_sees_depends_on_where_the_plan_is_shown() -> None:
    """As at the last yes."""
    here = replace(POLICY, ask=(Grant(("#shop",)),))
    assert await _lapse(_proposal("T1/U2"), repairing.asking(ROBIN), policy=here) is None
    assert await _lapse(_proposal("T1/U2"), Asker(ROBIN, "C2", "#pay"), policy=here)


async def test_what_nobody_knows_is_no_answer() -> None:
    """It is neither yes nor no."""

    async def away(_people: object, _channel: str) -> list[Asker]:
        raise BotError("Slack is away", "")

    with pytest.raises(BotError, match="away"):
        await approval.lapse(_proposal(DANA.key), POLICY, MemoryLedger(), away, NOW)
