"""One suite for every cluster reader: a live API server over HTTP and a dump of the same objects answer alike."""

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.cluster.dump import DumpReader
from bot.facts.objects import ContainerKind, Unread
from bot.ports.reading import ClusterReader, Scan
from bot.ports.stocktaking import StockTaker
from tests.fakes import objects
from tests.fakes.api_server import FakeApiServer
from tests.fakes.live import reader_on


CLUSTERS = Path(__file__).parent.parent / "recordings" / "clusters"
RECORDED = sorted(path.name for path in CLUSTERS.iterdir())

Opened = Callable[..., AbstractAsyncContextManager[ClusterReader]]


@asynccontextmanager
async def _live(
    _: Path, *items: dict[str, Any], logs: dict[str, str] | None = None
) -> AsyncIterator[ClusterReader]:
    kept = {("shop", "web-1", container, False): text for container, text in (logs or {}).items()}
    async with FakeApiServer(items, logs=kept) as server, reader_on(server) as reader:
        yield reader


@asynccontextmanager
async def _dump(
    folder: Path, *items: dict[str, Any], logs: dict[str, str] | None = None
) -> AsyncIterator[ClusterReader]:
    by_kind: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for kind in ("Pod", "Event", "Node", "ServiceAccount", "Secret", "Namespace", "ReplicaSet", "Deployment"):
        by_kind[kind] = []
    for item in items:
        if item["kind"].endswith("List"):
            by_kind[item["kind"].removesuffix("List")] += item["items"]
        else:
            by_kind[item["kind"]].append(item)
    for kind, listed in by_kind.items():
        (folder / f"{kind.lower()}.json").write_text(json.dumps({"kind": f"{kind}List", "items": listed}))
    for container, text in (logs or {}).items():
        path = folder / "logs" / "shop" / "web-1" / f"{container}.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    yield DumpReader.open(folder, datetime(2026, 11, 22, 9, tzinfo=UTC))


@pytest.fixture(params=[_live, _dump], ids=["live", "dump"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    """Opens a reader on some objects."""
    return lambda *items, **more: request.param(tmp_path, *items, **more)


FAILING = objects.pod(state=objects.waiting("ErrImagePull", "not found"))
RESTARTED = objects.pod("old-1", state=objects.waiting(), phase="Running")
HEALTHY = objects.pod("fine-1")
CRASHING = objects.event(
    "web-1", "BackOff", "Back-off restarting failed container app in pod web-1", number=2
)


@pytest.mark.parametrize("full", [True, False])
async def test_look_finds_pods_that_may_fail(opened: Opened, *, full: bool) -> None:
    """The failing and the restarted one, with their events, and not the healthy one."""
    async with opened(FAILING, RESTARTED, HEALTHY, objects.event("old-1"), objects.event()) as reader:
        sighting = await reader.look(Scan(full=full))
    assert [pod.key for pod in sighting.pods] == ["shop/old-1", "shop/web-1"]
    assert sighting.complete
    assert sighting.unread == ()
    assert sighting.observed_at == datetime(2026, 11, 22, 9, tzinfo=UTC)
    assert {"shop/old-1", "shop/web-1"} <= sighting.events.keys()


async def test_look_keeps_to_namespaces_and_labels(opened: Opened) -> None:
    """Both narrow the look."""
    other = objects.pod("web-9", "other", state=objects.waiting(), metadata={"labels": {"app": "web"}})
    labelled = objects.pod("web-2", state=objects.waiting(), metadata={"labels": {"app": "web"}})
    async with opened(FAILING, other, labelled) as reader:
        here = await reader.look(Scan(namespaces=("shop",)))
        web = await reader.look(Scan(labels="app in (web, api),!canary"))
    assert [pod.key for pod in here.pods] == ["shop/web-1", "shop/web-2"]
    assert [pod.key for pod in web.pods] == ["other/web-9", "shop/web-2"]


async def test_look_shows_the_pull_of_a_pod_that_waits_in_silence(opened: Opened) -> None:
    """A stalled pull has a Pulling event and nothing else."""
    silent = objects.pod(state=objects.waiting("ContainerCreating"))
    async with opened(silent, objects.event("web-1", "Pulling", "Pulling image")) as reader:
        sighting = await reader.look(Scan(stalled_after=timedelta(minutes=10)))
    assert [event.reason for event in sighting.events["shop/web-1"]] == ["Pulling"]


async def test_pod_is_there_or_not(opened: Opened) -> None:
    """A missing pod is None: the list was there and it was not in it."""
    async with opened(FAILING, HEALTHY) as reader:
        failing, healthy, missing = (
            await reader.pod("shop", "web-1"),
            await reader.pod("shop", "fine-1"),
            await reader.pod("shop", "web-2"),
        )
    assert failing is not None
    assert not isinstance(failing, Unread)
    (container,) = failing.containers
    assert (container.kind, container.waiting_reason) == (ContainerKind.MAIN, "ErrImagePull")
    assert healthy is not None
    assert missing is None


async def test_pods_lists_siblings_healthy_ones_too(opened: Opened) -> None:
    """Each of the namespace; as witnesses those that fail, and others of each kind."""
    far = objects.pod("far-1", "other", spec={"nodeName": "node-2"})
    async with opened(FAILING, HEALTHY, far) as reader:
        here, witnesses = await reader.pods("shop"), await reader.neighbours("shop")
    assert isinstance(here, tuple)
    assert isinstance(witnesses, tuple)
    assert sorted(pod.name for pod in here) == ["fine-1", "web-1"]
    assert sorted(pod.name for pod in witnesses) == ["fine-1", "web-1"]


async def test_events_of_a_pod_come_by_name_and_in_order(opened: Opened) -> None:
    """By name, because a static pod's events carry another uid; all of them, oldest first."""
    events = [
        objects.event(number=1),
        objects.event(reason="Scheduled", last=objects.EARLIER),
        objects.event("web-10"),
        objects.event(
            reason="Pulling", involvedObject={"kind": "ReplicaSet", "namespace": "shop", "name": "web-1"}
        ),
    ]
    async with opened(FAILING, *events) as reader:
        found = await reader.events_of("shop", "web-1")
    assert isinstance(found, tuple)
    assert [event.reason for event in found] == ["Scheduled", "Failed"]


async def test_events_of_a_namespace_bear_on_pulling(opened: Opened) -> None:
    """Probes and schedulers are left out."""
    events = [objects.event(), objects.event(reason="Unhealthy"), objects.event("far-1", namespace="other")]
    async with opened(FAILING, *events) as reader:
        found = await reader.events("shop")
    assert isinstance(found, tuple)
    assert [(event.pod, event.reason) for event in found] == [("web-1", "Failed")]


async def test_nodes_accounts_and_namespaces(opened: Opened) -> None:
    """The witnesses around a pod."""
    world = [
        objects.named(
            "Node", "node-1", "", status={"nodeInfo": {"operatingSystem": "linux", "architecture": "arm64"}}
        ),
        objects.named("ServiceAccount", "default", imagePullSecrets=[{"name": "regcred"}]),
        objects.named("Namespace", "shop", ""),
    ]
    async with opened(*world) as reader:
        nodes, accounts = await reader.nodes(), await reader.service_accounts("shop")
        namespaces = await reader.namespaces()
    assert isinstance(nodes, tuple)
    assert isinstance(accounts, tuple)
    assert [str(node.platform) for node in nodes] == ["linux/arm64"]
    assert [account.pull_secrets for account in accounts] == [("regcred",)]
    assert namespaces == ("shop",)


async def test_secrets_are_reduced_to_structure(opened: Opened) -> None:
    """Types and names, missing ones as None, and never a value."""
    config = "eyJhdXRocyI6eyJyZWdpc3RyeS5leGFtcGxlIjp7ImF1dGgiOiJkVHBqWVc1aGNuaz0ifX19"
    world = [
        FAILING | {"spec": {**FAILING["spec"], "imagePullSecrets": [{"name": "opaque"}]}},
        objects.named(
            "Secret", "regcred", type="kubernetes.io/dockerconfigjson", data={".dockerconfigjson": config}
        ),
        objects.named("Secret", "opaque", type="Opaque", data={"x": "Y2FuYXJ5"}),
        objects.named("Secret", "unrelated", type="Opaque", data={"x": "Y2FuYXJ5"}),
    ]
    async with opened(*world) as reader:
        secrets = await reader.secrets("shop")
        one, none = await reader.secret("shop", "regcred"), await reader.secret("shop", "missing")
    assert isinstance(secrets, tuple)
    assert [secret.name for secret in secrets] == ["opaque", "regcred"]
    assert one == secrets[1]
    assert none is None
    assert [entry.key for entry in secrets[1].entries] == ["registry.example"]
    assert "canary" not in repr(secrets)


async def test_owners_come_by_kind(opened: Opened) -> None:
    """Template, owners and who manages it; a kind without objects is empty."""
    template = {"spec": {"containers": [{"name": "app", "image": "app:2"}]}}
    deployment = objects.named("Deployment", "web", spec={"replicas": 1, "template": template})
    async with opened(deployment) as reader:
        (owner,) = await _listed(reader.owners("shop", "Deployment"))
        none = await reader.owners("shop", "ReplicaSet")
    assert (owner.kind, owner.name, owner.images) == ("Deployment", "web", {"app": "app:2"})
    assert none == ()


async def _listed(answer: Awaitable[Any]) -> Any:
    found = await answer
    assert isinstance(found, tuple)
    return found


async def test_log_tail_gives_the_last_4_kb(opened: Opened) -> None:
    """The telling line of a crash stands at the end; a log that is not there is unread."""
    text = "x" * 5000 + "\nexec format error\n"
    async with opened(FAILING, logs={"app": text}) as reader:
        tail = await reader.log_tail("shop", "web-1", "app", previous=False)
        none = await reader.log_tail("shop", "web-1", "sidecar", previous=False)
    assert isinstance(tail, str)
    assert tail.endswith("exec format error\n")
    assert len(tail) <= 4096
    assert isinstance(none, Unread)


@pytest.mark.parametrize("cluster", RECORDED)
async def test_both_read_a_recorded_cluster_alike(tmp_path: Path, cluster: str) -> None:
    """Every witness of a real cluster says the same, live and from its dump."""
    dump = CLUSTERS / cluster / "dump"
    items = [json.loads(path.read_text()) for path in dump.glob("*.json") if path.name != "registry.json"]
    async with _live(tmp_path, *items) as live:
        assert await _everything(live) == await _everything(DumpReader.open(dump))


async def _everything(reader: ClusterReader) -> dict[str, Any]:
    sighting = await reader.look(Scan(stalled_after=timedelta(days=365)))
    namespaces = await _listed(reader.namespaces())
    told: dict[str, Any] = {"suspects": sighting.pods, "complete": sighting.complete, "seen": sighting.seen}
    told["nodes"] = await reader.nodes()
    for namespace in namespaces:
        told[namespace] = [
            _sorted(await reader.pods(namespace)),
            _sorted(await reader.events(namespace)),
            _sorted(await reader.service_accounts(namespace)),
            _sorted(await reader.secrets(namespace)),
            *[
                _sorted(await reader.owners(namespace, kind))
                for kind in ("ReplicaSet", "Deployment", "DaemonSet")
            ],
        ]
    for pod in sighting.pods:
        told[pod.key] = _sorted(await reader.events_of(pod.namespace, pod.name))
    return told


def _sorted(found: Any) -> Any:
    assert isinstance(found, tuple)
    return sorted(found, key=repr)


async def test_what_runs_is_told_alike(opened: Opened) -> None:
    """Once for pods that are alike, without what no registry is asked for."""
    items = [objects.pod(f"web-{number}") for number in range(3)]
    for item in items:
        item["status"]["phase"] = "Running"
    over = objects.pod("done")
    over["status"]["phase"] = "Succeeded"
    async with opened(*items, over) as reader:
        assert isinstance(reader, StockTaker)
        for wanted in (None, ("shop",)):
            stock = await reader.stock(wanted)
            assert [each.images for each in stock.uses] == [("app:1",)] * len(stock.uses)
            assert (sum(each.pods for each in stock.uses), stock.complete) == (3, True)
