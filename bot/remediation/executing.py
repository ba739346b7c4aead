"""Carries an approved plan out, once: a held proposal in, its writes made or the reason why not out.

Before a write is sent it is stored that it may have been; after it what was answered. Between the two anybody may die, and
whoever takes over asks the object itself. The API server's own locking does the rest: each write holds to the uid and the
version that were read, so that of two alike only one has an effect.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.errors import BotError
from bot.facts.audit import Entry, Event
from bot.facts.change import ObjectKey, Plan, Verb, Write
from bot.facts.proposal import Proposal, Stage
from bot.ports.rehearsing import Accepted, Declined, Live, Reason
from bot.ports.writing import Change
from bot.remediation import differences, holding, judging
from bot.remediation.holding import Holding, Means
from bot.remediation.judging import Judgement, Turn


# How often a write is looked at and perhaps sent before it is given up, and how long after the first time until the next.
TURNS: Final = 5
_PAUSE: Final = timedelta(seconds=1)
# An approval is for now: who approves in the last minute of a plan still gets it done, who comes back from the dead does not.
WITHIN: Final = timedelta(minutes=10)
_ENDINGS: Final = {
    Turn.STALE: Stage.STALE,
    Turn.REFUSED: Stage.REFUSED,
    Turn.UNKNOWN: Stage.UNKNOWN,
}
# It was certainly not done, and may go another time.
_PASSING: Final = frozenset({Reason.CONFLICT, Reason.EXISTS, Reason.GONE, Reason.THROTTLED})

Check = Callable[[Plan], Awaitable[str]]
"""What of a plan's reasons does not hold any more, in words; "" when all do. May raise ``BotError``: it cannot be told."""

Writers = Callable[[str], AbstractAsyncContextManager[Change]]
"""What changes a cluster, by the cluster's name. Opening it may raise ``BotError``."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How the writing ended before its end.

    Attributes:
        outcome: in words, without a full stop.
    """

    stage: Stage
    outcome: str


class Execution:
    """One plan while it is carried out.

    Args:
        held: the proposal, held by us.
        means: what holding takes.
        change: the cluster's writer.
        check: asked before the first write.
    """

    def __init__(self, held: Holding, means: Means, change: Change, check: Check) -> None:
        self._holding, self._means = held, means
        self._change, self._check = change, check

    async def run(self) -> Proposal:
        """Make every write that is not made yet; how it stands then: being watched, or over.

        Raises:
            Overtaken: somebody else holds it by now.
            StoreError: it cannot be stored what is done; whoever holds it next goes on.
        """
        ending = await self._forbidden()
        while ending is None and self._proposal.done < len(self._plan.writes):
            ending = await self._written(self._plan.writes[self._proposal.done])
        if ending is not None:
            return await self._ended(ending)
        await self._holding.store(telling=True, stage=Stage.WATCHING)
        return self._proposal

    @property
    def _proposal(self) -> Proposal:
        return self._holding.proposal

    @property
    def _plan(self) -> Plan:
        return self._holding.proposal.plan

    async def _forbidden(self) -> Ending | None:
        """Why nothing may be written at all; None where it may, or where it was begun."""
        if self._proposal.digest != self._plan.digest:
            return Ending(Stage.STALE, "the stored plan is not the one that was shown")
        if self._proposal.done or self._proposal.begun:
            return None
        keys = [each.key for each in self._plan.writes]
        if len(set(keys)) < len(keys):
            # By the plan's id an object tells of one write, not of which.
            return Ending(Stage.REFUSED, "a plan that writes twice to one object is not carried out")
        if holding.is_ahead(self._proposal, self._means.clock()):
            return Ending(Stage.EXPIRED, "the clock went back since it was approved")
        if is_late(self._proposal, self._means.clock()):
            return Ending(Stage.EXPIRED, "nobody was there to carry it out in time")
        why = await self._doubt()
        return Ending(Stage.STALE, why) if why else None

    async def _doubt(self) -> str:
        """What of its reasons does not hold; what cannot be told counts as that."""
        said = ""
        for number in range(TURNS):
            await self._pause(number)
            await self._holding.keep()
            try:
                return await self._check(self._plan)
            except BotError as error:
                said = error.message
        return f"it cannot be told whether its reasons still hold: {said}"

    async def _written(self, write: Write) -> Ending | None:
        """Make one write; None when it is made."""
        said = "nothing was answered"
        for number in range(TURNS):
            await self._pause(number)
            judgement = await self._judged(write)
            if isinstance(judgement, Declined):
                said = judgement.said
                if judgement.reason is Reason.FORBIDDEN:
                    break
                continue
            finding, live = judgement
            if finding.turn is Turn.DONE:
                await self._found(write, finding)
                return None
            if finding.turn is not Turn.SEND:
                return Ending(_ENDINGS[finding.turn], finding.why)
            answer = await self._sent(write, live)
            if isinstance(answer, Accepted):
                return None
            said = f"{answer.said} ({answer.hint})" if answer.hint else answer.said
            if answer.reason not in _PASSING and not self._proposal.begun:
                return Ending(Stage.REFUSED, said)
        if self._proposal.begun:
            return Ending(Stage.UNKNOWN, f"it may have been written: {said}")
        return Ending(Stage.REFUSED, said)

    async def _judged(self, write: Write) -> tuple[Judgement, Live | None] | Declined:
        live = await self._change.read(write.key)
        if isinstance(live, Declined):
            return live
        finding = judging.judge(write, live, self._plan.id, begun=self._proposal.begun)
        if finding.turn is not Turn.SEND or write.copying is None:
            return finding, live
        source = await self._change.read(write.copying.source)
        if isinstance(source, Declined):
            return source
        changed = judging.source(write.copying, source)
        if not changed:
            return finding, live
        # What was sent before may still arrive.
        return Judgement(Turn.UNKNOWN if self._proposal.begun else Turn.STALE, changed), live

    async def _sent(self, write: Write, live: Live | None) -> Accepted | Declined:
        """Send it, with what is known of it stored before and after."""
        moment, before = self._means.clock(), self._proposal.begun
        meant = self._holding.entry(Event.SENT, self._told(write, live))
        await self._holding.store([meant], begun=True, sent_at=moment)
        answer = await self._change.change(write, live, self._plan.id)
        if isinstance(answer, Accepted):
            await self._made(write, {"answer": "accepted", **_warned(answer)})
        else:
            details = {"answer": answer.reason.value, "said": answer.said}
            # A refusal says nothing about the one that was sent before it.
            begun = before or answer.reason is Reason.UNCLEAR
            await self._holding.store([self._answered(write, details)], begun=begun)
        return answer

    async def _found(self, write: Write, finding: Judgement) -> None:
        """It was made before: by whoever died, or by a request whose answer was lost."""
        await self._made(write, {"answer": "found made", "said": finding.why})

    async def _made(self, write: Write, details: Mapping[str, str]) -> None:
        done = self._proposal.done + 1
        sent_at = self._proposal.sent_at or self._means.clock()
        entry = self._answered(write, details)
        await self._holding.store([entry], done=done, begun=False, sent_at=sent_at)

    async def _ended(self, ending: Ending) -> Proposal:
        event = {Stage.STALE: Event.STALE, Stage.EXPIRED: Event.EXPIRED, Stage.REFUSED: Event.REFUSED}.get(
            ending.stage, Event.ANSWERED
        )
        done, of = self._proposal.done, len(self._plan.writes)
        made = "; ".join(each.said or str(each.key) for each in self._plan.writes[:done])
        outcome = f"{ending.outcome}. Made before that, {done} of {of}: {made}" if done else ending.outcome
        entry = self._holding.entry(
            event, {"outcome": outcome, "stage": ending.stage.value, "made": f"{done} of {of}"}
        )
        return await self._holding.end(ending.stage, outcome, [entry])

    async def _pause(self, number: int) -> None:
        if number:
            await self._means.wait(_PAUSE * 2 ** (number - 1))

    def _told(self, write: Write, live: Live | None) -> dict[str, str]:
        """A write for the record."""
        told = {
            "write": f"{self._proposal.done + 1} of {len(self._plan.writes)}",
            "verb": write.verb.value,
            "object": str(write.key),
        }
        if live is not None:
            told |= {"uid": live.uid, "version": live.version}
        if write.patch:
            told["patch"] = differences.recorded(write.patch)
        if write.verb is Verb.CREATE:
            told["said"] = write.said
        if write.verb is Verb.COPY and write.copying is not None:
            told |= {"source": str(write.copying.source), "entry": write.copying.entry}
        return told

    def _answered(self, write: Write, details: Mapping[str, str]) -> Entry:
        return self._holding.entry(Event.ANSWERED, {"object": str(write.key), **details})


async def clear(held: Holding, change: Change, key: ObjectKey) -> None:
    """Take away what a plan made and nobody needs any more, if it is still there and the plan's; recorded, and no matter if it fails.

    Raises:
        Overtaken, StoreError: as storing a proposal does.
    """
    plan = held.proposal.plan.id
    live = await change.read(key)
    if not isinstance(live, Live) or not judging.has_plan(live, plan):
        return
    told = {"verb": Verb.DELETE.value, "object": str(key), "uid": live.uid, "version": live.version}
    await held.store([held.entry(Event.SENT, told)])
    answer = await change.change(Write(Verb.DELETE, key, live.uid), live, plan)
    refused = {} if isinstance(answer, Accepted) else {"said": answer.said}
    word = "accepted" if isinstance(answer, Accepted) else answer.reason.value
    await held.store([held.entry(Event.ANSWERED, {"object": str(key), "answer": word, **refused})])


def is_late(proposal: Proposal, moment: datetime) -> bool:
    """Whether an approved plan is too old to be begun."""
    last = max((each.at for each in proposal.approvals), default=proposal.plan.made)
    return moment > max(proposal.plan.expires, last + WITHIN)


def _warned(answer: Accepted) -> dict[str, str]:
    return {"warnings": "; ".join(answer.warnings)} if answer.warnings else {}
