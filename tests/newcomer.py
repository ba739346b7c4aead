"""A folder in which every documented ``imagepull`` line can be typed: a command line in -> its exit code and what it printed out.

Behind the folder's kubeconfig answers a simulated cluster, behind its settings a simulated workspace and a database that remembers
changes; files that pages name lie there. Nothing beyond this machine is asked: names that are not its own do not resolve.
"""

import asyncio
import functools
import io
import json
import os
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import typer
import yaml

from bot.cli import main
from bot.demo.cluster.server import SimulatedCluster
from bot.demo.cluster.store import Store
from bot.demo.fence import fence
from bot.demo.rights import READER, WRITER
from bot.demo.workspace.seed import Installed, Seed
from bot.demo.workspace.server import SimulatedSlack
from bot.facts.audit import Event
from bot.facts.episode import Episode
from bot.incidents import lifecycle
from bot.incidents.lifecycle import Patience
from bot.incidents.looking import Look
from bot.slack.admission import OPTIONAL, SCOPES
from bot.store import opening
from tests import lives, proposed, surroundings


Object = dict[str, Any]
CONTEXTS: Final = ("prod-eu", "prod-us", "staging")
IMAGE: Final = "registry.corp.example/shop/web:v1.5.0"
_SAID: Final = (
    f'Failed to pull image "{IMAGE}": failed to pull and unpack image "{IMAGE}": failed to resolve reference '
    f'"{IMAGE}": {IMAGE}: not found'
)
# When something that goes on until it is ended has begun, by what it prints.
_BEGUN: Final[Mapping[str, str]] = {"run": "running", "demo": "Ctrl-C ends it all"}
_LONGEST_S = 60.0


@dataclass(frozen=True)
class Told:
    """What a line came to."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Newcomer:
    """Somebody who types what stands in the pages.

    Attributes:
        folder: where they are.
    """

    folder: Path

    def types(self, words: Sequence[str], stdin: str = "", into: str = "") -> Told:
        """One line, without the program's name; in this process.

        Args:
            words: arguments.
            stdin: what is handed to it.
            into: the file that stands behind ``>``.
        """
        out, err = self._stream(), self._stream()
        with _streams(io.TextIOWrapper(io.BytesIO(stdin.encode())), out, err), _ended(words, out, err):
            code = main.run(words)
        told = Told(code, *(_text(each) for each in (out, err)))
        if into:
            (self.folder / into).write_text(told.out)
        return told

    def lacks(self, *names: str) -> None:
        """Take away what a line makes, so that it can make it."""
        for name in names:
            path = self.folder / name
            if path.is_dir():
                shutil.rmtree(path)
            path.unlink(missing_ok=True)

    def _stream(self) -> io.TextIOWrapper:
        return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)


def _text(stream: io.TextIOWrapper) -> str:
    raw: Any = stream.buffer
    text: str = raw.getvalue().decode()
    return text


@contextmanager
def _streams(stdin: io.TextIOWrapper, out: io.TextIOWrapper, err: io.TextIOWrapper) -> Iterator[None]:
    """In place of the process's own."""
    before = sys.stdin, sys.stdout, sys.stderr
    sys.stdin, sys.stdout, sys.stderr = stdin, out, err
    try:
        yield
    finally:
        sys.stdin, sys.stdout, sys.stderr = before


@contextmanager
def _ended(words: Sequence[str], *streams: io.TextIOWrapper) -> Iterator[None]:
    """What goes on until it is told to stop is told so once it has begun."""
    sign = _BEGUN.get(words[0], "") if words else ""
    if not sign or "--story" in words:
        yield
        return
    over = threading.Event()

    def wait() -> None:
        """Look at what it says, and end it."""
        for _ in range(int(_LONGEST_S / 0.05)):
            if over.wait(0.05):
                return
            if any(sign in _text(each) for each in streams):
                break
        os.kill(os.getpid(), signal.SIGTERM)

    # Nothing here may die of the signal: it comes before or after the handler of what is ended, too.
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    watcher = threading.Thread(target=wait)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
        signal.signal(signal.SIGTERM, before)


@contextmanager
def arrived(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Newcomer]:
    """Everything in place, for as long as the block lasts."""
    begun, ended, failed = threading.Event(), threading.Event(), []

    async def serve() -> None:
        """The world outside, in a loop of its own."""
        try:
            async with AsyncExitStack() as stack:
                slack = await _furnish(folder, stack)
                environment = {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token}
                for name, value in {**environment, "KUBECONFIG": str(folder / "kubeconfig")}.items():
                    patch.setenv(name, value)
                begun.set()
                await asyncio.to_thread(ended.wait)
        except Exception as problem:
            failed.append(problem)
            begun.set()
            raise

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert begun.wait(_LONGEST_S)
        assert not failed, failed
        patch.setenv("HOME", str(folder))
        patch.chdir(folder)
        patch.setattr(socket, "getaddrinfo", _at_home(socket.getaddrinfo))
        if yaml.__with_libyaml__:  # each line reads the playbooks anew; this reads the same, and much faster
            patch.setattr(yaml, "safe_load", functools.partial(yaml.load, Loader=yaml.CSafeLoader))
        newcomer = Newcomer(folder)
        _prepare(newcomer)
        yield newcomer
    finally:
        ended.set()
        thread.join()


def _at_home(real: Any) -> Any:
    def looked_up(host: Any, *rest: Any, **named: Any) -> Any:
        """Only this machine has an address."""
        if host not in (None, "localhost", "127.0.0.1", "::1", "0.0.0.0"):  # noqa: S104  # a name, nothing listens
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return real(host, *rest, **named)

    return looked_up


async def _furnish(folder: Path, stack: AsyncExitStack) -> SimulatedSlack:
    identities = {"reader": READER, "writer": WRITER}
    cluster = SimulatedCluster(Store(_objects()), identities, policies=fence())
    await stack.enter_async_context(cluster)
    slack = SimulatedSlack(Seed(app=Installed(scopes=frozenset({*SCOPES, *OPTIONAL}))))
    await stack.enter_async_context(slack)
    database = f"sqlite:///{folder / 'imagepull.db'}"
    async with opening.opened(database) as store:
        now = datetime.now(UTC)
        events = (Event.REQUESTED, Event.APPROVED, Event.SENT)
        await store.ledger.note(
            [proposed.entry(each, now - timedelta(hours=1), plan="3kq9") for each in events]
        )
        await store.keeper.save([_episode(now)], [], [])
    (folder / "kubeconfig").write_text(yaml.safe_dump(_kubeconfig(cluster.url)))
    (folder / "imagepull.yaml").write_text(yaml.safe_dump(_settings(slack.api, database)))
    return slack


def _episode(now: datetime) -> Episode:
    """What failed an hour ago, for a digest to tell of."""
    look = Look("prod-eu", now - timedelta(hours=1), (lives.incident("shop/web", cause="wrong-tag"),))
    return lifecycle.advance([], look, Patience(hold=timedelta(0))).changed[0]


def _objects() -> list[Object]:
    """Workloads with a tag that nobody pushed, their pods, and what the rights and the fence are tried on."""
    labels = {"app": "web"}
    containers = [{"name": "web", "image": IMAGE}]
    template = {"metadata": {"labels": labels}, "spec": {"containers": containers}}
    whole = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
    spec = {"nodeName": "node-a", "serviceAccountName": "default", "containers": containers}
    deployment = _named("apps/v1", "Deployment", "web", spec=whole)
    replicas = _named("apps/v1", "ReplicaSet", "web-7d9f4", owner=deployment, spec=whole)
    stateful = _named("apps/v1", "StatefulSet", "db", spec=whole)
    found = [
        *surroundings._stored(surroundings.objects(surroundings.FULL)),
        _node(),
        deployment,
        replicas,
        stateful,
    ]
    owners = {"web": None, "web-7d9f4": replicas, "web-7d4b9c-x2x5p": replicas, "db-0": stateful}
    for name, owner in owners.items():
        found += [_named("v1", "Pod", name, owner=owner, spec=spec, status=_waiting()), _event(name)]
    return found


def _named(version: str, kind: str, name: str, owner: Object | None = None, **parts: Any) -> Object:
    metadata: Object = {"name": name, "namespace": "shop", "uid": f"{kind}-{name}", "labels": {"app": "web"}}
    if owner is not None:
        above = {"name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"], "controller": True}
        metadata["ownerReferences"] = [{"apiVersion": owner["apiVersion"], "kind": owner["kind"], **above}]
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **parts}


def _node() -> Object:
    known = {
        "operatingSystem": "linux",
        "architecture": "amd64",
        "containerRuntimeVersion": "containerd://2.0.0",
    }
    ready = {"type": "Ready", "status": "True"}
    node = _named("v1", "Node", "node-a", status={"nodeInfo": known, "conditions": [ready]})
    del node["metadata"]["namespace"]
    return node


def _waiting() -> Object:
    why = {"reason": "ErrImagePull", "message": _SAID}
    container = {"name": "web", "image": IMAGE, "imageID": "", "ready": False, "restartCount": 0}
    return {"phase": "Pending", "containerStatuses": [{**container, "state": {"waiting": why}}]}


def _event(pod: str) -> Object:
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    about = {"kind": "Pod", "namespace": "shop", "name": pod, "uid": f"Pod-{pod}"}
    said: Object = {"reason": "Failed", "type": "Warning", "message": _SAID, "count": 1}
    times: Object = {"firstTimestamp": at, "lastTimestamp": at}
    return _named("v1", "Event", f"{pod}.1", involvedObject=about, **said, **times)


def _kubeconfig(server: str) -> Object:
    users = {**dict.fromkeys(CONTEXTS, "reader"), "writer": "writer"}
    contexts = [
        {"name": name, "context": {"cluster": "it", "user": user, "namespace": "shop"}}
        for name, user in users.items()
    ]
    return {
        "current-context": CONTEXTS[0],
        "clusters": [{"name": "it", "cluster": {"server": server}}],
        "users": [{"name": name, "user": {"token": name}} for name in ("reader", "writer")],
        "contexts": contexts,
    }


def _settings(api: str, database: str) -> Object:
    return {
        "clusters": {
            CONTEXTS[0]: {"context": CONTEXTS[0], "writer": {"context": "writer"}},
            **{name: {"context": name} for name in CONTEXTS[1:]},
        },
        "slack": {"api_url": api},
        "routes": [{"channel": "#image-pulls", "mention": "@sre"}],
        "people": {"request": [{"who": "@developers"}]},
        "approvals": [
            {"actions": "*", "clusters": "prod-eu", "namespaces": ["shop", "pay"], "approvers": "@sre"}
        ],
        "digest": [{"channel": "#shop-oncall"}],
        "store": {"url": database},
    }


def _prepare(newcomer: Newcomer) -> None:
    """The files that pages name."""
    here = newcomer.folder
    for name in ("deploy", "k8s"):
        (here / name).mkdir()
    for name in ("deploy.yaml", "deploy/web.yaml", "k8s/web.yaml"):
        (here / name).write_text(manifest())
    (here / "messages.txt").write_text(f"{_SAID}\n")
    (here / "messages.jsonl").write_text(json.dumps({"message": _SAID}) + "\n")
    assert newcomer.types(["dump", "-n", "shop", "dump"]).code == 0
    for name in ("theirs", "two", "for-support"):
        shutil.copytree(here / "dump", here / name)
    for name in ("proof.json", "t.json"):
        assert newcomer.types(["why", "web", "--prove"], into=name).code == 0
    assert newcomer.types(["audit", "export", "kept.jsonl"]).code == 0
    assert newcomer.types(["playbooks", "new", "tag-was-moved", "--folder", "own"]).code == 0
    assert newcomer.types(["audit", "verify"]).code == 0


def manifest() -> str:
    """A Deployment as people write it."""
    containers = [{"name": "web", "image": IMAGE}]
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": containers}}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    return yaml.safe_dump(_named("apps/v1", "Deployment", "web", spec=spec))


@functools.cache
def _command() -> Any:
    return typer.main.get_command(main.app)


def parse(words: Sequence[str], *, whole: bool) -> str:
    """What the real command line has against these words; nothing is carried out.

    Args:
        words: arguments.
        whole: nothing may be missing from them.
    """
    command: Any = _command()
    left, name = list(words), "imagepull"
    while hasattr(command, "commands") and left and not left[0].startswith("-"):
        name = left.pop(0)
        if name not in command.commands:
            return f"there is no command {name!r}"
        command = command.commands[name]
    if left in (["--version"], ["--help"]) or (not left and hasattr(command, "commands")):
        return ""
    try:
        command.make_context(name, left)
    except typer.TyperException as problem:
        said = problem.format_message()
        return "" if not whole and ("requires an argument" in said or "Missing argument" in said) else said
    return ""
