"""A verdict becomes one Event on a workload, whoever says it how often; whoever may not write it is told so."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cluster import announcing
from bot.demo.cluster.access import ADMIN
from bot.demo.cluster.store import Store
from bot.ports.announcing import Announcement, Told
from bot.wiring import tellers
from bot.wiring.access import Access
from bot.wiring.writers import WriterAccess
from tests.fakes import writes
from tests.fakes.api_server import FakeApiServer, Fault
from tests.fakes.cluster import NOW
from tests.fakes.faulty_cluster import FaultyCluster


SAID = Announcement("k/shop/Deployment/web", "Deployment", "shop", "web", "wrong-tag (high): gone", NOW, NOW)


@pytest.fixture
async def server() -> AsyncIterator[FakeApiServer]:
    """One that answers everything with 200."""
    async with FakeApiServer([*writes.namespaces("shop"), writes.deployment()]) as made:
        yield made


@pytest.fixture
async def cluster() -> AsyncIterator[FaultyCluster]:
    """One that takes what is written."""
    store = Store([*writes.namespaces("shop"), writes.deployment()])
    async with FaultyCluster(store, {"reader": ADMIN, "teller": ADMIN}) as made:
        yield made


async def _told(server: FakeApiServer | FaultyCluster, folder: Path, *said: Announcement) -> list[Told]:
    told = {
        "current-context": "it",
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
        "clusters": [{"name": "it", "cluster": {"server": server.url}}],
        "users": [{"name": "it", "user": {"token": "reader"}}],
    }
    (folder / "kubeconfig").write_text(json.dumps(told))
    (folder / "token").write_text("teller")
    access = Access("eu", kubeconfig=folder / "kubeconfig")
    async with tellers.announcing(access, WriterAccess(token_file=folder / "token")) as announcer:
        return [(await announcer.announce(each)).told for each in said]


async def test_verdict_stands_on_the_workload_once(cluster: FaultyCluster, tmp_path: Path) -> None:
    """Said again it is brought up to date."""
    again = replace(SAID, count=2, message="x" * 2000)
    assert await _told(cluster, tmp_path, SAID, SAID, again) == [Told.DONE] * 3
    (event,) = cluster.store.every("events", "shop")
    workload = cluster.store.get("deployments", "shop", "web")
    assert event["involvedObject"] == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "namespace": "shop",
        "name": "web",
        "uid": workload["metadata"]["uid"],
    }
    assert (event["reason"], event["type"], event["count"]) == (announcing.REASON, "Warning", 2)
    assert event["source"] == {"component": "imagepull"}
    assert len(event["message"]) < announcing.LONGEST
    writes_of = [each for each in cluster.heard if each.method != "GET"]
    assert [each.method for each in writes_of] == ["POST", "POST", "PATCH", "POST", "PATCH"]
    assert {each.headers["Authorization"] for each in writes_of} == {"Bearer teller"}


async def test_workload_that_is_gone_or_none_gets_nothing(cluster: FaultyCluster, tmp_path: Path) -> None:
    """Nor does a name that would lead elsewhere."""
    strange = [
        replace(SAID, name="../../secrets/x"),
        replace(SAID, kind="Secret"),
        replace(SAID, namespace="a/b"),
    ]
    assert await _told(cluster, tmp_path, replace(SAID, name="none"), *strange) == [Told.GONE] * 4
    assert list(cluster.store.every("events", "shop")) == []
    assert all(each.method == "GET" for each in cluster.heard)


async def test_portal_that_says_yes_to_everything_is_not_believed(
    server: FakeApiServer, tmp_path: Path
) -> None:
    """It is said again, as to a server that is away."""
    assert await _told(server, tmp_path, SAID) == [Told.LATER]


@pytest.mark.parametrize(
    ("status", "told"), [(403, Told.REFUSED), (422, Told.REFUSED), (500, Told.LATER), (429, Told.LATER)]
)
async def test_what_the_server_says_is_what_came_of_it(
    server: FakeApiServer, tmp_path: Path, status: int, told: Told
) -> None:
    """What may be otherwise soon is said again."""
    server.faults = [Fault(lambda asked: asked.verb == "create", times=-1, status=status)]
    assert await _told(server, tmp_path, SAID) == [told]


def test_name_is_the_verdicts_own() -> None:
    """And one that Kubernetes takes."""
    assert announcing.name_of(SAID) == announcing.name_of(replace(SAID, message="else", count=7))
    assert announcing.name_of(SAID) != announcing.name_of(replace(SAID, key="else"))
    assert announcing.name_of(SAID).isascii()
