"""The Job that asks a node: what it is, and what of another one is noticed."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from bot.facts.statement import Spot
from bot.remediation import witnessing
from bot.remediation.witnessing import Site
from tests import clients


SITE = Site("imagepull-witness", "registry.corp.example/imagepull:1")
SPOT = Spot("prod", "node-a", "registry.corp.example", 5000)


def _job() -> dict[str, Any]:
    return copy.deepcopy(dict(witnessing.job(SITE, SPOT)))


def _pod(job: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = job["spec"]["template"]["spec"]
    return found


def test_job_is_what_the_official_client_knows() -> None:
    """No unknown field and nothing missing."""
    assert clients.faults(_job()) == []


def test_job_asks_the_node_about_the_host_and_nothing_else() -> None:
    """On that node, in its network, with the one program."""
    pod = _pod(_job())
    assert (pod["nodeName"], pod["hostNetwork"], pod["dnsPolicy"]) == ("node-a", True, "Default")
    (container,) = pod["containers"]
    assert container["command"][-3:] == ["bot.witness", "registry.corp.example", "5000"]
    assert container["image"] == SITE.image
    assert not {"volumes", "serviceAccountName", "initContainers"} & set(pod)


def test_name_is_the_question() -> None:
    """The same one has the same name, whoever asks and in which plan; another node, host or port has another."""
    names = {
        witnessing.name(each)
        for each in (
            SPOT,
            Spot("prod", "node-b", "registry.corp.example", 5000),
            Spot("prod", "node-a", "registry.corp.example", 443),
            Spot("prod", "node-a", "other.corp.example", 5000),
        )
    }
    assert len(names) == 4
    assert witnessing.name(SPOT) in names
    assert all(len(each) <= 63 for each in names)


def test_strays_passes_over_what_servers_fill_in() -> None:
    """Defaults, a status, labels of controllers."""
    there = _job()
    there["status"] = {}
    there["spec"]["completionMode"] = "NonIndexed"
    there["spec"]["template"]["metadata"]["labels"]["job-name"] = "x"
    _pod(there)["schedulerName"] = "default-scheduler"
    _pod(there)["containers"][0]["terminationMessagePath"] = "/dev/termination-log"
    assert witnessing.strays(witnessing.job(SITE, SPOT), there) == ""


@pytest.mark.parametrize(
    "change",
    [
        lambda pod: pod.update(nodeName="node-b"),
        lambda pod: pod.update(hostNetwork=False),
        lambda pod: pod["containers"][0].update(image="evil.example/x"),
        lambda pod: pod["containers"][0]["command"].__setitem__(4, "other.example"),
        lambda pod: pod["containers"][0]["command"].append("x"),
        lambda pod: pod["containers"].append({"name": "sidecar"}),
        lambda pod: pod["containers"][0].update(env=[{"name": "A", "value": "1"}]),
        lambda pod: pod.update(volumes=[{"name": "a", "emptyDir": {}}]),
        lambda pod: pod.update(initContainers=[{"name": "a"}]),
        lambda pod: pod.update(hostPID=True),
        lambda pod: pod.update(hostAliases=[{"ip": "203.0.113.7", "hostnames": ["registry.corp.example"]}]),
        lambda pod: pod.update(dnsConfig={"nameservers": ["203.0.113.53"]}),
        lambda pod: pod["containers"][0].update(volumeDevices=[{"name": "a", "devicePath": "/dev/a"}]),
        lambda pod: pod.pop("containers"),
    ],
)
def test_strays_tells_what_somebody_else_put_in(change: Callable[[dict[str, Any]], object]) -> None:
    """A webhook that adds a sidecar made another Job than the one that was approved."""
    there = _job()
    change(_pod(there))
    assert witnessing.strays(witnessing.job(SITE, SPOT), there).startswith("spec.template.spec.")


def test_strays_tells_what_is_no_object() -> None:
    """Whatever stands there."""
    assert witnessing.strays(witnessing.job(SITE, SPOT), None) == "it"
    assert witnessing.strays(witnessing.job(SITE, SPOT), {"spec": 3})
