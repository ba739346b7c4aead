"""A cluster to try the bot on: a simulated one, or a real one when ``IMAGEPULL_TEST_KUBECONFIG`` names its kubeconfig.

The tests make what they need in a namespace of their own, through the API's own door, and take it away again.
"""

import json
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from kubernetes.aio import client, config

from bot.demo.cluster.access import ADMIN
from bot.demo.cluster.server import SimulatedCluster
from bot.demo.cluster.store import Store
from bot.demo.fence import fence
from bot.demo.nodes.network import Site
from bot.demo.registry.content import Repository, single
from bot.demo.registry.families import DISTRIBUTION, HTPASSWD, Said
from bot.demo.registry.registry import Registry
from bot.demo.world import NodeSeed, Seed, World


REAL = "IMAGEPULL_TEST_KUBECONFIG"
# On a real cluster: an image that its nodes can run, one that wants a login, that login as user:password, and one whose registry
# is down. No prefix of ours: every variable with it must be a setting.
IMAGES = ("TESTS_IMAGE", "TESTS_PRIVATE_IMAGE", "TESTS_PRIVATE_LOGIN", "TESTS_DOWN_IMAGE")
_TOKEN = "simulated"
_LOGIN = ("robot", "robots-own-password")


@dataclass(frozen=True)
class Images:
    """What there is to pull; "" for what nobody has named.

    Attributes:
        good: runs on the nodes, and on a real one is there already where nobody has named one.
        better: a tag of its repository that exists, too.
        misspelled: the nearest tag to this one is that.
        private: wants a login.
        login: for it, as user:password.
        down: its registry does not answer.
    """

    good: str = ""
    better: str = ""
    misspelled: str = ""
    private: str = ""
    login: str = ""
    down: str = ""


_SIMULATED = Images(
    "registry.example/shop/web:1.4.2",
    "registry.example/shop/web:1.5.0",
    "registry.example/shop/web:v1.5.0",
    "private.example/shop/api:1",
    ":".join(_LOGIN),
    "down.example/shop/web:1",
)


@dataclass
class Cluster:
    """Somewhere to make workloads.

    Attributes:
        kubeconfig: of an administrator.
        namespace: the tests' own.
        is_real: nobody simulates it.
        simulated: its API server, where somebody does and nothing else lives in it.
        world: its nodes and registries, where they are simulated, too.
    """

    kubeconfig: Path
    namespace: str
    is_real: bool
    _api: client.ApiClient
    simulated: SimulatedCluster | None = None
    world: World | None = None

    async def images(self) -> Images:
        """What there is to pull: as the environment says, or else what a node holds already."""
        if not self.is_real:
            return _SIMULATED
        good, private, login, down = (os.environ.get(name, "") for name in IMAGES)
        return Images(good or await self._held(), private=private, login=login, down=down)

    async def _held(self) -> str:
        """The image that every pod of a node stands on: it is there without any registry."""
        nodes = await client.CoreV1Api(self._api).list_node()
        names = [name for node in nodes.items for each in node.status.images or () for name in each.names]
        return next((each for each in names if "pause:" in each and "@" not in each), "")

    async def ask(
        self, method: str, path: str, body: Any = None, kind: str = "application/json"
    ) -> tuple[int, Any]:
        """Any question, as an administrator: status and what the answer holds."""
        headers = {"Accept": "application/json", "Content-Type": kind}
        params = await self._api.param_serialize(
            method, path, header_params=headers, body=body, auth_settings=["BearerToken"]
        )
        response = await self._api.call_api(*params)
        return response.status, json.loads(await response.read())

    async def deploy(self, name: str, image: str, policy: str = "IfNotPresent") -> None:
        """Create a Deployment of one pod."""
        labels = {"app": name}
        container = {
            "name": name,
            "image": image,
            "imagePullPolicy": policy,
            "securityContext": {"allowPrivilegeEscalation": False},
        }
        template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
        body: dict[str, Any] = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name, "labels": labels},
            "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template},
        }
        await client.AppsV1Api(self._api).create_namespaced_deployment(self.namespace, body)

    async def remove(self, name: str) -> None:
        """Delete a Deployment with its pods."""
        await client.AppsV1Api(self._api).delete_namespaced_deployment(
            name, self.namespace, propagation_policy="Background"
        )


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Cluster]:
    """A cluster with an empty namespace, for as long as the block lasts."""
    real = os.environ.get(REAL, "")
    if real:
        async with _with_namespace(Path(real), is_real=True) as cluster:
            yield cluster
        return
    async with World(_seed(), {_TOKEN: ADMIN}) as world:
        file = folder / "kubeconfig"
        file.write_text(json.dumps(_kubeconfig(world.cluster.url)))  # a page of text
        async with _with_namespace(file, is_real=False) as cluster:
            cluster.world = world
            yield cluster


@asynccontextmanager
async def bare(folder: Path) -> AsyncIterator[Cluster]:
    """Likewise; the simulated one has neither nodes nor controllers, so that in it nothing changes by itself."""
    real = os.environ.get(REAL, "")
    if real:
        async with _with_namespace(Path(real), is_real=True) as cluster:
            yield cluster
        return
    async with SimulatedCluster(Store(), {_TOKEN: ADMIN}) as simulated:
        file = folder / "kubeconfig"
        file.write_text(json.dumps(_kubeconfig(simulated.url)))  # a page of text
        async with _with_namespace(file, is_real=False) as cluster:
            cluster.simulated = simulated
            yield cluster


@asynccontextmanager
async def _with_namespace(file: Path, *, is_real: bool) -> AsyncIterator[Cluster]:
    settings = client.Configuration()
    await config.load_kube_config(config_file=str(file), client_configuration=settings)
    namespace = f"imagepull-test-{secrets.token_hex(4)}"
    async with client.ApiClient(settings) as api:
        core = client.CoreV1Api(api)
        await core.create_namespace({"metadata": {"name": namespace}})
        try:
            yield Cluster(file, namespace, is_real, api)
        finally:
            await core.delete_namespace(namespace)


def _seed() -> Seed:
    web = single(name="web")
    own = Registry(
        {"shop/web": Repository({"1": web, "1.4.2": web, "1.5.0": web})},
        DISTRIBUTION,
        host="registry.example",
    )
    user, password = _LOGIN
    private = Registry(
        {"shop/api": Repository({"1": single(name="api")}, frozenset({user}))},
        HTPASSWD,
        users={user: password},
        host="private.example",
    )
    down = Registry({"shop/web": Repository({"1": web})}, DISTRIBUTION, host="down.example")
    down.mischief.everything = Said(503, "<html><body>no healthy upstream</body></html>")
    registries = [own, private, down]
    sites = {each.host: Site(f"203.0.113.{number}") for number, each in enumerate(registries, 10)}
    nodes = [NodeSeed("node-1", "containerd://2.4.0"), NodeSeed("node-2", "cri-o://1.37.0")]
    return Seed(registries, sites, nodes, [], age=timedelta(seconds=1), policies=fence())


def _kubeconfig(url: str) -> dict[str, Any]:
    named = {"name": "simulated"}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "simulated",
        "clusters": [{**named, "cluster": {"server": url}}],
        "users": [{**named, "user": {"token": _TOKEN}}],
        "contexts": [{**named, "context": {"cluster": "simulated", "user": "simulated"}}],
    }
