"""The image's install steps work and its promises stand, as far as they can be tried without a container engine."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest


ROOT = Path(__file__).parents[1]
LINES = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()


def _of(instruction: str) -> list[str]:
    return [line.split(None, 1)[1] for line in LINES if line.startswith(f"{instruction} ")]


def test_dockerfile_needs_no_shell() -> None:
    """Every command is an argument list, so the image can lose its shell."""
    for line in (*_of("RUN"), *_of("ENTRYPOINT"), *_of("CMD")):
        assert isinstance(json.loads(line), list)


def test_dockerfile_installs_by_hash_alone() -> None:
    """Nothing is installed from an index without the hash that was pinned; our own wheel needs no index."""
    for line in _of("RUN"):
        words = json.loads(line)
        if "install" in words:
            assert "--require-hashes" in words or {"--no-deps", "--no-index"} <= set(words)


def test_dockerfile_ends_as_nobody() -> None:
    """The last user is a number that is not root's, after everything is copied."""
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", _of("USER")[-1])
    last_stage = LINES[max(place for place, line in enumerate(LINES) if line.startswith("FROM ")) :]
    assert not any(line.startswith("RUN ") for line in last_stage)


def test_dockerfile_has_one_base_that_can_be_pinned() -> None:
    """Both stages come from what one argument names, so that one digest pins them; its Python is one that we support."""
    stages = _of("FROM")
    assert [each.split()[0] for each in stages] == ["${BASE}", "${BASE}"]
    (name,) = (each.partition("=")[2] for each in _of("ARG") if each.startswith("BASE="))
    version = re.search(r"python:(\d+)\.(\d+)-slim", name)
    assert version
    assert (int(version[1]), int(version[2])) >= (3, 11)


def test_dockerfile_declares_every_argument_that_it_uses() -> None:
    """An argument that its stage does not declare is empty there, and nobody is told."""
    before: set[str] = set()
    here: set[str] = set()
    has_begun = False
    for line in LINES:
        used = set(re.findall(r"\$\{([A-Z]+)\}", line))
        if line.startswith("FROM "):
            assert used <= before, line
            has_begun, here = True, set()
            continue
        assert used <= here, line
        if line.startswith("ARG "):
            (here if has_begun else before).add(line.split()[1].partition("=")[0])


def test_dockerfile_is_labelled() -> None:
    """A registry's page can say what it is and under which terms."""
    label = " ".join(_of("LABEL"))
    names = (
        "title",
        "description",
        "licenses",
        "version",
        "revision",
        "created",
        "source",
        "base.name",
    )
    for name in names:
        assert f"org.opencontainers.image.{name}=" in label


def test_dockerfile_copies_what_is_there_and_let_in() -> None:
    """Every copied path exists, and .dockerignore lets it through."""
    admitted = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    }
    for line in _of("COPY"):
        if line.startswith("--from"):
            continue
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert source.split("/")[0] in admitted, source


@pytest.mark.parametrize("name", ["run", "build", "dev", "ci"])
def test_requirements_are_pinned_and_name_no_index(name: str) -> None:
    """Each line is a version with hashes; whoever installs uses an index of their own."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    assert "://" not in text
    assert "--index" not in text
    for block in re.split(r"\n(?=[^\s#])", re.sub(r"(?m)^#.*\n", "", text).strip()):
        assert re.match(r"[a-zA-Z0-9_.\[\]-]+==\S+ ", block), block[:60]
        assert "--hash=sha256:" in block


def test_requirements_of_the_image_are_those_of_development() -> None:
    """What is tested is what is shipped: the same versions in both."""

    def pins(name: str) -> set[str]:
        return set(re.findall(r"(?m)^(\S+==\S+)", (ROOT / "requirements" / f"{name}.txt").read_text()))

    assert pins("run") <= pins("dev")
    assert pins("build") <= pins("dev")


def test_wheel_carries_what_it_needs(tmp_path: Path) -> None:
    """The install step of the image gives a tool that finds its playbooks and its demo, away from the checkout."""
    source = tmp_path / "src"
    source.mkdir()
    for name in ("bot", "playbooks", "requirements"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    build = "from setuptools import build_meta; print(build_meta.build_wheel('dist'))"
    subprocess.run([sys.executable, "-c", build], check=True, capture_output=True, cwd=source)
    (wheel,) = (source / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
        packed.extractall(tmp_path / "installed")
    assert not [name for name in names if name.startswith(("tests", "benchmarks", "docs"))]
    shipped = {
        f"bot/_playbooks/{path.relative_to(ROOT / 'playbooks')}"
        for path in (ROOT / "playbooks").rglob("*.yaml")
    }
    assert shipped <= set(names)
    script = "import bot, sys; from bot.cli import main; print(bot.__file__); sys.exit(main.run(['demo', '--story']))"
    ended = subprocess.run(
        [sys.executable, "-c", script],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "installed"), "HOME": str(tmp_path)},
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith(str(tmp_path / "installed"))
    assert "node-dns" in ended.stdout
