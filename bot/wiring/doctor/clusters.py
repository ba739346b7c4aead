"""Whether a cluster can be looked at: a way in, findings out, in the order in which one would ask.

Point by point: is there a way in, does it lead to an API server, does that take the credentials, which tiers of rights do they
have, and which rights do they have that nothing needs.
"""

import asyncio
import shlex
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from bot.cluster.client import ApiClient, Pace, Refusal
from bot.cluster.reader import ApiReader
from bot.cluster.reviewing import Reviews, Right, Rule, names
from bot.facts.finding import Finding, ok, unchecked, warning
from bot.facts.objects import Unread
from bot.wiring.access import Access, login_to
from bot.wiring.doctor import rights
from bot.wiring.doctor.clocks import Reading
from bot.workflows import bounds


if TYPE_CHECKING:
    from bot.cluster.login import Login

# A server that is well answers these in milliseconds.
_PATIENCE = 5.0
# Namespaces that are looked into one by one, and that are called by name in a line.
_MOST_SPACES, _MOST_NAMED = 50, 5
_WILD = frozenset("*?[")
# The oldest that is still somebody's: https://kubernetes.io/releases/version-skew-policy/
_OLDEST = 28


@dataclass(slots=True)
class Place:
    """A cluster, and what was found of it on the way.

    Attributes:
        key: of the settings.
        access: how it is reached.
        now: our clock.
        clocks: takes what its clock says.
        watch: whether it is to be watched beside the looks.
        minor: of its version; 0 while it is not known.
        me: who looks, to the server; "" while that is not known.
        spaces: its namespaces that are looked at; None where nobody knows them.
    """

    key: str
    access: Access
    now: Callable[[], datetime]
    clocks: list[Reading] = field(default_factory=list)
    watch: bool = False
    minor: int = 0
    me: str = ""
    spaces: tuple[str, ...] | None = None

    @property
    def context(self) -> str:
        """Of kubectl, quoted; "" for the current one."""
        return shlex.quote(self.access.context) if self.access.context else ""


def client_of(login: "Login") -> ApiClient:
    """Asks an API server and does not wait for long."""
    return ApiClient(login, Pace(timeout=_PATIENCE))


def is_looked_into(place: Place, space: str) -> bool:
    """Whether a namespace is one of those whose rights are read one by one."""
    return space in (place.spaces or ())[:_MOST_SPACES]


async def look(place: Place) -> AsyncIterator[Finding]:
    """Everything about who looks at it.

    Raises:
        UsageError, ClusterUnreadable: there is no way in.
    """
    async with client_of(login_to(place.access)) as client:
        reviews = Reviews(client)
        async for each in _reached(place, reviews):
            yield each
        place.spaces = await _spaces(place, client)
        try:
            async for each in _rights(place, reviews):
                yield each
        except Refusal as refusal:
            yield unchecked(f"{place.key} rights", f"its access reviews do not answer: {refusal.why}")


async def _reached(place: Place, reviews: Reviews) -> AsyncIterator[Finding]:
    before = place.now()
    try:
        version = await reviews.version()
    except Refusal as refusal:
        # Whoever may not ask this is in; whatever else it may is asked next.
        yield unchecked(place.key, f"its version is not told: {refusal.why}")
        return
    if version.date:
        place.clocks.append(Reading(place.key, version.date, before, place.now()))
    place.minor = version.minor
    try:
        place.me = await reviews.me()
    except Refusal:
        place.me = ""
    if 0 < version.minor < _OLDEST:
        yield warning(
            place.key, f"Kubernetes {version.spelled} is older than what this is tried with", "upgrade it"
        )
        return
    yield ok(place.key, f"reached; Kubernetes {version.spelled}")


async def _spaces(place: Place, client: ApiClient) -> tuple[str, ...] | None:
    """The namespaces that are looked at; None where they cannot be known."""
    include, exclude = place.access.include, place.access.exclude
    if include and not any(set(each) & _WILD for each in include):
        return tuple(name for name in include if not bounds.matches(name, exclude))
    every = await ApiReader(client).namespaces()
    if isinstance(every, Unread):
        return None
    return tuple(
        name
        for name in every
        if bounds.matches(name, include or ("*",)) and not bounds.matches(name, exclude)
    )


async def _rights(place: Place, reviews: Reviews) -> AsyncIterator[Finding]:
    key = f"{place.key} rights"
    whole = True
    for tier in (rights.LOOK, *((rights.WATCH,) if place.watch else ()), rights.EXPLAIN):
        lacking = await _lacking(place, reviews, tier.rights)
        whole = whole and not lacking
        for each in rights.missing(key, tier, lacking, place.context, place.me):
            yield each
    if whole:
        yield ok(key, "tiers 0 and 1 are whole")
    rules: list[Rule] = []
    async for each in _secrets(place, reviews, rules):
        yield each
    async for each in _too_wide(place, reviews, rules):
        yield each


async def _lacking(place: Place, reviews: Reviews, wanted: Sequence[Right]) -> tuple[Right, ...]:
    """What is not granted: in the whole cluster, or in the namespaces that the settings name one by one."""
    everywhere = await asyncio.gather(*(reviews.may(each) for each in wanted))
    lacking = [right for right, granted in zip(wanted, everywhere, strict=True) if not granted]
    named = place.access.include and place.spaces
    if not lacking or not named:
        return tuple(lacking)
    # Where namespaces are named one by one nobody has to list them.
    there = [each for each in lacking if each.resource not in rights.CLUSTER_WIDE]
    nodes = [each for each in lacking if each.resource == "nodes"]
    spaces = (place.spaces or ())[:_MOST_SPACES]
    asked = [(each, space) for each in there for space in spaces]
    granted = await asyncio.gather(
        *(reviews.may(Right(each.verb, each.resource, each.group, space)) for each, space in asked)
    )
    refused = {each for (each, _), yes in zip(asked, granted, strict=True) if not yes}
    return (*nodes, *(each for each in there if each in refused))


async def _secrets(place: Place, reviews: Reviews, seen: list[Rule]) -> AsyncIterator[Finding]:
    """Tier 2, namespace by namespace, by the list of rules: a review without a name says no where some names are allowed."""
    key = f"{place.key} rights"
    if place.spaces is None:
        yield unchecked(
            key, "tier 2: namespaces may not be listed", f"name them: {place.key}.namespaces.include"
        )
        return
    spaces = place.spaces[:_MOST_SPACES]
    found = await asyncio.gather(*(reviews.rules(space) for space in spaces))
    if any(each.incomplete for each in found):
        told = "what may be too wide: another authorizer than RBAC decides, too, and lists nothing"
        yield unchecked(key, told, f"kubectl{rights.context_of(place.context)} auth can-i --list")
    seen.extend(dict.fromkeys(rule for rules in found for rule in rules.resource_rules or ()))
    for tier in (rights.PROVE, rights.PROVE_ALL):
        right = tier.rights[0]
        without = []
        for space, rules in zip(spaces, found, strict=True):
            granted = any(rule.grants(right) for rule in rules.resource_rules or ())
            if not granted and rules.incomplete:
                granted = await reviews.may(Right(right.verb, right.resource, namespace=space))
            # Nobody proves anything where the bot's own tokens lie, so nothing is lost there.
            if space != rights.HOME and not granted and not (right.verb == "get" and names(rules, right)):
                without.append(space)
        if not without:
            yield ok(key, f"{tier.name} in {_count(spaces)}")
            continue
        told = f"{tier.name} not in {_named(without)}; lost there: {tier.lost}"
        yield warning(key, told, rights.apply(tier, place.context, without, place.me))


async def _too_wide(place: Place, reviews: Reviews, rules: Sequence[Rule]) -> AsyncIterator[Finding]:
    key = f"{place.key} rights"
    remedy = rights.bindings(place.context)
    asked = tuple(rights.TOO_WIDE)
    granted = await asyncio.gather(*(reviews.may(each) for each in asked))
    wide = [right for right, yes in zip(asked, granted, strict=True) if yes]
    if asked[0] in wide:
        yield warning(key, "too wide: may do everything; it needs to read, and little", remedy)
        return
    for right in wide:
        yield warning(key, f"too wide: may {rights.TOO_WIDE[right]}", remedy)
    told = {(right.verb, right.resource) for right in wide}
    much = [each for each in rights.excessive(rules) if (each.verb, each.resource) not in told]
    if much:
        yield warning(
            key, f"too wide: who looks never changes anything, and may {rights.spelled(much)}", remedy
        )


def _count(spaces: Sequence[str]) -> str:
    return "1 namespace" if len(spaces) == 1 else f"{len(spaces)} namespaces"


def _named(spaces: Sequence[str]) -> str:
    more = f" and {len(spaces) - _MOST_NAMED} more" if len(spaces) > _MOST_NAMED else ""
    return ", ".join(spaces[:_MOST_NAMED]) + more
