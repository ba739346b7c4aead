"""Debian's own ``docker-registry`` as a child on a loopback port: variant in -> a registry that holds what was pushed out.

What this repository's own registry only imitates is really done here: by a program that others wrote, over its own
API. It listens where the system lets it, stores in a folder of the test's, and ends with the test at the latest.
"""

import os
import re
import shutil
import ssl
import subprocess
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from tests.fakes import certificates
from tests.fakes.registry_content import Image, Repository


USER, PASSWORD = "jane", "pässword-canary"
# PASSWORD by bcrypt, the only hash that it takes (https://distribution.github.io/distribution/about/configuration/#htpasswd),
# at its lowest cost: every request pays for it. Made once with ``crypt.crypt(PASSWORD, "$2y$04$" + salt)``, which Python
# drops in 3.13; a constant needs no dependency.
_HTPASSWD = f"{USER}:$2y$04$imagepulltestsregistrusIQGxTcvyaFuPkoWuJ33wLDkkLe2La.\n"
# Debian's name, and that of a build of one's own.
_NAMES = ("docker-registry", "registry")
_LISTENING = re.compile(r"listening on 127\.0\.0\.1:([0-9]+)")
_READY_WITHIN = 15.0
_GONE_WITHIN = 5.0


@dataclass(frozen=True)
class Variant:
    """How a registry is run.

    Attributes:
        tls: over HTTPS, with the registry's certificate by the made-up authority.
        locked: only for whoever has the password.
    """

    tls: bool = True
    locked: bool = False


class DockerRegistry:
    """A running registry.

    Args:
        variant: how it is run.
        port: where it listens.
        process: the program.

    Attributes:
        port: on 127.0.0.1.
        pid: of the process.
    """

    def __init__(self, variant: Variant, port: int, process: "subprocess.Popen[bytes]") -> None:
        self._variant, self._process = variant, process
        self.port, self.pid = port, process.pid

    @property
    def host(self) -> str:
        """As an image names it."""
        return f"127.0.0.1:{self.port}"

    def stop(self) -> None:
        """End it; whoever asks now is refused."""
        self._process.terminate()
        try:
            self._process.wait(_GONE_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def push(self, name: str, repository: Repository) -> None:
        """Store a repository as a client would: blobs, manifests, tags; then take away what it is to have lost."""
        for tag, image in repository.tags.items():
            self._push(name, image)
            self._manifest(name, tag, image)
        for digest in repository.lost:
            self._ask("DELETE", f"/v2/{name}/blobs/{digest}", 202)

    def withdraw(self, name: str, image: Image) -> None:
        """Delete a manifest, and with it every tag that names it."""
        self._ask("DELETE", f"/v2/{name}/manifests/{image.digest}", 202)

    def _push(self, name: str, image: Image) -> None:
        for digest, blob in image.blobs.items():
            place = self._ask("POST", f"/v2/{name}/blobs/uploads/", 202)["location"]
            self._ask("PUT", f"{place}&digest={quote(digest)}", 201, blob)
        for child in image.children:
            self._push(name, child)
            self._manifest(name, child.digest, child)

    def _manifest(self, name: str, reference: str, image: Image) -> None:
        place = f"/v2/{name}/manifests/{reference}"
        told = self._ask("PUT", place, 201, image.body, {"Content-Type": image.media_type})
        assert told["docker-content-digest"] == image.digest

    def _ask(
        self, method: str, path: str, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> dict[str, str]:
        """The headers of the answer, which has to have that status."""
        login = b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        known = {"Authorization": f"Basic {login}"} if self._variant.locked else {}
        line = self._line()
        try:
            line.request(method, path, body, {**known, **(headers or {})})
            answer = line.getresponse()
            said = answer.read(2000)
            assert answer.status == status, (method, path, answer.status, said)
            return {name.lower(): value for name, value in answer.getheaders()}
        finally:
            line.close()

    def _line(self) -> HTTPConnection:
        if not self._variant.tls:
            return HTTPConnection("127.0.0.1", self.port, timeout=10)
        trusted = ssl.create_default_context(cadata=certificates.REGISTRY_AUTHORITY)
        return HTTPSConnection("127.0.0.1", self.port, timeout=10, context=trusted)


def binary() -> str | None:
    """Where the program is; None where nobody installed it."""
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


@contextmanager
def running(program: str, folder: Path, variant: Variant) -> Iterator[DockerRegistry]:
    """Run one until the block ends.

    Args:
        program: as :func:`binary` found it.
        folder: an empty one, for its configuration, storage and log.
        variant: how.
    """
    configuration, log = folder / "config.yml", folder / "log"
    configuration.write_text(yaml.safe_dump(_configuration(folder, variant)))
    # Its settings may come from the environment too; none of ours is meant for it.
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "OTEL_TRACES_EXPORTER": "none"}
    command = [*_ending_with_us(), program, "serve", str(configuration)]
    with log.open("wb") as written:
        process = subprocess.Popen(  # the program is a constant's
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=written, stderr=written
        )
    registry: DockerRegistry | None = None
    try:
        registry = DockerRegistry(variant, _port(process, log), process)
        yield registry
    finally:
        (registry or DockerRegistry(variant, 0, process)).stop()


def _ending_with_us() -> list[str]:
    """What lets a child end even where we are killed: util-linux has it, which every Debian has."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []


def _port(process: "subprocess.Popen[bytes]", log: Path) -> int:
    """The port that the system gave it. It is logged when it can be connected to."""
    deadline = time.monotonic() + _READY_WITHIN
    while True:
        ended = process.poll() is not None
        told = log.read_text(errors="replace")
        found = _LISTENING.search(told)
        if found:
            return int(found[1])
        if ended or time.monotonic() > deadline:
            why = "ended" if ended else f"was not ready within {_READY_WITHIN:.0f} s"
            raise AssertionError(f"docker-registry {why}; its last words: {told[-2000:]}")
        time.sleep(0.01)


def _configuration(folder: Path, variant: Variant) -> dict[str, Any]:
    # https://distribution.github.io/distribution/about/configuration/
    http: dict[str, Any] = {"addr": "127.0.0.1:0", "secret": "none", "relativeurls": True}
    if variant.tls:
        for name, text in (("tls.pem", certificates.REGISTRY), ("tls.key", certificates.REGISTRY_KEY)):
            (folder / name).write_text(text)
        http["tls"] = {"certificate": str(folder / "tls.pem"), "key": str(folder / "tls.key")}
    configuration: dict[str, Any] = {
        "version": "0.1",
        "log": {"level": "info", "accesslog": {"disabled": True}},
        "storage": {
            "filesystem": {"rootdirectory": str(folder / "storage")},
            "delete": {"enabled": True},
            "maintenance": {"uploadpurging": {"enabled": False}},
        },
        "http": http,
    }
    if variant.locked:
        (folder / "htpasswd").write_text(_HTPASSWD)
        configuration["auth"] = {"htpasswd": {"realm": "Registry Realm", "path": str(folder / "htpasswd")}}
    return configuration
