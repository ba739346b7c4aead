"""What a live object says about a write: the object as it is and what was planned in, whether to send it out.

Whoever died meanwhile, the object tells: the plan's id stands in it, or what the plan depends on still holds, or nobody can
say. What cannot be told apart is never sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.facts.change import ANNOTATION, Copying, Dependency, Verb, Write, spelled
from bot.ports.rehearsing import Live
from bot.remediation import fields


class Turn(StrEnum):
    """What is to be done about a write."""

    SEND = "send"
    DONE = "done"
    STALE = "stale"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an object says.

    Attributes:
        why: in words, without a full stop; "" for what is to be sent.
    """

    turn: Turn
    why: str = ""


_SEND = Judgement(Turn.SEND)


def judge(write: Write, live: Live | None, plan: str, *, begun: bool) -> Judgement:
    """What the object says about a write of a plan.

    Args:
        write: what was planned.
        live: the object now; None when it is not there.
        plan: id of the plan.
        begun: the write may have been sent before, and nobody knows what became of it.
    """
    match write.verb:
        case Verb.PATCH:
            return _patch(write, live, plan, begun=begun)
        case Verb.DELETE:
            return _delete(write, live, begun=begun)
        case Verb.COPY | Verb.CREATE:
            return _made(write, live, plan, begun=begun)


def source(copying: Copying, live: Live | None) -> str:
    """What has changed about the Secret that is copied from, in words; "" for nothing."""
    if live is None:
        return f"{copying.source} is not there any more"
    if live.uid != copying.uid:
        return f"{copying.source} is another one of that name by now"
    if live.version != copying.version:
        return f"{copying.source} was changed"
    return ""


def has_plan(live: Live, plan: str) -> bool:
    """Whether a plan's change has been written into the object."""
    return bool(plan) and fields.found(live.body, ("metadata", "annotations", ANNOTATION)) == plan


def _patch(write: Write, live: Live | None, plan: str, *, begun: bool) -> Judgement:
    if live is not None and live.uid == write.uid and has_plan(live, plan):
        return Judgement(Turn.DONE, "the plan's id stands in it") if begun else _forged(write)
    changed = _changed(write, live)
    if not changed:
        return _SEND
    if begun:
        return Judgement(Turn.UNKNOWN, f"{changed}, and it may have been written before that")
    return Judgement(Turn.STALE, changed)


def _delete(write: Write, live: Live | None, *, begun: bool) -> Judgement:
    gone = live is None or live.uid != write.uid or _is_ending(live.body)
    if gone and begun:
        return Judgement(Turn.DONE, "it is gone")
    if gone:
        return Judgement(Turn.STALE, _changed(write, live) or f"{write.key} is being deleted already")
    changed = _changed(write, live)
    # It is there, so it was not deleted, whoever meant to.
    return Judgement(Turn.STALE, changed) if changed else _SEND


def _forged(write: Write) -> Judgement:
    """Cards show the plan's id, and annotations are written by tenants: who sent nothing did not write it."""
    return Judgement(Turn.STALE, f"{write.key} bears the plan's id, and nothing was sent so far")


def _made(write: Write, live: Live | None, plan: str, *, begun: bool) -> Judgement:
    if live is None:
        return _SEND
    if begun and has_plan(live, plan):
        return Judgement(Turn.DONE, "the plan's id stands in it")
    return Judgement(Turn.REFUSED, f"there is a {write.key} by now, and nothing is written over it")


def _changed(write: Write, live: Live | None) -> str:
    if live is None:
        return f"{write.key} is not there any more"
    if live.uid != write.uid:
        return f"{write.key} is another one of that name by now"
    broken = [each.said for each in write.depends if not _holds(each, live.body)]
    return f"{write.key} has changed, and this no longer holds: {'; '.join(broken)}" if broken else ""


def _holds(dependency: Dependency, body: Mapping[str, Any]) -> bool:
    return spelled(fields.found(body, dependency.path)) == dependency.value


def _is_ending(body: Mapping[str, Any]) -> bool:
    return fields.found(body, ("metadata", "deletionTimestamp")) is not None
