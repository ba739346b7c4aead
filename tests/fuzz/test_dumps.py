"""Whatever lies in a dump, it is read or refused in a line; what was damaged is not taken for absent; no Secret's value gets out."""

import asyncio
import base64
import functools
import json
import re
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.cluster import dump_writer
from bot.cluster.dump import DumpReader
from bot.errors import BotError
from bot.facts.objects import Unread
from bot.ports.reading import Scan
from tests.fuzz.engine import Target
from tests.fuzz.pen import Pen, turned


SCENARIO = Path(__file__).parents[1] / "recordings/scenarios/containerd-2/secret-wrong-host/dump"
CANARY = "c4n4ryPassw0rd"
# Where files cost least.
_MEMORY = next((each for each in ("/dev/shm",) if Path(each).is_dir()), None)
AT = datetime(2026, 11, 22, tzinfo=UTC)
_LISTS = ("pods", "events", "nodes", "serviceaccounts", "secrets", "replicasets", "deployments")


async def facts(reader: DumpReader, place: str) -> dict[str, Any]:
    """Everything that a diagnosis reads of one namespace."""
    told = {
        "look": await reader.look(Scan()),
        "nodes": await reader.nodes(),
        "namespaces": await reader.namespaces(),
        "Pod": await reader.pods(place),
        "events": await reader.events(place),
        "ServiceAccount": await reader.service_accounts(place),
        "Secret": await reader.secrets(place),
        "pull": await reader.secret(place, "pull"),
        "owners": await reader.owners(place, "ReplicaSet"),
    }
    pods = told["Pod"]
    for pod in () if isinstance(pods, Unread) else pods:
        told[f"events of {pod.name}"] = await reader.events_of(pod.namespace, pod.name)
        told[f"log of {pod.name}"] = await reader.log_tail(place, pod.name, "app", previous=True)
    return told


def holds(value: Any) -> None:
    """As files of each sort, in any order of files and keys; and written again as what may be passed on."""
    asyncio.run(_held(value))


async def _held(value: Any) -> None:
    with tempfile.TemporaryDirectory(dir=_MEMORY) as folder:
        items = value["items"]
        first = await _read(Path(folder, "first"), _files(items, value["how"]), value["spoilt"])
        if first is None:
            return
        reader, told = first
        assert CANARY not in repr(told)
        assert all(CANARY not in each for each in reader.warnings)
        await _damaged_is_not_absent(reader, told, items)
        if not value["spoilt"]:
            again = await _read(Path(folder, "again"), _files(turned(items[::-1]), value["again"]), "")
            # JSON with half of a pair is refused as a whole: no API server writes it.
            assert again is not None or "ud800" in json.dumps(items)
            _same(told, again[1] if again else told)
        await _passed_on(reader, Path(folder, "copy"), told)


async def _read(
    folder: Path, files: dict[str, bytes], spoilt: str
) -> tuple[DumpReader, dict[str, Any]] | None:
    _lay(folder, files, spoilt)
    reader, said = None, ""
    try:
        reader = DumpReader.open(folder, AT)
    except BotError as refused:
        said = f"{refused}{refused.hint}"
    assert CANARY not in said
    assert len(said) < 600
    if reader is None:
        return None
    return reader, await facts(reader, _place())


async def _damaged_is_not_absent(reader: DumpReader, told: dict[str, Any], items: list[Any]) -> None:
    """An object that has its kind and its name is there, or nobody says that it is not."""
    names = {"Pod": "", "Secret": "", "ServiceAccount": ""}
    for each in items:
        if (
            not isinstance(each, dict)
            or not isinstance(each.get("metadata"), dict)
            or str(each.get("kind")) not in names
        ):
            continue
        meta = each["metadata"]
        name, is_here = meta.get("name"), meta.get("namespace") == _place()
        if not is_here or not isinstance(name, str) or not name or "\ud800" in name:
            continue
        found = told[each["kind"]]
        # Of Secrets only those that matter to a pull are listed; each is there when it is asked for by its name.
        if each["kind"] == "Secret":
            assert await reader.secret(_place(), name) is not None
        elif not isinstance(found, Unread):
            assert name in {one.name for one in found}


def _same(told: dict[str, Any], again: dict[str, Any]) -> None:
    for kind in ("Pod", "ServiceAccount", "Secret"):
        one, other = told[kind], again[kind]
        # A single object says nothing of others, where a list does.
        if not isinstance(one, Unread) and not isinstance(other, Unread):
            assert {each.name for each in one} == {each.name for each in other}


async def _passed_on(reader: DumpReader, folder: Path, told: dict[str, Any]) -> None:
    await dump_writer.write(reader, folder, None, AT)
    assert _is_clean(folder)
    try:
        copy = DumpReader.open(folder, AT)
    except BotError:
        return
    found = await facts(copy, _place())
    for kind in ("Pod", "ServiceAccount"):
        # What could not be read stays unknown, and what was there is there.
        if isinstance(told[kind], Unread):
            assert isinstance(found[kind], Unread)
        elif not isinstance(found[kind], Unread):
            assert {each.name for each in told[kind]} == {each.name for each in found[kind]}


def _lay(folder: Path, files: dict[str, bytes], spoilt: str) -> None:
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content + spoilt.encode("utf-8", "replace"))


def _is_clean(folder: Path) -> bool:
    """Neither as it is nor encoded once or twice, as in a Secret's data."""
    content = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    coded = base64.b64encode(f"bob:{CANARY}".encode())
    decoded = b"".join(base64.b64decode(run) for run in re.findall(rb"(?:[A-Za-z0-9+/]{4}){6,}", content))
    return not any(each in content + decoded for each in (CANARY.encode(), coded))


def _files(items: list[Any], how: str) -> dict[str, bytes]:
    if how == "list":
        return {"all.json": json.dumps({"kind": "List", "apiVersion": "v1", "items": items}).encode()}
    if how == "array":
        return {"all.json": json.dumps(items).encode()}
    if how == "lines":
        return {"all.jsonl": "\n".join(json.dumps(each) for each in items).encode()}
    if how == "yaml":
        # What is JSON is YAML, too; halves of pairs are in neither.
        lines = [f"- {json.dumps(each, ensure_ascii=False)}" for each in items]
        return {"all.yaml": "\n".join(["kind: List", "items:", *lines, ""]).encode("utf-8", "replace")}
    return {f"{number}.json": json.dumps(each).encode() for number, each in enumerate(items)}


@functools.cache
def _recorded() -> tuple[Any, ...]:
    """A small cluster: of each kind the first few, and a Secret with a password, which stands in an annotation, too."""
    found: list[Any] = []
    for name in _LISTS:
        items = json.loads((SCENARIO / f"{name}.json").read_text(encoding="utf-8"))["items"]
        kind = {"serviceaccounts": "ServiceAccount", "replicasets": "ReplicaSet"}.get(
            name, name.capitalize().rstrip("s")
        )
        mine = [each for each in items if each["metadata"].get("namespace", _place()) == _place()]
        for each in mine[:3]:
            _shorten(each)
            found.append({"apiVersion": "v1", **each, "kind": kind})
    config = {"auths": {"registry.corp.test": {"auth": base64.b64encode(f"bob:{CANARY}".encode()).decode()}}}
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/dockerconfigjson",
        "metadata": {"name": "pull", "namespace": _place(), "creationTimestamp": "2026-11-01T00:00:00Z"},
        "data": {".dockerconfigjson": base64.b64encode(json.dumps(config).encode()).decode()},
    }
    secret["metadata"]["annotations"] = {
        "kubectl.kubernetes.io/last-applied-configuration": json.dumps(secret)
    }  # type: ignore[index]
    return (*found, secret)


def _shorten(item: dict[str, Any]) -> None:
    """Without what no diagnosis reads, so that a stored input can be read by a person."""
    item["metadata"].pop("managedFields", None)
    for spec in (item.get("spec", {}), item.get("spec", {}).get("template", {}).get("spec", {})):
        for name in (
            "volumes",
            "tolerations",
            "securityContext",
            "strategy",
            "schedulerName",
            "terminationGracePeriodSeconds",
        ):
            spec.pop(name, None)
        for container in spec.get("containers", []):
            container.pop("volumeMounts", None)


@functools.cache
def _place() -> str:
    pods = json.loads((SCENARIO / "pods.json").read_text(encoding="utf-8"))["items"]
    return str(pods[0]["metadata"]["namespace"])


_HOW = ("list", "files", "array", "lines", "yaml")
_SPOILT = (
    "",
    "",
    "",
    "",
    "",
    "\n{",
    "\n---\n",
    "\ud800",
    "\n- *a",
    '\n{"kind":"Pod"}',
    "\0",
    "\n]",
    " &a [*a, *a]",
)


def _made(pen: Pen) -> Any:
    """Some of its objects, each a little damaged, in files of one sort and of another."""
    chosen = [each for each in _recorded() if not pen.maybe(3)]
    items = [pen.disturbed([each], 3) if pen.maybe(3) else each for each in chosen]
    return {"items": items, "how": pen.among(_HOW), "again": pen.among(_HOW), "spoilt": pen.among(_SPOILT)}


TARGET = Target("dumps", _made, holds, slowest=2.0)


@pytest.mark.attack(31, "dump")
def test_dumps_are_read_or_refused(fuzzed: Callable[[Target], None]) -> None:
    """Objects damaged in all ways, in JSON of each form and in YAML."""
    fuzzed(TARGET)
