"""The chart's values: as a page with a comment for each, and as a schema that refuses what is misspelled."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from bot.cli import settings_pages
from deploy.objects import VALUES


_HEAD = "# What can be chosen. Made by deploy/generate.py of the same objects as ../../manifests; `make docs` makes it anew.\n"
# What a name of Kubernetes looks like: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
_NAME = {"type": "string", "pattern": "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", "maxLength": 253}
_LABEL = {"type": "string", "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "maxLength": 63}
_NAMES = {"type": "array", "items": _LABEL, "uniqueItems": True}
_FREE: Mapping[str, Any] = {"type": "object"}
_LIST: Mapping[str, Any] = {"type": "array", "items": {"type": "object"}}
_QUANTITY = {"type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$"}

# For each value: what it is for, and what it may be.
_TOLD: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "image.repository": (
        "Where your registry has the image that the Dockerfile builds.",
        {"type": "string", "pattern": "^[a-z0-9][a-z0-9._:/-]*$"},
    ),
    "image.tag": ("", {"type": "string", "pattern": "^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$"}),
    "image.digest": (
        "sha256:…; counts instead of the tag.",
        {"type": "string", "pattern": "^(sha256:[0-9a-f]{64})?$"},
    ),
    "image.pullPolicy": ("", {"enum": ["IfNotPresent", "Always", "Never"]}),
    "image.pullSecrets": ("[{name: regcred}]", _LIST),
    "replicas": (
        "More than one only with PostgreSQL (settings.store.url).",
        {"type": "integer", "minimum": 0, "maximum": 20},
    ),
    "rights": (
        "What it may do in the cluster it runs in; docs/security.md tells what is lost without each.",
        {},
    ),
    "rights.look": ("Tier 0: pods, events, namespaces.", {"type": "boolean"}),
    "rights.explain": ("Tier 1: owners, nodes, ServiceAccounts, logs.", {"type": "boolean"}),
    "rights.prove": ("Tier 2a: Secrets by name, in these namespaces.", _NAMES),
    "rights.proveAll": ("Tier 2b: Secrets by list, in these namespaces.", _NAMES),
    "rights.repair": (
        "Tier 3: another account, fenced by admission policies, may carry out approved changes in these namespaces.",
        _NAMES,
    ),
    "rights.copy": ("Tier 3: and create copies of pull secrets in these.", _NAMES),
    "rights.tell": ("Another account may write verdicts as Events in these namespaces.", _NAMES),
    "rights.cordon": ("Tier 3: and patch nodes.", {"type": "boolean"}),
    "rights.witness": (
        "Tier 3: and ask a node what it sees of a registry, by a short pod in the namespace imagepull-witness.",
        {"type": "boolean"},
    ),
    "witness": ("The pod that asks a node; it runs this image, which must be on the node already.", {}),
    "witness.preload": ("Keep it there: one idle pod on every node.", {"type": "boolean"}),
    "cluster": ("The cluster it runs in.", {}),
    "cluster.name": (
        'What messages call it; "" when it is not looked at.',
        {"type": "string", "pattern": "^([A-Za-z0-9][A-Za-z0-9._-]*)?$"},
    ),
    "cluster.settings": (
        "Further keys of clusters.NAME of docs/settings.md: interval, namespaces, …",
        {"$ref": "#/$defs/Cluster"},
    ),
    "targets": (
        (
            "Other clusters, by name: {staging: {secret: imagepull-staging, writer: false, settings: {interval: 2m}}}.\n"
            "The Secret has the key kubeconfig, and with writer: true writer-token."
        ),
        {
            "type": "object",
            "propertyNames": _LABEL,
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "required": ["secret"],
                "properties": {
                    "secret": _NAME,
                    "writer": {"type": "boolean"},
                    "settings": {"$ref": "#/$defs/Cluster"},
                },
            },
        },
    ),
    "settings": ("All else that docs/settings.md tells, as it stands there. No token, no password.", {}),
    "secrets": (
        (
            "Secrets in the release's namespace. The first two you make: keys bot-token, app-token or signing-secret; password.\n"
            "The writer's is filled in by the control plane."
        ),
        {},
    ),
    "secrets.slack": ("", _NAME),
    "secrets.store": ("Where settings.store.password_file is /run/secrets/imagepull/store/password.", _NAME),
    "secrets.teller": ("With rights.tell; filled in by the control plane as the writer's is.", _NAME),
    "secrets.writer": ("With a right of tier 3.", _NAME),
    "secrets.webhooks": (
        "With settings.webhooks: a key for each, and its secret_file is /run/secrets/imagepull/webhooks/KEY.",
        _NAME,
    ),
    "secrets.alertmanager": (
        "With settings.alertmanager, where that wants one: its token_file is /run/secrets/imagepull/alertmanager/KEY.",
        _NAME,
    ),
    "storage": ("The volume of SQLite's file.", {}),
    "storage.size": ("", _QUANTITY),
    "storage.className": ('"" for the cluster\'s default.', {"type": "string"}),
    "resources": ("docs/performance.md has what was measured.", _FREE),
    "networkPolicy": ("In: who scrapes. Out: names (53), and these ports.", {}),
    "networkPolicy.enabled": ("", {"type": "boolean"}),
    "networkPolicy.egressPorts": (
        "API servers, registries, Slack; PostgreSQL's 5432 and Alertmanager's 9093 come by themselves.",
        {"type": "array", "minItems": 1, "items": {"type": "integer", "minimum": 1, "maximum": 65535}},
    ),
    "networkPolicy.scrapers": ("Who may read health and metrics.", {**_LIST, "minItems": 1}),
    "serviceMonitor": ("For the Prometheus operator.", {}),
    "serviceMonitor.enabled": ("", {"type": "boolean"}),
    "serviceMonitor.interval": ("", {"type": "string", "pattern": "^[0-9]+(ms|s|m|h)$"}),
    "serviceMonitor.labels": ("", _FREE),
    "prometheusRule": ("The alerts of docs/runbooks.md, for the Prometheus operator.", {}),
    "prometheusRule.enabled": ("", {"type": "boolean"}),
    "prometheusRule.labels": ("Those that your Prometheus selects rules by.", _FREE),
    "dashboard": ("A dashboard, as a ConfigMap that Grafana's sidecar collects.", {}),
    "dashboard.enabled": ("", {"type": "boolean"}),
    "dashboard.labels": ("Those that the sidecar looks for.", _FREE),
    "nodeSelector": ("", _FREE),
    "tolerations": ("", _LIST),
    "priorityClassName": ("", {"type": "string"}),
    "extraVolumes": (
        "Private CAs (registries.HOST.ca_file), your own playbooks: volumes, and where they are.",
        _LIST,
    ),
    "extraVolumeMounts": ("", _LIST),
}


def page() -> str:
    """values.yaml."""
    return _HEAD + "\n".join(_commented("", VALUES, 0)) + "\n"


def _commented(prefix: str, node: Mapping[str, Any], deep: int) -> Iterator[str]:
    pad = "  " * deep
    for key, value in node.items():
        path = f"{prefix}{key}"
        words = _TOLD.get(path, ("", {}))[0]
        yield from (f"{pad}# {line}" for line in words.splitlines())
        if isinstance(value, Mapping) and value and any(each.startswith(f"{path}.") for each in _TOLD):
            yield f"{pad}{key}:"
            yield from _commented(f"{path}.", value, deep + 1)
        else:
            told = yaml.safe_dump({key: value}, sort_keys=False, width=1000)
            yield from (f"{pad}{line}" for line in told.splitlines())


def schema() -> Mapping[str, Any]:
    """values.schema.json: closed, and the settings in it are those of docs/settings.schema.json."""
    settings = json.loads(settings_pages.files()["settings.schema.json"])
    named = {name: each for name, each in settings["properties"].items() if name != "clusters"}
    whole = _object("", VALUES)
    whole["properties"]["settings"] = _described(
        "settings",
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["slack", "store"],
            "properties": named,
        },
    )
    head = {"$schema": "http://json-schema.org/draft-07/schema#", "title": "Values of imagepull's chart"}
    # Helm adds `global` of a chart around this one.
    whole["properties"]["global"] = _FREE
    return {**head, **whole, "$defs": settings["$defs"]}


def _object(prefix: str, node: Mapping[str, Any]) -> dict[str, Any]:
    properties = {}
    for key, value in node.items():
        path = f"{prefix}{key}"
        kind = _TOLD[path][1] if path in _TOLD else {}
        if path != "settings":
            properties[key] = _described(path, kind or _object(f"{path}.", value))
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _described(path: str, kind: Mapping[str, Any]) -> dict[str, Any]:
    words = _TOLD.get(path, ("", {}))[0]
    return ({"description": words} if words and "$ref" not in kind else {}) | dict(kind)
