"""Ends without a server."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.demo.cluster.endings import Endings
from bot.demo.cluster.refusals import Refused
from bot.demo.cluster.requests import Asked
from bot.demo.cluster.store import Store


def _pod(name: str, **spec: Any) -> dict[str, Any]:
    meta = {"name": name, "namespace": "a", "labels": {"app": "x"}}
    return {
        "kind": "Pod",
        "metadata": meta,
        "spec": {"nodeName": "n", **spec},
        "status": {"phase": "Running"},
    }


def _endings(*items: dict[str, Any]) -> Endings:
    return Endings(Store(items), lambda: datetime(2026, 11, 22, 9, tzinfo=UTC))


def test_a_pod_on_a_node_is_given_its_grace() -> None:
    """It stays, with the time of its end; at zero it goes."""
    endings = _endings(_pod("p", terminationGracePeriodSeconds=5))
    asked = Asked("delete", "pods", "a", "p")
    meta = endings.delete(asked, b"").body["metadata"]
    assert (meta["deletionTimestamp"], meta["deletionGracePeriodSeconds"]) == ("2026-11-22T09:00:05Z", 5)
    assert endings.store.find("pods", "a", "p") is not None
    endings.delete(Asked("delete", "pods", "a", "p", query={"gracePeriodSeconds": "0"}), b"")
    assert endings.store.find("pods", "a", "p") is None


def test_a_collection_ends_by_its_selectors() -> None:
    """And is answered as the list it was."""
    endings = _endings(_pod("p"), _pod("q"))
    asked = Asked("deletecollection", "pods", "a", query={"fieldSelector": "metadata.name=p"})
    answer = endings.delete_many(asked, b'{"gracePeriodSeconds":0}')
    assert (answer.body["kind"], len(answer.body["items"])) == ("PodList", 1)
    assert [each["metadata"]["name"] for each in endings.store.every("pods")] == ["q"]


def test_a_budget_with_room_lets_a_pod_go() -> None:
    """One that has none does not."""
    budget: dict[str, Any] = {
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "b", "namespace": "a"},
        "spec": {"selector": {"matchLabels": {"app": "x"}}},
        "status": {"disruptionsAllowed": 1},
    }
    body = json.dumps({"metadata": {"name": "p"}}).encode()
    asked = Asked("create", "pods", "a", "p", "eviction")
    assert _endings(_pod("p"), budget).evict(asked, body).code == 201
    with pytest.raises(Refused) as refused:
        _endings(_pod("p"), {**budget, "status": {"disruptionsAllowed": 0}}).evict(asked, body)
    assert refused.value.code == 429
