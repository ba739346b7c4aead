"""What the core asks of a messenger's room: to spell what a channel is told, and to read it again.

The letters that are stored carry these spellings; the core does not look inside.
"""

from typing import Protocol

from bot.facts.notice import Notice


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
