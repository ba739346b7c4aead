"""A browser for the tests of the page, started once, and a folder for what it looked like."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes import browser


# Comma-separated; what stands in it must be there, as it is in CI: without it tests fail and are not skipped.
_REQUIRED = "TESTS_REQUIRE"
# Where pictures are kept beyond the tests.
_PICTURES = "TESTS_SCREENSHOTS"


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running Chromium; skips, or fails where it is required, if it is not installed."""
    program = browser.binary() or _missing()
    with browser.running(program, tmp_path_factory.mktemp("chromium")) as address:
        yield address


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where screenshots are written."""
    return Path(os.environ.get(_PICTURES) or tmp_path)


def _missing() -> str:
    why = "chromium is not installed: apt-get install chromium"
    if "chromium" in os.environ.get(_REQUIRED, "").split(","):
        pytest.fail(f"{why} ({_REQUIRED} demands it)")
    pytest.skip(why)
