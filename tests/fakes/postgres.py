"""PostgreSQL as a child on a socket in a folder of its own: nothing in -> databases for tests out.

It refuses to run as root, so where the tests do it runs as somebody else. It ends with the tests at the latest.
"""

import grp
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


_USER = "imagepull"
# Debian keeps them out of PATH; others do not.
_FOLDERS = ("/usr/lib/postgresql/*/bin",)
_NOBODIES = ("postgres", "nobody")
_READY_WITHIN = 30.0
_GONE_WITHIN = 10.0


class Postgres:
    """A running server.

    Args:
        folder: where its socket is.
        programs: where psql is.
        process: of the server.

    Attributes:
        pid: of the server.
    """

    def __init__(self, folder: Path, programs: Path, process: "subprocess.Popen[bytes]") -> None:
        self._folder, self._programs, self._process = folder, programs, process
        self._numbers = itertools.count(1)
        self.pid = process.pid

    def database(self) -> str:
        """The URL of a new and empty database."""
        name = f"test_{next(self._numbers)}"
        self.ask(f"CREATE DATABASE {name}")
        return f"postgresql+asyncpg://{_USER}@/{name}?host={self._folder}"

    def ask(self, statement: str) -> str:
        """What psql prints."""
        command = [str(self._programs / "psql"), "-h", str(self._folder), "-U", _USER, "-d", "postgres"]
        options = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement]
        done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def stop(self) -> None:
        """End it, and whoever is connected."""
        self._process.send_signal(signal.SIGINT)  # fast shutdown
        try:
            self._process.wait(_GONE_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(_GONE_WITHIN)


def programs() -> Path | None:
    """Where the newest one's programs are; None where nobody installed them."""
    found = sorted(
        (each for glob in _FOLDERS for each in Path("/").glob(f"{glob[1:]}/postgres")),
        key=lambda each: (len(each.parts[-3]), each.parts[-3]),
    )
    named = shutil.which("postgres")
    best = found[-1] if found else Path(named) if named else None
    return best.parent if best and (best.parent / "initdb").exists() else None


@contextmanager
def running(where: Path) -> Iterator[Postgres]:
    """Run one until the block ends.

    Args:
        where: as :func:`programs` found it.
    """
    # Short, since a socket's path has 107 characters, and not below a folder that only root may enter.
    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        folder = Path(name)
        become = _somebody_else(folder)
        _made(where, folder, become)
        log = folder / "log"
        with log.open("wb") as written:
            process = subprocess.Popen(
                [*become, str(where / "postgres"), *_options(folder)],
                cwd=folder,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=written,
            )
        server = Postgres(folder, where, process)
        try:
            _wait_for(process, where, folder, log)
            yield server
        finally:
            server.stop()


def _options(folder: Path) -> list[str]:
    # No disk is waited for: what these tests kill are clients, and the server never crashes.
    options = ["-D", str(folder / "cluster"), "-F", "-k", str(folder), "-c", "listen_addresses="]
    return [*options, "-c", "max_connections=50", "-c", "full_page_writes=off"]


def _made(where: Path, folder: Path, become: list[str]) -> None:
    command = [str(where / "initdb"), "-D", str(folder / "cluster"), "-U", _USER, "-A", "trust", "-N"]
    done = subprocess.run(
        [*become, *command, "-E", "UTF8", "--locale=C"],
        cwd=folder,
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def _somebody_else(folder: Path) -> list[str]:
    """What makes the following command run as somebody who is not root, and end where we are killed."""
    ending = ["--pdeathsig", "KILL"]
    setpriv = shutil.which("setpriv")
    if os.getuid() != 0:
        return [setpriv, *ending, "--"] if setpriv else []
    assert setpriv is not None, "setpriv of util-linux is wanted to leave root"
    somebody = next(each for each in pwd.getpwall() if each.pw_name in _NOBODIES and each.pw_uid)
    os.chown(folder, somebody.pw_uid, somebody.pw_gid)
    group = grp.getgrgid(somebody.pw_gid).gr_name
    return [setpriv, "--reuid", somebody.pw_name, "--regid", group, "--clear-groups", *ending, "--"]


def _environment() -> dict[str, str]:
    """Nothing that is ours: PGHOST and its like would be obeyed."""
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}


def _wait_for(process: "subprocess.Popen[bytes]", where: Path, folder: Path, log: Path) -> None:
    deadline = time.monotonic() + _READY_WITHIN
    ready = [str(where / "pg_isready"), "-q", "-h", str(folder), "-U", _USER]
    while subprocess.run(ready, env=_environment(), check=False).returncode:
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"PostgreSQL did not start; its last words: {log.read_text()[-2000:]}")
        time.sleep(0.05)
