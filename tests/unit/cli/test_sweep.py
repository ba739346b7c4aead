"""`sweep` on dumps: each incident once, and one that cannot be read does not hide the others."""

import json
from pathlib import Path

import pytest

from bot.cli import sweep
from bot.cli.asking import Asked, Output, Shape
from bot.demo import story
from bot.errors import BotError, ClusterUnreadable, TargetNotFound


def test_sweep_lists_each_incident_once(capsys: pytest.CaptureFixture[str]) -> None:
    """The demo's cluster: nine incidents over thirty pods."""
    assert sweep.run(Asked(source=story.RECORDINGS), Shape(Output.JSON, exit_code=True)) == 1
    read = json.loads(capsys.readouterr().out)
    pods = [pod for each in read["incidents"] for pod in each["pods"]]
    assert len(read["incidents"]) == 9
    assert len(pods) == len(set(pods)) == 30


def test_sweep_keeps_to_its_namespaces(capsys: pytest.CaptureFixture[str]) -> None:
    """Several may be named."""
    asked = Asked(source=story.RECORDINGS, namespaces=("shop", "data"))
    assert sweep.run(asked, Shape(Output.JSON)) == 0
    assert {each["namespace"] for each in json.loads(capsys.readouterr().out)["failures"]} == {"shop", "data"}


def test_sweep_of_a_namespace_that_is_not_there_is_no_good_news() -> None:
    """A typing mistake in a script must not pass for health."""
    with pytest.raises(TargetNotFound, match="no namespace 'sohp'"):
        sweep.run(Asked(source=story.RECORDINGS, namespaces=("sohp",)), Shape())


def test_sweep_of_nothing_readable_is_an_error(tmp_path: Path) -> None:
    """A dump that is not there."""
    with pytest.raises(BotError):
        sweep.run(Asked(source=tmp_path / "none"), Shape())


def test_sweep_tells_the_readable_before_the_unreadable(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two clusters that are both down, both are named, and the code says so."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    config = tmp_path / "settings.yaml"
    config.write_text("clusters: {one: {in_cluster: true}, two: {in_cluster: true}}\n")
    assert sweep.run(Asked(config=config), Shape()) == ClusterUnreadable.exit_code
    err = capsys.readouterr().err
    assert "imagepull: one: " in err
    assert "imagepull: two: " in err
