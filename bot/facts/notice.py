"""What one channel is told of one incident: all that its message there says by now.

It holds the words as well as the state, so that the end of an incident, or somebody's taking care of it, can be told
after the pods are gone that showed it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.facts.document import Document


class Standing(StrEnum):
    """How an incident stands, as far as its message shows.

    One that moved goes on and is told elsewhere now: its cause turned out to be another, or the routes were changed.
    One that was dropped may go on: the settings leave its cluster or its namespaces out by now.
    """

    OPEN = "open"
    RESOLVED = "resolved"
    ABSORBED = "absorbed"
    MOVED = "moved"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Share:
    """How much of an incident one channel sees in one cluster.

    Attributes:
        document: what is wrong there, with the names that the channel's routes cover; bounded.
        pods: how many of them fail.
        workloads: how many those are.
        namespaces: of these.
        actions: ids of changes that may be asked for there, the likeliest first.
    """

    cluster: str
    document: Document
    pods: int
    workloads: int
    namespaces: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pile:
    """One line of a storm: a cause, and how much it breaks.

    Attributes:
        cause: its id; None for "not known".
        title: in words.
        example: ``namespace/pod`` of one.
    """

    cause: str | None
    title: str
    incidents: int
    pods: int
    example: str = ""


@dataclass(frozen=True, slots=True)
class Storm:
    """What a message says of everything that is too much to be told one by one.

    Attributes:
        piles: the largest first; a few.
        more: how many causes beyond these.
    """

    cluster: str
    incidents: int
    pods: int
    workloads: int
    namespaces: int
    piles: tuple[Pile, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Gap:
    """What the settings left out of a cluster of late: nothing is known of it any more.

    Attributes:
        namespaces: those that a channel was told of; empty when it cannot be known which of them.
    """

    cluster: str
    namespaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """An incident as one channel is told it.

    Attributes:
        incident: its id.
        since: the earliest sign of it.
        shares: what it breaks, by cluster; the one that broke most first. Empty for a storm.
        storm: instead of shares.
        mention: who is called, as the route spells it; "" for nobody.
        called: they were: whatever the message says from now on calls nobody again.
        severity: how the route speaks of how bad it is; "" for in our own words.
        news: what has changed of late, in words.
        at: when that was.
        ended: when it was over, here at least.
        returns: how often it came back to this channel.
        survivor: id of the incident that it turned out to belong to.
        gap: what is not here any more because nobody looks there; None when nothing went so.
    """

    incident: str
    since: datetime
    at: datetime
    shares: tuple[Share, ...] = ()
    storm: Storm | None = None
    standing: Standing = Standing.OPEN
    mention: str = ""
    news: str = ""
    ended: datetime | None = None
    returns: int = 0
    acknowledged_by: str = ""
    snoozed_by: str = ""
    snoozed_until: datetime | None = None
    survivor: str = ""
    severity: str = ""
    called: bool = False
    gap: Gap | None = None
