"""Every recording, asked before instead of after: what could not be pulled is foretold, and nothing that could is."""

import pytest

from bot import wiring
from bot.facts.precheck import Manifests, Outcome, Precheck
from bot.ports.reading import Scan
from bot.workflows.precheck import precheck
from tests import recorded
from tests.recorded import Truth


# What lies in a manifest, its secrets or the registry's content is there before any pod is; the rest (nodes, roads,
# limits, a registry that is unwell) is of the hour, and no proof that a later pull fails.
FORETOLD = frozenset(
    {
        "wrong-tag",
        "wrong-repository",
        "image-removed",
        "invalid-image-reference",
        "pull-secret-missing",
        "pull-secret-not-attached",
        "pull-secret-mismatch",
        "credentials-rejected",
        "wrong-architecture",
        "image-format-unsupported",
    }
)
# A name that DNS denies is proof only for who stands beside the nodes; an ephemeral container stands in no manifest.
NOT_FROM_HERE = frozenset({"dns-nxdomain", "ephemeral-container"})
WORKLOADS = ("deployments", "statefulsets", "daemonsets", "jobs", "cronjobs", "pods")


async def _foretold(truth: Truth, known: wiring.Knowledge) -> tuple[Manifests, Precheck]:
    files = [truth.folder / f"{plural}.json" for plural in WORKLOADS]
    there = [str(file) for file in files if file.is_file()]
    manifests = wiring.read_manifests(there, "default", lambda _: b"", recursive=False)
    async with wiring.opened(wiring.Access(dump=truth.folder), known) as world:
        now = (await world.reader.look(Scan(namespaces=()))).observed_at
        return manifests, await precheck(world, manifests, now)


@pytest.mark.parametrize("truth", recorded.truths(), ids=lambda truth: truth.key)
async def test_a_recorded_failure_is_foretold_as_far_as_it_can_be(
    truth: Truth, known: wiring.Knowledge
) -> None:
    """A fault of the image, its name or its secrets is proven; a healthy pod's image is never said to fail."""
    manifests, found = await _foretold(truth, known)
    outcomes = {each.outcome for each in found.forecasts}
    assert manifests.workloads
    if truth.cause in FORETOLD and truth.scenario not in NOT_FROM_HERE:
        assert Outcome.WILL_FAIL in outcomes
    else:
        assert Outcome.WILL_FAIL not in outcomes
    if truth.cause is None:
        assert outcomes <= {Outcome.OK, Outcome.UNKNOWN}
