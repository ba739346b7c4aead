"""The life of incidents: what was known and what a look saw in, what is known now and what to tell of it out.

Held until it lasts, open, resolved, and back on its own message when it returns soon. One whose cause or place turns out
to be another stays the same incident: its message is edited. One that turns out to be a part of another is absorbed and
says so. What a look could not see changes nothing, what it is not meant to see any more is dropped and not resolved, and
a clock that went back ends, tells and doubles nothing: pure functions, so all of it can be tried.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.facts import episode as episodes
from bot.facts.episode import Episode, Part, Reading, Stage
from bot.facts.verdict import Confidence, Incident
from bot.incidents import looking, matching, storms
from bot.incidents.looking import EVERYWHERE, SURENESS, Look, Sight


_MINUTE = timedelta(minutes=1)


class Turn(StrEnum):
    """What became of an incident, as far as a person should know."""

    OPENED = "opened"
    UPDATED = "updated"
    IMPROVED = "improved"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    AWOKE = "awoke"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    ABSORBED = "absorbed"
    DROPPED = "dropped"  # nobody looks there any more, by the settings; it may go on


@dataclass(frozen=True, slots=True)
class Patience:
    """How long things are waited for.

    Attributes:
        hold: how long a failure must last before it is told.
        flapping: how soon after its end a failure that returns is the same incident.
        calm: how long after a message was changed mere numbers do not change it again.
        alone: how many incidents of one cluster are told one by one; what goes beyond is one storm.
    """

    hold: timedelta = _MINUTE
    flapping: timedelta = 30 * _MINUTE
    calm: timedelta = _MINUTE / 2
    alone: int = 50


@dataclass(frozen=True, slots=True)
class Change:
    """Something to tell.

    Attributes:
        episode: the incident as it is now.
        before: what people were told last; None when this is the first they hear.
        moment: when it happened.
        incidents: what to take the words from; empty where those told last still hold: at its end, for what a person
            did, and when this look proved less than an earlier one.
        by: the person who did it; "" for nobody.
        seen: what this look showed of it, also where it proved less; to count and name by.
        dropped: namespaces that it was known in and that looks at the cluster are not meant to see any more: it may go
            on there.
    """

    turn: Turn
    episode: Episode
    before: Reading | None
    moment: datetime
    incidents: tuple[Incident, ...] = ()
    by: str = ""
    seen: tuple[Incident, ...] = ()
    dropped: frozenset[str] = frozenset()

    @property
    def lasted(self) -> timedelta:
        """From the earliest sign of it until this."""
        return max(self.moment - self.episode.since, timedelta())


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one look or one person made of the incidents.

    Attributes:
        changed: to be stored.
        forgotten: healed before anybody was told: to be dropped without a word.
        changes: to be told.
        standing: what goes on as it was told, as this look shows it: to be told to whoever was not there then. Nothing of what is
            snoozed.
    """

    changed: tuple[Episode, ...] = ()
    forgotten: tuple[Episode, ...] = ()
    changes: tuple[Change, ...] = ()
    standing: tuple[Change, ...] = ()


def advance(known: Iterable[Episode], look: Look, patience: Patience) -> Outcome:
    """Carry every incident of a cluster through one look at it.

    Args:
        known: whatever lives in this cluster or is shared between clusters, and what ended of late.
        look: what was seen, by whoever has the cluster's sweep to themselves.
        patience: of the settings.
    """
    everything = sorted(known, key=lambda each: each.id)
    live = [each for each in everything if each.stage.is_live]
    seen = storms.gathered(looking.sights(look), live, look, patience.alone)
    kin = matching.match(live, seen, look.cluster)
    step = _Step(look, patience, {each.id for each in everything})
    for each in live:
        if each.id in kin.absorbed:
            step.absorb(each, kin.absorbed[each.id])
        else:
            heirs = [other for other in live if kin.absorbed.get(other.id) == each.id]
            step.carry(each, seen.get(kin.taken.get(each.id, "")), heirs)
    recent = _recent(everything, look.moment, patience.flapping)
    for key in sorted(seen.keys() - set(kin.taken.values())):
        step.begin(seen[key], recent.get(key))
    return Outcome(tuple(step.changed), tuple(step.forgotten), tuple(step.changes), tuple(step.standing))


def acknowledge(episode: Episode, who: str, moment: datetime) -> Outcome:
    """Somebody looks after it. Nothing happens when they said so before, or when there is nothing to look after."""
    if episode.stage is not Stage.OPEN or episode.acknowledged_by == who:
        return Outcome()
    after = replace(episode, acknowledged_by=who)
    return Outcome((after,), (), (Change(Turn.ACKNOWLEDGED, after, episode.told, moment, by=who),))


def snooze(episode: Episode, who: str, until: datetime, moment: datetime) -> Outcome:
    """Somebody wants to hear nothing of it for a while. Nothing happens when that time is over or it is."""
    known = (episode.snoozed_by, episode.snoozed_until) == (who, until)
    if episode.stage is not Stage.OPEN or until <= moment or known:
        return Outcome()
    after = replace(episode, snoozed_by=who, snoozed_until=until)
    return Outcome((after,), (), (Change(Turn.SNOOZED, after, episode.told, moment, by=who),))


def _recent(everything: Iterable[Episode], moment: datetime, flapping: timedelta) -> Mapping[str, Episode]:
    """What ended so lately that it would be the same incident, by fingerprint; a clock that went back makes nothing old."""
    ended = [
        (each.ended, each.id, each)
        for each in everything
        if not each.stage.is_live and each.ended and moment - each.ended <= flapping
    ]
    return {each.fingerprint.key: each for _, _, each in sorted(ended, key=lambda row: row[:2])}


@dataclass(slots=True)
class _Step:
    """One step of all lives, while it is taken."""

    look: Look
    patience: Patience
    ids: set[str]
    dropped: dict[str, frozenset[str]] = field(default_factory=dict)
    changed: list[Episode] = field(default_factory=list)
    forgotten: list[Episode] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    standing: list[Change] = field(default_factory=list)

    def carry(self, episode: Episode, sight: Sight | None, heirs: Sequence[Episode]) -> None:
        """What goes on or ends, with what it takes over from others."""
        self.dropped[episode.id] = looking.dropped(episode.part(self.look.cluster), self.look)
        parts = self._parts(episode, sight, heirs)
        if not parts:
            self._end(episode)
            return
        signs = [each.since for each in (episode, *heirs)] + ([sight.since] if sight else [])
        faded = sight is None or _is_faded(episode, sight, self.look.cluster)
        after = replace(episode, parts=parts, since=min(signs))
        if sight is not None and not faded:
            after = replace(after, fingerprint=sight.fingerprint, confidence=sight.confidence)
        if episode.stage is Stage.HELD:
            self._open_in_time(episode, after, sight)
        else:
            self._tell_what_changed(episode, after, () if faded or sight is None else sight.incidents, sight)

    def begin(self, sight: Sight, recent: Episode | None) -> None:
        """What nobody knew, or what is back."""
        if recent is None:
            new = Episode(
                self._new_id(sight),
                sight.fingerprint,
                Stage.HELD,
                sight.confidence,
                sight.since,
                (sight.part,),
            )
            self._open_in_time(None, new, sight)
            return
        snoozes = recent.snoozed_until is not None and self.look.moment < recent.snoozed_until
        back = replace(
            recent,
            stage=Stage.OPEN,
            confidence=sight.confidence,
            parts=(sight.part,),
            ended=None,
            returns=recent.returns + 1,
            acknowledged_by="",
            snoozed_by=recent.snoozed_by if snoozes else "",
            snoozed_until=recent.snoozed_until if snoozes else None,
            survivor="",
        )
        self._tell(Turn.REOPENED, back, recent.told, sight.incidents, sight)

    def absorb(self, episode: Episode, survivor: str) -> None:
        """What turned out to belong to another one."""
        if episode.stage is Stage.HELD:
            self.forgotten.append(episode)
            return
        ended = replace(episode, stage=Stage.ABSORBED, parts=(), ended=self.look.moment, survivor=survivor)
        self.changed.append(ended)
        dropped = looking.dropped(episode.part(self.look.cluster), self.look)
        self.changes.append(Change(Turn.ABSORBED, ended, episode.told, self.look.moment, dropped=dropped))

    def _parts(self, episode: Episode, sight: Sight | None, heirs: Sequence[Episode]) -> tuple[Part, ...]:
        cluster = self.look.cluster
        joining = [looking.as_untold(old) for each in heirs if (old := each.part(cluster))]
        olds = [*joining, *([own] if (own := episode.part(cluster)) else [])]
        part = looking.carried(looking.joined(olds), sight.part if sight else None, self.look)
        others = [each for each in episode.parts if each.cluster != cluster]
        return tuple(sorted([*others, part] if part else others, key=lambda each: each.cluster))

    def _open_in_time(self, before: Episode | None, after: Episode, sight: Sight | None) -> None:
        """Held until it has lasted; then told, if this look shows it."""
        if sight is not None and self.look.moment - after.since >= self.patience.hold:
            self._tell(Turn.OPENED, replace(after, stage=Stage.OPEN), None, sight.incidents, sight)
        else:
            self._keep(before, after)

    def _tell_what_changed(
        self, before: Episode, after: Episode, words: tuple[Incident, ...], sight: Sight | None
    ) -> None:
        moment, told, now = self.look.moment, before.told, after.reading
        assert told is not None
        if not words and sight is not None and _claim(told) != _claim(now):
            words = sight.incidents  # those told last are of an older verdict: less sure ones are better
        # What was dropped is told even so: no later look knows of it.
        if after.snoozed_until is not None and not self.dropped[after.id]:
            # Who wakes up is to be told of what there is, so it has to be seen.
            if moment < after.snoozed_until or (sight is None and after.part(self.look.cluster)):
                self._keep(before, after)
            else:
                awake = replace(after, snoozed_until=None, snoozed_by="")
                self._tell(Turn.AWOKE, awake, told, words, sight)
        elif not self._is_news(after, sight) or (not self._is_grave(after) and self._is_too_soon(after)):
            self._keep(before, after)
            if sight is not None:
                self.standing.append(Change(Turn.OPENED, after, told, moment, words, seen=sight.incidents))
        else:
            turn = Turn.IMPROVED if _is_better(told, now) else Turn.UPDATED
            self._tell(turn, after, told, words, sight)

    def _is_news(self, after: Episode, sight: Sight | None) -> bool:
        """Whether there is anything to tell of this cluster; of another one its own look has the words."""
        cluster, told, now = self.look.cluster, after.told, after.reading
        assert told is not None
        if _claim(told) != _claim(now):
            return True
        if sight is None:
            return bool(told.of(cluster)) and told.of(cluster) != now.of(cluster)
        return told.of(cluster) != now.of(cluster) or looking.shows_untold(after.part(cluster), sight.part)

    def _is_grave(self, after: Episode) -> bool:
        """Whether it is more than numbers: another verdict, a cluster that came or went, namespaces that were dropped."""
        cluster, told, now = self.look.cluster, after.told, after.reading
        assert told is not None
        went = not told.of(cluster) or not now.of(cluster) or self.dropped[after.id]
        return bool(went) or _claim(told) != _claim(now)

    def _is_too_soon(self, episode: Episode) -> bool:
        """Whether numbers were told a moment ago. Of a time to come the clock knows nothing."""
        assert episode.told_at is not None
        return timedelta() <= self.look.moment - episode.told_at < self.patience.calm

    def _end(self, episode: Episode) -> None:
        if episode.stage is Stage.HELD:
            self.forgotten.append(episode)
            return
        over = replace(episode, stage=Stage.RESOLVED, parts=(), ended=self.look.moment)
        dropped, old = self.dropped[episode.id], episode.part(self.look.cluster)
        # Where those lie that are only counted nobody knows.
        is_dropped = dropped or (old is not None and not old.members and self.look.extent != EVERYWHERE)
        turn = Turn.DROPPED if is_dropped else Turn.RESOLVED
        self.changed.append(over)
        self.changes.append(Change(turn, over, episode.told, self.look.moment, dropped=dropped))

    def _tell(
        self,
        turn: Turn,
        after: Episode,
        before: Reading | None,
        words: tuple[Incident, ...],
        sight: Sight | None,
    ) -> None:
        parts = [
            looking.as_told(each, sight.part) if sight and each.cluster == self.look.cluster else each
            for each in after.parts
        ]
        told = replace(
            after,
            parts=tuple(parts),
            told=self._as_told(after.reading, before),
            told_at=self.look.moment,
        )
        seen, dropped = sight.incidents if sight else (), self.dropped.get(after.id, frozenset())
        self.changed.append(told)
        self.changes.append(Change(turn, told, before, self.look.moment, words, seen=seen, dropped=dropped))

    def _as_told(self, now: Reading, before: Reading | None) -> Reading:
        """What people know then: of this cluster how it is now, of others what they were told before."""
        known = {name: before.of(name) if before else "" for name in now.clusters}
        known |= {name: now.of(name) for name in known if name == self.look.cluster}
        return replace(now, by_cluster=tuple((name, of) for name, of in known.items() if of))

    def _keep(self, before: Episode | None, after: Episode) -> None:
        if after != before:
            self.changed.append(after)

    def _new_id(self, sight: Sight) -> str:
        at = self.look.moment
        while (name := episodes.new_id(sight.fingerprint, at)) in self.ids:
            at += timedelta.resolution  # a clock that went back met its own past
        self.ids.add(name)
        return name


def _is_faded(episode: Episode, sight: Sight, cluster: str) -> bool:
    """Whether the look proved less about the very same images than an earlier one: that does not disprove it.

    Registries ration their answers and events expire, so a verdict that was sure would come and go.
    """
    surer = SURENESS[sight.confidence] < SURENESS[episode.confidence]
    same = episode.fingerprint == sight.fingerprint
    if episode.stage is Stage.HELD or not surer or not (same or sight.confidence is Confidence.LOW):
        return False
    old = episode.part(cluster)
    known = {(*each.name, each.images) for each in old.members} if old else set()
    return not known or any((*each.name, each.images) in known for each in sight.part.members)


def _claim(reading: Reading) -> tuple[object, ...]:
    return reading.fingerprint, reading.confidence


def _is_better(told: Reading, now: Reading) -> bool:
    """Whether more is known than was told."""
    if told.fingerprint.cause is None or now.fingerprint.cause is None:
        return now.fingerprint.cause is not None
    return SURENESS[now.confidence] > SURENESS[told.confidence]
