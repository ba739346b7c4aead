"""How soon the bot says that it has heard: 500 slash commands at once, while it sweeps and while it does not.

The bot of production (Bolt and all) stands between the simulated workspace and a cluster of 20,000 pods of real size, some
hundreds of them failing; each of the three is a process of its own. The workspace measures, from sending a command to its
acknowledgement. "Floor" is the same storm against a process that acknowledges and does nothing else: the workspace's own share.
"Sweeping" is a full sweep, every failure diagnosed, again and again without a pause. Slack gives up after 3 s.

    python -m benchmarks.acks [--pods 20000] [--rounds 5]
"""

import argparse
import asyncio
import statistics
import sys

from benchmarks.stage.calling import Child
from benchmarks.stage.scene import CLUSTER, Scene, played


COMMANDS = 500
FAILING = 400
BAR_MS = 150.0
# What people ask, in turns; and one in a hundred asks for a diagnosis, which is half a second's work.
_TEXTS = ("help", "list", "list", "history", "clusters", "lst", "list", "list", "help", "list")
_WHY = "why app-00003 -n team-003"
_SETTLING = 60.0


def _storm() -> list[str]:
    return [_TEXTS[each % len(_TEXTS)] if each % 100 else _WHY for each in range(COMMANDS)]


async def _round(scene: Scene) -> list[float]:
    """One storm of commands; afterwards every answer is waited for."""
    found = await scene.workspace.ask("commands", texts=_storm())
    async with asyncio.timeout(_SETTLING):
        while (await scene.bot.ask("waiting"))[0]:  # noqa: ASYNC110 - it is in another process
            await asyncio.sleep(0.05)
    return found


async def _measured(scene: Scene, rounds: int, *, sweeping: bool) -> tuple[list[float], list[float], float]:
    """Milliseconds of all commands, the longest block of the loop, seconds of a look."""
    if sweeping:
        await scene.bot.ask("sweep", cluster=CLUSTER, on=True)
        await asyncio.sleep(1.0)
    await scene.bot.ask("beat")
    told = [each for _ in range(rounds) for each in await _round(scene)]
    blocked = await scene.bot.ask("beat")
    looks = await scene.bot.ask("sweep", cluster=CLUSTER, on=False) if sweeping else []
    return told, blocked, statistics.median(looks) if looks else 0.0


async def _blocked(scene: Scene, seconds: float = 5.0) -> list[float]:
    """The longest block of the loop by sweeps alone, nobody asking anything."""
    await scene.bot.ask("sweep", cluster=CLUSTER, on=True)
    await scene.bot.ask("beat")
    await asyncio.sleep(seconds)
    found = await scene.bot.ask("beat")
    await scene.bot.ask("sweep", cluster=CLUSTER, on=False)
    return found


async def _floor(mode: str, rounds: int) -> list[float]:
    """The same storms, with nothing behind them."""
    async with (
        Child("workspace") as workspace,
        Child("echo", workspace.ready["api"], workspace.ready["tokens"]["app"]) as echo,
    ):
        if mode == "http":
            port = await echo.ask("port")
            await workspace.ask("http", url=f"http://127.0.0.1:{port}/slack/events")
        await workspace.ask("commands", texts=_storm())
        return [each for _ in range(rounds) for each in await workspace.ask("commands", texts=_storm())]


async def _mode(cluster: Child, mode: str, rounds: int) -> bool:
    async with played(cluster, mode) as scene:
        await scene.bot.ask("look", cluster=CLUSTER)
        await asyncio.sleep(1.2)
        await scene.bot.ask("look", cluster=CLUSTER)
        await _round(scene)
        alone = await _blocked(scene)
        idle = await _measured(scene, rounds, sweeping=False)
        busy = await _measured(scene, rounds, sweeping=True)
    _row(mode, "floor", await _floor(mode, rounds), [], 0.0)
    for name, (told, blocked, look) in (("no sweep", idle), ("sweeping", busy)):
        _row(mode, name, told, blocked, look)
    p99 = _quantile(busy[0], 0.99)
    never = sum(each < 0 for each in (*idle[0], *busy[0]))
    ratio = p99 / _quantile(idle[0], 0.99)
    print(
        f"{'':18}sweeping / no sweep: p99 x {ratio:.2f}; longest block of the loop by sweeps alone {alone[0]:.0f} ms, {alone[1]:.0f} of them its own CPU"
    )
    if never:
        print(f"{'':18}{never} commands were never acknowledged")
    return p99 < BAR_MS and not never


def _row(mode: str, name: str, told: list[float], blocked: list[float], look: float) -> None:
    figures = [_quantile(told, 0.5), _quantile(told, 0.99), max(told), *blocked]
    print(
        f"{mode:8}{name:10}"
        + "".join(f"{each:12.1f}" for each in figures)
        + (f"{look:12.2f}" if look else "")
    )


def _quantile(told: list[float], part: float) -> float:
    ordered = sorted(told)
    return ordered[min(int(part * len(ordered)), len(ordered) - 1)]


async def _all(pods: int, rounds: int) -> bool:
    async with Child("cluster", "usual", pods, FAILING) as cluster:
        print(f"{COMMANDS} commands at once, {rounds} times, {pods:,} pods, {FAILING} of them failing; ms\n")
        print(
            f"{'mode':8}{'':10}{'ack p50':>12}{'p99':>12}{'max':>12}{'blocked':>12}{'by own CPU':>12}{'s a look':>12}"
        )
        held = [await _mode(cluster, mode, rounds) for mode in ("socket", "http")]
    print(f"\nbar: p99 under {BAR_MS:g} ms while it sweeps: {'held' if all(held) else 'BROKEN'}")
    return all(held)


def main() -> int:
    """Run it; 1 when the bar is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pods", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    return 0 if asyncio.run(_all(options.pods, options.rounds)) else 1


if __name__ == "__main__":
    sys.exit(main())
