"""What fields objects have: a kind in -> which fields are unknown or of a wrong type, and how its lists merge.

Only as deep as image pulls reach: below a field whose shape stands nowhere, everything is taken as it comes.
The merge keys are those of https://github.com/kubernetes/api/blob/v0.36.0/core/v1/types.go (``patchMergeKey``).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


# A field is a name, [the key its list merges by; empty for a list that is replaced], and :its shape.
_WRITTEN = {
    "Meta": (
        "name:string namespace:string uid:string resourceVersion:string generation generateName:string "
        "creationTimestamp deletionTimestamp deletionGracePeriodSeconds labels annotations finalizers "
        "ownerReferences[uid]:OwnerReference managedFields selfLink:string"
    ),
    "OwnerReference": "apiVersion kind name uid controller blockOwnerDeletion",
    "Reference": "name:string",
    "Template": "metadata:Meta spec:PodSpec",
    "PodSpec": (
        "volumes[name]:Volume containers[name]:Container initContainers[name]:Container "
        "ephemeralContainers[name]:Container imagePullSecrets[name]:Reference restartPolicy:string "
        "terminationGracePeriodSeconds:int64 activeDeadlineSeconds:int64 dnsPolicy:string nodeSelector "
        "serviceAccountName:string serviceAccount:string automountServiceAccountToken:bool nodeName:string "
        "hostNetwork:bool hostPID:bool hostIPC:bool hostUsers:bool shareProcessNamespace:bool securityContext "
        "hostname:string subdomain:string affinity schedulerName:string tolerations hostAliases[ip] "
        "priorityClassName:string priority:int32 dnsConfig readinessGates runtimeClassName:string "
        "enableServiceLinks:bool preemptionPolicy:string overhead topologySpreadConstraints[topologyKey] "
        "setHostnameAsFQDN:bool os schedulingGates[name] resourceClaims[name] resources hostnameOverride workloadRef"
    ),
    "Volume": (
        "name:string hostPath emptyDir secret configMap projected persistentVolumeClaim image downwardAPI csi "
        "ephemeral nfs iscsi"
    ),
    "Container": (
        "name:string image:string command args workingDir:string ports[containerPort] envFrom env[name] resources "
        "resizePolicy restartPolicy:string restartPolicyRules volumeMounts[mountPath] volumeDevices[devicePath] "
        "livenessProbe readinessProbe startupProbe lifecycle terminationMessagePath:string "
        "terminationMessagePolicy:string imagePullPolicy:string securityContext stdin:bool stdinOnce:bool tty:bool "
        "targetContainerName:string"
    ),
    "Pod": "metadata:Meta spec:PodSpec status",
    "DeploymentSpec": (
        "replicas:int32 selector template:Template strategy minReadySeconds:int32 revisionHistoryLimit:int32 "
        "paused:bool progressDeadlineSeconds:int32"
    ),
    "Deployment": "metadata:Meta spec:DeploymentSpec status",
    "ReplicaSetSpec": "replicas:int32 minReadySeconds:int32 selector template:Template",
    "ReplicaSet": "metadata:Meta spec:ReplicaSetSpec status",
    "ReplicationController": "metadata:Meta spec:ReplicaSetSpec status",
    "StatefulSetSpec": (
        "replicas:int32 selector template:Template volumeClaimTemplates serviceName:string podManagementPolicy:string "
        "updateStrategy revisionHistoryLimit:int32 minReadySeconds:int32 "
        "persistentVolumeClaimRetentionPolicy ordinals"
    ),
    "StatefulSet": "metadata:Meta spec:StatefulSetSpec status",
    "DaemonSetSpec": "selector template:Template updateStrategy minReadySeconds:int32 revisionHistoryLimit:int32",
    "DaemonSet": "metadata:Meta spec:DaemonSetSpec status",
    "JobSpec": (
        "parallelism:int32 completions:int32 activeDeadlineSeconds:int64 podFailurePolicy successPolicy "
        "backoffLimit:int32 backoffLimitPerIndex:int32 maxFailedIndexes:int32 selector manualSelector:bool "
        "template:Template ttlSecondsAfterFinished:int32 completionMode:string suspend:bool "
        "podReplacementPolicy:string managedBy:string"
    ),
    "Job": "metadata:Meta spec:JobSpec status",
    "JobTemplate": "metadata:Meta spec:JobSpec",
    "CronJobSpec": (
        "schedule:string timeZone:string startingDeadlineSeconds:int64 concurrencyPolicy:string suspend:bool "
        "jobTemplate:JobTemplate successfulJobsHistoryLimit:int32 failedJobsHistoryLimit:int32"
    ),
    "CronJob": "metadata:Meta spec:CronJobSpec status",
    "ServiceAccount": (
        "metadata:Meta secrets[name]:SecretReference imagePullSecrets[]:Reference automountServiceAccountToken:bool"
    ),
    "SecretReference": "kind namespace name uid apiVersion resourceVersion fieldPath",
    "Secret": "metadata:Meta immutable:bool data stringData type:string",
    "ConfigMap": "metadata:Meta immutable:bool data binaryData",
    "Node": "metadata:Meta spec:NodeSpec status",
    "NodeSpec": "podCIDR podCIDRs[] providerID unschedulable:bool taints configSource externalID",
    "Namespace": "metadata:Meta spec status",
    "Lease": "metadata:Meta spec:LeaseSpec",
    "LeaseSpec": (
        "holderIdentity:string leaseDurationSeconds:int32 acquireTime renewTime leaseTransitions:int32 "
        "strategy preferredHolder"
    ),
}
_SCALARS = {"string": str, "bool": bool, "int32": int, "int64": int}
_MANDATORY = ("kind", "apiVersion")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a shape.

    Attributes:
        key: what a list of them merges by; None where it is no list of a known kind, "" where it is replaced.
        shape: what stands in it; "" where nobody looks.
    """

    key: str | None
    shape: str


def _parsed(written: str) -> Mapping[str, Field]:
    fields: dict[str, Field] = {}
    for each in written.split():
        name, _, shape = each.partition(":")
        bare, bracket, key = name.partition("[")
        fields[bare] = Field(key.rstrip("]") if bracket else None, shape)
    return fields


_SHAPES = {name: _parsed(written) for name, written in _WRITTEN.items()}


def field(shape: str, name: str) -> Field:
    """A field of a shape, by name; one without a shape where nothing is known."""
    return _SHAPES.get(shape, {}).get(name, Field(None, ""))


def unknown(kind: str, item: Mapping[str, Any]) -> list[str]:
    """The fields that an object of a kind does not have, as paths."""
    bare = {name: value for name, value in item.items() if name not in _MANDATORY}
    return list(_unknown(kind, bare, ""))


def pruned(kind: str, item: Mapping[str, Any]) -> dict[str, Any]:
    """An object without the fields that its kind does not have."""
    kept = {name: item[name] for name in _MANDATORY if name in item}
    rest: Any = _pruned(kind, {name: value for name, value in item.items() if name not in kept})
    return {**kept, **rest}


def mistyped(kind: str, item: Mapping[str, Any]) -> tuple[str, str] | None:
    """The first field of a wrong type: its path and the type it should have."""
    return next(_mistyped(kind, item, ""), None)


def _unknown(shape: str, value: object, path: str) -> Iterator[str]:
    known = _SHAPES.get(shape)
    if known is None or not isinstance(value, Mapping):
        return
    for name, inner in value.items():
        place = f"{path}.{name}" if path else name
        if name not in known:
            yield place
            continue
        for suffix, part in _parts(known[name], inner):
            yield from _unknown(known[name].shape, part, place + suffix)


def _pruned(shape: str, value: Any) -> Any:
    known = _SHAPES.get(shape)
    if isinstance(value, list):
        return [_pruned(shape, each) for each in value]
    if known is None or not isinstance(value, dict):
        return value
    return {name: _pruned(known[name].shape, inner) for name, inner in value.items() if name in known}


def _mistyped(shape: str, value: object, path: str) -> Iterator[tuple[str, str]]:
    known = _SHAPES.get(shape, {})
    for name, inner in value.items() if isinstance(value, Mapping) else ():
        if name not in known or inner is None:
            continue
        place = f"{path}.{name}" if path else name
        scalar = _SCALARS.get(known[name].shape)
        if scalar is not None and type(inner) is not scalar:
            yield place, known[name].shape
        for suffix, part in _parts(known[name], inner):
            yield from _mistyped(known[name].shape, part, place + suffix)


def _parts(known: Field, inner: object) -> list[tuple[str, object]]:
    if known.key is None or not isinstance(inner, list):
        return [("", inner)]
    return [(f"[{number}]", part) for number, part in enumerate(inner)]
