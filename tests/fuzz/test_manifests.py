"""Whatever a registry stores, what is read of it is there, and nothing is taken for absent that could not be read."""

import asyncio
import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.facts.image import parse
from bot.facts.testimony import ANONYMOUS, Testimony
from bot.registry import manifests
from bot.registry.decoding import decoded
from bot.registry.tags import list_tags
from bot.registry.wire import Reply
from tests.fakes.asking import FakeAsker
from tests.fuzz.engine import Target
from tests.fuzz.pen import Pen, turned


RECORDINGS = Path(__file__).parents[1] / "recordings"
# Where a foreign layer says that it can be had.
URL = "https://c4n4ry.evil.example/layer"
_TAGS = "GET /v2/shop/web/tags/list"


def holds(value: Any) -> None:
    """Bytes or documents: read the same whatever the order of their keys, and honestly told where parts are broken."""
    document, media_type = value["document"], value["type"]
    body = value["raw"].encode("utf-8", "replace") if value["raw"] is not None else _written(document)
    contents = manifests.read(body, media_type, "sha256:" + "0" * 64)
    assert URL not in repr(contents)
    plain = decoded(body)
    json.dumps(plain, ensure_ascii=False).encode()
    _tags_hold(body)
    if value["raw"] is not None:
        return
    assert manifests.read(_written(turned(document)), media_type, "sha256:" + "0" * 64) == contents
    if contents is not None:
        assert isinstance(document, dict)
        _platforms_are_told(contents, document)
        assert all(manifests.is_digest(each) for each in contents.manifest.layers)
    manifests.platform_of(document)


def _platforms_are_told(contents: manifests.Contents, document: dict[str, Any]) -> None:
    """An index of which an entry cannot be read does not say that it offers nothing else."""
    told = contents.manifest
    if not told.is_index:
        assert not contents.entries
        return
    assert {each.platform for each in contents.entries if each.platform} == set(told.platforms)
    unread = [each for each in document["manifests"] if not _is_understood(each)]
    assert told.partial or not unread, unread


def _is_understood(entry: Any) -> bool:
    """Whether it is plain what an entry is: for a platform, or for none, as attestations and artifacts are."""
    if not isinstance(entry, dict) or not manifests.is_digest(entry.get("digest")):
        return False
    if (isinstance(entry.get("annotations"), dict) and _ATTESTED in entry["annotations"]) or entry.get(
        "artifactType"
    ):
        return True
    media_type = entry.get("mediaType")
    if media_type is not None and not (isinstance(media_type, str) and manifests.plain(media_type)):
        return False
    return (
        manifests.plain(media_type) not in _RUNNABLE
        or manifests.platform_of(entry.get("platform")) is not None
    )


_ATTESTED = "vnd.docker.reference.type"
_RUNNABLE = (
    manifests.OCI_INDEX,
    manifests.OCI_MANIFEST,
    manifests.DOCKER_LIST,
    manifests.DOCKER_MANIFEST,
    "",
)


def _tags_hold(body: bytes) -> None:
    """A page that is no list is no empty list, and what is listed are tags."""
    asker = FakeAsker({_TAGS: Reply(200, {}, body)})
    told = asyncio.run(list_tags(asker, parse("registry.example/shop/web:1"), ANONYMOUS))
    assert isinstance(told, Testimony)
    assert all(each.isascii() and 0 < len(each) <= 128 for each in told.tags)
    document = decoded(body)
    is_list = (
        isinstance(document, dict)
        and isinstance(document.get("tags"), list | None)
        and bool({"tags", "name"} & document.keys())
    )
    assert told.told.is_ok or not told.tags
    assert is_list or not told.told.is_ok


def _written(document: Any) -> bytes:
    return json.dumps(document).encode()


@functools.cache
def _recorded() -> tuple[Any, ...]:
    """Every kind of body that a recorded registry sent with a good answer, a few of each."""
    found: dict[str, Any] = {}
    for path in sorted(RECORDINGS.glob("**/registry.json")):
        for each in json.loads(path.read_text(encoding="utf-8"))["exchanges"]:
            response = each.get("response") or {}
            body, told = response.get("body"), response.get("headers", {}).get("Content-Type", "")
            if (
                response.get("status") == 200
                and isinstance(body, str)
                and body.startswith("{")
                and len(body) < 6000
            ):
                found.setdefault(f"{told} {len(body) // 200}", json.loads(body))
    return (*found.values(), *_OTHERS)


_DIGEST = "sha256:" + "ab" * 32
_IMAGE = {"mediaType": manifests.OCI_MANIFEST, "digest": _DIGEST, "size": 1}
_OTHERS = (
    {
        "schemaVersion": 2,
        "mediaType": manifests.OCI_INDEX,
        "manifests": [
            {**_IMAGE, "platform": {"os": "linux", "architecture": "amd64"}},
            {**_IMAGE, "platform": {"os": "linux", "architecture": "arm64", "variant": "v8"}},
            {
                **_IMAGE,
                "platform": {"os": "unknown", "architecture": "unknown"},
                "annotations": {_ATTESTED: "attestation-manifest"},
            },
        ],
    },
    {
        "schemaVersion": 2,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": _DIGEST},
        "layers": [
            {
                "mediaType": "application/vnd.oci.image.layer.nondistributable.v1.tar",
                "digest": _DIGEST,
                "urls": [URL],
            }
        ],
    },
    {"name": "shop/web", "tags": ["1.5", "latest"]},
    {"os": "linux", "architecture": "amd64", "config": {"Env": ["A=b"]}, "history": [{"created_by": "x"}]},
)
_TYPES = (
    *_RUNNABLE,
    manifests.SCHEMA_1_SIGNED,
    "application/json; charset=utf-8",
    "text/html",
    "x" * 300,
    "a/b\u202e",
)


def _made(pen: Pen) -> Any:
    """A recorded body with parts missing, doubled or of another kind; or its text, misspelled."""
    document = pen.disturbed(_recorded(), 5)
    raw = pen.misspelled([json.dumps(document)], 3) if pen.maybe(4) else None
    return {"document": document, "type": pen.among(_TYPES), "raw": raw}


TARGET = Target("manifests", _made, holds)


@pytest.mark.attack(18, "urls")
def test_manifests_are_read_honestly(fuzzed: Callable[[Target], None]) -> None:
    """Indexes, manifests, configs and lists of tags, damaged in all ways."""
    fuzzed(TARGET)
