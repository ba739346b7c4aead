"""Rounds of warnings against simulated registries and a simulated API server, put together as the bot puts them together.

Whatever family a registry is of and whatever it answers: what exists is never called gone, what cannot be known is told, and a
registry is never asked beyond the round's share of its budget.
"""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot import wiring
from bot.demo.registry.content import Repository
from bot.demo.registry.families import FAMILIES, Said
from bot.facts.forewarning import Check, Kind, Outlook
from bot.settings import Settings
from bot.wiring.access import Access
from bot.workflows import outlook
from bot.workflows.outlook import Terms
from tests.fakes.api_server import FakeApiServer
from tests.fakes.registry_server import RegistryServer
from tests.fakes.registry_shop import SHOP, WEB


NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
# The same repository for everybody, and one that only jane may see.
CONTENT = {"open/web": Repository({"1.4": WEB}), "shop/web": SHOP["shop/web"]}


def pod(name: str, image: str) -> dict[str, Any]:
    """A pod that runs an image."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "uid": f"u-{name}"},
        "spec": {"containers": [{"name": "c", "image": image}]},
        "status": {"phase": "Running"},
    }


def kubeconfig(folder: Path, url: str) -> Path:
    """A way in."""
    told = {
        "current-context": "it",
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
        "clusters": [{"name": "it", "cluster": {"server": url}}],
        "users": [{"name": "it", "user": {"token": "t"}}],
    }
    file = folder / "kubeconfig"
    file.write_text(json.dumps(told))
    return file


@asynccontextmanager
async def rounds(
    folder: Path, server: RegistryServer, *images: str, budget: str = "1000/h"
) -> AsyncIterator[Callable[..., Any]]:
    """Makes rounds over a cluster that runs these images of one registry, all within one budget."""
    named = {
        server.host: {"probe": "anonymous", "plain_http": True, "addresses": ["127.0.0.1"], "budget": budget}
    }
    settings = Settings.model_validate({"registries": named})
    known = wiring.knowledge()
    items = [pod(f"p{number}", f"{server.host}/{image}") for number, image in enumerate(images)]
    async with (
        FakeApiServer(items) as api,
        wiring.probing(wiring.Probing("", {}, settings.registries, unattended=True), known) as probers,
    ):
        access = Access(name="prod", kubeconfig=kubeconfig(folder, api.url))

        async def once(checks: Mapping[str, Check] | None = None, **terms: Any) -> Outlook:
            async with wiring.opened(access, known, probers=probers.anew()) as world:
                wanted = Terms(kinds=frozenset({Kind.IMAGE}), **terms)
                return await outlook.look(world, None, wanted, NOW, checks or {})

        yield once


def gone(found: Outlook) -> set[str]:
    """The images that are said to be gone, without their registry."""
    return {item.name.partition("/")[2] for each in found.findings for item in each.items}


@pytest.mark.parametrize("family", FAMILIES)
async def test_what_exists_is_never_gone(family: str, tmp_path: Path) -> None:
    """Also where we may not see it, and however alike a family answers; what is open is told."""
    images = ["open/web:1.4", "shop/web:1.4", f"shop/web@{WEB.digest}"]
    async with (
        RegistryServer(CONTENT, FAMILIES[family], users={"jane": "hunter2-rare"}) as server,
        rounds(tmp_path, server, *images) as once,
    ):
        found = await once()
    assert not found.findings
    assert len(found.checks) + found.due == len(images)
    fine = {name for _, _, name in found.fine}
    assert len(fine) == len(images) or found.unread


async def test_what_is_gone_is_told_until_it_is_back(tmp_path: Path) -> None:
    """By an open registry, tag and digest alike; a tag that moved is there."""
    content = {"open/web": Repository({"1.4": WEB})}
    images = ["open/web:1.4", "open/web:0.9", f"open/web@sha256:{'0' * 64}", "never/there:1"]
    async with RegistryServer(content) as server, rounds(tmp_path, server, *images) as once:
        found = await once()
        assert gone(found) == set(images[1:])
        server.repositories["open/web"] = Repository({"1.4": WEB, "0.9": WEB})
        later = await once({each.image: each for each in found.checks}, every=NOW - NOW)
        assert gone(later) == set(images[2:])
        assert {name.partition("/")[2] for _, _, name in later.fine} == {"open/web:1.4", "open/web:0.9"}


@pytest.mark.parametrize(
    "said",
    [
        Said(404, "<html>not here</html>"),
        Said(404, {"errors": [{"code": "DENIED"}]}),
        Said(200, "hello"),
        Said(403),
        Said(500),
        Said(302, "", {"Location": "http://169.254.169.254/latest"}),
        Said(204),
    ],
    ids=lambda said: f"{said.status}-{type(said.body).__name__}",
)
async def test_a_hostile_answer_proves_nothing(said: Said, tmp_path: Path) -> None:
    """What answers everything alike is no witness that something is gone."""
    async with RegistryServer(CONTENT) as server, rounds(tmp_path, server, "open/web:1.4") as once:
        server.mischief.everything = said
        found = await once()
    assert not found.findings


async def test_the_share_of_the_budget_is_kept(tmp_path: Path) -> None:
    """However many images there are; the rest waits, is told, and failures still have their part."""
    images = [f"open/web:{number}" for number in range(40)]
    async with RegistryServer(CONTENT) as server, rounds(tmp_path, server, *images, budget="20/h") as once:
        found = await once(share=0.5)
        asked = len(server.requests)
        assert 0 < asked <= 10 + 3  # the last question is put to its end
        again = await once({each.image: each for each in found.checks}, share=0.5)
        assert len(server.requests) == asked
    assert found.due == len(images) - len(found.checks)
    assert [each.what for each in again.unread] == [f"images of {server.host}"]


async def test_a_429_ends_the_round_there(tmp_path: Path) -> None:
    """One question, and none in the round after it."""
    async with (
        RegistryServer(CONTENT) as server,
        rounds(tmp_path, server, "open/web:1.4", "open/web:2") as once,
    ):
        server.mischief.retry_after = "600"
        found = await once()
        asked = len(server.requests)
        assert asked == 1
        await once({each.image: each for each in found.checks})
        assert len(server.requests) == asked
    assert not found.findings
    assert found.unread
