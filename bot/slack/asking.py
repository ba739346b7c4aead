"""The desk, asked by a command: who and what in, what they are told out.

Whether the asker may know is the desk's to decide; here it is only put into words.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.facts.people import Asker
from bot.ports.answering import Answer, Desk, Listed, Nothing, Several, Told
from bot.slack import answers, board, confirmations
from bot.slack.commands import Command, Verb
from bot.slack.message import Message


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
    """

    def __init__(self, desk: Desk, now: Callable[[], datetime]) -> None:
        self._desk = desk
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
        return _of(await self._desk.why(asker, command.question), answers.told)

    async def _fix(self, asker: Asker, command: Command) -> Reply:
        return _of(await self._desk.why(asker, command.question), answers.fixes)

    async def _sweep(self, asker: Asker, command: Command) -> Reply:
        return _of(await self._desk.sweep(asker, command.question.cluster), answers.told)

    async def _list(self, asker: Asker, command: Command) -> Reply:
        cluster = command.question.cluster
        found = await self._desk.incidents(asker, cluster)
        if not isinstance(found, Nothing) and not found:
            states = [each for each in await self._desk.clusters(asker) if cluster in ("", each.name)]
            return Reply(board.nothing_open(states, cluster), open=True)
        return self._listed(found, board.open_incidents, cluster)

    async def _history(self, asker: Asker, command: Command) -> Reply:
        cluster = command.question.cluster
        return self._listed(await self._desk.history(asker, cluster), board.ended_incidents, cluster)

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


def _of(answer: Answer, told: Callable[[Told], tuple[Message, ...]]) -> Reply:
    match answer:
        case Told():
            return Reply(told(answer), open=True)
        case Several():
            return Reply((answers.several(answer),))
        case Nothing():
            return Reply((answers.nothing(answer),))


def _done(done: Listed | Nothing, told: Callable[[Listed], Message]) -> Reply:
    if isinstance(done, Nothing):
        return Reply((answers.nothing(done),))
    return Reply((told(done),), done=True)
