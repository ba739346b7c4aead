"""What a storm makes of the bot: 10,000 failing pods and more, through the whole of it to the workspace.

(a) one dead registry behind 400 workloads, (b) images with random names that do not exist, each in a workload of its own.
The cluster, the bot and the workspace are processes of their own. Each storm is looked at several times, with fewer pods
failing and more again: what is told has to be one message that is edited. Memory is the bot's, beside what it has when
nothing failed yet; "first" is from the beginning of the first look to the first message in the workspace; "blocked" is how
much processor time the loop took at most without hearing anybody.

    python -m benchmarks.storm [--large | --quick]
"""

import argparse
import asyncio
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

from benchmarks.stage.calling import Child
from benchmarks.stage.scene import CLUSTER, Scene, played


_HEALTHY = 1_000
_DELIVERED_WITHIN = 40.0
# Beside a bot that has looked at nothing.
_MOST_MEMORY_MB = 450.0


@dataclass(frozen=True)
class Storm:
    """What is played: a scene of :mod:`benchmarks.stage.cluster`, how many pods fail in it, and how many of them at each look."""

    name: str
    scene: str
    failing: int
    raging: tuple[float, ...]


_STORMS = (
    Storm("dead registry", "registry", 10_000, (1.0, 0.9)),
    Storm("random images", "random", 10_000, (1.0, 0.9)),
)
_LARGE = Storm("random images", "random", 20_000, (1.0, 0.9))


async def _delivered(scene: Scene) -> int:
    """Wait until the outbox is empty; returns how much is left."""
    end = time.perf_counter() + _DELIVERED_WITHIN
    while (left := (await scene.bot.ask("waiting"))[1]) and time.perf_counter() < end:  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.2)
    return left


async def _played(storm: Storm) -> bool:
    async with AsyncExitStack() as stack:
        child = Child("cluster", storm.scene, storm.failing + _HEALTHY, storm.failing)
        cluster = await stack.enter_async_context(child)
        await cluster.ask("show", failing=0)
        scene = await stack.enter_async_context(played(cluster, calm="1s", full_sweep_every=1))
        await scene.bot.ask("look", cluster=CLUSTER)
        await scene.bot.ask("beat")
        before = await scene.bot.ask("memory")
        await scene.workspace.ask("begin")
        looks, letters = [], []
        for part in storm.raging:
            await cluster.ask("show", failing=int(storm.failing * part))
            looks.append(await scene.bot.ask("look", cluster=CLUSTER))
            letters.append(looks[-1]["letters"])
            if len(looks) == 1:
                await _delivered(scene)
        blocked = await scene.bot.ask("beat")
        left = await _delivered(scene)
        told, after = await scene.workspace.ask("told"), await scene.bot.ask("memory")
    calls = told["calls"]
    messages, edits = told["messages"], calls.get("chat.update", 0)
    memory = after["VmHWM"] - before["VmRSS"]
    seconds = sorted(each["seconds"] for each in looks)[len(looks) // 2]
    cpu = sorted(each["cpu"] for each in looks)[len(looks) // 2]
    print(
        f"{storm.name:15}{storm.failing:>8,}{looks[0]['incidents']:>11,}{messages:>10}{edits:>7}"
        f"{'+'.join(map(str, letters)):>12}{seconds:>9.1f}{cpu:>7.1f}{told['first'] or -1:>8.1f}"
        f"{before['VmRSS']:>7.0f}{after['VmHWM']:>7.0f}{after['VmRSS']:>7.0f}{blocked[1]:>9.0f}"
    )
    for text in told["posts"]:
        print(f"{'':15}{text[:140]}")
    return messages == 1 and not left and memory < _MOST_MEMORY_MB


async def _all(storms: tuple[Storm, ...]) -> bool:
    print(
        f"{'':15}{'':8}{'':11}{'':10}{'':7}{'letters':>12}{'a look':>16}{'first':>8}{'memory, MB':>21}{'blocked':>9}"
    )
    print(
        f"{'storm':15}{'failing':>8}{'incidents':>11}{'messages':>10}{'edits':>7}{'by look':>12}{'s':>9}{'CPU':>7}{'s':>8}"
        f"{'idle':>7}{'peak':>7}{'after':>7}{'ms':>9}"
    )
    held = [await _played(each) for each in storms]
    told = f"one message each, all delivered, less than {_MOST_MEMORY_MB:g} MB more than idle"
    print(f"\nbars: {told}: {'held' if all(held) else 'BROKEN'}")
    return all(held)


def main() -> int:
    """Run it; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--large", action="store_true", help="20,000 random images as well: three minutes more"
    )
    parser.add_argument("--quick", action="store_true", help="a tenth of each storm")
    options = parser.parse_args()
    storms = (*_STORMS, _LARGE) if options.large or options.quick else _STORMS
    if options.quick:
        storms = tuple(replace(each, failing=each.failing // 10) for each in storms)
    return 0 if asyncio.run(_all(storms)) else 1


if __name__ == "__main__":
    sys.exit(main())
