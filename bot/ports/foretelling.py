"""What rounds of warnings ask of a memory and of who spells letters.

What is to be told of a warning is stored with it, at once or not at all, and delivered like the letters of incidents.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.facts.bulletin import Bulletin
from bot.facts.forewarning import Check, Forewarning
from bot.ports.keeping import Letter


@dataclass(frozen=True, slots=True)
class Record:
    """What a round leaves behind.

    Attributes:
        changed: warnings as they were loaded, but for what changed; new ones have version 0.
        checks: what images were asked for.
        images: those that run; what was asked of others is forgotten. None where not all were seen.
        letters: in the order in which they are to arrive.
    """

    changed: Sequence[Forewarning] = ()
    checks: Sequence[Check] = ()
    images: Collection[str] | None = None
    letters: Sequence[Letter] = field(default_factory=tuple)


class Forewarnings(Protocol):
    """Keeps warnings, and what was asked.

    Every method raises ``StoreError`` where the store cannot be reached, read or written.
    """

    async def known(self, cluster: str) -> tuple[Forewarning, ...]:
        """The warnings of a cluster that go on, by id."""
        ...

    async def checks(self, cluster: str) -> Mapping[str, Check]:
        """What was asked about a cluster's images, by image."""
        ...

    async def record(self, cluster: str, record: Record) -> None:
        """Store all of it, or nothing.

        Raises:
            Overtaken: somebody stored one of the warnings meanwhile.
        """
        ...

    async def forget(self, before: datetime) -> None:
        """Drop the warnings that ended before then and were told to the end."""
        ...


class BulletinScribe(Protocol):
    """Spells the letters of warnings."""

    def warned(self, bulletin: Bulletin) -> str:
        """The body of a warning's one message in a channel."""
        ...

    def bulletin(self, body: str) -> Bulletin | None:
        """What such a body says; None when another version wrote it in a way that this one cannot read."""
        ...


class Announces(Protocol):
    """Puts warnings into words. Ours alone, so it never waits."""

    def bulletin(self, warning: Forewarning, severity: str = "") -> Bulletin:
        """What there is to tell of those items and users that may be told."""
        ...

    def over(self, bulletin: Bulletin, warning: Forewarning, moment: datetime) -> Bulletin:
        """The same when it is over, for its channel at least."""
        ...
