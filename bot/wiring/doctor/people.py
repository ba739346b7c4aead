"""Whether those whom the settings name are there, and enough of them: names and a workspace in, findings out. No I/O in here."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.facts.finding import Finding, ok, unchecked, warning, wrong
from bot.settings import Settings
from bot.slack.inspecting import Channels, Group


_EVERYBODY = frozenset({"*", "@here", "@channel", "@everyone", "<!here>", "<!channel>", "<!everyone>"})
_EDIT = "imagepull doctor, after correcting it in the settings"


@dataclass(frozen=True, slots=True)
class Named:
    """A place of the settings that names people.

    Attributes:
        key: of the settings.
        who: as written there.
        quorum: how many different people must be among them; 0 where that does not matter.
    """

    key: str
    who: tuple[str, ...]
    quorum: int = 0


@dataclass(frozen=True, slots=True)
class Roll:
    """Who is in the workspace, as far as somebody names them.

    Attributes:
        groups: by ``@handle`` and by id; None where Slack does not tell.
        members: user id -> whether a full member; None for nobody.
        why: why it does not tell.
    """

    groups: Mapping[str, Group] | None
    members: Mapping[str, bool | None]
    why: str = ""


def named(settings: Settings) -> Iterator[Named]:
    """Every place of the settings that names people."""
    for number, route in enumerate(settings.routes):
        words = [*route.mention.split(), *(word for each in route.mentions.values() for word in each.split())]
        if words:
            yield Named(f"routes[{number}].mention", tuple(_plain(each) for each in words))
    for kind, asked in (("ask", settings.people.ask), ("request", settings.people.request)):
        for number, each in enumerate(asked):
            yield Named(f"people.{kind}[{number}].who", each.who)
    for number, rule in enumerate(settings.approvals):
        yield Named(f"approvals[{number}].approvers", rule.approvers, rule.quorum)
    for number, copy in enumerate(settings.secrets.copies):
        yield Named(f"secrets.copies[{number}].approvers", copy.approvers, 1)


def users(places: Sequence[Named]) -> frozenset[str]:
    """The ids of people that are named, without those of other workspaces."""
    return frozenset(who for place in places for who in place.who if who[:1] in "UW" and who.isalnum())


def channels(settings: Settings, places: Sequence[Named]) -> Mapping[str, Sequence[str]]:
    """Channel -> the keys of the settings that name it. What a person asks in is named, too, but need not be joined."""
    found: dict[str, list[str]] = {}
    for number, route in enumerate(settings.routes):
        of_tenants = route.tenants.channels if route.tenants else ()
        for name in (route.channel, *of_tenants):
            found.setdefault(name, []).append(f"routes[{number}].channel")
    for number, digest in enumerate(settings.digest):
        found.setdefault(digest.channel, []).append(f"digest[{number}].channel")
    for place in places:
        for who in place.who:
            if who.startswith("#"):
                found.setdefault(who, [])
    return found


def judged(places: Sequence[Named], roll: Roll) -> Iterator[Finding]:
    """What is wrong with each place; one finding says that nothing is wrong with any."""
    told = [finding for place in places for finding in _judged(place, roll)]
    yield from told
    if not told and places:
        yield ok("people", "everybody whom routes, people and approvals name is there")


def _judged(place: Named, roll: Roll) -> Iterator[Finding]:
    for who in place.who:
        yield from _one(place, who, roll)
    if place.quorum and roll.groups is not None:
        there = _people(place.who, roll)
        if len(there) < place.quorum and there:
            told = f"{place.quorum} must say yes, and only {len(there)} can"
            yield wrong(place.key, told, "add people to the group, or name more of them")


def _one(place: Named, who: str, roll: Roll) -> Iterator[Finding]:
    made = wrong if place.quorum else warning
    if who in _EVERYBODY or who.startswith("#") or "/" in who:
        return
    if who[:1] in "UW" and who.isalnum():
        known = roll.members.get(who, True)
        if known is None:
            yield made(place.key, f"there is nobody with the id {who}", _EDIT)
        elif not known and place.quorum:
            yield wrong(place.key, f"{who} is no full member, and cannot say yes", _EDIT)
        return
    if roll.groups is None:
        yield unchecked(place.key, f"{who}: {roll.why}", "imagepull slack-manifest")
        return
    group = roll.groups.get(who)
    if group is None:
        yield made(place.key, f"there is no group {who}: it stands for nobody", _EDIT)
    elif group.is_off:
        yield made(place.key, f"the group {who} is switched off", "switch it on in Slack")
    elif not group.members:
        yield made(place.key, f"the group {who} has no members", "add people to it in Slack")


def _people(names: Collection[str], roll: Roll) -> frozenset[str]:
    found: set[str] = set()
    for who in names:
        group = (roll.groups or {}).get(who)
        if group and not group.is_off:
            found |= set(group.members)
        elif "/" in who or (who[:1] in "UW" and roll.members.get(who, True)):
            found.add(who)
    return frozenset(found)


def judged_channels(wanted: Mapping[str, Sequence[str]], found: Channels) -> Iterator[Finding]:
    """Which channels are missing, closed, or without the bot."""
    told = False
    for name, keys in wanted.items():
        if not keys:
            continue
        for finding in _channel(name, keys[0], found):
            told = True
            yield finding
    if not told and any(wanted.values()):
        yield ok("routes", "every channel is there, and the bot in it")


def _channel(name: str, key: str, found: Channels) -> Iterator[Finding]:
    channel = found.found.get(name)
    invite = f"in Slack, in {name}: /invite @imagepull"
    if channel is None and not found.is_whole:
        yield unchecked(key, f"{name}: the workspace has more channels than are read", f"write its id: {key}")
    elif channel is None:
        yield wrong(key, f"there is no channel {name}, or it is private and the bot is not in it", invite)
    elif channel.is_archived:
        yield wrong(key, f"{name} is archived", f"in Slack: unarchive {name}, or name another channel")
    elif not channel.is_member:
        yield wrong(key, f"the bot is not in {name}", invite)


def _plain(word: str) -> str:
    """A mention as people are named elsewhere: an id out of Slack's own spelling."""
    if word.startswith(("<!subteam^", "<@")):
        return word.strip("<>").removeprefix("!subteam^").removeprefix("@").partition("|")[0]
    return word
