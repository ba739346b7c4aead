"""The fake API server answers as the recorded one did: status, headers that matter, and the shape of the body."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import aiohttp
import pytest

from tests.fakes import objects
from tests.fakes.api_server import Asked, FakeApiServer, Identity, throttled


RECORDED = Path(__file__).parent.parent / "recordings" / "api-server"
# What a reader meets; all that was recorded is the simulated cluster's to answer (test_simulated_cluster.py),
# whose lists and refusals this one shares.
READ = (
    "access/*-40[134]*.json",
    "access/get-*.json",
    "access/list-*.json",
    "discovery/unknown-re*.json",
    "discovery/unknown-sub*.json",
    "discovery/unknown-path.json",
    "lists/*-40?.json",
    "lists/*-get.json",
    "lists/*fieldselector*.json",
    "lists/pods-[lnp]*.json",
    "lists/nodes.json",
    "lists/serviceaccounts.json",
)
# Writes, watches, paths that are no resource's, and tables are not the fake's.
UNREAD = (
    "access/[cdeptuw]*",
    "access/anonymous-discovery*",
    "access/evict*",
    "access/bad-token-*z*",
    "access/bad-token-version*",
    "access/nonresource*",
    "lists/pods-large*",
    "lists/pods-protobuf*",
)
NAMES = sorted(
    {str(path.relative_to(RECORDED)) for pattern in READ for path in RECORDED.glob(pattern)}
    - {str(path.relative_to(RECORDED)) for pattern in UNREAD for path in RECORDED.glob(pattern)}
)


def _load(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((RECORDED / name).read_text())
    return loaded


def _body(name: str) -> Any:
    return json.loads(_load(name)["response"]["body"])


def _world() -> list[dict[str, Any]]:
    """What the recorded server held, put together from what it showed."""
    shown = [
        "pods-limit-rv0",
        "events-uid",
        "events-reason-failed",
        "events-reason-backoff",
        "events-fieldpath",
        "nodes",
        "serviceaccounts",
        "replicasets-of-deployment",
        "deployment-get",
    ]
    named = [objects.named("Secret", name, type="Opaque") for name in ("other",)]
    return [_body(f"lists/{name}.json") for name in shown] + [
        _body("access/get-named-secret-200.json"),
        *named,
    ]


def _allow(rights: str) -> Any:
    def allow(asked: Asked) -> bool:
        if rights == "none" or asked.namespace != "shop":
            return False
        if asked.plural == "secrets":
            return asked.verb == "get" and asked.name == "regcred"
        return asked.resource == "pods"

    return allow


def _token(recorded: dict[str, Any], status: int) -> str:
    identity = recorded["request"]["identity"]
    if identity == "none":
        return ""
    if identity.startswith("admin"):
        return "admin"
    if status == 401:
        return "bad"
    about = recorded["about"]
    return (
        "none" if "without any role" in about or (status == 403 and "resourceNames" not in about) else "some"
    )


@pytest.fixture
async def server() -> AsyncIterator[FakeApiServer]:
    """The recorded world, with the recorded identities."""
    identities = {
        "admin": Identity("admin"),
        "none": Identity(allow=_allow("none")),
        "some": Identity(allow=_allow("some")),
    }
    async with FakeApiServer(_world(), tokens=identities) as fake:
        fake.store.version = fake.store.compacted = 398
        yield fake


async def _ask(url: str, token: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    if token:
        headers["Authorization"] = f"Bearer {token}"
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        return response.status, dict(response.headers), await response.read()


def _shape(body: Any) -> Any:
    """What a client decides by: kinds, reasons, messages, the keys of metadata, and which items came."""
    if "items" in body:
        meta = {key: value for key, value in body["metadata"].items() if key == "remainingItemCount"}
        items = [(item["metadata"]["name"], "kind" in item) for item in body["items"]]
        return body["kind"], body["apiVersion"], sorted(body["metadata"]), meta, items
    if body["kind"] == "Status":
        # Go and Python stumble over a broken token in different words.
        message = re.sub("(invalid continue token: ).*", r"\1", body["message"])
        return message, body.get("reason"), body.get("details"), body["code"], sorted(body["metadata"])
    return body["kind"], body["apiVersion"], body["metadata"]["name"]


@pytest.mark.parametrize("name", NAMES)
async def test_fake_answers_as_recorded(server: FakeApiServer, name: str) -> None:
    """The same question gets the same kind of answer."""
    recorded = _load(name)
    expected = recorded["response"]
    url = server.url + recorded["request"]["path"]
    status, headers, body = await _ask(url, _token(recorded, expected["status"]))
    assert status == expected["status"], body
    assert headers["Content-Type"] == expected["headers"]["Content-Type"]
    if "json" not in headers["Content-Type"]:
        assert body.decode() == expected["body"]
        return
    assert _shape(json.loads(body)) == _shape(json.loads(expected["body"])), unquote(url)


async def test_fake_expires_a_token_as_recorded(server: FakeApiServer) -> None:
    """The 410 holds a token that goes on where the expired one stood."""
    _, _, first = await _ask(f"{server.url}/api/v1/pods?limit=2", "admin")
    server.store.compact()
    token = json.loads(first)["metadata"]["continue"]
    status, _, gone = await _ask(f"{server.url}/api/v1/pods?limit=2&continue={token}", "admin")
    expected = _body("lists/pods-continue-expired.json")
    said = json.loads(gone)
    assert (status, said["reason"], sorted(said)) == (410, expected["reason"], sorted(expected))
    _, _, rest = await _ask(f"{server.url}/api/v1/pods?continue={said['metadata']['continue']}", "admin")
    assert len(json.loads(rest)["items"]) == 4


async def test_fake_throttles_as_recorded(server: FakeApiServer) -> None:
    """Plain text, with Retry-After."""
    server.faults.append(throttled())
    expected = _load("refused/apf-429.json")["response"]
    status, headers, body = await _ask(f"{server.url}/api/v1/pods", "admin")
    assert (status, body.decode()) == (expected["status"], expected["body"])
    for header in ("Content-Type", "Retry-After"):
        assert headers[header] == expected["headers"][header]


async def test_fake_compresses_only_large_answers(server: FakeApiServer) -> None:
    """From 128 KiB on, and only for those who accept it."""
    for number in range(500):
        server.store.put(objects.pod(f"bulk-{number}", "bulk"))
    large, small = (
        f"{server.url}/api/v1/namespaces/bulk/pods",
        f"{server.url}/api/v1/namespaces/shop/pods?limit=1",
    )
    assert (await _ask(large, "admin", **{"Accept-Encoding": "gzip"}))[1]["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in (await _ask(large, "admin", **{"Accept-Encoding": "identity"}))[1]
    assert "Content-Encoding" not in (await _ask(small, "admin", **{"Accept-Encoding": "gzip"}))[1]
