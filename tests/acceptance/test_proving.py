"""Proof as people use it: `why --prove` of a live cluster and a real registry, and the transcript at another desk."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.test_asking_registries import PASSWORD, USER, Stage
from tests.acceptance.test_asking_registries import stage as stage  # noqa: PLC0414  # a fixture of both


IMAGEPULL = Path(sys.executable).with_name("imagepull")


def _elsewhere(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A call from an empty home: neither a kubeconfig nor settings nor a network is needed."""
    folder.mkdir(exist_ok=True)
    home = {"HOME": str(folder), "PATH": os.environ["PATH"], "PYTHONWARNINGS": "error"}
    return subprocess.run(
        [IMAGEPULL, *words], cwd=folder, env=home, check=False, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("level", ["anonymous", "credentials"])
async def test_a_proof_of_a_live_cluster_answers_the_same_elsewhere(stage: Stage, level: str) -> None:
    """The same report, to the last word, without a way to either server; and no credential in the transcript."""
    asked = ("why", "web-1", "-n", "shop", "--probe", level, "--allow-registry", stage.at)
    told = json.loads((await stage.call(*asked, "-o", "json"))[0])
    out, err = await stage.call(*asked, "--prove")
    transcript = json.loads(out)
    assert transcript["schema"] == "imagepull-transcript/v1"
    assert transcript["asked"]["targets"] == ["web-1"]
    identities = {each["identity"] for each in transcript["registry"]["exchanges"]}
    assert identities == {"anonymous"} | ({"secret:shop/regcred"} if level == "credentials" else set())
    for secret in (USER, PASSWORD):
        assert secret not in out + err
    refused = _elsewhere(stage.home / "elsewhere", "why", "web-1", "-n", "shop")
    assert refused.returncode == 4
    place = stage.home / "t.json"
    place.write_text(out)
    again = _elsewhere(stage.home / "elsewhere", "why", "--from", str(place), "-o", "json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["failures"] == told["failures"]
    assert json.loads(again.stdout)["unchecked"] == told["unchecked"]
    words = _elsewhere(stage.home / "elsewhere", "why", "--from", str(place))
    assert words.stdout == err
