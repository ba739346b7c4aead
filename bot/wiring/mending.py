"""Changes, put together: a bot's plan of the moment and what it remembers in, who is asked for changes and who carries them out.

Settings may change at any time, so everything here asks for the plan when it needs it.
"""

import asyncio
import secrets
import uuid
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from bot.errors import BotError, ClusterUnreadable
from bot.facts.document import Document
from bot.facts.people import Asker
from bot.facts.verdict import Report
from bot.ports.telling import Cards
from bot.store.opening import Store
from bot.wiring import allowing, plans, writers
from bot.wiring.plans import Plan
from bot.wiring.writers import Writer, WriterAccess
from bot.workflows.approval import Present
from bot.workflows.carrying import Carrier, Hands
from bot.workflows.fixing import Terms, Tools
from bot.workflows.reach import Reach
from bot.workflows.remediate import Repair
from bot.workflows.world import World


# 128 bits, and no letter that Slack or a terminal could read as something else.
_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Telling:
    """How changes are told.

    Attributes:
        cards: spells what is told of them.
        words: a document for each diagnosis of a report.
        stored: is called when there are letters to deliver.
        complain: is told which plan could not be carried on, and why.
        asked: is told in which cluster a node has said something.
    """

    cards: Cards
    words: Callable[[Report, bool], Awaitable[tuple[Document, ...]]]
    stored: Callable[[], object]
    complain: Callable[[str, Exception], object]
    asked: Callable[[str], object] = bool


class Mending:
    """What a bot changes with.

    Args:
        reach: the clusters as people may see them.
        plan: gives what the settings decide now.
        store: remembers.
        telling: tells it.
        now: the time.

    Attributes:
        repairs: answers people.
        carrier: carries out what they approved.
        present: looks up who said yes, before what they approved is begun; until somebody is named who can, nothing is.
    """

    def __init__(
        self,
        reach: Reach,
        plan: Callable[[], Plan],
        store: Store,
        telling: Telling,
        now: Callable[[], datetime],
    ) -> None:
        self._plan, self._memory = plan, store.recollection
        self.present: Present = _nobody_knows
        tools = Tools(
            ledger=store.ledger,
            keeper=store.keeper,
            cards=telling.cards,
            words=telling.words,
            rehearse=self._writing,
            new_id=_new_id,
            clock=now,
            stored=telling.stored,
            approved=self._wake,
        )
        hands = Hands(
            writers=self._writing,
            world=self._world,
            # Never the same twice: whoever comes back from the dead is somebody else.
            holder=uuid.uuid4().hex,
            wait=lambda span: asyncio.sleep(span.total_seconds()),
            complain=telling.complain,
            remember=store.recollection.note_statement,
            present=self._present,
            asked=telling.asked,
        )
        self.repairs = Repair(reach, terms(plan()), tools)
        self.carrier = Carrier(lambda: reach.rules, lambda: self.repairs.terms, tools, hands)

    def _wake(self) -> None:
        self.carrier.wake()

    async def _present(self, people: Sequence[str], channel: str) -> Sequence[Asker]:
        return await self.present(people, channel)

    def _writing(self, cluster: str) -> AbstractAsyncContextManager[Writer]:
        """What sees and changes a cluster.

        Raises:
            ClusterUnreadable: the settings have no such cluster, or nobody who may change it.
        """
        plan = self._plan()
        named = plan.settings.clusters.get(cluster)
        if named is None or named.writer is None:
            raise ClusterUnreadable(
                f"nothing is ever changed in {cluster}: it has no writer in the settings",
                f"name one under clusters.{cluster}.writer",
            )
        writer = named.writer
        access = WriterAccess(writer.context, writer.kubeconfig, writer.token_file)
        return writers.writing(plan.accesses[cluster], access)

    def _world(self, cluster: str) -> AbstractAsyncContextManager[World]:
        """A cluster to be diagnosed; registries are asked anew.

        Raises:
            ClusterUnreadable: the settings have no such cluster any more.
        """
        plan = self._plan()
        if cluster not in plan.accesses:
            raise ClusterUnreadable(
                f"the settings have no cluster {cluster} any more", "put it back, or let it be"
            )
        return plan.world(cluster, self._memory, anew=True)


def terms(plan: Plan) -> Terms:
    """What the settings and the playbooks say about changes."""
    titles = {cause.id: cause.title for cause in plan.known.catalog.causes}
    return Terms(
        allowing.policy(plan.settings),
        plans.routes(plan.settings, plan.known),
        partial(_title, titles),
    )


def _title(titles: dict[str, str], cause: str | None) -> str:
    return titles.get(cause or "", "The cause is not known")


async def _nobody_knows(_people: Sequence[str], _channel: str) -> Sequence[Asker]:
    raise BotError("nobody can look up who approved it", "plans are approved in Slack; is `slack.mode` off?")


def _new_id() -> str:
    return secrets.token_hex(_ID_BYTES)
