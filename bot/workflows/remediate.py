"""Changes, as people ask for them: implements ``Repairs``. Nothing is raised: what goes wrong is an answer, too."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar

from bot.errors import BotError
from bot.facts.people import Asker
from bot.facts.proposal import Proposal
from bot.ports.answering import Nothing, Question, Several
from bot.ports.repairing import Click, Offers, Proposed, Wish, Words
from bot.workflows import fixing
from bot.workflows.deciding import Deciding
from bot.workflows.fixing import Terms, Tools
from bot.workflows.proposing import Proposing
from bot.workflows.reach import Reach
from bot.workflows.undoing import Undoing


T = TypeVar("T")

_HISTORY = timedelta(days=7)


class Repair:
    """Implements ``Repairs``.

    Args:
        reach: the clusters as people may see them.
        terms: what the settings say about changes.
        tools: what it works with.

    Attributes:
        terms: may be replaced at any time.
    """

    def __init__(self, reach: Reach, terms: Terms, tools: Tools) -> None:
        self.terms = terms
        self._reach, self._tools = reach, tools
        given = reach, lambda: self.terms, tools
        self._proposing, self._undoing, self._deciding = Proposing(*given), Undoing(*given), Deciding(*given)

    async def offers(self, asker: Asker, question: Question) -> Offers | Several | Nothing:
        """What can be done about a pod or workload."""
        return await self._safe(self._proposing.offers(asker, question))

    async def request(self, asker: Asker, wish: Wish) -> Proposed | Words | Several | Nothing:
        """Plan it, try it without effect, and have it shown to those who may approve."""
        if wish.undo:
            return await self._safe(self._undoing.request(asker, wish.undo))
        return await self._safe(self._proposing.request(asker, wish))

    async def approve(self, asker: Asker, name: str, click: Click) -> Proposed | Nothing:
        """Say yes to a plan; with the last yes that it needs it is carried out."""
        return await self._safe(self._deciding.approve(asker, name, click))

    async def decline(self, asker: Asker, name: str, click: Click) -> Proposed | Nothing:
        """Say no to a plan, as an approver or as who asked for it."""
        return await self._safe(self._deciding.decline(asker, name, click))

    async def changes(self, asker: Asker, cluster: str = "") -> tuple[Proposal, ...] | Nothing:
        """What was asked for and done in the last week, the newest first."""
        return await self._safe(self._changes(asker, cluster))

    async def _changes(self, asker: Asker, cluster: str) -> tuple[Proposal, ...] | Nothing:
        view = self._reach.view(asker)
        found = self._reach.clusters(view, cluster)
        if isinstance(found, Nothing):
            return found
        since = self._tools.clock() - _HISTORY
        every = await self._tools.ledger.since(since, found[0] if cluster else "")
        return tuple(each for each in every if fixing.is_shown(self._reach, view, each))

    async def _safe(self, asked: Awaitable[T]) -> T | Nothing:
        """The answer, or why there is none."""
        try:
            return await asked
        except BotError as error:
            return Nothing(error.message, error.hint, failed=True)
