"""Makes rbac/tier-3-fence.yaml: the fields that a writer may change, out of all that the API has.

RBAC says which objects an account may patch and not which fields. These ValidatingAdmissionPolicies
(https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/) let the writer's account change the few
that approved changes need: everything else that the official client's models know must stay as it is. CEL cannot say "all
others", so a field newer than those models is not fenced; make this file anew when you raise the client.

    python deploy/fence.py > deploy/rbac/tier-3-fence.yaml
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml
from kubernetes import client


WRITER = "system:serviceaccount:imagepull:imagepull-writer"
_HEAD = """\
# Tier 3, fence: what the writer's account may change in the objects that tier 3 lets it patch. Made by deploy/fence.py.
# Apply it before the rights: kubectl apply -f tier-3-fence.yaml
# Of a workload: images, imagePullSecrets, nodeSelector, affinity, paused or suspend, and the annotations below. Of a ServiceAccount
# its imagePullSecrets, of a Node whether it is schedulable. Pods are deleted only where a controller makes them again; Secrets
# are made of the two docker types with our label, and never changed or deleted. Jobs are made and deleted in the namespace
# imagepull-witness and nowhere else, and only such as ask a node what it sees, with the image that the ConfigMap there names.
"""
_OWN = ("imagepull/plan",)
_OF_A_TEMPLATE = ("kubectl.kubernetes.io/restartedAt",)
_DOCKER = ("kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg")
_LABEL = "imagepull/copied"
# What a pod template's spec may have changed in it; images are looked at inside their containers.
_IN_A_POD = ("containers", "initContainers", "imagePullSecrets", "nodeSelector", "affinity")
# A Job that asks a node: its namespace, and the ConfigMap there that says with which image; without it there is none.
WITNESS = "imagepull-witness"
_PARAMETERS = {"name": WITNESS, "namespace": WITNESS, "parameterNotFoundAction": "Deny"}
# Parameters are looked for before the conditions are: where they are missing, whoever is matched is refused, and not the writer
# alone. So what has parameters matches that namespace and no other.
# https://github.com/kubernetes/kubernetes/blob/v1.36.0/staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/validating/dispatcher.go
_THERE = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": WITNESS}}}
_WITNESS_LABEL = "imagepull/witness"
_PROGRAM = ("/opt/imagepull/bin/python", "-I", "-m", "bot.witness")
# What the Job's controller writes before anybody is asked: https://kubernetes.io/docs/concepts/workloads/controllers/job/#specifying-your-own-pod-selector
_OF_ITS_CONTROLLER = (
    "controller-uid",
    "job-name",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-name",
)


def documents() -> Iterator[Mapping[str, Any]]:
    """Every policy with its binding."""
    template = "object.spec.template", "oldObject.spec.template"
    of_a_job = "object.spec.jobTemplate.spec.template", "oldObject.spec.jobTemplate.spec.template"
    yield from _policy(
        "deployments", "apps", _kept("spec", client.V1DeploymentSpec, ("template", "paused")), template
    )
    yield from _policy(
        "statefulsets", "apps", _kept("spec", client.V1StatefulSetSpec, ("template",)), template
    )
    yield from _policy("daemonsets", "apps", _kept("spec", client.V1DaemonSetSpec, ("template",)), template)
    job = [
        *_kept("spec", client.V1CronJobSpec, ("jobTemplate", "suspend")),
        *_kept("spec.jobTemplate.spec", client.V1JobSpec, ("template",)),
        *_kept("spec.jobTemplate", client.V1JobTemplateSpec, ("spec",)),
    ]
    yield from _policy("cronjobs", "batch", job, of_a_job)
    yield from _policy(
        "serviceaccounts", "", _kept("", client.V1ServiceAccount, (*_OF_ALL, "imagePullSecrets"))
    )
    yield from _policy("nodes", "", _kept("spec", client.V1NodeSpec, ("unschedulable",)))
    yield from _policy(
        "pods",
        "",
        [
            *_kept("spec", client.V1PodSpec, ("containers", "initContainers")),
            *_images("object", "oldObject"),
            (f"!({_marked('oldObject')})", "a pod that asks a node stays as it is"),
        ],
    )
    ours = "has(oldObject.metadata.ownerReferences) && oldObject.metadata.ownerReferences.exists(o, has(o.controller) && o.controller)"
    yield from _bound("pods-deleted", "", "pods", "DELETE", [(ours, "nothing would make this pod again")])
    known = f"has(object.type) && object.type in {_listed(_DOCKER)}"
    named = f"has(object.metadata.labels) && '{_LABEL}' in object.metadata.labels"
    yield from _bound(
        "secrets",
        "",
        "secrets",
        "CREATE",
        [(known, "only docker types"), (named, f"the label {_LABEL} is missing")],
    )
    yield from _bound(
        "secrets-kept", "", "secrets", ("UPDATE", "DELETE"), [("false", "a Secret is never changed")]
    )
    yield from _bound("jobs", "batch", "jobs", "CREATE", _witness())
    yield from _bound("jobs-images", "batch", "jobs", "CREATE", [_of_the_image()], parameters=True)
    yield from _bound("jobs-deleted", "batch", "jobs", "DELETE", [_in_its_place("oldObject")])
    yield from _bound("jobs-kept", "batch", "jobs", "UPDATE", [("false", "a Job is never changed")])


def _witness() -> Sequence[tuple[str, str]]:
    """Exactly the Job that bot/remediation/witnessing.py spells, with what API servers fill in."""
    job, pod = "object.spec", "object.spec.template.spec"
    container, meta = f"{pod}.containers[0]", "object.spec.template.metadata"
    command = " && ".join(f"{container}.command[{at}] == '{each}'" for at, each in enumerate(_PROGRAM))
    labels = _listed((_WITNESS_LABEL, *_OF_ITS_CONTROLLER))
    once = f"{job}.backoffLimit == 0 && {job}.completions == 1 && {job}.parallelism == 1"
    short = f"{job}.activeDeadlineSeconds <= 60 && {job}.ttlSecondsAfterFinished <= 300"
    own = f"has({pod}.hostNetwork) && {pod}.hostNetwork && {pod}.dnsPolicy == 'Default'"
    plain = f"{pod}.restartPolicy == 'Never' && !{pod}.automountServiceAccountToken"
    held = f"{container}.securityContext"
    place = f"{container}.command[{len(_PROGRAM)}].matches('^[A-Za-z0-9][A-Za-z0-9.:-]{{0,252}}$')"
    port = f"{container}.command[{len(_PROGRAM) + 1}].matches('^[0-9]{{1,5}}$')"
    needs = f"{container}.resources"
    asks = f"!has({needs}.requests) || {needs}.requests.all(k, k in ['cpu', 'memory'])"
    bare = f"{held}.readOnlyRootFilesystem && {held}.capabilities.drop == ['ALL'] && !has({held}.capabilities.add)"
    return [
        _in_its_place("object"),
        (_only("object.metadata", client.V1ObjectMeta, _IN_METADATA), "nothing else is set in its metadata"),
        (f"({once}) && ({short})", "it runs once, for a minute, and is gone after five"),
        (f"!has({job}.suspend) || !{job}.suspend", "it is not kept for later"),
        (_only(job, client.V1JobSpec, _IN_A_JOB), "nothing else is set in the Job"),
        (
            f"!has({meta}) || (!has({meta}.annotations) && (!has({meta}.labels) || {meta}.labels.all(k, k in {labels})))",
            "its pod has no marks of its own",
        ),
        (
            f"!has({meta}) || ({_only(meta, client.V1ObjectMeta, ('labels', 'creationTimestamp'))})",
            "nothing else is set in its pod's metadata",
        ),
        (f"({own}) && ({plain})", "it runs in the node's network, once, without a token"),
        (_only(pod, client.V1PodSpec, _IN_A_WITNESS), "nothing else is set in its pod"),
        (
            f"{pod}.securityContext.runAsNonRoot && {pod}.securityContext.seccompProfile.type == 'RuntimeDefault'",
            "its pod is nobody's and filtered",
        ),
        (
            " && ".join(
                f"(!has({pod}.securityContext.{each}) || {pod}.securityContext.{each} > 0)"
                for each in ("runAsUser", "runAsGroup")
            ),
            "its pod has no number of root's",
        ),
        (
            _only(
                f"{pod}.securityContext",
                client.V1PodSecurityContext,
                ("runAsNonRoot", "runAsUser", "runAsGroup", "seccompProfile"),
            ),
            "nothing else is set in its pod's security",
        ),
        (f"{pod}.containers.size() == 1", "it has one container"),
        (_only(container, client.V1Container, _IN_ITS_CONTAINER), "nothing else is set in its container"),
        (f"{container}.imagePullPolicy == 'Never'", "the image is never pulled"),
        (
            f"{container}.command.size() == {len(_PROGRAM) + 2} && {command} && {place} && {port}",
            "it runs nothing but the look at a host and a port",
        ),
        (
            f"!{held}.allowPrivilegeEscalation && {bare}",
            "its container holds no capability and writes nothing",
        ),
        (
            _only(
                held,
                client.V1SecurityContext,
                ("allowPrivilegeEscalation", "readOnlyRootFilesystem", "capabilities"),
            ),
            "nothing else is set in its container's security",
        ),
        (
            f"{needs}.limits.all(k, k == 'memory') && {needs}.limits.memory == '{_MEMORY}' && !has({needs}.claims) && ({asks})",
            "it has its bit of memory and no device of the node",
        ),
        (
            f"{container}.terminationMessagePath == '/dev/termination-log'",
            "it speaks where it is listened to, and hides no file behind that",
        ),
    ]


def _of_the_image() -> tuple[str, str]:
    """The one thing that the parameters decide."""
    image = "object.spec.template.spec.containers[0].image"
    return f"has({image}) && {image} == params.data.image", "the image is the one that the ConfigMap names"


# As bot/remediation/witnessing.py has it.
_MEMORY = "64Mi"


_IN_METADATA = (
    "name",
    "namespace",
    "labels",
    "annotations",
    "uid",
    "generation",
    "creationTimestamp",
    "managedFields",
    "resourceVersion",
    "selfLink",
)
_IN_A_JOB = (
    "template",
    "backoffLimit",
    "completions",
    "parallelism",
    "activeDeadlineSeconds",
    "ttlSecondsAfterFinished",
    "completionMode",
    "podReplacementPolicy",
    "selector",
    "suspend",
)
_IN_A_WITNESS = (
    "nodeName",
    "hostNetwork",
    "dnsPolicy",
    "restartPolicy",
    "automountServiceAccountToken",
    "enableServiceLinks",
    "tolerations",
    "securityContext",
    "containers",
    "schedulerName",
    "terminationGracePeriodSeconds",
)
_IN_ITS_CONTAINER = (
    "name",
    "image",
    "imagePullPolicy",
    "command",
    "resources",
    "securityContext",
    "terminationMessagePath",
    "terminationMessagePolicy",
)


def _in_its_place(item: str) -> tuple[str, str]:
    """That a Job is in the namespace for it, and bears our label."""
    return (
        f"{item}.metadata.namespace == '{WITNESS}' && {_marked(item)}",
        "Jobs that ask a node, and only there",
    )


def _marked(item: str) -> str:
    """That something bears the label of what asks a node."""
    return f"has({item}.metadata.labels) && '{_WITNESS_LABEL}' in {item}.metadata.labels"


def _only(path: str, model: Any, names: Sequence[str]) -> str:
    """That of a model's fields only these are there."""
    others = [each for each in sorted(model.attribute_map.values()) if each not in names]
    return " && ".join(f"!has({path}.{each})" for each in others)


_OF_ALL = ("apiVersion", "kind", "metadata")


def _policy(
    plural: str, group: str, kept: Sequence[tuple[str, str]], template: tuple[str, str] | None = None
) -> Iterator[Mapping[str, Any]]:
    rules = [*_metadata("object.metadata", "oldObject.metadata", _OWN), *kept]
    if template:
        new, old = template
        rules += _metadata(f"{new}.metadata", f"{old}.metadata", _OF_A_TEMPLATE)
        rules += _same(f"{new}.spec", f"{old}.spec", client.V1PodSpec, _IN_A_POD)
        rules += _images(new, old)
    yield from _bound(plural, group, plural, "UPDATE", rules)


def _bound(
    name: str,
    group: str,
    plural: str,
    operations: str | Sequence[str],
    rules: Sequence[tuple[str, str]],
    *,
    parameters: bool = False,
) -> Iterator[Mapping[str, Any]]:
    """A policy and its binding; with ``parameters`` it reads the ConfigMap that says which image a Job may have, and is asked where that is alone."""
    name = f"imagepull-writer-{name}"
    of_what = {"paramKind": {"apiVersion": "v1", "kind": "ConfigMap"}} if parameters else {}
    given = {"paramRef": _PARAMETERS} if parameters else {}
    where = _THERE if parameters else {}
    version = {"apiVersion": "admissionregistration.k8s.io/v1"}
    yield version | {
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": name},
        "spec": {
            "failurePolicy": "Fail",
            **of_what,
            "matchConstraints": {
                **where,
                "resourceRules": [
                    {
                        "apiGroups": [group],
                        "apiVersions": ["v1"],
                        "operations": [operations] if isinstance(operations, str) else list(operations),
                        "resources": [plural],
                    }
                ],
            },
            "matchConditions": [
                {"name": "the-writer", "expression": f"request.userInfo.username == '{WRITER}'"}
            ],
            "validations": [
                {"expression": rule, "message": f"imagepull may not: {why}"} for rule, why in rules
            ],
        },
    }
    yield version | {
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": name},
        "spec": {"policyName": name, **given, "validationActions": ["Deny"]},
    }


def _kept(path: str, model: Any, but: Sequence[str]) -> list[tuple[str, str]]:
    """That all fields below a path, but for some, are as they were."""
    tail = f".{path}" if path else ""
    return _same(f"object{tail}", f"oldObject{tail}", model, but)


def _same(new: str, old: str, model: Any, but: Sequence[str]) -> list[tuple[str, str]]:
    names = [name for name in sorted(model.attribute_map.values()) if name not in (*but, "status")]
    return [(_equal(new, old, name), f"{name} may not change") for name in names]


def _equal(new: str, old: str, name: str) -> str:
    return f"has({new}.{name}) == has({old}.{name}) && (!has({new}.{name}) || {new}.{name} == {old}.{name})"


def _images(new: str, old: str) -> list[tuple[str, str]]:
    """That containers are the same ones but for their images."""
    found = []
    for key in ("containers", "initContainers"):
        fields = [
            name
            for name in sorted(client.V1Container.attribute_map.values())
            if name not in ("name", "image")
        ]
        alike = " && ".join(_equal("n", "o", name) for name in fields)
        there, before = f"{new}.spec.{key}", f"{old}.spec.{key}"
        each = f"{there}.size() == {before}.size() && {there}.all(n, {before}.exists(o, o.name == n.name && {alike}))"
        found.append(
            (
                f"has({there}) == has({before}) && (!has({there}) || {each})",
                f"of {key} only images may change",
            )
        )
    return found


def _metadata(new: str, old: str, annotations: Sequence[str]) -> list[tuple[str, str]]:
    """That labels, finalizers and owners are as they were, and annotations but for a few."""
    if new.endswith("template.metadata"):
        there, before = (f"has({each.removesuffix('.metadata')}.metadata)" for each in (new, old))
        same = [_equal(new, old, name) for name in ("labels", "finalizers", "ownerReferences")]
        kept = [
            f"{there} == {before} && (!{there} || ({rule}))"
            for rule in (*same, *_annotated(new, old, annotations))
        ]
        return [(rule, "of a template's metadata only restartedAt may change") for rule in kept]
    told = [
        (_equal(new, old, name), f"{name} may not change")
        for name in ("labels", "finalizers", "ownerReferences")
    ]
    return [
        *told,
        *((rule, "other annotations may not change") for rule in _annotated(new, old, annotations)),
    ]


def _annotated(new: str, old: str, but: Sequence[str]) -> list[str]:
    def within(one: str, other: str) -> str:
        there = f"has({other}.annotations) && k in {other}.annotations && {other}.annotations[k] == {one}.annotations[k]"
        return f"!has({one}.annotations) || {one}.annotations.all(k, k in {_listed(but)} || ({there}))"

    return [within(new, old), within(old, new)]


def _listed(names: Sequence[str]) -> str:
    return "[" + ", ".join(f"'{each}'" for each in names) + "]"


def written() -> str:
    """The file."""
    body: str = yaml.safe_dump_all(documents(), sort_keys=False, width=1000)
    return _HEAD + body


if __name__ == "__main__":
    sys.stdout.write(written())
