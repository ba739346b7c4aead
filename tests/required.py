"""What tests need that a developer may lack: named in the reason for a skip, and demanded where ``TESTS_REQUIRE`` says so."""

import os
from typing import NoReturn

import pytest


# Comma-separated; what stands in it must be there, as it is in CI: without it tests fail and are not skipped.
VARIABLE = "TESTS_REQUIRE"


def missing(name: str) -> NoReturn:
    """Skip, or fail where it is demanded; the name is Debian's, too."""
    why = f"{name} is not installed: apt-get install {name}"
    if name in os.environ.get(VARIABLE, "").split(","):
        pytest.fail(f"{why} ({VARIABLE} demands it)")
    pytest.skip(why)
