"""How much faster is the sweep than the official client, and how far from a plain download?

20,000 pods of recorded shape (1 % failing) are served over loopback HTTP by another process, whose pages are
encoded beforehand and therefore cost the same for everybody. One warm process asks for them in four ways,
round by round, and the medians are compared; fresh processes are asked for their peak memory. The bars are for
finding what fails; a last line tells what a sweep costs with every failure diagnosed, its neighbours read.

    python -m benchmarks.sweep [--pods 20000] [--rounds 3] [--json]
"""

import argparse
import asyncio
import copy
import json
import random
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import aiohttp
from aiohttp import web
from kubernetes.aio.client import ApiClient as OfficialClient
from kubernetes.aio.client import Configuration, CoreV1Api

from bot import wiring
from bot.cluster.client import ApiClient
from bot.cluster.reader import ApiReader
from bot.ports.reading import Scan
from bot.registry.unasked import UnaskedRegistry
from bot.workflows import sweep
from bot.workflows.world import World as Subject
from tests.fakes.logins import TokenLogin


RECORDED = Path(__file__).parent.parent / "tests" / "recordings" / "api-server" / "lists"
PAGE = 500
QUICK_REPEATS = 5
SEED = 20261122
# The bars of the design: what this benchmark is there to guard.
FULL_BAR, PENDING_BAR = 12.0, 100.0
ABOVE_DOWNLOAD_BAR_US, MEMORY_BAR_MB = 10.0, 120.0

Object = dict[str, Any]


@dataclass(frozen=True)
class Templates:
    """Recorded pods to multiply, and the events of one that fails."""

    healthy: list[Object]
    failing: list[Object]
    events: list[Object]


# What production pods have and recorded ones lack, so that a pod weighs what it weighs there.
USUAL: Object = {
    "env": [
        {"name": f"SETTING_{each}", "value": f"https://service-{each}.internal:8443/api"} for each in range(5)
    ],
    "resources": {"requests": {"cpu": "250m", "memory": "256Mi"}, "limits": {"cpu": "1", "memory": "512Mi"}},
    "livenessProbe": {"httpGet": {"path": "/healthz", "port": 8080, "scheme": "HTTP"}, "periodSeconds": 10},
}


def _recorded(name: str) -> list[Object]:
    return json.loads(json.loads((RECORDED / name).read_text())["response"]["body"])["items"]


def templates() -> Templates:
    """Take them from what a real API server sent, ``managedFields`` and all."""
    pods = _recorded("pods-limit-rv0.json")
    healthy = [pod for pod in pods if pod["status"]["phase"] == "Running"]
    failing = [pod for pod in pods if pod["status"]["phase"] == "Pending"]
    for pod in healthy:
        pod["spec"]["containers"][0] |= USUAL
    return Templates(
        healthy,
        failing,
        _recorded("events-reason-failed.json")[:2] + _recorded("events-reason-backoff.json")[:1],
    )


class World:
    """Encoded pages of a cluster: ``(resource, selector, token) -> body``.

    Args:
        count: pods in all; one in a hundred fails, and one in ten of those has the phase Running.
    """

    def __init__(self, count: int) -> None:
        self.bodies: dict[tuple[str, str, str], bytes] = {}
        dice, made = random.Random(SEED), templates()
        pods: list[tuple[str, str, bytes]] = []
        pending: list[bytes] = []
        events: dict[str, list[bytes]] = {"Failed": [], "BackOff": []}
        for number in range(count):
            fails = number % 100 == 50
            pod = _pod(number, dice, made.failing if fails else made.healthy)
            if fails and number % 1000 == 50:
                pod["status"]["phase"] = "Running"
            encoded = _encode(pod)
            meta = pod["metadata"]
            pods.append((meta["namespace"], meta["name"], encoded))
            if not fails:
                continue
            if pod["status"]["phase"] == "Pending":
                pending.append(encoded)
            else:
                self._add(f"pods/{meta['namespace']}", f"metadata.name={meta['name']}", [encoded])
            for event in _events(meta, made.events):
                events[event["reason"]].append(_encode(event))
        for namespace in sorted({each for each, _, _ in pods}):
            mine = [encoded for each, _, encoded in pods if each == namespace]
            self._add(f"pods/{namespace}", "", mine, counted=True)
            told = [each for found in events.values() for each in found if f'"{namespace}"'.encode() in each]
            self._add(f"events/{namespace}", "involvedObject.kind=Pod", told)
        self._add("pods", "", [encoded for _, _, encoded in sorted(pods)], counted=True)
        self._add("pods", "status.phase=Pending", pending)
        for reason in (
            "Failed",
            "BackOff",
            "FailedToRetrieveImagePullSecret",
            "InspectFailed",
            "ErrImageNeverPull",
        ):
            self._add("events", f"reason={reason}", events.get(reason, []))

    def _add(self, resource: str, selector: str, items: list[bytes], *, counted: bool = False) -> None:
        kind = b"PodList" if resource.startswith("pods") else b"EventList"
        for start in range(0, max(len(items), 1), PAGE):
            rest = len(items) - start - PAGE
            meta: Object = {"resourceVersion": "4711"}
            if rest > 0:
                meta["continue"] = f"token{start + PAGE}"
                if counted:
                    meta["remainingItemCount"] = rest
            head = b'{"kind":"' + kind + b'","apiVersion":"v1","metadata":' + _encode(meta) + b',"items":['
            token = f"token{start}" if start else ""
            self.bodies[resource, selector, token] = head + b",".join(items[start : start + PAGE]) + b"]}\n"

    async def answer(self, request: web.BaseRequest) -> web.Response:
        """Serve a page; nothing is computed."""
        parts = request.path.split("/")  # "", "api", "v1", ["namespaces", ns,] plural
        resource = f"{parts[-1]}/{parts[4]}" if parts[3] == "namespaces" else parts[-1]
        query = request.query
        body = self.bodies.get((resource, query.get("fieldSelector", ""), query.get("continue", "")))
        if body is None:
            return web.Response(status=404, text='{"kind":"Status","reason":"NotFound"}')
        return web.Response(body=body, content_type="application/json")


def _pod(number: int, dice: random.Random, among: list[Object]) -> Object:
    pod = copy.deepcopy(dice.choice(among))
    app = f"app-{number // 20:05d}"
    pod["metadata"] |= {
        "name": f"{app}-{dice.getrandbits(40):010x}-{number % 20:05d}",
        "namespace": f"team-{number // 400:04d}",
        "uid": str(uuid.UUID(int=dice.getrandbits(128))),
        "resourceVersion": str(dice.randrange(10**8)),
    }
    pod["spec"]["nodeName"] = f"node-{dice.randrange(300):03d}"
    return pod


def _events(meta: Object, among: list[Object]) -> Iterator[Object]:
    for event in copy.deepcopy(among):
        event["metadata"]["namespace"] = meta["namespace"]
        event["involvedObject"] |= {key: meta[key] for key in ("name", "namespace", "uid")}
        event["lastTimestamp"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        yield event


def _encode(value: Object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


async def serve(count: int) -> None:
    """Serve a world until stdin closes; prints the address first."""
    world = World(count)
    runner = web.ServerRunner(web.Server(world.answer, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    size = sum(len(body) for key, body in world.bodies.items() if key[:2] == ("pods", ""))
    print(json.dumps({"url": f"http://127.0.0.1:{runner.addresses[0][1]}", "bytes": size}), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()


class Served:
    """A world in another process."""

    def __init__(self, count: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.sweep", "--serve", str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.process.stdout is not None
        told = json.loads(self.process.stdout.readline())
        self.url, self.bytes = told["url"], told["bytes"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


async def download(session: aiohttp.ClientSession, url: str, pages: int) -> int:
    """(a) The same pages by plain HTTP, their bytes thrown away. The tokens are known beforehand."""
    total = 0
    for number in range(pages):
        query = {"limit": str(PAGE)} | ({"continue": f"token{number * PAGE}"} if number else {})
        async with session.get(f"{url}/api/v1/pods", params=query) as response:
            total += len(await response.read())
    return total


async def typed(api: CoreV1Api) -> int:
    """(b) The official client's typed lists, page by page."""
    found, token = 0, None
    while True:
        page = await api.list_pod_for_all_namespaces(limit=PAGE, _continue=token)
        found += len(page.items)
        token = page.metadata._continue  # noqa: SLF001 - the generated name of "continue"
        if not token:
            return found


async def look(client: ApiClient, *, full: bool) -> int:
    """(c), (d) Ours."""
    sighting = await ApiReader(client).look(Scan(full=full))
    assert sighting.complete, sighting.unread
    return len(sighting.pods)


async def diagnosed(client: ApiClient, known: wiring.Knowledge) -> int:
    """The whole sweep: every failure found, its witnesses asked, its cause named."""
    reader = ApiReader(client)
    subject = Subject(reader, UnaskedRegistry(), known.signatures, known.catalog.causes, known.registries)
    report = await sweep.sweep(subject, Scan(full=True))
    return len(report.diagnoses)


async def look_once(url: str, way: str) -> None:
    """The same from a standing start."""
    async with ApiClient(TokenLogin(url)) as client:
        if way == "diagnosed":
            await diagnosed(client, wiring.knowledge())
        else:
            await look(client, full=way == "full")


async def measure(served: Served, count: int, rounds: int) -> dict[str, float]:
    """Every way once for warmth, then in turns; medians in seconds."""
    times: dict[str, list[float]] = {}
    known = wiring.knowledge()
    async with (
        aiohttp.ClientSession(read_bufsize=2**21) as session,
        OfficialClient(Configuration(host=served.url)) as official,
        ApiClient(TokenLogin(served.url)) as client,
    ):
        pages = -(-count // PAGE)
        ways: dict[str, Callable[[], Awaitable[Any]]] = {
            "download": lambda: download(session, served.url, pages),
            "full": lambda: look(client, full=True),
            "pending": lambda: look(client, full=False),
            "diagnosed": lambda: diagnosed(client, known),
            "typed": lambda: typed(CoreV1Api(official)),
        }
        failing = len(range(50, count, 100))
        assert await ways["download"]() == served.bytes
        assert await ways["full"]() == failing
        assert await ways["pending"]() == failing
        assert await ways["diagnosed"]() == failing
        # The typed lists take as long as a hundred of the others, so those run several times in between.
        slow = ways.pop("typed")
        for _ in range(rounds):
            for name, way in [*list(ways.items()) * QUICK_REPEATS, ("typed", slow)]:
                begun = time.perf_counter()
                await way()
                times.setdefault(name, []).append(time.perf_counter() - begun)
    return {name: statistics.median(each) for name, each in times.items()}


def peak_memory(url: str, way: str) -> float:
    """High-water mark of a fresh process that looks once, in MB."""
    command = [sys.executable, "-m", "benchmarks.sweep", "--look", way, "--url", url]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _own_peak() -> float:
    # VmHWM and not getrusage: the latter remembers the parent across exec.
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def report(medians: dict[str, float], memory: dict[int, float], count: int, size: int) -> dict[str, Any]:
    """The figures that matter, beside their bars."""
    above = (medians["full"] - medians["download"]) / count * 1e6
    return {
        "pods": count,
        "bytes_per_pod": round(size / count),
        "seconds": {name: round(each, 4) for name, each in medians.items()},
        "us_per_pod": {name: round(each / count * 1e6, 2) for name, each in medians.items()},
        "full_times_faster_than_typed": round(medians["typed"] / medians["full"], 1),
        "full_us_per_pod_above_download": round(above, 2),
        "pending_times_faster_than_typed": round(medians["typed"] / medians["pending"], 1),
        "peak_memory_mb": {str(pods): round(each, 1) for pods, each in memory.items()},
        "holds": medians["typed"] / medians["full"] >= FULL_BAR
        and above <= ABOVE_DOWNLOAD_BAR_US
        and medians["typed"] / medians["pending"] >= PENDING_BAR
        and max(memory.values()) < MEMORY_BAR_MB,
    }


def show(found: dict[str, Any]) -> None:
    """Print the report for people."""
    print(f"{found['pods']:,} pods of {found['bytes_per_pod']:,} bytes, 1 % failing\n")
    names = {
        "download": "plain download",
        "typed": "official client, typed",
        "full": "our sweep, every pod",
        "pending": "our sweep, Pending + events",
        "diagnosed": "full, and every failure diagnosed",
    }
    for key, name in names.items():
        print(f"{name:<34}{found['seconds'][key]:>9.3f} s{found['us_per_pod'][key]:>10.2f} µs a pod")
    print(f"\nevery pod: {found['full_times_faster_than_typed']} x typed lists (bar {FULL_BAR:g})")
    above = found["full_us_per_pod_above_download"]
    print(f"every pod: {above} µs a pod above the download (bar {ABOVE_DOWNLOAD_BAR_US:g})")
    print(f"Pending + events: {found['pending_times_faster_than_typed']} x typed lists (bar {PENDING_BAR:g})")
    for pods, each in found["peak_memory_mb"].items():
        print(f"peak memory at {int(pods):,} pods: {each} MB (bar {MEMORY_BAR_MB:g})")
    for pods, each in found["peak_memory_mb_diagnosed"].items():
        print(f"peak memory at {int(pods):,} pods, every failure diagnosed: {each} MB")
    print("\nevery bar holds" if found["holds"] else "\na bar is missed")


def main() -> int:
    """Run it; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pods", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--look", choices=("full", "pending", "diagnosed"), help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve(options.serve))
        return 0
    if options.look:
        asyncio.run(look_once(options.url, options.look))
        print(_own_peak())
        return 0
    memory: dict[int, float] = {}
    whole: dict[int, float] = {}
    with Served(options.pods) as served:
        medians = asyncio.run(measure(served, options.pods, options.rounds))
        memory[options.pods] = peak_memory(served.url, "full")
        whole[options.pods] = peak_memory(served.url, "diagnosed")
        size = served.bytes
    with Served(options.pods * 5) as larger:
        memory[options.pods * 5] = peak_memory(larger.url, "full")
        whole[options.pods * 5] = peak_memory(larger.url, "diagnosed")
    found = report(medians, memory, options.pods, size)
    found["peak_memory_mb_diagnosed"] = {str(pods): round(each, 1) for pods, each in whole.items()}
    print(json.dumps(found, indent=1)) if options.json else show(found)
    return 0 if found["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())
