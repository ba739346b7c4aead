"""What is wrong with what a kubectl line is about: kinds, verbs, field selectors, output, patches and files."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from tests import calls, expressions
from tests.calls import Call


# https://kubernetes.io/docs/reference/kubectl/#resource-types, and the kinds of others that pages name.
_KINDS: Final[Mapping[str, str]] = {
    alias: plural
    for plural, aliases in {
        "certificates": "certificate cert",
        "clusterrolebindings": "clusterrolebinding",
        "clusterroles": "clusterrole",
        "configmaps": "configmap cm",
        "cronjobs": "cronjob cj",
        "daemonsets": "daemonset ds",
        "deployments": "deployment deploy",
        "endpoints": "ep",
        "endpointslices": "endpointslice",
        "events": "event ev",
        "jobs": "job",
        "leases": "lease",
        "namespaces": "namespace ns",
        "networkpolicies": "networkpolicy netpol",
        "nodes": "node no",
        "persistentvolumeclaims": "persistentvolumeclaim pvc",
        "poddisruptionbudgets": "poddisruptionbudget pdb",
        "pods": "pod po",
        "prometheusrules": "prometheusrule",
        "replicasets": "replicaset rs",
        "resourcequotas": "resourcequota quota",
        "rolebindings": "rolebinding",
        "roles": "role",
        "secrets": "secret",
        "serviceaccounts": "serviceaccount sa",
        "servicemonitors": "servicemonitor",
        "services": "service svc",
        "statefulsets": "statefulset sts",
        "validatingadmissionpolicies": "validatingadmissionpolicy",
        "validatingadmissionpolicybindings": "validatingadmissionpolicybinding",
    }.items()
    for alias in (plural, *aliases.split())
}
_ROLLED: Final = {"deployments", "daemonsets", "statefulsets"}
_TEMPLATED: Final = {*_ROLLED, "cronjobs", "jobs", "replicasets", "pods"}
_ABOUT_KINDS: Final[Mapping[str, set[str] | None]] = {
    **dict.fromkeys(("get", "describe", "delete", "edit", "patch", "label", "annotate", "wait")),
    **{f"rollout {verb}": _ROLLED for verb in ("history", "pause", "restart", "resume", "status", "undo")},
    "scale": {"deployments", "replicasets", "statefulsets"},
    "set image": _TEMPLATED,
}
_VERBS: Final = frozenset(
    [
        "get",
        "list",
        "watch",
        "create",
        "update",
        "patch",
        "delete",
        "deletecollection",
        "use",
        "bind",
        "escalate",
        "impersonate",
        "*",
        "approve",
        "sign",
    ]
)
# https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/#list-of-supported-fields
_EVERY: Final = {"metadata.name", "metadata.namespace"}
_SELECTED: Final[Mapping[str, set[str]]] = {
    "pods": {
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "status.phase",
    }
    | {"status.podIP", "status.nominatedNodeName", "spec.hostNetwork"},
    "events": {"reason", "source", "type", "reportingComponent", "involvedObject.kind", "involvedObject.name"}
    | {
        "involvedObject.namespace",
        "involvedObject.uid",
        "involvedObject.fieldPath",
        "involvedObject.apiVersion",
    },
    "secrets": {"type"},
    "nodes": {"spec.unschedulable"},
    "namespaces": {"status.phase"},
    "replicasets": {"status.replicas"},
    "jobs": {"status.successful"},
}
_ENDINGS: Final = {"json", "yaml", "name", "wide"}
_LANGUAGES: Final[Mapping[str, Callable[[str], str]]] = {
    "jsonpath": expressions.jsonpath,
    "jsonpath-as-json": expressions.jsonpath,
    "custom-columns": expressions.columns,
    "go-template": expressions.go_template,
}
_PRINTED: Final = {
    "get",
    "config view",
    "api-resources",
    "events",
    "config get-contexts",
    "auth whoami",
    "version",
}


def faults(call: Call, folder: Path) -> Iterator[str]:
    """Beyond its flags, which are known by then."""
    kinds = list(_kinds(call))
    yield from (f"{each!r} is no kind" for each in kinds if each not in _KINDS and not _filled(each))
    plurals = {_KINDS[each] for each in kinds if each in _KINDS}
    fits = _ABOUT_KINDS.get(call.path)
    if fits and plurals - fits:
        yield f"{call.path} is not for {', '.join(sorted(plurals - fits))}"
    yield from _outputs(call)
    yield from _selectors(call, plurals)
    yield from _patches(call)
    yield from _rights(call)
    yield from calls.files(folder, kustomize=call.values("--kustomize"), plain=call.values("--filename"))


def _filled(word: str) -> bool:
    return word.isupper() or word.startswith("$")


def _kinds(call: Call) -> Iterator[str]:
    """The kinds that a line is about: ``pods,events``, ``deployment/web``, ``deployments.apps``."""
    if call.path not in _ABOUT_KINDS or call.has("--filename", "--kustomize", "--raw"):
        return
    first = (
        call.names[:1] if "/" not in "".join(call.names[:1]) else [each for each in call.names if "/" in each]
    )
    for each in first:
        for kind in each.partition("/")[0].split(","):
            yield kind.partition(".")[0].lower() if not _filled(kind) else kind


def _outputs(call: Call) -> Iterator[str]:
    for each in call.values("--output"):
        language, equals, text = each.partition("=")
        if equals and language in _LANGUAGES:
            yield from filter(None, [_LANGUAGES[language](text)])
        elif call.path in _PRINTED and each not in _ENDINGS and not _filled(each):
            yield f"no output {each!r}"
    for each in call.values("--sort-by"):
        yield from filter(None, [expressions.jsonpath(each)])
    for each in call.values("--dry-run"):
        if each not in ("client", "server", "none"):
            yield f"no dry run {each!r}"


def _selectors(call: Call, plurals: set[str]) -> Iterator[str]:
    for each in call.values("--field-selector"):
        for part in each.split(","):
            found = re.fullmatch(r"([\w.]+)(=|==|!=)(.*)", part)
            if found is None:
                yield f"{part!r} selects no field"
            elif plurals and any(found[1] not in _SELECTED.get(plural, set()) | _EVERY for plural in plurals):
                yield f"the API server does not select {', '.join(sorted(plurals))} by {found[1]}"


def _patches(call: Call) -> Iterator[str]:
    if call.path != "patch":
        return
    for each in call.values("--patch"):
        try:
            patch = json.loads(each)
        except ValueError as problem:
            yield f"the patch is no JSON: {problem}"
            continue
        listed = call.values("--type") == ["json"]
        if isinstance(patch, list) is not listed:
            yield f"a patch of type {'json is a list' if listed else 'strategic or merge is an object'}"
    if not call.has("--patch", "--patch-file"):
        yield "patch needs --patch or --patch-file"
    yield from (
        f"no patch of type {each!r}"
        for each in call.values("--type")
        if each not in ("json", "merge", "strategic")
    )


def _rights(call: Call) -> Iterator[str]:
    for each in call.values("--as"):
        if each.startswith("system:serviceaccount") and not re.fullmatch(
            r"system:serviceaccount:[^:]+:[^:]+", each
        ):
            yield f"{each!r} names no ServiceAccount"
    if call.path == "auth can-i" and not call.has("--list"):
        verb, kind = [*call.names, "", ""][:2]
        if verb not in _VERBS:
            yield f"{verb!r} is no verb"
        if kind.partition("/")[0].partition(".")[0] not in _KINDS and not kind.startswith("/"):
            yield f"{kind!r} is no kind"
