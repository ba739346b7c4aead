"""What the API server fills in: an object as it was sent in -> the object as it is kept out."""

import base64
import copy
import secrets
from typing import Any

from bot.demo.cluster.kinds import Resource
from bot.demo.cluster.refusals import Object


_CONTAINER = {
    "resources": {},
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
}
_POD_SPEC = {
    "restartPolicy": "Always",
    "terminationGracePeriodSeconds": 30,
    "dnsPolicy": "ClusterFirst",
    "securityContext": {},
    "schedulerName": "default-scheduler",
}
_ADMITTED = {"priority": 0, "enableServiceLinks": True, "preemptionPolicy": "PreemptLowerPriority"}
_HISTORY = {"revisionHistoryLimit": 10}
_SPECS: dict[str, Object] = {
    "Deployment": {
        "replicas": 1,
        "strategy": {
            "type": "RollingUpdate",
            "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"},
        },
        **_HISTORY,
        "progressDeadlineSeconds": 600,
    },
    "ReplicaSet": {"replicas": 1},
    "ReplicationController": {"replicas": 1},
    "StatefulSet": {
        "replicas": 1,
        "podManagementPolicy": "OrderedReady",
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
        **_HISTORY,
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
    },
    "DaemonSet": {
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}},
        **_HISTORY,
    },
    "Job": {
        "parallelism": 1,
        "completions": 1,
        "backoffLimit": 6,
        "manualSelector": False,
        "completionMode": "NonIndexed",
        "suspend": False,
        "podReplacementPolicy": "TerminatingOrFailed",
    },
    "CronJob": {
        "concurrencyPolicy": "Allow",
        "suspend": False,
        "successfulJobsHistoryLimit": 3,
        "failedJobsHistoryLimit": 1,
    },
}
_NOT_ALIVE = ("not-ready", "unreachable")
_ACCESS = "kube-api-access-"
_ACCESS_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
_LETTERS = "bcdfghjklmnpqrstvwxz2456789"  # k8s.io/apimachinery/pkg/util/rand: no vowels, no words


def filled(resource: Resource, item: Object) -> Object:
    """An object with its defaults, before or after a change; what is there stays."""
    item = copy.deepcopy(item)
    kind = resource.kind
    if kind == "Pod":
        item["spec"] = _pod_spec(item.get("spec") or {})
    elif kind == "Secret":
        _secret(item)
    elif kind == "Namespace":
        labels = item["metadata"].setdefault("labels", {})
        labels["kubernetes.io/metadata.name"] = item["metadata"]["name"]
    elif kind == "Node":
        if (item.get("spec") or {}).get("unschedulable") is False:
            del item["spec"]["unschedulable"]
    elif kind in _SPECS:
        item["spec"] = {**copy.deepcopy(_SPECS[kind]), **(item.get("spec") or {})}
        _templates(item["spec"])
    return item


def born(resource: Resource, item: Object, token_name: str = "") -> Object:
    """What only a new object gets: a status, a pod's tolerations and its token, a Job's selector."""
    kind = resource.kind
    if kind == "Pod":
        _admitted(item, token_name or _ACCESS + suffix())
        item["status"] = {"phase": "Pending", "qosClass": _quality(item["spec"])}
    elif kind == "Namespace":
        item["spec"] = {"finalizers": ["kubernetes"]}
        item["status"] = {"phase": "Active"}
    elif kind == "Job":
        _owned_by_job(item)
        item["status"] = {}
    elif resource.counted:
        item["status"] = {"replicas": 0} if kind in ("ReplicaSet", "StatefulSet") else {}
    return item


def suffix(length: int = 5) -> str:
    """The end of a generated name."""
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def _templates(spec: Object) -> None:
    if isinstance(inner := spec.get("jobTemplate"), dict):
        inner["spec"] = inner.get("spec") or {}
        _templates(inner["spec"])
    template = spec.get("template")
    if isinstance(template, dict):
        template.setdefault("metadata", {})
        template["spec"] = _pod_spec(template.get("spec") or {})


def _pod_spec(spec: Object) -> Object:
    spec = {**copy.deepcopy(_POD_SPEC), **spec}
    for part in ("initContainers", "containers", "ephemeralContainers"):
        if isinstance(spec.get(part), list):
            spec[part] = [_container(each) for each in spec[part]]
    return spec


def _container(told: Any) -> Any:
    if not isinstance(told, dict):
        return told
    name = str(told.get("image") or "").rpartition("/")[2]
    floating = (":" not in name and "@" not in name) or name.endswith(":latest")
    policy = "Always" if floating else "IfNotPresent"
    return {**copy.deepcopy(_CONTAINER), "imagePullPolicy": policy, **told}


def _secret(item: Object) -> None:
    item.setdefault("type", "Opaque")
    for name, text in (item.pop("stringData", None) or {}).items():
        item.setdefault("data", {})[name] = base64.b64encode(text.encode()).decode()


def _admitted(item: Object, token_name: str) -> None:
    spec = item["spec"]
    spec.setdefault("serviceAccountName", "default")
    spec["serviceAccount"] = spec["serviceAccountName"]
    for name, value in _ADMITTED.items():
        spec.setdefault(name, value)
    spec.setdefault("tolerations", []).extend(
        {
            "key": f"node.kubernetes.io/{each}",
            "operator": "Exists",
            "effect": "NoExecute",
            "tolerationSeconds": 300,
        }
        for each in _NOT_ALIVE
    )
    if spec.get("automountServiceAccountToken") is not False:
        spec.setdefault("volumes", []).append(_token_volume(token_name))
        for part in ("initContainers", "containers"):
            for each in spec.get(part) or ():
                mount = {"name": token_name, "readOnly": True, "mountPath": _ACCESS_PATH}
                each.setdefault("volumeMounts", []).append(mount)


def _token_volume(name: str) -> Object:
    here = {"apiVersion": "v1", "fieldPath": "metadata.namespace"}
    sources = [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": here}]}},
    ]
    return {"name": name, "projected": {"sources": sources, "defaultMode": 420}}


def _quality(spec: Object) -> str:
    asked = [each.get("resources") for each in spec.get("containers") or () if isinstance(each, dict)]
    return "Burstable" if any(asked) else "BestEffort"


def _owned_by_job(item: Object) -> None:
    meta, spec = item["metadata"], item["spec"]
    by_uid = {"batch.kubernetes.io/controller-uid": meta["uid"]}
    labels = {
        **by_uid,
        "batch.kubernetes.io/job-name": meta["name"],
        "controller-uid": meta["uid"],
        "job-name": meta["name"],
    }
    spec.setdefault("selector", {"matchLabels": by_uid})
    template = spec.setdefault("template", {}).setdefault("metadata", {})
    template["labels"] = {**(template.get("labels") or {}), **labels}
    meta["labels"] = {**labels, **(meta.get("labels") or {})}
