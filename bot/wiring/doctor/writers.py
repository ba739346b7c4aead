"""Whether a cluster can be changed as the approvals allow, and no further: who changes it in, findings out.

RBAC cannot say which fields may change, so the fence of deploy/rbac has to stand: it is tried by dry runs of what it must refuse.
"""

import asyncio
import shlex
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Final

from bot.cluster import fencing
from bot.cluster.client import ApiClient, Refusal
from bot.cluster.fencing import Fence
from bot.cluster.resources import Resource
from bot.cluster.reviewing import Reviews, Right, Rule, Rules
from bot.errors import BotError, ClusterUnreadable
from bot.facts.change import LOOKING
from bot.facts.finding import Finding, ok, unchecked, warning, wrong
from bot.remediation.policy import Policy
from bot.wiring.access import login_to
from bot.wiring.doctor import clusters, rights
from bot.wiring.doctor.clusters import Place
from bot.wiring.doctor.rights import Tier
from bot.wiring.writers import WriterAccess, login_of
from bot.workflows import bounds


_TEMPLATES: Final = (
    Right("patch", "deployments", "apps"),
    Right("patch", "statefulsets", "apps"),
    Right("patch", "daemonsets", "apps"),
)
_CRON: Final = Right("patch", "cronjobs", "batch")
_POD: Final = Right("patch", "pods")
_ACCOUNT: Final = Right("patch", "serviceaccounts")
_DELETE: Final = Right("delete", "pods")
_NODE: Final = Right("patch", "nodes")
_SECRET: Final = Right("create", "secrets")
_ASK: Final = (Right("create", "jobs", "batch"), Right("delete", "jobs", "batch"))
# Action -> what may have to be written for it.
NEEDS: Final[Mapping[str, tuple[Right, ...]]] = {
    "set-image": (*_TEMPLATES, _CRON, _POD),
    "use-mirror": (*_TEMPLATES, _CRON, _POD),
    "roll-back": _TEMPLATES,
    "pin-architecture": (*_TEMPLATES, _CRON),
    "attach-pull-secret": (*_TEMPLATES, _CRON, _ACCOUNT),
    "detach-pull-secret": (*_TEMPLATES, _CRON, _ACCOUNT),
    "recreate-pod": (_DELETE,),
    "retry-now": (_DELETE,),
    "suspend": (_TEMPLATES[0], _CRON),
    "cordon-node": (_NODE,),
    "copy-pull-secret": (_SECRET,),
    "ask-node": _ASK,
}
_REPAIR: Final = Tier(
    "tier 3 (repair)", "tier-3-repair.yaml", "these changes", (*_TEMPLATES, _CRON, _ACCOUNT, _POD, _DELETE)
)
_COPY: Final = Tier("tier 3 (copy)", "tier-3-copy.yaml", "copies of pull secrets", (_SECRET,))
_CORDON: Final = Tier("tier 3 (cordon)", "tier-3-cordon.yaml", "cordons", (_NODE,))
_WITNESS: Final = Tier("tier 3 (witness)", "tier-3-witness.yaml", "looks from nodes", _ASK)
_TIERS: Final = (_REPAIR, _COPY, _CORDON, _WITNESS)
# The first release with ValidatingAdmissionPolicy v1:
# https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
_FENCES_SINCE: Final = 30
_FENCE: Final = "deploy/rbac/tier-3-fence.yaml"
_FENCED: Final = "system:serviceaccount:imagepull:imagepull-writer"
_MOST_SPACES: Final = 20
_MOST_TRIED: Final = 3


async def look(
    name: str, place: Place, writer: WriterAccess | None, policy: Policy
) -> AsyncIterator[Finding]:
    """Everything about who changes a cluster.

    Args:
        name: of the cluster.
        place: what is known of it; its namespaces have been read.
        writer: who changes it; None for nobody.
        policy: what the approvals allow.
    """
    key = f"{place.key}.writer"
    wanted = needed(name, policy, place.spaces or ())
    if writer is None:
        if wanted:
            told = "approvals allow changes here, and nobody is named who makes them"
            yield warning(key, told, rights.account(key, place.context, "imagepull-writer"))
        return
    try:
        async with clusters.client_of(login_of(place.access, writer)) as client:
            await Reviews(client).version()
            async for each in _examined(key, place, client, wanted):
                yield each
    except Refusal as refusal:
        yield unchecked(key, f"its access reviews do not answer: {refusal.why}")
    except BotError as error:
        yield wrong(key, error.message, error.hint)


def needed(name: str, policy: Policy, spaces: Sequence[str]) -> dict[Right, bool]:
    """The rights that what the approvals allow may take, and whether a rule names action and namespace; ordered.

    What only a pattern covers may be more than was meant.
    """
    found: dict[Right, bool] = {}
    for rule in policy.rules:
        if not bounds.matches(name, rule.clusters):
            continue
        actions = [each for each in NEEDS if bounds.matches(each, rule.actions)]
        for action in actions:
            for right in NEEDS[action]:
                for each in _placed(right, rule.namespaces, policy, spaces):
                    own = action in LOOKING or each.namespace in ("", *rule.namespaces)
                    said = action in rule.actions and own
                    found[each] = found.get(each, False) or said
    return found


def asks(name: str, policy: Policy) -> bool | None:
    """Whether a rule names the action that asks nodes of a cluster; None where none allows it."""
    wanted = needed(name, policy, ())
    return next((said for right, said in wanted.items() if replace(right, namespace="") in _ASK), None)


def _placed(right: Right, patterns: Sequence[str], policy: Policy, spaces: Sequence[str]) -> Iterator[Right]:
    if right == _NODE:
        # A node belongs to no namespace: only a rule for all of them covers it.
        if "*" in patterns:
            yield right
        return
    if right in _ASK:
        # Likewise: it is in a namespace of its own, and about a node.
        if policy.site and "*" in patterns:
            yield replace(right, namespace=policy.site.namespace)
        return
    for space in _meant(patterns, spaces):
        to_it = any(fnmatchcase(space, each) for copy in policy.copies for each in copy.to)
        if right != _SECRET or to_it:
            yield replace(right, namespace=space)


def _meant(patterns: Iterable[str], spaces: Sequence[str]) -> list[str]:
    return [each for each in spaces if bounds.matches(each, tuple(patterns))][:_MOST_SPACES]


async def _examined(
    key: str, place: Place, client: ApiClient, wanted: Mapping[Right, bool]
) -> AsyncIterator[Finding]:
    reviews = Reviews(client)
    me = await reviews.me()
    if me and me == place.me:
        told = "who changes is who looks: the credentials are the same"
        yield wrong(key, told, rights.account(key, place.context, "imagepull-writer"))
        return
    granted = await asyncio.gather(*(reviews.may(each) for each in wanted))
    may = [right for right, yes in zip(wanted, granted, strict=True) if yes]
    lacking = [right for right in wanted if right not in may]
    for each in _lacking(key, place, lacking, wanted):
        yield each
    spaces = list(dict.fromkeys(right.namespace for right in wanted if right.namespace)) or ["default"]
    rules = await asyncio.gather(*(reviews.rules(each) for each in spaces))
    held = tuple(dict.fromkeys(rule for each in rules for rule in each.resource_rules or ()))
    wide = [each async for each in _too_wide(key, place, reviews, held, wanted)]
    for each in wide:
        yield each
    kinds = _patched(dict(zip(spaces, rules, strict=True)))
    if kinds:
        async for each in _fenced(key, place, client, kinds, me):
            yield each
    elif not lacking:
        yield unchecked(key, "it may write nothing, and nothing has to be written: no approval needs it")
    if not lacking and not wide and may:
        yield ok(key, f"tier 3 is whole in {len(spaces)} namespaces that approvals name, and no wider")


def _lacking(
    key: str, place: Place, lacking: Sequence[Right], wanted: Mapping[Right, bool]
) -> Iterator[Finding]:
    for tier in _TIERS:
        bare = {replace(each, namespace="") for each in tier.rights}
        mine = [each for each in lacking if replace(each, namespace="") in bare]
        if not mine:
            continue
        of_tier = [each for each in wanted if replace(each, namespace="") in bare]
        where = list(dict.fromkeys(each.namespace for each in mine if each.namespace))
        what = rights.spelled(list(dict.fromkeys(replace(each, namespace="") for each in mine)))
        there = f" in {', '.join(where[:5])}{' and more' if len(where) > 5 else ''}" if where else ""
        # A pattern that covers more than the writer may do can be meant so; a name cannot, nor that it may do nothing.
        nothing = tier is _REPAIR and len(mine) == len(of_tier)
        made = wrong if nothing or any(wanted[each] for each in mine) else warning
        told = f"{tier.name} is not whole{there}: may not {what}; lost: {tier.lost}"
        yield made(key, told, rights.apply(tier, place.context, where))


async def _too_wide(
    key: str, place: Place, reviews: Reviews, rules: Sequence[Rule], wanted: Mapping[Right, bool]
) -> AsyncIterator[Finding]:
    remedy = rights.bindings(place.context)
    asked = tuple(rights.TOO_WIDE)
    granted = await asyncio.gather(*(reviews.may(each) for each in asked))
    wide = [right for right, yes in zip(asked, granted, strict=True) if yes]
    if asked[0] in wide:
        yield warning(key, "too wide: may do everything", remedy)
        return
    for right in wide:
        yield warning(key, f"too wide: may {rights.TOO_WIDE[right]}", remedy)
    allowed = set(_REPAIR.rights) | {replace(each, namespace="") for each in wanted}
    told = {(right.verb, right.resource) for right in wide}
    reads = [each for each in _reads(rules) if (each.verb, each.resource) not in told]
    much = [each for each in rights.excessive(rules, allowed) if (each.verb, each.resource) not in told]
    if much or reads:
        yield warning(key, f"too wide: no approval needs to {rights.spelled([*much, *reads])}", remedy)
    everywhere = [each for each in (_TEMPLATES[0], _DELETE, _SECRET) if await reviews.may(each)]
    if everywhere and all(each.namespace for each in wanted):
        yield warning(key, f"too wide: may {rights.spelled(everywhere)} in every namespace", remedy)


def _reads(rules: Iterable[Rule]) -> Iterator[Right]:
    """Reads of Secrets: whoever looks reads what a copy is made of."""
    for verb in ("get", "list", "watch"):
        right = Right(verb, "secrets")
        if any(rule.grants(right) and "*" not in rule.verbs for rule in rules):
            yield right


def _patched(rules: Mapping[str, Rules]) -> Sequence[tuple[str, str]]:
    """The kinds that may be written, each with a few of the namespaces that they may be written in."""
    found: list[tuple[str, str]] = []
    for right in (_ACCOUNT, *_TEMPLATES, _CRON, _POD, _NODE, _SECRET, _ASK[0]):
        where = [
            space
            for space, held in rules.items()
            if any(each.grants(right) for each in held.resource_rules or ())
        ]
        if right == _NODE:
            found += [(right.resource, "")] if where else []
        else:
            found += [(right.resource, space) for space in where[:_MOST_TRIED]]
    return found


async def _fenced(
    key: str, place: Place, client: ApiClient, kinds: Sequence[tuple[str, str]], me: str
) -> AsyncIterator[Finding]:
    remedy = f"kubectl{f' --context {place.context}' if place.context else ''} apply -f {_FENCE}"
    if 0 < place.minor < _FENCES_SINCE:
        yield wrong(
            key, f"no fence: admission policies are there since Kubernetes 1.{_FENCES_SINCE}", "upgrade it"
        )
        return
    async with clusters.client_of(login_to(place.access)) as reader:
        ended = await asyncio.gather(*(_try(client, reader, kind, space) for kind, space in kinds))
        unclear = {
            kind for (kind, _), fence in zip(kinds, ended, strict=True) if fence in (None, Fence.NOT_KNOWN)
        }
        bound = {kind for kind in unclear if await fencing.bound(reader, kind)}
    by_kind: dict[str, set[Fence | None]] = {}
    for (kind, _), fence in zip(kinds, ended, strict=True):
        by_kind.setdefault(kind, set()).add(fence)
    open_ = [kind for kind, found in by_kind.items() if Fence.OPEN in found]
    holds = [kind for kind, found in by_kind.items() if Fence.HOLDS in found and kind not in open_]
    if open_:
        told = f"tier 3 has no fence: it may write any field of {', '.join(open_)}"
        yield wrong(key, told, remedy + _renamed(me))
    if holds:
        yield ok(key, f"the fence holds it: tried on {', '.join(holds)}")
    there = sorted(bound - {*open_, *holds})
    if there:
        yield ok(key, f"the fence is bound, with nothing there to try it on: {', '.join(there)}")
    left = [kind for kind in by_kind if kind not in (*open_, *holds, *there)]
    if left and not open_:
        why = f"the fence could not be tried on {', '.join(left)}: none there, or no clear answer"
        yield unchecked(key, why, remedy)


def _renamed(me: str) -> str:
    """The fence holds one account; who changes may be another."""
    if me in ("", _FENCED) or not me.startswith("system:serviceaccount:"):
        return ""
    return f" with {shlex.quote(me)} in the place of {_FENCED}"


async def _try(client: ApiClient, reader: ApiClient, kind: str, space: str) -> Fence | None:
    """None where there is nothing to try it on."""
    if kind == "secrets":
        return await fencing.tried_secret(client, space)
    if kind == "jobs":
        return await fencing.tried_job(client, space)
    try:
        name = await fencing.first(reader, Resource(kind, space))
    except (Refusal, ClusterUnreadable):
        return None
    return await fencing.tried(client, Resource(kind, space, name)) if name else None
