"""Pull secrets whose tokens end: only those that are used, only entries that matter, and what cannot be read is told."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot.facts.forewarning import Kind
from bot.facts.objects import PullSecret, SecretEntry, ServiceAccount, Unread
from bot.workflows import ending_tokens
from bot.workflows.lookout import Part
from tests.fakes.cluster import DENIED, NOW
from tests.fakes.stocktaking import StockedReader, use


WEEK, DAY = timedelta(days=7), timedelta(days=1)
KEY = (Kind.TOKEN, "shop/regcred", "r.example")


def regcred(left: timedelta | None = 3 * DAY, key: str = "r.example", **changes: Any) -> PullSecret:
    """A pull secret with a token of ninety days."""
    expires = None if left is None else NOW + left
    entry = SecretEntry(key, expires=expires, issued=expires - 90 * DAY if expires else None)
    return PullSecret("shop", "regcred", entries=(entry,), **changes)


async def found(*, uses: Any = None, **facts: Any) -> Part:
    """What a round finds in a cluster with one Deployment."""
    runs = [use("r.example/web:1", secrets=("regcred",))] if uses is None else uses
    return await ending_tokens.find(StockedReader(**facts), runs, NOW, WEEK)


async def test_one_thing_is_told_for_a_secret() -> None:
    """However many workloads use it."""
    uses = [
        use("r.example/web:1", secrets=("regcred",), workload=f"Deployment/w{each}") for each in range(40)
    ]
    part = await found(uses=uses, secrets=[regcred()])
    (finding,) = part.findings
    assert finding.thing == "shop/regcred"
    assert len(finding.items[0].users) == 40
    assert finding.items[0].details["expires"] == "2026-11-25 09:00 UTC"
    assert not part.unread


@pytest.mark.parametrize(
    "secret",
    [
        regcred(30 * DAY),
        regcred(None),
    ],
)
async def test_a_token_with_time_left_is_fine(secret: PullSecret) -> None:
    """Looked at, and nothing to warn of."""
    part = await found(secrets=[secret])
    assert (part.findings, part.fine) == ([], {KEY})


@pytest.mark.parametrize(
    "secret", [regcred(key="other.example"), regcred(flaw="not-json"), regcred(type="Opaque")]
)
async def test_what_the_kubelet_would_not_use_is_not_told(secret: PullSecret) -> None:
    """An entry of another registry, or a Secret that gives the kubelet nothing."""
    part = await found(secrets=[secret])
    assert not part.findings
    assert KEY not in part.used


async def test_a_secret_of_thousands_of_entries_holds_up_nobody() -> None:
    """Others have their turn between any two of them, and all entries share one list of users."""
    turns = 0

    async def others() -> None:
        """Whoever else lives in the loop."""
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    entries = tuple(SecretEntry(f"r.example/{number}", expires=NOW) for number in range(500))
    uses = [use(f"r.example/{number}/web:1", secrets=("regcred",)) for number in range(20)]
    neighbour = asyncio.create_task(others())
    part = await found(uses=uses, secrets=[PullSecret("shop", "regcred", entries=entries)])
    neighbour.cancel()
    assert turns >= len(entries)
    (finding,) = part.findings
    assert len({id(each.users) for each in finding.items}) == 1


async def test_what_nothing_names_is_not_read() -> None:
    """A Secret that no pod and no ServiceAccount names is nobody's."""
    reader = StockedReader(secrets=[regcred()])
    part = await ending_tokens.find(reader, [use("r.example/web:1")], NOW, WEEK)
    assert not part.findings
    assert not reader.calls["secret"]


async def test_a_service_account_uses_what_it_names() -> None:
    """For pods that are still to come, which may pull anything."""
    account = ServiceAccount("shop", "robot", ("regcred",))
    part = await found(uses=[use("a:1")], secrets=[regcred(key="other.example")], accounts=[account])
    assert [each.workload for each in part.findings[0].items[0].users] == ["ServiceAccount/robot"]


@pytest.mark.parametrize("missing", ["secrets", "accounts"])
async def test_what_may_not_be_read_is_told_and_never_fine(missing: str) -> None:
    """Forbidden Secrets and forbidden ServiceAccounts alike."""
    part = await found(**({"secrets": [regcred(30 * DAY)]} | {missing: DENIED}))
    assert part.unread == [DENIED]
    if missing == "secrets":
        assert not part.fine
        assert (Kind.TOKEN, "shop/regcred", "") in part.used
    else:
        assert part.blind == {(Kind.TOKEN, "shop")}


async def test_a_secret_that_is_gone_is_not_used() -> None:
    """So that a warning about it ends."""
    part = await found(secrets=[])
    assert not part.findings
    assert not part.fine
    assert not part.used
    assert not [each for each in part.unread if isinstance(each, Unread)]
