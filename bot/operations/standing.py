"""How a replica stands at one moment, as plain values: what its numbers and its readiness are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.operations.cases import Cases
from bot.ports.counting import Tally
from bot.ports.keeping import Backlog
from bot.ports.watching import Hearing


class Phase(StrEnum):
    """How far a replica's own life has come."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True)
class Sight:
    """How it stands with one cluster, whichever replica looks at it.

    Attributes:
        interval: from one look to the next, by the settings.
        seen_at: the moment of the last look that saw it; None for never, or where that is not known.
    """

    cluster: str
    interval: timedelta
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known at one moment.

    Attributes:
        store: it answers.
        connected: what people say in Slack arrives.
        lacking: what else does not work in Slack: a scope, a group that cannot be read.
        resting: for each channel that gets nothing, Slack's word for why.
        repeats: messages that were marked as possible repetitions, since the start.
        sights: the clusters of the settings.
        backlog: what is not delivered yet; None where the store does not answer.
        tally: what there is; None where it cannot be counted.
        slack: it is meant to be in Slack; else what is said of Slack means nothing.
        posts: what is not delivered yet without Slack, by carrier.
        outside: how tries without Slack ended since the start, by carrier and ending.
        watches: how those stand that this replica has, by cluster.
        cases: open incidents, where they are wanted.
        barred: Slack's word for why nothing at all can be sent, such as ``token_revoked``; "" where something can.
    """

    at: datetime
    phase: Phase
    store: bool = False
    connected: bool = False
    lacking: int = 0
    resting: tuple[str, ...] = ()
    repeats: int = 0
    sights: tuple[Sight, ...] = ()
    backlog: Backlog | None = None
    tally: Tally | None = None
    slack: bool = True
    posts: Mapping[str, Backlog] = field(default_factory=dict)
    outside: Mapping[tuple[str, str], int] = field(default_factory=dict)
    watches: Mapping[str, Hearing] = field(default_factory=dict)
    cases: Cases = field(default_factory=Cases)
    barred: str = ""
