"""Where a pod may stand: a node and a pod's wishes in -> whether they go together, out.

https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
"""

from collections.abc import Callable, Mapping
from typing import Any


Object = dict[str, Any]
_TESTS: dict[str, Callable[[str | None, list[str]], bool]] = {
    "In": lambda value, known: value in known,
    "NotIn": lambda value, known: value not in known,
    "Exists": lambda value, _: value is not None,
    "DoesNotExist": lambda value, _: value is None,
}


def suits(node: Object, spec: Object) -> bool:
    """Whether a node has what a pod's spec asks for: selector and required affinity; cordons are not looked at."""
    labels = node["metadata"].get("labels") or {}
    wanted = spec.get("nodeSelector") or {}
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    affinity = ((spec.get("affinity") or {}).get("nodeAffinity") or {}).get(
        "requiredDuringSchedulingIgnoredDuringExecution"
    )
    terms = (affinity or {}).get("nodeSelectorTerms")
    return terms is None or any(_holds(term, node["metadata"]["name"], labels) for term in terms)


def _holds(term: Object, name: str, labels: Mapping[str, str]) -> bool:
    told = [(each, labels.get(each["key"])) for each in term.get("matchExpressions") or ()]
    told += [(each, name) for each in term.get("matchFields") or () if each["key"] == "metadata.name"]
    # A term that says nothing holds nowhere.
    return bool(told) and all(
        _TESTS[each["operator"]](value, each.get("values") or []) for each, value in told
    )
