"""Whatever happens ends as an exit code and at most two lines."""

import errno

import pytest

from bot.cli import main


def _err(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


def test_main_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing typed shows what can be asked."""
    assert main.run([]) == 0
    assert "why" in capsys.readouterr().out


def test_main_tells_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    """The version is one line."""
    assert main.run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("imagepull ")


@pytest.mark.parametrize(
    ("words", "line", "hint"),
    [
        (["swep"], "imagepull: No such command 'swep'", "hint: did you mean 'sweep'?"),
        (["why", "--form=x"], "imagepull: No such option: --form", "hint: did you mean --from?"),
        (
            ["why", "--zzzz"],
            "imagepull: No such option: --zzzz",
            "hint: `imagepull why --help` shows what can be asked",
        ),
        (["why", "a/b/c"], "imagepull: 'a/b/c' has too many parts", "hint: write KIND/NAME"),
        (["dump"], "imagepull: Missing argument 'DIR'", "hint: `imagepull dump --help`"),
    ],
)
def test_main_makes_usage_two_lines(
    words: list[str],
    line: str,
    hint: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is off, then what would do."""
    monkeypatch.setenv("KUBECONFIG", "/nonexistent")
    monkeypatch.setenv("HOME", "/nonexistent")
    assert main.run(words) == 2
    first, second = _err(capsys)
    assert first.startswith(line)
    assert second.startswith(hint)


@pytest.mark.attack(31, "error of the program")
def test_main_keeps_an_internal_errors_text_to_itself(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The text of an unexpected error may hold a secret: only its kind and place are told, unless asked for."""
    monkeypatch.delenv("IMAGEPULL_DEBUG", raising=False)
    assert main._internal(ValueError("canary")) == 5
    first, second = _err(capsys)
    assert first == "imagepull: internal error: ValueError"
    assert "IMAGEPULL_DEBUG=1" in second


def test_main_shows_the_traceback_when_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With IMAGEPULL_DEBUG=1 the developer gets everything."""
    monkeypatch.setenv("IMAGEPULL_DEBUG", "1")
    assert main._internal(ValueError("canary")) == 5
    assert "ValueError: canary" in capsys.readouterr().err


def test_main_makes_foreign_text_harmless(capsys: pytest.CaptureFixture[str]) -> None:
    """An escape in an argument is spelled out, and a long one is cut."""
    assert main.run(["why", "--from", "x\x1b[31m\n" + "y" * 5000]) in (2, 4)
    out = capsys.readouterr().err
    assert "\x1b" not in out
    assert len(out) < 3000


@pytest.mark.parametrize(
    ("path", "program"),
    [
        ("/usr/bin/imagepull", "imagepull"),
        ("/x/kubectl-imagepull", "kubectl imagepull"),
        ("__main__.py", "imagepull"),
    ],
)
def test_main_calls_itself_as_it_was_called(path: str, program: str) -> None:
    """Hints are copied, so they name the command that works."""
    assert main._program(path) == program


def test_main_tells_a_full_disk_from_a_fault_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    """Where stdout leads is not a bug to report, and other errors are not taken for it."""
    assert main._unwritten(OSError(errno.ENOENT, "canary")) == 0
    assert main._unwritten(ValueError("canary")) == 0
    assert _err(capsys) == []
