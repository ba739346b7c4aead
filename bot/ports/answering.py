"""What a chat asks of the bot: somebody's question in, what they may see of the answer out.

Whoever answers decides by the operator's grants, so no channel needs to: what an asker may not see is answered as if it
did not exist.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from bot.facts.cause import Scope, Severity
from bot.facts.document import Document
from bot.facts.episode import Stage
from bot.facts.people import Asker
from bot.facts.verdict import Confidence, Report


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody wants explained.

    Attributes:
        words: as after ``imagepull why``: ``web-7d4f``, ``shop/web-7d4f``, ``deploy/web``; none for all that fails.
        namespace: of ``-n``; "" when none was named.
        cluster: of ``-c``; "" when none was named.
    """

    words: tuple[str, ...] = ()
    namespace: str = ""
    cluster: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What was found in one cluster.

    Attributes:
        report: filtered to what the asker may see.
        documents: one for each diagnosis that was asked for, or for each incident of a list.
        is_list: many things in short rather than a few in full.
    """

    report: Report
    documents: tuple[Document, ...]
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several things that the words may mean; asking for ``question`` means this one."""

    question: Question
    label: str


@dataclass(frozen=True, slots=True)
class Several:
    """The words may mean several things; at most a screenful of them."""

    why: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Nothing:
    """It cannot be answered: there is nothing of that name (that the asker may see), or a cluster cannot be read.

    Attributes:
        failed: it was tried and went wrong, rather than not being there.
    """

    message: str
    hint: str = ""
    failed: bool = False


Answer = Told | Several | Nothing


@dataclass(frozen=True, slots=True)
class Listed:
    """An incident in a few words, as far as the asker may see it.

    Attributes:
        title: the cause in words.
        place: where it lies, in words.
        broken: cluster -> how many workloads and how many pods.
    """

    id: str
    cause: str | None
    title: str
    severity: Severity
    confidence: Confidence
    scope: Scope
    place: str
    stage: Stage
    since: datetime
    broken: dict[str, tuple[int, int]] = field(default_factory=dict)
    storm: bool = False
    ended: datetime | None = None
    returns: int = 0
    acknowledged_by: str = ""
    snoozed_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ClusterState:
    """How it stands with the looks at one cluster.

    Attributes:
        looked_at: when it was last looked at to the end; None so far never.
        trouble: why it cannot be looked at, or not whole; "" when all is well.
        open: how many incidents are open that the asker may see.
        interval: between two looks.
    """

    name: str
    looked_at: datetime | None
    trouble: str
    open: int
    interval: timedelta


@dataclass(frozen=True, slots=True)
class Failing:
    """A pod to choose from a list."""

    cluster: str
    namespace: str
    pod: str
    reason: str


class Desk(Protocol):
    """Answers people. No method raises: what goes wrong is :class:`Nothing` with a hint."""

    async def why(self, asker: Asker, question: Question) -> Answer:
        """Diagnose a pod or workload, or all that fails in a namespace."""
        ...

    async def sweep(self, asker: Asker, cluster: str) -> Answer:
        """Look at a whole cluster now. "" for the only one there is."""
        ...

    async def incidents(self, asker: Asker, cluster: str = "") -> tuple[Listed, ...] | Nothing:
        """What is open, the worst first; of one cluster, or of all."""
        ...

    async def history(self, asker: Asker, cluster: str = "") -> tuple[Listed, ...] | Nothing:
        """What ended of late, the latest first."""
        ...

    async def acknowledge(self, asker: Asker, incident: str) -> Listed | Nothing:
        """Say that the asker looks after an incident."""
        ...

    async def snooze(self, asker: Asker, incident: str, span: timedelta) -> Listed | Nothing:
        """Hear nothing of an incident for a while."""
        ...

    async def clusters(self, asker: Asker) -> tuple[ClusterState, ...]:
        """The clusters that the asker may ask about."""
        ...

    async def failing(self, asker: Asker, cluster: str, typed: str, most: int) -> tuple[Failing, ...]:
        """Failing pods whose name holds what was typed, the best matches first; quick: from the last look."""
        ...
