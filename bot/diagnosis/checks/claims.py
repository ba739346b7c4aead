"""The table of checks: what each claims, whom it asks, what right it needs, what it costs.

A check module registers its functions with :func:`check`; importing :mod:`bot.diagnosis.checks.table` fills
the table. The docstring of a check states its claim and what makes it YES, NO and UNKNOWN; ``docs/checks.md``
is generated from it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.diagnosis.scene import Scene
from bot.facts.evidence import Answer, Evidence, Witness
from bot.facts.failure import PullFailure, Workload
from bot.facts.objects import Node, Unread
from bot.facts.statement import Statement
from bot.ports.keeping import Tags
from bot.ports.probing import RegistryProber


@dataclass(frozen=True, slots=True)
class Case:
    """One failure under examination, with everything that may be asked about it.

    Attributes:
        vantage: where we stand relative to the nodes' network: ``inside``, ``outside``, ``unknown``.
        mirrors: registry host -> the mirror that the nodes use for it, as the settings say.
        recollection: what was seen before this look; None where nobody remembers.
        statements: what nodes of this cluster said of themselves, those alone that still hold.
    """

    failure: PullFailure
    workload: Workload
    scene: Scene
    prober: RegistryProber
    vantage: str = "unknown"
    mirrors: Mapping[str, str] = field(default_factory=dict)
    recollection: Tags | None = None
    statements: Sequence[Statement] = ()


Question = Callable[[Case], Awaitable[Evidence]]


@dataclass(frozen=True, slots=True)
class Check:
    """A row of the table.

    Attributes:
        tier: the least tier of rights at which it can answer (``0``, ``1``, ``2a``, ``2b``; ``registry`` for
            those that leave the cluster, ``node`` for those that tell what a node said when somebody had it asked).
        requests: requests to the cluster or registry when nothing is cached yet; cheap ones are asked first.
    """

    id: str
    witness: Witness
    tier: str
    requests: int
    ask: Question
    doc: str


_TABLE: dict[str, Check] = {}


def check(identifier: str, witness: Witness, tier: str, requests: int) -> Callable[[Question], Question]:
    """Enter a function into the table under the id of its claim."""

    def enter(function: Question) -> Question:
        if identifier in _TABLE:
            raise ValueError(f"two checks are called {identifier}")
        _TABLE[identifier] = Check(identifier, witness, tier, requests, function, function.__doc__ or "")
        return function

    return enter


def table() -> Mapping[str, Check]:
    """Every check that has been entered, by id."""
    return _TABLE


def yes(check_id: str, witness: Witness = Witness.CLUSTER, **details: str) -> Evidence:
    """The claim is true."""
    return Evidence(check_id, Answer.YES, witness, details)


def no(check_id: str, witness: Witness = Witness.CLUSTER, **details: str) -> Evidence:
    """The claim is false, and somebody who can know said so."""
    return Evidence(check_id, Answer.NO, witness, details)


def answered(check_id: str, true: bool, witness: Witness = Witness.CLUSTER, **details: str) -> Evidence:
    """YES or NO."""
    return Evidence(check_id, Answer.YES if true else Answer.NO, witness, details)


def unknown(check_id: str, why: str, witness: Witness = Witness.CLUSTER, would_answer: str = "") -> Evidence:
    """Nobody could tell: the reason is part of the answer."""
    return Evidence(check_id, Answer.UNKNOWN, witness, {}, why, would_answer)


def unread(check_id: str, missing: Unread, witness: Witness = Witness.CLUSTER) -> Evidence:
    """A read that failed is an UNKNOWN that carries its own remedy."""
    return Evidence(check_id, Answer.UNKNOWN, witness, {}, missing.why, missing.remedy, missing.what)


async def node_of(case: Case) -> Node | Unread:
    """The node that the failing pod is bound to."""
    nodes = await case.scene.reader.nodes()
    if isinstance(nodes, Unread):
        return nodes
    name = case.failure.pod.node
    found = next((node for node in nodes if node.name == name), None)
    return found or Unread(f"node {name}", "not found")
