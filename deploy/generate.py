"""Makes manifests/, helm/imagepull/ and example/ of the objects in objects.py and the rights in rbac/.

python -m deploy.generate            # also a part of `make docs`
python -m deploy.generate FOLDER     # elsewhere
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from deploy import choosing, objects, texts, values
from deploy.choosing import Chosen, Each, When
from deploy.objects import NAME, TELLER, WRITER


HERE = Path(__file__).parent
_RBAC = HERE / "rbac"
# Each right: its file, the value that chooses it, and whether it is given namespace by namespace.
RIGHTS: Mapping[str, tuple[str, str, bool]] = {
    "look": ("tier-0-look.yaml", "look", False),
    "explain": ("tier-1-explain.yaml", "explain", False),
    "prove": ("tier-2a-prove.yaml", "prove", True),
    "prove-all": ("tier-2b-prove-all.yaml", "proveAll", True),
    "repair": ("tier-3-repair.yaml", "repair", True),
    "copy": ("tier-3-copy.yaml", "copy", True),
    "cordon": ("tier-3-cordon.yaml", "cordon", False),
    "tell": ("tier-tell.yaml", "tell", True),
    "witness": ("tier-3-witness.yaml", "witness", False),
}
_FENCE = "tier-3-fence.yaml"
_SECRETS: Mapping[str, str] = objects.VALUES["secrets"]
# A namespace of its own, in which nobody chooses anything.
_BUILDS_ON: Mapping[str, Sequence[str]] = {"witness": ("../../rights/witness",)}
_MADE = "# Made by deploy/generate.py; `make docs` makes it anew.\n"


def files() -> dict[str, str]:
    """Every file, by its path below deploy/."""
    made = {f"manifests/{name}": text for name, text in _manifests()}
    made |= {f"helm/imagepull/{name}": text for name, text in _chart()}
    settings: Any = choosing.resolved(objects.config_map())
    example = texts.example(settings["data"]["imagepull.yaml"])
    return made | {f"example/{name}": text for name, text in example.items()}


def _read(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((_RBAC / name).read_text(encoding="utf-8")))


def _rights(name: str) -> list[dict[str, Any]]:
    """The role and its binding."""
    return [each for each in _read(RIGHTS[name][0]) if each["apiVersion"].startswith("rbac.")]


def _manifests() -> Iterator[tuple[str, str]]:
    namespace = next(each for each in _read("tier-0-look.yaml") if each["kind"] == "Namespace")
    base: dict[str, Any] = {
        "namespace.yaml": namespace,
        "serviceaccount.yaml": objects.account(NAME),
        "configmap.yaml": objects.config_map(),
        "persistentvolumeclaim.yaml": objects.claim(),
        "deployment.yaml": objects.deployment(),
        "service.yaml": objects.service(),
        "poddisruptionbudget.yaml": objects.disruption_budget(),
        "networkpolicy.yaml": objects.network_policy(),
    }
    for name, made in base.items():
        yield name, _MADE + choosing.plain(made)
    yield "kustomization.yaml", _kustomization("Kustomization", [*base, "rights/look", "rights/explain"])
    for name in RIGHTS:
        yield f"rights/{name}/rights.yaml", _MADE + choosing.plain(*_rights(name))
        yield f"rights/{name}/kustomization.yaml", _kustomization("Kustomization", ["rights.yaml"])
    yield from _components()


def _components() -> Iterator[tuple[str, str]]:
    parts: Mapping[str, tuple[Mapping[str, str], Sequence[Any]]] = {
        "servicemonitor": ({"servicemonitor.yaml": choosing.plain(objects.service_monitor())}, ()),
        "prometheusrule": ({"prometheusrule.yaml": choosing.plain(objects.prometheus_rule(_alerts()))}, ()),
        "dashboard": ({"dashboard.yaml": choosing.plain(objects.dashboard(_dashboard()))}, ()),
        "writer": (
            {
                "serviceaccount.yaml": choosing.plain(objects.account(WRITER), objects.token(WRITER)),
                "fence.yaml": (_RBAC / _FENCE).read_text(encoding="utf-8"),
            },
            [_mounting(objects.secret_volume("writer", "imagepull-writer-token"))],
        ),
        "teller": (
            {"serviceaccount.yaml": choosing.plain(objects.account(TELLER), objects.token(TELLER))},
            [_mounting(objects.secret_volume("teller", "imagepull-teller-token"))],
        ),
        "targets": ({}, [_mounting(objects.secret_volume("targets", "imagepull-targets"))]),
        "webhooks": ({}, [_mounting(objects.secret_volume("webhooks", _SECRETS["webhooks"]))]),
        "alertmanager": (
            {},
            [
                _mounting(objects.optional("alertmanager", _SECRETS["alertmanager"])),
                _allowing("egress/1/ports/-", objects.ALERTMANAGER_PORT),
            ],
        ),
        "witness": (
            {
                "namespace.yaml": choosing.plain(_witness("Namespace")),
                "quota.yaml": choosing.plain(_witness("ResourceQuota")),
                "parameters.yaml": choosing.plain(objects.witness_parameters()),
            },
            (),
        ),
        "witness-preload": ({"daemonset.yaml": choosing.plain(objects.witness_preload())}, ()),
        "slack-http": (
            {"service.yaml": choosing.plain(objects.slack_service())},
            [_listening(), _allowing("ingress/-", {"ports": [{"port": "slack", "protocol": "TCP"}]})],
        ),
        "postgresql": (
            {},
            [
                _replicated(),
                _mounting(objects.secret_volume("store", _SECRETS["store"])),
                _dropped(),
                _allowing("egress/1/ports/-", {"port": 5432, "protocol": "TCP"}),
            ],
        ),
    }
    for part, (resources, patches) in parts.items():
        for name, text in resources.items():
            yield f"components/{part}/{name}", (text if text.startswith("#") else _MADE + text)
        yield (
            f"components/{part}/kustomization.yaml",
            _kustomization("Component", [*resources, *_BUILDS_ON.get(part, ())], patches),
        )


def _witness(kind: str) -> dict[str, Any]:
    """What stands there beside the rights."""
    return next(each for each in _read("tier-3-witness.yaml") if each["kind"] == kind)


def _alerts() -> list[Any]:
    found = yaml.safe_load((HERE / "monitoring" / "imagepull.rules.yaml").read_text(encoding="utf-8"))
    groups: list[Any] = found["groups"]
    return groups


def _dashboard() -> str:
    return (HERE / "monitoring" / "dashboard.json").read_text(encoding="utf-8")


def _kustomization(kind: str, resources: Sequence[str], patches: Sequence[Any] = ()) -> str:
    version = "v1alpha1" if kind == "Component" else "v1beta1"
    made: dict[str, Any] = {"apiVersion": f"kustomize.config.k8s.io/{version}", "kind": kind}
    if resources:
        made["resources"] = list(resources)
    if patches:
        made["patches"] = list(patches)
    return _MADE + choosing.plain(made)


def _patch(version: str, kind: str, **body: Any) -> dict[str, str]:
    metadata = {"name": NAME, "namespace": NAME}
    return {"patch": choosing.plain({"apiVersion": version, "kind": kind, "metadata": metadata, **body})}


def _allowing(path: str, added: Mapping[str, Any]) -> dict[str, Any]:
    """One more line in the network policy: its lists have no keys to merge by."""
    steps = [{"op": "add", "path": f"/spec/{path}", "value": added}]
    return {"target": {"kind": "NetworkPolicy", "name": NAME}, "patch": choosing.plain(steps)}


def _pod(container: Mapping[str, Any], **pod: Any) -> dict[str, Any]:
    body = {"containers": [{"name": NAME, **container}], **pod}
    return {"template": {"spec": body}}


def _mounting(volume: Mapping[str, Any]) -> dict[str, str]:
    name = volume["name"]
    mount = {"name": name, "mountPath": f"/run/secrets/imagepull/{name}", "readOnly": True}
    spec = _pod({"volumeMounts": [mount]}, volumes=[volume])
    return _patch("apps/v1", "Deployment", spec=spec)


def _listening() -> dict[str, str]:
    ports = [{"name": "slack", "containerPort": 3000, "protocol": "TCP"}]
    return _patch("apps/v1", "Deployment", spec=_pod({"ports": ports, "lifecycle": objects.LINGERING}))


def _replicated() -> dict[str, str]:
    """Two at least, and no file of their own; the patch names what it takes out."""
    unmounted = {"volumeMounts": [{"mountPath": "/var/lib/imagepull", "$patch": "delete"}]}
    pod = _pod(unmounted, volumes=[{"name": "state", "$patch": "delete"}])
    spec = {"replicas": 2, "strategy": {"type": "RollingUpdate"}, **pod}
    return _patch("apps/v1", "Deployment", spec=spec)


def _dropped() -> dict[str, str]:
    return _patch("v1", "PersistentVolumeClaim", **{"$patch": "delete"})


def _chart() -> Iterator[tuple[str, str]]:
    yield "Chart.yaml", _MADE + choosing.plain(texts.CHART)
    yield "values.yaml", values.page()
    yield "values.schema.json", json.dumps(values.schema(), indent=2, ensure_ascii=False) + "\n"
    yield ".helmignore", "*.tgz\n"
    for name, content in _templates().items():
        yield f"templates/{name}", content if name == "NOTES.txt" else _comment() + content


def _comment() -> str:
    return "{{- /* " + _MADE.removeprefix("# ").strip() + " */}}\n"


def _templates() -> dict[str, str]:
    writer = [objects.account(WRITER), objects.token(WRITER)]
    teller = [objects.account(TELLER), objects.token(TELLER)]
    made: dict[str, Any] = {
        "serviceaccount.yaml": [objects.account(NAME)],
        "configmap.yaml": [objects.config_map()],
        "persistentvolumeclaim.yaml": [When(f"not ({objects.POSTGRESQL})", objects.claim())],
        "deployment.yaml": [objects.deployment()],
        "service.yaml": [objects.service(), When(objects.HTTP, objects.slack_service())],
        "poddisruptionbudget.yaml": [objects.disruption_budget()],
        "networkpolicy.yaml": [When(".Values.networkPolicy.enabled", objects.network_policy())],
        "servicemonitor.yaml": [When(".Values.serviceMonitor.enabled", objects.service_monitor())],
        "prometheusrule.yaml": [When(".Values.prometheusRule.enabled", objects.prometheus_rule(_alerts()))],
        "dashboard.yaml": [When(".Values.dashboard.enabled", objects.dashboard(_dashboard()))],
        "writer.yaml": [When(objects.REPAIRS, writer)],
        "teller.yaml": [When(objects.TELLS, teller)],
        "witness.yaml": [
            When(
                ".Values.rights.witness",
                [_witness("Namespace"), objects.witness_parameters(), _witness("ResourceQuota")],
            ),
            When(".Values.witness.preload", objects.witness_preload()),
        ],
    }
    for name, (_, value, by_namespace) in RIGHTS.items():
        made[f"rights-{name}.yaml"] = [_granted(name, f".Values.rights.{value}", by_namespace=by_namespace)]
    found = {name: choosing.template(*each) for name, each in made.items()}
    refused = "".join(
        f"{{{{- if {condition} }}}}\n{{{{- fail {json.dumps(why, ensure_ascii=False)} }}}}\n{{{{- end }}}}\n"
        for condition, why in objects.REFUSED
    )
    return {"refused.yaml": refused, **found, "writer-fence.yaml": _fence(), "NOTES.txt": texts.NOTES}


def _granted(name: str, value: str, *, by_namespace: bool) -> Each | When:
    """A right as a chart gives it: to the release's own account, where its value says."""
    made = []
    for each in _rights(name):
        metadata = dict(each["metadata"]) | (
            {"namespace": Chosen("", "{{ toJson . }}")} if by_namespace else {}
        )
        subjects = [{**subject, "namespace": objects.NAMESPACE} for subject in each.get("subjects", ())]
        made.append({**each, "metadata": metadata} | ({"subjects": subjects} if subjects else {}))
    return Each(value, made) if by_namespace else When(value, made)


def _fence() -> str:
    """The fence around the account of whichever namespace the chart goes to."""
    text = (_RBAC / _FENCE).read_text(encoding="utf-8")
    body = text[text.index("apiVersion:") :]
    account = f"system:serviceaccount:{NAME}:{WRITER}"
    assert account in body
    assert "{{" not in body
    there = body.replace(account, account.replace(f":{NAME}:", ":{{ .Release.Namespace }}:"))
    return f"{{{{- if {objects.REPAIRS} }}}}\n---\n{there}{{{{- end }}}}\n"


def main(folder: Path) -> None:
    """Write all of them, and take away what was made once and is not any more."""
    made = files()
    for top in ("manifests", "helm/imagepull", "example"):
        for old in sorted((folder / top).rglob("*")):
            if old.is_file() and old.relative_to(folder).as_posix() not in made:
                old.unlink()
    for name, text in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
