"""Opens what somebody mailed without trusting it: a path in -> API objects (as bytes) and log files out.

A dump may be hostile: links out of its folder, devices, archives, files of any size, YAML that multiplies, JSON
nested without end. Each is refused by name before it is read. Nothing here follows a name found inside a file:
logs are found by walking the folder, so that ``../`` in a pod's name leads nowhere.
"""

import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec

from bot.cluster import dump_yaml
from bot.cluster.reduce import moment
from bot.cluster.shapes import Head, Page
from bot.errors import ClusterUnreadable, UnsafeSource, UsageError


MARKER: Final = "unread.json"  # what `imagepull dump` could not read, and for which namespaces it asked
REGISTRY_ANSWERS: Final = "registry.json"
LARGEST_FILE: Final = 512 * 1024 * 1024  # 20,000 pods, as kubectl indents them, are 300 MiB
LARGEST_YAML: Final = 128 * 1024 * 1024  # YAML costs ten times more to read
LARGEST_TOTAL: Final = 1024 * 1024 * 1024
MOST_FILES: Final = 20_000
_DEEPEST_FOLDER = 16
_DEEPEST_LIST = 4
_LOOKED_AT = 4096

_ARCHIVES = (".tar", ".gz", ".tgz", ".zip", ".bz2", ".xz", ".zst", ".7z", ".rar", ".br", ".lz4")
_DOCUMENTS = (".json", ".yaml", ".yml", ".jsonl", ".ndjson")
_LOG = ".log"
_SPACE = re.compile(r"\s*")
# The fields in which API objects say when something was; others (annotations, expiry dates) may lie ahead.
_TIMES = re.compile(
    rb"\b(?:creationTimestamp|firstTimestamp|lastTimestamp|deprecatedFirstTimestamp|deprecatedLastTimestamp|"
    rb"eventTime|lastObservedTime|lastTransitionTime|lastProbeTime|lastHeartbeatTime|lastUpdateTime|startTime|"
    rb"startedAt|finishedAt|completionTime|lastScheduleTime|lastSuccessfulTime|time)\"?[ ]*:[ ]*[\"']?"
    rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d))"
)


@dataclass(frozen=True, slots=True)
class Survey:
    """What lies in a dump.

    Attributes:
        root: the folder, or the folder of the one file.
        documents: files that may hold objects.
        logs: namespace, pod and the file's name without ``.log`` -> the file.
        marker: the file that ``imagepull dump`` leaves, where there is one.
        answers: files of recorded registry answers.
    """

    root: Path
    documents: tuple[Path, ...]
    logs: Mapping[tuple[str, str, str], Path]
    marker: Path | None = None
    answers: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """One object in a file. ``kind`` alone, with empty ``raw``, says that a list of that kind was there."""

    kind: str
    raw: bytes
    listed: bool


def survey(path: Path) -> Survey:
    """Look at what is there, without reading any of it.

    Raises:
        UsageError: there is nothing at this path.
        UnsafeSource: something in there must not be read.
    """
    try:
        root = path.resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        raise UsageError(
            f"{str(path)[:200]!r} is not there", "give a folder or file of kubectl get … -o json"
        ) from None
    if not root.is_dir():
        _refuse_odd(root, root.parent)
        return Survey(root.parent, (root,), {})
    files = sorted(islice(_walk(root, root, 0), MOST_FILES + 1))
    if len(files) > MOST_FILES:
        raise UnsafeSource(
            f"{root.name} holds more than {MOST_FILES} files", "point at the dump's own folder"
        )
    _refuse_total(files, root)
    documents = tuple(
        file for file in files if file.suffix.lower() in _DOCUMENTS and not _is_special(file, root)
    )
    marker = root / MARKER
    answers = tuple(file for file in files if file.name == REGISTRY_ANSWERS)
    return Survey(root, documents, _logs(files, root), marker if marker in files else None, answers)


def _is_special(file: Path, root: Path) -> bool:
    return file.name == REGISTRY_ANSWERS or file == root / MARKER


def _walk(folder: Path, root: Path, depth: int) -> Iterator[Path]:
    if depth > _DEEPEST_FOLDER:
        raise UnsafeSource(f"{_shown(folder, root)} lies more than {_DEEPEST_FOLDER} folders deep")
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise ClusterUnreadable(f"{_shown(folder, root)} cannot be opened: {error.strerror}") from None
    for entry in entries:
        place = Path(entry.path)
        if entry.is_symlink():
            _refuse_link_out(place, root)
            if place.is_dir():
                continue  # what it leads to lies in this folder and is found there
        if entry.is_dir():
            yield from _walk(place, root, depth + 1)
        elif place.suffix.lower() in (*_DOCUMENTS, _LOG, *_ARCHIVES) or not entry.is_file():
            _refuse_odd(place, root)
            yield place


def _refuse_link_out(place: Path, root: Path) -> None:
    try:
        inside = place.resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):
        inside = False
    if not inside:
        raise UnsafeSource(
            f"{_shown(place, root)} is a link that leads out of the dump", "replace it by the file it means"
        )


def _refuse_odd(place: Path, root: Path) -> None:
    shown = _shown(place, root)
    if place.suffix.lower() in _ARCHIVES:
        raise UnsafeSource(
            f"{shown} is an archive, which is not unpacked here", "unpack it and give the folder"
        )
    try:
        status = place.stat()
    except OSError as error:
        raise ClusterUnreadable(f"{shown} cannot be opened: {error.strerror}") from None
    if not stat.S_ISREG(status.st_mode):
        raise UnsafeSource(f"{shown} is not an ordinary file", "remove it from the dump")
    if place.suffix != _LOG:
        _refuse_large(shown, status.st_size, LARGEST_FILE)


def _refuse_large(shown: str, size: int, cap: int) -> None:
    if size > cap:
        raise UnsafeSource(
            f"{shown} has {size / 1024**2:,.0f} MiB; at most {cap // 1024**2} MiB of a file are read",
            "dump fewer namespaces at once, or split the file",
        )


def _refuse_total(files: list[Path], root: Path) -> None:
    total = sum(file.stat().st_size for file in files if file.suffix != _LOG)
    if total > LARGEST_TOTAL:
        raise UnsafeSource(
            f"{root.name} has {total / 1024**2:,.0f} MiB; at most {LARGEST_TOTAL // 1024**2} MiB are read",
            "dump fewer namespaces at once",
        )


def _logs(files: list[Path], root: Path) -> dict[tuple[str, str, str], Path]:
    """``logs/<namespace>/<pod>/<container>.log``, at any depth below the root."""
    found = {}
    for file in files:
        parts = file.relative_to(root).parts
        if file.suffix == _LOG and len(parts) >= 4 and parts[-4] == "logs":
            found[parts[-3], parts[-2], file.stem] = file
    return found


def _shown(place: Path, root: Path) -> str:
    text = str(place.relative_to(root)) if place != root and place.is_relative_to(root) else place.name
    return repr(text[:200])


def read(place: Path, root: Path) -> bytes:
    """The content of a file as UTF-8, whatever Unicode encoding it came in.

    Raises:
        UnsafeSource: it is larger than we read, or no ordinary file (any more).
        ClusterUnreadable: it is not text.
    """
    shown = _shown(place, root)
    cap = LARGEST_YAML if place.suffix.lower() in (".yaml", ".yml") else LARGEST_FILE
    raw = _content(place, root, cap)
    # PowerShell's > writes UTF-16.
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if raw.startswith(mark):
            try:
                raw = raw.decode(encoding).encode()
            except UnicodeDecodeError:
                raise ClusterUnreadable(f"{shown} is not text", "save it as UTF-8") from None
    if b"\0" in raw:
        raise ClusterUnreadable(f"{shown} holds NUL bytes, so it is not text", "save it as UTF-8")
    try:
        raw.decode()  # decoders do not look into what they skip
    except UnicodeDecodeError:
        raise ClusterUnreadable(f"{shown} is not UTF-8", "save it as UTF-8") from None
    return raw


def _content(place: Path, root: Path, cap: int) -> bytes:
    shown = _shown(place, root)
    try:
        # Non-blocking, so that a pipe put here since the survey cannot hold us; the size is asked of what is open.
        descriptor = os.open(place.resolve(strict=True), os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise UnsafeSource(f"{shown} is not an ordinary file", "remove it from the dump")
            _refuse_large(shown, status.st_size, cap)
            return file.read(cap)
    except OSError as error:
        raise ClusterUnreadable(
            f"{shown} cannot be read: {error.strerror}", "check its permissions"
        ) from None


def mentions(path: Path, word: str) -> bool:
    """Whether a file holds a word near its beginning or end; a folder never does.

    Raises:
        UsageError: there is nothing at this path.
        UnsafeSource: it must not be read.
    """
    try:
        if path.is_dir():
            return False
        with survey(path).documents[0].open("rb") as file:
            head = file.read(_LOOKED_AT)
            file.seek(max(0, file.seek(0, os.SEEK_END) - _LOOKED_AT))
            ends = head + file.read(_LOOKED_AT)
    except OSError:
        return False
    # PowerShell's > writes UTF-16.
    return any(word.encode(each) in ends for each in ("utf-8", "utf-16-le", "utf-16-be"))


def tail(place: Path, size: int) -> str:
    """The last bytes of a log."""
    with place.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - size))
        return file.read(size).decode(errors="replace")


def newest_time(raw: bytes) -> datetime | None:
    """The latest moment at which an object of a file says something happened."""
    times = (moment(found.decode()) for found in set(_TIMES.findall(raw)))
    return max((time for time in times if time), default=None)


def objects(raw: bytes, place: Path, root: Path) -> Iterator[Found]:
    """Every object in a file's content, lists taken apart.

    Raises:
        ClusterUnreadable: neither JSON nor YAML.
        UnsafeSource: nested without end, or YAML with aliases.
    """
    shown = _shown(place, root)
    try:
        for document in _documents(raw, shown):
            yield from _taken_apart(document, 0)
    except RecursionError:
        raise UnsafeSource(f"{shown} is nested too deeply", "remove it from the dump") from None


def _documents(raw: bytes, shown: str) -> Iterator[bytes]:
    text = raw.lstrip()
    if text[:1] not in (b"{", b"["):
        yield from _yaml_documents(raw, shown)
        return
    try:
        msgspec.json.decode(text, type=Head)
    except msgspec.DecodeError:
        yield from _concatenated(text, shown)  # several values one after another, or a bare array
    else:
        yield text


def _concatenated(raw: bytes, shown: str) -> Iterator[bytes]:
    text, at, decoder = raw.decode(), 0, json.JSONDecoder()
    while at < len(text):
        try:
            value, at = decoder.raw_decode(text, at)
            found = [msgspec.json.encode(each) for each in _values(value)]
        except ValueError as error:
            line = getattr(error, "lineno", 0)
            raise ClusterUnreadable(
                f"{shown} is not JSON" + (f" (line {line})" if line else ""), "was it cut off? fetch it again"
            ) from None
        yield from found
        space = _SPACE.match(text, at)
        at = space.end() if space else at


def _values(value: Any) -> list[dict[str, Any]]:
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, dict)]


def _yaml_documents(raw: bytes, shown: str) -> Iterator[bytes]:
    _refuse_large(shown, len(raw), LARGEST_YAML)
    try:
        for document in dump_yaml.documents(raw):
            if isinstance(document, dict):
                yield msgspec.json.encode(document)
    except dump_yaml.Refused as refused:
        kind = UnsafeSource if refused.hostile else ClusterUnreadable
        raise kind(f"{shown} {refused}", "fetch it again, best as JSON") from None
    except ValueError:  # half a surrogate pair
        raise ClusterUnreadable(f"{shown} holds text that is no Unicode", "fetch it again as JSON") from None


class _Answers(msgspec.Struct):
    exchanges: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


def holds_answers(raw: bytes) -> bool:
    """Whether a file without objects holds a registry's recorded answers instead, whatever it is called."""
    if b'"exchanges"' not in raw:
        return False
    try:
        return msgspec.json.decode(raw, type=_Answers).exchanges is not msgspec.UNSET
    except (msgspec.DecodeError, RecursionError):
        return False


def _kind(raw: bytes) -> str | None:
    """What an object says it is, also one that is otherwise not of the API's form; None for what is no object at all."""
    try:
        return msgspec.json.decode(raw, type=Head).kind or ""
    except msgspec.ValidationError:
        found = msgspec.json.decode(raw)
    if not isinstance(found, dict):
        return None
    return found["kind"] if isinstance(found.get("kind"), str) else ""


def _taken_apart(raw: bytes, depth: int, kind_of_list: str = "") -> Iterator[Found]:
    told = _kind(raw)
    if told is None:
        return
    kind = told or kind_of_list
    if not kind.endswith("List"):
        if kind:
            yield Found(kind, raw, listed=depth > 0)
        return
    try:
        items = msgspec.json.decode(raw, type=Page[msgspec.Raw]).items or []
    except msgspec.ValidationError:
        return  # no list that the API knows
    inner = kind.removesuffix("List")
    yield Found(inner, b"", listed=True)
    for item in items if depth < _DEEPEST_LIST else ():
        yield from _taken_apart(bytes(item), depth + 1, inner)


def decoded(raw: bytes) -> dict[str, Any]:
    """An object as plain values, for who writes it again."""
    value: dict[str, Any] = msgspec.json.decode(raw)
    return value
