"""What goes wrong on purpose: a rule in -> the next calls that it meets fail in that way."""

import re
from dataclasses import dataclass
from enum import Enum, auto


class Way(Enum):
    """How a call goes wrong."""

    STATUS = auto()  # an HTTP status, and nothing is done
    ERROR = auto()  # ok: false, and nothing is done
    RESET = auto()  # the connection ends before anything is done
    LOST = auto()  # it is done, and then the connection ends without an answer
    STALLED = auto()  # it is done, and the answer takes its time


@dataclass(slots=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        method: a regular expression for the whole name.
        times: how often yet.
        status: of STATUS.
        error: of ERROR.
        seconds: of STALLED.
        retry_after: what a STATUS of 429 or 503 says of it.
    """

    method: str
    way: Way
    times: int = 1
    status: int = 503
    error: str = "internal_error"
    seconds: float = 60.0
    retry_after: int | None = None


class Faults:
    """All that are switched in.

    Attributes:
        away: Slack answers nobody and holds no socket.
        doubles: how many deliveries yet are made twice, as if an ack had been lost.
    """

    def __init__(self) -> None:
        self.away = False
        self.doubles = 0
        self._rules: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Switch one in; ``times = 0`` switches it off."""
        self._rules = [each for each in self._rules if each.times > 0]
        self._rules.append(fault)
        return fault

    def clear(self) -> None:
        """Switch everything off."""
        self._rules.clear()
        self.away, self.doubles = False, 0

    def meets(self, method: str) -> Fault | None:
        """The fault that this call meets, if any."""
        if self.away:
            return Fault(method, Way.RESET)
        for each in self._rules:
            if each.times > 0 and re.fullmatch(each.method, method):
                each.times -= 1
                return each
        return None
