"""What deploy/ installs: each object is valid, restricted, whole in its references, and the same by kustomize and by Helm."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bot import settings
from deploy import generate, objects
from tests import charts, clients
from tests.clusters import REAL, Cluster, opened


ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
CHART = DEPLOY / "helm" / "imagepull"
MANIFESTS = DEPLOY / "manifests"
Object = dict[str, Any]

_POSTGRESQL: Object = {
    "url": "postgresql+asyncpg://imagepull@db.corp.example/imagepull",
    "password_file": "/run/secrets/imagepull/store/password",
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
            "cordon": True,
        },
        "cluster": {"name": "prod-eu", "settings": {"interval": "90s", "vantage": "inside"}},
        "targets": {
            "staging": {"secret": "imagepull-staging", "writer": True, "settings": {"interval": "2m"}},
            "1": {"secret": "imagepull-other"},
        },
        "settings": {
            "slack": {"mode": "http"},
            "store": _POSTGRESQL,
            "routes": [{"channel": "#image-pulls"}],
            "registries": {"docker.io": {"probe": "anonymous"}},
        },
        "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "tolerations": [{"key": "a", "operator": "Exists"}],
        "priorityClassName": "high",
        "extraVolumes": [{"name": "ca", "configMap": {"name": "corp-ca"}}],
        "extraVolumeMounts": [{"name": "ca", "mountPath": "/etc/ssl/corp", "readOnly": True}],
    },
    "no fence of the network": {"networkPolicy": {"enabled": False}, "storage": {"className": "fast"}},
}
# Secrets and ConfigMaps that an operator makes, and that the values name.
_GIVEN = {"imagepull-slack", "imagepull-store", "imagepull-staging", "imagepull-other", "imagepull-targets"}


def _read(path: Path) -> list[Object]:
    return [each for each in yaml.safe_load_all(path.read_text(encoding="utf-8")) if each]


def _resources(folder: Path) -> list[Object]:
    """The objects of a kustomization and those that it builds on."""
    (told,) = _read(folder / "kustomization.yaml")
    found = []
    for name in told.get("resources", ()):
        path = folder / name
        found += _resources(path) if path.is_dir() else _read(path)
    return found


def _every_plain() -> Iterator[Object]:
    for path in sorted(MANIFESTS.rglob("*.yaml")):
        if path.name != "kustomization.yaml":
            yield from _read(path)


PLAIN = list(_every_plain())
BASE = _resources(MANIFESTS)
RENDERED = {name: charts.objects(charts.rendered(CHART, over)) for name, over in WANTED.items()}
SETS: Mapping[str, list[Object]] = {"plain": BASE, **RENDERED}


def _of(kind: str, found: list[Object]) -> list[Object]:
    return [each for each in found if each["kind"] == kind]


def _named(kind: str, found: list[Object]) -> set[str]:
    return {each["metadata"]["name"] for each in _of(kind, found)}


def _pod(found: list[Object]) -> Object:
    (deployment,) = _of("Deployment", found)
    pod: Object = deployment["spec"]["template"]
    return pod


def test_generated_files_are_fresh() -> None:
    """What lies there is what `make docs` writes, and nothing besides."""
    made = generate.files()
    there = {
        path.relative_to(DEPLOY).as_posix(): path.read_text(encoding="utf-8")
        for top in ("manifests", "helm", "example")
        for path in (DEPLOY / top).rglob("*")
        if path.is_file()
    }
    assert there.keys() == made.keys()
    assert [name for name in made if there[name] != made[name]] == []


def test_kustomizations_list_every_file() -> None:
    """No manifest lies beside a kustomization that does not name it, and none is named that is not there."""
    for file in DEPLOY.rglob("kustomization.yaml"):
        (told,) = _read(file)
        named = set(told.get("resources", ())) | {
            name for each in told.get("configMapGenerator", ()) for name in each["files"]
        }
        beside = {each.name for each in file.parent.glob("*.yaml")} - {"kustomization.yaml"}
        assert beside <= named, file
        for name in (*named, *told.get("components", ())):
            assert (file.parent / name).exists(), (file, name)


@pytest.mark.parametrize("name", ["plain files", *WANTED])
def test_objects_are_what_the_official_client_knows(name: str) -> None:
    """No unknown field, no wrong type and nothing missing; a ServiceMonitor is none of the API server's own."""
    found = PLAIN if name == "plain files" else RENDERED[name]
    assert found
    told = [fault for each in found if each["kind"] != "ServiceMonitor" for fault in clients.faults(each)]
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
    made = json.loads(json.dumps(_of("Deployment", BASE)[0]))
    change(made["spec"]["template"]["spec"])
    assert len(clients.faults(made)) == 1


@pytest.mark.parametrize("name", SETS)
def test_pods_are_restricted(name: str) -> None:
    """By the rules of the Pod Security Standard `restricted`, and tighter: a read-only root, a number that is not root's."""
    pod = _pod(SETS[name])["spec"]
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
    (namespace,) = _of("Namespace", BASE)
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert f"USER {_pod(BASE)['spec']['securityContext']['runAsUser']}:" in (ROOT / "Dockerfile").read_text()


def test_nothing_secret_is_in_plain() -> None:
    """No Secret has content, no variable a value, and nothing looks like a token."""
    for each in (*PLAIN, *(item for found in RENDERED.values() for item in found)):
        if each["kind"] == "Secret":
            assert each["type"] == "kubernetes.io/service-account-token"
            assert not {"data", "stringData"} & set(each)
        if each["kind"] == "Deployment":
            assert all("env" not in container for container in each["spec"]["template"]["spec"]["containers"])
        assert not re.search(r"xox[abp]-|xapp-|password: |://[^/@\s]+:[^/@\s]+@", json.dumps(each))


@pytest.mark.parametrize("name", SETS)
def test_references_resolve(name: str) -> None:
    """Volumes, accounts, claims, ports, roles and Secrets: what is named is there, or is what the operator makes."""
    found = SETS[name]
    pod = _pod(found)["spec"]
    (container,) = pod["containers"]
    assert pod["serviceAccountName"] in _named("ServiceAccount", found)
    volumes = [each["name"] for each in pod["volumes"]]
    assert sorted(volumes) == sorted(each["name"] for each in container["volumeMounts"])
    assert len(volumes) == len(set(volumes))
    for volume in pod["volumes"]:
        _resolve(volume, found)
    ports = {each["name"] for each in container["ports"]}
    for service in _of("Service", found):
        assert {each["targetPort"] for each in service["spec"]["ports"]} <= ports
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert container[probe]["httpGet"]["port"] in ports
    for policy in _of("NetworkPolicy", found):
        rules = [rule for each in policy["spec"]["ingress"] for rule in each["ports"]]
        assert {each["port"] for each in rules} <= ports
    for kind in ("Role", "ClusterRole"):
        places = {(each["metadata"]["name"], each["metadata"].get("namespace")) for each in _of(kind, found)}
        for binding in _of(f"{kind}Binding", found):
            assert (binding["roleRef"]["name"], binding["metadata"].get("namespace")) in places
            assert {each["name"] for each in binding["subjects"]} <= _named("ServiceAccount", found)


def _resolve(volume: Object, found: list[Object]) -> None:
    secrets = _GIVEN | _named("Secret", found)
    if "secret" in volume:
        assert volume["secret"]["secretName"] in secrets
        assert volume["secret"]["defaultMode"] == 0o440
    if "projected" in volume:
        assert {each["secret"]["name"] for each in volume["projected"]["sources"]} <= secrets
    if "configMap" in volume:
        assert volume["configMap"]["name"] in _named("ConfigMap", found) | {"corp-ca"}
    if "persistentVolumeClaim" in volume:
        assert volume["persistentVolumeClaim"]["claimName"] in _named("PersistentVolumeClaim", found)


@pytest.mark.parametrize("name", SETS)
def test_selectors_match_the_bot(name: str) -> None:
    """Every selector finds the bot's pods, and the ServiceMonitor its Service."""
    found = SETS[name]
    pod = _pod(found)
    labels = pod["metadata"]["labels"].items()
    selectors = [each["spec"]["selector"] for each in _of("Service", found)]
    kept = (*_of("Deployment", found), *_of("PodDisruptionBudget", found))
    selectors += [each["spec"]["selector"]["matchLabels"] for each in kept]
    selectors += [each["spec"]["podSelector"]["matchLabels"] for each in _of("NetworkPolicy", found)]
    selectors += [each["labelSelector"]["matchLabels"] for each in pod["spec"]["topologySpreadConstraints"]]
    assert all(selector.items() <= labels for selector in selectors)
    for monitor in _of("ServiceMonitor", found):
        wanted = monitor["spec"]["selector"]["matchLabels"].items()
        services = [each for each in _of("Service", found) if wanted <= each["metadata"]["labels"].items()]
        ports = {port["name"] for each in services for port in each["spec"]["ports"]}
        assert {each["port"] for each in monitor["spec"]["endpoints"]} <= ports


@pytest.mark.parametrize("name", SETS)
def test_settings_shipped_can_be_used(name: str, tmp_path: Path) -> None:
    """The bot takes the file up, and every file that it names is in a volume."""
    (held,) = _of("ConfigMap", SETS[name])
    file = tmp_path / "imagepull.yaml"
    file.write_text(held["data"]["imagepull.yaml"], encoding="utf-8")
    known = settings.load(file, {})
    assert known.clusters
    mounts = [each["mountPath"] for each in _pod(SETS[name])["spec"]["containers"][0]["volumeMounts"]]
    named = re.findall(r"(?:file|kubeconfig): (/\S+)|sqlite:///(/\S+)", held["data"]["imagepull.yaml"])
    assert named
    for path in (one or other for one, other in named):
        assert any(path.startswith(f"{mount}/") for mount in mounts), path
    ports = {each["containerPort"] for each in _pod(SETS[name])["spec"]["containers"][0]["ports"]}
    assert int(known.operations.listen.rpartition(":")[2]) in ports
    if known.slack.mode == "http":
        assert int(known.slack.listen.rpartition(":")[2]) in ports


def test_example_can_be_used(tmp_path: Path) -> None:
    """Its settings are whole, and every component that it offers is there."""
    shutil.copy(DEPLOY / "example" / "imagepull.yaml", tmp_path)
    assert settings.load(tmp_path / "imagepull.yaml", {}).routes
    text = (DEPLOY / "example" / "kustomization.yaml").read_text(encoding="utf-8")
    offered = set(re.findall(r"manifests/components/([a-z-]+)", text))
    assert offered == {each.name for each in (MANIFESTS / "components").iterdir()}


def _without_helms(item: Object) -> Object:
    """A copy without what is there for Helm alone."""
    made: Object = json.loads(json.dumps(item).replace(', "app.kubernetes.io/managed-by": "Helm"', ""))
    if made["metadata"].get("annotations") == {"helm.sh/resource-policy": "keep"}:
        del made["metadata"]["annotations"]
    return made


def _comparable(found: list[Object]) -> dict[tuple[str, str, str], Object]:
    made = {}
    for each in map(_without_helms, found):
        key = (each["kind"], each["metadata"].get("namespace", ""), each["metadata"]["name"])
        assert key not in made
        if each["kind"] == "ConfigMap":
            each["data"] = {name: yaml.safe_load(text) for name, text in each["data"].items()}
        made[key] = each
    return made


def test_chart_and_manifests_are_the_same() -> None:
    """By default they differ in the Namespace alone, which `helm install --create-namespace` makes."""
    plain = _comparable(BASE)
    assert plain.pop(("Namespace", "", "imagepull"))
    assert _comparable(RENDERED["nothing"]) == plain


@pytest.mark.parametrize("right", generate.RIGHTS)
def test_each_right_is_chosen_by_one_value(right: str) -> None:
    """It brings what its file in deploy/rbac says, there where it is wanted, and without it nothing of that is there."""
    file, value, by_namespace = generate.RIGHTS[right]
    source = [each for each in _read(DEPLOY / "rbac" / file) if each["apiVersion"].startswith("rbac.")]
    assert _resources(MANIFESTS / "rights" / right) == source
    none = {name: [] if isinstance(held, list) else False for name, held in objects.VALUES["rights"].items()}
    bare = charts.objects(charts.rendered(CHART, {"rights": none}))
    assert not [each for each in bare if each["apiVersion"].startswith("rbac.")]
    chosen = {**none, value: ["shop", "pay"] if by_namespace else True}
    found = charts.objects(charts.rendered(CHART, {"rights": chosen}))
    granted = [each for each in found if each["apiVersion"].startswith("rbac.")]
    wanted = [
        {**each, "metadata": {**each["metadata"], **place}}
        for place in ([{"namespace": "shop"}, {"namespace": "pay"}] if by_namespace else [{}])
        for each in source
    ]
    assert granted == wanted


@pytest.mark.parametrize("namespace", ["imagepull", "ops", "123"])
def test_writer_comes_with_its_fence(namespace: str) -> None:
    """Any right of tier 3 brings the account, its token's Secret and every policy, for the account that it really is."""
    for chosen in ({"repair": ["shop"]}, {"copy": ["shop"]}, {"cordon": True}):
        found = charts.objects(charts.rendered(CHART, {"rights": chosen}, namespace))
        assert "imagepull-writer" in _named("ServiceAccount", found)
        assert "imagepull-writer-token" in _named("Secret", found)
        text = (DEPLOY / "rbac" / "tier-3-fence.yaml").read_text(encoding="utf-8")
        ours = text.replace("serviceaccount:imagepull:", f"serviceaccount:{namespace}:")
        fence = [each for each in found if each["apiVersion"].startswith("admissionregistration")]
        assert fence == [each for each in yaml.safe_load_all(ours) if each]
    quiet = charts.objects(charts.rendered(CHART, {}))
    assert not [each for each in quiet if "writer" in each["metadata"]["name"]]
    subjects = [subject for each in found for subject in each.get("subjects", ())]
    assert {each["namespace"] for each in subjects} == {namespace}


@pytest.mark.parametrize(
    ("over", "why"),
    [
        ({"replicas": 2}, "postgresql"),
        ({"cluster": {"name": ""}}, "no cluster"),
        (
            {"cluster": {"name": ""}, "targets": {"a": {"secret": "a"}}, "rights": {"cordon": True}},
            "cluster.name",
        ),
        ({"rights": {"prove": ["imagepull"]}}, "rights.prove:"),
        ({"rights": {"proveAll": ["imagepull"]}}, "rights.proveAll:"),
        ({"rights": {"repair": ["imagepull"]}}, "rights.repair:"),
        ({"rights": {"copy": ["imagepull"]}}, "rights.copy:"),
    ],
)
def test_chart_refuses_what_cannot_work(over: Object, why: str) -> None:
    """Several replicas on one file, nothing to look at, rights to the bot's own namespace: one sentence each."""
    with pytest.raises(charts.Refused, match=re.escape(why)):
        charts.rendered(CHART, over)


@pytest.mark.parametrize("name", WANTED)
def test_notes_tell_the_next_step(name: str) -> None:
    """The Secret that is awaited, by its name and the keys that the mode needs; and what is not chosen."""
    notes = charts.rendered(CHART, WANTED[name])["NOTES.txt"]
    assert "create secret generic imagepull-slack" in notes
    assert ("signing-secret" in notes) == (name == "everything")
    assert ("imagepull-store" in notes) == (name == "everything")
    assert ("It changes nothing" in notes) == (name != "everything")
    assert "{{" not in notes
    assert "\n\n\n" not in notes


SCHEMA = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", WANTED)
def test_schema_takes_what_can_be_given(name: str) -> None:
    """Helm looks at the values laid over the chart's own."""
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    jsonschema.Draft7Validator(SCHEMA).validate(charts.merged(charts.values_of(CHART), WANTED[name]))


@pytest.mark.parametrize(
    "over",
    [
        {"replica": 2},
        {"replicas": "2"},
        {"rights": {"prove": "shop"}},
        {"rights": {"admin": True}},
        {"settings": {"clusters": {}}},
        {"settings": {"slack": {"bot_token": "x"}}},
        {"settings": {"store": {"keep_it": "1d"}}},
        {"targets": {"staging": {}}},
        {"targets": {"../x": {"secret": "x"}}},
        {"cluster": {"name": "a: b"}},
        {"image": {"tag": "a b"}},
        {"secrets": {"slack": "X"}},
    ],
)
def test_schema_refuses_what_is_misspelled(over: Object) -> None:
    """At `helm install`, and not at the start of the pod."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(SCHEMA).validate(charts.merged(charts.values_of(CHART), over))


def test_values_documented_can_be_given() -> None:
    """Each example of the page by itself, and all of them together."""
    page = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    examples = [yaml.safe_load(each) for each in re.findall(r"```yaml\n(.+?)```", page, re.DOTALL)]
    assert len(examples) == 3
    together: Object = {}
    for each in examples:
        together = charts.merged(together, each)
        jsonschema.Draft7Validator(SCHEMA).validate(charts.merged(charts.values_of(CHART), each))
        assert charts.rendered(CHART, each)
    assert len(_named("ConfigMap", charts.objects(charts.rendered(CHART, together)))) == 1


def test_values_are_told_one_by_one() -> None:
    """The page holds the values that the objects are made with."""
    assert charts.values_of(CHART) == json.loads(json.dumps(objects.VALUES))


@pytest.mark.parametrize("name", WANTED)
def test_helm_renders_the_same(name: str, tmp_path: Path) -> None:
    """Where there is a Helm, it finds nothing to complain of, and writes what we say it does."""
    helm = shutil.which("helm")
    if helm is None:
        pytest.skip("there is no helm binary: the chart is rendered by tests/charts.py alone")
    file = tmp_path / "values.yaml"
    file.write_text(yaml.safe_dump(WANTED[name]), encoding="utf-8")
    call = ["-f", str(file), "--namespace", "imagepull"]
    subprocess.run([helm, "lint", "--strict", str(CHART), *call], check=True, capture_output=True)
    words = [helm, "template", "imagepull", str(CHART), *call]
    told = subprocess.run(words, check=True, capture_output=True, text=True)
    theirs = [each for each in yaml.safe_load_all(told.stdout) if each]
    assert _comparable(theirs) == _comparable(RENDERED[name])


def _built(folder: Path) -> list[Object]:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("there is no kubectl: kustomizations are read by the tests alone, and not built")
    told = subprocess.run([kubectl, "kustomize", str(folder)], check=True, capture_output=True, text=True)
    return [each for each in yaml.safe_load_all(told.stdout) if each]


def test_kustomize_builds_the_base() -> None:
    """Where there is a kubectl, it builds what the files say."""
    assert _comparable(_built(MANIFESTS)) == _comparable(BASE)


def test_kustomize_builds_every_choice(tmp_path: Path) -> None:
    """The example with each component and right that it offers: valid, whole, and what the chart makes of the same wishes."""
    for name in ("manifests", "example"):
        shutil.copytree(DEPLOY / name, tmp_path / name)
    for file in (tmp_path / "example").rglob("kustomization.yaml"):
        text = file.read_text(encoding="utf-8").replace("components: []", "components:")
        file.write_text(text.replace("  # - ", "  - "), encoding="utf-8")
    found = _built(tmp_path / "example")
    assert [
        fault for each in found if each["kind"] != "ServiceMonitor" for fault in clients.faults(each)
    ] == []
    over = {
        "replicas": 2,
        "rights": {"prove": ["shop"], "repair": ["shop"]},
        "serviceMonitor": {"enabled": True},
    }
    over |= {"settings": {"slack": {"mode": "http"}, "store": _POSTGRESQL}}
    over["image"] = {"repository": "registry.corp.example/imagepull"}
    over["targets"] = {"staging": {"secret": "imagepull-staging"}}
    wanted = charts.objects(charts.rendered(CHART, over))
    left_out = ("Namespace", "ConfigMap", "Deployment")
    ours, theirs = _comparable(found), _comparable(wanted)
    assert {key for key in ours if key[0] != "Namespace"} == theirs.keys()
    assert {key: each for key, each in ours.items() if key[0] not in left_out} == {
        key: each for key, each in theirs.items() if key[0] not in left_out
    }
    (one, other) = (_pod(list(each.values()))["spec"] for each in (ours, theirs))
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


async def test_api_server_takes_every_object(tmp_path: Path) -> None:
    """A server-side dry run with strict field validation, as `kubectl apply --server-side --dry-run=server` does it.

    The bot's pod is sent to a namespace that is held to restricted pods, where the server's own rules are asked.
    """
    if not os.environ.get(REAL):
        pytest.skip(f"no API server is given ({REAL}): objects are held against the client's models alone")
    async with opened(tmp_path) as cluster:
        for each in (*PLAIN, *RENDERED["everything"]):
            status, answer = await _dry_run(cluster, each)
            is_foreign = each["kind"] == "ServiceMonitor" and status == 404
            assert is_foreign or status in (200, 201), (each["kind"], each["metadata"]["name"], answer)
        labels = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
        place = f"/api/v1/namespaces/{cluster.namespace}"
        status, answer = await cluster.ask("PATCH", place, labels, "application/merge-patch+json")
        assert status == 200, answer
        account = _of("ServiceAccount", BASE)[0]
        made = {**account, "metadata": {"name": account["metadata"]["name"]}}
        status, answer = await cluster.ask("POST", f"{place}/serviceaccounts", made)
        assert status == 201, answer
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "bot"}, "spec": _pod(BASE)["spec"]}
        status, answer = await cluster.ask("POST", f"{place}/pods?dryRun=All&fieldValidation=Strict", pod)
        assert status == 201, answer


async def _dry_run(cluster: Cluster, item: Object) -> tuple[int, Any]:
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
