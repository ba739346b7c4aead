"""Progress is for a person who waits: after a second, on a terminal, and gone at the end."""

import io
import time

import pytest

from bot.cli import progress


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_says_nothing_about_what_is_quick() -> None:
    """Within the patience nothing is painted."""
    out = _Terminal()
    with progress.shown("looking", out, {}):
        pass
    assert out.getvalue() == ""


def test_progress_is_painted_and_wiped() -> None:
    """What takes longer is named in one line, which is wiped at the end."""
    out = _Terminal()
    with progress.shown("looking at prod", out, {}, patience=0.01):
        time.sleep(0.1)
    assert "looking at prod" in out.getvalue()
    assert out.getvalue().endswith("\r\x1b[2K")
    assert "\n" not in out.getvalue()


def test_progress_leaves_pipes_and_dumb_terminals_alone() -> None:
    """A log never sees it."""
    for out, environment in ((io.StringIO(), {}), (_Terminal(), {"TERM": "dumb"})):
        with progress.shown("looking", out, environment, patience=0.0):
            time.sleep(0.05)
        assert out.getvalue() == ""


def test_progress_is_wiped_when_something_fails() -> None:
    """An error is told on a clean line."""
    out = _Terminal()

    def fail() -> None:
        with progress.shown("looking", out, {}, patience=0.01):
            time.sleep(0.1)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert out.getvalue().endswith("\r\x1b[2K")
