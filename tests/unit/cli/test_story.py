"""The story is told to its end."""

import pytest

from bot.cli import story as telling
from bot.demo import story


def test_story_tells_every_step(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command is shown before its answer; at the end stands where to look on."""
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    assert telling.run() == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    for step in story.steps():
        assert f"$ {step.line}\n" in captured.out
    assert captured.out.splitlines()[-1] == "Your own cluster: imagepull sweep"


def test_story_is_coloured_where_that_is_wanted(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands stand out on a terminal."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert telling.run() == 0
    assert "\x1b[1;36m$ imagepull sweep\x1b[0m" in capsys.readouterr().out
