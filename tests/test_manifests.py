"""What deploy/ installs by plain manifests and by the chart: each object is valid, restricted, and whole in its references."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import settings
from deploy import generate
from tests import charts, clients, installs
from tests.clusters import REAL, Cluster, opened
from tests.required import KUBECTL, only_where


# Secrets and ConfigMaps that an operator makes, and that the values name.
_GIVEN = {
    "imagepull-webhooks",
    "imagepull-alertmanager",
    "imagepull-slack",
    "imagepull-store",
    "imagepull-staging",
    "imagepull-other",
    "imagepull-targets",
}


def test_generated_files_are_fresh() -> None:
    """What lies there is what `make docs` writes, and nothing besides."""
    made = generate.files()
    there = {
        path.relative_to(installs.DEPLOY).as_posix(): path.read_text(encoding="utf-8")
        for top in ("manifests", "helm", "example")
        for path in (installs.DEPLOY / top).rglob("*")
        if path.is_file()
    }
    assert there.keys() == made.keys()
    assert [name for name in made if there[name] != made[name]] == []


def test_kustomizations_list_every_file() -> None:
    """No manifest lies beside a kustomization that does not name it, and none is named that is not there."""
    for file in installs.DEPLOY.rglob("kustomization.yaml"):
        (told,) = installs.read(file)
        named = set(told.get("resources", ())) | {
            name for each in told.get("configMapGenerator", ()) for name in each["files"]
        }
        beside = {each.name for each in file.parent.glob("*.yaml")} - {"kustomization.yaml"}
        assert beside <= named, file
        for name in (*named, *(told.get("components") or ())):
            assert (file.parent / name).exists(), (file, name)


@pytest.mark.parametrize("name", ["plain files", *installs.WANTED])
def test_objects_are_what_the_official_client_knows(name: str) -> None:
    """No unknown field, no wrong type and nothing missing; a ServiceMonitor or PrometheusRule is none of the API server's own."""
    found = installs.PLAIN if name == "plain files" else installs.RENDERED[name]
    assert found
    told = [
        fault
        for each in found
        if each["kind"] not in ("ServiceMonitor", "PrometheusRule")
        for fault in clients.faults(each)
    ]
    assert told == []


@pytest.mark.parametrize(
    "change",
    [
        lambda pod: pod.update(hostnetwork=True),
        lambda pod: pod["containers"][0].update(image=3),
        lambda pod: pod["containers"][0].pop("name"),
        lambda pod: pod["securityContext"].update(runAsUser="65532"),
    ],
)
def test_check_against_the_client_finds_faults(change: Any) -> None:
    """Unknown, of another type, missing: each is told."""
    made = json.loads(json.dumps(installs.of("Deployment", installs.BASE)[0]))
    change(made["spec"]["template"]["spec"])
    assert len(clients.faults(made)) == 1


@pytest.mark.parametrize("name", installs.SETS)
def test_pods_are_restricted(name: str) -> None:
    """By the rules of the Pod Security Standard `restricted`, and tighter: a read-only root, a number that is not root's."""
    pod = installs.pod_of(installs.SETS[name])["spec"]
    assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers"} & set(pod)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 65532
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    kinds = {key for each in pod["volumes"] for key in each if key != "name"}
    assert kinds <= {"configMap", "emptyDir", "persistentVolumeClaim", "projected", "secret"}
    for container in pod["containers"]:
        held = container["securityContext"]
        assert held == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert not any("hostPort" in port for port in container["ports"])
        assert {"memory", "cpu"} <= set(container["resources"]["requests"])
        assert "memory" in container["resources"]["limits"]
        assert "/tmp" in {each["mountPath"] for each in container["volumeMounts"]}
        assert {"startupProbe", "livenessProbe", "readinessProbe"} <= set(container)


def test_namespace_is_held_to_restricted() -> None:
    """And the user is the one that the image has."""
    (namespace,) = installs.of("Namespace", installs.BASE)
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert (
        f"USER {installs.pod_of(installs.BASE)['spec']['securityContext']['runAsUser']}:"
        in (installs.ROOT / "Dockerfile").read_text()
    )


def test_nothing_secret_is_in_plain() -> None:
    """No Secret has content, no variable a value, and nothing looks like a token."""
    for each in (*installs.PLAIN, *(item for found in installs.RENDERED.values() for item in found)):
        if each["kind"] == "Secret":
            assert each["type"] == "kubernetes.io/service-account-token"
            assert not {"data", "stringData"} & set(each)
        if each["kind"] == "Deployment":
            assert all("env" not in container for container in each["spec"]["template"]["spec"]["containers"])
        assert not re.search(r"xox[abp]-|xapp-|password: |://[^/@\s]+:[^/@\s]+@", json.dumps(each))


@pytest.mark.parametrize("name", installs.SETS)
def test_references_resolve(name: str) -> None:
    """Volumes, accounts, claims, ports, roles and Secrets: what is named is there, or is what the operator makes."""
    found = installs.SETS[name]
    pod = installs.pod_of(found)["spec"]
    (container,) = pod["containers"]
    assert pod["serviceAccountName"] in installs.named("ServiceAccount", found)
    volumes = [each["name"] for each in pod["volumes"]]
    assert sorted(volumes) == sorted(each["name"] for each in container["volumeMounts"])
    assert len(volumes) == len(set(volumes))
    for volume in pod["volumes"]:
        _resolve(volume, found)
    ports = {each["name"] for each in container["ports"]}
    for service in installs.of("Service", found):
        assert {each["targetPort"] for each in service["spec"]["ports"]} <= ports
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert container[probe]["httpGet"]["port"] in ports
    for policy in installs.of("NetworkPolicy", found):
        rules = [rule for each in policy["spec"]["ingress"] for rule in each["ports"]]
        assert {each["port"] for each in rules} <= ports
    for kind in ("Role", "ClusterRole"):
        places = {
            (each["metadata"]["name"], each["metadata"].get("namespace")) for each in installs.of(kind, found)
        }
        for binding in installs.of(f"{kind}Binding", found):
            assert (binding["roleRef"]["name"], binding["metadata"].get("namespace")) in places
            assert {each["name"] for each in binding["subjects"]} <= installs.named("ServiceAccount", found)


def _resolve(volume: installs.Object, found: list[installs.Object]) -> None:
    secrets = _GIVEN | installs.named("Secret", found)
    if "secret" in volume:
        assert volume["secret"]["secretName"] in secrets
        assert volume["secret"]["defaultMode"] == 0o440
    if "projected" in volume:
        assert {each["secret"]["name"] for each in volume["projected"]["sources"]} <= secrets
    if "configMap" in volume:
        assert volume["configMap"]["name"] in installs.named("ConfigMap", found) | {"corp-ca"}
    if "persistentVolumeClaim" in volume:
        assert volume["persistentVolumeClaim"]["claimName"] in installs.named("PersistentVolumeClaim", found)


@pytest.mark.parametrize("name", installs.SETS)
def test_selectors_match_the_bot(name: str) -> None:
    """Every selector finds the bot's pods, and the ServiceMonitor its Service."""
    found = installs.SETS[name]
    pod = installs.pod_of(found)
    labels = pod["metadata"]["labels"].items()
    selectors = [each["spec"]["selector"] for each in installs.of("Service", found)]
    kept = (*installs.of("Deployment", found), *installs.of("PodDisruptionBudget", found))
    selectors += [each["spec"]["selector"]["matchLabels"] for each in kept]
    selectors += [each["spec"]["podSelector"]["matchLabels"] for each in installs.of("NetworkPolicy", found)]
    selectors += [each["labelSelector"]["matchLabels"] for each in pod["spec"]["topologySpreadConstraints"]]
    assert all(selector.items() <= labels for selector in selectors)
    for monitor in installs.of("ServiceMonitor", found):
        wanted = monitor["spec"]["selector"]["matchLabels"].items()
        services = [
            each for each in installs.of("Service", found) if wanted <= each["metadata"]["labels"].items()
        ]
        ports = {port["name"] for each in services for port in each["spec"]["ports"]}
        assert {each["port"] for each in monitor["spec"]["endpoints"]} <= ports


@pytest.mark.parametrize("name", installs.SETS)
def test_settings_shipped_can_be_used(name: str, tmp_path: Path) -> None:
    """The bot takes the file up, and every file that it names is in a volume."""
    maps = installs.of("ConfigMap", installs.SETS[name])
    (held,) = (each for each in maps if each["metadata"]["name"] == "imagepull")
    file = tmp_path / "imagepull.yaml"
    file.write_text(held["data"]["imagepull.yaml"], encoding="utf-8")
    known = settings.load(file, {})
    assert known.clusters
    mounts = [
        each["mountPath"]
        for each in installs.pod_of(installs.SETS[name])["spec"]["containers"][0]["volumeMounts"]
    ]
    named = re.findall(r"(?:file|kubeconfig): (/\S+)|sqlite:///(/\S+)", held["data"]["imagepull.yaml"])
    assert named
    # A Slack that is off is asked for nothing, so nothing of it is read.
    unread = "/run/secrets/imagepull/slack/" if known.slack.mode == "off" else "\0"
    for path in (one or other for one, other in named):
        if path.startswith(unread):
            continue
        assert any(path.startswith(f"{mount}/") for mount in mounts), path
    ports = {
        each["containerPort"]
        for each in installs.pod_of(installs.SETS[name])["spec"]["containers"][0]["ports"]
    }
    assert int(known.operations.listen.rpartition(":")[2]) in ports
    if known.slack.mode == "http":
        assert int(known.slack.listen.rpartition(":")[2]) in ports


def test_example_can_be_used(tmp_path: Path) -> None:
    """Its settings are whole, and every component that it offers is there."""
    shutil.copy(installs.DEPLOY / "example" / "imagepull.yaml", tmp_path)
    assert settings.load(tmp_path / "imagepull.yaml", {}).routes
    text = (installs.DEPLOY / "example" / "kustomization.yaml").read_text(encoding="utf-8")
    offered = set(re.findall(r"manifests/components/([a-z-]+)", text))
    assert offered == {each.name for each in (installs.MANIFESTS / "components").iterdir()}


def _built(folder: Path) -> list[installs.Object]:
    assert KUBECTL
    told = subprocess.run([KUBECTL, "kustomize", str(folder)], check=True, capture_output=True, text=True)
    return [each for each in yaml.safe_load_all(told.stdout) if each]


@only_where(KUBECTL)
def test_kustomize_builds_the_base() -> None:
    """Where there is a kubectl, it builds what the files say."""
    assert installs.comparable(_built(installs.MANIFESTS)) == installs.comparable(installs.BASE)


@only_where(KUBECTL)
def test_kustomize_builds_every_choice(tmp_path: Path) -> None:
    """The example with each component and right that it offers: valid, whole, and what the chart makes of the same wishes."""
    for name in ("manifests", "example"):
        shutil.copytree(installs.DEPLOY / name, tmp_path / name)
    for file in (tmp_path / "example").rglob("kustomization.yaml"):
        text = file.read_text(encoding="utf-8")  # as somebody does who takes away the #, and nothing else
        file.write_text(text.replace("  # - ", "  - "), encoding="utf-8")
    found = _built(tmp_path / "example")
    assert [
        fault
        for each in found
        if each["kind"] not in ("ServiceMonitor", "PrometheusRule")
        for fault in clients.faults(each)
    ] == []
    over = {
        "replicas": 2,
        "rights": {"prove": ["shop"], "repair": ["shop"], "tell": ["shop"], "witness": True},
        "witness": {"preload": True},
        "serviceMonitor": {"enabled": True},
        "prometheusRule": {"enabled": True},
        "dashboard": {"enabled": True},
    }
    over |= {"settings": {"slack": {"mode": "http"}, "store": installs.POSTGRESQL, **installs.TOLD}}
    over["image"] = {"repository": "registry.corp.example/imagepull"}
    over["targets"] = {"staging": {"secret": "imagepull-staging"}}
    wanted = charts.objects(charts.rendered(installs.CHART, over))
    left_out = ("Namespace", "ConfigMap", "Deployment")
    ours, theirs = installs.comparable(found), installs.comparable(wanted)
    dashboard = ("ConfigMap", "imagepull", "imagepull-dashboard")
    assert ours[dashboard] == theirs[dashboard]
    assert {key for key in ours if key[0] != "Namespace"} == {key for key in theirs if key[0] != "Namespace"}
    assert {key: each for key, each in ours.items() if key[0] not in left_out} == {
        key: each for key, each in theirs.items() if key[0] not in left_out
    }
    (one, other) = (installs.pod_of(list(each.values()))["spec"] for each in (ours, theirs))
    paths = [{each["mountPath"] for each in pod["containers"][0]["volumeMounts"]} for pod in (one, other)]
    assert paths[0] == paths[1]
    for key in ("image", "lifecycle"):
        assert one["containers"][0][key] == other["containers"][0][key]


# Kinds whose plural is another than their name with an s.
_PLURALS = {"NetworkPolicy": "networkpolicies", "ValidatingAdmissionPolicy": "validatingadmissionpolicies"}
_OF_THE_CLUSTER = (
    "Namespace",
    "ClusterRole",
    "ClusterRoleBinding",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
)


@only_where(os.environ.get(REAL))
async def test_api_server_takes_every_object(tmp_path: Path) -> None:
    """A server-side dry run with strict field validation, as `kubectl apply --server-side --dry-run=server` does it.

    The bot's pod is sent to a namespace that is held to restricted pods, where the server's own rules are asked.
    """
    async with opened(tmp_path) as cluster:
        for each in (*installs.PLAIN, *installs.RENDERED["everything"]):
            status, answer = await _dry_run(cluster, each)
            is_foreign = each["kind"] in ("ServiceMonitor", "PrometheusRule") and status == 404
            assert is_foreign or status in (200, 201), (each["kind"], each["metadata"]["name"], answer)
        labels = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
        place = f"/api/v1/namespaces/{cluster.namespace}"
        status, answer = await cluster.ask("PATCH", place, labels, "application/merge-patch+json")
        assert status == 200, answer
        account = installs.of("ServiceAccount", installs.BASE)[0]
        made = {**account, "metadata": {"name": account["metadata"]["name"]}}
        status, answer = await cluster.ask("POST", f"{place}/serviceaccounts", made)
        assert status == 201, answer
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "bot"},
            "spec": installs.pod_of(installs.BASE)["spec"],
        }
        status, answer = await cluster.ask("POST", f"{place}/pods?dryRun=All&fieldValidation=Strict", pod)
        assert status == 201, answer


async def _dry_run(cluster: Cluster, item: installs.Object) -> tuple[int, Any]:
    group, _, version = item["apiVersion"].rpartition("/")
    root = f"/apis/{group}/{version}" if group else f"/api/{version}"
    metadata = dict(item["metadata"])
    if item["kind"] not in _OF_THE_CLUSTER:
        # The namespaces of the manifests are not there in a dry run.
        metadata["namespace"] = cluster.namespace
        root += f"/namespaces/{cluster.namespace}"
    plural = _PLURALS.get(item["kind"], f"{item['kind'].lower()}s")
    asked = "dryRun=All&fieldValidation=Strict&fieldManager=imagepull-test&force=true"
    path = f"{root}/{plural}/{metadata['name']}?{asked}"
    return await cluster.ask("PATCH", path, {**item, "metadata": metadata}, "application/apply-patch+yaml")
