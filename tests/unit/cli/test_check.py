"""`check` on manifests and a dump: what is printed, and with which exit code it ends."""

import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bot.cli import check, check_output
from bot.cli.asking import Asked, Output, Probe
from bot.cli.check import Plan
from bot.errors import ClusterUnreadable, UsageError
from tests import planned
from tests.planned import CANARY, CLOSED, OPEN


GOOD, PARTLY, MISSING = (f"{OPEN}/shop/web:{tag}" for tag in ("1.4", "1.5", "1.6"))
PRIVATE, UNASKED = f"{CLOSED}/secure/api:1.0", "other.example/x:1"


@pytest.fixture
def dump(tmp_path: Path) -> Asked:
    """The recorded cluster."""
    return Asked(source=Path(planned.dump(tmp_path / "dump")))


def plan(folder: Path, *objects: planned.Object, **changes: Any) -> Plan:
    """One file with these objects."""
    return Plan((planned.written(folder / "web.yaml", *objects),), **changes)


@pytest.mark.parametrize(
    ("image", "code", "strict"),
    [(GOOD, 0, 0), (PARTLY, 0, 0), (MISSING, 1, 1), (PRIVATE, 1, 1), (UNASKED, 0, 1), ("Bad:1", 1, 1)],
)
def test_the_exit_code_tells_a_pipeline(
    dump: Asked, tmp_path: Path, capsys: pytest.CaptureFixture[str], image: str, code: int, strict: int
) -> None:
    """1 for what will not be pulled; what could not be checked counts only when that is asked for."""
    assert check.run(dump, plan(tmp_path, planned.manifest(image)), Output.TEXT) == code
    assert check.run(dump, plan(tmp_path, planned.manifest(image), strict=True), Output.TEXT) == strict
    assert image in capsys.readouterr().out


def test_every_image_is_told_with_its_reason(
    dump: Asked, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Fine, a warning, the end, and what is not known; the count stands last."""
    check.run(dump, plan(tmp_path, planned.manifest(GOOD, PARTLY, MISSING, UNASKED)), Output.TEXT)
    out = capsys.readouterr().out
    assert "✔ fine  " + GOOD in out
    assert "linux/arm64 (c): the image is offered for linux/amd64, not for linux/arm64" in out
    assert "the nearest tag that exists is 1.5" in out
    assert "? not known  " + UNASKED in out
    assert "Not checked" in out
    last = out[out.rindex("\n\n") :]
    assert last.startswith("\n\n4 images of 1 workload: 1 will fail, 1 may fail, 1 not known, 1 fine")


def test_json_follows_its_schema(dump: Asked, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For a program: verdicts, the nearest tag, and what was left out."""
    service = {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "web"}}
    objects = (planned.manifest(GOOD, MISSING, UNASKED, serviceAccountName="puller"), service)
    check.run(dump, plan(tmp_path, *objects), Output.JSON)
    values = json.loads(capsys.readouterr().out)
    jsonschema.validate(values, check_output.schema())
    assert [each["verdict"] for each in values["images"]] == ["ok", "will-fail", "unknown"]
    assert values["images"][1]["nearest"] == PARTLY
    assert values["images"][0]["pull_secrets"] == ["regcred"]
    assert values["counts"] == {"ok": 1, "will-fail": 1, "may-fail": 0, "unknown": 1}
    assert values["skipped"] == [{"file": str(tmp_path / "web.yaml"), "kind": "Service", "name": "web"}]
    assert values["unchecked"][0]["what"]
    assert values["observed_at"] == planned.NOW


def test_a_broken_file_ends_with_2_after_the_others_were_told(
    dump: Asked, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line with a hint for each."""
    (tmp_path / "broken.yaml").write_text("a: [")
    good = planned.written(tmp_path / "good.yaml", planned.manifest(GOOD))
    sources = (str(tmp_path / "broken.yaml"), good, str(tmp_path / "gone.yaml"))
    assert check.run(dump, Plan(sources), Output.TEXT) == 2
    told = capsys.readouterr()
    assert "✔ fine  " + GOOD in told.out
    assert "broken.yaml: is neither JSON nor YAML" in told.err
    assert "gone.yaml: cannot be read: No such file or directory" in told.err
    assert told.err.count("hint: ") == 2
    assert check.run(dump, Plan(sources), Output.JSON) == 2
    assert [Path(each["file"]).name for each in json.loads(capsys.readouterr().out)["problems"]] == [
        "broken.yaml",
        "gone.yaml",
    ]


@pytest.mark.parametrize(
    ("objects", "hint"),
    [
        (
            [{"kind": "Service", "apiVersion": "v1", "metadata": {"name": "web"}}],
            "any kind with a pod template",
        ),
        ([{"kind": "Kustomization", "resources": ["web.yaml"]}], "kustomize build"),
    ],
)
def test_files_without_a_workload_are_no_good_news(
    dump: Asked, tmp_path: Path, objects: list[planned.Object], hint: str
) -> None:
    """A wrong path in a pipeline must not pass for health."""
    with pytest.raises(UsageError, match="there is no workload in") as caught:
        check.run(dump, plan(tmp_path, *objects), Output.TEXT)
    assert hint in caught.value.hint


def test_an_empty_file_is_a_problem(dump: Asked, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Like any other that cannot be used."""
    (tmp_path / "empty.yaml").touch()
    assert check.run(dump, Plan((str(tmp_path / "empty.yaml"),)), Output.TEXT) == 2
    assert "holds no Kubernetes object" in capsys.readouterr().err


def test_stdin_is_read(
    dump: Asked, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a template program writes, piped in."""
    text = yaml.safe_dump(planned.manifest(GOOD)).encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert check.run(dump, Plan(("-",)), Output.TEXT) == 0
    assert GOOD in capsys.readouterr().out


def test_namespaces_come_from_the_manifest_then_from_n(
    dump: Asked, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without either it is ``default``."""
    bare = planned.manifest(GOOD)
    del bare["metadata"]["namespace"]
    named = planned.manifest(GOOD, name="other")
    inside = Asked(source=dump.source, namespaces=("pay",))
    for asked, namespaces in ((dump, ["default", "shop"]), (inside, ["pay", "shop"])):
        check.run(asked, plan(tmp_path, bare, named), Output.JSON)
        found = json.loads(capsys.readouterr().out)["images"]
        assert [each["namespace"] for each in found] == namespaces


def test_without_a_cluster_platforms_can_be_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody is asked here, and nothing is fine or failing for it."""
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "nowhere"))
    asked = Asked(probe=Probe.OFF)
    alone = plan(tmp_path, planned.manifest(GOOD), platforms=("linux/arm64",), cluster=False)
    assert check.run(asked, alone, Output.JSON) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["cluster"] is None
    assert [each["platform"] for each in values["images"][0]["platforms"]] == ["linux/arm64"]
    assert values["images"][0]["verdict"] == "unknown"
    assert {each["why"] for each in values["unchecked"]} == {
        "no cluster was asked",
        "not asked (--probe off)",
    }


def test_a_cluster_that_cannot_be_reached_is_told_and_not_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A missing kubeconfig, or a server that is not there."""
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "nowhere"))
    assert check.run(Asked(probe=Probe.OFF), plan(tmp_path, planned.manifest("Bad:1")), Output.TEXT) == 1
    told = capsys.readouterr()
    assert "the cluster is not asked" in told.err
    assert "will fail  Bad:1" in told.out
    config = {
        "current-context": "x",
        "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
        "clusters": [{"name": "x", "cluster": {"server": "http://127.0.0.1:1"}}],
        "users": [{"name": "x", "user": {}}],
    }
    (tmp_path / "config").write_text(yaml.safe_dump(config))
    here = Asked(probe=Probe.OFF, kubeconfig=tmp_path / "config")
    assert check.run(here, plan(tmp_path, planned.manifest(GOOD)), Output.TEXT) == 0
    assert "the cluster is not asked" in capsys.readouterr().err


def test_a_dump_that_cannot_be_read_is_the_end(tmp_path: Path) -> None:
    """It was named, so it was meant."""
    (tmp_path / "none").mkdir()
    with pytest.raises(ClusterUnreadable):
        check.run(Asked(source=tmp_path / "none"), plan(tmp_path, planned.manifest(GOOD)), Output.TEXT)


@pytest.mark.parametrize(
    ("asked", "changes"),
    [
        (Asked(), {"sources": ()}),
        (Asked(context="prod"), {"cluster": False}),
        (Asked(clusters=("prod",)), {"cluster": False}),
        (Asked(source=Path("dump")), {"cluster": False}),
        (Asked(), {"platforms": ("arm64",)}),
        (Asked(), {"platforms": ("linux/arm64/v8/x",)}),
        (Asked(), {"platforms": ("linux/Ärm",)}),
    ],
)
def test_calls_that_contradict_themselves_are_refused(asked: Asked, changes: dict[str, Any]) -> None:
    """With the way out as a hint."""
    with pytest.raises(UsageError) as caught:
        check.run(asked, Plan(**({"sources": ("web.yaml",)} | changes)), Output.TEXT)
    assert caught.value.hint


def test_secrets_of_files_count_and_nothing_of_them_is_shown(
    dump: Asked, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The one in the cluster may be asked with; a newer one in a file not, and another registry's fits nothing."""
    web = planned.manifest(PRIVATE, imagePullSecrets=[{"name": "regcred"}])
    told = []
    for secret in (
        planned.pull_secret(),
        planned.pull_secret("new"),
        planned.pull_secret(key="else.example"),
    ):
        check.run(dump, plan(tmp_path, web, secret), Output.JSON)
        printed = capsys.readouterr()
        assert CANARY not in printed.out + printed.err
        told.append(json.loads(printed.out)["images"][0])
    assert [each["verdict"] for each in told] == ["ok", "unknown", "will-fail"]
    assert any(
        each["why_unknown"] == "credentials in a file are sent nowhere" for each in told[1]["evidence"]
    )


def test_kinds_that_start_images_in_ways_of_their_own_are_told(
    dump: Asked, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They were not checked, and a strict call says so."""
    prometheus = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "Prometheus",
        "metadata": {"name": "p"},
        "spec": {"image": "x"},
    }
    assert check.run(dump, plan(tmp_path, planned.manifest(GOOD), prometheus), Output.TEXT) == 0
    assert "Prometheus/p: speaks of images" in capsys.readouterr().out
    assert check.run(dump, plan(tmp_path, planned.manifest(GOOD), prometheus, strict=True), Output.TEXT) == 1


def test_a_warning_that_leaves_something_open_fails_a_strict_call(
    dump: Asked, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The registry is retired; whether the image is there was not asked."""
    retired = planned.manifest("k8s.gcr.io/pause:3.9")
    assert check.run(dump, plan(tmp_path, retired), Output.TEXT) == 0
    out = capsys.readouterr().out
    assert "! may fail  k8s.gcr.io/pause:3.9" in out
    assert "Not checked" in out
    assert check.run(dump, plan(tmp_path, retired, strict=True), Output.TEXT) == 1


def test_files_that_cannot_be_read_ask_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither a cluster nor a registry."""
    assert check.run(Asked(), Plan(("gone.yaml",)), Output.TEXT) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("imagepull: gone.yaml: cannot be read")
