"""What became of incidents -> the letters about it, by channel, to be stored with them.

Each channel has one message per incident, which shows what its routes cover and is edited as that changes; the thread
tells of what matters: evidence, another verdict, who takes care, the end. Nothing is said of mere numbers there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.facts.document import Document
from bot.facts.episode import Episode
from bot.facts.notice import Gap, Notice, Share, Standing, Storm
from bot.facts.text import shown
from bot.incidents.lifecycle import Change, Turn
from bot.incidents.looking import SURENESS
from bot.incidents.routing import Routing
from bot.ports.keeping import Kind, Letter, Message
from bot.ports.telling import Composer, Scribe
from bot.rendering import news, phrases
from bot.workflows import shares
from bot.workflows.shares import Glimpse, Offered


# What a message names and what tells shares apart; the thread has more.
MOST_NAMES: Final = 50
_LONGEST_NEWS = 600
_ENDS = {
    Turn.RESOLVED: Standing.RESOLVED,
    Turn.ABSORBED: Standing.ABSORBED,
    Turn.DROPPED: Standing.DROPPED,
}
_PEOPLE = (Turn.ACKNOWLEDGED, Turn.SNOOZED)


@dataclass(frozen=True, slots=True)
class Means:
    """What telling takes.

    Attributes:
        routing: of the settings.
        composer: has the words; it may block while a user's words run.
        scribe: spells letters.
        offered: says which changes may be asked for.
    """

    routing: Routing
    composer: Composer
    scribe: Scribe
    offered: Offered = shares.nothing


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be told.

    Attributes:
        letters: in the order in which they are to arrive.
        warnings: what the operator should know: routes that cover nothing, words that could not be used.
    """

    letters: tuple[Letter, ...] = ()
    warnings: tuple[str, ...] = ()


def tell(
    changes: Sequence[Change], stored: Mapping[str, Sequence[Message]], cluster: str, means: Means
) -> Told:
    """Put changes into letters.

    Args:
        changes: what a look or a person made of incidents.
        stored: the messages of these incidents so far, by the incident's id.
        cluster: that was looked at; of no consequence for what a person did.
        means: routes and words.
    """
    letters: list[Letter] = []
    warnings: dict[str, None] = {}
    known = len(means.composer.warnings)
    for change in changes:
        story = _Story(change, stored.get(change.episode.id, ()), cluster, means)
        letters += story.letters()
        warnings.update(dict.fromkeys(story.warnings))
    warnings.update(dict.fromkeys(means.composer.warnings[known:]))
    return Told(tuple(letters), tuple(warnings))


class _Story:
    """One change, as all channels are told it."""

    def __init__(self, change: Change, stored: Sequence[Message], cluster: str, means: Means) -> None:
        self.change, self.cluster, self.means = change, cluster, means
        # None: another version wrote it in a way that this one cannot read.
        self.known = {each.channel: means.scribe.notice(each.body) for each in stored}
        self.delivered = {each.channel for each in stored if each.address is not None}
        self.warnings: Sequence[str] = ()

    def letters(self) -> Iterator[Letter]:
        """All letters about it, channel after channel."""
        if self.change.turn in _ENDS:
            for channel, was in self.known.items():
                if was is None or was.standing is Standing.OPEN:
                    yield from self._closed(channel, was, self._end(channel, was))
        elif self.change.turn in _PEOPLE:
            for channel, was in self.known.items():
                yield from self._marked(channel, was)
        else:
            readable = {channel: was for channel, was in self.known.items() if was is not None}
            open_ones = {name: was for name, was in readable.items() if was.standing is Standing.OPEN}
            glimpses, self.warnings = shares.glimpses(
                self.change,
                self.cluster,
                open_ones,
                self.means.routing,
                self.means.composer,
                self.means.offered,
            )
            for channel in sorted({*self.known, *glimpses}):
                yield from self._shown(channel, glimpses.get(channel, Glimpse()))

    def _shown(self, channel: str, glimpse: Glimpse) -> Iterator[Letter]:
        """What a look shows this channel."""
        there, was = channel in self.known, self.known.get(channel)
        is_open = was is not None and was.standing is Standing.OPEN
        others = [
            each
            for each in (was.shares if was and is_open else ())
            if each.cluster != self.cluster and each.cluster in self.change.episode.clusters
        ]
        if not (glimpse.share or glimpse.storm or others):
            if there and (was is None or is_open):
                yield from self._closed(channel, was, self._whither(was))
            return
        after = self._notice(was, glimpse, others)
        if not there:
            yield self._message(channel, after)
            yield from self._evidence(channel, after, glimpse)
        elif was is not None and not is_open:
            after = replace(after, returns=was.returns + 1)
            yield self._message(channel, after)
            yield self._reply(channel, self.means.scribe.change(was, after))
            if _knows_more(was, after, self.cluster):
                yield from self._evidence(channel, after, glimpse)
        else:
            yield from self._edited(channel, was, after, glimpse)

    def _edited(self, channel: str, was: Notice | None, after: Notice, glimpse: Glimpse) -> Iterator[Letter]:
        """The message as it reads now, if that is another; and a reply for what is more than numbers."""
        wakes = self.change.turn in (Turn.AWOKE, Turn.REOPENED)
        if was is not None:
            if not wakes and _read(was) == _read(after):
                return
            told = _cut("; ".join(news.between(was, after)))
            if told:
                after = replace(after, news=told, at=self.change.moment)
        yield self._message(channel, after)
        if wakes or (was is not None and _claims(was) != _claims(after)):
            yield self._reply(channel, self.means.scribe.change(was, after))
        if was is not None and _knows_more(was, after, self.cluster):
            yield from self._evidence(channel, after, glimpse)

    def _closed(self, channel: str, was: Notice | None, standing: Standing) -> Iterator[Letter]:
        """It is over, for this channel at least."""
        change = self.change
        after = replace(
            was or self._bare(),
            standing=standing,
            ended=change.moment,
            survivor=change.episode.survivor,
            snoozed_by="",
            snoozed_until=None,
        )
        yield self._message(channel, after)
        yield self._reply(channel, self.means.scribe.change(was, after))

    def _marked(self, channel: str, was: Notice | None) -> Iterator[Letter]:
        """Somebody takes care of it, or wants quiet."""
        after = self._cared_for(replace(was, gap=None) if was else self._bare())
        if was is None:
            yield self._reply(channel, self.means.scribe.change(None, after))
        elif was.standing is Standing.OPEN:
            yield self._message(channel, after)
            yield self._reply(channel, self.means.scribe.change(was, after))

    def _notice(self, was: Notice | None, glimpse: Glimpse, others: Sequence[Share]) -> Notice:
        own = [_bounded(glimpse.share)] if glimpse.share else []
        episode, moment = self.change.episode, self.change.moment
        is_open = was is not None and was.standing is Standing.OPEN
        found = Notice(
            episode.id,
            min(self._signs(was, glimpse)),
            was.at if was and is_open else moment,
            tuple(sorted([*own, *others], key=lambda each: (-each.pods, each.cluster))),
            glimpse.storm,
            mention=glimpse.mention or (was.mention if was else ""),
            news=was.news if was and is_open else "",
            returns=was.returns if was else 0,
            severity=glimpse.severity or (was.severity if was else ""),
            gap=self._gap(was) if was and is_open else None,
        )
        return self._cared_for(found)

    def _signs(self, was: Notice | None, glimpse: Glimpse) -> list[datetime]:
        """When it may have begun for this channel; what it reaches late began there with what reached it."""
        document = glimpse.share.document if glimpse.share else None
        first = [document.since] if document and document.since else []
        if was is not None:
            return [*first, was.since]
        return first if first and self.change.turn is not Turn.OPENED else [*first, self.change.episode.since]

    def _cared_for(self, notice: Notice) -> Notice:
        episode = self.change.episode
        return replace(
            notice,
            acknowledged_by=episode.acknowledged_by,
            snoozed_by=episode.snoozed_by,
            snoozed_until=episode.snoozed_until,
        )

    def _bare(self) -> Notice:
        """All that can be said where nobody can read what was said before."""
        return Notice(self.change.episode.id, self.change.episode.since, self.change.moment)

    def _whither(self, was: Notice | None) -> Standing:
        """What became of it where its channel sees nothing of it any more."""
        if was is None or any(_goes_on(each, self.change.episode) for each in was.shares):
            return Standing.MOVED
        if was.storm and self._rages(was.storm):
            return Standing.MOVED
        return Standing.DROPPED if self._gap(was) else Standing.RESOLVED

    def _end(self, channel: str, was: Notice | None) -> Standing:
        """How it ends for a channel: what was dropped need not be what it was told of."""
        standing, gap = _ENDS[self.change.turn], self._gap(was) if was else None
        if standing is Standing.DROPPED and was and self.change.dropped and not gap:
            return Standing.DROPPED if self._lost_untold(channel) else Standing.RESOLVED
        if standing is Standing.ABSORBED and was and gap and self._namespaces(was)[0] <= {*gap.namespaces}:
            return Standing.DROPPED  # the other one knows nothing of it
        return standing

    def _lost_untold(self, channel: str) -> bool:
        """Whether something may be a channel's that was dropped before anybody was told of it, as while it was snoozed."""
        told = {name for was in self.known.values() if was for name in self._namespaces(was)[0]}
        cause, by = self.change.episode.fingerprint.cause, self.means.routing
        untold = [each for each in self.change.dropped if shown(each) not in told]
        return any(by.certain(self.cluster, cause, each) in (channel, None) for each in untold)

    def _gap(self, was: Notice) -> Gap | None:
        """What a channel was told of and nobody looks at any more; None where nothing of it can be that."""
        dropped = frozenset(map(shown, self.change.dropped))
        known, is_all = self._namespaces(was)
        if dropped and (not is_all or not known.isdisjoint(dropped)):
            return Gap(self.cluster, tuple(sorted(known & dropped)))
        return None

    def _namespaces(self, was: Notice) -> tuple[frozenset[str], bool]:
        """Where a channel was told that it fails in this cluster, and whether that is everywhere."""
        if was.storm:
            known = shares.places(was.storm)
            return known, len(known) >= was.storm.namespaces
        own = [each for each in was.shares if each.cluster == self.cluster]
        known = frozenset(name for each in own for name in each.namespaces)
        return known, len(known) < MOST_NAMES

    def _rages(self, storm: Storm) -> bool:
        """Whether anything fails still where the storm was seen."""
        parts = self.change.episode.parts
        failing = {shown(each.namespace) for part in parts for each in part.members}
        return not failing.isdisjoint(shares.places(storm))

    def _evidence(self, channel: str, after: Notice, glimpse: Glimpse) -> Iterator[Letter]:
        """Everything about this cluster in full, with more names than the message has."""
        whole = replace(after, shares=(glimpse.share,) if glimpse.share else ())
        for body in self.means.scribe.evidence(whole):
            yield self._reply(channel, body)

    def _message(self, channel: str, notice: Notice) -> Letter:
        # What replaces a message that is not there yet still has to call somebody.
        body = self.means.scribe.message(replace(notice, called=channel in self.delivered))
        return Letter(notice.incident, channel, Kind.MESSAGE, body)

    def _reply(self, channel: str, body: str) -> Letter:
        return Letter(self.change.episode.id, channel, Kind.REPLY, body)


def _bounded(share: Share) -> Share:
    """What a message may show of a share, so that storing it costs little; the thread has the rest."""
    document = replace(
        share.document,
        where=share.document.where.naming(MOST_NAMES),
        message="",
        ruled_out=(),
        references=(),
        evidence=tuple(each for each in share.document.evidence if each.relevant),
    )
    return replace(share, document=document, namespaces=share.namespaces[:MOST_NAMES])


def _goes_on(share: Share, episode: Episode) -> bool:
    """Whether something that a share names still fails."""
    part = episode.part(share.cluster)
    failing = {(shown(each.namespace), shown(each.workload)) for each in (part.members if part else ())}
    return bool(failing & shares.named_in(share))


def _claim(document: Document) -> tuple[object, ...]:
    """What is said to be wrong, and where: all but numbers."""
    where = document.where
    return document.cause, document.confidence, where.scope, phrases.lies(where)


def _claims(notice: Notice) -> Mapping[str, object]:
    return {each.cluster: _claim(each.document) for each in notice.shares}


def _read(notice: Notice) -> object:
    """All of a notice that would make somebody read it again."""
    told = [(each, each.document.where, _claim(each.document)) for each in notice.shares]
    broken = [(one.cluster, one.pods, one.workloads, one.namespaces, where, of) for one, where, of in told]
    cared = notice.acknowledged_by, notice.snoozed_by, notice.snoozed_until
    return broken, notice.storm, notice.standing, cared


def _knows_more(was: Notice, after: Notice, cluster: str) -> bool:
    """Whether more is known of this cluster than was told: another cause, surer, or anything at all."""
    old = next((each.document for each in was.shares if each.cluster == cluster), None)
    new = next((each.document for each in after.shares if each.cluster == cluster), None)
    if new is None:
        return False
    return old is None or new.cause != old.cause or SURENESS[new.confidence] > SURENESS[old.confidence]


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_NEWS else f"{text[: _LONGEST_NEWS - 1]}…"
