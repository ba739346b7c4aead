"""Waits for what a node says that was asked: a held proposal whose Job was made in, what the node saw out, and the Job gone.

What a pod says is believed only where it is the pod that was approved, on the node that was meant, about the host that was meant,
after it was asked. Everything else it may say is nobody's word.
"""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bot.facts.audit import Event
from bot.facts.change import ObjectKey, Write
from bot.facts.proposal import Proposal, Stage
from bot.facts.statement import Connection, Seen, Spot, Statement, Word
from bot.ports.rehearsing import Declined, Live
from bot.remediation import judging, witnessing
from bot.remediation.holding import Holding, Means


# The kubelet starts it when it comes to it; the look takes half a minute, and the Job is ended after one.
DEADLINE: Final = timedelta(minutes=2)
# Clocks of nodes and of the bot differ by less.
_SKEW: Final = timedelta(minutes=2)
_NO_IMAGE: Final = frozenset({"ErrImageNeverPull", "ErrImagePull", "ImagePullBackOff", "InvalidImageName"})


@dataclass(frozen=True, slots=True)
class Ears:
    """What waiting takes.

    Attributes:
        live: one object whole.
        words: what the pods of a Job have said.
        remember: keeps what a node said.
        clear: takes the Job away.
        every: between two looks.
    """

    live: Callable[[ObjectKey], Awaitable[Live | Declined | None]]
    words: Callable[[Live], Awaitable[Sequence[Word] | Declined]]
    remember: Callable[[Statement], Awaitable[None]]
    clear: Callable[[ObjectKey], Awaitable[None]]
    every: timedelta = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Heard:
    """What one look showed.

    Attributes:
        statement: what the node said; None where it has said nothing to be believed.
        over: nothing more will come.
        said: what was seen, in words without a full stop.
    """

    statement: Statement | None = None
    over: bool = False
    said: str = "the pod has not started"


class Listening:
    """One plan while its node is waited for.

    Args:
        holding: the proposal, held by us.
        means: what holding takes.
        ears: what hears.
    """

    def __init__(self, holding: Holding, means: Means, ears: Ears) -> None:
        self._holding, self._means, self._ears = holding, means, ears

    async def run(self) -> Proposal:
        """Wait until the node has said something or the time is over; how it ended.

        Raises:
            Overtaken: somebody else holds it by now.
            StoreError: what was said, or how it ended, cannot be stored; whoever holds it next listens again.
        """
        plan = self._holding.proposal.plan
        write = plan.writes[0]
        spot = witnessing.asked(write, plan.cluster)
        if spot is None:
            return await self._ended(Stage.UNKNOWN, "the plan is not one that asks a node")
        while True:
            heard = await self._heard(write, spot)
            late = self._means.clock() - self._since >= DEADLINE
            if heard.statement is not None:
                await self._ears.remember(heard.statement)
            if heard.statement is not None or heard.over or late:
                # What ends by itself after five minutes is not waited for.
                await self._ears.clear(write.key)
                return await self._told(heard)
            await self._means.wait(self._ears.every)
            await self._holding.keep()

    @property
    def _since(self) -> datetime:
        return self._holding.proposal.sent_at or self._holding.proposal.plan.made

    async def _heard(self, write: Write, spot: Spot) -> Heard:
        live = await self._ears.live(write.key)
        if isinstance(live, Declined):
            return Heard(said=f"the Job cannot be seen: {live.said}")
        if live is None:
            return Heard(over=True, said="the Job is gone, and nobody heard what it said")
        if not judging.has_plan(live, self._holding.proposal.id):
            return Heard(over=True, said=f"{write.key} is another one by now")
        stray = witnessing.stray(write, live)
        if stray:
            return Heard(over=True, said=f"another Job was made than the one that was approved: {stray}")
        words = await self._ears.words(live)
        if isinstance(words, Declined):
            return Heard(said=f"its pod cannot be seen: {words.said}")
        return self._weighed(write, spot, live, words)

    def _weighed(self, write: Write, spot: Spot, live: Live, words: Sequence[Word]) -> Heard:
        if len(words) != 1:
            why = "there is more than one pod, and none is believed" if words else _why_failed(live)
            return Heard(over=bool(why), said=why or "no pod has come")
        word, planned = words[0], json.loads(write.patch)["spec"]["template"]["spec"]
        # Admission adds tolerations to pods, which are none of the Job's and let it do no more.
        held = {name: value for name, value in planned.items() if name != "tolerations"}
        stray = witnessing.strays(held, word.spec)
        if stray:
            return Heard(over=True, said=f"its pod is not the one that was approved: {stray}")
        if word.ended is None:
            return _unstarted(word, planned["containers"][0]["image"], live)
        why = self._doubt(word, spot)
        if why or word.seen is None:
            return Heard(over=True, said=why)
        at = min(word.ended, self._means.clock())
        statement = Statement(spot, word.seen, at, self._holding.proposal.id)
        return Heard(statement, over=True, said=told(spot, word.seen))

    def _doubt(self, word: Word, spot: Spot) -> str:
        """Why what a pod said is not believed, in words without a full stop; "" where it is."""
        ended = word.ended
        if ended is None or not self._since - _SKEW <= ended <= self._means.clock() + _SKEW:
            return "what its pod said is not of now"
        if word.seen is None:
            return f"what its pod said is nothing to be believed ({word.reason or 'no reason'})"
        if (word.seen.host, word.seen.port) != (spot.host, spot.port):
            return "what its pod said is about another host"
        return ""

    async def _told(self, heard: Heard) -> Proposal:
        if heard.statement is not None:
            return await self._ended(Stage.MENDED, heard.said)
        return await self._ended(Stage.UNMENDED, f"the node said nothing: {heard.said}")

    async def _ended(self, stage: Stage, outcome: str) -> Proposal:
        took = int((self._means.clock() - self._since).total_seconds())
        seen = {"outcome": outcome, "stage": stage.value, "seconds": str(took)}
        return await self._holding.end(stage, outcome, [self._holding.entry(Event.VERIFIED, seen)])


def told(spot: Spot, seen: Seen) -> str:
    """What a node saw, in one line of words without a full stop."""
    return f"{spot.node} says of {spot.target}: " + "; ".join(_steps(seen))


def _steps(seen: Seen) -> list[str]:
    if seen.resolve:
        return [f"no address ({seen.resolve})"]
    steps = [f"its name is {', '.join(seen.addresses[:3])}"]
    steps += [_connection(each) for each in seen.connections]
    if seen.tls_asked:
        until = f", until {seen.until:%Y-%m-%d}" if seen.until else ""
        by = f" issued by {seen.issuer}{until}" if seen.issuer else ""
        steps.append(
            f"the certificate{by} does not hold ({seen.tls})" if seen.tls else f"the certificate{by} holds"
        )
    if seen.status:
        steps.append(f"HTTP {seen.status}{'' if seen.registry else ', and not a registry'}")
    elif seen.answer:
        steps.append(f"no answer ({seen.answer})")
    return steps


def _connection(each: Connection) -> str:
    return (
        f"{each.address} takes no connection ({each.fault})"
        if each.fault
        else f"{each.address} takes connections"
    )


def _unstarted(word: Word, image: str, live: Live) -> Heard:
    if word.reason in _NO_IMAGE:
        why = f"{image} is not on that node ({word.reason}); the component witness-preload keeps it there"
        return Heard(over=True, said=why)
    why = _why_failed(live)
    return Heard(over=bool(why), said=why or f"its pod has not ended ({word.reason or 'no reason'})")


def _failed(live: Live) -> Any:
    conditions = (live.body.get("status") or {}).get("conditions") or ()
    return next(
        (each for each in conditions if each.get("type") == "Failed" and each.get("status") == "True"), None
    )


def _why_failed(live: Live) -> str:
    """Why the Job's controller has given it up: over quota, refused by admission, too late."""
    found = _failed(live)
    return f"the Job failed: {found.get('reason')}" if found else ""
