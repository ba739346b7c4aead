"""What is missing of each tier of rights, and what is too much: what a login may do in, findings out. No I/O in here.

The tiers are those of deploy/rbac, one file each. https://kubernetes.io/docs/concepts/security/rbac-good-practices/ has the list
of rights that amount to more than they look like.
"""

import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.cluster.reviewing import Right, Rule
from bot.facts.finding import Finding, warning, wrong


READS: Final = ("get", "list")
WRITES: Final = frozenset({"create", "update", "patch", "delete", "deletecollection"})
CLIMBS: Final = frozenset({"impersonate", "escalate", "bind"})
# What every login has by itself: it asks about nobody but itself.
_OWN_QUESTIONS: Final = frozenset({"authorization.k8s.io", "authentication.k8s.io"})
_MOST_NAMED: Final = 6


@dataclass(frozen=True, slots=True)
class Tier:
    """Some rights that belong together.

    Attributes:
        name: as the documentation calls it.
        file: that grants it.
        lost: what is not known, or not done, without it.
        rights: without a place.
        account: that the file grants them to; "" for the one that its name tells.
    """

    name: str
    file: str
    lost: str
    rights: tuple[Right, ...]
    account: str = ""


def _all(verbs: Iterable[str], group: str, *resources: str) -> tuple[Right, ...]:
    return tuple(Right(verb, resource, group) for resource in resources for verb in verbs)


LOOK: Final = Tier(
    "tier 0 (look)",
    "tier-0-look.yaml",
    "everything: no failing pod is found",
    _all(READS, "", "pods", "events", "namespaces"),
)
# In the same file. Looks do without it, so it is asked about where a watch is wanted.
WATCH: Final = Tier(
    "tier 0 (watch)",
    LOOK.file,
    "hearing of failures within two seconds; looks find them later",
    (Right("watch", "pods"),),
)
EXPLAIN: Final = Tier(
    "tier 1 (explain)",
    "tier-1-explain.yaml",
    "owners, revisions, nodes, platforms, exec format errors",
    (
        *_all(READS, "", "serviceaccounts", "nodes", "replicationcontrollers"),
        *_all(
            READS,
            "apps",
            "replicasets",
            "deployments",
            "statefulsets",
            "daemonsets",
            "controllerrevisions",
        ),
        *_all(READS, "batch", "jobs", "cronjobs"),
        Right("get", "pods/log"),
    ),
)
PROVE: Final = Tier(
    "tier 2a (prove)",
    "tier-2a-prove.yaml",
    "whether a refused pull lacks a secret, has a wrong one or the right one",
    (Right("get", "secrets"),),
)
PROVE_ALL: Final = Tier(
    "tier 2b (prove all)",
    "tier-2b-prove-all.yaml",
    "a pull secret that is there and that nobody names",
    (Right("list", "secrets"),),
)
CLUSTER_WIDE: Final = frozenset({"nodes", "namespaces"})
# What is asked about the whole cluster, since rules cannot tell it from a namespace's own.
TOO_WIDE: Final[Mapping[Right, str]] = {
    Right("*", "*", "*"): "everything",
    Right("get", "secrets"): "read every Secret of the cluster",
    Right("list", "secrets"): "list every Secret of the cluster",
    Right("impersonate", "users"): "be anybody (impersonate)",
    Right("impersonate", "serviceaccounts"): "be any ServiceAccount (impersonate)",
    Right("escalate", "clusterroles", "rbac.authorization.k8s.io"): "give itself any right (escalate)",
    Right("bind", "clusterroles", "rbac.authorization.k8s.io"): "give itself any role (bind)",
    Right("create", "serviceaccounts/token"): "make tokens of any ServiceAccount",
}


HOME: Final = "imagepull"
"""Where the accounts of deploy/rbac are, and their tokens: who may read or write there may take them."""


def apply(tier: Tier, context: str, namespaces: Sequence[str] = (), me: str = "") -> str:
    """The command that grants a tier; what it leaves to be done stands behind the #, so that all of it can be copied.

    Args:
        tier: what is granted.
        context: of the kubeconfig; "" for the current one.
        namespaces: where; none for the whole cluster, or where the file says.
        me: who lacks it, to the server; "" while that is not known.
    """
    # What namespaces are called the cluster said: it is quoted before anybody copies it.
    fit = [each for each in namespaces if each != HOME or tier.file.startswith(("tier-0", "tier-1"))]
    if namespaces and not fit:
        return f"leave {HOME} out of what the settings name: the bot's own tokens lie there, so grant nothing"
    place = f" -n {shlex.quote(fit[0])}" if fit else ""
    after = [] if len(fit) == len(namespaces) else [f"never -n {HOME}: the bot's own tokens lie there"]
    if others := fit[1:]:
        more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
        after.append(f"likewise -n {', '.join(map(shlex.quote, others[:_MOST_NAMED]))}{more}")
    granted = _granted(tier)
    if me and me != f"system:serviceaccount:{HOME}:{granted}":
        after.append(
            f"it grants that to the account {granted}, and this login is another: bind the role to that"
        )
    command = f"kubectl{context_of(context)} apply{place} -f deploy/rbac/{tier.file}"
    return "  # ".join([command, "; ".join(after)] if after else [command])


def _granted(tier: Tier) -> str:
    """The account that the tier's file names."""
    if tier.account:
        return tier.account
    if tier.file == "tier-tell.yaml":
        return "imagepull-teller"
    return "imagepull-writer" if tier.file.startswith("tier-3-") else "imagepull"


def account(key: str, context: str, name: str) -> str:
    """The command that makes an account of its own; what comes after it stands behind the #, so that all of it can be copied.

    Args:
        key: of the settings, that its token is for.
        context: of the kubeconfig; "" for the current one.
        name: of the account.
    """
    made = f"kubectl{context_of(context)} create serviceaccount -n imagepull {name}"
    return f"{made}  # then give {key} its token: docs/install.md#tokens-of-accounts"


def bindings(context: str) -> str:
    """The command that shows what a login's rights come from."""
    return f"kubectl{context_of(context)} get clusterrolebindings,rolebindings -A -o wide"


def missing(key: str, tier: Tier, lacking: Sequence[Right], context: str, me: str = "") -> Iterator[Finding]:
    """One finding for all that a tier lacks, if it lacks anything; ``me`` as in ``apply``."""
    if not lacking:
        return
    made = wrong if tier is LOOK else warning
    told = f"{tier.name} is not whole: may not {spelled(lacking)}; lost: {tier.lost}"
    yield made(key, told, apply(tier, context, me=me))


def excessive(rules: Iterable[Rule], wanted: Collection[Right] = ()) -> tuple[Right, ...]:
    """What rules grant that writes, climbs or is everything, and that nobody wants.

    Args:
        rules: all that is granted.
        wanted: the writes that have a purpose.
    """
    found: dict[Right, None] = {}
    for rule in rules:
        for right in _rights(rule):
            harmless = right.group in _OWN_QUESTIONS or right in wanted
            if _is_much(right) and not harmless:
                found[right] = None
    return tuple(found)


def _rights(rule: Rule) -> Iterator[Right]:
    for group in rule.api_groups:
        for resource in rule.resources:
            for verb in rule.verbs:
                yield Right(verb, resource, group)


def _is_much(right: Right) -> bool:
    return "*" in (right.verb, right.resource, right.group) or right.verb in WRITES | CLIMBS


def spelled(rights: Sequence[Right]) -> str:
    """Rights in few words: ``list pods, get and list nodes``."""
    by_resource: dict[str, list[str]] = {}
    for each in rights:
        name = f"{each.resource}.{each.group}" if each.group else each.resource
        by_resource.setdefault(name, []).append(each.verb)
    told = [f"{'/'.join(dict.fromkeys(verbs))} {name}" for name, verbs in by_resource.items()]
    more = f" and {len(told) - _MOST_NAMED} more" if len(told) > _MOST_NAMED else ""
    return ", ".join(told[:_MOST_NAMED]) + more


def context_of(context: str) -> str:
    """As an argument of kubectl; "" for the current one."""
    return f" --context {context}" if context else ""
