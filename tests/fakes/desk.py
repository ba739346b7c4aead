"""A desk for the tests of those who ask it: answers that a test sets in, what it was asked out."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.facts.cause import Scope, Severity
from bot.facts.document import Document
from bot.facts.episode import Stage
from bot.facts.people import Asker
from bot.facts.verdict import Confidence, Report
from bot.ports.answering import (
    Answer,
    ClusterState,
    Failing,
    Listed,
    Nothing,
    Question,
    Told,
)


AT = datetime(2026, 3, 1, 14, 20, 0, tzinfo=UTC)
NOTHING = Nothing("there is nothing of that name", "`list` shows what is open")


def listed(incident: str = "k7q2mzr4ta", text: str = "web", **changed: Any) -> Listed:
    """An incident in a few words, each of its strings this text."""
    made = Listed(
        id=incident,
        cause="wrong-tag",
        title=text,
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        scope=Scope.WORKLOAD,
        place=text,
        stage=Stage.OPEN,
        since=AT - timedelta(minutes=17),
        broken={"prod-eu": (1, 3)},
    )
    return replace(made, **changed)


def state(name: str = "prod-eu", **changed: Any) -> ClusterState:
    """A cluster that was looked at a moment ago."""
    made = ClusterState(name, AT - timedelta(seconds=20), "", 1, timedelta(seconds=60))
    return replace(made, **changed)


def told(*documents: Document, is_list: bool = False) -> Told:
    """A diagnosis that was found in one cluster."""
    report = Report("prod-eu", AT.isoformat(), (), (), (), looked_at=240)
    return Told(report, documents, is_list)


@dataclass
class FakeDesk:
    """Answers what it was told to.

    Attributes:
        answer: to ``why`` and ``sweep``.
        asked: each question: the method, who asked, and what.
        gate: nothing is answered before it is open.
        denied: ids of people for whom there is nothing.
        fails: raised instead of an answer.
    """

    answer: Answer = NOTHING
    listed: tuple[Listed, ...] = ()
    ended: tuple[Listed, ...] = ()
    states: tuple[ClusterState, ...] = field(default_factory=lambda: (state(),))
    pods: tuple[Failing, ...] = ()
    asked: list[tuple[str, Asker, object]] = field(default_factory=list)
    gate: asyncio.Event | None = None
    denied: frozenset[str] = frozenset()
    fails: Exception | None = None

    async def why(self, asker: Asker, question: Question) -> Answer:
        """What the test set."""
        return self.answer if await self._may("why", asker, question) else NOTHING

    async def sweep(self, asker: Asker, cluster: str) -> Answer:
        """What the test set."""
        return self.answer if await self._may("sweep", asker, cluster) else NOTHING

    async def incidents(self, asker: Asker, cluster: str = "") -> tuple[Listed, ...] | Nothing:
        """What the test set."""
        return self.listed if await self._may("incidents", asker, cluster) else ()

    async def history(self, asker: Asker, cluster: str = "") -> tuple[Listed, ...] | Nothing:
        """What the test set."""
        return self.ended if await self._may("history", asker, cluster) else ()

    async def acknowledge(self, asker: Asker, incident: str) -> Listed | Nothing:
        """The incident of that id, acknowledged."""
        return await self._changed("acknowledge", asker, incident, acknowledged_by=asker.person.name)

    async def snooze(self, asker: Asker, incident: str, span: timedelta) -> Listed | Nothing:
        """The incident of that id, silent for so long."""
        return await self._changed("snooze", asker, incident, snoozed_until=AT + span)

    async def clusters(self, asker: Asker) -> tuple[ClusterState, ...]:
        """What the test set."""
        return self.states if await self._may("clusters", asker, "") else ()

    async def failing(self, asker: Asker, cluster: str, typed: str, most: int) -> tuple[Failing, ...]:
        """The pods of the cluster whose names hold what was typed."""
        if not await self._may("failing", asker, (cluster, typed)):
            return ()
        found = [each for each in self.pods if each.cluster == cluster and typed in each.pod]
        return tuple(found[:most])

    def questions(self, method: str) -> list[object]:
        """What a method was asked."""
        return [what for name, _, what in self.asked if name == method]

    async def _changed(self, method: str, asker: Asker, incident: str, **changed: Any) -> Listed | Nothing:
        if not await self._may(method, asker, incident):
            return NOTHING
        found = next((each for each in self.listed if each.id == incident), None)
        if found is None:
            return NOTHING
        after = replace(found, **changed)
        self.listed = tuple(after if each.id == incident else each for each in self.listed)
        return after

    async def _may(self, method: str, asker: Asker, what: object) -> bool:
        self.asked.append((method, asker, what))
        if self.gate is not None:
            await self.gate.wait()
        if self.fails is not None:
            raise self.fails
        return asker.person.id not in self.denied and not asker.person.outside
