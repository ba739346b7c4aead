"""A replica that carries plans out, with a clock that only moves when something waits."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.errors import BotError
from bot.facts.change import Plan
from bot.facts.proposal import Proposal
from bot.ports.keeping import Kind, Letter
from bot.remediation.holding import Means
from tests.fakes.ledger import MemoryLedger


class Clock:
    """A time that moves when somebody waits.

    Attributes:
        moment: now.
        waited: what was waited for, in order.
    """

    def __init__(self, moment: datetime) -> None:
        self.moment = moment
        self.waited: list[timedelta] = []

    def now(self) -> datetime:
        """The time."""
        return self.moment

    async def wait(self, span: timedelta) -> None:
        """Let it pass."""
        self.waited.append(span)
        self.moment += span


class Reasons:
    """Says whether a plan's reasons hold.

    Attributes:
        answers: what is said, in order; an error is raised. Then they hold.
        asked: how often they were asked for.
    """

    def __init__(self, *answers: str | BotError) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self, plan: Plan) -> str:
        """Say it."""
        self.asked += 1
        answer = self.answers.pop(0) if self.answers else ""
        if isinstance(answer, BotError):
            raise answer
        return answer if plan.id else "no plan"


def told(proposal: Proposal) -> Sequence[Letter]:
    """How it stands, by its stage alone."""
    card = Letter(proposal.id, proposal.channel, Kind.MESSAGE, proposal.stage.value)
    if not proposal.stage.is_over:
        return (card,)
    return card, Letter(proposal.id, proposal.channel, Kind.REPLY, proposal.outcome)


def means(ledger: MemoryLedger, clock: Clock, holder: str = "one") -> Means:
    """What a replica of that name works with."""
    return Means(ledger, told, clock.now, clock.wait, holder)
