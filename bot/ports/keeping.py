"""What the core asks of a memory that outlives it: incidents, what is to be told of them, and who looks where.

What is to be told is stored with the incident, at once or not at all, and delivered later by whoever is there: an alert is
neither lost nor told twice, whatever is killed when. Times come from whoever asks, and a clock that went back makes
nobody wait for longer than a lease.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from bot.facts.episode import Episode
from bot.facts.statement import Statement


class Kind(StrEnum):
    """What a letter is to its channel."""

    MESSAGE = "message"
    REPLY = "reply"


@dataclass(frozen=True, slots=True)
class Letter:
    """Something to tell about an incident, or about a plan, in one channel.

    Attributes:
        incident: its id, or the plan's.
        channel: as the routes name it.
        kind: the one message about it in that channel, as it should read from now on; or a reply in its thread.
        body: what it says, in the spelling of whoever will deliver it; a store does not look inside.
        under: of a plan's letters the id of the incident in whose thread they stand, below its message in the same channel.
            They wait for that message where it is on its way, and stand by themselves where there is none.
    """

    incident: str
    channel: str
    kind: Kind
    body: str
    under: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message stands, as the messenger's service names it."""

    channel: str
    moment: str


@dataclass(frozen=True, slots=True)
class Message:
    """An incident's message in one channel.

    Attributes:
        body: what it should say by now, delivered or not.
        address: where it stands; None while it was not delivered.
    """

    incident: str
    channel: str
    body: str
    address: Address | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A letter in somebody's hands.

    Attributes:
        number: in the order in which letters were stored.
        tries: how often it was in somebody's hands before. If ever, it may have arrived: look for it, then send it.
        first_try: when it was for the first time.
        address: where the incident's message stands in that channel; None: it is to be posted.
        under: where the message stands in whose thread it belongs, as that was when it was first tried; None: in no other's
            than its own.
    """

    number: int
    letter: Letter
    tries: int
    first_try: datetime
    address: Address | None = None
    under: Address | None = None

    @property
    def key(self) -> str:
        """A name for it that is nobody else's, to find it by."""
        return f"{self.letter.incident}-{self.number}"


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is still to be delivered.

    Attributes:
        letters: how many.
        since: when somebody first tried to deliver one of those that were tried; None where none was.
    """

    letters: int
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """The first real error of a failure; the kubelet soon says no more than that it waits.

    Attributes:
        pod: its uid.
        message: what was said. A store strikes credentials out of it.
    """

    cluster: str
    pod: str
    container: str
    image: str
    message: str
    moment: datetime


@dataclass(frozen=True, slots=True)
class LateTag:
    """A tag that was asked for before it was there.

    Attributes:
        repository: ``host/path``.
        asked: when it was missed first.
        seen: when it was there; None so far.
    """

    repository: str
    tag: str
    asked: datetime
    seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class Glance:
    """How it stands with the looks at one cluster.

    Attributes:
        tried_at: when the last look began that came to an end of some kind.
        seen_at: the moment of the last one that saw the cluster; None so far never.
        trouble: why the last one failed, or what it could not see; "" when it saw everything.
        pods: how many it looked at.
    """

    cluster: str
    tried_at: datetime
    seen_at: datetime | None = None
    trouble: str = ""
    pods: int = 0


class Keeper(Protocol):
    """Keeps incidents, and lets one replica at a time look at a cluster.

    Every method raises ``StoreError`` where the store cannot be reached, read or written.
    """

    async def claim(self, cluster: str) -> bool:
        """Whether this replica may look at the cluster; taken if nobody has it, and kept until it is given up or lost.

        Ask before each look: a claim is lost with the connection that holds it, and given up for another replica that has
        less than its share.
        """
        ...

    async def holds(self, cluster: str) -> bool:
        """Whether the claim was this replica's all the time since it was taken. Ask before what a look found is stored."""
        ...

    async def release(self, cluster: str) -> None:
        """Give the cluster up, to whoever asks next."""
        ...

    async def episodes(self, cluster: str, ended_since: datetime) -> tuple[Episode, ...]:
        """What lives in a cluster or is shared between clusters, and what ended since then; by id."""
        ...

    async def episode(self, name: str) -> Episode | None:
        """The incident of that id."""
        ...

    async def messages(self, incident: str) -> tuple[Message, ...]:
        """The incident's messages, by channel."""
        ...

    async def save(
        self, changed: Sequence[Episode], forgotten: Sequence[Episode], letters: Sequence[Letter]
    ) -> None:
        """Store all of it, or nothing.

        A message that nobody has tried to deliver yet is replaced by a newer one: what is told late is told once.

        Args:
            changed: as they were loaded, but for what changed; new ones have version 0.
            forgotten: to be dropped, with all that was to be told of them.
            letters: in the order in which they are to arrive.

        Raises:
            Overtaken: somebody stored one of them meanwhile; load and decide again.
        """
        ...

    async def note_glance(self, glance: Glance) -> None:
        """Remember how the last look at a cluster went; ``seen_at`` of None leaves the time of the last good one."""
        ...

    async def glances(self) -> tuple[Glance, ...]:
        """How the last look at each cluster went, whoever made it, by cluster."""
        ...

    async def first(self, key: str, moment: datetime) -> bool:
        """Whether nobody, in any replica, has asked about this key before: what is sent to two acts once."""
        ...

    async def forget(self, before: datetime) -> None:
        """Drop what ended before then and was told to the end, and the words and tags of that time."""
        ...


class Outbox(Protocol):
    """Hands out letters, and takes back what became of them."""

    async def due(
        self, moment: datetime, lease: timedelta, most: int, without: Collection[str] = ()
    ) -> tuple[Delivery, ...]:
        """Take letters for as long as the lease lasts: of each message and its thread only the oldest, the oldest first.

        Args:
            moment: now.
            lease: after that whoever asks gets them again.
            most: how many.
            without: channels whose letters stay where they are.
        """
        ...

    async def delivered(self, delivery: Delivery, address: Address | None = None) -> bool:
        """It arrived, or never will; the next one of its message is due.

        Args:
            delivery: as it was taken.
            address: where it stands, of a message that was posted; also of one that was posted anew.

        Returns:
            False when somebody said so before: then it was sent twice, and this one can be taken back.
        """
        ...

    async def postponed(
        self, delivery: Delivery, moment: datetime, until: datetime, *, untried: bool = False
    ) -> bool:
        """It is not to be tried before then, and what comes after it waits too. Nothing, where somebody took it since.

        Args:
            delivery: as it was taken.
            moment: now.
            until: when it is due again.
            untried: it did not arrive, that is certain, and this time does not count as a try.

        Returns:
            False when somebody took it since, or it is gone: then this try came too late.
        """
        ...

    async def standing(self, letter: Letter) -> Message | None:
        """The message that the letter belongs to, as it should read by now; None where all of it was forgotten."""
        ...

    async def backlog(self) -> Backlog:
        """How much is not delivered yet."""
        ...


class Tags(Protocol):
    """Remembers which tags came late."""

    async def late_tags(self, repository: str) -> tuple[LateTag, ...]:
        """The tags of a repository that were missed, by name."""
        ...


class Statements(Protocol):
    """Remembers what nodes said when they were asked."""

    async def note_statement(self, statement: Statement) -> None:
        """Remember it, in the place of what the same node said before about the same host and port."""
        ...

    async def statements(self, cluster: str) -> tuple[Statement, ...]:
        """The last ones of a cluster's nodes, whatever their age, by node, host and port."""
        ...


class Recollection(Tags, Statements, Protocol):
    """Remembers what was seen once and cannot be seen again."""

    async def note_words(self, words: Sequence[Words]) -> None:
        """Remember the first words about each container and image; later ones change nothing."""
        ...

    async def words(self, cluster: str, pods: Collection[str]) -> tuple[Words, ...]:
        """The first words about these pods' containers."""
        ...

    async def note_tag(self, repository: str, tag: str, moment: datetime, *, there: bool) -> None:
        """Remember when a tag was missed first, and when it was there first after that."""
        ...

    async def late_repositories(self) -> frozenset[str]:
        """Those of which some tag was there after it had been missed."""
        ...
