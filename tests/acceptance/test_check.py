"""`imagepull check` as a pipeline calls it: files in, words and an exit code out; against a recording and a real registry."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bot.cli import check_output
from tests import planned
from tests.acceptance.test_asking_registries import PASSWORD, USER, Stage
from tests.acceptance.test_asking_registries import stage as stage  # noqa: PLC0414  # a fixture of both
from tests.planned import CANARY, OPEN


IMAGEPULL = Path(sys.executable).with_name("imagepull")
GOOD, MISSING = f"{OPEN}/shop/web:1.4", f"{OPEN}/shop/web:1.6"
ELSEWHERE = "canary-elsewhere-5823"


def call(home: Path, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """A call in a home with nothing in it; whatever it was, there is no traceback and no credential."""
    environment = {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "PYTHONWARNINGS": "error",
        "LANG": "C.UTF-8",
    }
    ended = subprocess.run(
        [IMAGEPULL, "check", *words],
        cwd=home,
        env=environment,
        input=stdin,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "Traceback" not in ended.stderr
    assert CANARY not in ended.stdout + ended.stderr
    return ended


def verdicts(ended: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """Image -> verdict, out of JSON that follows its schema."""
    values = json.loads(ended.stdout)
    jsonschema.validate(values, check_output.schema())
    return {each["image"]: each["verdict"] for each in values["images"]}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a dump beside two folders of manifests."""
    planned.dump(tmp_path / "dump")
    (tmp_path / "k8s" / "more").mkdir(parents=True)
    planned.written(tmp_path / "k8s" / "good.yaml", planned.manifest(GOOD))
    planned.written(tmp_path / "k8s" / "more" / "missing.yaml", planned.manifest(MISSING))
    return tmp_path


def test_a_pipeline_stops_at_what_will_not_be_pulled(home: Path) -> None:
    """Folders as kubectl reads them; the files of a shell's pattern too."""
    assert call(home, "--from", "dump", "-f", "k8s").returncode == 0
    failing = call(home, "--from", "dump", "-R", "-f", "k8s")
    assert failing.returncode == 1
    assert "has no 1.6 of shop/web" in failing.stdout
    both = call(home, "--from", "dump", "-f", "k8s/good.yaml", "k8s/more/missing.yaml", "-o", "json")
    assert (both.returncode, verdicts(both)) == (1, {GOOD: "ok", MISSING: "will-fail"})


def test_a_template_program_is_piped_in(home: Path) -> None:
    """And what it failed to write is a usage error."""
    text = yaml.safe_dump(planned.manifest(GOOD))
    assert call(home, "--from", "dump", "-f", "-", stdin=text).returncode == 0
    empty = call(home, "--from", "dump", "-f", "-")
    assert empty.returncode == 2
    assert "holds no Kubernetes object" in empty.stderr
    template = call(home, "--from", "dump", "-f", "-", stdin="{{- if .Values.x }}\nkind: Pod\n")
    assert template.returncode == 2
    assert "helm template" in template.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "nothing to check was named"),
        (("-f", "gone.yaml"), "gone.yaml: cannot be read"),
        (("-f", "service.yaml"), "there is no workload in 'service.yaml'"),
        (("-f", "k8s", "--platform", "arm64"), "'arm64' is not a platform"),
        (("-f", "k8s", "--no-cluster", "--from", "dump"), "--no-cluster"),
        (("-f", "k8s", "--platfrom", "linux/arm64"), "--platfrom"),
        (("-f", "https://example.org/web.yaml"), "nothing is fetched"),
    ],
)
def test_bad_calls_are_one_line_and_a_hint(home: Path, words: tuple[str, ...], told: str) -> None:
    """And end with 2."""
    (home / "service.yaml").write_text("kind: Service\napiVersion: v1\nmetadata: {name: web}\n")
    ended = call(home, *words)
    assert ended.returncode == 2
    assert told in ended.stderr
    assert "hint: " in ended.stderr


def test_hostile_files_end_in_a_line(home: Path) -> None:
    """Bombs, binaries, nests without end, names that would move the cursor."""
    bomb = "a0: &a0 [x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 20)}]\n" for n in range(1, 12)
    )
    (home / "bomb.yaml").write_text(bomb)
    (home / "nest.yaml").write_text("[" * 200_000)
    (home / "binary.yaml").write_bytes(bytes(range(256)))
    odd = planned.manifest("x\x1b]52;c;aGk=\x07", name="\u202ebad")
    planned.written(home / "odd.yaml", odd)
    files = ("bomb.yaml", "nest.yaml", "binary.yaml", "odd.yaml")
    ended = call(home, "--from", "dump", *(word for file in files for word in ("-f", file)))
    assert ended.returncode == 2
    assert not {"\x1b", "\x07", "\u202e"} & set(ended.stdout + ended.stderr)
    for file in files[:3]:
        assert f"imagepull: {file}: " in ended.stderr
    assert "will fail" in ended.stdout


def test_no_cluster_is_told_and_no_reason_to_stop(home: Path) -> None:
    """What the image's name alone tells is told; the rest is called not known."""
    planned.written(home / "bad.yaml", planned.manifest("Bad:1", GOOD))
    ended = call(home, "--probe", "off", "-f", "bad.yaml")
    assert ended.returncode == 1
    assert "the cluster is not asked" in ended.stderr
    assert "? not known  " + GOOD in ended.stdout
    quiet = call(home, "--no-cluster", "--probe", "off", "-f", "k8s")
    assert (quiet.returncode, quiet.stderr) == (0, "")
    assert call(home, "--no-cluster", "--probe", "off", "--strict", "-f", "k8s").returncode == 1


def live(stage: Stage, *tags: str, secret: bool, extra: planned.Object | None = None) -> str:
    """A manifest for the live registry."""
    spec: dict[str, Any] = {"imagePullSecrets": [{"name": "regcred"}]} if secret else {}
    images = [f"{stage.registry.host}/shop/web:{tag}" for tag in tags]
    objects = [planned.manifest(*images, **spec), *([extra] if extra else [])]
    return planned.written(stage.home / "web.yaml", *objects)


async def check(stage: Stage, *words: str, code: int = 0) -> list[dict[str, Any]]:
    """The images of the JSON."""
    allowed = ("--allow-registry", stage.at, "--platform", "linux/amd64", "-o", "json")
    out, _ = await stage.call("check", *words, *allowed, code=code)
    values = json.loads(out)
    jsonschema.validate(values, check_output.schema())
    images: list[dict[str, Any]] = values["images"]
    return images


async def test_a_live_registry_answers_for_the_clusters_own_secret(stage: Stage) -> None:
    """With the very credentials that the kubelet would use: the tag that is there, and the one that is not."""
    file = live(stage, "1.4", "1.5", secret=True)
    found = await check(stage, "-f", file, "--probe", "credentials", code=1)
    assert stage.registry.heard(PASSWORD)
    assert [each["verdict"] for each in found] == ["ok", "will-fail"]
    assert found[1]["nearest"] == f"{stage.registry.host}/shop/web:1.4"


async def test_a_live_registry_refuses_a_workload_without_a_secret(stage: Stage) -> None:
    """Nothing of a credential is sent for it, whatever the namespace holds."""
    found = await check(stage, "-f", live(stage, "1.4", secret=False), "--probe", "credentials", code=1)
    assert found[0]["verdict"] == "will-fail"
    assert "anonymous-pull-works" in found[0]["decisive"]
    assert not stage.registry.heard(PASSWORD)


@pytest.mark.parametrize("cluster", [True, False])
async def test_a_credential_in_a_file_never_leaves_it(stage: Stage, cluster: bool) -> None:
    """Nor does the cluster's older one go out in its name."""
    secret = planned.pull_secret(ELSEWHERE, key=stage.registry.host)
    file = live(stage, "1.4", secret=True, extra=secret)
    alone = () if cluster else ("--no-cluster",)
    found = await check(stage, "-f", file, "--probe", "credentials", *alone)
    assert found[0]["verdict"] == "unknown"
    assert any(
        each["why_unknown"] == "credentials in a file are sent nowhere" for each in found[0]["evidence"]
    )
    assert stage.registry.requests
    for each in (ELSEWHERE, PASSWORD, USER):
        assert not stage.registry.heard(each)
