"""What comes of trying to deliver: an answer's status in, what follows from it out."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from bot.ports.dispatching import Dispatch


# What a server says that may say something else soon: https://www.rfc-editor.org/rfc/rfc9110#name-408-request-timeout,
# 425 https://www.rfc-editor.org/rfc/rfc8470#section-5.2, 429 https://www.rfc-editor.org/rfc/rfc6585#section-4
_SOON: Final = frozenset({408, 425, 429})
_GONE: Final = 410
_LONGEST_PAUSE: Final = 3600.0


class Fate(StrEnum):
    """What follows from a try.

    ``LATER`` is about whoever should receive it: nothing else would arrive there now either. ``REFUSED`` may be about this one
    alone. After ``GONE`` nothing is tried there until the bot starts again.
    """

    ARRIVED = "arrived"
    LATER = "later"
    REFUSED = "refused"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one try.

    Attributes:
        why: in few words of ours; "" where it arrived.
        pause: seconds that the receiver asked for; 0 for none.
    """

    fate: Fate
    why: str = ""
    pause: float = 0.0


ARRIVED: Final = Outcome(Fate.ARRIVED)


class Carrier(Protocol):
    """Brings posts to people."""

    async def bring(self, dispatch: Dispatch) -> Outcome:
        """Try once, within half a minute; what went wrong is an outcome and never an exception."""
        ...


def of_status(status: int, after: str = "") -> Outcome:
    """What an HTTP status comes to.

    Args:
        status: as it was answered.
        after: the header ``Retry-After``, as it came; a date in it counts for nothing.
    """
    if 200 <= status < 300:
        return ARRIVED
    why = f"answered {status}"
    if status == _GONE:
        return Outcome(Fate.GONE, why)
    if status >= 500 or status in _SOON:
        # Of so many digits that it is infinite it is bounded all the same.
        pause = float(after) if after.isascii() and after.isdigit() else 0.0
        return Outcome(Fate.LATER, why, min(pause, _LONGEST_PAUSE))
    return Outcome(Fate.REFUSED, f"{why}, a redirect" if 300 <= status < 400 else why)
