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
# are made of the two docker types with our label, and never changed or deleted.
"""
_OWN = ("imagepull/plan",)
_OF_A_TEMPLATE = ("kubectl.kubernetes.io/restartedAt",)
_DOCKER = ("kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg")
_LABEL = "imagepull/copied"
# What a pod template's spec may have changed in it; images are looked at inside their containers.
_IN_A_POD = ("containers", "initContainers", "imagePullSecrets", "nodeSelector", "affinity")


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
        [*_kept("spec", client.V1PodSpec, ("containers", "initContainers")), *_images("object", "oldObject")],
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
    name: str, group: str, plural: str, operations: str | Sequence[str], rules: Sequence[tuple[str, str]]
) -> Iterator[Mapping[str, Any]]:
    name = f"imagepull-writer-{name}"
    version = {"apiVersion": "admissionregistration.k8s.io/v1"}
    yield version | {
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": name},
        "spec": {
            "failurePolicy": "Fail",
            "matchConstraints": {
                "resourceRules": [
                    {
                        "apiGroups": [group],
                        "apiVersions": ["v1"],
                        "operations": [operations] if isinstance(operations, str) else list(operations),
                        "resources": [plural],
                    }
                ]
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
        "spec": {"policyName": name, "validationActions": ["Deny"]},
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
