"""What the core asks of a cluster so that a verdict stands beside what fails: an Event on a workload, and nothing else.

Whoever announces has an identity of its own, which may write Events and change nothing. Saying the same twice makes one Event.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Told(StrEnum):
    """What came of announcing something.

    ``GONE``: the workload is not there any more, so there is nothing to announce. ``LATER``: nobody knows; say it again.
    """

    DONE = "done"
    GONE = "gone"
    LATER = "later"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Announcement:
    """A verdict about one workload.

    Attributes:
        key: the same for the same incident, workload and verdict, and nobody else's.
        kind: of the workload: ``Deployment``.
        message: one line.
        first: when it began to be so.
        last: when it was found so of late.
        count: how often it was so: one more than it came back.
    """

    key: str
    kind: str
    namespace: str
    name: str
    message: str
    first: datetime
    last: datetime
    count: int = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it, and why in few words where it is not done."""

    told: Told
    why: str = ""


class Announcer(Protocol):
    """Writes Events."""

    async def announce(self, announcement: Announcement) -> Answer:
        """Make the Event, or bring the one that is there up to date."""
        ...
