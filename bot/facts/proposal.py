"""A plan on its way: asked for, approved or not, carried out once, and looked at until it is known what came of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.facts.change import Plan


class Stage(StrEnum):
    """How far a proposal has come."""

    WAITING = "waiting"
    APPROVED = "approved"
    RUNNING = "running"
    WATCHING = "watching"
    MENDED = "mended"
    UNMENDED = "unmended"
    STALE = "stale"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    DECLINED = "declined"

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to it."""
        return self not in (Stage.WAITING, Stage.APPROVED, Stage.RUNNING, Stage.WATCHING)


@dataclass(frozen=True, slots=True)
class Approval:
    """Somebody's yes.

    Attributes:
        person: ``team/id``.
        name: to be shown.
        rule: by which of the operator's rules they may, in words.
    """

    person: str
    name: str
    rule: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan and what became of it.

    Attributes:
        requester: ``team/id`` of who asked for it.
        requester_name: to be shown.
        channel: where it is shown and approved, as the routes name it; nowhere else.
        digest: the plan's when it was shown: what is approved and carried out must still have it.
        incident: id of the incident under whose message it is told; "" where there is none.
        rule: the operator's rule that holds for it, in words.
        approvers: whom that rule names, as the settings spell them.
        needed: how many approvals.
        requester_counts: whether the requester's own is one of them.
        limits: how far that rule let the plan go when it was made; "" where that is not known.
        done: how many of the plan's writes are known to be made.
        begun: the next one may have been sent already: whoever takes over asks the object.
        holder: which process carries it out; "" for none.
        held_until: after that another one may.
        sent_at: when the last write was made; verification counts from there.
        outcome: what came of it, in words; "" while nothing is known.
        way_back: id of the plan that undoes it; "" while nobody asked for one.
        ended: when it was over.
        version: how often it was stored; a store refuses one that somebody else has stored since.
    """

    plan: Plan
    stage: Stage
    requester: str
    requester_name: str
    channel: str
    digest: str = ""
    incident: str = ""
    rule: str = ""
    approvers: tuple[str, ...] = ()
    needed: int = 1
    requester_counts: bool = False
    limits: str = ""
    approvals: tuple[Approval, ...] = ()
    done: int = 0
    begun: bool = False
    holder: str = ""
    held_until: datetime | None = None
    sent_at: datetime | None = None
    outcome: str = ""
    way_back: str = ""
    ended: datetime | None = None
    version: int = 0

    @property
    def id(self) -> str:
        """The plan's."""
        return self.plan.id
