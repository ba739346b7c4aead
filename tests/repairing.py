"""A place where changes are asked for and decided: one cluster, a ledger, people and rules, for the tests of the workflows."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

from bot.errors import ClusterUnreadable
from bot.facts.cause import Cause, Disposition, Scope, Severity
from bot.facts.document import Document, RemedyLine
from bot.facts.episode import Episode
from bot.facts.people import Asker, Grant, Person
from bot.facts.proposal import Proposal
from bot.facts.text import Span
from bot.facts.verdict import Report
from bot.incidents.routing import Match, Route, Routing
from bot.ports.keeping import Address, Kind, Letter
from bot.ports.reading import ClusterReader
from bot.ports.repairing import Click
from bot.remediation.policy import Policy, Rule
from bot.rendering import compose
from bot.rendering.voice import Voice
from bot.wiring import Knowledge
from bot.workflows.fixing import Terms, Tools
from bot.workflows.lately import Lately
from bot.workflows.reach import Place, Reach, Rules
from bot.workflows.remediate import Repair
from bot.workflows.world import World
from tests import lives, recorded
from tests.cases import IMAGE
from tests.fakes.cluster import NOW
from tests.fakes.holding import Clock
from tests.fakes.ledger import MemoryLedger
from tests.fakes.rehearsing import FakeRehearse
from tests.fakes.store import FakeStore
from tests.situations import deployed, failing, situation


MINUTE = timedelta(minutes=1)
DANA = Person("U1", "T1", "dana", frozenset({"@developers"}))
ROBIN = Person("U2", "T1", "robin", frozenset({"@sre"}))
SAM = Person("U3", "T1", "sam", frozenset({"@sre"}))
EVE = Person("U4", "T1", "eve")
SHOP = ("C1", "#shop")
GONE = f'failed to resolve reference "{IMAGE}": {IMAGE}: not found'
RULE = Rule(("*",), ("@sre",), name="approvals[0]")
POLICY = Policy((RULE,), (Grant(("@developers",)),), (Grant(("*",)),), writers=frozenset({"eu"}))
ROUTES = Routing((Route(Match(namespaces=("pay",)), "#pay"), Route(Match(), "#shop")))
CAUSE = Cause(
    "test-cause",
    "The tag is not there",
    1,
    (Scope.WORKLOAD,),
    Severity.HIGH,
    ("manifest-not-found",),
    (),
    ("recreate-pod", "wait", "manual", "suspend"),
    message_proves=True,
)
_DISPOSITIONS = {"wait": Disposition.SAFE, "manual": Disposition.MANUAL}


def broken(*names: str, **changes: Any) -> list[dict[str, Any]]:
    """Pods of web that say that their image is not there."""
    pods = [failing(each, **changes) for each in names or ("web-1",)]
    for each in pods:
        each["status"]["containerStatuses"][0]["state"]["waiting"]["message"] = GONE
    return pods


def asking(person: Person, where: tuple[str, str] = SHOP) -> Asker:
    """Somebody in a channel."""
    return Asker(person, *where)


class Cards:
    """Spells proposals by their stage."""

    def card(self, proposal: Proposal) -> str:
        """The message."""
        return f"card {proposal.stage} {len(proposal.approvals)}"

    def result(self, proposal: Proposal) -> str:
        """The reply."""
        return f"{proposal.stage}: {proposal.outcome}"


class Bench:
    """One cluster, in which Deployment web of namespace shop fails.

    Attributes:
        people: who they are when they are looked up afresh, by ``team/id``.
        stable: whether the cause is well known.
        woken: how often somebody said that there is something to be carried out.
        paused: for how many seconds somebody waited, each time.
        arrives: called after each wait.
    """

    def __init__(self, known: Knowledge) -> None:
        self.known, self.ledger, self.keeper = known, MemoryLedger(), FakeStore()
        self.clock, self.seen = Clock(NOW), Lately(MINUTE)
        self.people = {each.key: each for each in (DANA, ROBIN, SAM, EVE)}
        self.cause, self.stable, self.woken = CAUSE, True, 0
        self.paused: list[float] = []
        self.arrives: Callable[[], object] = bool
        self.terms = Terms(POLICY, ROUTES, lambda cause: f"title of {cause}")
        self.reader: ClusterReader
        self.rehearse: FakeRehearse
        self.places = {"eu": Place("eu", MINUTE, MINUTE, self.world)}
        self.reach = Reach(Rules(self.places, self.terms.policy.ask), self.seen)
        self._names = count(1)
        self.repair = Repair(self.reach, self.terms, self.tools())

    async def fill(self, *bodies: Any) -> None:
        """Have these objects in the cluster; a Deployment with one failing pod unless given."""
        made = await situation(*(bodies or deployed(*broken())))
        assert isinstance(made.rehearse, FakeRehearse)
        self.reader, self.rehearse = made.reader, made.rehearse

    def tools(self) -> Tools:
        """What changes are asked for with."""

        def approved() -> None:
            self.woken += 1

        async def pause(seconds: float) -> None:
            self.paused.append(seconds)
            self.arrives()

        return Tools(
            self.ledger,
            self.keeper,
            Cards(),
            self._words,
            self.rehearsing,
            lambda: f"plan-{next(self._names)}",
            self.clock.now,
            approved=approved,
            pause=pause,
        )

    def govern(self, **changes: Any) -> None:
        """Have other rules."""
        self.terms = replace(self.terms, policy=replace(self.terms.policy, **changes))
        self.repair.terms = self.terms
        self.reach.rules = replace(self.reach.rules, grants=self.terms.policy.ask)

    async def alert(self, *workloads: str, channel: str = "#shop") -> Episode:
        """Have an alert about workloads, ``shop/web`` unless given."""
        episode = replace(lives.opened(lives.incident(*workloads)).only, version=0)
        letter = Letter(episode.id, channel, Kind.MESSAGE, "alert")
        await self.keeper.save([episode], [], [letter])
        return episode

    def click(self, name: str, where: str = "#shop") -> Click:
        """A click on the message of a plan."""
        return Click(Address(f"id of {where}", name), self.recheck)

    async def recheck(self, name: str) -> Person | None:
        """Who somebody is now."""
        return self.people.get(name)

    async def present(self, people: Sequence[str], channel: str) -> Sequence[Asker]:
        """Who some are now, in a channel."""
        return [Asker(self.people[each], channel, SHOP[1]) for each in people if each in self.people]

    @asynccontextmanager
    async def world(self) -> AsyncIterator[World]:
        """The cluster, to be diagnosed."""
        made = recorded.world(self.reader, self.known)
        yield replace(made, cluster="eu", causes=(self.cause,))

    @asynccontextmanager
    async def rehearsing(self, cluster: str) -> AsyncIterator[FakeRehearse]:
        """The cluster, to try changes."""
        if cluster not in self.terms.policy.writers:
            raise ClusterUnreadable(f"{cluster} has no writer")
        yield self.rehearse

    async def _words(self, report: Report, _: bool) -> tuple[Document, ...]:
        with Voice(self.known.catalog) as voice:
            made = compose.documents(report, voice)
        return tuple(replace(each, remedies=self._remedies(), stable=self.stable) for each in made)

    def _remedies(self) -> tuple[RemedyLine, ...]:
        return tuple(
            RemedyLine(each, _DISPOSITIONS.get(each, Disposition.NEEDS_APPROVAL), (Span(f"Do {each}."),))
            for each in self.cause.remedies
        )


def bodies(letters: Sequence[Letter]) -> list[str]:
    """What letters say."""
    return [each.body for each in letters]
