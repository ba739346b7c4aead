"""What one diagnosis costs, by cause: requests to the API server, questions to registries, milliseconds.

Every recorded scenario is served by the tests' API server over loopback HTTP, with all rights, and its registries
answer from the recording through the same client that asks live ones. So requests are those of a real cluster and a
real registry (token questions included), while milliseconds are our own work and loopback: the registry's network is
not in them. Each diagnosis is `why` of one failing pod, cold: nothing is kept from the one before.

    python -m benchmarks.cost
"""

import asyncio
import json
import statistics
import sys
import time
from collections import defaultdict
from email.utils import format_datetime
from pathlib import Path

import yaml

from bot import wiring
from bot.cluster.dump import DumpReader
from bot.facts.target import Target
from bot.facts.times import duration
from bot.ports.reading import Scan
from bot.registry import exchanges
from bot.registry.asking import Asker
from bot.registry.client import Client
from bot.registry.recorded import RecordedLender, RecordedRules, RecordedWire
from bot.registry.remembering import Remembering
from bot.registry.wire import Ask, Failed, Reply, Wire
from bot.workflows import diagnose
from bot.workflows.world import World
from tests.fakes.api_server import FakeApiServer
from tests.fakes.live import reader_on


SCENARIOS = Path(__file__).resolve().parents[1] / "tests" / "recordings" / "scenarios"
# The bars: a person waits, and a registry counts.
MOST_CLUSTER, MOST_REGISTRY = 40, 12


class Counted:
    """Passes every question on and counts it."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.questions = 0

    async def send(self, ask: Ask) -> Reply | Failed:
        """Put it."""
        self.questions += 1
        return await self._wire.send(ask)


async def cost(folder: Path, known: wiring.Knowledge) -> tuple[str, int, int, float]:
    """Diagnose one scenario's pod: cause, requests to the cluster, questions to registries, milliseconds."""
    truth = yaml.safe_load((folder / "scenario.yaml").read_text(encoding="utf-8"))
    dump = folder / "dump"
    objects = [
        item
        for file in sorted(dump.glob("*.json"))
        if file.name != "registry.json"
        for item in _items(json.loads(file.read_text(encoding="utf-8")))
    ]
    recorded = exchanges.read((dump / "registry.json").read_bytes()).exchanges
    counted = Counted(RecordedWire(recorded))
    scan = Scan(stalled_after=duration(truth["options"][1])) if truth["options"] else Scan()
    now = DumpReader.open(dump).observed_at
    date = format_datetime(now, usegmt=True)
    async with FakeApiServer(objects, date=date) as server, reader_on(server) as reader:
        asker = Asker(counted, RecordedRules(recorded), RecordedLender(recorded), lambda: now)
        prober = Remembering(Client(asker, lambda: now), lambda: now)
        world = World(reader, prober, known.signatures, known.catalog.causes, known.registries)
        # A pod that its Job has deleted can be asked for only with its whole namespace.
        named = [Target("Pod", truth["namespace"], truth["pod"])] if truth["pod"] else []
        began = time.perf_counter()
        report = await diagnose.why(world, named, scan)
        spent = (time.perf_counter() - began) * 1000
    causes = {each.verdict.cause or "not known" for each in report.diagnoses}
    return ", ".join(sorted(causes)) or "nothing wrong", len(server.log), counted.questions, spent


def main() -> int:
    """Print the table; exit 1 when a diagnosis asks more than the bars allow."""
    known = wiring.knowledge()
    rows: dict[str, list[tuple[int, int, float]]] = defaultdict(list)
    for file in sorted(SCENARIOS.glob("*/*/scenario.yaml")):
        cause, *figures = asyncio.run(cost(file.parent, known))
        rows[cause].append(tuple(figures))
    print(f"{'cause':28}{'diagnoses':>10}{'cluster requests':>20}{'registry questions':>20}{'ms':>14}")
    print(f"{'':38}{'median / most':>20}{'median / most':>20}{'median / most':>14}")
    for cause, figures in sorted(rows.items()):
        cluster, registry, spent = zip(*figures, strict=True)
        print(
            f"{cause:28}{len(figures):>10}"
            f"{f'{statistics.median(cluster):.0f} / {max(cluster)}':>20}"
            f"{f'{statistics.median(registry):.0f} / {max(registry)}':>20}"
            f"{f'{statistics.median(spent):.0f} / {max(spent):.0f}':>14}"
        )
    every = [each for figures in rows.values() for each in figures]
    dear = max(each[0] for each in every) > MOST_CLUSTER or max(each[1] for each in every) > MOST_REGISTRY
    print(
        f"bars: {MOST_CLUSTER} requests to the cluster, {MOST_REGISTRY} questions to registries: {'BROKEN' if dear else 'held'}"
    )
    return int(dear)


def _items(document: dict) -> list[dict]:
    """Single objects; what came in a list of one kind gets that kind back."""
    if "items" not in document:
        return [document]
    kind = document["kind"].removesuffix("List")
    return [{"kind": kind, "apiVersion": document["apiVersion"], **item} for item in document["items"]]


if __name__ == "__main__":
    sys.exit(main())
