"""Containerd where the recordings do not reach: pulls that succeed, and content that is not what it should be."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.demo.nodes.asking import Failed, Login, Pulled
from bot.demo.nodes.containerd import Containerd
from bot.demo.nodes.network import Line, Outlook, Site
from bot.demo.registry.content import Repository, artifact, index, single
from bot.demo.registry.families import DISTRIBUTION, HUB, Family, Said
from bot.demo.registry.registry import Registry
from bot.demo.registry.server import SimulatedRegistries
from bot.facts.image import Platform, parse


NODE = Platform("linux", "amd64")
HOST, MIRROR = "registry.example", "mirror.example"
IMAGE = single(name="web")
READERS = frozenset({"jane"})


async def _pulled(
    repository: Repository, release: str = "2", login: Login | None = None, **more: Any
) -> Pulled:
    family: Family = more.get("family", DISTRIBUTION)
    registry = Registry({"web": repository}, family, users={"jane": "s"}, host=HOST)
    registry.stores = True
    hosts = [(MIRROR, more["mirror"])] if "mirror" in more else []
    outlook = Outlook(mirrors={HOST: MIRROR} if hosts else {})
    sites = {host: Site("203.0.113.1") for host in (HOST, MIRROR)}
    async with (
        SimulatedRegistries([registry], hosts) as served,
        Line(served.url, sites, outlook, lambda: datetime(2026, 11, 22, tzinfo=UTC)) as line,
    ):
        return await Containerd(line, NODE, release).pull(parse(f"{HOST}/web:1"), login)


async def test_an_image_comes_with_all_its_parts() -> None:
    """Through a token and a redirected store; its own platform of several."""
    both = index(IMAGE, single("linux/arm64", name="web"))
    pulled = await _pulled(Repository({"1": both}, READERS), login=Login("jane", "s"), family=HUB)
    assert pulled.digest == both.digest
    assert pulled.platform == NODE
    assert pulled.size > sum(len(blob) for blob in IMAGE.blobs.values())


async def test_a_chart_comes_and_does_not_run() -> None:
    """But for 1.6, which does not even unpack it."""
    assert not (await _pulled(Repository({"1": artifact()}))).runs
    with pytest.raises(Failed, match="mismatched image rootfs"):
        await _pulled(Repository({"1": artifact()}), "1.6")


async def test_a_lost_layer_is_missed() -> None:
    """By its address."""
    lost = Repository({"1": IMAGE}, lost=frozenset({IMAGE.layers[0]}))
    with pytest.raises(Failed) as failed:
        await _pulled(lost)
    assert failed.value.text.endswith(f"/blobs/{IMAGE.layers[0]} not found: not found")


async def test_a_garbled_layer_is_not_taken() -> None:
    """Its digest is another."""
    blobs = {**IMAGE.blobs, IMAGE.layers[0]: b"something else"}
    torn = type(IMAGE)(IMAGE.media_type, IMAGE.body, blobs=blobs)
    with pytest.raises(Failed) as failed:
        await _pulled(Repository({"1": torn}))
    assert "unexpected commit digest" in failed.value.text


@pytest.mark.parametrize(("release", "said"), [("1.7", "503 Service Unavailable"), ("2", "not found")])
async def test_a_mirrors_failure_hides_what_is_missing(release: str, said: str) -> None:
    """Up to 1.7; 2 says that the registry itself does not have it."""
    mirror = Registry({}, DISTRIBUTION, host=MIRROR)

    mirror.mischief.everything = Said(503, "")
    with pytest.raises(Failed) as failed:
        await _pulled(Repository({"2": IMAGE}), release, mirror=mirror)
    assert failed.value.text.endswith(said)
