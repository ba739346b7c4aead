"""Whether verdicts can be told in a cluster, by somebody who may do nothing else there: who writes Events in, findings out."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.cluster.client import Refusal
from bot.cluster.reviewing import Reviews, Right, Rule, Rules
from bot.errors import BotError
from bot.facts.finding import Finding, ok, unchecked, warning, wrong
from bot.wiring.doctor import clusters, rights
from bot.wiring.doctor.clusters import Place
from bot.wiring.doctor.rights import Tier
from bot.wiring.writers import WriterAccess, login_of
from bot.workflows import bounds


# The second brings an Event up to date that is there: the same said again is no new one.
_RIGHTS: Final = (Right("create", "events"), Right("patch", "events"))
TELL: Final = Tier("tell", "tier-tell.yaml", "Events on the workloads that fail there", _RIGHTS)
# Whoever only tells has no use for what a Secret holds.
_SECRETS: Final = tuple(Right(verb, "secrets") for verb in ("get", "list", "watch"))
_MOST_SPACES: Final = 20
_MOST_NAMED: Final = 5
_WILD: Final = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Telling:
    """Who writes Events, and where.

    Attributes:
        namespaces: names or patterns.
    """

    access: WriterAccess
    namespaces: tuple[str, ...]

    @property
    def named(self) -> tuple[str, ...]:
        """The namespaces that are called by name."""
        return tuple(each for each in self.namespaces if not set(each) & _WILD)

    def spaces(self, place: Place) -> tuple[str, ...]:
        """Those that are called by name, and those that a pattern covers, as far as anybody knows them."""
        covered = [each for each in place.spaces or () if bounds.matches(each, self.namespaces)]
        return tuple(dict.fromkeys((*self.named, *covered)))[:_MOST_SPACES]


async def look(place: Place, telling: Telling) -> AsyncIterator[Finding]:
    """Everything about who writes Events in a cluster. None is written.

    Args:
        place: what is known of the cluster; its namespaces have been read.
        telling: who, and where.
    """
    key = f"{place.key}.teller"
    try:
        async with clusters.client_of(login_of(place.access, telling.access)) as client:
            reviews = Reviews(client)
            await reviews.version()
            async for each in _examined(key, place, reviews, telling):
                yield each
    except Refusal as refusal:
        yield unchecked(key, f"its access reviews do not answer: {refusal.why}")
    except BotError as error:
        yield wrong(key, error.message, error.hint)


async def _examined(key: str, place: Place, reviews: Reviews, telling: Telling) -> AsyncIterator[Finding]:
    me = await reviews.me()
    if me and me == place.me:
        told = "who writes Events is who looks: the credentials are the same"
        yield wrong(key, told, rights.account(key, place.context, "imagepull-teller"))
        return
    spaces = telling.spaces(place)
    if not spaces:
        why = "no namespace is known that its patterns cover"
        yield unchecked(key, why, f"name them: {key}.namespaces")
        return
    lacking = await _lacking(reviews, spaces)
    if lacking:
        yield _told_of(key, place, lacking, telling)
    rules = await asyncio.gather(*(reviews.rules(each) for each in spaces))
    wide = [each async for each in _too_wide(key, place, reviews, rules)]
    if telling.named == telling.namespaces and not wide and await _everywhere(reviews):
        told = "too wide: may write Events in every namespace, and the settings name some"
        wide.append(warning(key, told, rights.bindings(place.context)))
    for each in wide:
        yield each
    if any(each.incomplete for each in rules):
        told = "what may be too wide: another authorizer than RBAC decides, too, and lists nothing"
        yield unchecked(key, told, f"kubectl{rights.context_of(place.context)} auth can-i --list")
    elif not lacking and not wide:
        yield ok(key, f"it may write Events in {_counted(spaces)}, and nothing else")


async def _lacking(reviews: Reviews, spaces: Sequence[str]) -> dict[str, tuple[Right, ...]]:
    """What it may not do, by namespace; those where it may do all of it are left out."""
    asked = [replace(right, namespace=space) for space in spaces for right in _RIGHTS]
    granted = await asyncio.gather(*(reviews.may(each) for each in asked))
    found: dict[str, tuple[Right, ...]] = {}
    for right, yes in zip(asked, granted, strict=True):
        if not yes:
            found[right.namespace] = (*found.get(right.namespace, ()), replace(right, namespace=""))
    return found


def _told_of(key: str, place: Place, lacking: dict[str, tuple[Right, ...]], telling: Telling) -> Finding:
    what = rights.spelled([each for each in _RIGHTS if any(each in found for found in lacking.values())])
    where = list(lacking)
    told = ", ".join(where[:_MOST_NAMED]) + (" and more" if len(where) > _MOST_NAMED else "")
    # A pattern may cover more than the teller serves and be meant so; a name is not, nor that it may write nowhere.
    nowhere = set(where) == set(telling.spaces(place))
    made = wrong if nowhere or set(where) & set(telling.named) else warning
    says = f"may not {what} in {told}; lost: {TELL.lost}"
    return made(key, says, rights.apply(TELL, place.context, where))


async def _too_wide(
    key: str, place: Place, reviews: Reviews, held: Sequence[Rules]
) -> AsyncIterator[Finding]:
    remedy = rights.bindings(place.context)
    asked = tuple(rights.TOO_WIDE)
    granted = await asyncio.gather(*(reviews.may(each) for each in asked))
    wide = [right for right, yes in zip(asked, granted, strict=True) if yes]
    if asked[0] in wide:
        yield warning(key, "too wide: may do everything; it needs to write Events, and nothing else", remedy)
        return
    for right in wide:
        yield warning(key, f"too wide: may {rights.TOO_WIDE[right]}", remedy)
    told = {(right.verb, right.resource) for right in wide}
    rules = tuple(dict.fromkeys(rule for each in held for rule in each.resource_rules or ()))
    much = (*rights.excessive(rules, _RIGHTS), *_reads(rules))
    left = [each for each in dict.fromkeys(much) if (each.verb, each.resource) not in told]
    if left:
        yield warning(key, f"too wide: to write Events nobody needs to {rights.spelled(left)}", remedy)


def _reads(rules: Sequence[Rule]) -> Iterator[Right]:
    """Reads of Secrets, also of some by name; what a star grants is told as such."""
    for right in _SECRETS:
        granted = (rule for rule in rules if "*" not in (*rule.verbs, *rule.resources, *rule.api_groups))
        if any(_for_every_name(rule).grants(right) for rule in granted):
            yield right


def _for_every_name(rule: Rule) -> Rule:
    """The same, whatever it is called."""
    return Rule(rule.verbs, rule.api_groups, rule.resources)


async def _everywhere(reviews: Reviews) -> bool:
    return any(await asyncio.gather(*(reviews.may(each) for each in _RIGHTS)))


def _counted(spaces: Sequence[str]) -> str:
    return "1 namespace" if len(spaces) == 1 else f"{len(spaces)} namespaces"
