"""Selectors, as kubectl writes them."""

from typing import Any

import pytest

from bot.demo.cluster.kinds import RESOURCES
from bot.demo.cluster.refusals import Refused
from bot.demo.cluster.selectors import chosen, labelled, selecting


POD: dict[str, Any] = {
    "metadata": {"name": "a", "namespace": "shop", "labels": {"app": "web", "tier": "front"}},
    "spec": {"nodeName": "n", "hostNetwork": True},
    "status": {"phase": "Pending"},
}


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ("", True),
        ("app=web", True),
        ("app==web,tier!=back", True),
        ("app in (api, web)", True),
        ("app notin (web)", False),
        ("app,!canary", True),
        ("canary", False),
        ("app=api", False),
    ],
)
def test_labels_select(selector: str, matches: bool) -> None:
    """Equality and sets, all of which must hold."""
    assert labelled(selector)(POD) is matches


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ("spec.nodeName=n,status.phase!=Running", True),
        ("spec.hostNetwork=true", True),
        ("metadata.name=b", False),
        ("status.podIP=", True),
        ("spec.nodeName=n,spec.nodeName=m", False),
    ],
)
def test_fields_select(selector: str, matches: bool) -> None:
    """What is not there is empty; two demands on one field are both made."""
    assert selecting(RESOURCES["pods"], {"fieldSelector": selector})(POD) is matches


def test_events_are_selected_by_their_source() -> None:
    """By the component, wherever it stands."""
    match = selecting(RESOURCES["events"], {"fieldSelector": "source=kubelet"})
    assert match({"metadata": {}, "source": {"component": "kubelet"}})
    assert match({"metadata": {}, "reportingComponent": "kubelet"})


def test_objects_choose_by_expressions() -> None:
    """A workload's selector, with all four operators."""
    match = chosen(
        {
            "matchLabels": {"app": "web"},
            "matchExpressions": [
                {"key": "tier", "operator": "In", "values": ["front", "mid"]},
                {"key": "tier", "operator": "NotIn", "values": ["back"]},
                {"key": "app", "operator": "Exists"},
                {"key": "canary", "operator": "DoesNotExist"},
            ],
        }
    )
    assert match(POD)
    assert not match({"metadata": {"labels": {"app": "web", "canary": "1"}}})


@pytest.mark.parametrize(
    "query", [{"fieldSelector": "x"}, {"fieldSelector": "spec.x=1"}, {"labelSelector": "a in b"}]
)
def test_bad_selectors_are_refused(query: dict[str, str]) -> None:
    """400, before anything is looked at."""
    with pytest.raises(Refused) as refused:
        selecting(RESOURCES["pods"], query)
    assert refused.value.code == 400
