"""A cause as the playbooks state it: which symptoms it shows, what must be true, what would rule it out."""

from dataclasses import dataclass
from enum import StrEnum

from bot.facts.evidence import Answer


class Scope(StrEnum):
    """Where a cause lies, narrowest first."""

    WORKLOAD = "workload"
    NAMESPACE = "namespace"
    NODE = "node"
    REGISTRY = "registry"
    CLUSTER = "cluster"


class Weight(StrEnum):
    """What an answer does to a cause."""

    MUST = "must"
    SUPPORTS = "supports"
    EXCLUDES = "excludes"


class Severity(StrEnum):
    """How much it hurts; says nothing about how sure the verdict is."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Disposition(StrEnum):
    """How a remedy may be carried out; the strictest unless said otherwise."""

    SAFE = "safe"
    NEEDS_APPROVAL = "needs-approval"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Expectation:
    """A check and the answer that speaks for the cause."""

    check: str
    expect: Answer = Answer.YES


@dataclass(frozen=True, slots=True)
class Ask:
    """One line of a cause's evidence. Several expectations mean: one of them is enough.

    Attributes:
        when: only for these symptoms; empty for all of the cause's.
    """

    any_of: tuple[Expectation, ...]
    weight: Weight
    when: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cause:
    """The decisions of one playbook folder.

    Attributes:
        order: place in the table of causes; the last tie-break of the judge.
        scopes: where it may lie, narrowest first.
        message_proves: the message cannot mean anything else, so it is the proof.
    """

    id: str
    title: str
    order: int
    scopes: tuple[Scope, ...]
    severity: Severity
    symptoms: tuple[str, ...]
    evidence: tuple[Ask, ...]
    remedies: tuple[str, ...]
    look_alikes: tuple[str, ...] = ()
    message_proves: bool = False
    stable: bool = True
