"""A pod's status."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.demo.nodes.statuses import Life, status


NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
POD: dict[str, Any] = {"metadata": {"name": "p"}, "status": {"qosClass": "BestEffort"}}


def _status(lives: dict[str, Life], pod: dict[str, Any], now: datetime = NOW) -> dict[str, Any]:
    told = [
        life.status({"name": name, "image": "x:1"}, "docker.io/library/x") for name, life in lives.items()
    ]
    return status(pod, lives, {"containerStatuses": told}, now)


def test_a_pod_waits_while_one_of_its_containers_does() -> None:
    """Its phase is Pending, though another runs."""
    lives = {"a": Life("x:1", started=NOW, ever=True, pulled="sha256:0"), "b": Life("x:1")}
    told = _status(lives, POD)
    assert told["phase"] == "Pending"
    assert told["qosClass"] == "BestEffort"
    ready = next(each for each in told["conditions"] if each["type"] == "Ready")
    assert (ready["status"], ready["message"]) == ("False", "containers with unready status: [b]")
    assert told["containerStatuses"][0]["imageID"] == "docker.io/library/x@sha256:0"


def test_a_condition_keeps_its_time_until_it_turns() -> None:
    """Then it has a new one."""
    life = Life("x:1")
    first = _status({"a": life}, POD)
    life.started, life.ever = NOW, True
    second = _status({"a": life}, {**POD, "status": first}, NOW + timedelta(minutes=1))
    assert second["phase"] == "Running"
    times = {each["type"]: each["lastTransitionTime"] for each in second["conditions"]}
    assert (times["PodScheduled"], times["Ready"]) == ("2026-11-22T09:00:00Z", "2026-11-22T09:01:00Z")


def test_an_init_container_ends_well() -> None:
    """It is ready, and not running."""
    told = Life("x:1", started=NOW).status({"name": "i", "image": "x:1"}, "x", ends=True)
    assert told["state"]["terminated"]["reason"] == "Completed"
    assert (told["ready"], told["started"]) == (True, False)
