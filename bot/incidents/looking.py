"""What one look at one cluster showed, as the life of incidents needs it: Incidents in, bounded sights out.

An absence is only worth something where the look went: what it did not see (a namespace that refused, a page that
never came, a healthy-looking pod that a cheap look skips) is carried along as it was. What it is not meant to see, by the
settings, is left behind, and is not said to have healed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase

from bot.facts import episode as episodes
from bot.facts.episode import MOST_MEMBERS, Fingerprint, Member, Part
from bot.facts.verdict import Confidence, Diagnosis, Incident


SURENESS = {Confidence.LOW: 0, Confidence.MEDIUM: 1, Confidence.HIGH: 2}


@dataclass(frozen=True, slots=True)
class Extent:
    """The namespaces that looks at a cluster are meant to see.

    Attributes:
        include: patterns; nothing means all.
        exclude: patterns of those to leave out, even when included.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def has(self, namespace: str) -> bool:
        """Whether looks are meant to see it."""
        included = not self.include or any(fnmatchcase(namespace, each) for each in self.include)
        return included and not any(fnmatchcase(namespace, each) for each in self.exclude)


EVERYWHERE = Extent()
NOWHERE = Extent(exclude=("*",))


@dataclass(frozen=True, slots=True)
class Look:
    """One look at one cluster. A cluster that is watched no more is a look that is meant to see nothing.

    Attributes:
        moment: when, by the cluster's clock.
        complete: what is not in ``incidents`` is not there, save in ``unseen``. A cluster that hangs or refuses is an
            incomplete look that found nothing.
        full: all pods were listed, not only those that seemed worth it.
        unseen: namespaces that could not be seen though the rest could.
        extent: what it is meant to see; nothing is known of the rest, and nothing is remembered of it.
    """

    cluster: str
    moment: datetime
    incidents: tuple[Incident, ...]
    complete: bool = True
    full: bool = True
    unseen: frozenset[str] = frozenset()
    extent: Extent = EVERYWHERE

    @property
    def is_whole(self) -> bool:
        """Whether whatever it is meant to see and did not find is gone."""
        return self.complete and self.full and not self.unseen

    def covers(self, member: Member) -> bool:
        """Whether the member would have been found if it still failed."""
        return self.complete and member.namespace not in self.unseen and (self.full or not member.quiet)

    def carries(self, member: Member) -> bool:
        """Whether the member goes on though it was not seen."""
        return self.extent.has(member.namespace) and not self.covers(member)


@dataclass(frozen=True, slots=True)
class Sight:
    """One incident in one look: what :class:`Episode` takes from it.

    Attributes:
        incidents: all that it came from, to render from; several for a storm.
    """

    fingerprint: Fingerprint
    confidence: Confidence
    since: datetime
    part: Part
    incidents: tuple[Incident, ...]

    @property
    def workloads(self) -> int:
        """How many workloads it breaks."""
        return len(self.part.members) + self.part.more_workloads


def sights(look: Look) -> dict[str, Sight]:
    """What was seen, by the fingerprint's key, in the order of the keys."""
    found: dict[str, list[Incident]] = {}
    prints: dict[str, Fingerprint] = {}
    for incident in look.incidents:
        of = episodes.fingerprint(incident.cause, incident.place, look.cluster)
        prints[key := of.key] = of
        found.setdefault(key, []).append(incident)
    return {key: sight(prints[key], found[key], look) for key in sorted(found)}


def sight(of: Fingerprint, incidents: Iterable[Incident], look: Look) -> Sight:
    """These incidents as one.

    Args:
        of: what they are together.
        incidents: one, or all that a storm is made of.
        look: which found them.
    """
    ordered = tuple(sorted(incidents, key=_by_name))
    diagnoses = [each for incident in ordered for each in incident.diagnoses]
    since = [each.failure.since for each in diagnoses if each.failure.since]
    sure = max((each.confidence for each in ordered), key=lambda each: SURENESS[each])
    return Sight(
        of,
        Confidence.LOW if of.storm else sure,
        min((*since, look.moment)),
        part(look.cluster, _members(diagnoses, quiet=look.full)),
        ordered,
    )


def _by_name(incident: Incident) -> tuple[str, ...]:
    place = incident.place
    where = (place.scope.value, place.namespace, place.workload, place.node, place.registry)
    return (incident.cause or "", *where, incident.confidence.value, *incident.pods)


def _members(diagnoses: Iterable[Diagnosis], *, quiet: bool) -> list[Member]:
    broken: dict[tuple[str, str], list[Diagnosis]] = {}
    for each in diagnoses:
        broken.setdefault((each.workload.namespace, str(each.workload)), []).append(each)
    return [
        Member(
            namespace,
            workload,
            len({each.failure.pod.key for each in failing}),
            episodes.digest({(each.failure.container, each.failure.image) for each in failing}),
            quiet,
        )
        for (namespace, workload), failing in sorted(broken.items())
    ]


def part(cluster: str, members: Iterable[Member], at_least: tuple[int, int] = (0, 0)) -> Part:
    """A part of these members: the first of them named, the rest counted.

    Args:
        cluster: where.
        members: all that are known by name.
        at_least: how many workloads and pods there are besides those that are named, if not more.
    """
    ordered = sorted(members)
    beyond = ordered[MOST_MEMBERS:]
    pods = sum(each.pods for each in beyond)
    return Part(cluster, tuple(ordered[:MOST_MEMBERS]), max(len(beyond), at_least[0]), max(pods, at_least[1]))


def joined(parts: Sequence[Part]) -> Part | None:
    """Parts of one cluster as one; of a workload in several the last counts."""
    if len(parts) < 2:
        return parts[0] if parts else None
    members = {each.name: each for one in parts for each in one.members}
    beyond = max(each.more_workloads for each in parts), max(each.more_pods for each in parts)
    return part(parts[0].cluster, members.values(), beyond)


def carried(old: Part | None, new: Part | None, look: Look) -> Part | None:
    """What an incident breaks after a look: what was seen, and of what was known that which could not be seen.

    None when nothing is left.
    """
    if old is None:
        return new
    before = {each.name: each for each in old.members}
    members = {
        each.name: replace(
            each,
            quiet=look.full and _was_quiet(before, each),
            told=each.name in before and before[each.name].told,
        )
        for each in (new.members if new else ())
    }
    for name, each in before.items():
        if name not in members and look.carries(each):
            members[name] = each
    beyond = (new.more_workloads, new.more_pods) if new else (0, 0)
    if not look.is_whole:  # nobody knows where those lie that were only counted
        beyond = max(beyond[0], old.more_workloads), max(beyond[1], old.more_pods)
    merged = part(look.cluster, members.values(), beyond)
    return merged if merged.members or merged.more_workloads else None


def dropped(part: Part | None, look: Look) -> frozenset[str]:
    """The namespaces of a part that looks are not meant to see any more."""
    spaces = {each.namespace for each in part.members} if part else set()
    return frozenset(each for each in spaces if not look.extent.has(each))


def as_told(part: Part, shown: Part) -> Part:
    """The same part when people were told of what a look showed."""
    names = {each.name for each in shown.members}
    members = (replace(each, told=each.told or each.name in names) for each in part.members)
    return replace(part, members=tuple(members))


def as_untold(part: Part) -> Part:
    """The same part when it comes to another incident, which nobody was told of it by."""
    return replace(part, members=tuple(replace(each, told=False) for each in part.members))


def shows_untold(part: Part | None, shown: Part) -> bool:
    """Whether a look shows something that people were not told of."""
    names = {each.name for each in shown.members}
    return part is not None and any(not each.told and each.name in names for each in part.members)


def _was_quiet(before: dict[tuple[str, str], Member], each: Member) -> bool:
    known = before.get(each.name)
    return known is None or known.quiet
