"""What only a live reader does: ask once, ask little, and name the right that is missing."""

import asyncio
import base64
import json
from typing import Any

import pytest

from bot.facts.objects import PullSecret, Unread
from tests.fakes import objects
from tests.fakes.api_server import FakeApiServer, Fault, Identity
from tests.fakes.live import reader_on


def _secret(name: str, kind: str = "kubernetes.io/dockerconfigjson") -> dict[str, Any]:
    auths = {"auths": {"registry.example": {"username": "u", "password": "canary"}}}
    key = ".dockercfg" if kind.endswith("dockercfg") else ".dockerconfigjson"
    return objects.named(
        "Secret", name, type=kind, data={key: base64.b64encode(json.dumps(auths).encode()).decode()}
    )


async def test_many_checks_at_once_ask_once() -> None:
    """Twenty checks want the siblings at the same time; the server hears of one."""
    async with FakeApiServer([objects.pod()]) as server, reader_on(server) as reader:
        answers = await asyncio.gather(*(reader.pods("shop") for _ in range(20)))
        await reader.pods("shop")
    assert all(answer == answers[0] for answer in answers)
    assert len(server.asked("pods")) == reader.requests == 1


async def test_a_check_that_runs_out_of_time_does_not_take_the_answer_away() -> None:
    """The others still get it."""
    async with FakeApiServer([objects.pod()]) as server, reader_on(server) as reader:
        server.faults.append(Fault(slow=0.1))
        impatient = asyncio.wait_for(reader.pods("shop"), 0.02)
        first, second = await asyncio.gather(impatient, reader.pods("shop"), return_exceptions=True)
    assert isinstance(first, TimeoutError)
    assert isinstance(second, tuple)
    assert len(server.asked("pods")) == 1


async def test_a_hanging_read_is_unread_and_the_rest_answers() -> None:
    """The nodes never come; the pods do."""
    async with FakeApiServer([objects.pod()]) as server, reader_on(server, timeout=0.3) as reader:
        await reader.pods("shop")
        server.faults.append(Fault(on=lambda asked: asked.plural == "nodes", times=-1, hang=True))
        nodes, pod = await asyncio.gather(reader.nodes(), reader.pod("shop", "web-1"))
    assert nodes == Unread("nodes", "timed out")
    assert pod is not None
    assert not isinstance(pod, Unread)


async def test_namespace_that_fell_silent_is_not_waited_for_again() -> None:
    """One limit is spent on it in a look, not one for each question; others are asked as before."""
    world = [objects.pod(), objects.named("ServiceAccount", "default", namespace="calm")]
    async with FakeApiServer(world) as server, reader_on(server, timeout=0.3) as reader:
        await reader.nodes()
        server.faults.append(Fault(on=lambda asked: asked.namespace == "shop", times=-1, hang=True))
        first = await reader.pods("shop")
        second = await reader.service_accounts("shop")
        other = await reader.service_accounts("calm")
    assert isinstance(first, Unread)
    assert isinstance(second, Unread)
    assert second.why == "timed out"
    assert not isinstance(other, Unread)
    assert {each.namespace for each in server.asked("serviceaccounts")} == {"calm"}


@pytest.mark.attack("T2", "docker types and what is named, no more")
async def test_secrets_asks_for_docker_types_and_for_what_is_named() -> None:
    """Two lists by type; a secret of another type is read because somebody names it; each once."""
    world = [
        _secret("regcred"),
        _secret("legacy", "kubernetes.io/dockercfg"),
        _secret("wrong-type", "Opaque"),
        _secret("unrelated", "Opaque"),
        objects.pod(spec={"imagePullSecrets": [{"name": "wrong-type"}, {"name": "missing"}]}),
        objects.named(
            "ServiceAccount", "default", imagePullSecrets=[{"name": "regcred"}, {"name": "wrong-type"}]
        ),
    ]
    async with FakeApiServer(world) as server, reader_on(server) as reader:
        secrets = await reader.secrets("shop")
        named = await reader.secret("shop", "wrong-type")
    assert isinstance(secrets, tuple)
    assert [each.name for each in secrets] == ["legacy", "regcred", "wrong-type"]
    assert named in secrets
    asked = [each.name or each.query["fieldSelector"] for each in server.asked("secrets")]
    assert sorted(asked) == [
        "missing",
        "type=kubernetes.io/dockercfg",
        "type=kubernetes.io/dockerconfigjson",
        "wrong-type",
    ]
    assert "canary" not in repr(secrets)


@pytest.mark.attack("T2", "missing or unauthorized stays open")
async def test_secrets_by_name_only_cannot_tell_missing_from_forbidden() -> None:
    """With resourceNames both are a 403, so both are unread."""
    identity = Identity(allow=lambda asked: asked.plural != "secrets" or asked.name == "regcred")
    async with (
        FakeApiServer([_secret("regcred"), _secret("other")], tokens={"t": identity}) as server,
        reader_on(server, "t") as reader,
    ):
        allowed = await reader.secret("shop", "regcred")
        others = [await reader.secret("shop", name) for name in ("other", "missing")]
        listed = await reader.secrets("shop")
    assert isinstance(allowed, PullSecret)
    right = "get secrets in namespace shop (tier 2a)"
    assert others == [
        Unread("secret shop/other", "forbidden", right),
        Unread("secret shop/missing", "forbidden", right),
    ]
    assert listed == Unread("secrets in shop", "forbidden", "list secrets in namespace shop (tier 2b)")


async def test_secrets_are_unread_when_a_named_one_is() -> None:
    """Otherwise the one that did not answer would pass for missing."""
    world = [
        _secret("wrong-type", "Opaque"),
        objects.pod(spec={"imagePullSecrets": [{"name": "wrong-type"}]}),
    ]
    async with FakeApiServer(world) as server, reader_on(server) as reader:
        server.faults.append(Fault(on=lambda asked: asked.name == "wrong-type", times=-1, status=500))
        assert await reader.secrets("shop") == Unread("secret shop/wrong-type", "HTTP 500")


async def test_secrets_are_unread_when_too_many_are_named() -> None:
    """Hundreds of names are no people's work, and not worth hundreds of requests."""
    names = [{"name": f"secret-{number}"} for number in range(201)]
    async with (
        FakeApiServer([objects.pod(spec={"imagePullSecrets": names})]) as server,
        reader_on(server) as reader,
    ):
        assert isinstance(await reader.secrets("shop"), Unread)
        assert len(server.asked("secrets")) == 2


async def test_half_a_list_is_unread() -> None:
    """What is missing from it would pass for absent."""
    pods = [objects.pod(f"web-{number}") for number in range(600)]
    async with FakeApiServer(pods) as server, reader_on(server) as reader:
        server.faults.append(Fault(on=lambda asked: "continue" in asked.query, times=-1, status=500))
        answer = await reader.pods("shop")
    assert answer == Unread("rest of pods in shop (after 500)", "HTTP 500")


async def test_an_odd_answer_is_unread() -> None:
    """A captive portal answers 200 with HTML."""
    async with FakeApiServer([objects.pod()]) as server, reader_on(server) as reader:
        server.faults.append(Fault(times=-1, status=200, body="<html>Log in</html>"))
        pod, pods = await reader.pod("shop", "web-1"), await reader.pods("shop")
    assert isinstance(pod, Unread)
    assert isinstance(pods, Unread)


async def test_log_tail_is_the_end_of_the_log() -> None:
    """The last 4 kB of the last lines, of the run that was asked for."""
    text = "".join(f"line {number} {'x' * 100}\n" for number in range(500))
    logs = {("shop", "web-1", "app", True): text + "exec format error\n"}
    async with FakeApiServer([objects.pod()], logs=logs) as server, reader_on(server) as reader:
        tail = await reader.log_tail("shop", "web-1", "app", previous=True)
        none = await reader.log_tail("shop", "web-1", "app", previous=False)
    assert isinstance(tail, str)
    assert tail.endswith("exec format error\n")
    assert len(tail) == 4096
    assert none == Unread("log shop/web-1", "no log kept")
    assert server.asked("pods/log")[0].query["tailLines"] == "50"


async def test_owners_of_an_unknown_kind_are_unread() -> None:
    """We do not guess where a custom resource lives."""
    async with FakeApiServer() as server, reader_on(server) as reader:
        assert await reader.owners("shop", "Rollout") == Unread("Rollout in shop", "kind not known")
    assert server.log == []


async def test_reader_is_called_what_it_was_given() -> None:
    """A name from the settings, else the context's."""
    async with FakeApiServer() as server, reader_on(server) as reader:
        assert (reader.name, reader.namespace) == ("test", "shop")
