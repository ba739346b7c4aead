"""`dump` writes what `--from` reads, and says what is not in it."""

import json
from pathlib import Path

import pytest

from bot.cli import dump
from bot.cli.asking import Asked
from bot.demo import story
from bot.errors import UsageError
from tests.fakes import objects


def test_dump_of_a_dump_is_safe_to_pass_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Live values are reduced to structure on the way."""
    secret = objects.named("Secret", "regcred", type="Opaque", data={"password": "Y2FuYXJ5"})
    (tmp_path / "theirs.json").write_text(json.dumps({"kind": "List", "items": [secret, objects.pod()]}))
    assert dump.run(Asked(source=tmp_path / "theirs.json"), tmp_path / "safe") == 0
    written = "".join(path.read_text() for path in (tmp_path / "safe").glob("*.json"))
    assert "regcred" in written
    assert "Y2FuYXJ5" not in written
    captured = capsys.readouterr()
    assert "imagepull sweep --from" in captured.out
    assert "not in it: " in captured.err


def test_dump_keeps_to_its_namespaces(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only what was asked for is written."""
    assert dump.run(Asked(source=story.RECORDINGS, namespaces=("shop",)), tmp_path / "part") == 0
    pods = json.loads((tmp_path / "part" / "pods.json").read_text())["items"]
    assert {each["metadata"]["namespace"] for each in pods} == {"shop"}
    assert capsys.readouterr().out


def test_dump_leaves_other_files_alone(tmp_path: Path) -> None:
    """A folder that holds something else is refused."""
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(UsageError):
        dump.run(Asked(source=story.RECORDINGS, everywhere=True), tmp_path)
