"""What one look found is examined group by group, each distinct question once."""

from collections import Counter

from bot import wiring
from bot.demo import story
from bot.diagnosis.scene import Scene
from bot.facts.evidence import Evidence
from bot.facts.failure import PullFailure
from bot.facts.image import Platform
from bot.facts.objects import PullSecret
from bot.ports.reading import Scan
from bot.registry.unasked import UnaskedRegistry
from bot.wiring import Access
from bot.workflows import examine
from bot.workflows.world import World


class _Counting:
    """A registry that counts what it is asked, and knows nothing."""

    def __init__(self) -> None:
        self.asked: Counter[tuple[str, str]] = Counter()

    async def ask(
        self, check: str, failure: PullFailure, platform: Platform | None, secrets: tuple[PullSecret, ...]
    ) -> Evidence:
        self.asked[check, failure.image] += 1
        return await UnaskedRegistry().ask(check, failure, platform, secrets)


async def test_examine_asks_once_for_all_replicas_on_a_node() -> None:
    """Ten replicas on three nodes are at most three questions, not ten."""
    known = wiring.knowledge()
    scan = Scan(namespaces=("store",))
    prober = _Counting()
    async with wiring.opened(Access(dump=story.RECORDINGS), known) as opened:
        world = World(opened.reader, prober, known.signatures, known.catalog.causes, known.registries)
        sighting = await world.reader.look(scan)
        failures, _ = await examine.find(world, sighting, scan)
        scene = Scene(world.reader, known.registries, failures, sighting.observed_at)
        diagnoses = await examine.examine(world, failures, scene)
    assert len(failures) == len(diagnoses) == 10
    assert [each.failure for each in diagnoses] == list(failures)
    assert prober.asked
    assert max(prober.asked.values()) <= 3


async def test_examine_reads_logs_only_of_what_looks_foreign() -> None:
    """A container that ends at once is looked into; its log says what no event does."""
    known = wiring.knowledge()
    scan = Scan(namespaces=("media",))
    async with wiring.opened(Access(dump=story.RECORDINGS), known) as world:
        failures, unread = await examine.find(world, await world.reader.look(scan), scan)
    assert unread == ()
    assert [each.pod.name for each in failures if each.symptom.id == "exec-format-error"] == [
        "player-7f87646ddd-9z6nv"
    ]
