"""What the core asks of a memory for those who tell people without Slack: posts stored with the incident, handed out in order.

A carrier is whoever brings a post to people: a webhook, or who writes Events. Each has posts of its own, which nobody else
is handed; one that cannot be delivered holds up nothing but its own incident at its own carrier.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from bot.ports.keeping import Backlog, Letter


class State(StrEnum):
    """What a post says has become of an incident."""

    OPENED = "opened"
    CHANGED = "changed"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Post(Letter):
    """A letter whose channel is a carrier: how an incident reads from now on, and what became of it.

    Attributes:
        is_sent: somebody delivers it; else it is only remembered as what the carrier knows by now.
        replaces: what waits there about the same incident, tried or not, need not be told any more: this says all of it.
    """

    state: State = State.OPENED
    is_sent: bool = True
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A post in somebody's hands.

    Attributes:
        number: in the order in which posts were stored; never given twice.
        incident: its id.
        tries: how often it was in somebody's hands before.
        first_try: when it was for the first time.
    """

    number: int
    carrier: str
    incident: str
    state: State
    body: str
    tries: int
    first_try: datetime

    @property
    def key(self) -> str:
        """A name for it that is nobody else's, the same however often it is tried."""
        return f"imagepull_{self.incident}_{self.number}"


@dataclass(frozen=True, slots=True)
class Told:
    """What a carrier knows of an incident.

    Attributes:
        state: what was told last, delivered or not.
    """

    incident: str
    carrier: str
    state: State
    body: str


class Dispatches(Protocol):
    """Hands out posts, and takes back what became of them.

    Every method raises ``StoreError`` where the store cannot be reached, read or written.
    """

    async def due(
        self, moment: datetime, lease: timedelta, most: int, carriers: Collection[str]
    ) -> tuple[Dispatch, ...]:
        """Take posts for as long as the lease lasts: of each carrier and incident only the oldest, the oldest first.

        Args:
            moment: now.
            lease: after that whoever asks gets them again.
            most: how many.
            carriers: whose; all others stay where they are, for replicas that know these.
        """
        ...

    async def done(self, dispatch: Dispatch) -> bool:
        """It arrived, or never will; the next one of its incident is due. False when somebody said so before."""
        ...

    async def postponed(self, dispatch: Dispatch, moment: datetime, until: datetime) -> bool:
        """It is not to be tried before then. False when somebody took it since, or it is gone."""
        ...

    async def waiting(self) -> Mapping[str, Backlog]:
        """How much is not delivered yet, by carrier."""
        ...

    async def told(self, incident: str) -> tuple[Told, ...]:
        """What each carrier knows of an incident, by carrier."""
        ...

    async def told_to(self, carrier: str, incidents: Collection[str]) -> Mapping[str, Told]:
        """What one carrier knows of these incidents, by incident."""
        ...
