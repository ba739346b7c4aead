"""How soon is a failing pod stored by a watch, what does a healthy line cost, and does memory grow with failing pods alone?

Three tables, each with its ratio: from the status that the API server shows to the stored incident, by a watch and by looks at an
interval, side by side at real sockets with a database in a file; microseconds for each healthy line of recorded shape, against
json.loads and the official client; and what is kept after so many pods were heard of, healthy and failing.

    python -m benchmarks.watch [--pods 40] [--json]
"""

import argparse
import asyncio
import gc
import json
import logging
import random
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from kubernetes.aio.watch import Watch

from benchmarks.sweep import templates
from bot.cluster.hearing import Ear
from bot.cluster.lines import Lines
from bot.demo.cluster.access import ADMIN
from bot.demo.cluster.server import SimulatedCluster
from bot.demo.cluster.store import Store
from bot.settings import Settings
from bot.slack.letters import SlackScribe
from bot.store import opening
from bot.wiring.running import Bot, Shores
from tests.fakes import objects


SEED = 20261122
INTERVAL = 5
CHUNK = 65536
LINES, REPEATS = 2_000, 5
# The bars: what this is there to guard.
LATENCY_BAR_S, LINE_BAR, GROWTH_BAR = 2.0, 20.0, 1.2

Object = dict[str, Any]


# -- how soon


def _settings(folder: Path, url: str, *, watch: bool) -> Settings:
    file = folder / "kubeconfig"
    told = {
        "current-context": "it",
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
        "clusters": [{"name": "it", "cluster": {"server": url}}],
        "users": [{"name": "it", "user": {"token": "t"}}],
    }
    file.write_text(json.dumps(told))
    interval = "1h" if watch else f"{INTERVAL}s"
    each = {"kubeconfig": str(file), "interval": interval, "watch": watch}
    return Settings.model_validate({"clusters": {"eu": each}, "detection": {"storm_after": 1000}})


@asynccontextmanager
async def _running(folder: Path, *, watch: bool) -> AsyncIterator[tuple[SimulatedCluster, Any]]:
    """A bot that has looked once, and listens where it is to."""
    seeds = [objects.named("Namespace", "shop", ""), *(objects.pod(f"fine-{each}") for each in range(500))]
    async with (
        SimulatedCluster(Store(seeds), {"t": ADMIN}) as cluster,
        opening.opened(f"sqlite:///{folder / 'bot.db'}") as store,
    ):
        settings = _settings(folder, cluster.url, watch=watch)
        bot = await Bot.made(settings, Shores(store, SlackScribe(), lambda: None))
        await bot.start()
        try:
            await asyncio.sleep(3)
            yield cluster, store.keeper
        finally:
            await bot.stop()


async def latencies(pods: int, *, watch: bool) -> list[float]:
    """Seconds from each pod's failing status to its stored incident; they begin to fail at moments of their own."""
    dice = random.Random(SEED)
    moments = sorted(dice.uniform(0, 4 * INTERVAL) for _ in range(pods))
    begun: dict[str, float] = {}
    took: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        async with _running(Path(folder), watch=watch) as (cluster, keeper):
            start = time.perf_counter()

            async def fail() -> None:
                for number, moment in enumerate(moments):
                    await asyncio.sleep(max(start + moment - time.perf_counter(), 0))
                    name = f"bad{number}"
                    said = f'failed to pull and unpack image "registry.example/{name}:9": not found'
                    pod = objects.pod(name, state=objects.waiting("ErrImagePull", said))
                    pod["status"]["containerStatuses"][0]["image"] = f"registry.example/{name}:9"
                    pod["spec"]["containers"][0]["image"] = f"registry.example/{name}:9"
                    cluster.store.put(pod)
                    begun[name] = time.perf_counter()

            failing = asyncio.create_task(fail())
            while len(took) < pods:
                stored = await keeper.episodes("eu", datetime.now(UTC))
                now = time.perf_counter()
                members = (member for each in stored for part in each.parts for member in part.members)
                for name in {
                    each.workload.rpartition("/")[2] for each in members
                } & begun.keys() - took.keys():
                    took[name] = now - begun[name]
                await asyncio.sleep(0.01)
            await failing
    return sorted(took.values())


# -- what a line costs


def _line(pod: Object, name: str, version: int) -> bytes:
    meta = {**pod["metadata"], "name": name, "resourceVersion": str(version)}
    told = {"kind": "Pod", "apiVersion": "v1", **pod, "metadata": meta}
    return json.dumps({"type": "MODIFIED", "object": told}, separators=(",", ":")).encode() + b"\n"


def _best(work: Callable[[], object]) -> float:
    """Microseconds for each of the lines; the median of some runs."""
    took = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        took.append((time.perf_counter() - began) / LINES * 1e6)
    return statistics.median(took)


def costs() -> dict[str, float]:
    """Microseconds for each healthy line, by who reads it; and its bytes."""
    healthy = templates().healthy
    lines = [_line(healthy[each % len(healthy)], f"web-{each}", each) for each in range(LINES)]
    stream = b"".join(lines)
    chunks = [stream[at : at + CHUNK] for at in range(0, len(stream), CHUNK)]
    official: Any = Watch()

    def ours() -> None:
        """As it comes: pieces of any length."""
        cutter, ear = Lines(4 << 20), Ear()
        ear.settle({("shop", f"bad-{each}") for each in range(1_000)})
        for chunk in chunks:
            for line in cutter.cut(chunk):
                ear.hear(line)

    def read() -> None:
        """Each decoded, as those are that do not look healthy."""
        ear = Ear()
        for line in lines:
            ear._read(line.rstrip())  # noqa: SLF001  # to tell what recognizing a healthy line saves

    return {
        "bytes": len(stream) / LINES,
        "ours": _best(ours),
        "decoded": _best(read),
        "json.loads": _best(lambda: [json.loads(line) for line in lines]),
        "official": _best(lambda: [official.unmarshal_event(line.decode(), "V1Pod") for line in lines]),
    }


# -- what is kept


def _churn(healthy: int, failing: int) -> Iterator[bytes]:
    """Each pod begins and runs, twice over; some never do."""
    well = [_line(each, "NAME", 424242).rstrip() for each in templates().healthy]
    ill = _line(
        objects.pod("NAME", state=objects.waiting("ErrImagePull", "not found")), "NAME", 424242
    ).rstrip()
    for turn in range(2):
        for number in range(max(healthy, failing)):
            version = b"%d" % (turn * 1_000_000 + number)
            if number < healthy:
                line = well[number % len(well)].replace(b"NAME", b"web-%d" % number)
                yield line.replace(b"424242", version)
            if number < failing:
                yield ill.replace(b"NAME", b"bad-%d" % number).replace(b"424242", version)


def kept(healthy: int, failing: int) -> int:
    """Bytes that are kept after all of them were heard of."""
    ear = Ear()
    for line in _churn(10, 1):  # what is made once
        ear.hear(line)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for line in _churn(healthy, failing):
        ear.hear(line)
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert ear.failing == max(failing, 1)
    return grown


# -- all of it


def _soon(pods: int) -> dict[str, dict[str, float]]:
    found = {}
    for name, watch in (("watch", True), (f"looks every {INTERVAL} s", False)):
        took = asyncio.run(latencies(pods, watch=watch))
        found[name] = {
            "p50": statistics.median(took),
            "p99": took[min(int(len(took) * 0.99), len(took) - 1)],
            "most": took[-1],
        }
    return found


def main() -> None:
    """Measure, print, and fail where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pods", type=int, default=40)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    logging.disable()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    found: Object = {
        "seconds": _soon(given.pods),
        "microseconds": costs(),
        "kept_healthy": {each: kept(each, 0) for each in (1_000, 20_000, 100_000)},
        "kept_failing": {each: kept(1_000, each) for each in (0, 1_000, 10_000, 50_000)},
    }
    print(json.dumps(found, indent=1) if given.json else _table(found))
    missed = list(_missed(found))
    if missed:
        sys.exit("missed: " + "; ".join(missed))


def _table(found: Object) -> str:
    rows = ["from the failing status to the stored incident, s"]
    rows += [
        f"  {name:<20} p50 {each['p50']:6.2f}   p99 {each['p99']:6.2f}   most {each['most']:6.2f}"
        for name, each in found["seconds"].items()
    ]
    cost = found["microseconds"]
    rows.append(f"a healthy line of {cost['bytes']:,.0f} bytes, us")
    rows += [
        f"  {name:<20} {cost[name]:8.2f}   {cost[name] / cost['ours']:7.1f} x"
        for name in ("ours", "decoded", "json.loads", "official")
    ]
    rows.append("kept after every pod was heard of twice, bytes")
    rows += [f"  {pods:>7,} healthy       {size:>12,}" for pods, size in found["kept_healthy"].items()]
    base = found["kept_failing"][0]
    rows += [
        f"  {pods:>7,} failing       {size:>12,}   {(size - base) / max(pods, 1):6.0f} a pod"
        for pods, size in found["kept_failing"].items()
    ]
    return "\n".join(rows)


def _missed(found: Object) -> Iterator[str]:
    if found["seconds"]["watch"]["p99"] >= LATENCY_BAR_S:
        yield f"p99 under {LATENCY_BAR_S} s"
    cost = found["microseconds"]
    if cost["json.loads"] < LINE_BAR * cost["ours"]:
        yield f"{LINE_BAR:.0f} times cheaper than json.loads"
    sizes = found["kept_healthy"]
    if sizes[100_000] > GROWTH_BAR * max(sizes[1_000], 10_000):
        yield "no growth with healthy pods"


if __name__ == "__main__":
    main()
