"""A live cluster, read whole for a dump."""

from pathlib import Path
from typing import Any

import pytest

from bot.cluster import dump_writer
from bot.cluster.client import ApiClient
from bot.cluster.dump import DumpReader
from bot.cluster.dump_source import LiveSource
from bot.facts.objects import PullSecret, Unread
from tests.fakes.api_server import FakeApiServer, Identity
from tests.fakes.logins import TokenLogin
from tests.fakes.objects import named, pod, terminated, waiting


CANARY = "c4n4ryPassw0rd"
SECRET = named(
    "Secret",
    "regcred",
    type="kubernetes.io/dockerconfigjson",
    data={".dockerconfigjson": "eyJhdXRocyI6eyJxdWF5LmlvIjp7ImF1dGgiOiJZVHBpIn19fQ=="},
)
CRASHED = pod(
    "web-1",
    state=waiting("CrashLoopBackOff"),
    last=terminated(1),
    spec={"imagePullSecrets": [{"name": "regcred"}]},
)
OBJECTS = (
    CRASHED,
    SECRET,
    named("Secret", "other", type="Opaque"),
    named("ServiceAccount", "default"),
    named("Node", "node-1", ""),
)


def server(**more: Any) -> FakeApiServer:
    """A server that holds them."""
    return FakeApiServer(OBJECTS, logs={("shop", "web-1", "app", False): f"x password={CANARY}"}, **more)


async def test_live_cluster_is_written_and_read_back(tmp_path: Path) -> None:
    """Objects, structure and the log of what crashed."""
    async with server() as api, ApiClient(TokenLogin(api.url)) as client:
        source = LiveSource(client)
        assert (source.is_dump, source.covered(), source.is_partial("Pod"), source.gaps()) == (
            False,
            None,
            False,
            (),
        )
        await dump_writer.write(source, tmp_path / "safe", ("shop",), client.pace.now())
    reader = DumpReader.open(tmp_path / "safe")
    kept = await reader.secret("shop", "regcred")
    assert isinstance(kept, PullSecret)
    assert [entry.key for entry in kept.entries] == ["quay.io"]
    assert await reader.log_tail("shop", "web-1", "app", previous=False) == "x password=[redacted]"


async def test_secrets_are_read_by_name_where_they_may_not_be_listed(tmp_path: Path) -> None:
    """Tier 2a: the named one is there, and of every other one nothing is known."""
    named_only = Identity(allow=lambda asked: asked.plural != "secrets" or asked.verb == "get")
    async with server(tokens={"t": named_only}) as api, ApiClient(TokenLogin(api.url, ["t"])) as client:
        await dump_writer.write(LiveSource(client), tmp_path / "safe", ("shop",), client.pace.now())
    reader = DumpReader.open(tmp_path / "safe")
    assert isinstance(await reader.secret("shop", "regcred"), PullSecret)
    assert isinstance(await reader.secret("shop", "other"), Unread)
    assert isinstance(await reader.secrets("shop"), Unread)


@pytest.mark.attack(24, "403 on each right alone", "unchecked is said")
@pytest.mark.parametrize("plural", ["secrets", "nodes", "serviceaccounts", "pods", "events"])
async def test_forbidden_kind_degrades_and_is_told(plural: str, tmp_path: Path) -> None:
    """Case 24: each right alone."""
    without = Identity(allow=lambda asked: asked.plural != plural)
    async with server(tokens={"t": without}) as api, ApiClient(TokenLogin(api.url, ["t"])) as client:
        written = await dump_writer.write(LiveSource(client), tmp_path / "safe", ("shop",), client.pace.now())
    assert any(each.why == "forbidden" and plural in each.what for each in written.unread)
    sighting_of = DumpReader.open(tmp_path / "safe")
    answers = {
        "secrets": await sighting_of.secrets("shop"),
        "nodes": await sighting_of.nodes(),
        "serviceaccounts": await sighting_of.service_accounts("shop"),
        "pods": await sighting_of.pods("shop"),
        "events": await sighting_of.events("shop"),
    }
    assert {name for name, answer in answers.items() if isinstance(answer, Unread)} == {plural}


async def test_log_that_may_not_be_read_is_told() -> None:
    """And costs nothing else."""
    without = Identity(allow=lambda asked: asked.part != "log")
    async with server(tokens={"t": without}) as api, ApiClient(TokenLogin(api.url, ["t"])) as client:
        assert isinstance(await LiveSource(client).raw_log("shop", "web-1", "app"), Unread)
