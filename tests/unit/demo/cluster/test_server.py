"""The server itself, where the recordings do not reach: logs, sizes, and its own end."""

import asyncio
import contextlib
import json
from collections.abc import Mapping
from datetime import UTC
from typing import Any

import aiohttp

from bot.demo.cluster.access import ADMIN
from bot.demo.cluster.refusals import bad_request
from bot.demo.cluster.server import SimulatedCluster, now
from bot.demo.cluster.store import Store


def _pod(name: str) -> dict[str, Any]:
    return {
        "kind": "Pod",
        "metadata": {"namespace": "a", "name": name},
        "spec": {"containers": [{"name": "x", "image": "y" * 400}]},
    }


async def _got(
    cluster: SimulatedCluster, path: str, headers: Mapping[str, str] | None = None
) -> tuple[int, Mapping[str, str], bytes]:
    sent = {"Authorization": "Bearer t", **(headers or {})}
    async with (
        aiohttp.ClientSession(auto_decompress=True) as session,
        session.get(cluster.url + path, headers=sent) as answer,
    ):
        return answer.status, answer.headers, await answer.read()


async def _log(namespace: str, pod: str, container: str, previous: bool) -> str:
    if previous:
        raise bad_request(f'previous terminated container "{container}" in pod "{pod}" not found')
    return f"{namespace}/{pod}/{container}\nsecond\nthird\n"


async def test_logs_are_cut_as_asked() -> None:
    """By lines from the end, then by bytes; a container may be left out where there is one."""
    async with SimulatedCluster(Store([_pod("p")]), {"t": ADMIN}, logs=_log) as cluster:
        path = "/api/v1/namespaces/a/pods/p/log"
        assert (await _got(cluster, path))[2] == b"a/p/x\nsecond\nthird\n"
        assert (await _got(cluster, f"{path}?container=x&tailLines=2&limitBytes=8"))[2] == b"second\nt"
        assert (await _got(cluster, f"{path}?previous=true"))[0] == 400
        assert (await _got(cluster, f"{path}?tailLines=x"))[0] == 400


async def test_large_answers_are_compressed_for_those_who_accept_it() -> None:
    """From 128 KiB on."""
    store = Store([_pod(f"p-{number}") for number in range(400)])
    async with SimulatedCluster(store, {"t": ADMIN}) as cluster:
        zipped = await _got(cluster, "/api/v1/pods", {"Accept-Encoding": "gzip"})
        plain = await _got(cluster, "/api/v1/pods", {"Accept-Encoding": "identity"})
        small = await _got(cluster, "/api/v1/pods?limit=1", {"Accept-Encoding": "gzip"})
    assert zipped[1].get("Content-Encoding") == "gzip"
    assert "Content-Encoding" not in plain[1]
    assert "Content-Encoding" not in small[1]
    assert len(json.loads(zipped[2])["items"]) == 400


async def test_an_open_watch_ends_with_the_server() -> None:
    """Nothing is left hanging when the demo stops."""
    async with SimulatedCluster(Store(), {"t": ADMIN}) as cluster:
        watching = asyncio.create_task(_got(cluster, "/api/v1/pods?watch=1"))
        await asyncio.sleep(0.1)
        assert not watching.done()
    with contextlib.suppress(aiohttp.ClientError):
        await watching


async def test_a_list_from_the_future_may_come_true() -> None:
    """The server waits a little before it gives up."""
    store = Store()
    async with SimulatedCluster(store, {"t": ADMIN}, patience=0.2) as cluster:
        asking = asyncio.create_task(_got(cluster, f"/api/v1/pods?resourceVersion={store.version + 1}"))
        await asyncio.sleep(0.05)
        store.put(_pod("p"))
        assert (await asking)[0] == 200


def test_the_clock_knows_its_zone() -> None:
    """UTC."""
    assert now().tzinfo is UTC
