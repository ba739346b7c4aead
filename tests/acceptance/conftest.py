"""A browser for the tests of the page, started once, and a folder for what it looked like."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes import browser
from tests.required import missing


# Where pictures are kept beyond the tests.
_PICTURES = "TESTS_SCREENSHOTS"


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running Chromium; skips, or fails where it is required, if it is not installed."""
    program = browser.binary() or missing("chromium")
    with browser.running(program, tmp_path_factory.mktemp("chromium")) as address:
        yield address


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where screenshots are written."""
    return Path(os.environ.get(_PICTURES) or tmp_path)
