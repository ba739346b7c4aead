"""The demo's world mends when what is wrong is changed through its API, by who may change it, and otherwise not.

Nothing here goes past the API server: patches and deletions as a bot sends them, with the rights that it has in the demo.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from bot.demo.cluster.access import ADMIN
from bot.demo.rights import READER, WRITER
from bot.demo.seed import OWN, PRIVATE, seed
from bot.demo.world import World


Object = dict[str, Any]
APPS, CORE = "/apis/apps/v1", "/api/v1"
STRATEGIC = "application/strategic-merge-patch+json"


class Hands:
    """Identities at the API of a world whose time passes when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 9, tzinfo=UTC)
        young = replace(seed(), age=timedelta(minutes=8))
        identities = {"reader": READER, "writer": WRITER, "admin": ADMIN}
        self.world = World(young, identities, lambda: self.now)

    async def take(self) -> None:
        """Hold the world still, but for :meth:`wait`."""
        assert self.world._life is not None
        self.world._life.cancel()
        await asyncio.gather(self.world._life, return_exceptions=True)

    async def wait(self, seconds: float = 60) -> None:
        """Let time pass, and everybody do what he does."""
        end = self.now + timedelta(seconds=seconds)
        while self.now < end:
            self.now += timedelta(seconds=2)
            await self.world.step()

    async def send(self, method: str, path: str, body: Object | None = None, who: str = "writer") -> int:
        """What the server says to a request."""
        kind = STRATEGIC if method == "PATCH" else "application/json"
        headers = {"Authorization": f"Bearer {who}", "Content-Type": kind}
        data = json.dumps(body) if body is not None else None
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, self.world.cluster.url + path, headers=headers, data=data) as answer,
        ):
            await answer.read()
            return answer.status

    async def renew(self, namespace: str, name: str) -> None:
        """Delete a workload's pods, as the writer."""
        for pod in self.pods(namespace, name):
            path = f"{CORE}/namespaces/{namespace}/pods/{pod['metadata']['name']}"
            assert await self.send("DELETE", path) == 200

    def pods(self, namespace: str, name: str) -> list[Object]:
        """A workload's."""
        return [
            pod
            for pod in self.world.store.every("pods", namespace)
            if (pod["metadata"].get("labels") or {}).get("app") == name
        ]

    def runs(self, namespace: str, name: str) -> list[bool]:
        """Whether each of its pods does."""
        return [
            all(
                "running" in each["state"]
                for each in pod["status"].get("containerStatuses") or [{"state": ()}]
            )
            for pod in self.pods(namespace, name)
        ]


@pytest.fixture
async def hands() -> AsyncIterator[Hands]:
    """The demo's first cluster, eight minutes old."""
    made = Hands()
    async with made.world:
        await made.take()
        yield made


def _image(name: str, image: str) -> Object:
    return {"spec": {"template": {"spec": {"containers": [{"name": name, "image": image}]}}}}


@pytest.mark.parametrize(
    ("image", "revision"), [("web:1.4.2", "3"), ("web:1.5.0", "3")], ids=["roll-back", "set-image"]
)
async def test_a_rollout_gets_unstuck(hands: Hands, image: str, revision: str) -> None:
    """Three pods serve throughout, and in the end all of them are of the image that was asked for."""
    assert sorted(hands.runs("shop", "web")) == [False, True, True, True]
    sent = await hands.send(
        "PATCH", f"{APPS}/namespaces/shop/deployments/web", _image("web", f"{OWN}/shop/{image}")
    )
    assert sent == 200
    for _ in range(20):
        await hands.wait(2)
        assert sum(hands.runs("shop", "web")) >= 3
    images = {pod["spec"]["containers"][0]["image"] for pod in hands.pods("shop", "web")}
    assert images == {f"{OWN}/shop/{image}"}
    assert hands.runs("shop", "web") == [True] * 3
    deployment = hands.world.store.get("deployments", "shop", "web")
    assert deployment["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == revision
    told = {each["type"]: each["reason"] for each in deployment["status"]["conditions"]}
    assert told == {"Available": "MinimumReplicasAvailable", "Progressing": "NewReplicaSetAvailable"}


async def test_an_attached_pull_secret_counts_for_new_pods(hands: Hands) -> None:
    """On the account: those that are there stay as they are, those that come after them pull."""
    account = f"{CORE}/namespaces/crm/serviceaccounts/default"
    assert await hands.send("PATCH", account, {"imagePullSecrets": [{"name": "registry-login"}]}) == 200
    await hands.wait(400)
    assert hands.runs("crm", "api") == [False]
    await hands.renew("crm", "api")
    await hands.wait(10)
    assert hands.runs("crm", "api") == [True]


async def test_a_pull_secret_on_a_workload_makes_new_pods_by_itself(hands: Hands) -> None:
    """It is in the template, and another template is a rollout."""
    told = {"spec": {"template": {"spec": {"imagePullSecrets": [{"name": "registry-login"}]}}}}
    assert await hands.send("PATCH", f"{APPS}/namespaces/crm/deployments/api", told) == 200
    await hands.wait(20)
    assert hands.runs("crm", "api") == [True]


async def test_a_copied_pull_secret_opens_the_registry(hands: Hands) -> None:
    """Made where it may be made, named by the account, and picked up by new pods."""
    source = hands.world.store.get("secrets", "platform", "registry-login")
    copy = {"metadata": {"name": "registry-login"}, "type": source["type"], "data": source["data"]}
    assert await hands.send("POST", f"{CORE}/namespaces/payments/secrets", copy) == 422
    copy["metadata"]["labels"] = {"imagepull/copied": "p8rw3kfz5n"}
    assert await hands.send("POST", f"{CORE}/namespaces/payments/secrets", copy) == 201
    assert await hands.send("POST", f"{CORE}/namespaces/shop/secrets", copy) == 403
    account = f"{CORE}/namespaces/payments/serviceaccounts/default"
    assert await hands.send("PATCH", account, {"imagePullSecrets": [{"name": "registry-login"}]}) == 200
    await hands.renew("payments", "api")
    await hands.wait(10)
    assert hands.runs("payments", "api") == [True, True]


async def test_new_pods_pick_up_what_their_account_has_by_now(hands: Hands) -> None:
    """Somebody attached it after the pod was made; deleted, it comes back well."""
    assert hands.runs("data", "exporter") == [False]
    await hands.renew("data", "exporter")
    await hands.wait(10)
    assert hands.runs("data", "exporter") == [True]


async def test_a_cron_job_runs_its_new_template_the_next_time(hands: Hands) -> None:
    """And not at all while it is suspended."""
    path = "/apis/batch/v1/namespaces/data/cronjobs/report"
    told = {"containers": [{"name": "report", "image": f"{OWN}/data/report:2025.1"}]}
    template = {"jobTemplate": {"spec": {"template": {"spec": told}}}}
    assert await hands.send("PATCH", path, {"spec": {"schedule": "0 * * * *"}}, "admin") == 200
    assert await hands.send("PATCH", path, {"spec": template}) == 200
    assert await hands.send("PATCH", path, {"spec": {"suspend": True}}) == 200
    hands.now += timedelta(hours=1)
    await hands.wait(10)
    assert hands.runs("data", "report") == [False]
    assert await hands.send("PATCH", path, {"spec": {"suspend": False}}) == 200
    await hands.wait(10)
    assert sorted(hands.runs("data", "report")) == [False, True]


async def test_a_pod_leaves_a_node_that_is_cordoned(hands: Hands) -> None:
    """Once it is made anew; what runs there runs on."""
    assert await hands.send("PATCH", f"{CORE}/nodes/node-2", {"spec": {"unschedulable": True}}) == 200
    before = {pod["metadata"]["uid"] for pod in hands.world.store.every("pods")}
    free = {
        "spec": {
            "template": {
                "spec": {"nodeSelector": {"kubernetes.io/hostname": None, "kubernetes.io/os": "linux"}}
            }
        }
    }
    assert await hands.send("PATCH", f"{APPS}/namespaces/lab/deployments/mirrored", free) == 200
    await hands.wait(20)
    fresh = [pod for pod in hands.world.store.every("pods") if pod["metadata"]["uid"] not in before]
    assert fresh
    assert "node-2" not in {pod["spec"]["nodeName"] for pod in fresh}
    assert hands.runs("edge", "collector") == [True]


async def test_a_pod_stands_where_its_image_is_built_for(hands: Hands) -> None:
    """Its template asks for another architecture by now."""
    selector = {"kubernetes.io/hostname": None, "kubernetes.io/arch": "amd64", "acme.example/place": "core"}
    told = {"spec": {"template": {"spec": {"nodeSelector": selector}}}}
    assert await hands.send("PATCH", f"{APPS}/namespaces/shop/deployments/legacy", told) == 200
    await hands.wait(20)
    assert hands.runs("shop", "legacy") == [True]


async def test_a_paused_rollout_waits(hands: Hands) -> None:
    """A template that would mend it changes nothing yet."""
    path = f"{APPS}/namespaces/shop/deployments/web"
    assert await hands.send("PATCH", path, {"spec": {"paused": True}}) == 200
    assert await hands.send("PATCH", path, _image("web", f"{OWN}/shop/web:1.5.0")) == 200
    await hands.wait(20)
    assert sorted(hands.runs("shop", "web")) == [False, True, True, True]
    assert await hands.send("PATCH", path, {"spec": {"paused": None}}) == 200
    await hands.wait(20)
    assert hands.runs("shop", "web") == [True] * 3


async def test_a_bare_pod_stays_gone(hands: Hands) -> None:
    """Nobody makes it again; so the writer may not delete it."""
    pod = {"metadata": {"name": "alone", "labels": {"app": "alone"}}, "kind": "Pod"}
    spec = {"containers": [{"name": "alone", "image": f"{PRIVATE}/payments/api:1.1"}]}
    hands.world.create({**pod, "metadata": {**pod["metadata"], "namespace": "lab"}, "spec": spec})
    await hands.wait(10)
    assert hands.runs("lab", "alone") == [False]
    path = f"{CORE}/namespaces/lab/pods/alone"
    assert await hands.send("DELETE", path) == 422
    assert await hands.send("DELETE", path, who="admin") == 200
    await hands.wait(10)
    assert hands.pods("lab", "alone") == []


@pytest.mark.parametrize(
    ("who", "method", "path"),
    [
        ("reader", "PATCH", f"{APPS}/namespaces/shop/deployments/web"),
        ("reader", "DELETE", f"{CORE}/namespaces/shop/pods/x"),
        ("reader", "POST", f"{CORE}/namespaces/payments/secrets"),
        ("writer", "PATCH", f"{APPS}/namespaces/platform/daemonsets/agent"),
        ("writer", "DELETE", f"{APPS}/namespaces/shop/deployments/web"),
        ("writer", "GET", f"{CORE}/namespaces/payments/secrets/x"),
    ],
)
async def test_nobody_goes_further_than_he_may(hands: Hands, who: str, method: str, path: str) -> None:
    """403, whatever is there."""
    assert await hands.send(method, path, {}, who) == 403
