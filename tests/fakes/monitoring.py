"""Debian's own ``prometheus`` and ``prometheus-alertmanager`` as children on loopback ports: settings in, running servers out.

What the alert rules, the dashboard and the alerts are made for really reads them here. Each listens on a free port,
stores in a folder of the test's, and ends with the test at the latest.
"""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml


PROMETHEUS, PROMTOOL, ALERTMANAGER = "prometheus", "promtool", "prometheus-alertmanager"
# Debian's name, and that of a build of one's own.
_NAMES = {ALERTMANAGER: (ALERTMANAGER, "alertmanager")}
_READY_WITHIN = 15.0
_GONE_WITHIN = 5.0
_EVERY = "500ms"


class Server:
    """A running one.

    Attributes:
        url: without a slash at its end.
        pid: of the process.
    """

    def __init__(self, port: int, process: "subprocess.Popen[bytes]") -> None:
        self._port, self._process = port, process
        self.url, self.pid = f"http://127.0.0.1:{port}", process.pid

    def ask(self, path: str, **query: str) -> Any:
        """What its API answers, which has to be 200; JSON where it is that."""
        status, said = self._asked(f"{path}?{urlencode(query)}" if query else path)
        assert status == 200, (path, query, status, said[:2000])
        return json.loads(said) if said[:1] in (b"{", b"[") else said.decode()

    def await_ready(self, log: Path) -> None:
        """Wait until it says so."""
        deadline = time.monotonic() + _READY_WITHIN
        while True:
            ended = self._process.poll() is not None
            try:
                if self._asked("/-/ready")[0] == 200:
                    return
            except OSError:
                pass
            if ended or time.monotonic() > deadline:
                raise AssertionError(f"it is not ready; its last words: {log.read_text()[-2000:]}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(_GONE_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _asked(self, path: str) -> tuple[int, bytes]:
        line = HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            line.request("GET", path)
            answer = line.getresponse()
            return answer.status, answer.read()
        finally:
            line.close()


def binary(name: str) -> str | None:
    """Where a program is; None where nobody installed it."""
    return next((found for each in _NAMES.get(name, (name,)) if (found := shutil.which(each))), None)


@contextmanager
def prometheus(
    program: str,
    folder: Path,
    targets: tuple[Sequence[str], Mapping[str, str]],
    rules: Sequence[Path],
    **scrape: Any,
) -> Iterator[Server]:
    """Run one that looks at its targets twice a second until the block ends.

    Args:
        program: as :func:`binary` found it.
        folder: an empty one.
        targets: host and port of each, and the labels that discovery gives them.
        rules: the files.
        scrape: more of ``scrape_config``.
    """
    hosts, labels = targets
    job = {
        "job_name": "imagepull",
        "static_configs": [{"targets": list(hosts), "labels": dict(labels)}],
        **scrape,
    }
    told = {
        "global": {"scrape_interval": _EVERY, "scrape_timeout": _EVERY, "evaluation_interval": _EVERY},
        "rule_files": [str(each) for each in rules],
        "scrape_configs": [job],
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(told))
    with _running(
        [program, "--config.file=prometheus.yml", "--storage.tsdb.path=held", "--log.level=warn"],
        folder,
    ) as server:
        yield server


@contextmanager
def alertmanager(program: str, folder: Path, port: int = 0) -> Iterator[Server]:
    """Run one that notifies nobody until the block ends.

    Args:
        program: as :func:`binary` found it.
        folder: its own, which may be that of one before.
        port: where; 0 for a free one.
    """
    told = {"route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}]}
    (folder / "alertmanager.yml").write_text(yaml.safe_dump(told))
    alone = ["--cluster.listen-address=", "--log.level=warn"]
    with _running(
        [program, "--config.file=alertmanager.yml", "--storage.path=held", *alone], folder, port
    ) as server:
        yield server


@contextmanager
def _running(command: Sequence[str], folder: Path, port: int = 0) -> Iterator[Server]:
    port = port or free_port()
    # One thread of Go's is enough, and leaves the other processors to the other tests.
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "GOMAXPROCS": "1"}
    log = folder / "log"
    with log.open("ab") as written:
        process = subprocess.Popen(  # the programs are constants'
            [*_ending_with_us(), *command, f"--web.listen-address=127.0.0.1:{port}"],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
        )
    server = Server(port, process)
    try:
        server.await_ready(log)
        yield server
    finally:
        server.stop()


def free_port() -> int:
    """One where nobody listens on 127.0.0.1: neither program tells which it was given when it asks for any."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _ending_with_us() -> list[str]:
    """What lets a child end even where we are killed: util-linux has it, which every Debian has."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []
