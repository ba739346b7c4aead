"""A digest is pulled once, only while plenty remains, and what was pulled is kept unharmed."""

import os
import stat
from pathlib import Path

import pytest

from bot.facts.testimony import Limit
from bot.registry.manifests import digest_of
from bot.registry.rations import FolderShelf, MemoryShelf, Rations, Shelf
from bot.registry.wire import MOST_MANIFEST


BODY = b'{"schemaVersion":2}'
DIGEST = digest_of(BODY)
PLENTY = Limit(most=100, remaining=90)


@pytest.fixture(params=["memory", "folder"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    """Either shelf, with room for 100 bytes."""
    return MemoryShelf(100) if request.param == "memory" else FolderShelf(tmp_path / "kept", 100)


def test_a_shelf_gives_back_what_it_was_given(shelf: Shelf) -> None:
    """By digest, and nothing for another digest."""
    assert shelf.get(DIGEST) is None
    shelf.put(DIGEST, BODY)
    shelf.put(DIGEST, BODY)
    assert shelf.get(DIGEST) == BODY
    assert shelf.get("sha256:" + "0" * 64) is None


def test_a_shelf_has_bounds(shelf: Shelf) -> None:
    """What came first makes room, and what is larger than all the room is not kept."""
    bodies = [bytes([letter]) * 40 for letter in b"abc"]
    for body in bodies:
        shelf.put(digest_of(body), body)
    kept = [shelf.get(digest_of(body)) for body in bodies]
    assert kept.count(None) == 1
    assert kept[2] == bodies[2]
    huge = b"x" * 101
    shelf.put(digest_of(huge), huge)
    assert shelf.get(digest_of(huge)) is None
    assert shelf.get(digest_of(bodies[2])) == bodies[2]


def test_memory_shelf_keeps_what_is_used() -> None:
    """The body that was looked at last stays longest."""
    shelf = MemoryShelf(100)
    first, second, third = (bytes([letter]) * 40 for letter in b"abc")
    shelf.put(digest_of(first), first)
    shelf.put(digest_of(second), second)
    assert shelf.get(digest_of(first)) == first
    shelf.put(digest_of(third), third)
    assert shelf.get(digest_of(first)) == first
    assert shelf.get(digest_of(second)) is None


def test_folder_shelf_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Manifests of private images stay private."""
    folder = tmp_path / "a" / "kept"
    FolderShelf(folder).put(DIGEST, BODY)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (file,) = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert FolderShelf(folder).get(DIGEST) == BODY


def test_folder_shelf_believes_no_file_that_changed(tmp_path: Path) -> None:
    """What no longer has its digest is as if it were not there."""
    shelf = FolderShelf(tmp_path)
    shelf.put(DIGEST, BODY)
    (file,) = tmp_path.iterdir()
    file.write_bytes(b'{"schemaVersion":1}')
    assert shelf.get(DIGEST) is None


def test_folder_shelf_follows_no_link(tmp_path: Path) -> None:
    """A link that somebody laid leads nowhere, even to the right bytes."""
    (tmp_path / "elsewhere").write_bytes(BODY)
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / DIGEST.replace(":", "-")).symlink_to(tmp_path / "elsewhere")
    shelf = FolderShelf(folder)
    assert shelf.get(DIGEST) is None
    shelf.put(DIGEST, BODY)
    assert shelf.get(DIGEST) == BODY
    assert (tmp_path / "elsewhere").read_bytes() == BODY


def test_folder_shelf_waits_for_no_pipe(tmp_path: Path) -> None:
    """A pipe in place of a file would be read for ever."""
    os.mkfifo(tmp_path / DIGEST.replace(":", "-"))
    assert FolderShelf(tmp_path).get(DIGEST) is None


@pytest.mark.parametrize(
    "digest", ["", "sha256:../../etc/passwd", "../x", "sha512:" + "a" * 128, "sha256:" + "a" * 64 + "\n"]
)
def test_folder_shelf_takes_no_name_but_a_digest(tmp_path: Path, digest: str) -> None:
    """Nothing that a registry says becomes a path."""
    folder = tmp_path / "kept"
    shelf = FolderShelf(folder)
    shelf.put(digest, BODY)
    assert shelf.get(digest) is None
    assert not folder.exists()


def test_folder_shelf_takes_no_more_than_a_manifest(tmp_path: Path) -> None:
    """A file that grew is not read without end, and none that large is written."""
    shelf = FolderShelf(tmp_path)
    large = b"x" * (MOST_MANIFEST + 1)
    shelf.put(digest_of(large), large)
    assert not list(tmp_path.iterdir())


def test_folder_shelf_makes_room_among_its_own_files_only(tmp_path: Path) -> None:
    """Whatever else lies in the folder stays."""
    (tmp_path / "notes.txt").write_bytes(b"x" * 1000)
    (tmp_path / "folder").mkdir()
    old = b"o" * 60
    shelf = FolderShelf(tmp_path, 100)
    shelf.put(digest_of(old), old)
    os.utime(tmp_path / digest_of(old).replace(":", "-"), (1, 1))
    new = b"n" * 60
    shelf.put(digest_of(new), new)
    assert shelf.get(digest_of(old)) is None
    assert shelf.get(digest_of(new)) == new
    assert (tmp_path / "notes.txt").exists()


def test_folder_shelf_bears_a_disk_that_does_not_serve(tmp_path: Path) -> None:
    """A file where the folder should be: nothing is kept, and nothing fails."""
    (tmp_path / "kept").write_bytes(b"")
    shelf = FolderShelf(tmp_path / "kept")
    shelf.put(DIGEST, BODY)
    assert shelf.get(DIGEST) is None


def test_folder_shelf_leaves_nothing_unfinished(tmp_path: Path) -> None:
    """Where the last step fails, no half of a file stays behind."""
    (tmp_path / DIGEST.replace(":", "-")).mkdir()
    FolderShelf(tmp_path).put(DIGEST, BODY)
    assert [path.name for path in tmp_path.iterdir()] == [DIGEST.replace(":", "-")]


def test_rations_grant_a_digest_once() -> None:
    """A second pull of the same content is never granted, whatever came of the first."""
    rations = Rations(MemoryShelf())
    assert rations.grant(DIGEST, PLENTY)
    assert not rations.grant(DIGEST, PLENTY)
    assert rations.grant("sha256:" + "0" * 64, PLENTY)


@pytest.mark.parametrize(
    ("limit", "granted"),
    [
        (None, False),
        (Limit(), False),
        (Limit(most=100), False),
        (Limit(remaining=100), False),
        (Limit(most=0, remaining=0), False),
        (Limit(most=100, remaining=0), False),
        (Limit(most=100, remaining=20), False),
        (Limit(most=100, remaining=21), True),
        (Limit(most=10, remaining=3), True),
    ],
)
def test_rations_leave_the_last_fifth(limit: Limit | None, granted: bool) -> None:
    """More than 20 % must remain, and the registry must say so."""
    assert Rations(MemoryShelf()).grant(DIGEST, limit) is granted


def test_rations_refused_for_want_of_plenty_are_not_used_up() -> None:
    """What was refused because little remained may be granted when more does."""
    rations = Rations(MemoryShelf())
    assert not rations.grant(DIGEST, Limit(most=100, remaining=1))
    assert rations.grant(DIGEST, PLENTY)


def test_rations_give_back_what_was_kept() -> None:
    """A kept body needs no grant."""
    rations = Rations(MemoryShelf())
    assert rations.kept(DIGEST) is None
    rations.keep(DIGEST, BODY)
    assert rations.kept(DIGEST) == BODY
