"""One round: all kinds in one answer, and only those that are wanted."""

import pytest

from bot.errors import UsageError
from bot.facts.forewarning import Kind
from bot.facts.objects import PullSecret, SecretEntry
from bot.ports.stocktaking import Stock
from bot.workflows import outlook
from bot.workflows.outlook import Terms
from tests.fakes.cluster import DENIED, NOW, FakeReader
from tests.fakes.registry import FakeProber, answered, tagged
from tests.fakes.stocktaking import StockedReader, use, world


USES = (use("r.example/web:1", "old.example/a:1", secrets=("regcred",)),)
SECRET = PullSecret("shop", "regcred", entries=(SecretEntry("r.example", expires=NOW),))
PROBER = {"manifest": answered(404), "tags": tagged("2")}


@pytest.mark.parametrize("kinds", [frozenset(Kind), frozenset({Kind.TOKEN}), frozenset[Kind]()])
async def test_each_kind_is_looked_for_if_it_is_wanted(kinds: frozenset[Kind]) -> None:
    """And no registry is asked for the others."""
    reader, prober = StockedReader(USES, secrets=[SECRET]), FakeProber(PROBER)
    found = await outlook.look(world(reader, prober), None, Terms(kinds=kinds), NOW, {})
    assert {each.kind for each in found.findings} == kinds
    assert bool(prober.asked) is (Kind.IMAGE in kinds)
    assert (found.cluster, found.images, found.complete) == ("prod", 2, True)


async def test_what_was_not_seen_is_told_once() -> None:
    """However many parts could not see it."""
    stock = Stock(USES, complete=False, unseen=frozenset({"pay"}), unread=(DENIED,))
    reader = StockedReader(stock=stock, secrets=DENIED, accounts=DENIED)
    found = await outlook.look(world(reader), ("shop", "pay"), Terms(kinds=frozenset({Kind.TOKEN})), NOW, {})
    assert found.unread == (DENIED,)
    assert (found.complete, found.unseen) == (False, frozenset({"pay"}))


async def test_who_cannot_tell_what_runs_is_refused() -> None:
    """A transcript holds one diagnosis, and no stock."""
    blind = world(StockedReader())
    with pytest.raises(UsageError, match="does not tell what runs"):
        await outlook.look(
            type(blind)(FakeReader(), blind.prober, blind.signatures, ()), None, Terms(), NOW, {}
        )
