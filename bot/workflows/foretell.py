"""One round of warnings of the bot, from the claim to what is to be told of it, stored at once or not at all.

Each channel has one message for a warning, which shows what its routes cover and is edited as that changes; nobody is called,
and nothing of it is an incident.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.errors import BotError, ClusterUnreadable, Overtaken
from bot.facts import times
from bot.facts.forewarning import Check, Finding, Forewarning, Item, Kind, Outlook, User
from bot.incidents import foretelling, routing
from bot.incidents.looking import EVERYWHERE, Extent
from bot.incidents.routing import Routing
from bot.ports.foretelling import Announces, BulletinScribe, Forewarnings, Record
from bot.ports.keeping import Keeper, Letter
from bot.ports.keeping import Kind as Sort


# Of those who store at once one is first; the others decide again on what is there by then.
_TRIES = 5

Looks = Callable[[Mapping[str, Check]], Awaitable[Outlook]]


@dataclass(frozen=True, slots=True)
class Voices:
    """Who has the words, who spells them, and who is told.

    Attributes:
        routing: of the settings, with the severities of warnings.
        is_told: whether there is anybody to tell.
    """

    announcer: Announces
    scribe: BulletinScribe
    routing: Routing
    is_told: bool = True


@dataclass(frozen=True, slots=True)
class Watchtower:
    """A cluster whose warnings this bot looks after.

    Attributes:
        deadline: how long a round may take.
        kinds: what is looked for.
        extent: what is meant to be looked at.
        clock: tells the time.
    """

    cluster: str
    deadline: timedelta
    kinds: frozenset[Kind]
    keeper: Keeper
    memory: Forewarnings
    voices: Voices
    clock: Callable[[], datetime]
    extent: Extent = EVERYWHERE


@dataclass(frozen=True, slots=True)
class Foretold:
    """What became of one round.

    Attributes:
        outlook: what was found; None where nothing was seen, or another replica looks after the cluster.
        open: how many warnings go on, by kind.
        trouble: why the cluster was not seen; "" where it was.
        letters: how many were stored.
    """

    cluster: str
    outlook: Outlook | None = None
    open: Mapping[Kind, int] | None = None
    trouble: str = ""
    hint: str = ""
    letters: int = 0


async def foretell(tower: Watchtower, look: Looks) -> Foretold:
    """Look once, if nobody else looks after the cluster; what is found counts only if that held until it is stored.

    Args:
        tower: the cluster.
        look: finds what will break, given what was asked before.

    Raises:
        StoreError: what was found cannot be stored; the next round finds it again.
    """
    if not await tower.keeper.claim(tower.cluster):
        return Foretold(tower.cluster)
    known = await tower.memory.checks(tower.cluster)
    try:
        async with asyncio.timeout(tower.deadline.total_seconds()):
            outlook = await look(known)
    except TimeoutError:
        late = ClusterUnreadable(f"no end within {times.spelled(tower.deadline)}", "is the API server slow?")
        return Foretold(tower.cluster, trouble=late.message, hint=late.hint)
    except BotError as error:
        return Foretold(tower.cluster, trouble=error.message, hint=error.hint)
    return await _stored(tower, _trimmed(outlook, tower.voices.routing))


async def retire(tower: Watchtower) -> int:
    """Tell the end of every warning of a cluster that nobody looks at for any more. How many letters that took."""
    if not await tower.keeper.claim(tower.cluster):
        return 0
    known = await tower.memory.known(tower.cluster)
    outlook = Outlook(tower.cluster, tower.clock(), complete=False)
    changed = foretelling.dropped(known, outlook)
    letters = [each for one in changed for each in await _letters(tower, one, outlook.moment)]
    if changed:
        await tower.memory.record(tower.cluster, Record(changed, letters=letters))
    return len(letters)


async def _stored(tower: Watchtower, outlook: Outlook) -> Foretold:
    for tries_left in reversed(range(_TRIES)):
        known = await tower.memory.known(tower.cluster)
        # In this order: what somebody else stores after this makes ours fail, and what they stored before is lost to us.
        if not await tower.keeper.holds(tower.cluster):
            break
        changed = foretelling.advance(known, outlook, tower.kinds, tower.extent)
        now = {each.id: each for each in (*known, *changed)}
        letters = [each for name in sorted(now) for each in await _letters(tower, now[name], outlook.moment)]
        record = Record(changed, outlook.checks, _running(outlook, tower.kinds), letters)
        try:
            await tower.memory.record(tower.cluster, record)
        except Overtaken:
            if not tries_left:
                raise
        else:
            return Foretold(tower.cluster, outlook, _counted(tuple(now.values())), letters=len(letters))
    return Foretold(tower.cluster)


async def _letters(tower: Watchtower, warning: Forewarning, moment: datetime) -> Sequence[Letter]:
    """What each channel is to be told: the warning as it reads now, where that is another than was told."""
    voices = tower.voices
    parts = _parts(warning, voices.routing) if voices.is_told else {}
    stored = {each.channel: each.body for each in await tower.keeper.messages(warning.id)}
    letters = []
    for channel in sorted(stored.keys() | parts.keys()):
        was = voices.scribe.bulletin(stored[channel]) if channel in stored else None
        if warning.ended is None and channel in parts:
            part, severity = parts[channel]
            after = voices.announcer.bulletin(part, severity)
        elif was is not None and was.ended is None:
            after = voices.announcer.over(was, warning, moment)
        else:
            continue
        if after != was:
            letters.append(Letter(warning.id, channel, Sort.MESSAGE, voices.scribe.warned(after)))
    return letters


def _parts(warning: Forewarning, by: Routing) -> Mapping[str, tuple[Forewarning, str]]:
    """Each channel's own part of a warning, with how its route speaks of how bad it is."""
    found: dict[str, list[Item]] = {}
    words: dict[str, str] = {}
    for item in warning.items:
        of: dict[str, Item] = {}
        for user in item.users:
            heard = routing.heard_by(by, warning.cluster, warning.kind, user.namespace, user.labels)
            if heard is None:
                continue
            channel, severity = heard
            words.setdefault(channel, severity)
            before = of.get(channel, replace(item, users=()))
            of[channel] = replace(before, users=(*before.users, user))
        for channel, part in of.items():
            found.setdefault(channel, []).append(part)
    more = warning.more if len(found) == 1 else 0  # whose those are that are only counted nobody knows
    return {
        channel: (replace(warning, items=tuple(items), more=more), words[channel])
        for channel, items in found.items()
    }


def _trimmed(outlook: Outlook, by: Routing) -> Outlook:
    """The same with those labels only that the routes ask for: what is stored holds no others."""
    keys = routing.label_keys(by)
    done: dict[int, tuple[User, ...]] = {}

    def item(each: Item) -> Item:
        """One item. All entries of a Secret have the same users, and there may be thousands of both."""
        users = done.get(id(each.users))
        if users is None:
            users = done[id(each.users)] = tuple(
                replace(user, labels={key: value for key, value in user.labels.items() if key in keys})
                for user in each.users
            )
        return replace(each, users=users)

    findings = (Finding(one.kind, one.thing, tuple(map(item, one.items))) for one in outlook.findings)
    return replace(outlook, findings=tuple(findings))


def _running(outlook: Outlook, kinds: Collection[Kind]) -> frozenset[str] | None:
    """The images that run, where all pods were seen."""
    if not outlook.complete or outlook.unseen or Kind.IMAGE not in kinds:
        return None
    return frozenset(image for kind, _, image in outlook.used if kind is Kind.IMAGE)


def _counted(every: Sequence[Forewarning]) -> Mapping[Kind, int]:
    return {kind: sum(each.kind is kind and each.ended is None for each in every) for kind in Kind}
