"""The desk, asked by a command: who and what in, what they are told out.

Whether the asker may know is the desk's to decide, and whether they may have something changed is decided where changes
are; here both are only put into words.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from bot.facts.people import Asker
from bot.ports.answering import Answer, Desk, Listed, Nothing, Several, Told
from bot.ports.judging import Jury
from bot.ports.repairing import Offers, Proposed, Repairs, Wish, Words
from bot.slack import answers, board, confirmations, ledgers, offering
from bot.slack.commands import Command, Verb
from bot.slack.message import Message


# Said by whoever asks for a change where none can be made.
READ_ONLY: Final = Nothing(
    "nothing can be changed from here", "`fix` says what to do; the settings allow changes"
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What somebody is told.

    Attributes:
        messages: as a channel would get them; never none.
        open: others in the channel may hear it, too.
        done: what was wanted is done, and shows by itself.
    """

    messages: tuple[Message, ...]
    open: bool = False
    done: bool = False


class Asking:
    """Asks the desk, and has its answer as messages.

    Args:
        desk: knows.
        now: the time.
        repairs: changes what is wrong; None where nothing may be changed.
        jury: hears whether a verdict was right; None where nobody does.

    Attributes:
        repairs: the same.
    """

    def __init__(
        self,
        desk: Desk,
        now: Callable[[], datetime],
        repairs: Repairs | None = None,
        jury: Jury | None = None,
    ) -> None:
        self._desk, self._jury = desk, jury
        self.repairs = repairs
        self._now = now
        self._ways = {
            Verb.WHY: self._why,
            Verb.FIX: self._fix,
            Verb.SWEEP: self._sweep,
            Verb.LIST: self._list,
            Verb.HISTORY: self._history,
            Verb.CLUSTERS: self._clusters,
            Verb.ACK: self._acknowledge,
            Verb.SNOOZE: self._snooze,
        }

    async def reply(self, asker: Asker, command: Command) -> Reply:
        """What the desk says; for a command that asks it nothing, the help."""
        way = self._ways.get(command.verb)
        return await way(asker, command) if way else Reply((answers.helped(),))

    async def _why(self, asker: Asker, command: Command) -> Reply:
        if command.offers and self.repairs is not None and command.question.words:
            found = await self.repairs.offers(asker, command.question)
            return _offered(found, await self._telling(found), replace(command, offers=False))
        answer = await self._desk.why(asker, command.question)
        return _of(answer, await self._telling(answer), command)

    async def _telling(self, found: Answer | Offers) -> Callable[[Told], tuple[Message, ...]]:
        """How a diagnosis is told: where an incident is about the same, with the question whether it is right."""
        answer = found.told if isinstance(found, Offers) else found
        if self._jury is None or not isinstance(answer, Told) or answer.is_list:
            return answers.told
        return partial(answers.told, incidents=await self._jury.incidents(answer.documents))

    async def _fix(self, asker: Asker, command: Command) -> Reply:
        if command.is_wish:
            return await self._wish(asker, command)
        if self.repairs is None:
            return _of(await self._desk.why(asker, command.question), answers.fixes, command)
        found = await self.repairs.offers(asker, command.question)
        may = isinstance(found, Offers) and bool(found.offers)
        return _offered(found, answers.fixable if may else answers.fixes, command)

    async def _wish(self, asker: Asker, command: Command) -> Reply:
        if self.repairs is None:
            return Reply((answers.nothing(READ_ONLY),))
        wish = Wish(command.question, command.action, command.incident, command.undo)
        found = await self.repairs.request(asker, wish)
        match found:
            case Proposed():
                return Reply((offering.requested(found),))
            case Words():
                return Reply(offering.words(found), open=True)
            case Several():
                return Reply((offering.several(found, command),))
            case Nothing():
                return Reply((answers.nothing(found),))

    async def _sweep(self, asker: Asker, command: Command) -> Reply:
        return _of(await self._desk.sweep(asker, command.question.cluster), answers.told, command)

    async def _list(self, asker: Asker, command: Command) -> Reply:
        cluster = command.question.cluster
        found = await self._desk.incidents(asker, cluster)
        if not isinstance(found, Nothing) and not found:
            states = [each for each in await self._desk.clusters(asker) if cluster in ("", each.name)]
            return Reply(board.nothing_open(states, cluster), open=True)
        return self._listed(found, board.open_incidents, cluster)

    async def _history(self, asker: Asker, command: Command) -> Reply:
        cluster = command.question.cluster
        reply = self._listed(await self._desk.history(asker, cluster), board.ended_incidents, cluster)
        if self.repairs is None or not reply.open:
            return reply
        changes = await self.repairs.changes(asker, cluster)
        return replace(reply, messages=(*reply.messages, *ledgers.changes(changes, self._now())))

    async def _clusters(self, asker: Asker, _command: Command) -> Reply:
        return Reply(board.cluster_states(await self._desk.clusters(asker), self._now()))

    async def _acknowledge(self, asker: Asker, command: Command) -> Reply:
        done = await self._desk.acknowledge(asker, command.incident)
        return _done(done, confirmations.acknowledged)

    async def _snooze(self, asker: Asker, command: Command) -> Reply:
        done = await self._desk.snooze(asker, command.incident, command.span)
        return _done(done, confirmations.snoozed)

    def _listed(
        self,
        found: Sequence[Listed] | Nothing,
        told: Callable[[Sequence[Listed], str, datetime], tuple[Message, ...]],
        cluster: str,
    ) -> Reply:
        if isinstance(found, Nothing):
            return Reply((answers.nothing(found),))
        return Reply(told(found, cluster, self._now()), open=True)


def _offered(
    found: Offers | Several | Nothing, told: Callable[[Told], tuple[Message, ...]], command: Command
) -> Reply:
    if isinstance(found, Offers):
        return Reply(offering.offered(found, told(found.told)), open=True)
    return _of(found, told, command)


def _of(answer: Answer, told: Callable[[Told], tuple[Message, ...]], command: Command) -> Reply:
    match answer:
        case Told():
            return Reply(told(answer), open=True)
        case Several():
            return Reply((answers.several(answer, command),))
        case Nothing():
            return Reply((answers.nothing(answer),))


def _done(done: Listed | Nothing, told: Callable[[Listed], Message]) -> Reply:
    if isinstance(done, Nothing):
        return Reply((answers.nothing(done),))
    return Reply((told(done),), done=True)
