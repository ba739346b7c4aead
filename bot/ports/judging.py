"""What people may say of verdicts: a chat brings it to a jury, and a memory keeps it.

One voice each: whoever changes their mind replaces what they said before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.facts.document import Document
from bot.facts.episode import Episode
from bot.facts.opinion import Judgement, Opinion
from bot.facts.people import Asker
from bot.ports.answering import Nothing


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says; nothing of it is trusted.

    Attributes:
        incident: id of the incident whose message they looked at.
        cause: id of the cause that it showed.
        instead: what it was; "" where they do not say.
        remark: a line of theirs.
    """

    incident: str
    cause: str
    judgement: Judgement
    instead: str = ""
    remark: str = ""


class Jury(Protocol):
    """Hears people. It never raises: what goes wrong is :class:`Nothing` with a hint."""

    async def judge(self, asker: Asker, said: Said) -> Opinion | Nothing:
        """Take what somebody says of a verdict that they may see, and that a message shows."""
        ...

    async def incidents(self, documents: Sequence[Document]) -> tuple[str, ...]:
        """Which incidents answers are about, so that a voice about an answer is one about its incident.

        Args:
            documents: diagnoses, as somebody is told them.

        Returns:
            For each the id of the open incident that breaks its workload, and whose message shows the same cause; "" for none.
        """
        ...

    def causes(self) -> Mapping[str, str]:
        """What it may have been instead: ids with their titles, by title."""
        ...


class Opinions(Protocol):
    """Keeps opinions, for as long as the store lives. Every method raises ``StoreError`` where it cannot be used."""

    async def note(self, opinion: Opinion) -> bool:
        """Keep it in place of what the same person said of the same verdict before.

        Returns:
            Whether it says anything new: the same judgement once more, without a word, takes no word away.
        """
        ...

    async def since(self, moment: datetime) -> tuple[Opinion, ...]:
        """Those given since then, the oldest first."""
        ...

    async def told(self, moment: datetime) -> tuple[Episode, ...]:
        """The incidents of all clusters that people were told of and that go on or ended since then, by id.

        One that turned out to belong to another is not among them.
        """
        ...
