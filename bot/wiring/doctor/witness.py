"""Whether what a node says when it is asked can be read, by who looks and no further: a cluster's login in, findings out.

The Jobs that ask are made by the writer, in a namespace of their own, and read by who looks. Looks at that namespace need not
be wanted otherwise, so nobody else has looked what may be done there.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

from bot.cluster.client import Refusal
from bot.cluster.reviewing import Reviews, Right
from bot.errors import BotError
from bot.facts.finding import Finding, ok, unchecked, warning, wrong
from bot.remediation.policy import Policy
from bot.wiring.access import login_to
from bot.wiring.doctor import clusters, rights, writers
from bot.wiring.doctor.clusters import Place
from bot.wiring.doctor.rights import Tier


READ: Final = Tier(
    "tier 3 (witness, look)",
    "tier-3-witness.yaml",
    "what a node says: it is asked, and nobody hears the answer",
    (Right("get", "jobs", "batch"), Right("get", "pods"), Right("list", "pods")),
    "imagepull",
)


async def look(name: str, place: Place, policy: Policy) -> AsyncIterator[Finding]:
    """What who looks at a cluster may do where its nodes are asked from; nothing where no approval allows that.

    Args:
        name: of the cluster.
        place: what is known of it; its namespaces have been read.
        policy: what the approvals allow.
    """
    asked = writers.asks(name, policy)
    if asked is None or policy.site is None:
        return
    key, space = f"{place.key} rights", policy.site.namespace
    try:
        async with clusters.client_of(login_to(place.access)) as client:
            reviews = Reviews(client)
            lacking = await _lacking(reviews, space)
            wide = await _too_wide(reviews, place, space)
    except Refusal as refusal:
        yield unchecked(key, f"its access reviews do not answer for {space}: {refusal.why}")
        return
    except BotError as error:
        yield unchecked(key, error.message, error.hint)
        return
    if lacking:
        made = wrong if asked else warning
        told = f"{READ.name} is not whole in {space}: may not {rights.spelled(lacking)}; lost: {READ.lost}"
        yield made(key, told, rights.apply(READ, place.context, (space,), place.me))
    else:
        yield ok(key, f"{READ.name} is whole in {space}")
    if wide:
        told = f"too wide in {space}: who looks never changes anything, and may {rights.spelled(wide)}"
        yield warning(key, told, rights.bindings(place.context))


async def _lacking(reviews: Reviews, space: str) -> list[Right]:
    granted = await asyncio.gather(*(reviews.may(replace(each, namespace=space)) for each in READ.rights))
    return [right for right, yes in zip(READ.rights, granted, strict=True) if not yes]


async def _too_wide(reviews: Reviews, place: Place, space: str) -> list[Right]:
    """The writes that are granted there and not everywhere: those of the whole cluster, and where it is looked, are told before."""
    if clusters.is_looked_into(place, space):
        return []
    rules = await reviews.rules(space)
    much = rights.excessive(rules.resource_rules or ())
    everywhere = await asyncio.gather(*(reviews.may(each) for each in much))
    return [right for right, yes in zip(much, everywhere, strict=True) if not yes]
