"""Whatever the streams are like, the answer reaches whoever asked, or a line says why it cannot."""

import errno
import io
import sys

import pytest

from bot.cli import streams
from bot.errors import UsageError


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_streams_say_everything_in_any_encoding(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sign that is missing is spelled, and a tick never becomes a question mark."""
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", out)
    streams.prepare()
    out.write("✔ yes ✘ no ? unknown → … \u4e2d \udcff")
    out.flush()
    raw = out.buffer
    assert isinstance(raw, io.BytesIO)
    told = raw.getvalue().decode(encoding)
    assert told.startswith("✔ yes" if encoding == "utf-8" else "+ yes x no ? unknown -> ... \\u4e2d")
    assert told.endswith("\\udcff")


def test_streams_that_are_closed_are_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing comes from a closed stdin, and nobody is told on a closed stderr."""
    monkeypatch.setattr(sys, "stdin", None)
    monkeypatch.setattr(sys, "stderr", None)
    streams.prepare()
    with sys.stdin, sys.stderr:
        assert sys.stdin.buffer.read() == b""
        sys.stderr.write("to nobody")


def test_streams_need_somewhere_to_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed stdout is told before any work is done."""
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(UsageError, match="stdout is closed"):
        streams.prepare()


def test_streams_spell_nothing_but_what_cannot_be_written() -> None:
    """Bytes that cannot be read are somebody else's fault."""
    with pytest.raises(UnicodeDecodeError):
        streams.spelled(UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no"))


def test_streams_know_what_cannot_be_written() -> None:
    """A full disk is told as such; other faults are not taken for one."""
    assert streams.unwritable(OSError(errno.ENOSPC, "x")) == "No space left on device"
    assert streams.unwritable(OSError(errno.ENOENT, "x")) == ""
