"""A fence is known by what it refuses."""

import json
from pathlib import Path

import pytest

from bot.cluster import fencing
from bot.cluster.client import ApiClient
from bot.cluster.fencing import Fence
from bot.cluster.sending import Reply
from bot.demo.cluster.access import ADMIN
from bot.demo.cluster.store import Store
from bot.wiring.access import Access, login_to
from tests.fakes.faulty_cluster import FaultyCluster, Upset


@pytest.mark.parametrize(
    ("status", "body", "fence"),
    [
        (200, b"{}", Fence.OPEN),
        (201, b"{}", Fence.OPEN),
        (
            422,
            b"ValidatingAdmissionPolicy 'x' denied request: imagepull may not: labels may not change",
            Fence.HOLDS,
        ),
        (403, b'User "x" cannot patch resource "pods"', Fence.NO_RIGHT),
        (403, b"admission webhook denied the request: images must be signed", Fence.NOT_KNOWN),
        (404, b"not found", Fence.NOT_KNOWN),
        (500, None, Fence.NOT_KNOWN),
    ],
)
def test_judged_believes_our_own_policies_alone(status: int, body: bytes | None, fence: Fence) -> None:
    """Somebody else's refusal says nothing of the fence, and is no proof that there is none."""
    assert fencing.judged(Reply(status, body)) is fence


@pytest.mark.parametrize(
    ("status", "spec", "told"),
    [
        (200, {"policyName": "imagepull-writer-pods", "validationActions": ["Deny"]}, True),
        (200, {"policyName": "imagepull-writer-pods", "validationActions": ["Audit"]}, False),
        (200, {"policyName": "another", "validationActions": ["Deny"]}, False),
        (403, {}, False),
    ],
)
async def test_bound_believes_a_binding_that_denies(
    tmp_path: Path, status: int, spec: dict[str, object], told: bool
) -> None:
    """And nothing less; who may not read it knows nothing."""
    async with FaultyCluster(Store(), {"reader": ADMIN}) as cluster:
        cluster.upsets.append(Upset("GET", status=status, body=json.dumps({"spec": spec}).encode()))
        file = tmp_path / "config"
        user = {"name": "it", "user": {"token": "reader"}}
        there = {"name": "it", "cluster": {"server": cluster.url}}
        ways = [{"name": "it", "context": {"cluster": "it", "user": "it"}}]
        said = {"current-context": "it", "clusters": [there], "users": [user], "contexts": ways}
        file.write_text(json.dumps(said))
        async with ApiClient(login_to(Access(kubeconfig=file))) as client:
            assert await fencing.bound(client, "pods") is told


def test_whatever_is_tried_is_a_dry_run() -> None:
    """There is one set of query parameters in here, and it says so."""
    assert fencing._DRY["dryRun"] == "All"
