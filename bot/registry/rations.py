"""What may still be pulled from Docker Hub, and what was pulled already: a digest in -> its body, or leave to fetch it once, out.

There a GET of a manifest is a pull, often counted against the nodes' own address
(https://docs.docker.com/docker-hub/usage/pulls/): a diagnosis must not use up what it is asked about. So each digest
is fetched once, ever, only while plenty remains, and what was fetched is kept: a digest's content never changes.
"""

import os
import re
import stat
import tempfile
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from bot.facts.testimony import Limit
from bot.registry.manifests import digest_of
from bot.registry.wire import MOST_MANIFEST


_LEAST_LEFT = 0.2  # of the limit: below that, what is left is the nodes'
_MOST_GRANTED = 10_000
_MOST_IN_MEMORY = 16 * 1024 * 1024
_MOST_ON_DISK = 64 * 1024 * 1024
_SHA256 = re.compile(r"sha256:[0-9a-f]{64}")
_OURS = re.compile(r"sha256-[0-9a-f]{64}|\.unfinished-.*")


class Shelf(Protocol):
    """Where bodies are kept by their digest."""

    def get(self, digest: str) -> bytes | None:
        """The body with that digest; None when it is not kept."""
        ...

    def put(self, digest: str, body: bytes) -> None:
        """Keep a body, if there is room. Never raises for what the disk does."""
        ...


class MemoryShelf:
    """Bodies kept for as long as the process lives; the ones used longest ago make room."""

    def __init__(self, most: int = _MOST_IN_MEMORY) -> None:
        self._most = most
        self._size = 0
        self._bodies: OrderedDict[str, bytes] = OrderedDict()

    def get(self, digest: str) -> bytes | None:
        """The body with that digest; None when it is not kept."""
        if digest in self._bodies:
            self._bodies.move_to_end(digest)
        return self._bodies.get(digest)

    def put(self, digest: str, body: bytes) -> None:
        """Keep a body, unless it alone is more than there is room for."""
        if digest in self._bodies or len(body) > self._most:
            return
        self._bodies[digest] = body
        self._size += len(body)
        while self._size > self._most:
            _, dropped = self._bodies.popitem(last=False)
            self._size -= len(dropped)


class FolderShelf:
    """Bodies kept in a folder that only its owner reads; the oldest make room.

    What stands there is believed only if it still has its digest, and a disk that does not serve is as if nothing
    were kept.

    Args:
        folder: made when the first body is kept; nothing in it but our own files is ever touched.
        most: bytes of all bodies together.
    """

    def __init__(self, folder: Path, most: int = _MOST_ON_DISK) -> None:
        self._folder = folder
        self._most = most

    def get(self, digest: str) -> bytes | None:
        """The body with that digest; None when it is not kept, or is no longer what it was."""
        if not _SHA256.fullmatch(digest):
            return None
        try:
            body = _read(self._path(digest))
        except OSError:
            return None
        return body if digest_of(body) == digest else None

    def put(self, digest: str, body: bytes) -> None:
        """Keep a body, in one step: it is never seen half written."""
        if not _SHA256.fullmatch(digest) or len(body) > min(self._most, MOST_MANIFEST):
            return
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._make_room(len(body))
            _write(self._path(digest), body)

    def _path(self, digest: str) -> Path:
        return self._folder / digest.replace(":", "-")

    def _make_room(self, wanted: int) -> None:
        files = sorted(self._files())
        total = sum(size for _, size, _ in files) + wanted
        for _, size, path in files:
            if total <= self._most:
                return
            path.unlink(missing_ok=True)
            total -= size

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        for path in self._folder.iterdir():
            with suppress(OSError):
                found = path.lstat()
                if _OURS.fullmatch(path.name) and stat.S_ISREG(found.st_mode):
                    yield found.st_mtime, found.st_size, path


class Rations:
    """Docker Hub's rule: one GET for each digest, ever, and only while plenty remains."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._granted: OrderedDict[str, None] = OrderedDict()

    def kept(self, digest: str) -> bytes | None:
        """The body that was fetched before; None when none was, or it is not kept any more."""
        return self._shelf.get(digest)

    def grant(self, digest: str, limit: Limit | None) -> bool:
        """Whether this digest may be fetched now. A yes is given once, whatever comes of it.

        Args:
            digest: as a HEAD told it.
            limit: as the same HEAD told it; where it is silent, nothing may be fetched.
        """
        if limit is None or not limit.most or limit.remaining is None or digest in self._granted:
            return False
        if limit.remaining <= limit.most * _LEAST_LEFT:
            return False
        self._granted[digest] = None
        if len(self._granted) > _MOST_GRANTED:
            self._granted.popitem(last=False)
        return True

    def keep(self, digest: str, body: bytes) -> None:
        """Remember what was fetched."""
        self._shelf.put(digest, body)


def _read(path: Path) -> bytes:
    # Not through a link that somebody laid, not from a pipe that never answers, and never more than a manifest.
    opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(opened, "rb") as file:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise OSError("not a plain file")
        return file.read(MOST_MANIFEST + 1)


def _write(path: Path, body: bytes) -> None:
    opened, unfinished = tempfile.mkstemp(
        prefix=".unfinished-", dir=path.parent
    )  # readable by its owner alone
    try:
        with os.fdopen(opened, "wb") as file:
            file.write(body)
        Path(unfinished).replace(path)
    except OSError:
        Path(unfinished).unlink(missing_ok=True)
        raise
