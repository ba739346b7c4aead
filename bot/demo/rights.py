"""Who the bot is in the demo's clusters, and what it may do there: namespaces in -> accounts, roles and bindings out.

The rules are those of the tiers that are shipped. One identity looks and never writes; another writes, and only what an
approval can be about.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.demo.cluster.access import account


Object = dict[str, Any]
HOME = "imagepull"
READER, WRITER = account(HOME, "imagepull"), account(HOME, "imagepull-writer")
_RBAC = "rbac.authorization.k8s.io"
_READS = ["get", "list"]
# Role -> what it allows, tier by tier.
LOOK: list[Object] = [
    {"apiGroups": [""], "resources": ["pods", "events", "namespaces"], "verbs": [*_READS, "watch"]}
]
EXPLAIN: list[Object] = [
    {
        "apiGroups": [""],
        "resources": ["serviceaccounts", "nodes", "replicationcontrollers"],
        "verbs": _READS,
    },
    {
        "apiGroups": ["apps"],
        "resources": ["replicasets", "deployments", "statefulsets", "daemonsets", "controllerrevisions"],
        "verbs": _READS,
    },
    {"apiGroups": ["batch"], "resources": ["jobs", "cronjobs"], "verbs": _READS},
    {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]},
]
PROVE_ALL: list[Object] = [{"apiGroups": [""], "resources": ["secrets"], "verbs": _READS}]
REPAIR: list[Object] = [
    {"apiGroups": ["apps"], "resources": ["deployments", "statefulsets", "daemonsets"], "verbs": ["patch"]},
    {"apiGroups": ["batch"], "resources": ["cronjobs"], "verbs": ["patch"]},
    {"apiGroups": [""], "resources": ["serviceaccounts"], "verbs": ["patch"]},
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["patch", "delete"]},
]
COPY: list[Object] = [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]}]
CORDON: list[Object] = [{"apiGroups": [""], "resources": ["nodes"], "verbs": ["patch"]}]
WITNESS: list[Object] = [{"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["create", "delete"]}]
WITNESS_LOOK: list[Object] = [
    {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["get"]},
    {"apiGroups": [""], "resources": ["pods"], "verbs": _READS},
]


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the bot may go in a cluster.

    Attributes:
        proves: namespaces whose Secrets it reads.
        repairs: namespaces in which it changes workloads.
        copies: namespaces in which it makes pull secrets.
        cordons: whether it keeps pods off nodes.
        asks: the namespace that nodes are asked from; "" for none.
    """

    proves: Sequence[str] = ()
    repairs: Sequence[str] = ()
    copies: Sequence[str] = ()
    cordons: bool = False
    asks: str = ""


def rights(reach: Reach) -> list[Object]:
    """Everything that stands in a cluster for it, its own namespace first."""
    names = ("imagepull", "imagepull-writer")
    told: list[Object] = [
        {"kind": "Namespace", "metadata": {"name": HOME}},
        *({"kind": "ServiceAccount", "metadata": {"name": name, "namespace": HOME}} for name in names),
        *_granted("imagepull-look", LOOK, "imagepull"),
        *_granted("imagepull-explain", EXPLAIN, "imagepull"),
    ]
    told += _in_each(reach.proves, "imagepull-prove-all", PROVE_ALL, "imagepull")
    told += _in_each(reach.repairs, "imagepull-repair", REPAIR, "imagepull-writer")
    told += _in_each(reach.copies, "imagepull-copy", COPY, "imagepull-writer")
    if reach.cordons:
        told += _granted("imagepull-cordon", CORDON, "imagepull-writer")
    if reach.asks:
        told += [{"kind": "Namespace", "metadata": {"name": reach.asks}}]
        told += _granted("imagepull-witness", WITNESS, "imagepull-writer", reach.asks)
        told += _granted("imagepull-witness-look", WITNESS_LOOK, "imagepull", reach.asks)
    return told


def _in_each(namespaces: Iterable[str], name: str, rules: list[Object], who: str) -> list[Object]:
    return [item for each in namespaces for item in _granted(name, rules, who, each)]


def _granted(name: str, rules: list[Object], who: str, namespace: str = "") -> list[Object]:
    kind = "Role" if namespace else "ClusterRole"
    meta = {"name": name, **({"namespace": namespace} if namespace else {})}
    subject = {"kind": "ServiceAccount", "name": who, "namespace": HOME}
    return [
        {"kind": kind, "metadata": meta, "rules": rules},
        {
            "kind": f"{kind}Binding",
            "metadata": meta,
            "roleRef": {"apiGroup": _RBAC, "kind": kind, "name": name},
            "subjects": [subject],
        },
    ]
