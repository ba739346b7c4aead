"""The fence around the writer, as it is shipped for real clusters: a write in -> nothing, or what is not to be changed, out.

RBAC says which objects it may patch and not which fields; the policies beside the tiers do.
"""

from collections.abc import Callable, Mapping
from typing import Any

from bot.demo.cluster.policies import Deed, Policy
from bot.demo.rights import WRITER
from bot.facts.change import ASKING
from bot.facts.statement import Spot
from bot.remediation import witnessing
from bot.remediation.witnessing import Site


Object = dict[str, Any]
_OWN = ("imagepull/plan",)
_OF_A_TEMPLATE = ("kubectl.kubernetes.io/restartedAt",)
_DOCKER = ("kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg")
_LABEL = "imagepull/copied"
_IN_A_POD = ("containers", "initContainers", "imagePullSecrets", "nodeSelector", "affinity")
# What may change in the spec of what has a template, beside the template.
_BESIDE: Mapping[str, tuple[str, ...]] = {"deployments": ("paused",), "statefulsets": (), "daemonsets": ()}


# Where nodes are asked from, and with which image.
WITNESS = Site("imagepull-witness", "registry.acme.example/platform/imagepull:0.1.0")


def fence() -> list[Policy]:
    """Every policy, each for one resource."""
    names = (*_BESIDE, "cronjobs", "serviceaccounts", "nodes", "pods", "secrets", "jobs")
    return [Policy(f"imagepull-writer-{name}", _Fence(name)) for name in names]


class _Fence:
    """The rule for one resource.

    Args:
        plural: of it.
    """

    def __init__(self, plural: str) -> None:
        self._plural = plural

    def __call__(self, deed: Deed) -> str:
        if deed.user != WRITER.name or deed.plural != self._plural:
            return ""
        why = _change(deed.plural, deed.old, deed.new) if deed.old and deed.new else _alone(deed)
        return f"imagepull may not: {why}" if why else ""


def _alone(deed: Deed) -> str:
    """What is wrong with an object that is made or deleted."""
    if deed.plural == "jobs":
        return _job(deed.new or deed.old or {}, made=deed.new is not None)
    if deed.new is None and deed.old is not None:
        owners = deed.old["metadata"].get("ownerReferences") or ()
        owned = deed.plural == "pods" and any(each.get("controller") for each in owners)
        return "" if owned else "nothing would make this again"
    made = deed.new or {}
    if deed.plural != "secrets":
        return "nothing else is made"
    if made.get("type") not in _DOCKER:
        return "only docker types"
    return "" if _LABEL in (made["metadata"].get("labels") or {}) else f"the label {_LABEL} is missing"


def _job(item: Object, *, made: bool) -> str:
    """Only Jobs that ask a node, there where that is done, and as the bot spells them."""
    meta = item.get("metadata") or {}
    if meta.get("namespace") != WITNESS.namespace or ASKING not in (meta.get("labels") or {}):
        return "Jobs that ask a node, and only there"
    try:
        pod = item["spec"]["template"]["spec"]
        host, port = pod["containers"][0]["command"][-2:]
        planned = witnessing.job(WITNESS, Spot("", pod["nodeName"], host, int(port)))
    except (KeyError, IndexError, TypeError, ValueError):
        return "another Job than one that asks a node"
    return witnessing.strays(planned["spec"], item["spec"]) if made else ""


def _change(plural: str, old: Object, new: Object) -> str:
    if plural in ("secrets", "jobs"):
        return f"a {'Secret' if plural == 'secrets' else 'Job'} is never changed"
    why = _metadata(old["metadata"], new["metadata"], _OWN)
    if not why and plural in _BESIDE:
        why = _workload(old, new, _BESIDE[plural])
    return why or (_RULES[plural](old, new) if plural in _RULES else "")


def _account(old: Object, new: Object) -> str:
    return _other(old, new, ("metadata", "imagePullSecrets", "kind", "apiVersion"))


def _node(old: Object, new: Object) -> str:
    return _other(old["spec"], new["spec"], ("unschedulable",))


def _pod(old: Object, new: Object) -> str:
    if ASKING in (old["metadata"].get("labels") or {}):
        return "a pod that asks a node stays as it is"
    return _pod_spec(old["spec"], new["spec"], ("containers", "initContainers"))


def _cron_job(old: Object, new: Object) -> str:
    one, other = old["spec"], new["spec"]
    job, its = one["jobTemplate"], other["jobTemplate"]
    why = _other(one, other, ("jobTemplate", "suspend")) or _other(job, its, ("spec",))
    return why or _workload(job, its, ())


def _workload(old: Object, new: Object, beside: tuple[str, ...]) -> str:
    one, other = old["spec"], new["spec"]
    why = _other(one, other, ("template", *beside))
    return why or _template(one["template"], other["template"])


def _template(old: Object, new: Object) -> str:
    told = _metadata(old.get("metadata") or {}, new.get("metadata") or {}, _OF_A_TEMPLATE)
    if told:
        return "of a template's metadata only restartedAt may change"
    return _pod_spec(old["spec"], new["spec"], _IN_A_POD)


def _pod_spec(old: Object, new: Object, but: tuple[str, ...]) -> str:
    for part in ("containers", "initContainers"):
        one, other = ([_without(each, ("image",)) for each in spec.get(part) or ()] for spec in (old, new))
        if one != other:
            return f"of {part} only images may change"
    return _other(old, new, but)


def _metadata(old: Object, new: Object, annotations: tuple[str, ...]) -> str:
    for name in ("labels", "finalizers", "ownerReferences"):
        if (old.get(name) or None) != (new.get(name) or None):
            return f"{name} may not change"
    one, other = (_without(each.get("annotations") or {}, annotations) for each in (old, new))
    return "" if one == other else "other annotations may not change"


def _other(old: Object, new: Object, but: tuple[str, ...]) -> str:
    """The first field that changes though it may not."""
    names = sorted({*old, *new} - {*but, "status"})
    return next((f"{name} may not change" for name in names if old.get(name) != new.get(name)), "")


def _without(value: Object, names: tuple[str, ...]) -> Object:
    return {name: inner for name, inner in value.items() if name not in names}


_RULES: Mapping[str, Callable[[Object, Object], str]] = {
    "serviceaccounts": _account,
    "nodes": _node,
    "pods": _pod,
    "cronjobs": _cron_job,
}
