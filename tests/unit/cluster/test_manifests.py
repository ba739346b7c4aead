"""Files, folders and stdin as people name them: what is in them, and what is wrong with them."""

import base64
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cluster import manifests
from bot.facts.objects import ServiceAccount
from bot.facts.precheck import Manifests


CANARY = "canary-4711"
AUTHS = {"auths": {"registry.example": {"auth": base64.b64encode(f"me:{CANARY}".encode()).decode()}}}


def nothing(_most: int) -> bytes:
    """A stdin with nothing in it."""
    return b""


def given(text: str | bytes) -> Callable[[int], bytes]:
    """A stdin with this in it."""
    return lambda most: (text.encode() if isinstance(text, str) else text)[:most]


def read(text: str | bytes) -> Manifests:
    """What stdin holds."""
    return manifests.read(["-"], "default", given(text))


def workload(
    kind: str = "Deployment", name: str = "web", image: Any = "web:1", **meta: Any
) -> dict[str, Any]:
    """An object with a pod template."""
    pod = {"containers": [{"name": "app", "image": image}]}
    spec: dict[str, Any] = {"template": {"spec": pod}}
    if kind == "Pod":
        spec = pod
    if kind == "CronJob":
        spec = {"jobTemplate": {"spec": spec}}
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, **meta}, "spec": spec}


def secret(value: str | None = None, **changes: Any) -> dict[str, Any]:
    """A pull secret, with its value as a person would write it."""
    text = json.dumps(AUTHS) if value is None else value
    kind = "kubernetes.io/dockerconfigjson"
    return {
        "kind": "Secret",
        "metadata": {"name": "regcred"},
        "type": kind,
        "stringData": {".dockerconfigjson": text},
    } | changes


def images(found: Manifests) -> list[tuple[str, str]]:
    """The workloads with their images."""
    return [(str(each), container.image) for each in found.workloads for container in each.containers]


@pytest.mark.parametrize(
    "kind",
    [
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "ReplicaSet",
        "ReplicationController",
        "Job",
        "CronJob",
        "Pod",
        "Rollout",
    ],
)
def test_every_kind_with_a_pod_template_is_read(kind: str) -> None:
    """Kubernetes' own and those of others alike."""
    found = read(yaml.safe_dump(workload(kind)))
    assert images(found) == [(f"{kind}/web", "web:1")]
    assert not found.problems
    assert not found.skipped


def test_a_pod_template_object_is_read() -> None:
    """Its template does not stand in a spec."""
    template = {"kind": "PodTemplate", "metadata": {"name": "t"}, "template": workload()["spec"]["template"]}
    assert images(read(json.dumps(template))) == [("PodTemplate/t", "web:1")]


@pytest.mark.parametrize(
    "text",
    [
        yaml.safe_dump_all([workload(), workload(name="api", image="api:1")]),
        "# nothing\n---\n---\n" + yaml.safe_dump_all([workload(), None, workload(name="api", image="api:1")]),
        json.dumps({"kind": "List", "items": [workload(), workload(name="api", image="api:1")]}),
        json.dumps([workload(), workload(name="api", image="api:1")]),
        yaml.safe_dump(
            {
                "kind": "List",
                "items": [{"kind": "List", "items": [workload()]}, workload(name="api", image="api:1")],
            }
        ),
        "\ufeff" + json.dumps({"kind": "List", "items": [workload(), workload(name="api", image="api:1")]}),
        json.dumps(workload()) + "\n---\n" + json.dumps(workload(name="api", image="api:1")),
    ],
)
def test_several_objects_in_one_text(text: str) -> None:
    """Documents, Lists, Lists in Lists, bare arrays, a byte order mark."""
    assert images(read(text)) == [("Deployment/web", "web:1"), ("Deployment/api", "api:1")]


def test_items_of_a_typed_list_have_its_kind() -> None:
    """As the API server leaves them."""
    item = {key: value for key, value in workload().items() if key != "kind"}
    assert images(read(json.dumps({"kind": "DeploymentList", "items": [item, None, 1]}))) == [
        ("Deployment/web", "web:1")
    ]


def test_aliases_of_people_are_followed() -> None:
    """Hand-written manifests repeat themselves with anchors."""
    text = (
        "kind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n"
        "  - &base {name: a, image: &image web:1}\n  - {<<: *base, name: b}\n  - {name: c, image: *image}\n"
    )
    assert images(read(text)) == [("Pod/p", "web:1")] * 3


def test_namespaces_and_names() -> None:
    """An object's own namespace, else the given one; a name that the API server makes up is cut open."""
    found = manifests.read(
        ["-"],
        "given",
        given(yaml.safe_dump_all([workload(namespace="own"), workload("Job", None, generateName="run-")])),
    )
    assert [(each.namespace, str(each)) for each in found.workloads] == [
        ("own", "Deployment/web"),
        ("given", "Job/run-…"),
    ]


def test_pull_secrets_and_accounts_stand_in_templates() -> None:
    """Also under the account's old name."""
    new, old = workload(), workload(name="old")
    new["spec"]["template"]["spec"] |= {
        "imagePullSecrets": [{"name": "a"}, {}],
        "serviceAccountName": "builder",
    }
    old["spec"]["template"]["spec"] |= {"serviceAccount": "builder"}
    found = read(yaml.safe_dump_all([new, old]))
    assert [(each.pull_secrets, each.service_account) for each in found.workloads] == [
        (("a",), "builder"),
        ((), "builder"),
    ]


def test_accounts_are_read() -> None:
    """With the pull secrets they give away."""
    text = yaml.safe_dump(
        {"kind": "ServiceAccount", "metadata": {"name": "builder"}, "imagePullSecrets": [{"name": "a"}]}
    )
    assert read(text).accounts == (ServiceAccount("default", "builder", ("a",)),)


def test_secrets_are_reduced_to_structure() -> None:
    """Written plainly or as base64; the value is nowhere in what was read."""
    encoded = {".dockerconfigjson": base64.b64encode(json.dumps(AUTHS).encode()).decode()}
    for each in (secret(), secret(stringData=None, data=encoded)):
        found = read(yaml.safe_dump(each))
        (read_secret,) = found.secrets
        assert (read_secret.namespace, read_secret.name, read_secret.flaw) == ("default", "regcred", "")
        assert [entry.key for entry in read_secret.entries] == ["registry.example"]
        assert CANARY not in repr(found)


def test_secrets_of_other_types_are_seen_as_such() -> None:
    """The kubelet ignores them, and the checks must know."""
    (found,) = read(yaml.safe_dump(secret(type="Opaque"))).secrets
    assert not found.type_right


@pytest.mark.parametrize(
    "written",
    [
        secret("${DOCKER_CONFIG}"),
        secret(stringData=None, data={".dockerconfigjson": "<path:kv/regcred>"}),
        secret(stringData=None),
        secret(stringData=None, data={".dockerconfigjson": "ENC[AES256_GCM,data:x]"}, sops={"mac": "x"}),
        {"kind": "SealedSecret", "metadata": {"name": "regcred"}, "spec": {"encryptedData": {}}},
        {"kind": "ExternalSecret", "metadata": {"name": "x"}, "spec": {"target": {"name": "regcred"}}},
        {
            "kind": "SealedSecret",
            "metadata": {"name": "x"},
            "spec": {"template": {"metadata": {"name": "regcred"}}},
        },
        {
            "kind": "VaultStaticSecret",
            "metadata": {"name": "x"},
            "spec": {"destination": {"name": "regcred"}},
        },
    ],
)
def test_secrets_whose_value_is_made_elsewhere_are_not_known(written: dict[str, Any]) -> None:
    """They will be there; what is in them nobody can say. Neither missing nor broken."""
    found = read(yaml.safe_dump(written))
    assert found.promised["default", "regcred"].what == "secret regcred in default"
    assert not found.secrets
    assert not found.problems


def test_other_kinds_are_told_and_skipped() -> None:
    """Among them, those that speak of images without a template we can read."""
    others = [
        {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "web"}},
        {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "c"}, "data": {"image": "x"}},
        {
            "kind": "Prometheus",
            "apiVersion": "monitoring.coreos.com/v1",
            "metadata": {"name": "p"},
            "spec": {"image": "x"},
        },
        {
            "kind": "Workflow",
            "apiVersion": "argoproj.io/v1",
            "metadata": {"name": "w"},
            "spec": {"templates": [{"container": {"image": "x"}}]},
        },
        {"kind": "Kustomization", "apiVersion": "kustomize.config.k8s.io/v1beta1", "images": [{"name": "x"}]},
        {
            "kind": "Application",
            "apiVersion": "argoproj.io/v1alpha1",
            "metadata": {"name": "a"},
            "spec": {"template": {"spec": {"source": {}}}},
        },
    ]
    found = read(yaml.safe_dump_all(others))
    assert [(each.kind, each.name, each.names_images) for each in found.skipped] == [
        ("Service", "web", False),
        ("ConfigMap", "c", False),
        ("Prometheus", "p", True),
        ("Workflow", "w", True),
        ("Kustomization", "", False),
        ("Application", "a", False),
    ]
    assert not found.problems


@pytest.mark.parametrize(
    ("text", "why", "hint"),
    [
        (b"", "holds no Kubernetes object", "kind"),
        (b"# only words\n", "holds no Kubernetes object", "kind"),
        (b"replicas: 3\n", "holds no Kubernetes object", "kind"),
        (b"just words", "holds no Kubernetes object", "kind"),
        (b"kind: 7", "holds no Kubernetes object", "kind"),
        (b"a: [", "neither JSON nor YAML (line 2)", "mend it"),
        (b"{{- if .Values.x }}\nkind: Pod\n{{ end }}", "no API object", "helm template"),
        (b"\x00\x01", "NUL", "UTF-8"),
        (b"\xff\xfe\xfd", "neither JSON nor YAML", "mend it"),
        (b"[" * 100_000, "nested too deeply", "mend it"),
        (b'{"a":' * 100_000, "nested too deeply", "mend it"),
        (b"a: *nobody", "alias", "mend it"),
        (b"x" * (manifests.LARGEST + 5), "more than 16 MiB", "split it"),
        (json.dumps(workload(image=7)).encode(), "not of the API's form", "mend it"),
        (json.dumps(workload() | {"metadata": "x"}).encode(), "not of the API's form", "mend it"),
    ],
)
def test_what_cannot_be_read_is_told_in_a_line(text: bytes, why: str, hint: str) -> None:
    """With a hint, and without anything that stands there."""
    (problem,) = read(text).problems
    assert problem.source == "-"
    assert why in problem.why
    assert hint in problem.hint


def test_a_broken_object_leaves_the_others() -> None:
    """Only a text that cannot be taken apart is lost as a whole."""
    found = read(yaml.safe_dump_all([workload(image=7), workload(name="api", image="api:1")]))
    assert images(found) == [("Deployment/api", "api:1")]
    assert [each.why.partition(":")[0] for each in found.problems] == [
        "Deployment/web is not of the API's form"
    ]


def test_files_and_folders(tmp_path: Path) -> None:
    """A folder's own files in the order of their names; those of its folders when asked for; hidden ones never."""
    (tmp_path / "b.yml").write_text(yaml.safe_dump(workload(name="b")))
    (tmp_path / "a.json").write_text(json.dumps(workload(name="a")))
    (tmp_path / "values.yaml").write_text("replicas: 3\n")
    (tmp_path / "notes.txt").write_text("kind: Pod")
    (tmp_path / ".hidden.yaml").write_text("a: [")
    deep = tmp_path / "more" / "deeper"
    deep.mkdir(parents=True)
    (deep / "c.yaml").write_text(yaml.safe_dump(workload(name="c")))
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.yaml").write_text("a: [")
    flat = manifests.read([str(tmp_path)], "default", nothing)
    assert [(each.source, each.name) for each in flat.workloads] == [
        (str(tmp_path / "a.json"), "a"),
        (str(tmp_path / "b.yml"), "b"),
    ]
    assert not flat.problems
    whole = manifests.read([str(tmp_path)], "default", nothing, recursive=True)
    assert [each.name for each in whole.workloads] == ["a", "b", "c"]
    assert manifests.read([str(tmp_path / "notes.txt")], "default", nothing).workloads == ()


def test_a_source_named_twice_is_read_once(tmp_path: Path) -> None:
    """As is stdin, which can be read only once."""
    file = tmp_path / "a.yaml"
    file.write_text(yaml.safe_dump(workload()))
    found = manifests.read(
        [str(file), str(file), "-", "-"], "default", given(yaml.safe_dump(workload(name="x")))
    )
    assert [each.name for each in found.workloads] == ["web", "x"]


def test_sources_that_are_not_there(tmp_path: Path) -> None:
    """Each is told; the others are read."""
    good = tmp_path / "good.yaml"
    good.write_text(yaml.safe_dump(workload()))
    (tmp_path / "empty").mkdir()
    (tmp_path / "utf16.yaml").write_bytes(yaml.safe_dump(workload(name="wide")).encode("utf-16"))
    (tmp_path / "latin.yaml").write_bytes(b"kind: \xe9")
    names = ["missing.yaml", "empty", "good.yaml", "utf16.yaml", "latin.yaml", "nul\0.yaml"]
    sources = [*(str(tmp_path / name) for name in names), "https://example.org/x.yaml"]
    found = manifests.read(sources, "default", nothing)
    assert [each.name for each in found.workloads] == ["web", "wide"]
    told = {Path(each.source).name: (each.why, each.hint) for each in found.problems}
    assert told["missing.yaml"][0] == "cannot be read: No such file or directory"
    assert told["empty"] == ("holds no .yaml, .yml or .json file", "-R reads the folders in it")
    assert told["latin.yaml"][0] == "is not UTF-8"
    assert told["nul\0.yaml"][0] == "cannot be read: is no path"
    assert "nothing is fetched" in told["x.yaml"][0]


def test_too_much_is_not_read(tmp_path: Path) -> None:
    """Neither a huge file nor a folder of thousands."""
    huge = tmp_path / "huge.yaml"
    with huge.open("wb") as file:
        file.truncate(manifests.LARGEST + 1)
    (problem,) = manifests.read([str(huge)], "default", nothing).problems
    assert problem.why == "has more than 16 MiB"
    for number in range(manifests.MOST_FILES):
        (tmp_path / f"{number}.yaml").touch()
    (problem,) = manifests.read([str(tmp_path)], "default", nothing).problems
    assert problem.why == "holds more than 2,000 files"


def test_a_pipe_of_the_shell_is_read(tmp_path: Path) -> None:
    """``-f <(helm template …)`` names one."""
    pipe = tmp_path / "63"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(yaml.safe_dump(workload()),))
    writer.start()
    found = manifests.read([str(pipe)], "default", nothing)
    writer.join()
    assert images(found) == [("Deployment/web", "web:1")]
