"""The table of checks and the three answers."""

import pytest

from bot.diagnosis.checks import claims
from bot.facts.evidence import Answer, Witness
from bot.facts.objects import Node, Unread
from tests import cases
from tests.fakes.cluster import FakeReader


def test_check_is_entered_once() -> None:
    """Two claims of one id would leave it open which of them answers."""
    taken = next(iter(claims.table()))
    with pytest.raises(ValueError, match=taken):
        claims.check(taken, Witness.CLUSTER, "0", 0)(_question)


async def _question(about: claims.Case) -> claims.Evidence:
    return claims.yes("never-entered", image=about.failure.image)


def test_answers_carry_their_details_and_nothing_else() -> None:
    """A YES or NO has no reason to be unknown."""
    for evidence in (claims.yes("x", name="n"), claims.no("x", name="n")):
        assert (evidence.details, evidence.why_unknown, evidence.what) == ({"name": "n"}, "", "")
    assert claims.answered("x", true=True).answer is Answer.YES
    assert claims.answered("x", true=False).answer is Answer.NO


def test_unread_is_unknown_with_its_remedy() -> None:
    """What could not be read names the right that would let it be read, and is listed under what it is."""
    told = claims.unread("x", Unread("secrets in shop", "forbidden", "list secrets"))
    assert (told.answer, told.why_unknown) == (Answer.UNKNOWN, "forbidden")
    assert (told.would_answer, told.what) == ("list secrets", "secrets in shop")


def test_unknown_without_a_read_lists_nothing_under_unchecked() -> None:
    """A question that has no answer is no read that failed."""
    assert claims.unknown("x", "the message does not tell").what == ""


async def test_node_of_finds_the_pods_node() -> None:
    """The node by its name."""
    about = cases.case(reader=FakeReader(nodes=[Node("node-b"), Node("node-a")]))
    assert await claims.node_of(about) == Node("node-a")


@pytest.mark.parametrize("nodes", [[], [Node("node-b")], Unread("nodes", "forbidden", "list nodes")])
async def test_node_that_is_not_there_is_unread(nodes: list[Node] | Unread) -> None:
    """A node that is gone, or that may not be read, is not a node without properties."""
    assert isinstance(await claims.node_of(cases.case(reader=FakeReader(nodes=nodes))), Unread)
