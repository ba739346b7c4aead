"""A memory in memory: what a store keeps in, the same out, by the rules of ``bot.ports.keeping`` and nothing else.

Several replicas may share one :class:`Shelf`, as they would a database.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from bot.errors import Overtaken, StoreError
from bot.facts.audit import Record
from bot.facts.episode import Episode
from bot.facts.forewarning import Check, Forewarning
from bot.facts.opinion import Opinion
from bot.facts.proposal import Proposal
from bot.facts.redaction import redact
from bot.facts.statement import Spot, Statement
from bot.ports.counting import Count, Tally
from bot.ports.dispatching import Post, State, Told
from bot.ports.keeping import Address, Backlog, Delivery, Glance, Kind, LateTag, Letter, Message, Words
from bot.ports.publishing import Edition
from bot.store.opening import Store


K = TypeVar("K")
V = TypeVar("V")
Replica = Callable[[], Awaitable[Store]]
"""Opens one more store on the same memory."""


@dataclass
class Underway:
    """A letter until it is delivered."""

    number: int
    letter: Letter
    tries: int = 0
    first_try: datetime | None = None
    touched: datetime | None = None
    waits_until: datetime | None = None

    @property
    def thread(self) -> tuple[str, str]:
        """What it belongs to."""
        return self.letter.incident, self.letter.channel

    def is_about(self, letter: Letter) -> bool:
        """Whether both belong to one thing."""
        return self.thread == (letter.incident, letter.channel)

    @property
    def may_say_more(self) -> bool:
        """Whether a post was never tried, and its incident goes on by it."""
        return isinstance(self.letter, Post) and self.letter.state is not State.RESOLVED and not self.tries


@dataclass
class Shelf:
    """What is kept, for all replicas.

    Attributes:
        owners: cluster -> who has it.
        pinned: number of a letter that was tried -> in whose thread.
        proposals: by id.
        records: what was done.
        numbers: how many letters there have been.
        posts: what is told without Slack, until it is delivered.
        told: what each carrier knows.
        opinions: what people say of verdicts, by incident, cause and person.
        editions: by name.
        statements: what nodes said.
        forewarnings: by id.
        checks: what images were asked for, by cluster and image.
    """

    episodes: dict[str, Episode] = field(default_factory=dict)
    messages: dict[tuple[str, str], Message] = field(default_factory=dict)
    letters: dict[int, Underway] = field(default_factory=dict)
    words: dict[tuple[str, str, str], Words] = field(default_factory=dict)
    tags: dict[tuple[str, str], LateTag] = field(default_factory=dict)
    glances: dict[str, Glance] = field(default_factory=dict)
    heard: dict[str, datetime] = field(default_factory=dict)
    owners: dict[str, object] = field(default_factory=dict)
    pinned: dict[int, Address | None] = field(default_factory=dict)
    proposals: dict[str, Proposal] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    numbers: int = 0
    posts: dict[int, Underway] = field(default_factory=dict)
    told: dict[tuple[str, str], Told] = field(default_factory=dict)
    opinions: dict[tuple[str, str, str], Opinion] = field(default_factory=dict)
    editions: dict[str, Edition] = field(default_factory=dict)
    statements: dict[Spot, Statement] = field(default_factory=dict)
    forewarnings: dict[str, Forewarning] = field(default_factory=dict)
    checks: dict[tuple[str, str], Check] = field(default_factory=dict)


class FakeStore:
    """One replica's ``Keeper``, ``Outbox``, ``Recollection`` and ``Census``."""

    def __init__(self, shelf: Shelf | None = None) -> None:
        self.shelf = shelf or Shelf()

    async def close(self) -> None:
        """Give up all claims."""
        for cluster in [name for name, owner in self.shelf.owners.items() if owner is self]:
            del self.shelf.owners[cluster]

    async def tally(self) -> Tally:
        """What there is by now."""
        live = [each for each in self.shelf.episodes.values() if each.stage.is_live]
        return Tally(
            _counted((each.fingerprint.cause or "", each.stage.value) for each in live),
            _counted((each.plan.action, each.stage.value) for each in self.shelf.proposals.values()),
        )

    async def claim(self, cluster: str) -> bool:
        """Whether this replica may look at the cluster."""
        return self.shelf.owners.setdefault(cluster, self) is self

    async def holds(self, cluster: str) -> bool:
        """Whether the cluster is still this replica's."""
        return self.shelf.owners.get(cluster) is self

    async def release(self, cluster: str) -> None:
        """Give the cluster up."""
        if self.shelf.owners.get(cluster) is self:
            del self.shelf.owners[cluster]

    async def episodes(self, cluster: str, ended_since: datetime) -> tuple[Episode, ...]:
        """What lives in a cluster or is shared, and what ended since then; by id."""
        return tuple(
            each
            for _, each in sorted(self.shelf.episodes.items())
            if each.fingerprint.cluster in (cluster, "")
            and (each.stage.is_live or (each.ended is not None and each.ended >= ended_since))
        )

    async def episode(self, name: str) -> Episode | None:
        """The incident of that id."""
        return self.shelf.episodes.get(name)

    async def messages(self, incident: str) -> tuple[Message, ...]:
        """The incident's messages, by channel."""
        return tuple(each for (owner, _), each in sorted(self.shelf.messages.items()) if owner == incident)

    async def save(
        self, changed: Sequence[Episode], forgotten: Sequence[Episode], letters: Sequence[Letter]
    ) -> None:
        """Store all of it, or nothing."""
        before = self.shelf
        after = Shelf(
            dict(before.episodes),
            dict(before.messages),
            {number: replace(each) for number, each in before.letters.items()},
            proposals=before.proposals,
            numbers=before.numbers,
            posts={number: replace(each) for number, each in before.posts.items()},
            told=dict(before.told),
        )
        for each in forgotten:
            _check(after, each)
            _drop(after, each.id)
        for each in changed:
            _check(after, each)
            after.episodes[each.id] = replace(each, version=each.version + 1)
        alive = [each.fingerprint.key for each in after.episodes.values() if each.stage.is_live]
        if len(alive) != len(set(alive)):
            raise Overtaken("somebody else stored it first")
        for letter in letters:
            enclose(after, letter)
        before.episodes, before.messages, before.letters = after.episodes, after.messages, after.letters
        before.numbers, before.posts, before.told = after.numbers, after.posts, after.told

    async def note_glance(self, glance: Glance) -> None:
        """Remember how the last look at a cluster went."""
        known = self.shelf.glances.get(glance.cluster)
        if known and glance.seen_at is None:
            glance = replace(glance, seen_at=known.seen_at, pods=known.pods)
        self.shelf.glances[glance.cluster] = glance

    async def glances(self) -> tuple[Glance, ...]:
        """How the last look at each cluster went, by cluster."""
        return tuple(each for _, each in sorted(self.shelf.glances.items()))

    async def first(self, key: str, moment: datetime) -> bool:
        """Whether nobody has asked about this key before."""
        is_first = key not in self.shelf.heard
        self.shelf.heard.setdefault(key, moment)
        return is_first

    async def forget(self, before: datetime) -> None:
        """Drop what ended before then and was told to the end, and the words and tags of that time."""
        untold = {each.letter.incident for each in self.shelf.letters.values()}
        unposted = {each.letter.incident for each in self.shelf.posts.values()}
        for each in list(self.shelf.episodes.values()):
            end = before - timedelta(days=1) if each.id in unposted else before
            if not each.stage.is_live and each.ended and each.ended < end and each.id not in untold:
                _drop(self.shelf, each.id)
        there = self.shelf.episodes
        _keep(self.shelf.posts, lambda each: each.letter.incident in there)
        _keep(self.shelf.told, lambda each: each.incident in there)
        _keep(self.shelf.words, lambda each: each.moment >= before)
        _keep(self.shelf.tags, lambda each: each.asked >= before)
        _keep(self.shelf.heard, lambda each: each >= before)

    async def due(
        self, moment: datetime, lease: timedelta, most: int, without: Collection[str] = ()
    ) -> tuple[Delivery, ...]:
        """Take letters: of each message and its thread only the oldest."""
        oldest: dict[tuple[str, str], Underway] = {}
        for _, each in sorted(self.shelf.letters.items()):
            oldest.setdefault(each.thread, each)
        wanted = [each for each in oldest.values() if each.letter.channel not in without]
        free = [each for each in wanted if is_free(each, moment, lease) and self._has_its_thread(each)]
        taken = []
        for each in sorted(free, key=lambda one: one.number)[:most]:
            each.first_try = each.first_try or moment
            place = self.shelf.messages[each.thread].address
            if not each.tries:
                self.shelf.pinned[each.number] = self._above(each)
            under = self.shelf.pinned[each.number]
            taken.append(Delivery(each.number, each.letter, each.tries, each.first_try, place, under))
            each.tries += 1
            each.touched, each.waits_until = moment, moment + lease
        return tuple(taken)

    def _above(self, each: Underway) -> Address | None:
        above = self.shelf.messages.get((each.letter.under, each.letter.channel))
        return above.address if above else None

    def _has_its_thread(self, each: Underway) -> bool:
        thread = each.letter.under, each.letter.channel
        others = [one for one in self.shelf.letters.values() if one.thread == thread]
        is_on_its_way = any(one.letter.kind is Kind.MESSAGE for one in others)
        return bool(each.tries or self._above(each)) or not is_on_its_way

    async def delivered(self, delivery: Delivery, address: Address | None = None) -> bool:
        """It arrived, or never will. False when somebody said so before."""
        gone = self.shelf.letters.pop(delivery.number, None)
        if gone and address:
            self.shelf.messages[gone.thread] = replace(self.shelf.messages[gone.thread], address=address)
        return gone is not None

    async def postponed(
        self, delivery: Delivery, moment: datetime, until: datetime, *, untried: bool = False
    ) -> bool:
        """It is not to be tried before then."""
        each = self.shelf.letters.get(delivery.number)
        if each is None or each.tries != delivery.tries + 1:
            return False
        each.touched, each.waits_until = moment, until
        each.tries -= untried
        return True

    async def standing(self, letter: Letter) -> Message | None:
        """The message that the letter belongs to."""
        return self.shelf.messages.get((letter.incident, letter.channel))

    async def backlog(self) -> Backlog:
        """How much is not delivered yet."""
        tried = [each.first_try for each in self.shelf.letters.values() if each.first_try]
        return Backlog(len(self.shelf.letters), min(tried, default=None))

    async def note_words(self, words: Sequence[Words]) -> None:
        """Remember the first words about each container and image; later ones change nothing."""
        for each in words:
            key = each.cluster, each.pod, each.container
            if key not in self.shelf.words or self.shelf.words[key].image != each.image:
                self.shelf.words[key] = replace(each, message=redact(each.message))

    async def words(self, cluster: str, pods: Collection[str]) -> tuple[Words, ...]:
        """The first words about these pods' containers."""
        known = sorted(self.shelf.words.items())
        return tuple(each for key, each in known if key[0] == cluster and key[1] in pods)

    async def note_tag(self, repository: str, tag: str, moment: datetime, *, there: bool) -> None:
        """Remember when a tag was missed first, and when it was there first after that."""
        known = self.shelf.tags.get((repository, tag))
        if known is None and not there:
            self.shelf.tags[repository, tag] = LateTag(repository, tag, moment)
        if known is not None and there and known.seen is None:
            self.shelf.tags[repository, tag] = replace(known, seen=moment)

    async def late_tags(self, repository: str) -> tuple[LateTag, ...]:
        """The tags of a repository that were missed, by name."""
        return tuple(each for key, each in sorted(self.shelf.tags.items()) if key[0] == repository)

    async def note_statement(self, statement: Statement) -> None:
        """Remember it, in the place of what the same node said before about the same host and port."""
        self.shelf.statements[statement.spot] = statement

    async def statements(self, cluster: str) -> tuple[Statement, ...]:
        """The last ones of a cluster's nodes."""
        found = sorted(self.shelf.statements.items())
        return tuple(each for spot, each in found if spot.cluster == cluster)

    async def late_repositories(self) -> frozenset[str]:
        """Those of which some tag was there after it had been missed."""
        return frozenset(each.repository for each in self.shelf.tags.values() if each.seen)


def _check(shelf: Shelf, episode: Episode) -> None:
    known = shelf.episodes.get(episode.id)
    if episode.version != (known.version if known else 0):
        raise Overtaken("somebody else stored it first")


def _drop(shelf: Shelf, name: str) -> None:
    del shelf.episodes[name]
    shelf.messages = {key: each for key, each in shelf.messages.items() if key[0] != name}
    _keep(shelf.letters, lambda each: each.letter.incident != name)


def enclose(shelf: Shelf, letter: Letter) -> None:
    """Put a letter about what is there onto the shelf."""
    thread = letter.incident, letter.channel
    owners = (shelf.episodes, shelf.proposals, shelf.editions, shelf.forewarnings)
    is_owned = any(letter.incident in each for each in owners)
    if not is_owned or (letter.kind is Kind.REPLY and thread not in shelf.messages):
        raise StoreError("there is nothing to reply to")
    if isinstance(letter, Post):
        _post(shelf, letter)
        return
    if letter.kind is Kind.MESSAGE:
        known = shelf.messages.get(thread)
        shelf.messages[thread] = Message(*thread, letter.body, known.address if known else None)
        for each in shelf.letters.values():
            if each.thread == thread and each.letter.kind is Kind.MESSAGE and not each.tries:
                each.letter = letter
                return
    shelf.numbers += 1
    shelf.letters[shelf.numbers] = Underway(shelf.numbers, letter)


def _post(shelf: Shelf, post: Post) -> None:
    shelf.told[post.incident, post.channel] = Told(post.incident, post.channel, post.state, post.body)
    last = next((each for _, each in sorted(shelf.posts.items(), reverse=True) if each.is_about(post)), None)
    if not post.is_sent:
        return
    if post.replaces:
        shelf.posts = {number: each for number, each in shelf.posts.items() if not each.is_about(post)}
        last = None
    if post.state is State.CHANGED and last is not None and last.may_say_more:
        last.letter = replace(last.letter, body=post.body)
        return
    shelf.numbers += 1
    shelf.posts[shelf.numbers] = Underway(shelf.numbers, post)


def is_free(each: Underway, moment: datetime, lease: timedelta) -> bool:
    """Whether it is in nobody's hands and not postponed."""
    if each.waits_until is None or each.touched is None:
        return True
    return each.waits_until <= moment or each.touched > moment + lease


def _keep(kept: dict[K, V], wanted: Callable[[V], bool]) -> None:
    for key in [key for key, each in kept.items() if not wanted(each)]:
        del kept[key]


def _counted(found: Iterable[tuple[str, str]]) -> tuple[Count, ...]:
    return tuple(sorted(Count(*of, number) for of, number in Counter(found).items()))
