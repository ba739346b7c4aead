"""Writes what ``why --from`` reads and nothing that must stay secret: a source of API objects -> a folder.

Nothing is copied. Every object is decoded into the struct that the diagnosis reads (``shapes``) and written from
that, so a field that nobody reads (environment, arguments, volumes, probes, ``managedFields``) cannot slip
through; annotations pass by name only; every free text goes through ``bot.facts.redaction`` together with the
very values of the Secrets that were read; Secrets become structure.
"""

import asyncio
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from bot.cluster import dump_files, pull_secrets, shapes
from bot.cluster.dump_contents import ALL_PLURALS, CLUSTER_WIDE, FORMAT, Gap, Marker
from bot.cluster.resources import Resource
from bot.errors import UsageError
from bot.facts.objects import Unread
from bot.facts.redaction import redact


# Secrets first: what stands in them is struck out of everything else.
KINDS: Final = (
    "Secret", "Pod", "Event", "Node", "Namespace", "ServiceAccount", "ReplicaSet", "Deployment", "StatefulSet",
    "DaemonSet", "Job", "CronJob", "ReplicationController", "ControllerRevision",
)  # fmt: skip

# What the diagnosis reads of annotations, and what says how an object is kept. All others may hold anything.
_ANNOTATIONS: Final = frozenset(
    {
        "kubernetes.io/config.mirror",
        "kubernetes.io/config.source",
        "kubernetes.io/config.hash",
        "deployment.kubernetes.io/revision",
        "deployment.kubernetes.io/desired-replicas",
        "argocd.argoproj.io/tracking-id",
        "meta.helm.sh/release-name",
        "meta.helm.sh/release-namespace",
    }
)
# Identifiers: they are compared letter by letter, and the API server allows no free text in them.
_IDENTIFIERS: Final = frozenset(
    {
        "apiVersion", "kind", "name", "namespace", "uid", "resourceVersion", "creationTimestamp", "deletionTimestamp",
        "nodeName", "fieldPath", "firstTimestamp", "lastTimestamp", "eventTime", "lastTransitionTime", "startedAt",
        "finishedAt", "time", "serviceAccountName", "type", "phase", "host", "reportingInstance",
    }
)  # fmt: skip
_IMAGES: Final = frozenset({"image", "imageID", "reference", "names", "images"})
_FILE_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,250}[A-Za-z0-9])?")
_MOST_LOGS = 200
_MOST_AT_ONCE = 8
_LOG_TAIL = 4096


class RawSource(Protocol):
    """Where API objects come from whole: a live cluster, or a dump that is to be made safe."""

    @property
    def is_dump(self) -> bool:
        """Whether a Secret may be structure already. Never believed of a live one: anybody may annotate it."""
        ...

    def covered(self) -> tuple[str, ...] | None:
        """The namespaces it stands for; None for all."""
        ...

    def is_partial(self, kind: str) -> bool:
        """Whether it has single objects of a kind and no list, so that they say nothing of others."""
        ...

    def gaps(self) -> tuple[Gap, ...]:
        """What is known to be missing from it."""
        ...

    async def raw_list(self, kind: str, namespace: str | None) -> list[dict[str, Any]] | Unread:
        """Every object of a kind, as the API writes it; of all namespaces for None."""
        ...

    async def raw_log(self, namespace: str, pod: str, container: str) -> str | Unread:
        """The last 4 kB of the log of a container's latest run."""
        ...


@dataclass(frozen=True, slots=True)
class Written:
    """What a dump holds.

    Attributes:
        files: names of the files, relative to the folder.
        unread: what could not be read; listed in ``unread.json`` too.
    """

    folder: Path
    files: tuple[str, ...]
    objects: int
    unread: tuple[Unread, ...]


@dataclass(slots=True)
class _Collected:
    """What is going to be written."""

    lists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    logs: dict[tuple[str, str, str], str] = field(default_factory=dict)
    crashed: list[tuple[str, str, str]] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    gaps: dict[Gap, None] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)


# Given the secrets that are known: what registries answered, without them; nothing when they were not asked.
Answers = Callable[[Iterable[str]], bytes]


async def write(
    source: RawSource,
    folder: Path,
    namespaces: tuple[str, ...] | None,
    at: datetime,
    answers: Answers = lambda _: b"",
) -> Written:
    """Read everything a diagnosis may want, and write what is safe of it.

    Args:
        source: where it comes from.
        folder: new, empty, or an earlier dump of ours, which is replaced.
        namespaces: only these; None for all. Nodes are written in any case.
        at: the moment the dump stands for.
        answers: gives what is written as ``registry.json``.

    Raises:
        UsageError: the folder holds something else, or cannot be written.
    """
    _refuse_foreign(folder)
    collected = _Collected(gaps=dict.fromkeys(_within(source.gaps(), namespaces)))
    for kind in KINDS:
        await _collect(source, collected, kind, namespaces)
    await _collect_logs(source, collected)
    marker = Marker(
        format=FORMAT,
        observed_at=at.isoformat(),
        namespaces=_stands_for(source, namespaces),
        partial=[kind for kind in KINDS if source.is_partial(kind)],
        unread=list(collected.gaps),
    )
    return await asyncio.to_thread(_write_all, folder, collected, marker, answers(collected.known))


def _within(gaps: Iterable[Gap], namespaces: tuple[str, ...] | None) -> Iterator[Gap]:
    return (gap for gap in gaps if namespaces is None or not gap.namespace or gap.namespace in namespaces)


def _stands_for(source: RawSource, namespaces: tuple[str, ...] | None) -> list[str] | None:
    covered = source.covered()
    if namespaces is None:
        return None if covered is None else list(covered)
    return [namespace for namespace in namespaces if covered is None or namespace in covered]


async def _collect(
    source: RawSource, collected: _Collected, kind: str, namespaces: tuple[str, ...] | None
) -> None:
    places = (None,) if namespaces is None or kind in CLUSTER_WIDE else namespaces
    kept: list[dict[str, Any]] = []
    answered = False
    for place in places:
        found = await source.raw_list(kind, place)
        if isinstance(found, Unread):
            _note(collected, Gap(kind, place or "", found.why), found)
            continue
        answered = True
        wanted = _chosen(kind, found, namespaces)
        kept += _safe_objects(source, collected, kind, wanted, place or "")
    if answered:
        collected.lists[kind] = kept


def _chosen(
    kind: str, found: list[dict[str, Any]], namespaces: tuple[str, ...] | None
) -> list[dict[str, Any]]:
    """Of the Namespace objects only those that were asked for."""
    if kind != "Namespace" or namespaces is None:
        return found
    return [item for item in found if (item.get("metadata") or {}).get("name") in namespaces]


def _note(collected: _Collected, gap: Gap, unread: Unread) -> None:
    # "not in the dump" is said by the missing file itself.
    if gap.why != "not in the dump" or gap.namespace:
        collected.gaps[gap] = None
    collected.unread.append(unread)


def _safe_objects(
    source: RawSource, collected: _Collected, kind: str, items: list[dict[str, Any]], place: str
) -> Iterator[dict[str, Any]]:
    for item in items:
        try:
            shape = msgspec.convert(item, shapes.shape_of(kind))
        except (msgspec.ValidationError, RecursionError):
            meta = item.get("metadata")
            namespace = str(meta.get("namespace", place)) if isinstance(meta, Mapping) else place
            missing = Resource(ALL_PLURALS[kind], namespace).unread("one of them not understood")
            _note(collected, Gap(kind, namespace, missing.why), missing)
            continue
        if isinstance(shape, shapes.SecretShape):
            collected.known.update(pull_secrets.values_of(shape))
            yield _secret(shape, from_dump=source.is_dump)
        else:
            if isinstance(shape, shapes.PodShape):
                collected.crashed += _crashed(shape)
            yield _safe(kind, shape, collected.known)


def _secret(shape: shapes.SecretShape, *, from_dump: bool) -> dict[str, Any]:
    """A Secret as structure; one whose values somebody removed stays without."""
    meta = shape.metadata or shapes.Metadata()
    kept: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": meta.name,
            "namespace": meta.namespace,
            "uid": meta.uid,
            "resourceVersion": meta.resource_version,
            "creationTimestamp": _text(meta.creation_timestamp),
        },
        "type": shape.type,
    }
    if not (from_dump and pull_secrets.is_stripped(shape)):
        structure = pull_secrets.structure_of(pull_secrets.to_pull_secret(shape, from_dump=from_dump))
        kept["metadata"]["annotations"] = {pull_secrets.STRUCTURE: structure}
    return kept


def _safe(kind: str, shape: shapes.Shape, known: Iterable[str]) -> dict[str, Any]:
    """An object written from its struct, with its texts redacted."""
    plain: dict[str, Any] = _without_nothing(msgspec.to_builtins(shape, str_keys=True))
    meta = plain.get("metadata", {})
    if "annotations" in meta:
        meta["annotations"] = {
            name: value for name, value in meta["annotations"].items() if name in _ANNOTATIONS
        }
    if "managedFields" in meta:
        meta["managedFields"] = [
            {"time": entry.get("time"), "fieldsV1": {"f:imagePullSecrets": {}}}
            for entry in meta["managedFields"]
            if "f:imagePullSecrets" in (entry.get("fieldsV1") or {})
        ]
    safe: dict[str, Any] = _redacted({"kind": kind, **plain}, "", tuple(known))
    return safe


def _without_nothing(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nothing(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_without_nothing(inner) for inner in value]
    return value


def _redacted(value: Any, field_name: str, known: tuple[str, ...]) -> Any:
    if isinstance(value, dict):
        return {name: _redacted(inner, name, known) for name, inner in value.items()}
    if isinstance(value, list):
        return [_redacted(inner, field_name, known) for inner in value]
    if not isinstance(value, str) or field_name in _IDENTIFIERS:
        return value
    return redact(value) if field_name in _IMAGES else redact(value, known)


def _text(stamp: shapes.Stamp) -> str | None:
    return stamp if isinstance(stamp, str) else None


def _crashed(pod: shapes.PodShape) -> Iterator[tuple[str, str, str]]:
    """Containers that ended badly: their logs may tell of a wrong architecture."""
    meta, status = pod.metadata or shapes.Metadata(), pod.status or shapes.PodStatus()
    for told in (
        *(status.init_container_statuses or ()),
        *(status.container_statuses or ()),
        *(status.ephemeral_container_statuses or ()),
    ):
        states = [state for state in (told.state, told.last_state) if state and state.terminated]
        if any(state.terminated.exit_code for state in states if state.terminated):
            yield meta.namespace or "", meta.name or "", told.name or ""


async def _collect_logs(source: RawSource, collected: _Collected) -> None:
    safe = [key for key in dict.fromkeys(collected.crashed) if all(map(_FILE_NAME.fullmatch, key))]
    for start in range(0, len(safe[:_MOST_LOGS]), _MOST_AT_ONCE):
        keys = safe[:_MOST_LOGS][start : start + _MOST_AT_ONCE]
        for key, text in zip(
            keys, await asyncio.gather(*(source.raw_log(*key) for key in keys)), strict=True
        ):
            if isinstance(text, Unread):
                collected.unread.append(text)
            else:
                collected.logs[key] = redact(text[-_LOG_TAIL:], collected.known)


def _refuse_foreign(folder: Path) -> None:
    try:
        if not folder.exists() or not any(folder.iterdir()):
            return
        marker = folder / dump_files.MARKER
        ours = marker.is_file() and json.loads(marker.read_bytes()).get("format") == FORMAT
    except (OSError, ValueError, RecursionError, AttributeError):
        ours = False
    if not ours:
        raise UsageError(
            f"{str(folder)[:200]!r} is not an empty folder", "give a new one; nothing is overwritten"
        )


def _write_all(folder: Path, collected: _Collected, marker: Marker, answers: bytes) -> Written:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _clear(folder)
        files = [_write(folder, dump_files.MARKER, msgspec.json.encode(marker))]
        for kind, items in collected.lists.items():
            content = {"apiVersion": "v1", "kind": f"{kind}List", "items": items}
            files.append(_write(folder, f"{ALL_PLURALS[kind]}.json", msgspec.json.encode(content)))
        if answers:
            files.append(_write(folder, dump_files.REGISTRY_ANSWERS, answers))
        for (namespace, pod, container), text in collected.logs.items():
            place = f"logs/{namespace}/{pod}/{container}.log"
            files.append(_write(folder, place, text.encode(errors="replace")))
    except OSError as error:
        raise UsageError(
            f"{str(folder)[:200]!r} cannot be written: {error.strerror}", "give another folder"
        ) from None
    return Written(
        folder, tuple(files), sum(map(len, collected.lists.values())), tuple(dict.fromkeys(collected.unread))
    )


def _clear(folder: Path) -> None:
    """Remove our earlier dump, and only what we wrote."""
    ours = (dump_files.MARKER, dump_files.REGISTRY_ANSWERS)
    for name in (*ours, *(f"{ALL_PLURALS[kind]}.json" for kind in KINDS)):
        (folder / name).unlink(missing_ok=True)
    logs = folder / "logs"
    if logs.is_dir() and not logs.is_symlink():
        shutil.rmtree(logs)


def _write(folder: Path, name: str, content: bytes) -> str:
    place = folder / name
    for parent in reversed(Path(name).parents):  # mkdir gives its mode to the last one only
        (folder / parent).mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    return name
