"""`init` writes a settings file for this machine, and never over somebody's work."""

from pathlib import Path

import pytest

from bot import settings
from bot.cli import init
from bot.errors import BotError, UsageError


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    """Two contexts, the second one current."""
    path = tmp_path / "config"
    path.write_text(
        "current-context: prod\ncontexts: [{name: dev, context: {}}, {name: prod, context: {}}]\n"
    )
    return path


def test_init_writes_the_contexts(
    tmp_path: Path, kubeconfig: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The current context comes first, and the file is accepted as it is."""
    file = tmp_path / "deep" / "imagepull.yaml"
    assert init.run(file, kubeconfig, force=False) == 0
    assert list(settings.load(file, {}).clusters) == ["prod", "dev"]
    assert "2 clusters" in capsys.readouterr().out


def test_init_never_writes_over_a_file(tmp_path: Path, kubeconfig: Path) -> None:
    """Unless that was asked for."""
    file = tmp_path / "imagepull.yaml"
    file.write_text("# mine\n")
    with pytest.raises(UsageError) as caught:
        init.run(file, kubeconfig, force=False)
    assert "--force" in caught.value.hint
    assert file.read_text() == "# mine\n"
    assert init.run(file, kubeconfig, force=True) == 0
    assert "# mine" not in file.read_text()


def test_init_works_without_a_kubeconfig(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No cluster yet is fine; a broken kubeconfig that nobody named is told and passed over."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    assert init.run(tmp_path / "a.yaml", None, force=False) == 0
    assert "no cluster yet" in capsys.readouterr().out
    (tmp_path / ".kube").mkdir()
    (tmp_path / ".kube" / "config").write_text("[")
    assert init.run(tmp_path / "b.yaml", None, force=False) == 0
    assert capsys.readouterr().err.startswith("imagepull: ")


def test_init_refuses_a_kubeconfig_that_was_named_and_is_off(tmp_path: Path) -> None:
    """What was asked for by name must be right."""
    with pytest.raises(BotError):
        init.run(tmp_path / "a.yaml", tmp_path / "none", force=False)


def test_init_says_when_it_cannot_write(kubeconfig: Path) -> None:
    """A path below a file."""
    with pytest.raises(UsageError, match="cannot be written"):
        init.run(kubeconfig / "imagepull.yaml", kubeconfig, force=False)
