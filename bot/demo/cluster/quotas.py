"""ResourceQuotas: what a namespace holds and one object more in -> nothing, or the refusal of what is too much, out.

Objects are counted; of processors and memory only is asked whether a pod says what it wants.
https://kubernetes.io/docs/concepts/policy/resource-quotas/
"""

from collections.abc import Iterator

from bot.demo.cluster.kinds import Resource
from bot.demo.cluster.refusals import Object, over_quota, refused_by_admission
from bot.demo.cluster.store import Store


_MEASURED = ("requests", "limits")


def hold(store: Store, resource: Resource, item: Object) -> None:
    """Hold a new object against the quotas of its namespace.

    Raises:
        Refused: 403.
    """
    meta = item["metadata"]
    namespace, name = meta.get("namespace") or "", meta["name"]
    if not resource.namespaced:
        return
    for quota in store.every("resourcequotas", namespace):
        its = quota["metadata"]["name"]
        hard: Object = (quota.get("spec") or {}).get("hard") or {}
        if resource.kind == "Pod" and (unsaid := list(_unsaid(item, hard))):
            what, names = unsaid[0]
            raise refused_by_admission(
                resource, name, f"failed quota: {its}: must specify {what} for: {names}"
            )
        for what in (resource.plural, f"count/{resource.qualified}"):
            if what not in hard:
                continue
            used = sum(map(_counts, store.every(resource.plural, namespace)))
            if used + 1 > int(hard[what]):
                raise over_quota(resource, name, its, what, (1, used, int(hard[what])))


def _counts(item: Object) -> bool:
    """A pod that has ended takes no room."""
    return (item.get("status") or {}).get("phase") not in ("Succeeded", "Failed")


def _unsaid(pod: Object, hard: Object) -> Iterator[tuple[str, str]]:
    for what in sorted(hard):
        part, _, measure = what.partition(".")
        if part not in _MEASURED or not measure:
            continue
        silent = [
            str(each["name"])
            for each in pod["spec"].get("containers") or ()
            if measure not in ((each.get("resources") or {}).get(part) or {})
        ]
        if silent:
            yield what, ",".join(silent)
