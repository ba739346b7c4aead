"""When too much breaks at once to be told one by one: sights in, few of them and one storm out.

A cluster whose every pod asks for another image that is not there would fill a channel, and a memory, with thousands of
incidents. What breaks many workloads still stands alone, and so does whatever people were told of before.
"""

from collections.abc import Mapping, Sequence

from bot.facts import episode as episodes
from bot.facts.episode import Episode, Stage
from bot.incidents import looking, matching
from bot.incidents.looking import Look, Sight


_MANY_WORKLOADS = 10


def gathered(
    seen: Mapping[str, Sight], live: Sequence[Episode], look: Look, alone: int
) -> Mapping[str, Sight]:
    """The same sights, those that go beyond what may stand alone put into one.

    A storm is over when what is left in it would take no more than half of the room.
    """
    kin = matching.match(live, seen, look.cluster)
    told = {each.id for each in live if each.stage is Stage.OPEN and not each.fingerprint.storm}
    own = {key for name, key in kin.taken.items() if name in told}
    of = episodes.storm(look.cluster)
    fresh = sorted(seen.keys() - own, key=lambda key: (-seen[key].workloads, key))
    carried = [each for each in live if each.id not in kin.taken and each.id not in kin.absorbed]
    standing = len(own) + sum(_stays(each, look) for each in carried if each.fingerprint != of)
    room = max(alone - standing, 0)
    rages = any(each.fingerprint == of for each in live)
    if len(fresh) <= (room // 2 if rages and look.complete else room if not rages else 0):
        return seen
    large = set([key for key in fresh if seen[key].workloads >= _MANY_WORKLOADS][:room])
    drowned = [key for key in fresh if key not in large]
    if not drowned:
        return seen
    incidents = [incident for key in drowned for incident in seen[key].incidents]
    return {key: seen[key] for key in own | large} | {of.key: looking.sight(of, incidents, look)}


def _stays(episode: Episode, look: Look) -> bool:
    """Whether it goes on though it was not seen."""
    part = episode.part(look.cluster)
    return part is not None and any(look.carries(each) for each in part.members)
