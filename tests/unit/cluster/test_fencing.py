"""A fence is known by what it refuses."""

import pytest

from bot.cluster import fencing
from bot.cluster.fencing import Fence
from bot.cluster.sending import Reply


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


def test_whatever_is_tried_is_a_dry_run() -> None:
    """There is one set of query parameters in here, and it says so."""
    assert fencing._DRY["dryRun"] == "All"
