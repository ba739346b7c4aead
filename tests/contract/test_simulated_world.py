"""The demo's world is diagnosed over HTTP, cluster and registries, and what was broken in it is what is found.

The truth stands here and nowhere else: the world holds facts, its kubelets ask, and the diagnosis reads what they wrote.
"""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from bot import wiring
from bot.cluster.client import ApiClient
from bot.cluster.lending import SecretLender
from bot.cluster.reader import ApiReader
from bot.demo.cluster.access import ADMIN
from bot.demo.nodes.network import Outlook
from bot.demo.seed import OWN, seed, staging
from bot.demo.world import Turn, World
from bot.facts.verdict import Report
from bot.ports.reading import Scan
from bot.registry.asking import Asker
from bot.registry.client import Client
from bot.registry.permits import Budget, Permit, Probe
from bot.registry.remembering import Remembering
from bot.wiring.simulated import SimulatedWire
from bot.workflows import sweep
from bot.workflows import world as worlds
from tests.fakes.logins import TokenLogin


@dataclass(frozen=True)
class Everything:
    """Every registry may be asked, with credentials."""

    budget: Budget = field(default_factory=lambda: Budget(1_000_000, 1))

    def of(self, registry: str) -> Permit:
        """What is allowed."""
        return Permit(registry, Probe.CREDENTIALS, self.budget, token_services=("auth.docker.io",))


async def report_on(world: World, known: wiring.Knowledge) -> Report:
    """One sweep of a world, its registries asked."""
    async with ApiClient(TokenLogin(world.cluster.url, ["t"])) as client, world.line(Outlook()) as line:
        lender = SecretLender(client)
        asker = Asker(SimulatedWire(line), Everything(), lender, world.clock)
        prober = Remembering(Client(asker, world.clock, sparing=False), world.clock)
        reader = ApiReader(client)
        asked = worlds.World(
            reader=reader,
            prober=prober,
            signatures=known.signatures,
            causes=known.catalog.causes,
            registries=known.registries,
        )
        report = await sweep.sweep(asked, Scan())
        await reader.close()
        return report


# Workload -> what is the matter with it.
TRUTH = {
    "shop/web": "wrong-tag",
    "data/report": "wrong-tag",
    "payments/api": "pull-secret-missing",
    "mail/mailer": "pull-secret-missing",
    "crm/api": "pull-secret-not-attached",
    "cloud/checkout": "pull-secret-not-attached",
    "data/exporter": "pull-secret-not-attached",
    "shop/cache": "rate-limited",
    "cloud/storefront-canary": "wrong-repository",
    "edge/sensor-1": "node-egress",
    "shop/legacy": "wrong-architecture",
    # The seven of the users' list end here.
    "edge/sensor-2": "node-dns",
    "edge/sensor-3": "node-disk-full",
    "edge/sensor-4": "proxy-misconfigured",
    "edge/sensor-5": "node-dns",
    "mail/api": "credentials-rejected",
    "partners/api": "pull-secret-mismatch",
    "shop/cart": "image-removed",
    "shop/banner": "invalid-image-reference",
    "lab/template": "invalid-image-reference",
    "shop/chart": "image-format-unsupported",
    "lab/local": "image-only-local",
    "lab/pause": "registry-retired",
    "lab/selfsigned": "registry-ca-untrusted",
    "lab/expired": "registry-certificate-bad",
    "lab/plain": "registry-plain-http",
    "lab/blocked": "registry-access-blocked",
    "lab/mirrored": "mirror-misconfigured",
    "lab/slow": "registry-down",
    "data/warehouse": "registry-down",
}
ON_EDGE = {
    "edge-1": "node-egress",
    "edge-2": "node-dns",
    "edge-3": "node-disk-full",
    "edge-4": "proxy-misconfigured",
}


def _found(report: Report) -> dict[str, set[str | None]]:
    found: dict[str, set[str | None]] = {}
    for each in report.diagnoses:
        place = f"{each.failure.pod.namespace}/{each.workload.name}"
        if place != "platform/agent":
            found.setdefault(place, set()).add(each.verdict.cause)
    return found


async def test_every_fact_of_the_world_is_found() -> None:
    """Each broken workload has its cause, on whatever runtime it came to stand, and nobody else has any."""
    async with World(seed(), {"t": ADMIN}) as world:
        report = await report_on(world, wiring.knowledge())
    assert _found(report) == {place: {cause} for place, cause in TRUTH.items()}
    agents = [each for each in report.diagnoses if each.workload.name == "agent"]
    assert {each.failure.pod.node: each.verdict.cause for each in agents} == ON_EDGE
    assert report.complete


async def test_every_fact_of_the_other_cluster_is_found() -> None:
    """It stands behind the same registries, and has little that is wrong."""
    async with World(staging(), {"t": ADMIN}) as world:
        report = await report_on(world, wiring.knowledge())
    assert _found(report) == {
        "shop/preview": {"wrong-tag"},
        "payments/api": {"pull-secret-missing"},
        "data/warehouse": {"registry-down"},
    }


async def test_what_is_mended_gets_well() -> None:
    """A right tag, a secret that is named, a node that is let out: the pods run, and nothing more is said of them."""
    world = World(replace(seed(), age=timedelta(minutes=14)), {"t": ADMIN})
    heal = Turn(420, _mended)
    world.seed.turns = [*world.seed.turns, heal]
    async with world:
        report = await report_on(world, wiring.knowledge())
    found = _found(report)
    assert not {"shop/web", "crm/api", "edge/sensor-1"} & set(found)
    assert {"payments/api", "edge/sensor-2"} <= set(found)


def _mended(world: World) -> None:
    world.set_image("Deployment", "shop", "web", f"{OWN}/shop/web:1.5.0")
    secrets = {"imagePullSecrets": [{"name": "registry-login"}]}
    world.patch("Deployment", "crm", "api", {"spec": {"template": {"spec": secrets}}})
    next(node for node in world.seed.nodes if node.name == "edge-1").outlook.walled = frozenset()
