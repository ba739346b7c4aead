"""What a cluster costs, and what a failing pod costs, for the arithmetic of docs/scale.md.

Clusters of several sizes, with several numbers of failing pods, are looked at by the bot of production with PostgreSQL; bot, API
servers, workspace and database are processes of their own. CPU is the bot's own processor time for one look, the median of three;
a full look lists every pod, a quick one what may fail. Then one bot has many clusters: memory for each, and for all of them at once.

    python -m benchmarks.scale [--quick]
"""

import argparse
import asyncio
import json
import statistics
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import text

from benchmarks.stage.calling import Child
from bot.store import engines
from tests.fakes import postgres


_ROUNDS = 3
_MANY = 100
# What the beating of its heart takes in a second, and nothing else.
_IDLE = 0.2
_WRITES = (
    "SELECT tup_inserted + tup_updated + tup_deleted FROM pg_stat_database WHERE datname = current_database()"
)
# The bars: what docs/scale.md reckons with, and three times of it.
_MOST_CPU_PER_FULL_1000, _MOST_MB_PER_CLUSTER = 0.25, 3.0


@dataclass(frozen=True)
class Size:
    """A cluster to be looked at."""

    pods: int
    failing: int


@dataclass(frozen=True)
class Cost:
    """What a look at it takes: seconds of processor time, requests, bytes, and rows written."""

    size: Size
    full: float
    quick: float
    requests: tuple[float, float]
    sent: tuple[float, float]
    rows: float


_SIZES = (
    Size(1_000, 0),
    Size(5_000, 0),
    Size(20_000, 0),
    Size(1_000, 10),
    Size(1_000, 100),
    Size(1_000, 500),
)


def _settings(urls: dict[str, str], api: str, folder: Path, store: str) -> dict[str, Any]:
    file = folder / "kubeconfig"
    told = {
        "clusters": [{"name": name, "cluster": {"server": url}} for name, url in urls.items()],
        "users": [{"name": "it", "user": {"token": "any"}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": "it"}} for name in urls],
    }
    file.write_text(json.dumps(told), encoding="utf-8")
    return {
        "clusters": {
            name: {"kubeconfig": str(file), "context": name, "interval": "24h", "deadline": "10m"}
            for name in urls
        },
        "detection": {"hold": "1s", "full_sweep_every": 2},
        "slack": {"api_url": api},
        "store": {"url": store},
        "routes": [{"channel": "#image-pulls"}],
    }


class Stage:
    """Everything but the bot."""

    def __init__(self, stack: AsyncExitStack, server: postgres.Postgres) -> None:
        self._stack, self._server = stack, server

    async def bot(self, urls: dict[str, str]) -> tuple[Child, str]:
        """A bot of these clusters, and its database."""
        folder = Path(self._stack.enter_context(TemporaryDirectory()))
        workspace = await self._stack.enter_async_context(Child("workspace"))
        store = self._server.database()
        told = json.dumps(_settings(urls, workspace.ready["api"], folder, store))
        child = Child("bot", told, json.dumps(workspace.ready["tokens"]))
        return await self._stack.enter_async_context(child), store

    async def cluster(self, size: Size) -> Child:
        """An API server."""
        return await self._stack.enter_async_context(Child("cluster", "usual", size.pods, size.failing))


async def _rows(store: str) -> int:
    engine = engines.opened(store)
    try:
        async with engine.connect() as connection:
            return int((await connection.execute(text(_WRITES))).scalar() or 0)
    finally:
        await engines.closed(engine)


async def _settled(bot: Child) -> None:
    """Wait until it does nothing: its own first looks are over."""
    before = -1.0
    while (now := await bot.ask("cpu")) - before > _IDLE:
        before = now
        await asyncio.sleep(1)


async def _cost(size: Size, stage: Stage) -> Cost:
    cluster = await stage.cluster(size)
    bot, store = await stage.bot({"it": cluster.ready["url"]})
    await _settled(bot)
    cpu: tuple[list[float], list[float]] = [], []
    traffic: tuple[list[list[float]], list[list[float]]] = [], []
    wrote = await _rows(store)
    for _ in range(_ROUNDS):
        for number in (1, 0):  # after the bot's own full look comes a quick one
            before = await cluster.ask("sent")
            cpu[number].append((await bot.ask("look", cluster="it"))["cpu"])
            after = await cluster.ask("sent")
            traffic[number].append([after[0] - before[0], after[1] - before[1]])
    await asyncio.sleep(1.5)  # PostgreSQL counts once a second
    rows = (await _rows(store) - wrote) / (2 * _ROUNDS)
    requests, sent = (
        tuple(statistics.median(each[kind] for each in part) for part in traffic) for kind in (0, 1)
    )
    return Cost(size, statistics.median(cpu[0]), statistics.median(cpu[1]), requests, sent, rows)


async def _many(stage: Stage) -> tuple[float, float, float]:
    """MB for each further cluster that one bot has, MB at most while it looks at all for the first time, and CPU seconds."""
    cluster = await stage.cluster(Size(1_000, 0))
    few, _ = await stage.bot({"c0": cluster.ready["url"]})
    many, _ = await stage.bot({f"c{number}": cluster.ready["url"] for number in range(_MANY)})
    for each in (few, many):
        await _settled(each)
    one, all_of_them = await few.ask("memory"), await many.ask("memory")
    cpu = (await many.ask("cpu") - await few.ask("cpu")) / (_MANY - 1)
    return (all_of_them["VmRSS"] - one["VmRSS"]) / (_MANY - 1), all_of_them["VmHWM"] - one["VmRSS"], cpu


def _told(cost: Cost, least: Cost) -> str:
    return (
        f"{cost.size.pods:>8,}{cost.size.failing:>9,}{cost.full:>9.3f}{cost.full / least.full:>6.1f}x"
        f"{cost.quick:>9.3f}{cost.quick / least.quick:>6.1f}x{cost.requests[0]:>8.0f}{cost.requests[1]:>8.0f}"
        f"{cost.sent[0] / 1e6:>9.2f}{cost.sent[1] / 1e6:>8.3f}{cost.rows:>8.1f}"
    )


async def _all(sizes: tuple[Size, ...], server: postgres.Postgres) -> bool:
    print(f"{'':17}{'CPU s a look':>31}{'requests':>16}{'MB':>17}{'rows':>8}")
    print(
        f"{'pods':>8}{'failing':>9}{'full':>9}{'':7}{'quick':>9}{'':7}{'full':>8}{'quick':>8}{'full':>9}{'quick':>8}"
    )
    costs: list[Cost] = []
    for size in sizes:
        async with AsyncExitStack() as stack:
            costs.append(await _cost(size, Stage(stack, server)))
        print(_told(costs[-1], costs[0]), flush=True)
    worst, least = max(costs, key=lambda each: each.size.failing), costs[0]
    more = worst.quick - least.quick
    print(f"\na failing pod more: {more / max(worst.size.failing, 1) * 1000:.1f} ms a quick look")
    async with AsyncExitStack() as stack:
        memory, peak, cpu = await _many(Stage(stack, server))
    print(
        f"one bot of {_MANY} clusters of 1,000 pods: {memory:.2f} MB each, {cpu:.2f} CPU s each for the first look;"
    )
    print(f"{peak:.0f} MB at most while it begins, above a bot of one cluster")
    held = least.full < _MOST_CPU_PER_FULL_1000 and memory < _MOST_MB_PER_CLUSTER
    bars = f"{_MOST_CPU_PER_FULL_1000} s for a full look at 1,000 pods, {_MOST_MB_PER_CLUSTER} MB a cluster"
    print(f"bars: {bars}: {'held' if held else 'BROKEN'}")
    return held


def main() -> int:
    """Run it; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="the smallest sizes alone")
    options = parser.parse_args()
    where = postgres.programs()
    if where is None:
        print("no PostgreSQL here, nothing was measured")
        return 0
    sizes = (_SIZES[0], _SIZES[3]) if options.quick else _SIZES
    with postgres.running(where) as server:
        return 0 if asyncio.run(_all(sizes, server)) else 1


if __name__ == "__main__":
    sys.exit(main())
