"""Quotas, held against what the recorded server said of the same."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.demo.cluster.kinds import RESOURCES
from bot.demo.cluster.quotas import hold
from bot.demo.cluster.refusals import Refused
from bot.demo.cluster.store import Store


RECORDED = Path(__file__).parents[3] / "recordings" / "api-server" / "refused"
QUOTA = {
    "kind": "ResourceQuota",
    "metadata": {"namespace": "quota", "name": "small"},
    "spec": {"hard": {"limits.cpu": "2", "pods": "1", "secrets": "1", "count/deployments.apps": "0"}},
}
LIMITED = {"containers": [{"name": "app", "resources": {"limits": {"cpu": "1"}}}]}


def _item(kind: str, name: str, **parts: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"namespace": "quota", "name": name}, **parts}


@pytest.mark.parametrize(
    ("name", "plural", "item"),
    [
        ("quota-exceeded-pod", "pods", _item("Pod", "two", spec=LIMITED)),
        ("quota-exceeded-secret2", "secrets", _item("Secret", "s2")),
        ("quota-must-specify", "pods", _item("Pod", "a", spec={"containers": [{"name": "app"}]})),
    ],
)
def test_too_much_is_refused_as_recorded(name: str, plural: str, item: dict[str, Any]) -> None:
    """One pod, one Secret, and pods that say what they want."""
    store = Store([QUOTA, _item("Pod", "one", spec=LIMITED), _item("Secret", "s")])
    with pytest.raises(Refused) as refused:
        hold(store, RESOURCES[plural], item)
    recorded = json.loads((RECORDED / f"{name}.json").read_text())["response"]
    assert refused.value.code == recorded["status"]
    assert refused.value.status() == json.loads(recorded["body"])


def test_what_fits_is_let_in() -> None:
    """Another namespace has its own; a pod that has ended takes no room; what is not counted is free."""
    ended = _item("Pod", "one", spec=LIMITED, status={"phase": "Succeeded"})
    store = Store([QUOTA, ended])
    hold(store, RESOURCES["pods"], _item("Pod", "two", spec=LIMITED))
    hold(store, RESOURCES["configmaps"], _item("ConfigMap", "c"))
    hold(store, RESOURCES["namespaces"], {"metadata": {"name": "quota"}})
    elsewhere = _item("Secret", "s")
    elsewhere["metadata"]["namespace"] = "shop"
    hold(store, RESOURCES["secrets"], elsewhere)
    with pytest.raises(Refused):
        hold(store, RESOURCES["deployments"], _item("Deployment", "web"))
