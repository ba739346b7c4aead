"""Which incident that is known is which one that is seen: lives and sights in, who goes on as what out.

The fingerprint says it where it stayed. Where a better verdict or a wider place changed it, the workloads do: what they
were broken by is now known by another name, so the older message becomes that one, or joins it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.facts.episode import Episode, Stage
from bot.incidents.looking import Sight


Arrivals = Mapping[tuple[str, str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Kinship:
    """Who goes on as what.

    Attributes:
        taken: id -> key of the sight that it is; each key once.
        absorbed: id -> id of the one that it belongs to.
    """

    taken: Mapping[str, str]
    absorbed: Mapping[str, str]


def match(live: Sequence[Episode], seen: Mapping[str, Sight], cluster: str) -> Kinship:
    """Find what everything that lives has become in this cluster. What is in neither mapping was not seen."""
    owners = {each.fingerprint.key: each for each in live if each.fingerprint.key in seen}
    moved: dict[str, list[Episode]] = {}
    arrivals = _arrivals(seen, owners, cluster)
    for each in live:
        if each.fingerprint.key not in seen and each.clusters == (cluster,) and not each.fingerprint.storm:
            target = _target(each, seen, arrivals, cluster)
            if target:
                moved.setdefault(target, []).append(each)
    taken = {each.id: key for key, each in owners.items()}
    absorbed: dict[str, str] = {}
    for key, candidates in moved.items():
        owner = owners.get(key)
        heir = min((*candidates, *([owner] if owner else [])), key=lambda each: _precedence(each, owner))
        taken[heir.id] = key
        for each in (*candidates, *([owner] if owner else [])):
            if each.id != heir.id:
                absorbed[each.id] = heir.id
                taken.pop(each.id, None)
    return Kinship(taken, absorbed)


def _precedence(episode: Episode, owner: Episode | None) -> tuple[bool, bool, object, str]:
    """The one that people know goes on; of those the one that is there already, then the oldest."""
    return episode.stage is not Stage.OPEN, episode is not owner, episode.since, episode.id


def _arrivals(seen: Mapping[str, Sight], owners: Mapping[str, Episode], cluster: str) -> Arrivals:
    """Where each workload is new: to one that it was in before it did not move."""
    found: dict[tuple[str, str], list[str]] = {}
    for key, sight in seen.items():
        old = owners[key].part(cluster) if key in owners else None
        before = {each.name for each in old.members} if old else frozenset()
        for each in sight.part.members:
            if each.name not in before:
                found.setdefault(each.name, []).append(key)
    return found


def _target(episode: Episode, seen: Mapping[str, Sight], arrivals: Arrivals, cluster: str) -> str:
    """Where most of its workloads are now; "" when none of them is seen anywhere else."""
    part = episode.part(cluster)
    shared = Counter(key for each in (part.members if part else ()) for key in arrivals.get(each.name, ()))
    # A storm is what nothing else wants, and of two alike the keys decide.
    ranked = [(seen[key].fingerprint.storm, -count, key) for key, count in shared.items()]
    return min(ranked)[2] if ranked else ""
