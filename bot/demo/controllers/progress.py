"""What a Deployment says of its rollout: its ReplicaSets and their pods in -> counts and conditions out.

https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/controller/deployment/progress.go
"""

from datetime import datetime, timedelta
from typing import Any

from bot.demo.controllers.making import Maker, is_ready, leaves
from bot.demo.controllers.sizes import room


Object = dict[str, Any]
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_DONE, _PAUSED, _LATE = "NewReplicaSetAvailable", "DeploymentPaused", "ProgressDeadlineExceeded"


class Progress:
    """Writes the status of Deployments.

    Args:
        maker: their controller.
    """

    def __init__(self, maker: Maker) -> None:
        self._maker = maker

    def tell(self, item: Object, new: Object | None, sets: list[Object], *, made: bool) -> None:
        """Write the status, where it is another.

        Args:
            item: the Deployment.
            new: the ReplicaSet of its template; None while there is none.
            sets: all of its ReplicaSets, that one included.
            made: it was made just now.
        """
        status = self._counted(item, new, sets)
        conditions = list((item.get("status") or {}).get("conditions") or ())
        if new is not None and made:
            said = f'Created new replica set "{new["metadata"]["name"]}"'
            conditions = self._with(conditions, ("Progressing", "True", "NewReplicaSetCreated", said))
        conditions = self._with(conditions, _available(item, status))
        if item["spec"].get("paused"):
            if _reason(conditions) not in (_PAUSED, _LATE):
                told = ("Progressing", "Unknown", _PAUSED, "Deployment is paused")
                conditions = self._with(conditions, told)
        elif new is not None:
            conditions = self._progressed(item, new, status, conditions)
        conditions = self._failed(new, sets, conditions)
        self._maker.tell("Deployment", item, {**status, "conditions": conditions})

    def _counted(self, item: Object, new: Object | None, sets: list[Object]) -> Object:
        owned = [pod for each in sets for pod in self._maker.owned("pods", each)]
        pods = [pod for pod in owned if not leaves(pod)]
        ready = sum(map(is_ready, pods))
        fresh = [pod for pod in self._maker.owned("pods", new) if not leaves(pod)] if new else []
        missing = sum(each["spec"]["replicas"] for each in sets) - ready
        status: Object = {"observedGeneration": item["metadata"].get("generation", 1)}
        status |= {"replicas": len(pods)} if pods else {}
        status |= {"updatedReplicas": len(fresh)} if fresh else {}
        status |= {"readyReplicas": ready, "availableReplicas": ready} if ready else {}
        status |= {"unavailableReplicas": missing} if missing > 0 else {}
        return {**status, "terminatingReplicas": len(owned) - len(pods)}

    def _progressed(
        self, item: Object, new: Object, status: Object, conditions: list[Object]
    ) -> list[Object]:
        name, wanted = new["metadata"]["name"], item["spec"].get("replicas", 1)
        if _reason(conditions) == _PAUSED:
            told = ("Progressing", "Unknown", "DeploymentResumed", "Deployment is resumed")
            conditions = self._with(conditions, told)
        counts = {status.get(each, 0) for each in ("replicas", "updatedReplicas", "availableReplicas")}
        if counts == {wanted}:
            said = f'ReplicaSet "{name}" has successfully progressed.'
            return self._with(conditions, ("Progressing", "True", _DONE, said))
        if _moved(item.get("status") or {}, status):
            told = ("Progressing", "True", "ReplicaSetUpdated", f'ReplicaSet "{name}" is progressing.')
            return self._with(conditions, told, again=True)
        if self._is_late(item, conditions):
            said = f'ReplicaSet "{name}" has timed out progressing.'
            return self._with(conditions, ("Progressing", "False", _LATE, said))
        return conditions

    def _is_late(self, item: Object, conditions: list[Object]) -> bool:
        found = next((each for each in conditions if each["type"] == "Progressing"), None)
        if found is None or found["reason"] == _DONE:
            return False
        now = self._maker.now()
        since = datetime.strptime(found["lastUpdateTime"], _TIME).replace(tzinfo=now.tzinfo)
        return now > since + timedelta(seconds=item["spec"].get("progressDeadlineSeconds", 600))

    def _failed(self, new: Object | None, sets: list[Object], conditions: list[Object]) -> list[Object]:
        """With what keeps a ReplicaSet, the new one first, from making pods."""
        told = [
            each
            for item in (new, *sets)
            if item
            for each in (item.get("status") or {}).get("conditions") or ()
        ]
        if not told:
            return [each for each in conditions if each["type"] != "ReplicaFailure"]
        return self._with(conditions, ("ReplicaFailure", "True", "FailedCreate", told[0]["message"]))

    def _with(
        self, conditions: list[Object], told: tuple[str, str, str, str], *, again: bool = False
    ) -> list[Object]:
        """Conditions with one more, or another in its place; one of the same reason stays, unless it is told again."""
        kind, state, reason, message = told
        now = self._maker.now().strftime(_TIME)
        before = next((each for each in conditions if each["type"] == kind), None)
        same = before is not None and before["status"] == state
        if before is not None and same and before["reason"] == reason and not again:
            return conditions
        since = before["lastTransitionTime"] if before is not None and same else now
        fresh = {
            "type": kind,
            "status": state,
            "lastUpdateTime": now,
            "lastTransitionTime": since,
            "reason": reason,
            "message": message,
        }
        return [*(each for each in conditions if each["type"] != kind), fresh]


def _available(item: Object, status: Object) -> tuple[str, str, str, str]:
    least = item["spec"].get("replicas", 1) - room(item["spec"])[1]
    if status.get("availableReplicas", 0) >= least:
        return ("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
    said = "Deployment does not have minimum availability."
    return ("Available", "False", "MinimumReplicasUnavailable", said)


def _reason(conditions: list[Object]) -> str:
    return next((str(each["reason"]) for each in conditions if each["type"] == "Progressing"), "")


def _moved(old: Object, new: Object) -> bool:
    """Whether more new pods are there, or serve, or fewer old ones."""
    counts = ("updatedReplicas", "readyReplicas", "availableReplicas")
    former = [each.get("replicas", 0) - each.get("updatedReplicas", 0) for each in (old, new)]
    return any(new.get(each, 0) > old.get(each, 0) for each in counts) or former[1] < former[0]
