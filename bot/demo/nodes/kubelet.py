"""One node's kubelet: its pods in -> images pulled by asking, and statuses and events as a real one writes them, out.

It decides by what its runtime's pulls came to; there is no table from pod to message. Back-off runs from 10 s to
300 s, on the clock it is given.
"""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.demo.cluster.refusals import bad_request
from bot.demo.cluster.store import Store
from bot.demo.nodes.asking import Failed, Login, Pulled
from bot.demo.nodes.events import Recorder
from bot.demo.nodes.keyring import Undecodable, logins
from bot.demo.nodes.statuses import Life, status
from bot.errors import InvalidReference
from bot.facts.image import ImageReference, Platform, parse
from bot.facts.platforms import offers


Object = dict[str, Any]
_FIRST_BACKOFF, _LONGEST_BACKOFF = timedelta(seconds=10), timedelta(seconds=300)
# A pod is looked at anew about so often.
_PERIOD = timedelta(seconds=10)
# So long a container takes to end when it is asked to; those that are let have longer.
_GOODBYE = timedelta(seconds=2)
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_HELD_BYTES = 60_000_000
_LOOKS = ["-m", "bot.witness"]
_CREATE_ERROR = "failed to generate container {id} spec: failed to generate spec: no command specified"
_EXEC_ERROR = "exec /app: exec format error\n"
_MUST_BE_LOWER = ": repository name ({name}) must be lowercase"


class Runtime(Protocol):
    """Whoever can pull."""

    async def pull(self, image: ImageReference, login: Login | None) -> Pulled:
        """Pull, or raise :class:`~bot.demo.nodes.asking.Failed`."""
        ...


class Kubelet:
    """A kubelet.

    Args:
        node: its name.
        store: the cluster's.
        runtime: what pulls for it.
        platform: the node's.
        now: the world's clock.
        look: what a container says that looks at a host and a port from here.
    """

    def __init__(
        self,
        node: str,
        store: Store,
        runtime: Runtime,
        platform: Platform,
        now: Callable[[], datetime],
        look: Callable[[str, int], Awaitable[str]] | None = None,
    ) -> None:
        self.node = node
        self._store = store
        self._runtime = runtime
        self._platform = platform
        self._now = now
        self._look = look
        self._events = Recorder(store, "kubelet", node, now)
        self._lives: dict[tuple[str, str], Life] = {}
        self._seen: dict[str, datetime] = {}
        self._images: dict[str, Pulled] = {}
        # Image -> the logins it came with; None for without any.
        self._keys: dict[str, set[Login | None]] = {}

    async def sync(self) -> None:
        """Look after every pod of this node once."""
        mine = [pod for pod in self._store.every("pods") if pod["spec"].get("nodeName") == self.node]
        for pod in mine:
            if pod["metadata"].get("deletionTimestamp"):
                self._end(pod)
            else:
                await self._sync(pod)
        there = {pod["metadata"]["uid"] for pod in mine}
        self._lives = {key: life for key, life in self._lives.items() if key[0] in there}
        self._seen = {uid: when for uid, when in self._seen.items() if uid in there}

    async def log(self, pod: Object, container: str, *, previous: bool) -> str:
        """A container's log.

        Raises:
            Refused: 400 where there is none.
        """
        meta = pod["metadata"]
        life = self._lives.get((meta["uid"], container))
        if life is not None and life.last and (previous or life.started is None):
            return _EXEC_ERROR
        if life is not None and life.started is not None and not previous:
            return ""
        if previous:
            said = f'previous terminated container "{container}" in pod "{meta["name"]}" not found'
            raise bad_request(said)
        said = f'container "{container}" in pod "{meta["name"]}" is waiting to start: image can\'t be pulled'
        raise bad_request(said)

    def forget(self, image: str) -> None:
        """Lose an image, as a node that ran out of room does."""
        self._images.pop(image, None)
        self._keys.pop(image, None)

    def _end(self, pod: Object) -> None:
        meta = pod["metadata"]
        end = datetime.strptime(meta["deletionTimestamp"], _TIME).replace(tzinfo=self._now().tzinfo)
        grace = timedelta(seconds=meta.get("deletionGracePeriodSeconds") or 0)
        lives = (life for (uid, _), life in self._lives.items() if uid == meta["uid"])
        running = any(life.started and not life.said for life in lives)
        over = self._now() >= min(end, end - grace + _GOODBYE)
        # Somebody may have ended it by force while another pod was seen to.
        if (not running or over) and self._there(pod) is not None:
            self._store.delete("pods", meta["namespace"], meta["name"])

    def _there(self, pod: Object) -> Object | None:
        """A pod as it is by now; None once it is gone, be there another one of its name or not."""
        meta = pod["metadata"]
        now = self._store.find("pods", meta["namespace"], meta["name"])
        return now if now is not None and now["metadata"]["uid"] == meta["uid"] else None

    async def _sync(self, pod: Object) -> None:
        uid = pod["metadata"]["uid"]
        seen = self._seen.get(uid)
        due = any(
            life.ends is not None and life.ends <= self._now()
            for (owner, _), life in self._lives.items()
            if owner == uid
        )
        changed = any(self._life(pod, each).image != each["image"] for each in _containers(pod["spec"]))
        if seen is not None and self._now() - seen < _PERIOD and not due and not changed:
            return
        self._seen[uid] = self._now()
        secrets = self._secrets(pod)
        ready = True
        for part in ("initContainers", "containers", "ephemeralContainers"):
            for each in pod["spec"].get(part) or ():
                life = self._life(pod, each)
                if part == "containers" and not ready:
                    life.image, life.waiting = each["image"], ("PodInitializing", "")
                    continue
                await self._attend(pod, each, part, secrets)
                if part == "initContainers":
                    ready = ready and life.started is not None
        self._tell(pod)

    def _life(self, pod: Object, container: Object) -> Life:
        return self._lives.setdefault((pod["metadata"]["uid"], container["name"]), Life())

    def _secrets(self, pod: Object) -> list[Object]:
        namespace = pod["metadata"]["namespace"]
        names = [each.get("name") or "" for each in pod["spec"].get("imagePullSecrets") or ()]
        found = {name: self._store.find("secrets", namespace, name) for name in names}
        missing = [name for name, secret in found.items() if secret is None]
        if missing:
            listed = ", ".join(missing)
            said = (
                f"Unable to retrieve some image pull secrets ({listed}); "
                "attempting to pull the image may not succeed."
            )
            self._events.write("Pod", pod, "FailedToRetrieveImagePullSecret", said, warns=True)
        return [secret for secret in found.values() if secret is not None]

    async def _attend(self, pod: Object, container: Object, part: str, secrets: list[Object]) -> None:
        """Bring one container a step further."""
        life, image = self._life(pod, container), container["image"]
        if life.image != image:
            self._lives[pod["metadata"]["uid"], container["name"]] = life = Life(image, ever=life.ever)
        if life.started is not None:
            return
        pen = _Pen(self._events, pod, f"spec.{part}{{{container['name']}}}")
        try:
            reference = parse(image)
        except InvalidReference:
            self._refuse_name(pen, life, image)
            return
        here = self._images.get(reference.canonical)
        if here is not None and not self._may_use(reference, secrets):
            here = None
        policy = container.get("imagePullPolicy") or "IfNotPresent"
        if policy == "Never" and here is None:
            said = f'Container image "{image}" is not present with pull policy of Never'
            pen.write("ErrImageNeverPull", said, warns=True)
            pen.write("Failed", "Error: ErrImageNeverPull", warns=True)
            life.waiting = ("ErrImageNeverPull", said)
        elif here is not None and (policy != "Always" or life.last):
            if not life.last:
                said = f'Container image "{image}" already present on machine and can be accessed by the pod'
                pen.write("Pulled", said)
            self._start(pen, life, reference, here)
            await self._speak(life, container)
        else:
            await self._pull(pen, life, reference, secrets)

    async def _speak(self, life: Life, container: Object) -> None:
        """Let a container that asks a node have its say, and end."""
        command: list[str] = container.get("command") or []
        if self._look is not None and life.started and command[-4:-2] == _LOOKS:
            life.said = await self._look(command[-2], int(command[-1]))

    def hold(self, image: str) -> None:
        """Have an image, as a node has that somebody filled."""
        reference = parse(image)
        digest = f"sha256:{hashlib.sha256(image.encode()).hexdigest()}"
        held = Pulled(digest, _HELD_BYTES, self._platform)
        self._images[reference.canonical] = held
        self._keys.setdefault(reference.canonical, set()).add(None)
        self._list_image(reference, held)

    def _may_use(self, image: ImageReference, secrets: list[Object]) -> bool:
        """Whether a pod may have an image that is here: it has a login that opened it, or it came without one.

        https://kubernetes.io/docs/concepts/containers/images/#ensureimagepullcredentialverification
        """
        keys = self._keys[image.canonical]
        try:
            return None in keys or not keys.isdisjoint(logins(image, secrets))
        except Undecodable:
            return False

    def _refuse_name(self, pen: "_Pen", life: Life, image: str) -> None:
        why = "invalid reference format"
        name = image.partition("/")[2].rpartition(":")[0]
        if name != name.lower() and "$" not in image:
            why += _MUST_BE_LOWER.format(name=name)
        said = f'Failed to apply default image tag "{image}": couldn\'t parse image name "{image}": {why}'
        pen.write("InspectFailed", said, warns=True)
        pen.write("Failed", "Error: InvalidImageName", warns=True)
        life.waiting = ("InvalidImageName", said)

    async def _pull(self, pen: "_Pen", life: Life, image: ImageReference, secrets: list[Object]) -> None:
        if life.pulling:
            if life.ends is not None and life.ends <= self._now():
                self._finish(pen, life, image)
            return
        if life.again is not None and self._now() < life.again:
            self._back_off(pen, life, image)
            return
        try:
            offered = logins(image, secrets)
        except Undecodable as problem:
            life.waiting = (str(problem), str(problem))
            return
        pen.write("Pulling", f'Pulling image "{image.spelled}"')
        life.pulling, life.waiting = True, ("ContainerCreating", "")
        life.outcome = await self._outcome(image, offered)
        if isinstance(life.outcome, Failed) and life.outcome.never:
            return
        seconds = life.outcome.seconds if isinstance(life.outcome, Failed) else 0.0
        life.ends = self._now() + timedelta(seconds=seconds)
        if not seconds:
            self._finish(pen, life, image)

    async def _outcome(self, image: ImageReference, offered: list[Login]) -> Pulled | Failed:
        """With each login in turn, or with none; several failures are told together."""
        failures: list[Failed] = []
        tries: list[Login | None] = [*offered] or [None]
        for login in tries:
            try:
                pulled = await self._runtime.pull(image, login)
            except Failed as failed:
                failures.append(failed)
                continue
            self._keys.setdefault(image.canonical, set()).add(login)
            return pulled
        texts = list(dict.fromkeys(each.text for each in failures))
        text = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
        last = failures[-1]
        return Failed(text, last.reason, last.seconds, last.never)

    def _finish(self, pen: "_Pen", life: Life, image: ImageReference) -> None:
        outcome, life.outcome, life.pulling, life.ends = life.outcome, None, False, None
        if isinstance(outcome, Pulled):
            life.failures, life.again = 0, None
            self._images[image.canonical] = outcome
            self._list_image(image, outcome)
            size = f"Image size: {outcome.size} bytes."
            took = "in 412ms (412ms including waiting)"
            pen.write("Pulled", f'Successfully pulled image "{image.spelled}" {took}. {size}')
            self._start(pen, life, image, outcome)
            return
        life.failures += 1
        life.again = self._now() + min(_FIRST_BACKOFF * 2 ** (life.failures - 1), _LONGEST_BACKOFF)
        reason, text = outcome.reason, outcome.text
        told = text
        if reason == "RegistryUnavailable":
            told = f"{reason}: {text}"
            text = f"image pull failed for {image.spelled} because the registry is unavailable: {text}"
        pen.write("Failed", f'Failed to pull image "{image.spelled}": {told}', warns=True)
        pen.write("Failed", f"Error: {reason}", warns=True)
        life.error = life.waiting = (reason, text)

    def _back_off(self, pen: "_Pen", life: Life, image: ImageReference) -> None:
        reason, text = life.error
        said = f'Back-off pulling image "{image.spelled}"'
        pen.write("BackOff", said)
        pen.write("Failed", "Error: ImagePullBackOff", warns=True)
        life.waiting = ("ImagePullBackOff", f"{said}: {reason}: {text}")

    def _start(self, pen: "_Pen", life: Life, image: ImageReference, pulled: Pulled) -> None:
        life.pulled = pulled.digest
        if not pulled.runs:
            identity = hashlib.sha256(f"{pen.uid}{image.spelled}".encode()).hexdigest()
            said = _CREATE_ERROR.format(id=f'"{identity}"')
            pen.write("Failed", f"Error: {said}", warns=True)
            life.waiting = ("CreateContainerError", said)
            return
        foreign = pulled.platform is not None and offers([pulled.platform], self._platform) is None
        if foreign and life.again is not None and self._now() < life.again:
            pen.write("BackOff", f"Back-off restarting failed container {pen.named}", warns=True)
            return
        pen.write("Created", "Container created")
        pen.write("Started", "Container started")
        life.ever = True
        if foreign:
            self._crash(pen, life)
        else:
            life.started = self._now()

    def _crash(self, pen: "_Pen", life: Life) -> None:
        """A binary for another processor ends at once."""
        now = self._now()
        ended = {
            "exitCode": 1,
            "reason": "Error",
            "startedAt": now.strftime(_TIME),
            "finishedAt": now.strftime(_TIME),
        }
        life.restarts += bool(life.last)
        life.last = {"terminated": ended}
        pause = min(_FIRST_BACKOFF * 2**life.restarts, _LONGEST_BACKOFF)
        life.again = now + pause
        pen.write("BackOff", f"Back-off restarting failed container {pen.named}", warns=True)
        said = f"back-off {_span(pause)} restarting failed container={pen.container} pod={pen.pod_id}"
        life.waiting = ("CrashLoopBackOff", said)

    def _list_image(self, image: ImageReference, pulled: Pulled) -> None:
        """Write into the node's status that it has the image."""
        node = self._store.find("nodes", "", self.node)
        if node is None:
            return
        names = [f"{image.name}@{pulled.digest}"]
        names += [f"{image.name}:{image.effective_tag}"] if image.effective_tag else []
        told = node.get("status") or {}
        others = [each for each in told.get("images") or () if names[0] not in each["names"]]
        images = [*others, {"names": names, "sizeBytes": pulled.size}]
        self._store.put({**node, "status": {**told, "images": images}}, "Node")

    def _tell(self, pod: Object) -> None:
        statuses: dict[str, list[Object]] = {}
        for part, written in (
            ("initContainers", "initContainerStatuses"),
            ("containers", "containerStatuses"),
            ("ephemeralContainers", "ephemeralContainerStatuses"),
        ):
            told = [
                self._life(pod, each).status(each, _name(each["image"]), ends=part == "initContainers")
                for each in pod["spec"].get(part) or ()
            ]
            if told:
                statuses[written] = sorted(told, key=lambda each: str(each["name"]))
        lives = {each["name"]: self._life(pod, each) for each in pod["spec"]["containers"]}
        new = status(pod, lives, statuses, self._now())
        now = self._there(pod)
        if now is not None and now.get("status") != new:
            self._store.put({**now, "status": new}, "Pod")


class _Pen:
    """Writes events about one container of a pod."""

    def __init__(self, events: Recorder, pod: Object, place: str) -> None:
        self._events = events
        self._pod = pod
        self._place = place
        self.uid = str(pod["metadata"]["uid"])
        self.container = place.partition("{")[2].rstrip("}")

    @property
    def pod_id(self) -> str:
        """``name_namespace(uid)``."""
        meta = self._pod["metadata"]
        return f"{meta['name']}_{meta['namespace']}({self.uid})"

    @property
    def named(self) -> str:
        """``container in pod name_namespace(uid)``."""
        return f"{self.container} in pod {self.pod_id}"

    def write(self, reason: str, message: str, *, warns: bool = False) -> None:
        """Write one."""
        self._events.write("Pod", self._pod, reason, message, place=self._place, warns=warns)


def _containers(spec: Object) -> list[Object]:
    return [
        each
        for part in ("initContainers", "containers", "ephemeralContainers")
        for each in spec.get(part) or ()
    ]


def _name(image: str) -> str:
    try:
        return parse(image).name
    except InvalidReference:
        return image


def _span(pause: timedelta) -> str:
    minutes, seconds = divmod(int(pause.total_seconds()), 60)
    return f"{minutes}m{seconds}s" if minutes else f"{seconds}s"
