"""A small world: it grows up, lives, and ends."""

from datetime import timedelta
from typing import Any

from bot.demo.cluster.access import ADMIN
from bot.demo.nodes.network import Site
from bot.demo.registry.content import Repository, single
from bot.demo.registry.families import DISTRIBUTION
from bot.demo.registry.registry import Registry
from bot.demo.world import NodeSeed, Seed, Turn, World


HOST = "registry.example"


def _seed(image: str, turns: tuple[Turn, ...] = ()) -> Seed:
    labels = {"app": "web"}
    spec: dict[str, Any] = {
        "selector": {"matchLabels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {"containers": [{"name": "web", "image": f"{HOST}/{image}"}]},
        },
    }
    return Seed(
        registries=[Registry({"web": Repository({"1": single()})}, DISTRIBUTION, host=HOST)],
        sites={HOST: Site("203.0.113.1")},
        nodes=[NodeSeed("node-1"), NodeSeed("node-2", "cri-o://1.37.0")],
        objects=[
            {"kind": "Namespace", "metadata": {"name": "shop"}},
            {"kind": "Deployment", "metadata": {"namespace": "shop", "name": "web"}, "spec": spec},
        ],
        turns=turns,
        age=timedelta(minutes=2),
    )


def _states(world: World) -> list[dict[str, Any]]:
    return [pod["status"]["containerStatuses"][0]["state"] for pod in world.store.every("pods")]


async def test_world_grows_up_before_it_is_entered() -> None:
    """Two minutes of history, and an API server that tells them."""
    async with World(_seed("web:1"), {"t": ADMIN}) as world:
        assert ["running" in state for state in _states(world)] == [True]
        assert world.cluster.url.startswith("http://127.0.0.1:")
        deployment = world.store.get("deployments", "shop", "web")
        assert deployment["status"]["readyReplicas"] == 1
        nodes = {node["metadata"]["name"]: node for node in world.store.every("nodes")}
        assert any(node["status"]["images"] for node in nodes.values())


async def test_what_happens_later_happens_then() -> None:
    """A turn of events, a minute in: another image, which is not there; the old pod runs on."""
    turn = Turn(60, lambda world: world.set_image("Deployment", "shop", "web", f"{HOST}/web:2"))
    async with World(_seed("web:1", (turn,)), {"t": ADMIN}) as world:
        reasons = sorted(str(state.get("waiting", {}).get("reason")) for state in _states(world))
        assert reasons == ["ImagePullBackOff", "None"]


async def test_pods_have_logs_where_they_run() -> None:
    """And none where nobody runs them."""
    async with World(_seed("web:1"), {"t": ADMIN}) as world:
        pod = next(world.store.every("pods"))
        assert await world._log("shop", pod["metadata"]["name"], "web", False) == ""
