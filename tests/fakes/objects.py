"""Small API objects as a server would hold them, to be varied by tests."""

from typing import Any


Object = dict[str, Any]

NOW = "2026-11-22T09:00:00Z"
EARLIER = "2026-11-22T08:30:00Z"


def waiting(reason: str = "ImagePullBackOff", message: str = "") -> Object:
    """A container's state that waits."""
    told = {"reason": reason, "message": message} if message else {"reason": reason}
    return {"waiting": told}


def running(since: str = EARLIER) -> Object:
    """A container's state that runs."""
    return {"running": {"startedAt": since}}


def terminated(code: int) -> Object:
    """A container's state that has ended."""
    return {"terminated": {"exitCode": code, "startedAt": EARLIER, "finishedAt": EARLIER}}


def pod(name: str = "web-1", namespace: str = "shop", **changes: Any) -> Object:
    """A pod with one container ``app`` whose state is ``state`` (running unless said otherwise).

    ``status``, ``spec`` and ``metadata`` in ``changes`` are merged over the rest.
    """
    state = changes.pop("state", running())
    status = {"name": "app", "state": state, "lastState": changes.pop("last", {}), "image": "app:1"}
    meta = {"name": name, "namespace": namespace, "uid": f"uid-{name}", "creationTimestamp": EARLIER}
    spec = {"containers": [{"name": "app", "image": "app:1"}], "nodeName": "node-1"}
    phase = changes.pop("phase", "Running" if "running" in state else "Pending")
    told = {"phase": phase, "containerStatuses": [status]}
    return {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": meta | changes.get("metadata", {}),
        "spec": spec | changes.get("spec", {}),
        "status": told | changes.get("status", {}),
    }


def event(
    about: str = "web-1", reason: str = "Failed", message: str = "Failed to pull image", **changes: Any
) -> Object:
    """An event about a pod, written by its kubelet."""
    namespace = changes.pop("namespace", "shop")
    last = changes.pop("last", NOW)
    number = changes.pop("number", 0)
    return {
        "kind": "Event",
        "apiVersion": "v1",
        "metadata": {"name": f"{about}.{reason.lower()}.{number}", "namespace": namespace},
        "involvedObject": {"kind": "Pod", "namespace": namespace, "name": about, "uid": f"uid-{about}"},
        "reason": reason,
        "message": message,
        "type": "Warning",
        "source": {"component": "kubelet", "host": "node-1"},
        "firstTimestamp": EARLIER,
        "lastTimestamp": last,
        "count": 1,
        **changes,
    }


def named(kind: str, name: str, namespace: str = "shop", **parts: Any) -> Object:
    """An object of any kind."""
    meta: Object = {"name": name, "creationTimestamp": EARLIER} | parts.pop("metadata", {})
    if namespace:
        meta["namespace"] = namespace
    return {"kind": kind, "metadata": meta, **parts}
