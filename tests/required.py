"""What tests need that a developer may lack: named in the reason for a skip, and demanded where ``TESTS_REQUIRE`` says so."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NoReturn, TypeVar

import pytest


Test = TypeVar("Test", bound=Callable[..., object])
# Beyond what Debian has for everybody: tests that need one of these are there where it is, and what is not tried is told.
# Helm also where CI installs it, beside this Python.
HELM: Final = shutil.which("helm") or shutil.which("helm", path=str(Path(sys.executable).parent))
KUBECTL: Final = shutil.which("kubectl")
DOCKER: Final = shutil.which("docker")
REAL: Final = "IMAGEPULL_TEST_KUBECONFIG"
# Comma-separated; what stands in it must be there, as it is in CI: without it tests fail and are not skipped.
VARIABLE = "TESTS_REQUIRE"


def missing(name: str) -> NoReturn:
    """Skip, or fail where it is demanded; the name is Debian's, too."""
    why = f"{name} is not installed: apt-get install {name}"
    if name in os.environ.get(VARIABLE, "").split(","):
        pytest.fail(f"{why} ({VARIABLE} demands it)")
    pytest.skip(why)


def only_where(there: object) -> Callable[[Test], Test | None]:
    """A test that is there only where its tool is; :func:`untried` tells what is not."""
    return lambda test: test if there else None


def untried() -> Iterator[str]:
    """What is not tried on this machine, and what stands in for it."""
    if HELM is None:
        yield "helm template and lint: there is no helm; the chart is rendered by tests/charts.py alone"
    if KUBECTL is None:
        yield "kubectl kustomize: there is no kubectl; kustomizations are read by the tests alone"
    for name, program in (("helm", HELM), ("kubectl", KUBECTL), ("docker", DOCKER)):
        if program is None:
            yield f"documented {name} lines by {name} itself: there is no {name}; tests/tools.yaml judges them alone"
    if not os.environ.get(REAL):
        yield f"a real API server: {REAL} names none; the simulated one stands in for it, and the client's models"
