"""The Job that asks a node what it sees of a registry: a node, a host and where such Jobs may run in, the whole object out.

The node pulls with its own network and resolver, so the pod has these and nothing else of the node: no root, no capability, no
volume, no token, no variable. deploy/fence.py lets the writer's account make exactly this.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.facts.change import ASKING, ObjectKey, Write
from bot.facts.statement import Spot
from bot.ports.rehearsing import Live


CONTAINER: Final = "witness"
# The image has it there; the node's own list of images is not asked for more.
PROGRAM: Final = ("/opt/imagepull/bin/python", "-I", "-m", "bot.witness")
# The look itself takes 28 seconds at most.
SECONDS: Final = 60
# Gone by itself, whoever died; and there for longer than a replica's lease, so that another one still finds it.
_KEPT_SECONDS: Final = 300
_NOBODY: Final = 65532


@dataclass(frozen=True, slots=True)
class Site:
    """Where nodes may be asked from, as the settings say.

    Attributes:
        namespace: nothing else runs there.
        image: that has the program and is on the nodes already.
    """

    namespace: str
    image: str


def name(spot: Spot) -> str:
    """The Job's name: the same question has the same name, so that it is asked once at a time and found again after a crash."""
    told = "\n".join((spot.node, spot.host, str(spot.port)))
    return f"imagepull-ask-{hashlib.sha256(told.encode()).hexdigest()[:16]}"


def job(site: Site, spot: Spot) -> Mapping[str, Any]:
    """The object, without what belongs to every write."""
    labels = {ASKING: "true"}
    spec = {
        "backoffLimit": 0,
        "completions": 1,
        "parallelism": 1,
        "activeDeadlineSeconds": SECONDS,
        "ttlSecondsAfterFinished": _KEPT_SECONDS,
        "template": {"metadata": {"labels": labels}, "spec": _pod(site, spot)},
    }
    metadata = {"name": name(spot), "namespace": site.namespace, "labels": labels}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec}


def _pod(site: Site, spot: Spot) -> Mapping[str, Any]:
    return {
        # No scheduler: the node is asked that fails, cordoned or not.
        "nodeName": spot.node,
        "tolerations": [{"operator": "Exists"}],
        "hostNetwork": True,
        # The node's own resolv.conf: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-dns-policy
        "dnsPolicy": "Default",
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 1,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _NOBODY,
            "runAsGroup": _NOBODY,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [
            {
                "name": CONTAINER,
                "image": site.image,
                "imagePullPolicy": "Never",
                "command": [*PROGRAM, spot.host, str(spot.port)],
                "resources": {
                    "requests": {"cpu": "10m", "memory": "32Mi"},
                    "limits": {"memory": "64Mi"},
                },
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "readOnlyRootFilesystem": True,
                    "capabilities": {"drop": ["ALL"]},
                },
            }
        ],
    }


def strays(planned: Any, there: Any, path: str = "") -> str:
    """The first place at which an object is not what was planned, or has another container or a volume; "" for none.

    Servers fill in what was left open; what was said must stand, and lists are as long as they were.
    """
    if isinstance(planned, Mapping):
        if not isinstance(there, Mapping):
            return path or "it"
        found = (
            strays(value, there.get(key), f"{path}.{key}" if path else key) for key, value in planned.items()
        )
        return next(filter(None, found), "") or _added(planned, there, path)
    if isinstance(planned, list | tuple):
        if not isinstance(there, list) or len(there) != len(planned):
            return path
        return next(
            filter(None, (strays(one, other, path) for one, other in zip(planned, there, strict=True))), ""
        )
    return "" if planned == there else path


# What would have the pod run, read or hold something more, or have it resolve names otherwise than its node does.
_NEVER: Final = frozenset(
    {
        "args",
        "dnsConfig",
        "env",
        "envFrom",
        "ephemeralContainers",
        "hostAliases",
        "hostIPC",
        "hostPID",
        "initContainers",
        "lifecycle",
        "privileged",
        "resourceClaims",
        "volumeDevices",
        "volumeMounts",
        "volumes",
    }
)


def _added(planned: Mapping[str, Any], there: Mapping[str, Any], path: str) -> str:
    more = sorted(key for key in _NEVER & there.keys() - planned.keys() if there[key])
    return f"{path}.{more[0]}" if more else ""


def stray(write: Write, live: Live | None) -> str:
    """The first place at which what an API server makes of a Job is not what was planned; "" for none."""
    return strays(json.loads(write.patch), live.body if live else None)


def asked(write: Write, cluster: str) -> Spot | None:
    """What a planned Job asks which node; None where it is no such Job to the last letter."""
    made = json.loads(write.patch) if write.patch else {}
    try:
        pod = made["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        host, port = container["command"][len(PROGRAM) :]
        spot = Spot(cluster, pod["nodeName"], host, int(port))
        whole = job(Site(write.key.namespace, container["image"]), spot)
    except (KeyError, TypeError, ValueError):
        return None
    return spot if made == whole and write.key == ObjectKey("Job", write.key.namespace, name(spot)) else None


def is_of(write: Write, site: Site) -> bool:
    """Whether a planned Job is exactly what is made there, with the image that is made with there."""
    spot = asked(write, "")
    return spot is not None and json.loads(write.patch) == job(site, spot)
