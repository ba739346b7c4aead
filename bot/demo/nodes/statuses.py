"""What a pod's status says: the state of its containers in -> phase, conditions and container statuses out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


Object = dict[str, Any]
_TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(slots=True)
class Life:
    """What a kubelet knows of one container.

    Attributes:
        image: that it was last asked to run.
        waiting: reason and message, while it waits.
        started: when it began to run.
        last: its last end.
        pulled: the digest of its image.
        failures: pulls in a row that failed.
        again: when the next pull may be tried.
        error: reason and text of the last failed pull.
        ends: the outcome of a pull that is still going on comes then; None for none, or never.
        outcome: that outcome.
        said: what it left behind when it ended, well and for good; "" while it has not.
    """

    image: str = ""
    waiting: tuple[str, str] = ("ContainerCreating", "")
    started: datetime | None = None
    last: Object = field(default_factory=dict)
    restarts: int = 0
    pulled: str = ""
    failures: int = 0
    again: datetime | None = None
    error: tuple[str, str] = ("", "")
    ends: datetime | None = None
    outcome: Any = None
    pulling: bool = False
    ever: bool = False
    said: str = ""

    def status(self, container: Mapping[str, Any], name: str, *, ends: bool = False) -> Object:
        """As it stands in the pod.

        Args:
            container: of the spec.
            name: the image's without its tag, for the image's id.
            ends: it ends as soon as it has begun, and well, as init containers do.
        """
        running = self.started is not None
        reason, message = self.waiting
        waiting = {"reason": reason, **({"message": message} if message else {})}
        state: Object = {"waiting": waiting}
        if self.started is not None:
            since = self.started.strftime(_TIME)
            ended = {"exitCode": 0, "reason": "Completed", "startedAt": since, "finishedAt": since}
            ended |= {"message": self.said} if self.said else {}
            state = {"terminated": ended} if ends or self.said else {"running": {"startedAt": since}}
        running = running and not self.said
        return {
            "name": container["name"],
            "state": state,
            "lastState": self.last,
            "ready": running,
            "restartCount": self.restarts,
            "image": container["image"],
            "imageID": f"{name}@{self.pulled}" if self.pulled else "",
            "started": running and not ends,
        }


def status(
    pod: Object, lives: Mapping[str, Life], statuses: Mapping[str, Sequence[Object]], now: datetime
) -> Object:
    """A pod's whole status.

    Args:
        pod: as it is stored, with the times at which its conditions last changed.
        lives: of its main containers.
        statuses: of its containers, by field.
        now: the time of what changes.
    """
    main = statuses["containerStatuses"]
    pending = [each["name"] for each in main if not each["ready"]]
    first = [each["name"] for each in statuses.get("initContainerStatuses", ()) if not each["ready"]]
    unready = ("ContainersNotReady", f"containers with unready status: [{' '.join(pending)}]")
    uninitialised = ("ContainersNotInitialized", f"containers with incomplete status: [{' '.join(first)}]")
    conditions = {
        "PodReadyToStartContainers": None,
        "Initialized": uninitialised if first else None,
        "Ready": unready if pending else None,
        "ContainersReady": unready if pending else None,
        "PodScheduled": None,
    }
    old = pod.get("status") or {}
    before = {each["type"]: each for each in old.get("conditions") or ()}
    ran = all(life.ever for life in lives.values())
    over = all(life.said for life in lives.values())
    return {
        **{name: value for name, value in old.items() if not name.endswith("Statuses")},
        "observedGeneration": pod["metadata"].get("generation") or 1,
        "phase": ("Succeeded" if over else "Running") if ran else "Pending",
        "conditions": [_condition(kind, why, before.get(kind), now) for kind, why in conditions.items()],
        "startTime": old.get("startTime") or now.strftime(_TIME),
        **statuses,
    }


def _condition(kind: str, why: tuple[str, str] | None, before: Object | None, now: datetime) -> Object:
    state = "False" if why else "True"
    since = before["lastTransitionTime"] if before and before["status"] == state else now.strftime(_TIME)
    told: Object = {"type": kind, "status": state, "lastProbeTime": None, "lastTransitionTime": since}
    return {**told, "reason": why[0], "message": why[1]} if why else told
