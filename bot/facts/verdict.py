"""The cause that the evidence proves, or the candidates it leaves and the question that would decide."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.facts.cause import Disposition, Scope
from bot.facts.evidence import Evidence
from bot.facts.failure import PullFailure, Workload
from bot.facts.testimony import Asked


class Confidence(StrEnum):
    """How sure a verdict is; says nothing about how much it hurts."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class RuledOut:
    """A cause that showed the same symptom and was excluded, with the check that excluded it."""

    cause: str
    by: str


@dataclass(frozen=True, slots=True)
class Remedy:
    """Something that would help. ``action`` is the id of an action; ``summary`` is filled by the words."""

    action: str
    disposition: Disposition = Disposition.MANUAL
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong. It can be computed again from its evidence.

    Attributes:
        cause: id of the cause; None for "not known".
        possible: further candidates that the evidence leaves open, likeliest first.
        deciding_question: id of the check whose answer would decide; "" when nothing is open.
    """

    cause: str | None
    confidence: Confidence
    evidence: tuple[Evidence, ...]
    ruled_out: tuple[RuledOut, ...] = ()
    possible: tuple[str, ...] = ()
    deciding_question: str = ""
    remedies: tuple[Remedy, ...] = ()

    def answer(self, check: str) -> Evidence | None:
        """The evidence of one check, or None when it was not asked."""
        return next((item for item in self.evidence if item.check == check), None)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A failure with its verdict: one row of ``failures`` in the JSON."""

    failure: PullFailure
    workload: Workload
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cause lies. Only the fields that its scope means are filled."""

    scope: Scope
    namespace: str = ""
    workload: str = ""
    node: str = ""
    registry: str = ""


@dataclass(frozen=True, slots=True)
class Incident:
    """One cause in one place, with everything it breaks."""

    cause: str | None
    place: Place
    confidence: Confidence
    diagnoses: tuple[Diagnosis, ...]

    @property
    def pods(self) -> tuple[str, ...]:
        """``namespace/name`` of every pod concerned, sorted, each once."""
        return tuple(sorted({each.failure.pod.key for each in self.diagnoses}))

    @property
    def workloads(self) -> int:
        """How many workloads are concerned."""
        return len({(each.workload.namespace, str(each.workload)) for each in self.diagnoses})


@dataclass(frozen=True, slots=True)
class Report:
    """The answer of ``why`` and ``sweep`` for one cluster: what the JSON says and the terminal shows.

    Attributes:
        recovered: ``namespace/name`` -> symptom id of failures that are over (the pod has its image since).
        asked: how often registries were asked of late, by this look and those before it.
        unseen: namespaces that could not be seen, where these are all that is missing.
    """

    cluster: str
    observed_at: str
    diagnoses: tuple[Diagnosis, ...]
    incidents: tuple[Incident, ...]
    unchecked: tuple[tuple[str, str, str], ...]
    looked_at: int = 0
    complete: bool = True
    recovered: Mapping[str, str] | None = None
    asked: tuple[Asked, ...] = ()
    unseen: frozenset[str] = frozenset()
