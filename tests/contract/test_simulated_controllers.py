"""The simulated controllers write what the recorded ones wrote: rollouts, their failure and their way back.

The recorded cluster had no kubelet: somebody wrote by hand which pods served. So it is here. What is drawn anew each time is
made equal on both sides: names of revisions stand for the image that is in them.
"""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.demo.cluster import patches
from bot.demo.cluster.requests import Asked
from bot.demo.cluster.store import Store
from bot.demo.cluster.writes import Writes
from bot.demo.controllers.rollouts import Rollouts
from bot.demo.controllers.workloads import Workloads


WRITES = Path(__file__).parent.parent / "recordings" / "api-server" / "writes"
REFUSED = WRITES.parent / "refused"
Object = dict[str, Any]
_DRAWN = ("uid", "resourceVersion", "creationTimestamp", "managedFields")
_TIMES = ("lastUpdateTime", "lastTransitionTime")


def _recorded(name: str, folder: Path = WRITES) -> Any:
    return json.loads(json.loads((folder / f"{name}.json").read_text())["response"]["body"])


def _request(name: str) -> Object:
    loaded: Object = json.loads((WRITES / f"{name}.json").read_text())["request"]
    return loaded


class Cluster:
    """Controllers without kubelets: pods serve unless their image ends on what is bad.

    Attributes:
        serving: whether any pod does.
    """

    def __init__(self, *items: Object, bad: str = ":v3", serving: bool = True) -> None:
        self.now = datetime(2026, 11, 22, 8, 11, 44, tzinfo=UTC)
        self.serving, self._bad = serving, bad
        place = items[0]["metadata"]["namespace"]
        self.store = Store(
            [
                {"kind": "Namespace", "metadata": {"name": place}},
                {"kind": "ServiceAccount", "metadata": {"name": "default", "namespace": place}},
                *({"kind": "Node", "metadata": {"name": name}, "spec": {}} for name in ("node-a", "node-b")),
            ]
        )
        self._writes = Writes(self.store, lambda: self.now)
        self._controllers = (
            Rollouts(self.store, lambda: self.now),
            Workloads(self.store, lambda: self.now),
        )
        for item in items:
            self.create(item)

    def create(self, item: Object) -> None:
        """Make an object anew of one that was recorded."""
        told = {name: value for name, value in item["metadata"].items() if name in ("name", "labels")}
        plural = f"{item['kind'].lower()}s"
        asked = Asked("create", plural, item["metadata"]["namespace"], group="apps")
        body = {"metadata": told, "spec": item["spec"]}
        self._writes.create(asked, json.dumps(body).encode())

    def send(self, name: str) -> Object:
        """A recorded patch, for real."""
        request = _request(name)
        parts = request["path"].partition("?")[0].split("/")
        asked = Asked("patch", parts[6], parts[5], parts[7], group="apps")
        kind = request["headers"]["Content-Type"]
        return self._writes.patch(asked, request["body"].encode(), kind).body

    def patch(self, plural: str, name: str, patch: Object) -> None:
        """A patch of one's own."""
        asked = Asked("patch", plural, "shop", name, group="apps")
        self._writes.patch(asked, json.dumps(patch).encode(), patches.STRATEGIC)

    def live(self, steps: int = 10) -> None:
        """Let everybody work; what is told to go is gone in the end."""
        for _ in range(steps):
            for each in self._controllers:
                each.step()
            for pod in self.store.every("pods"):
                good = self.serving and not pod["spec"]["containers"][0]["image"].endswith(self._bad)
                told = {"conditions": [{"type": "Ready", "status": str(good)}]}
                if pod["metadata"].get("deletionTimestamp"):
                    self.store.delete("pods", pod["metadata"]["namespace"], pod["metadata"]["name"])
                elif pod["status"].get("conditions") != told["conditions"]:
                    self.store.put({**pod, "status": told}, "Pod")
        for each in self._controllers:
            each.step()

    def listed(self, plural: str) -> list[Object]:
        """All of a resource, by name."""
        return sorted(self.store.every(plural), key=lambda each: str(each["metadata"]["name"]))


def _images(items: list[Object]) -> dict[str, str]:
    """Hash -> the image that it stands for."""
    found = {}
    for item in items:
        template = item["spec"]["template"] if "spec" in item else item["data"]["spec"]["template"]
        digest = item["metadata"]["name"].rpartition("-")[2]
        found[digest] = template["spec"]["containers"][0]["image"]
    return found


def _alike(value: Any, images: dict[str, str]) -> Any:
    if isinstance(value, dict):
        left = {name: inner for name, inner in value.items() if name not in _DRAWN}
        return {
            name: "then" if name in _TIMES else _alike(inner, images)
            for name, inner in left.items()
            if name not in ("terminatingReplicas", "kind", "apiVersion")
        }
    if isinstance(value, list):
        return [_alike(each, images) for each in value]
    if isinstance(value, str):
        for digest, image in images.items():
            value = re.sub(re.escape(digest), image, value)
    return value


def _same_sets(cluster: Cluster, name: str) -> dict[str, str]:
    recorded, made = _recorded(name)["items"], cluster.listed("replicasets")
    theirs, ours = _images(recorded), _images(made)
    key = str
    left = sorted((_alike(each, theirs) for each in recorded), key=lambda each: key(each["metadata"]["name"]))
    right = sorted((_alike(each, ours) for each in made), key=lambda each: key(each["metadata"]["name"]))
    for one, other in zip(left, right, strict=True):
        for each in (one, other):
            each["metadata"].pop("generation")  # how often a set was scaled is nobody's business
            each["status"].pop("observedGeneration")
        assert one == other
    return ours | theirs


def test_a_rollout_fails_and_is_rolled_back_as_recorded() -> None:
    """Status, conditions, ReplicaSets and their revisions, from the first to the last; three old pods serve throughout."""
    cluster = Cluster(_recorded("rollout-0-complete"))
    cluster.live()
    names = _images(cluster.listed("replicasets")) | _images(_recorded("rollout-8-replicasets")["items"])

    def deployment() -> Any:
        return _alike(cluster.store.get("deployments", "shop", "ro"), names)

    assert deployment() == _alike(_recorded("rollout-0-complete"), names)
    assert _alike(cluster.send("rollout-1-patch"), names) == _alike(_recorded("rollout-1-patch"), names)
    cluster.live()
    names |= _same_sets(cluster, "rollout-4-replicasets")
    assert deployment() == _alike(_recorded("rollout-2-progressing"), names)
    cluster.now += timedelta(seconds=21)
    cluster.live(1)
    assert deployment() == _alike(_recorded("rollout-3-deadline-exceeded"), names)
    cluster.send("rollout-6-rollback")
    cluster.live()
    assert deployment() == _alike(_recorded("rollout-7-rolled-back"), names)
    _same_sets(cluster, "rollout-8-replicasets")


def test_a_paused_one_takes_a_template_and_does_nothing_as_recorded() -> None:
    """No ReplicaSet is made, and the condition says why."""
    recorded = _recorded("rollout-paused-after")
    cluster = Cluster({**recorded, "spec": {**recorded["spec"], "paused": False}}, serving=False)
    cluster.live()
    before = {"spec": {"containers": [{"name": "web", "image": "registry.corp.test/shop/web:bad"}]}}
    cluster.patch("deployments", "p2", {"spec": {"template": before}})
    cluster.live()
    sets = cluster.listed("replicasets")
    told = {"spec": {"containers": [{"name": "web", "image": "registry.corp.test/shop/web:v7"}]}}
    cluster.patch("deployments", "p2", {"spec": {"paused": True, "template": told}})
    cluster.live()
    assert [each["metadata"]["name"] for each in cluster.listed("replicasets")] == [
        each["metadata"]["name"] for each in sets
    ]
    made = cluster.store.get("deployments", "shop", "p2")
    assert _alike(made["status"], {}) == _alike(recorded["status"], {})
    cluster.patch("deployments", "p2", {"spec": {"paused": None}})
    cluster.live()
    assert len(cluster.listed("replicasets")) == len(sets) + 1


@pytest.mark.parametrize(
    ("name", "plural"), [("db", "statefulsets"), ("logship", "daemonsets")], ids=["StatefulSet", "DaemonSet"]
)
def test_revisions_are_kept_and_come_back_as_recorded(name: str, plural: str) -> None:
    """Numbers, labels, the template as a strategic patch; it is sent as it is, and its revision is the newest then."""
    recorded = _recorded(f"{name}-controllerrevisions")
    first = _recorded(f"{name}-get")
    now = first["spec"]["template"]["spec"]["containers"][0]["image"]
    first["spec"]["template"]["spec"]["containers"][0]["image"] = now.replace(":17", ":16")
    cluster = Cluster(first, bad=":17")
    cluster.live()
    cluster.send(f"{name}-patch-image")
    cluster.live()
    made, theirs = cluster.listed("controllerrevisions"), recorded["items"]
    key = lambda each: each["revision"]  # noqa: E731
    for one, other in zip(sorted(made, key=key), sorted(theirs, key=key), strict=True):
        left, right = _alike(one, _images(made)), _alike(other, _images(theirs))
        assert left == right
    cluster.send(f"{name}-rollback")
    for pod in cluster.store.every("pods"):
        if pod["spec"]["containers"][0]["image"].endswith(":17") and plural == "statefulsets":
            cluster.store.delete("pods", "shop", pod["metadata"]["name"])
    cluster.live()
    images = {pod["spec"]["containers"][0]["image"] for pod in cluster.store.every("pods")}
    assert images == {now.replace(":17", ":16")}
    assert sorted(each["revision"] for each in cluster.listed("controllerrevisions")) == [2, 3]


def test_a_quota_lets_a_template_pass_and_keeps_its_pods_away_as_recorded() -> None:
    """The Deployment is taken; that its pods are not stands in its conditions, a while later."""
    recorded = _recorded("quota-deployment-replicafailure", REFUSED)
    place = {"namespace": "quota"}
    cluster = Cluster({**recorded, "metadata": {**recorded["metadata"], **place}})
    for pod in list(cluster.store.every("pods")):
        cluster.store.delete("pods", "quota", pod["metadata"]["name"])
    quota = {
        "kind": "ResourceQuota",
        "metadata": {"name": "small", **place},
        "spec": {"hard": {"limits.cpu": "2"}},
    }
    cluster.store.put(quota)
    cluster.live()
    told = {
        each["type"]: each
        for each in cluster.store.get("deployments", "quota", "web")["status"]["conditions"]
    }
    theirs = {each["type"]: each for each in recorded["status"]["conditions"]}
    for name in ("Available", "ReplicaFailure"):
        assert (told[name]["status"], told[name]["reason"]) == (
            theirs[name]["status"],
            theirs[name]["reason"],
        )
    pattern = re.compile(r'"web-[a-z0-9]+-[a-z0-9]+"')
    assert pattern.sub("POD", told["ReplicaFailure"]["message"]) == pattern.sub(
        "POD", theirs["ReplicaFailure"]["message"]
    )
    recorded_events = _recorded("quota-failedcreate-events", REFUSED)["items"]
    said = {
        pattern.sub("POD", each["message"])
        for each in cluster.store.every("events")
        if each["type"] == "Warning"
    }
    assert said == {pattern.sub("POD", each["message"]) for each in recorded_events}
    cluster.store.delete("resourcequotas", "quota", "small")
    cluster.now += timedelta(minutes=1)
    cluster.live()
    mended = cluster.store.get("deployments", "quota", "web")["status"]
    assert "ReplicaFailure" not in {each["type"] for each in mended["conditions"]}
    assert mended["readyReplicas"] == recorded["spec"]["replicas"]
