"""CRI-O where the recordings do not reach."""

from datetime import UTC, datetime

import pytest

from bot.demo.nodes.asking import Failed, Login, Pulled
from bot.demo.nodes.crio import Crio
from bot.demo.nodes.network import Line, Outlook, Site
from bot.demo.registry.content import Repository, artifact, index, single
from bot.demo.registry.families import HUB
from bot.demo.registry.registry import Registry
from bot.demo.registry.server import SimulatedRegistries
from bot.facts.image import Platform, parse


HOST = "registry.example"
IMAGE = single(name="web")


async def _pulled(repository: Repository, *, full: bool = False) -> Pulled:
    registry = Registry({"web": repository}, HUB, users={"jane": "s"}, host=HOST)
    outlook = Outlook(full=full)
    async with (
        SimulatedRegistries([registry]) as served,
        Line(
            served.url, {HOST: Site("203.0.113.1")}, outlook, lambda: datetime(2026, 11, 22, tzinfo=UTC)
        ) as line,
    ):
        runtime = Crio(line, Platform("linux", "amd64"))
        return await runtime.pull(parse(f"{HOST}/web:1"), Login("jane", "s"))


async def test_an_image_comes_with_all_its_parts() -> None:
    """Through a token; its own platform of several."""
    both = index(IMAGE, single("linux/arm64", name="web"))
    pulled = await _pulled(Repository({"1": both}, frozenset({"jane"})))
    assert (pulled.digest, pulled.runs) == (both.digest, True)


async def test_a_chart_comes_and_does_not_run() -> None:
    """It is no image."""
    assert not (await _pulled(Repository({"1": artifact()}))).runs


async def test_a_lost_layer_is_told_twice() -> None:
    """Once of the image and once of the artifact that it is not."""
    lost = Repository({"1": IMAGE}, lost=frozenset({IMAGE.layers[0]}))
    with pytest.raises(Failed) as failed:
        await _pulled(lost)
    assert failed.value.text.count("blob unknown to registry") == 2


async def test_a_full_disk_is_the_nodes_own() -> None:
    """Nothing is said of an artifact."""
    with pytest.raises(Failed) as failed:
        await _pulled(Repository({"1": IMAGE}), full=True)
    assert failed.value.text.startswith("unable to pull image: writing blob")
