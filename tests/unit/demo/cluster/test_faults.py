"""Faults: they meet whom they are meant for, as often as they are meant, and speak as the recorded server did."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.demo.cluster.faults import Fault, Faults, refusal
from bot.demo.cluster.kinds import RESOURCES
from bot.demo.cluster.refusals import Refused
from bot.demo.cluster.requests import Asked


RECORDED = Path(__file__).parents[3] / "recordings" / "api-server" / "refused"
PATCH = Asked("patch", "deployments", "shop", "web", group="apps")
WEB: dict[str, Any] = {"metadata": {"name": "web"}}
DENIALS: dict[str, dict[str, Any]] = {
    "vap-patch-422": {
        "fault": Fault.DENY_POLICY,
        "by": "only-corp-registry",
        "message": "images must come from registry.corp.test",
    },
    "vap-patch-403": {
        "fault": Fault.FORBID_POLICY,
        "by": "no-latest",
        "message": "tag latest is forbidden for web",
    },
    "webhook-deny": {
        "fault": Fault.DENY_WEBHOOK,
        "by": "policy.corp.test",
        "message": "image x:2 is not signed (policy verify-signature)",
    },
    "webhook-deny-nocode": {
        "fault": Fault.DENY_WEBHOOK_NO_CODE,
        "by": "policy400.corp.test",
        "message": "image is not signed",
    },
    "webhook-down-500": {"fault": Fault.WEBHOOK_DOWN, "by": "down.corp.test"},
    "webhook-timeout-500": {"fault": Fault.WEBHOOK_SLOW, "by": "slow.corp.test"},
}


def _recorded(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((RECORDED / f"{name}.json").read_text())["response"]
    return loaded


def _denied(faults: Faults, asked: Asked = PATCH, item: dict[str, Any] | None = None) -> Refused:
    with pytest.raises(Refused) as refused:
        faults.admit(RESOURCES[asked.plural], asked, item or WEB, False)
    return refused.value


@pytest.mark.parametrize("name", DENIALS)
def test_admission_denies_as_recorded(name: str) -> None:
    """Code, reason, message, details and causes; the address of a webhook is another's."""
    faults = Faults()
    faults.add(**DENIALS[name])
    refused, recorded = _denied(faults), _recorded(name)
    assert refused.code == recorded["status"]
    told, expected = refused.status(), json.loads(recorded["body"])
    if refused.code == 500:
        assert [told["reason"], told["details"].keys()] == [expected["reason"], expected["details"].keys()]
        assert told["message"].split("Post")[0] == expected["message"].split("Post")[0]
        assert told["message"].split(":")[-1] == expected["message"].split(":")[-1]
    else:
        assert told == expected


def test_quota_refuses_as_recorded() -> None:
    """A Secret too many, by the name it would have."""
    faults = Faults()
    faults.add(fault=Fault.QUOTA, by="small")
    refused = _denied(faults, Asked("create", "secrets", "quota"), {"metadata": {"name": "s2"}})
    assert refused.status() == json.loads(_recorded("quota-exceeded-secret2")["body"])


def test_throttling_answers_as_recorded() -> None:
    """Text, not a Status, and when to come again."""
    refused, recorded = refusal(Fault.THROTTLED, PATCH), _recorded("apf-429-patch")
    assert refused is not None
    assert (refused.code, refused.body().decode()) == (recorded["status"], recorded["body"])
    assert refused.headers == {"Retry-After": recorded["headers"]["Retry-After"]}


def test_fault_strikes_as_often_as_told() -> None:
    """Once where nothing is said, for ever with -1, and never again once it is switched off."""
    faults = Faults()
    once = faults.add(fault=Fault.CUT, verb="patch", plural="deployments", name="web")
    assert [faults.meets(PATCH, dry=False), faults.meets(PATCH, dry=False)] == [once, None]
    always = faults.add(fault=Fault.CUT, times=-1)
    assert [faults.meets(PATCH, dry=False) for _ in range(3)] == [always] * 3
    assert (once.hits, always.hits) == (1, 3)
    always.times = 0
    assert faults.meets(PATCH, dry=False) is None
    faults.add(fault=Fault.CUT)
    faults.clear()
    assert faults.meets(PATCH, dry=False) is None


@pytest.mark.parametrize(
    "told",
    [
        {"verb": "delete"},
        {"plural": "pods"},
        {"name": "other"},
        {"namespace": "payments"},
        {"dry": True},
    ],
)
def test_fault_spares_all_others(told: dict[str, Any]) -> None:
    """Another verb, resource, name, namespace, or what is only tried out."""
    faults = Faults()
    faults.add(fault=Fault.CUT, **told)
    assert faults.meets(PATCH, dry=False) is None


def test_fault_without_a_verb_spares_readers() -> None:
    """Only what writes is struck, unless a verb is told."""
    faults = Faults()
    faults.add(fault=Fault.CUT)
    assert faults.meets(Asked("get", "pods", "shop", "web-1"), dry=False) is None


def test_faults_of_admission_are_met_in_admission() -> None:
    """And not before: what the server finds wrong itself comes first. A warning lets the object in."""
    faults = Faults()
    acted: list[str] = []
    faults.add(fault=Fault.WARN, message="image is older than 90 days", act=lambda: acted.append("now"))
    assert faults.meets(PATCH, dry=False) is None
    assert faults.admit(RESOURCES["deployments"], PATCH, WEB, False) == ["image is older than 90 days"]
    assert faults.admit(RESOURCES["deployments"], PATCH, WEB, False) == []
    assert acted == ["now"]


def test_server_has_refusals_of_its_own() -> None:
    """A conflict names the object, a deadline nothing; what is the network's is no refusal."""
    conflict, late = refusal(Fault.CONFLICT, PATCH), refusal(Fault.TIMED_OUT, PATCH)
    assert conflict is not None
    assert late is not None
    assert (conflict.code, conflict.reason) == (409, "Conflict")
    assert late.status()["details"] == {}
    assert (late.code, late.reason) == (504, "Timeout")
    down = refusal(Fault.UNAVAILABLE, PATCH)
    assert down is not None
    assert down.plain
    assert refusal(Fault.LOST, PATCH) is None
