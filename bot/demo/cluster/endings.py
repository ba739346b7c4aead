"""How objects end: a DELETE or an eviction in -> what is taken away now, what only later, and what is said.

A body of options overrides the whole query, dryRun and preconditions with it; a real server does just that.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.demo.cluster.bodies import read
from bot.demo.cluster.kinds import RESOURCES, Resource
from bot.demo.cluster.lists import listed
from bot.demo.cluster.refusals import Object, Refused, bad_request, not_found, unmet
from bot.demo.cluster.requests import Asked
from bot.demo.cluster.selectors import chosen
from bot.demo.cluster.store import Store, typed
from bot.demo.cluster.writes import Admit, Answer, anything


_DONE: Object = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
_FOREGROUND = "foregroundDeletion"


@dataclass(frozen=True, slots=True)
class _Wish:
    """How something is to end.

    Attributes:
        grace: seconds; None for the object's own.
    """

    dry: bool = False
    grace: int | None = None
    uid: str = ""
    version: str = ""
    foreground: bool = False

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "_Wish":
        """From DeleteOptions."""
        must = told.get("preconditions") or {}
        return cls(
            dry="All" in (told.get("dryRun") or ()),
            grace=told.get("gracePeriodSeconds"),
            uid=must.get("uid") or "",
            version=must.get("resourceVersion") or "",
            foreground=told.get("propagationPolicy") == "Foreground",
        )

    @classmethod
    def asked(cls, query: Mapping[str, str], body: bytes) -> "_Wish":
        """From a body, or where there is none from the query."""
        if body.strip():
            told = read(body).value
            return cls.of(told if isinstance(told, dict) else {})
        grace = query.get("gracePeriodSeconds")
        return cls.of(
            {
                "dryRun": [query.get("dryRun")],
                "gracePeriodSeconds": int(grace) if grace else None,
                "propagationPolicy": query.get("propagationPolicy"),
            }
        )


def is_dry(asked: Asked, body: bytes) -> bool:
    """Whether nothing of a request is to be kept: a body of DeleteOptions overrides the query."""
    if asked.verb in ("delete", "deletecollection"):
        with suppress(Refused):
            return _Wish.asked(asked.query, body).dry
    return asked.query.get("dryRun") == "All"


@dataclass(frozen=True, slots=True)
class Endings:
    """Everything that takes objects away.

    Args:
        now: the cluster's clock.
        admit: asked about everything that is about to be deleted.
    """

    store: Store
    now: Callable[[], datetime] = field(repr=False)
    admit: Admit = field(default=anything, repr=False)

    def delete(self, asked: Asked, body: bytes) -> Answer:
        """DELETE of one object.

        Raises:
            Refused: 404, 409.
        """
        resource = RESOURCES[asked.plural]
        old = self.store.get(asked.plural, asked.namespace, asked.name)
        wish = _Wish.asked(asked.query, body)
        _hold(resource, old, wish)
        warnings = self.admit(resource, asked, old, wish.dry)
        return Answer(200, self._ended(resource, old, wish), warnings)

    def delete_many(self, asked: Asked, body: bytes) -> Answer:
        """DELETE of a collection: what the selectors choose, answered as the list that it was."""
        resource = RESOURCES[asked.plural]
        found = listed(self.store, asked.plural, asked.namespace, asked.query)
        wish = _Wish.asked(asked.query, body)
        for item in found["items"]:
            self._ended(resource, typed(resource, item), wish)
        return Answer(200, found)

    def evict(self, asked: Asked, body: bytes) -> Answer:
        """POST to a pod's eviction.

        Raises:
            Refused: 400, 404, 429 where a budget forbids it, 500 where two budgets do.
        """
        resource = RESOURCES["pods"]
        told = read(body).value
        if (told.get("metadata") or {}).get("name", asked.name) != asked.name:
            raise bad_request("name in URL does not match name in Eviction object")
        found = self.store.find("pods", asked.namespace, asked.name)
        if found is None:
            raise not_found(resource, asked.name)
        wish = _Wish.of(told.get("deleteOptions") or {})
        dry = wish.dry or asked.query.get("dryRun") == "All"
        self._budget(found)
        if not dry:
            _hold(resource, found, wish)
            self._ended(resource, typed(resource, found), wish)
        return Answer(201, {**_DONE, "code": 201})

    def _budget(self, pod: Object) -> None:
        phase = (pod.get("status") or {}).get("phase")
        namespace = pod["metadata"].get("namespace") or ""
        budgets = [
            each
            for each in self.store.every("poddisruptionbudgets", namespace)
            if chosen(each["spec"].get("selector") or {})(pod)
        ]
        if len(budgets) > 1:
            said = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
            raise Refused(500, said)
        # What is pending, done or on its way out is no budget's business.
        if not budgets or phase in ("Pending", "Succeeded", "Failed"):
            return
        status = budgets[0].get("status") or {}
        if status.get("disruptionsAllowed"):
            return
        name = budgets[0]["metadata"]["name"]
        wanted, healthy = status.get("desiredHealthy") or 0, status.get("currentHealthy") or 0
        told = f"The disruption budget {name} needs {wanted} healthy pods and has {healthy} currently"
        raise Refused(
            429,
            "Cannot evict pod as it would violate the pod's disruption budget.",
            "TooManyRequests",
            {"causes": [{"reason": "DisruptionBudget", "message": told}]},
        )

    def _ended(self, resource: Resource, old: Object, wish: _Wish) -> Object:
        meta = old["metadata"]
        place = (resource.plural, meta.get("namespace") or "", meta["name"])
        if resource.kind == "Pod":
            return self._ended_pod(old, wish, place)
        if wish.foreground or meta.get("finalizers"):
            marked = self._marked(old, 0, wish)
            return marked if wish.dry else typed(resource, self.store.put(marked))
        if not wish.dry:
            self.store.delete(*place)
        about = {"name": meta["name"], **({"group": resource.group} if resource.group else {})}
        return {**_DONE, "details": {**about, "kind": resource.plural, "uid": meta["uid"]}}

    def _ended_pod(self, old: Object, wish: _Wish, place: tuple[str, str, str]) -> Object:
        own = old["spec"].get("terminationGracePeriodSeconds")
        grace = wish.grace if wish.grace is not None else 30 if own is None else own
        at_once = grace == 0 or not old["spec"].get("nodeName")
        if old["metadata"].get("deletionTimestamp") and not at_once:
            return old
        marked = self._marked(old, 0 if at_once else grace, wish)
        if wish.dry:
            return marked
        if not at_once:
            return typed(RESOURCES["pods"], self.store.put(marked))
        # A watch hears of a forced end twice: MODIFIED, then DELETED.
        self.store.put(marked)
        return self.store.delete(*place)

    def _marked(self, old: Object, grace: int, wish: _Wish) -> Object:
        end = self.now() + timedelta(seconds=grace)
        meta = {
            **old["metadata"],
            "generation": (old["metadata"].get("generation") or 0) + 1,
            "deletionTimestamp": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "deletionGracePeriodSeconds": grace,
        }
        if wish.foreground and _FOREGROUND not in (meta.get("finalizers") or ()):
            meta["finalizers"] = [*(meta.get("finalizers") or ()), _FOREGROUND]
        return {**old, "metadata": meta}


def _hold(resource: Resource, old: Object, wish: _Wish) -> None:
    meta = old["metadata"]
    if wish.uid and wish.uid != meta["uid"]:
        raise unmet(
            resource,
            meta["name"],
            f"the UID in the precondition ({wish.uid}) does not match the UID in record ({meta['uid']}). "
            "The object might have been deleted and then recreated",
        )
    if wish.version and wish.version != meta["resourceVersion"]:
        raise unmet(
            resource,
            meta["name"],
            f"the ResourceVersion in the precondition ({wish.version}) does not match the ResourceVersion in "
            f"record ({meta['resourceVersion']}). The object might have been modified",
        )
