"""What the core hears of a cluster between two looks: that something begins to fail, or ceases to, and never what it is.

A watch proves nothing and ends nothing. It says when to look; what is there the look finds, as every other one does.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Sign(StrEnum):
    """Why somebody should look."""

    FAILS = "fails"  # a pod begins to fail, or fails otherwise than before
    MENDED = "mended"  # one that failed runs
    GONE = (
        "gone"  # one that failed is not there any more, or has ended; another may be on its way in its stead
    )
    LOST = "lost"  # something may have been missed, from the beginning or in between


class Restart(StrEnum):
    """Why a watch had to be opened again."""

    ENDED = "ended"  # as agreed, its time was up
    EXPIRED = "expired"  # the server does not remember as far back
    SILENT = "silent"  # neither a line nor a bookmark for longer than there should be
    CUT = "cut"
    THROTTLED = "throttled"
    REFUSED = "refused"
    FAULTY = "faulty"  # a server's error
    GARBLED = "garbled"  # what no API server sends
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Signal:
    """Something was heard.

    Attributes:
        namespace: "" where it is about no pod in particular; so is ``pod``.
    """

    sign: Sign
    namespace: str = ""
    pod: str = ""


@dataclass(frozen=True, slots=True)
class Hearing:
    """How it stands with a watch.

    Attributes:
        up: it is open, and nothing speaks against its hearing what happens.
        heard_at: when the last line or bookmark came, of several streams the one that is quiet for longest; None for never.
        restarts: how often it was opened again, by why.
        failing: pods that are remembered.
    """

    up: bool = False
    heard_at: datetime | None = None
    restarts: Mapping[Restart, int] = field(default_factory=dict)
    failing: int = 0


class PodWatch(Protocol):
    """Listens to one cluster's pods."""

    async def run(self, heard: Callable[[Signal], object]) -> None:
        """Listen until cancelled, whatever the server does; each signal is handed on at once."""
        ...

    def settle(self, failing: Collection[tuple[str, str]]) -> None:
        """Take from a whole look which pods fail, by namespace and name: what was missed is made up for by that."""
        ...

    @property
    def hearing(self) -> Hearing:
        """How it stands."""
        ...
