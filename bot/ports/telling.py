"""What the core asks of those who have words: to compose what is told, to spell it for a channel, and to read it again.

The letters that are stored carry these spellings; the core does not look inside.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.facts.digest import Digest
from bot.facts.document import Document
from bot.facts.notice import Notice
from bot.facts.proposal import Proposal
from bot.facts.verdict import Incident


class Composer(Protocol):
    """Puts incidents into words. May block for as long as a user's words may run, so it is not for a loop."""

    @property
    def warnings(self) -> Sequence[str]:
        """Whose words could not be used, a line each, in the order in which that was found; it only grows."""
        ...

    def document(self, incident: Incident, cluster: str, moment: datetime) -> Document:
        """What is wrong, with a bounded number of names and with how many there are.

        Args:
            incident: those diagnoses of it that may be told.
            cluster: where.
            moment: of the look that found it.
        """
        ...

    def title(self, cause: str | None) -> str:
        """A cause in a few words."""
        ...


class Scribe(Protocol):
    """Spells letters."""

    def message(self, notice: Notice) -> str:
        """The body of the incident's one message."""
        ...

    def notice(self, body: str) -> Notice | None:
        """What such a body says; None when another version wrote it in a way that this one cannot read."""
        ...

    def evidence(self, notice: Notice) -> tuple[str, ...]:
        """The bodies of the replies that tell everything in full, in order; each becomes one thing in the thread."""
        ...

    def change(self, before: Notice | None, after: Notice) -> str:
        """The body of the reply that tells what has changed."""
        ...


class Press(Protocol):
    """Spells the letters of digests."""

    def digest(self, digest: Digest, picture: bytes) -> tuple[str, ...]:
        """The bodies of a week's digest, in order; an empty picture is none."""
        ...


class Cards(Protocol):
    """Spells the letters of changes."""

    def card(self, proposal: Proposal) -> str:
        """The body of the one message that shows a proposal: to be approved there, and edited at each stage."""
        ...

    def result(self, proposal: Proposal) -> str:
        """The body of the reply that tells what came of it."""
        ...
