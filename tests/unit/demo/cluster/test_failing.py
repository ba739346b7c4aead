"""Requests that a fault meets, over HTTP: what is written, and what is answered."""

from typing import Any

import aiohttp
import pytest

from bot.demo.cluster.access import ADMIN
from bot.demo.cluster.faults import Fault
from bot.demo.cluster.server import SimulatedCluster
from bot.demo.cluster.store import Store


PLACE: list[dict[str, Any]] = [
    {"kind": "Namespace", "metadata": {"name": "a"}},
    {"kind": "Secret", "metadata": {"namespace": "a", "name": "s"}, "type": "Opaque"},
]
PATH = "/api/v1/namespaces/a/secrets/s"


async def _patched(cluster: SimulatedCluster, query: str = "") -> tuple[int, str]:
    headers = {"Authorization": "Bearer t", "Content-Type": "application/merge-patch+json"}
    patch = '{"metadata": {"labels": {"x": "y"}}}'
    async with (
        aiohttp.ClientSession() as session,
        session.patch(cluster.url + PATH + query, headers=headers, data=patch) as answer,
    ):
        return answer.status, await answer.text()


def _labels(cluster: SimulatedCluster) -> Any:
    return cluster.store.get("secrets", "a", "s")["metadata"].get("labels")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.THROTTLED, 429),
        (Fault.UNAVAILABLE, 503),
        (Fault.FORBIDDEN, 403),
        (Fault.UNAUTHORIZED, 401),
        (Fault.CONFLICT, 409),
        (Fault.TIMED_OUT, 504),
        (Fault.DENY_POLICY, 422),
        (Fault.WEBHOOK_DOWN, 500),
    ],
)
async def test_refused_request_changes_nothing(fault: Fault, code: int) -> None:
    """And the next one goes through."""
    async with SimulatedCluster(Store(PLACE), {"t": ADMIN}) as cluster:
        cluster.faults.add(fault=fault, verb="patch", plural="secrets", name="s")
        assert (await _patched(cluster))[0] == code
        assert _labels(cluster) is None
        assert (await _patched(cluster))[0] == 200


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.HUNG])
async def test_connection_may_end_before_anything_is_done(fault: Fault) -> None:
    """At once, or after a silence."""
    async with SimulatedCluster(Store(PLACE), {"t": ADMIN}) as cluster:
        cluster.faults.add(fault=fault, seconds=0.01)
        with pytest.raises(aiohttp.ClientError):
            await _patched(cluster)
        assert _labels(cluster) is None


async def test_answer_may_be_lost() -> None:
    """It is done, and nobody says so."""
    async with SimulatedCluster(Store(PLACE), {"t": ADMIN}) as cluster:
        seen: list[object] = []
        cluster.faults.add(fault=Fault.LOST, act=lambda: seen.append(_labels(cluster)))
        with pytest.raises(aiohttp.ClientError):
            await _patched(cluster)
        assert seen == [{"x": "y"}]


async def test_answer_may_be_late_or_unclear() -> None:
    """It is done all the same."""
    async with SimulatedCluster(Store(PLACE), {"t": ADMIN}) as cluster:
        cluster.faults.add(fault=Fault.LATE, seconds=0.01)
        assert (await _patched(cluster))[0] == 200
        cluster.store.put({"kind": "Secret", "metadata": {"namespace": "a", "name": "s"}, "type": "Opaque"})
        cluster.faults.add(fault=Fault.TIMED_OUT_DONE)
        assert (await _patched(cluster))[0] == 504
        assert _labels(cluster) == {"x": "y"}


async def test_somebody_may_act_first() -> None:
    """What is asked for meets another cluster then: here the object is gone."""
    async with SimulatedCluster(Store(PLACE), {"t": ADMIN}) as cluster:
        cluster.faults.add(fault=Fault.MEANWHILE, act=lambda: cluster.store.delete("secrets", "a", "s"))
        assert (await _patched(cluster))[0] == 404
        cluster.faults.add(fault=Fault.LATE, seconds=0.01)
        assert (await _patched(cluster))[0] == 404


async def test_dry_runs_may_be_spared() -> None:
    """What is found out when it is tried, and what only when it is meant."""
    async with SimulatedCluster(Store(PLACE), {"t": ADMIN}) as cluster:
        cluster.faults.add(fault=Fault.DENY_POLICY, dry=False)
        cluster.faults.add(fault=Fault.THROTTLED, dry=False)
        assert (await _patched(cluster, "?dryRun=All"))[0] == 200
        assert [(await _patched(cluster))[0] for _ in range(3)] == [429, 422, 200]
