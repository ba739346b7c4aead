"""A node that cannot pull gets no more pods, and is never the last one that takes any."""

import json
from typing import Any

import pytest

from bot.facts.change import ObjectKey, Risk, Style, Verb
from bot.facts.objects import Unread
from bot.ports.rehearsing import Declined, Reason
from bot.remediation.actions.cordon_node import CordonNode
from bot.remediation.drafting import Draft, Unfit
from bot.remediation.pods import MOST
from tests.fakes import objects
from tests.fakes.rehearsing import Object, applied, undone
from tests.situations import deployed, failing, situation, workload


def _node(name: str, ready: str = "True", **spec: Any) -> Object:
    told = {"conditions": [{"type": "Ready", "status": ready}]}
    return objects.named("Node", name, "", metadata={"uid": f"uid-{name}"}, spec=spec, status=told)


PAIR = [_node("node-1"), _node("node-2")]


async def test_cordon_marks_the_node_and_makes_the_pods_anew_elsewhere() -> None:
    """A cordon alone would move nothing; the way back takes the mark away."""
    other = failing("web-2", spec={"nodeName": "node-3"})
    here = await situation(*deployed(failing("web-1"), other), *PAIR, _node("node-3"))
    draft = await CordonNode().draft(here)
    assert isinstance(draft, Draft)
    mark, move = draft.writes
    assert (mark.verb, str(mark.key), mark.style) == (Verb.PATCH, "Node node-1", Style.MERGE)
    assert json.loads(mark.patch) == {"spec": {"unschedulable": True}}
    assert [(each.path, each.value) for each in mark.depends] == [(("spec", "unschedulable"), "null")]
    body = {"spec": {"podCIDR": "10.0.0.0/24"}}
    assert undone(mark, applied(mark, body)) == body
    assert (move.verb, move.key.name) == (Verb.DELETE, "web-1")
    assert draft.risk is Risk.HIGH
    assert "kubectl uncordon node-1" in draft.warnings[1]


@pytest.mark.parametrize(
    "other",
    [
        [],
        [_node("node-2", unschedulable=True)],
        [_node("node-2", ready="False")],
        [_node("node-2", taints=[{"key": "a", "effect": "NoSchedule"}])],
    ],
)
async def test_cordon_never_takes_the_last_node(other: list[Object]) -> None:
    """One that takes no pods is no other one."""
    found = await CordonNode().draft(await situation(*deployed(), _node("node-1"), *other))
    assert found == Unfit("node node-1 is the last one that takes pods")


async def test_cordon_gains_nothing_where_every_node_fails() -> None:
    """Then it is no fault of one node."""
    bodies = [*deployed(failing("web-1"), failing("web-2", spec={"nodeName": "node-2"})), *PAIR]
    found = await CordonNode().draft(await situation(*bodies))
    assert isinstance(found, Unfit)
    assert found.why == "every other node that takes pods fails alike: node-2"


async def test_cordon_does_nothing_twice_and_nothing_to_what_is_gone() -> None:
    """Nor to a node that nobody knows yet."""
    cordoned = [_node("node-1", unschedulable=True), _node("node-2")]
    assert await CordonNode().draft(await situation(*deployed(), *cordoned)) == Unfit(
        "node node-1 is cordoned already"
    )
    assert await CordonNode().draft(await situation(*deployed(), _node("node-2"))) == Unfit(
        "node node-1 is gone"
    )
    nowhere = failing("web-1", spec={"nodeName": ""})
    assert isinstance(await CordonNode().draft(await situation(*deployed(nowhere), *PAIR)), Unfit)


async def test_cordon_needs_to_see_the_other_nodes() -> None:
    """Not seen is not there."""
    hidden = Unread("nodes", "forbidden")
    found = await CordonNode().draft(await situation(*deployed(), *PAIR, reader={"nodes": hidden}))
    assert found == Unfit("whether another node takes pods cannot be seen: nodes: forbidden")
    refusals = {ObjectKey("Node", "", "node-1"): Declined(Reason.FORBIDDEN, "no", "get on nodes")}
    found = await CordonNode().draft(await situation(*deployed(), *PAIR, refusals=refusals))
    assert found == Unfit("node node-1 cannot be read: no (get on nodes)")


async def test_cordon_moves_nothing_that_would_come_back_or_be_lost() -> None:
    """A DaemonSet's pods ignore it, a bare pod is not made anew, and very many are too many."""
    agent = [workload("DaemonSet", "agent"), failing("agent-1", kind="DaemonSet", owner="agent")]
    many = deployed(*[failing(f"web-{number}") for number in range(MOST + 1)])
    for bodies, word in (
        (agent, "DaemonSet"),
        ([failing("alone", kind="")], "stays"),
        (many, "deletes them"),
    ):
        draft = await CordonNode().draft(await situation(*bodies, *PAIR))
        assert isinstance(draft, Draft)
        assert [each.verb for each in draft.writes] == [Verb.PATCH]
        assert word in draft.warnings[-1]


async def test_cordon_moves_no_pod_that_may_stand_nowhere_else() -> None:
    """It would not stand anywhere."""
    pinned = failing("web-1", spec={"nodeName": "node-1", "nodeSelector": {"place": "edge"}})
    draft = await CordonNode().draft(await situation(*deployed(pinned), *PAIR))
    assert isinstance(draft, Draft)
    assert [each.verb for each in draft.writes] == [Verb.PATCH]
    assert "nodeSelector" in draft.warnings[-1]


async def test_cordon_names_a_few_of_many_other_nodes() -> None:
    """A list of a thousand says no more."""
    nodes = [_node(f"node-{number}") for number in range(1, 8)]
    draft = await CordonNode().draft(await situation(*deployed(), *nodes))
    assert isinstance(draft, Draft)
    assert draft.warnings[0].startswith("New pods go to node-2, node-3, node-4 and 3 more;")
