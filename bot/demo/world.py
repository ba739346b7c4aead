"""A whole world to try things in: a seed in -> a cluster with its nodes, controllers and registries, living, out.

Everything that happens in it happens because somebody asked: the cluster's clients over HTTP, the kubelets of
registries over HTTP. What is broken stands in the seed, as settings of sites, nodes and registries.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Any, Self

from bot.demo.clock import Clock
from bot.demo.cluster import patches
from bot.demo.cluster.access import User
from bot.demo.cluster.kinds import BY_KIND
from bot.demo.cluster.policies import Policy
from bot.demo.cluster.refusals import bad_request
from bot.demo.cluster.requests import Asked
from bot.demo.cluster.server import SimulatedCluster, now
from bot.demo.cluster.store import Store
from bot.demo.cluster.writes import Writes
from bot.demo.controllers.rollouts import Rollouts
from bot.demo.controllers.scheduling import Scheduling
from bot.demo.controllers.workloads import Workloads
from bot.demo.nodes import witnessing
from bot.demo.nodes.containerd import Containerd
from bot.demo.nodes.crio import Crio
from bot.demo.nodes.kubelet import Kubelet, Runtime
from bot.demo.nodes.network import Line, Outlook, Site
from bot.demo.registry.registry import Registry
from bot.demo.registry.server import SimulatedRegistries
from bot.facts.image import Platform


Object = dict[str, Any]
_AMD64 = Platform("linux", "amd64")
_STEP = 2.0  # seconds between two looks at everything
# The same while the past is lived through and nothing changes, and how long it is busy after a change.
_QUIET, _BUSY = 20.0, 60.0


@dataclass(slots=True)
class NodeSeed:
    """A node to be.

    Attributes:
        runtime: as the API tells it, ``containerd://1.7.34`` or ``cri-o://1.37.0``.
        outlook: its way to the world.
        images: that it holds from the beginning.
    """

    name: str
    runtime: str = "containerd://2.4.0"
    platform: Platform = _AMD64
    outlook: Outlook = field(default_factory=Outlook)
    labels: Mapping[str, str] = field(default_factory=dict)
    images: Sequence[str] = ()


@dataclass(slots=True)
class Turn:
    """What happens some time after the beginning.

    Attributes:
        at: seconds since then; beyond the seed's age it happens while somebody watches.
        act: does it.
    """

    at: float
    act: Callable[["World"], object]


@dataclass(slots=True)
class Seed:
    """What a world begins with.

    Attributes:
        sites: host -> what stands there.
        stores: host -> the registry whose blobs are kept there.
        objects: what is created, through the API's own door, in this order.
        turns: what happens then.
        age: how long ago the world began when it is entered.
        policies: what is asked of every write through the API.
    """

    registries: Sequence[Registry]
    sites: Mapping[str, Site]
    nodes: Sequence[NodeSeed]
    objects: Sequence[Object]
    turns: Sequence[Turn] = ()
    stores: Mapping[str, Registry] = field(default_factory=dict)
    age: timedelta = timedelta(minutes=20)
    policies: Sequence[Policy] = ()


class World:
    """A living world. Use it as an async context manager; it lives on by itself until it is left.

    Args:
        seed: what it begins with.
        tokens: bearer token -> who may come in.
        wall: the clock on the wall.

    Attributes:
        cluster: its API server.
        registries: its registries; all behind one loopback port.
        store: what the cluster holds.
    """

    def __init__(self, seed: Seed, tokens: Mapping[str, User], wall: Callable[[], datetime] = now) -> None:
        self.seed = seed
        self.clock = Clock(wall, seed.age)
        self.store = Store()
        self.cluster = SimulatedCluster(
            self.store, tokens, logs=self._log, clock=self.clock, policies=seed.policies
        )
        self.registries = SimulatedRegistries(seed.registries, seed.stores.items())
        self.kubelets: dict[str, Kubelet] = {}
        self._turns: list[Turn] = []
        self._writes = Writes(self.store, self.clock)
        self._scheduling = Scheduling(self.store, self.clock)
        self._workloads = Workloads(self.store, self.clock)
        self._rollouts = Rollouts(self.store, self.clock)
        self._stack = AsyncExitStack()
        self._life: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self.registries)
        for node in self.seed.nodes:
            await self._join(node)
        await self._grow()
        self.clock.let_go()
        await self._stack.enter_async_context(self.cluster)
        self._life = asyncio.create_task(self._live())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._life is not None:
            self._life.cancel()
            await asyncio.gather(self._life, return_exceptions=True)
        await self._stack.aclose()

    async def step(self) -> None:
        """Let everybody look at everything once."""
        self._rollouts.step()
        self._workloads.step()
        self._scheduling.step()
        for kubelet in self.kubelets.values():
            await kubelet.sync()

    def create(self, item: Object) -> None:
        """Create an object, as somebody with kubectl would."""
        resource = BY_KIND[item["kind"]]
        namespace = item["metadata"].get("namespace") or ""
        asked = Asked("create", resource.plural, namespace, group=resource.group)
        self._writes.create(asked, json.dumps(item).encode())

    def patch(self, kind: str, namespace: str, name: str, patch: Object) -> None:
        """Patch an object by strategic merge, as somebody with kubectl would."""
        resource = BY_KIND[kind]
        asked = Asked("patch", resource.plural, namespace, name, group=resource.group)
        self._writes.patch(asked, json.dumps(patch).encode(), patches.STRATEGIC)

    def set_image(self, kind: str, namespace: str, name: str, image: str) -> None:
        """Give a workload's first container another image."""
        found = self.store.get(BY_KIND[kind].plural, namespace, name)
        container = found["spec"]["template"]["spec"]["containers"][0]["name"]
        told = {"containers": [{"name": container, "image": image}]}
        self.patch(kind, namespace, name, {"spec": {"template": {"spec": told}}})

    def line(self, outlook: Outlook | None = None) -> Line:
        """A way to the registries from a place of its own, to be entered."""
        return Line(self.registries.url, self.seed.sites, outlook or Outlook(), self.clock)

    async def _join(self, node: NodeSeed) -> None:
        line = await self._stack.enter_async_context(self.line(node.outlook))
        kind, _, version = node.runtime.partition("://")
        runtime: Runtime = Crio(line, node.platform)
        if kind == "containerd":
            release = version if version.startswith("1.") else "2"
            runtime = Containerd(line, node.platform, ".".join(release.split(".")[:2]))
        look = partial(witnessing.look, line)
        kubelet = Kubelet(node.name, self.store, runtime, node.platform, self.clock, look)
        self.kubelets[node.name] = kubelet
        self.store.put(_node(node, self.clock()))
        for image in node.images:
            kubelet.hold(image)

    async def _grow(self) -> None:
        """Live through the time until now, in a moment."""
        for item in self.seed.objects:
            self.create(item)
            self._scheduling.step()  # a new namespace gets its ServiceAccount at once
        self._turns = sorted(self.seed.turns, key=lambda turn: turn.at)
        passed, age = 0.0, self.seed.age.total_seconds()
        busy_until = _BUSY
        while passed < age:
            if self._happen(passed):
                busy_until = passed + _BUSY
            await self.step()
            # Between two tries of a pull nothing much happens; a while after a change is looked at closely.
            pause = _STEP if passed < busy_until else _QUIET
            if self._turns:
                pause = min(pause, max(self._turns[0].at - passed, _STEP))
            self.clock.push(pause)
            passed += pause

    def _happen(self, passed: float) -> bool:
        """Have happen what is due so many seconds after the beginning, and say whether anything was."""
        due = [turn for turn in self._turns if turn.at <= passed]
        for turn in due:
            self._turns.remove(turn)
            turn.act(self)
        return bool(due)

    async def _live(self) -> None:
        passed = self.seed.age.total_seconds()
        while True:
            self._happen(passed)
            await self.step()
            await asyncio.sleep(_STEP)
            passed += _STEP

    async def _log(self, namespace: str, pod: str, container: str, previous: bool) -> str:
        found = self.store.get("pods", namespace, pod)
        kubelet = self.kubelets.get(found["spec"].get("nodeName") or "")
        if kubelet is None:
            raise bad_request(f"pod {pod} does not have a host assigned")
        return await kubelet.log(found, container, previous=previous)


def _node(node: NodeSeed, moment: datetime) -> Object:
    time = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    labels = {
        "kubernetes.io/arch": node.platform.architecture,
        "kubernetes.io/hostname": node.name,
        "kubernetes.io/os": node.platform.os,
        **node.labels,
    }
    pressure = str(node.outlook.full)
    told = {
        "MemoryPressure": ("False", "KubeletHasSufficientMemory"),
        "DiskPressure": (
            pressure,
            "KubeletHasDiskPressure" if node.outlook.full else "KubeletHasNoDiskPressure",
        ),
        "PIDPressure": ("False", "KubeletHasSufficientPID"),
        "Ready": ("True", "KubeletReady"),
    }
    conditions = [
        {"type": kind, "status": state, "reason": why, "lastHeartbeatTime": time, "lastTransitionTime": time}
        for kind, (state, why) in told.items()
    ]
    return {
        "kind": "Node",
        "metadata": {"name": node.name, "labels": labels, "creationTimestamp": time},
        "spec": {},
        "status": {
            "capacity": {"cpu": "4", "memory": "16Gi", "pods": "110"},
            "conditions": conditions,
            "addresses": [{"type": "InternalIP", "address": node.outlook.address}],
            "nodeInfo": {
                "architecture": node.platform.architecture,
                "operatingSystem": node.platform.os,
                "containerRuntimeVersion": node.runtime,
                "kubeletVersion": "v1.36.2",
                "osImage": "Debian GNU/Linux 12 (bookworm)",
            },
            "images": [],
        },
    }
