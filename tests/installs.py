"""What deploy/ installs, read and rendered: the plain objects, and those of the chart by values that somebody may give."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests import charts


ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
CHART = DEPLOY / "helm" / "imagepull"
MANIFESTS = DEPLOY / "manifests"
Object = dict[str, Any]

POSTGRESQL: Object = {
    "url": "postgresql+asyncpg://imagepull@db.corp.example/imagepull",
    "password_file": "/run/secrets/imagepull/store/password",
}
# Who is told beside Slack.
TOLD: Object = {
    "webhooks": [
        {
            "name": "on-call",
            "url": "https://hooks.corp.example/imagepull",
            "secret_file": "/run/secrets/imagepull/webhooks/on-call",
        }
    ],
    "alertmanager": {
        "urls": ["https://alertmanager.corp.example:9093"],
        "token_file": "/run/secrets/imagepull/alertmanager/token",
    },
}
_SHIPPED = "sqlite:////var/lib/imagepull/imagepull.db"
# Values that somebody may give, by what they want.
WANTED: Mapping[str, Object] = {
    "nothing": {},
    "secrets of two namespaces": {"rights": {"prove": ["shop", "pay"], "proveAll": ["pay"]}},
    "to look at nothing here": {
        "rights": {"look": False, "explain": False},
        "cluster": {"name": ""},
        "targets": {"staging": {"secret": "imagepull-staging"}},
    },
    "everything": {
        "image": {"digest": "sha256:" + "0" * 64, "pullSecrets": [{"name": "regcred"}]},
        "replicas": 3,
        "rights": {
            "prove": ["shop"],
            "proveAll": ["shop"],
            "repair": ["shop", "pay"],
            "copy": ["pay"],
            "tell": ["shop"],
            "cordon": True,
            "witness": True,
        },
        "witness": {"preload": True},
        "cluster": {"name": "prod-eu", "settings": {"interval": "90s", "vantage": "inside"}},
        "targets": {
            "staging": {"secret": "imagepull-staging", "writer": True, "settings": {"interval": "2m"}},
            "1": {"secret": "imagepull-other"},
        },
        "settings": {
            "slack": {"mode": "http"},
            "store": POSTGRESQL,
            "routes": [{"channel": "#image-pulls"}],
            "registries": {"docker.io": {"probe": "anonymous"}},
            **TOLD,
        },
        "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
        "prometheusRule": {"enabled": True, "labels": {"release": "prometheus"}},
        "dashboard": {"enabled": True, "labels": {"grafana": "yes"}},
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "tolerations": [{"key": "a", "operator": "Exists"}],
        "priorityClassName": "high",
        "extraVolumes": [{"name": "ca", "configMap": {"name": "corp-ca"}}],
        "extraVolumeMounts": [{"name": "ca", "mountPath": "/etc/ssl/corp", "readOnly": True}],
    },
    "nothing of Slack": {"settings": {"slack": {"mode": "off"}, **TOLD}},
    "no fence of the network": {"networkPolicy": {"enabled": False}, "storage": {"className": "fast"}},
}


def read(path: Path) -> list[Object]:
    """The objects of a file."""
    return [each for each in yaml.safe_load_all(path.read_text(encoding="utf-8")) if each]


def resources(folder: Path) -> list[Object]:
    """The objects of a kustomization and those that it builds on."""
    (told,) = read(folder / "kustomization.yaml")
    found = []
    for name in told.get("resources", ()):
        path = folder / name
        found += resources(path) if path.is_dir() else read(path)
    return found


def _every_plain() -> Iterator[Object]:
    for path in sorted(MANIFESTS.rglob("*.yaml")):
        if path.name != "kustomization.yaml":
            yield from read(path)


PLAIN = list(_every_plain())
BASE = resources(MANIFESTS)
RENDERED = {name: charts.objects(charts.rendered(CHART, over)) for name, over in WANTED.items()}
SETS: Mapping[str, list[Object]] = {"plain": BASE, **RENDERED}


def of(kind: str, found: list[Object]) -> list[Object]:
    """Those of a kind."""
    return [each for each in found if each["kind"] == kind]


def named(kind: str, found: list[Object]) -> set[str]:
    """The names of those of a kind."""
    return {each["metadata"]["name"] for each in of(kind, found)}


def pod_of(found: list[Object]) -> Object:
    """The template of the bot's pods."""
    (deployment,) = of("Deployment", found)
    pod: Object = deployment["spec"]["template"]
    return pod


def _without_helms(item: Object) -> Object:
    """A copy without what is there for Helm alone."""
    made: Object = json.loads(json.dumps(item).replace(', "app.kubernetes.io/managed-by": "Helm"', ""))
    if made["metadata"].get("annotations") == {"helm.sh/resource-policy": "keep"}:
        del made["metadata"]["annotations"]
    return made


def comparable(found: list[Object]) -> dict[tuple[str, str, str], Object]:
    """Objects by kind, namespace and name, without what only Helm adds; files in them as what they say."""
    made = {}
    for each in map(_without_helms, found):
        key = (each["kind"], each["metadata"].get("namespace", ""), each["metadata"]["name"])
        assert key not in made
        if each["kind"] == "ConfigMap":
            each["data"] = {name: yaml.safe_load(text) for name, text in each["data"].items()}
        made[key] = each
    return made
