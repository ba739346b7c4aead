"""What is told about one failure or one incident, before any channel lays it out.

A verdict with its words -> a :class:`Document`; the terminal, Slack and the JSON ``summary`` all come from
this one. Every string in here has its control characters spelled out (:func:`bot.facts.text.shown`); a channel
adds the escaping of its own markup and nothing else.
"""

import shlex
from dataclasses import dataclass, replace
from datetime import datetime

from bot.facts.cause import Disposition, Scope, Severity
from bot.facts.evidence import Answer, Witness
from bot.facts.text import Paragraph, Text
from bot.facts.verdict import Confidence


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """One answer in words. For UNKNOWN also why, and the flag or right that would change it.

    Attributes:
        speaks_for: it is the answer that the cause expects, be that a yes or a no.
        relevant: it belongs to the proof, or would decide; the rest is for the full record.
    """

    check: str
    answer: Answer
    summary: Text
    source: Witness
    why_unknown: str = ""
    would_answer: str = ""
    relevant: bool = True
    speaks_for: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A cause that is still possible."""

    cause: str
    title: str


@dataclass(frozen=True, slots=True)
class RuledOutLine:
    """A cause that looked alike, and the answer that excluded it, in words."""

    cause: str
    title: str
    by: str
    because: Text


@dataclass(frozen=True, slots=True)
class Question:
    """What would decide between candidates, and what would let it be asked ("" when nobody can say)."""

    check: str
    claim: str
    would_answer: str = ""


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A command with the real names filled in, as a list of arguments. Never a shell line."""

    why: str
    argv: tuple[str, ...]

    @property
    def line(self) -> str:
        """The command quoted for a POSIX shell, to be copied."""
        return shlex.join(self.argv)


@dataclass(frozen=True, slots=True)
class RemedyLine:
    """Something that would help, with how it may be carried out."""

    action: str
    disposition: Disposition
    summary: Text


@dataclass(frozen=True, slots=True)
class Unchecked:
    """Something that could not be seen, and what would change that."""

    what: str
    why: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Where:
    """Where it fails. Empty fields do not apply or are not known.

    Attributes:
        pods: ``namespace/name`` of every pod concerned.
        workloads: ``Kind/name`` of every workload concerned, with its namespace in front where there are several.
        namespaces: of the pods concerned.
        more_pods: how many there are beyond those that are named: a chat names some of very many.
        more_workloads: likewise.
        more_nodes: likewise.
    """

    cluster: str
    scope: Scope
    namespace: str
    workload: str
    pods: tuple[str, ...]
    workloads: tuple[str, ...]
    nodes: tuple[str, ...]
    registry: str
    container: str
    container_kind: str
    image: str
    namespaces: tuple[str, ...] = ()
    more_pods: int = 0
    more_workloads: int = 0
    more_nodes: int = 0

    @property
    def pod_count(self) -> int:
        """How many pods are concerned."""
        return len(self.pods) + self.more_pods

    @property
    def workload_count(self) -> int:
        """How many workloads are concerned."""
        return len(self.workloads) + self.more_workloads

    @property
    def node_count(self) -> int:
        """How many nodes are concerned."""
        return len(self.nodes) + self.more_nodes

    def naming(self, most: int) -> "Where":
        """The same with so many names of each kind at most; those that are left out are counted."""
        return replace(
            self,
            pods=self.pods[:most],
            workloads=self.workloads[:most],
            nodes=self.nodes[:most],
            namespaces=self.namespaces[:most],
            more_pods=self.pod_count - len(self.pods[:most]),
            more_workloads=self.workload_count - len(self.workloads[:most]),
            more_nodes=self.node_count - len(self.nodes[:most]),
        )


@dataclass(frozen=True, slots=True)
class Document:
    """One thing that is wrong, told once for everything it breaks.

    Attributes:
        cause: id of the cause; None for "not known".
        ruled_out: the cause's look-alikes first.
        proof: the words about why this cause and not a look-alike.
        evidence: what each witness said.
        message: what the node said, verbatim but for characters that cannot be seen.
        next_try: when the kubelet tries again, where that can be known.
    """

    cause: str | None
    title: str
    headline: Text
    confidence: Confidence
    severity: Severity
    stable: bool
    where: Where
    symptom: str
    reason: str
    meaning: tuple[Paragraph, ...]
    proof: tuple[Paragraph, ...]
    evidence: tuple[EvidenceLine, ...]
    ruled_out: tuple[RuledOutLine, ...]
    possible: tuple[Candidate, ...]
    question: Question | None
    fix: tuple[Paragraph, ...]
    commands: tuple[CommandLine, ...]
    remedies: tuple[RemedyLine, ...]
    unchecked: tuple[Unchecked, ...]
    references: tuple[str, ...]
    message: str
    since: datetime | None = None
    next_try: datetime | None = None
