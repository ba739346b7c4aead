"""Takes a dump's objects in, each reduced to facts at once: files -> :class:`Contents`.

Of several copies of one object the newest ``resourceVersion`` counts. An object that is not of the API's form is
noted as damaged, so that nobody takes it for absent. Values of Secrets end here.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from bot.cluster import dump_files, pull_secrets, reduce, shapes, suspects
from bot.cluster.dump_files import Found, Survey
from bot.cluster.resources import PLURALS
from bot.errors import ClusterUnreadable, UnsafeSource
from bot.facts.objects import PullSecret


Key = tuple[str, str]  # namespace, name

CLUSTER_WIDE: Final = frozenset({"Node", "Namespace"})
ALL_PLURALS: Final = {
    "Pod": "pods",
    "Event": "events",
    "Node": "nodes",
    "Namespace": "namespaces",
    "Secret": "secrets",
    "ServiceAccount": "serviceaccounts",
    **PLURALS,
}
# What an empty `kind: List` is a list of stands in its file's name only.
_STEMS: Final = {word: kind for kind, plural in ALL_PLURALS.items() for word in (plural, kind.lower())} | {
    "po": "Pod", "ev": "Event", "no": "Node", "ns": "Namespace", "sa": "ServiceAccount", "rs": "ReplicaSet",
    "deploy": "Deployment", "sts": "StatefulSet", "ds": "DaemonSet", "cj": "CronJob", "rc": "ReplicationController",
}  # fmt: skip
_WORDS = re.compile(r"[a-z]+")
_MOST_WARNINGS = 20
MOST_OBJECTS: Final = 1_000_000


@dataclass(slots=True)
class Contents:
    """Everything that was read, as it is read."""

    kinds: dict[str, dict[Key, Any]] = field(default_factory=lambda: defaultdict(dict))
    versions: dict[tuple[str, Key], int] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)
    suspects: set[Key] = field(default_factory=set)
    stripped: set[Key] = field(default_factory=set)
    damaged: set[tuple[str, str, str]] = field(default_factory=set)
    files: dict[str, dict[Path, None]] = field(default_factory=lambda: defaultdict(dict))
    live: set[str] = field(default_factory=set)
    strange: set[str] = field(default_factory=set)
    answers: list[Path] = field(default_factory=list)
    objects: int = 0
    nameless: int = 0
    newest: datetime | None = None


class Gap(msgspec.Struct, rename="camel", frozen=True):
    """A kind that could not be read when the dump was made; in one namespace, or with "" in all."""

    kind: str = ""
    namespace: str = ""
    why: str = ""


class Marker(msgspec.Struct, rename="camel"):
    """``unread.json``: what ``imagepull dump`` asked for and what it did not get.

    Attributes:
        format: tells that the folder is one of ours.
        namespaces: those it asked; None for all.
        partial: kinds of which it holds single objects rather than lists.
    """

    format: str = ""
    observed_at: str = ""
    namespaces: list[str] | None = None
    partial: list[str] = []
    unread: list[Gap] = []


FORMAT: Final = "imagepull-dump/v1"


def read_marker(survey: Survey) -> Marker | None:
    """What ``imagepull dump`` noted; None for a dump of another hand.

    Raises:
        ClusterUnreadable: it is damaged.
    """
    if survey.marker is None:
        return None
    try:
        marker = msgspec.json.decode(dump_files.read(survey.marker, survey.root), type=Marker)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise ClusterUnreadable(
            f"'{dump_files.MARKER}' is not what imagepull dump writes", "make a new dump"
        ) from None
    return marker if marker.format == FORMAT else None


def take_file(contents: Contents, place: Path, root: Path) -> None:
    """Read one file's objects into the contents.

    Raises:
        UnsafeSource: the file must not be read.
        ClusterUnreadable: it is not what kubectl writes.
    """
    raw = dump_files.read(place, root)
    newest = dump_files.newest_time(raw)
    if newest and (contents.newest is None or newest > contents.newest):
        contents.newest = newest
    told = False
    for found in dump_files.objects(raw, place, root):
        told = True
        if found.listed:
            contents.listed.update(_kinds_listed(found, place))
        if found.raw:
            contents.objects += 1
            if contents.objects > MOST_OBJECTS:
                raise UnsafeSource(
                    f"the dump holds more than {MOST_OBJECTS:,} objects", "dump fewer namespaces at once"
                )
            contents.files[found.kind][place] = None
            _take(contents, found, str(place.relative_to(root)))
    if not told and dump_files.holds_answers(raw):
        contents.answers.append(place)
    elif not told:
        contents.strange.add(str(place.relative_to(root)))


def _kinds_listed(found: Found, place: Path) -> Iterator[str]:
    if found.kind:
        yield found.kind
    elif not found.raw:  # an empty `kind: List`
        yield from (_STEMS[word] for word in _WORDS.findall(place.stem.lower()) if word in _STEMS)


def _take(contents: Contents, found: Found, file: str) -> None:
    """Reduce one object to facts and keep them, unless a newer copy of it is there already."""
    meta = metadata_of(found.raw)
    key = ("" if found.kind in CLUSTER_WIDE else meta.namespace or "", meta.name or "")
    if not key[1] and found.kind != "Event":
        contents.nameless += 1
        return
    if key[0]:
        contents.places.add(key[0])
    if found.kind == "Event" and not key[1]:
        key = (key[0], f"\0{len(contents.versions)}")
    if contents.versions.get((found.kind, key), -1) > version_of(meta):
        return
    try:
        fact = _fact(contents, found, key, file)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, TypeError, ValueError):
        if key not in contents.kinds[found.kind]:
            contents.damaged.add((found.kind, *key))
        return
    contents.versions[found.kind, key] = version_of(meta)
    contents.damaged.discard((found.kind, *key))
    contents.kinds[found.kind][key] = fact


def _fact(contents: Contents, found: Found, key: Key, file: str) -> Any:
    shape = msgspec.json.decode(found.raw, type=shapes.shape_of(found.kind))
    match shape:
        case shapes.PodShape():
            (contents.suspects.add if suspects.is_suspect(shape) else contents.suspects.discard)(key)
            fact: Any = reduce.to_pod(shape)
        case shapes.EventShape():
            fact = reduce.to_event(shape) if suspects.is_about_pod(shape) else None
        case shapes.SecretShape():
            fact = _secret(contents, shape, key, file)
        case shapes.NodeShape():
            fact = reduce.to_node(shape)
        case shapes.ServiceAccountShape():
            fact = reduce.to_service_account(shape)
        case shapes.WorkloadShape() | shapes.ForeignShape():
            fact = reduce.to_owner(found.kind, shape)
        case _:
            fact = key[1]
    return fact


def _secret(contents: Contents, shape: shapes.SecretShape, key: Key, file: str) -> PullSecret:
    (contents.stripped.add if pull_secrets.is_stripped(shape) else contents.stripped.discard)(key)
    if pull_secrets.holds_values(shape) and not pull_secrets.is_stripped(shape):
        contents.live.add(file)
    return pull_secrets.to_pull_secret(shape, from_dump=True)


def warnings(contents: Contents) -> Iterator[str]:
    """What a person should know of a dump, one line each."""
    for file in sorted(contents.live)[:_MOST_WARNINGS]:
        yield (
            f"{file[:200]!r} holds live Secret values: they are not sent anywhere, but do not pass the dump on; "
            "imagepull dump --from it writes a safe copy"
        )
    for file in sorted(contents.strange)[:_MOST_WARNINGS]:
        yield f"{file[:200]!r} holds no Kubernetes object and is left out"
    if contents.nameless:
        yield f"{contents.nameless} objects have no name and are left out"
    for kind, namespace, name in sorted(contents.damaged)[:_MOST_WARNINGS]:
        yield f"{kind} {namespace + '/' if namespace else ''}{name} is not understood and left out"[:300]


class _Titled(msgspec.Struct):
    metadata: shapes.Metadata | None = None


def metadata_of(raw: bytes) -> shapes.Metadata:
    """Who an object is, even one that is otherwise not of the API's form."""
    try:
        return msgspec.json.decode(raw, type=_Titled).metadata or shapes.Metadata()
    except (msgspec.DecodeError, UnicodeDecodeError):
        told = _names_only(raw)
        return shapes.Metadata(name=told.get("name"), namespace=told.get("namespace"))


def _names_only(raw: bytes) -> dict[str, str]:
    """Name and namespace of an object whose metadata is otherwise not of the API's form."""
    try:
        meta = msgspec.json.decode(raw).get("metadata")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    told = meta if isinstance(meta, dict) else {}
    return {key: told[key] for key in ("name", "namespace") if isinstance(told.get(key), str)}


def version_of(meta: shapes.Metadata) -> int:
    """``resourceVersion`` as a number; 0 when it is none."""
    text = meta.resource_version or ""
    return int(text) if text.isdecimal() and len(text) < 20 else 0
