"""A kubelet with a runtime that says what it is told to."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.demo.cluster.refusals import Refused
from bot.demo.cluster.store import Store
from bot.demo.nodes.asking import Failed, Login, Pulled
from bot.demo.nodes.kubelet import Kubelet
from bot.facts.image import ImageReference, Platform


class Runtime:
    """Fails or succeeds in turn; the last outcome stays."""

    def __init__(self, *outcomes: Failed | Pulled) -> None:
        self.outcomes = list(outcomes)
        self.logins: list[Login | None] = []

    async def pull(self, image: ImageReference, login: Login | None) -> Pulled:
        """The next outcome."""
        assert image.name
        self.logins.append(login)
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if isinstance(outcome, Failed):
            raise outcome
        return outcome


class Node:
    """A kubelet, its store and a clock that is pushed on."""

    def __init__(self, *outcomes: Failed | Pulled, **spec: Any) -> None:
        self.now = datetime(2026, 11, 22, 9, tzinfo=UTC)
        container = {"name": "web", "image": "web:1", **spec.pop("container", {})}
        pod = {
            "kind": "Pod",
            "metadata": {"name": "p", "namespace": "a"},
            "spec": {"nodeName": "n", "containers": [container], **spec},
        }
        self.store = Store([pod, {"kind": "Node", "metadata": {"name": "n"}}])
        self.runtime = Runtime(*outcomes)
        self.kubelet = Kubelet("n", self.store, self.runtime, Platform("linux", "amd64"), lambda: self.now)

    async def after(self, seconds: float) -> dict[str, Any]:
        """The container's state some time later, looked at every ten seconds."""
        end = self.now + timedelta(seconds=seconds)
        await self.kubelet.sync()
        while self.now < end:
            self.now += timedelta(seconds=10)
            await self.kubelet.sync()
        state: dict[str, Any] = self.pod["status"]["containerStatuses"][0]["state"]
        return state

    @property
    def pod(self) -> dict[str, Any]:
        """As it stands."""
        return self.store.get("pods", "a", "p")

    def events(self, reason: str) -> list[dict[str, Any]]:
        """Those of one reason."""
        return [each for each in self.store.every("events") if each["reason"] == reason]


PULLED = Pulled("sha256:0", 5, Platform("linux", "amd64"))


async def test_back_off_grows_to_five_minutes() -> None:
    """Ten seconds, twenty, forty …: the tries grow rare, and each sentence stays."""
    node = Node(Failed("no"))
    assert (await node.after(0))["waiting"] == {"reason": "ErrImagePull", "message": "no"}
    state = await node.after(1800)
    assert state["waiting"]["message"] == 'Back-off pulling image "web:1": ErrImagePull: no'
    assert 8 <= len(node.runtime.logins) <= 11
    assert node.events("BackOff")[0]["type"] == "Normal"
    assert {each["message"] for each in node.events("Failed")} == {
        'Failed to pull image "web:1": no',
        "Error: ErrImagePull",
        "Error: ImagePullBackOff",
    }


async def test_what_heals_runs() -> None:
    """And the node has its image then."""
    node = Node(Failed("no"), PULLED)
    assert "running" in await node.after(20)
    assert node.pod["status"]["phase"] == "Running"
    images = node.store.get("nodes", "", "n")["status"]["images"]
    assert images[0]["names"] == ["docker.io/library/web@sha256:0", "docker.io/library/web:1"]


async def test_a_failure_that_takes_its_time_is_silent_until_then() -> None:
    """The container is being created; one that never ends stays so."""
    node = Node(Failed("late", seconds=25))
    assert (await node.after(20))["waiting"] == {"reason": "ContainerCreating"}
    assert (await node.after(10))["waiting"]["reason"] == "ErrImagePull"
    node = Node(Failed("", never=True))
    assert (await node.after(900))["waiting"] == {"reason": "ContainerCreating"}
    assert len(node.runtime.logins) == 1


async def test_a_missing_secret_is_an_event() -> None:
    """And the pull is tried without it."""
    node = Node(PULLED, imagePullSecrets=[{"name": "gone"}])
    await node.after(0)
    assert "(gone)" in node.events("FailedToRetrieveImagePullSecret")[0]["message"]
    assert node.runtime.logins == [None]


@pytest.mark.parametrize(
    ("container", "reason"),
    [({"image": "Web:1"}, "InvalidImageName"), ({"imagePullPolicy": "Never"}, "ErrImageNeverPull")],
)
async def test_some_images_are_not_asked_for(container: dict[str, Any], reason: str) -> None:
    """Nobody is asked for what cannot be meant, or must not be pulled."""
    node = Node(PULLED, container=container)
    assert (await node.after(0))["waiting"]["reason"] == reason
    assert not node.runtime.logins


async def test_a_registry_that_is_away_has_a_reason_of_its_own() -> None:
    """CRI-O's."""
    node = Node(Failed("dial", "RegistryUnavailable"))
    state = await node.after(0)
    assert state["waiting"]["reason"] == "RegistryUnavailable"
    assert state["waiting"]["message"].startswith(
        "image pull failed for web:1 because the registry is unavailable"
    )


async def test_a_binary_for_another_machine_crashes() -> None:
    """Its log says why, and it is not pulled again."""
    node = Node(Pulled("sha256:0", 5, Platform("linux", "arm64")))
    state = await node.after(60)
    assert state["waiting"]["reason"] == "CrashLoopBackOff"
    assert node.pod["status"]["phase"] == "Running"
    assert "exec format error" in await node.kubelet.log(node.pod, "web", previous=True)
    assert len(node.runtime.logins) == 1


async def test_what_is_no_image_is_not_created() -> None:
    """Though it was pulled."""
    node = Node(Pulled("sha256:0", 5, runs=False))
    assert (await node.after(0))["waiting"]["reason"] == "CreateContainerError"


async def test_another_image_begins_anew() -> None:
    """Without waiting for the back-off to end."""
    node = Node(Failed("no"), PULLED)
    await node.after(0)
    pod = node.pod
    pod["spec"] = {**pod["spec"], "containers": [{"name": "web", "image": "web:2"}]}
    node.store.put(pod)
    assert "running" in await node.after(0)


async def test_an_init_container_comes_first() -> None:
    """The others wait for it."""
    node = Node(Failed("no"), initContainers=[{"name": "first", "image": "first:1"}])
    assert (await node.after(0))["waiting"] == {"reason": "PodInitializing"}


async def test_a_pod_that_is_deleted_goes() -> None:
    """At once where nothing runs, after its grace where something does."""
    node = Node(PULLED)
    await node.after(0)
    pod = node.pod
    pod["metadata"] = {**pod["metadata"], "deletionTimestamp": "2026-11-22T09:00:15Z"}
    node.store.put(pod)
    await node.kubelet.sync()
    assert node.store.find("pods", "a", "p") is not None
    node.now += timedelta(seconds=20)
    await node.kubelet.sync()
    assert node.store.find("pods", "a", "p") is None


async def test_a_waiting_container_has_no_log() -> None:
    """400, as a real one says."""
    node = Node(Failed("no"))
    await node.after(0)
    for previous in (True, False):
        with pytest.raises(Refused):
            await node.kubelet.log(node.pod, "web", previous=previous)


async def test_a_forgotten_image_is_pulled_again() -> None:
    """As on a node that ran out of room."""
    node = Node(PULLED)
    await node.after(0)
    node.kubelet.forget("docker.io/library/web:1")
    assert "docker.io/library/web:1" not in node.kubelet._images


async def test_a_pod_of_another_uid_is_left_alone() -> None:
    """Somebody ended this one by force, and another came in its place while the kubelet was at work."""
    node = Node(PULLED)
    await node.after(0)
    old = {**node.pod, "metadata": {**node.pod["metadata"], "deletionTimestamp": "2026-11-22T09:00:00Z"}}
    node.store.delete("pods", "a", "p")
    fresh = {**old, "metadata": {"name": "p", "namespace": "a"}, "status": {}}
    node.store.put({"kind": "Pod", **fresh})
    node.kubelet._end(old)
    node.kubelet._tell(old)
    assert node.store.get("pods", "a", "p")["status"] == {}


@pytest.mark.parametrize(("login", "running"), [("robot:secret", True), ("", False)])
async def test_an_image_that_a_login_opened_is_not_for_everybody(login: str, running: bool) -> None:
    """Another pod on the node gets it with the same login; without one it is asked for again, and refused."""
    told = {"auths": {"r.example": {"auth": base64.b64encode(b"robot:secret").decode()}}}
    value = base64.b64encode(json.dumps(told).encode()).decode()
    kind = "kubernetes.io/dockerconfigjson"
    secret = {"metadata": {"namespace": "a", "name": "s"}, "type": kind, "data": {".dockerconfigjson": value}}
    image = {"image": "r.example/web:1"}
    named = [{"name": "s"}]
    node = Node(PULLED, Failed("no"), container=image, imagePullSecrets=named)
    node.store.put({"kind": "Secret", **secret})
    assert "running" in await node.after(0)
    spec = {**node.pod["spec"], "imagePullSecrets": named if login else []}
    node.store.put({"kind": "Pod", "metadata": {"namespace": "a", "name": "q"}, "spec": spec})
    await node.after(0)
    state = node.store.get("pods", "a", "q")["status"]["containerStatuses"][0]["state"]
    assert ("running" in state) is running
