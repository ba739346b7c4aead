"""Files of a dump that somebody mailed: what is read, and what is refused by name (case 35)."""

import json
import os
import time
from pathlib import Path

import pytest

from bot.cluster import dump_files
from bot.errors import BotError, ClusterUnreadable, UnsafeSource, UsageError


POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"}}


def kinds(folder: Path, text: str | bytes, name: str = "objects.json") -> list[tuple[str, bool]]:
    """Kind, and whether it came in a list, of every object in a file of this content."""
    place = folder / name
    place.write_bytes(text if isinstance(text, bytes) else text.encode())
    raw = dump_files.read(place, folder)
    return [(found.kind, found.listed) for found in dump_files.objects(raw, place, folder) if found.raw]


def read_all(path: Path) -> None:
    """Survey a dump and take every file of it apart."""
    found = dump_files.survey(path)
    for place in found.documents:
        list(dump_files.objects(dump_files.read(place, found.root), place, found.root))


def refused(path: Path) -> BotError:
    """Why a dump is refused."""
    with pytest.raises(BotError) as caught:
        read_all(path)
    assert "\n" not in caught.value.message
    return caught.value


def test_single_objects_and_lists_are_taken_apart(tmp_path: Path) -> None:
    """Typed lists, kubectl's mixed ``List``, one in another, single objects."""
    bare = {"metadata": {"name": "web"}}
    assert kinds(tmp_path, json.dumps(POD)) == [("Pod", False)]
    assert kinds(tmp_path, json.dumps({"kind": "PodList", "items": [bare, bare]})) == [("Pod", True)] * 2
    mixed = {"kind": "List", "items": [POD, {"kind": "SecretList", "items": [bare]}, {"kind": "Node"}]}
    assert kinds(tmp_path, json.dumps(mixed)) == [("Pod", True), ("Secret", True), ("Node", True)]


def test_concatenated_values_are_read(tmp_path: Path) -> None:
    """JSON lines, jq output, arrays."""
    one = json.dumps(POD)
    for text in (f"{one}\n{one}\n", f"{one}{one}", f"  {one} \n\n {one}  ", f"[{one},{one}]"):
        assert kinds(tmp_path, text) == [("Pod", False)] * 2


def test_yaml_documents_are_read(tmp_path: Path) -> None:
    """Several of them, empty ones between; times stay text."""
    text = "kind: Pod\nmetadata: {name: a, creationTimestamp: 2026-01-02T03:04:05Z}\n---\n---\nkind: Node\n"
    assert kinds(tmp_path, text, "all.yaml") == [("Pod", False), ("Node", False)]
    assert kinds(tmp_path, "kind: List\nitems:\n- kind: Pod\n", "all.yml") == [("Pod", True)]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-8-sig"])
def test_other_unicode_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    """What PowerShell and editors on Windows write."""
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    assert kinds(tmp_path, mark + json.dumps(POD).encode(encoding)) == [("Pod", False)]


def test_what_is_no_object_is_left_out(tmp_path: Path) -> None:
    """Other JSON in the folder does no harm."""
    for text in (
        "{}",
        "[]",
        "[1, null]",
        '{"kind": 7}',
        '{"kind": "PodList", "items": 7}',
        "null",
        "",
        "\n",
        '{"kind":"PodList","items":[7]}',
    ):
        assert kinds(tmp_path, text) == []


def test_survey_finds_documents_and_logs_at_any_depth(tmp_path: Path) -> None:
    """Registry answers and our own marker are no documents; other files do not count."""
    for name in (
        "pods.json",
        "sub/deep/events.yaml",
        "registry.json",
        "unread.json",
        "notes.txt",
        "logs/shop/web-1/app.log",
    ):
        place = tmp_path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("{}")
    found = dump_files.survey(tmp_path)
    assert [place.name for place in found.documents] == ["pods.json", "events.yaml"]
    assert list(found.logs) == [("shop", "web-1", "app")]
    assert found.marker == found.root / "unread.json"


def test_survey_takes_a_single_file(tmp_path: Path) -> None:
    """Under any name."""
    place = tmp_path / "mailed"
    place.write_text(json.dumps(POD))
    assert dump_files.survey(place).documents == (place,)


def test_nothing_there_is_a_usage_error(tmp_path: Path) -> None:
    """With a hint what to give."""
    with pytest.raises(UsageError) as caught:
        dump_files.survey(tmp_path / "absent")
    assert "absent" in caught.value.message
    with pytest.raises(UsageError):
        dump_files.survey(Path("a\0b"))


@pytest.mark.attack(35, "links out of the folder")
def test_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    """Files and folders alike, dangling and circular ones too."""
    (tmp_path / "outside.json").write_text(json.dumps(POD))
    for number, target in enumerate(
        [tmp_path / "outside.json", tmp_path, Path("/dev/null"), Path("nowhere"), Path("pods.json")]
    ):
        folder = tmp_path / f"dump{number}"
        folder.mkdir()
        (folder / "pods.json").symlink_to(target)
        error = refused(folder)
        assert isinstance(error, UnsafeSource)
        assert "pods.json" in error.message


def test_link_inside_the_folder_is_followed(tmp_path: Path) -> None:
    """It leads to nothing that is not read anyway; linked folders are not walked twice."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "pods.json").write_text(json.dumps(POD))
    (tmp_path / "again.json").symlink_to(tmp_path / "sub" / "pods.json")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert len(dump_files.survey(tmp_path).documents) == 2


@pytest.mark.attack(35, "archives")
@pytest.mark.parametrize(
    "name", ["dump.tar", "dump.tar.gz", "dump.tgz", "dump.zip", "pods.json.gz", "x.ZIP", "x.zst"]
)
def test_archive_is_refused_by_name(tmp_path: Path, name: str) -> None:
    """Given alone or lying in the folder, with a hint to unpack it."""
    (tmp_path / name).write_bytes(b"PK")
    for path in (tmp_path, tmp_path / name):
        error = refused(path)
        assert isinstance(error, UnsafeSource)
        assert name in error.message
        assert "unpack" in error.hint


def test_pipes_and_devices_are_refused(tmp_path: Path) -> None:
    """Without opening them, which would hang."""
    os.mkfifo(tmp_path / "pods.json")
    assert isinstance(refused(tmp_path), UnsafeSource)
    assert isinstance(refused(tmp_path / "pods.json"), UnsafeSource)
    assert isinstance(refused(Path("/dev/zero")), UnsafeSource)


@pytest.mark.attack(35, "10 GB")
def test_ten_gigabytes_are_refused_unread(tmp_path: Path) -> None:
    """By their size on disk, in no time; the message says how much is read."""
    with (tmp_path / "pods.json").open("wb") as file:
        file.truncate(10 * 1024**3)
    begun = time.process_time()
    error = refused(tmp_path)
    assert time.process_time() - begun < 1
    assert isinstance(error, UnsafeSource)
    assert "512 MiB" in error.message


def test_many_large_files_are_refused_together(tmp_path: Path) -> None:
    """The sum has a cap of its own."""
    for number in range(5):
        with (tmp_path / f"{number}.json").open("wb") as file:
            file.truncate(500 * 1024**2)
    assert "1024 MiB" in refused(tmp_path).message


def test_endless_folders_are_refused(tmp_path: Path) -> None:
    """Too deep."""
    (tmp_path / "/".join("d" * 20)).mkdir(parents=True)
    assert isinstance(refused(tmp_path), UnsafeSource)


def test_too_many_files_are_refused(tmp_path: Path) -> None:
    """Counted before any is opened."""
    first = tmp_path / "0.json"
    first.write_text("{}")
    for number in range(dump_files.MOST_FILES):
        os.link(first, tmp_path / f"{number + 1}.json")
    assert isinstance(refused(tmp_path), UnsafeSource)


@pytest.mark.attack(35, "YAML aliases")
def test_yaml_that_multiplies_is_refused(tmp_path: Path) -> None:
    """The billion laughs, told by the first alias."""
    lines = ["a: &a [x, x]"] + [
        f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]" for n in range(20)
    ]
    (tmp_path / "pods.yaml").write_text("\n".join(lines))
    error = refused(tmp_path)
    assert isinstance(error, UnsafeSource)
    assert "alias" in error.message


@pytest.mark.parametrize(
    "text",
    [
        "!!python/object/apply:os.system ['true']",
        "a: !!binary eA==\n? [1]\n: 2",
        "kind: Pod\n? {a: b}\n: c",
        "a: b: c",
        "\t- x",
        "kind: Pod\nx: !!set {a}",
    ],
)
def test_odd_yaml_is_refused_or_left_out(tmp_path: Path, text: str) -> None:
    """Never run, never a traceback."""
    (tmp_path / "pods.yaml").write_text(text)
    try:
        read_all(tmp_path)
    except BotError as error:
        assert "pods.yaml" in error.message  # noqa: PT017  # both ends are right


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pods.json", b'{"kind":"Pod","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        ("pods.json", b"[" * 100_000),
        ("pods.json", b'{"kind":"List","items":[' * 50_000),
        ("pods.yaml", b"a: " + b"[" * 100_000),
        ("pods.yaml", b"".join(b" " * n + b"a:\n" for n in range(300))),
        ("pods.json", b'{"kind": "Pod"'),
        ("pods.json", b'{"kind": "Pod"} }'),
        ("pods.json", b'{"kind":"Pod","x":"\xff\xfe"}'),
        ("pods.json", b'{"kind":"Pod"\0}'),
        ("pods.json", b"\xff\xfe\x00\xd8\x00"),
        ("pods.json", b'{"x": ' + b"1" * 10_000 + b"} {}"),
        ("pods.json", b'{"x": "\\ud800"} {}'),
        ("pods.yaml", b"kind: \xff"),
        ("pods.yaml", b"\x07"),
        ("pods.json", b"PK\x03\x04 an archive under another name"),
    ],
)
def test_hostile_content_is_refused_in_one_line(tmp_path: Path, name: str, content: bytes) -> None:
    """Nested without end, cut off, binary: the file is named and nothing else escapes."""
    (tmp_path / name).write_bytes(content)
    error = refused(tmp_path)
    assert isinstance(error, UnsafeSource | ClusterUnreadable)
    assert name in error.message


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    """It went away, or is not ours to read."""
    with pytest.raises(ClusterUnreadable) as caught:
        dump_files.read(tmp_path / "gone.json", tmp_path)
    assert "gone.json" in caught.value.message


def test_newest_time_is_of_something_that_happened() -> None:
    """In JSON and YAML, at any offset; expiry dates and times inside texts do not count."""
    raw = b"""{"creationTimestamp": "2026-01-02T03:04:05Z", "notAfter": "2030-01-01T00:00:00Z",
    "note": "at 2031-01-01T00:00:00Z", "x": "\\"time\\": \\"2032-01-01T00:00:00Z\\"", "lastTransitionTime":"2026-01-02T06:00:00.5+02:00"}
    startedAt: 2026-01-02T04:00:00Z"""
    found = dump_files.newest_time(raw)
    assert found is not None
    assert found.isoformat() == "2026-01-02T04:00:00.500000+00:00"
    assert dump_files.newest_time(b"{}") is None
    for text in (
        b"time: '2026-01-02T04:00:00Z'",
        b'time: "2026-01-02T04:00:00Z"',
        b"time: 2026-01-02T04:00:00Z",
    ):
        assert dump_files.newest_time(text) is not None


def test_tail_is_the_end_of_a_log(tmp_path: Path) -> None:
    """However long it is, and whatever bytes it has."""
    (tmp_path / "a.log").write_bytes(b"x" * 100_000 + b"\xffend")
    assert dump_files.tail(tmp_path / "a.log", 4) == "\ufffdend"
    (tmp_path / "b.log").write_bytes(b"")
    assert dump_files.tail(tmp_path / "b.log", 4096) == ""


def test_recorded_registry_answers_are_found(tmp_path: Path) -> None:
    """By their name at any depth, or by what they hold; never as objects."""
    (tmp_path / "a").mkdir()
    for name in ("registry.json", "a/registry.json", "pods.json"):
        (tmp_path / name).write_text("{}")
    found = dump_files.survey(tmp_path)
    assert [place.relative_to(tmp_path).as_posix() for place in found.answers] == [
        "a/registry.json",
        "registry.json",
    ]
    assert [place.name for place in found.documents] == ["pods.json"]
    assert dump_files.holds_answers(b'{"image": "x", "exchanges": []}')
    for other in (
        b"{}",
        b'{"a": "exchanges"}',
        b'["exchanges"]',
        b'{"exchanges"',
        b'{"exchanges":' + b"[" * 99_999,
    ):
        assert not dump_files.holds_answers(other)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_word_is_looked_for_at_both_ends(tmp_path: Path, encoding: str) -> None:
    """What a file is stands at its beginning, or at its end when somebody sorted it; the rest is not read."""
    place = tmp_path / "file.json"
    filling = " " * 100_000
    for text, mentioned in (
        (f"here {filling}", True),
        (f"{filling} here", True),
        (f"{filling} here {filling}", False),
    ):
        place.write_bytes(text.encode(encoding))
        assert dump_files.mentions(place, "here") is mentioned
    assert not dump_files.mentions(tmp_path, "here")


def test_a_word_is_looked_for_in_ordinary_files_alone(tmp_path: Path) -> None:
    """A pipe, an archive and what is not there are refused as everywhere."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "dump.tar").write_text("here")
    for name, error in (("pipe", UnsafeSource), ("dump.tar", UnsafeSource), ("nothing", UsageError)):
        with pytest.raises(error):
            dump_files.mentions(tmp_path / name, "here")
