"""A watch without a server: what it hears, and when it ends."""

import asyncio
import json

import pytest

from bot.demo.cluster.refusals import Refused
from bot.demo.cluster.store import Store
from bot.demo.cluster.watches import Watch


def _pod(name: str, phase: str = "Pending") -> dict[str, object]:
    return {"kind": "Pod", "metadata": {"namespace": "a", "name": name}, "status": {"phase": phase}}


async def _heard(watch: Watch) -> list[tuple[str, str]]:
    lines = [json.loads(line) async for line in watch.lines()]
    return [(each["type"], each["object"]["metadata"].get("name", "")) for each in lines]


async def test_watch_hears_its_namespace_and_selection_only() -> None:
    """What enters comes as ADDED, what leaves as DELETED, what is elsewhere not at all."""
    store = Store([_pod("x")])
    query = {"timeoutSeconds": "0.2", "fieldSelector": "status.phase=Pending"}
    version = str(store.version)
    hearing = asyncio.create_task(_heard(Watch(store, "pods", "a", {**query, "resourceVersion": version})))
    await asyncio.sleep(0.05)
    store.put(_pod("x", "Running"))
    store.put({"kind": "Pod", "metadata": {"namespace": "b", "name": "y"}, "status": {"phase": "Pending"}})
    store.put(_pod("z"))
    assert await hearing == [("DELETED", "x"), ("ADDED", "z")]
    assert not store.listeners


async def test_watch_from_a_past_version_catches_up() -> None:
    """What happened before it was opened is told first."""
    store = Store()
    version = str(store.version)
    store.put(_pod("x"))
    assert await _heard(Watch(store, "pods", "", {"resourceVersion": version, "timeoutSeconds": "0.05"})) == [
        ("ADDED", "x")
    ]


async def test_watch_that_falls_behind_ends_with_an_error() -> None:
    """The past was compacted while it slept."""
    store = Store()
    hearing = asyncio.create_task(_heard(Watch(store, "pods", "", {"timeoutSeconds": "1"})))
    await asyncio.sleep(0.05)
    store.compact()
    store.put(_pod("x"))
    assert await hearing == [("ERROR", "")]


def test_watch_from_nonsense_is_refused() -> None:
    """500, where a list says 400."""
    with pytest.raises(Refused) as refused:
        Watch(Store(), "pods", "", {"resourceVersion": "x"})
    assert refused.value.code == 500
