"""What somebody says of a verdict that they were shown: whether it was right, and if not what it was instead."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.facts.verdict import Confidence


# What it was instead, where no cause that we know is meant.
SOMETHING_ELSE: Final = "something-else"


class Judgement(StrEnum):
    """Whether a verdict was right."""

    RIGHT = "right"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Shown:
    """A verdict as a message showed it.

    Attributes:
        incident: id of the incident.
        cause: id of the cause.
        symptom: id of the symptom that led there.
        cluster: whose part stood first in the message.
    """

    incident: str
    cause: str
    confidence: Confidence
    symptom: str
    cluster: str


@dataclass(frozen=True, slots=True)
class Opinion:
    """One person's voice about one verdict.

    Attributes:
        person: ``team/id``.
        instead: of a wrong one, id of the cause that it was; :data:`SOMETHING_ELSE` for none of ours; "" where they did not say.
        remark: of a wrong one, a line of theirs; "" for none.
    """

    shown: Shown
    person: str
    judgement: Judgement
    at: datetime
    instead: str = ""
    remark: str = ""

    @property
    def says_more(self) -> bool:
        """Whether it says more than right or wrong."""
        return bool(self.instead or self.remark)
