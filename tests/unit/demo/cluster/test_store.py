"""The store: versions, the past, and what listeners hear."""

from typing import Any

import pytest

from bot.demo.cluster import store as stores
from bot.demo.cluster.kinds import RESOURCES
from bot.demo.cluster.refusals import Refused
from bot.demo.cluster.store import Store, typed


def _pod(name: str, namespace: str = "a", **parts: Any) -> dict[str, Any]:
    return {"kind": "Pod", "metadata": {"name": name, "namespace": namespace}, **parts}


def test_seeds_keep_their_versions_and_later_objects_get_new_ones() -> None:
    """The cluster goes on where its seed stood."""
    seed = {**_pod("old"), "metadata": {"name": "old", "namespace": "a", "resourceVersion": "5000"}}
    store = Store([{"kind": "PodList", "items": [seed]}])
    assert store.get("pods", "a", "old")["metadata"]["resourceVersion"] == "5000"
    assert store.put(_pod("new"))["metadata"]["resourceVersion"] == "5001"
    assert store.compacted == 5000


def test_an_object_is_found_typed_or_missed() -> None:
    """By get with its kind, by find as stored."""
    store = Store([_pod("x")])
    assert store.get("pods", "a", "x")["apiVersion"] == "v1"
    assert "kind" not in (store.find("pods", "a", "x") or {})
    assert typed(RESOURCES["pods"], {})["kind"] == "Pod"
    with pytest.raises(Refused):
        store.get("pods", "b", "x")


def test_the_past_can_be_told() -> None:
    """What was there at an earlier version, though it has changed, gone or come since."""
    store = Store([_pod("stays", spec=1), _pod("goes")])
    then = store.version
    store.put(_pod("stays", spec=2))
    store.delete("pods", "a", "goes")
    store.put(_pod("comes"))
    past = store.at("pods", then)
    assert sorted(name for _, name in past) == ["goes", "stays"]
    assert past["a", "stays"]["spec"] == 1
    assert sorted(each["metadata"]["name"] for each in store.every("pods", "a")) == ["comes", "stays"]
    assert [each.version for each in store.since("pods", then + 1)] == [then + 2, then + 3]


def test_the_past_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is older than so many changes can no longer be watched from."""
    monkeypatch.setattr(stores, "_REMEMBERED", 10)
    store = Store()
    for number in range(50):
        store.put(_pod("x", spec=number))
    assert store.oldest("pods") > store.compacted
    assert len(store.since("pods", 0)) <= 20
    store.compact()
    assert store.since("pods", 0) == []
    assert store.oldest("pods") == store.version


def test_listeners_hear_which_resource_changed() -> None:
    """Until they are gone."""
    heard: list[str] = []
    store = Store()
    store.listeners.add(heard.append)
    store.put(_pod("x"))
    store.delete("pods", "a", "x")
    store.listeners.discard(heard.append)
    assert heard == ["pods", "pods"]
