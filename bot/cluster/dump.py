"""Answers what the diagnosis asks of a cluster from files that somebody mailed: a dump -> ``ClusterReader``.

Two rules decide what silence means. A kind that the dump lacks is ``Unread``, never an absence; a list of the kind,
even an empty one, is an absence in the namespaces it stands for. A list does not say which namespaces it stands
for (``kubectl get -n shop`` and ``-A`` write the same), so these are the namespaces of which the dump holds any
object at all, and where that is more than one, those whose names it lists; of every other one nothing is known. Objects that came singly (``kubectl get pod web -o json``) say
nothing of their neighbours. What ``imagepull dump`` wrote says itself which namespaces it asked.

Values of Secrets that lie in a dump are reduced to structure while it is read; they are kept and sent nowhere.
"""

import contextlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self

import msgspec

from bot.cluster import dump_files, pull_secrets, reduce, selectors, shapes, suspects, uses
from bot.cluster.dump_contents import (
    ALL_PLURALS,
    CLUSTER_WIDE,
    Contents,
    Gap,
    Key,
    Marker,
    metadata_of,
    read_marker,
    take_file,
    version_of,
    warnings,
)
from bot.cluster.dump_files import Survey
from bot.cluster.resources import Resource
from bot.errors import ClusterUnreadable, UsageError
from bot.facts.objects import (
    Node,
    Owner,
    Pod,
    PodEvent,
    PullSecret,
    ServiceAccount,
    Sighting,
    Unread,
)
from bot.ports.reading import Scan
from bot.ports.stocktaking import Stock


_LOG_TAIL = 4096
_NOT_THERE: Final = "not in the dump"
_ONE_DAMAGED: Final = "one of them not understood"
_SAFE_DUMP: Final = "imagepull dump keeps a Secret's structure without its values"


class DumpReader:
    """A dump's witnesses.

    Attributes:
        warnings: what a person should know of this dump, one line each.
    """

    def __init__(
        self, name: str, survey: Survey, contents: Contents, marker: Marker | None, at: datetime
    ) -> None:
        self._name = name
        self._survey = survey
        self._contents = contents
        self._marker = marker
        self._at = at
        self._listed = contents.listed - set(marker.partial if marker else ())
        self.warnings: tuple[str, ...] = tuple(warnings(contents))
        self._events: dict[Key, list[PodEvent]] = defaultdict(list)
        for event in contents.kinds["Event"].values():
            if event is not None:
                self._events[event.namespace, event.pod].append(event)

    @classmethod
    def open(cls, path: Path, at: datetime | None = None) -> Self:
        """Read a folder or a file.

        Args:
            path: where it lies.
            at: the moment to call now; by default the newest one in the dump.

        Raises:
            UsageError: nothing is there, or it has no time in it and ``at`` is not given.
            UnsafeSource: it tries to reach outside itself, or is larger than we read.
            ClusterUnreadable: it is not what kubectl writes; the message names the file.
        """
        survey = dump_files.survey(path)
        marker = read_marker(survey)
        contents = Contents()
        for place in survey.documents:
            take_file(contents, place, survey.root)
        if not contents.kinds and not contents.listed:
            raise ClusterUnreadable(
                f"{str(path)[:200]!r} holds no Kubernetes objects",
                "fill it with: kubectl get pods,events,serviceaccounts,nodes -A -o json > objects.json",
            )
        now = at or (reduce.moment(marker.observed_at) if marker else None) or contents.newest
        if now is None:
            raise UsageError("the dump has no time in it", "say what is now with --at 2026-01-31T12:00:00Z")
        return cls(path.resolve().name, survey, contents, marker, now)

    @property
    def name(self) -> str:
        """The dump's folder or file."""
        return self._name

    @property
    def observed_at(self) -> datetime:
        """The moment the dump stands for."""
        return self._at

    async def look(self, scan: Scan) -> Sighting:
        """Every pod that may have a pull failure, with the events that bear on pulling."""
        fits, wanted = selectors.parse(scan.labels), scan.namespaces
        seen = {
            key: pod
            for key, pod in self._contents.kinds["Pod"].items()
            if (wanted is None or key[0] in wanted) and fits(pod.labels)
        }
        found = {key: pod for key, pod in seen.items() if key in self._contents.suspects}
        unread = tuple(self._unread_of_look(wanted))
        return Sighting(
            pods=tuple(found[key] for key in sorted(found)),
            events={
                "/".join(key): told
                for key in sorted(self._events)
                if (key in seen or not scan.labels) and (wanted is None or key[0] in wanted)
                if (told := self._telling(key, whole=key in found))
            },
            unread=unread,
            complete=not any(each.what.startswith("pod") for each in unread),
            seen=len(seen),
            observed_at=self._at,
        )

    def _telling(self, key: Key, *, whole: bool) -> tuple[PodEvent, ...]:
        """The pull events of a pod; of a healthy one only when there is a failure among them."""
        told = [event for event in self._events[key] if event.reason in suspects.PULL_REASONS]
        failed = any(event.reason not in ("Pulling", "Pulled") for event in told)
        return reduce.in_order(told) if whole or failed else ()

    def _unread_of_look(self, wanted: tuple[str, ...] | None) -> Iterator[Unread]:
        for kind in ("Pod", "Event"):
            places = ("",) if wanted is None else wanted
            missing = (self._missing(kind, place) for place in places)
            yield from (each for each in missing if each)
        for kind, namespace, name in sorted(self._contents.damaged):
            if kind == "Pod" and (wanted is None or namespace in wanted):
                yield Resource("pods", namespace, name).unread("not understood")

    async def stock(self, namespaces: tuple[str, ...] | None) -> Stock:
        """What runs, as far as the dump has it."""
        sheaves = uses.Sheaves()
        pods = [
            pod
            for (place, _), pod in sorted(self._contents.kinds["Pod"].items())
            if pod is not None and (namespaces is None or place in namespaces)
        ]
        unread = tuple(each for each in self._unread_of_look(namespaces) if each.what.startswith("pod"))
        found = [sheaves.bound(uses.use_of(pod)) for pod in pods if uses.runs(pod)]
        return Stock(uses.counted(found), complete=not unread, unread=unread, seen=len(pods))

    async def pod(self, namespace: str, name: str) -> Pod | Unread | None:
        """One pod, whatever its state."""
        found: Pod | Unread | None = self._one("Pod", namespace, name)
        return found

    async def pods(self, namespace: str) -> tuple[Pod, ...] | Unread:
        """Every pod of a namespace."""
        found: tuple[Pod, ...] | Unread = self._all("Pod", namespace)
        return found

    async def neighbours(self, namespace: str) -> tuple[Pod, ...] | Unread:
        """Every pod of a namespace: the dump is in memory anyway."""
        return await self.pods(namespace)

    async def events_of(self, namespace: str, pod: str) -> tuple[PodEvent, ...] | Unread:
        """The events about one pod, oldest first."""
        found = self._events.get((namespace, pod))
        if not found and (missing := self._missing("Event", namespace)):
            return missing
        return reduce.in_order(found or ())

    async def events(self, namespace: str) -> tuple[PodEvent, ...] | Unread:
        """The events of a namespace that bear on pulling, oldest first."""
        if missing := self._missing("Event", namespace):
            return missing
        told = (each for (place, _), events in self._events.items() if place == namespace for each in events)
        return reduce.in_order(event for event in told if event.reason in suspects.PULL_REASONS)

    async def nodes(self) -> tuple[Node, ...] | Unread:
        """Every node."""
        found: tuple[Node, ...] | Unread = self._all("Node", "")
        return found

    async def service_accounts(self, namespace: str) -> tuple[ServiceAccount, ...] | Unread:
        """Every ServiceAccount of a namespace."""
        found: tuple[ServiceAccount, ...] | Unread = self._all("ServiceAccount", namespace)
        return found

    async def secret(self, namespace: str, name: str) -> PullSecret | Unread | None:
        """One Secret by name; ``Unread`` when somebody took its values out and left no structure."""
        if (namespace, name) in self._contents.stripped:
            return Resource("secrets", namespace, name).unread("values removed from the dump", _SAFE_DUMP)
        found: PullSecret | Unread | None = self._one("Secret", namespace, name)
        return found

    async def secrets(self, namespace: str) -> tuple[PullSecret, ...] | Unread:
        """The namespace's pull secrets, and every Secret of another type that a pod or ServiceAccount names."""
        found = self._all("Secret", namespace)
        if isinstance(found, Unread):
            return found
        if any(place == namespace for place, _ in self._contents.stripped):
            return Resource("secrets", namespace).unread("values removed from the dump", _SAFE_DUMP)
        named = self._named_secrets(namespace)
        return tuple(each for each in found if each.type_right or each.name in named)

    def _named_secrets(self, namespace: str) -> set[str]:
        holders = [
            holder
            for kind in ("Pod", "ServiceAccount")
            for (place, _), holder in self._contents.kinds[kind].items()
            if place == namespace
        ]
        return {name for holder in holders for name in holder.pull_secrets}

    async def namespaces(self) -> tuple[str, ...] | Unread:
        """Every namespace's name; where only objects tell them, they must come from more than one."""
        told = {name for _, name in self._contents.kinds["Namespace"]}
        if "Namespace" in self._listed or len(self._contents.places) > 1:
            return tuple(sorted(told | self._contents.places))
        return self._missing("Namespace", "") or tuple(sorted(told))

    async def owners(self, namespace: str, kind: str) -> tuple[Owner, ...] | Unread:
        """Every object of one workload kind of a namespace."""
        found: tuple[Owner, ...] | Unread = self._all(kind, namespace)
        return found

    async def log_tail(self, namespace: str, pod: str, container: str, *, previous: bool) -> str | Unread:
        """The last 4 kB of a container's log; a dump seldom tells the runs apart."""
        stems = (f"{container}.previous", container) if previous else (container,)
        for stem in stems:
            place = self._survey.logs.get((namespace, pod, stem))
            if place is not None:
                return dump_files.tail(place, _LOG_TAIL)
        return Unread(
            f"log of {container} in {namespace}/{pod}", _NOT_THERE, "logs/NAMESPACE/POD/CONTAINER.log"
        )

    def registry_answers(self) -> tuple[tuple[str, bytes], ...]:
        """Name and content of every file of recorded registry answers, as they lie there.

        Raises:
            UnsafeSource: one is larger than we read, or no ordinary file (any more).
            ClusterUnreadable: one is not text.
        """
        root = self._survey.root
        places = (*self._survey.answers, *self._contents.answers)
        return tuple((str(place.relative_to(root)), dump_files.read(place, root)) for place in places)

    def secret_values(self) -> tuple[str, ...]:
        """The passwords that lie in the dump, read again for the one purpose of striking them out."""
        values: set[str] = set()
        for item in self._raw("Secret", None):
            with contextlib.suppress(msgspec.ValidationError, RecursionError):
                values.update(pull_secrets.values_of(msgspec.convert(item, shapes.SecretShape)))
        return tuple(values)

    # What `imagepull dump` asks of a source that it writes again.

    @property
    def is_dump(self) -> bool:
        """Secrets in here may be structure already."""
        return True

    def covered(self) -> tuple[str, ...] | None:
        """The namespaces this dump stands for; None for all."""
        if self._marker:
            return None if self._marker.namespaces is None else tuple(self._marker.namespaces)
        return tuple(sorted(self._places()))

    def is_partial(self, kind: str) -> bool:
        """Whether there are objects of a kind that came singly, so that they say nothing of others."""
        return bool(self._contents.kinds.get(kind)) and kind not in self._listed

    def gaps(self) -> tuple[Gap, ...]:
        """What was already unread when this dump was made, and what in it is not understood."""
        told = self._marker.unread if self._marker else ()
        damaged = sorted({(kind, namespace) for kind, namespace, _ in self._contents.damaged})
        return (
            *(Gap(each.kind, each.namespace, each.why) for each in told),
            *(Gap(kind, namespace, _ONE_DAMAGED) for kind, namespace in damaged),
        )

    async def raw_list(self, kind: str, namespace: str | None) -> list[dict[str, Any]] | Unread:
        """Every object of a kind as it stands in the files."""
        if not self._contents.kinds.get(kind) and (missing := self._missing(kind, namespace or "")):
            return missing
        return list(self._raw(kind, namespace))

    async def raw_log(self, namespace: str, pod: str, container: str) -> str | Unread:
        """The last 4 kB of a container's log."""
        return await self.log_tail(namespace, pod, container, previous=False)

    def _raw(self, kind: str, namespace: str | None) -> Iterator[dict[str, Any]]:
        kept: dict[Key, tuple[int, dict[str, Any]]] = {}
        for place in self._contents.files.get(kind, ()):
            raw = dump_files.read(place, self._survey.root)
            for found in dump_files.objects(raw, place, self._survey.root):
                if found.kind != kind or not found.raw:
                    continue
                meta = metadata_of(found.raw)
                key, version = (meta.namespace or "", meta.name or ""), version_of(meta)
                known = key in self._contents.kinds[kind] or kind == "Event"
                if known and namespace in (None, key[0]) and version >= kept.get(key, (-1, {}))[0]:
                    kept[key] = version, {**dump_files.decoded(found.raw), "kind": kind}
        yield from (item for _, item in kept.values())

    def _one(self, kind: str, namespace: str, name: str) -> Any:  # Unread | None | the fact
        found = self._contents.kinds[kind].get((namespace, name))
        if found is not None:
            return found
        if (kind, namespace, name) in self._contents.damaged:
            return Resource(ALL_PLURALS[kind], namespace, name).unread("not understood")
        missing = self._missing(kind, namespace)
        return missing and Unread(
            Resource(ALL_PLURALS[kind], namespace, name).what, missing.why, missing.remedy
        )

    def _all(self, kind: str, namespace: str) -> Any:  # Unread | tuple of facts
        if missing := self._missing(kind, namespace):
            return missing
        damaged = next(
            (each for each in self._contents.damaged if each[0] == kind and each[1] == namespace), None
        )
        if damaged and (namespace or kind in CLUSTER_WIDE):
            return Resource(ALL_PLURALS.get(kind, kind), namespace).unread(_ONE_DAMAGED)
        found = self._contents.kinds.get(kind, {})
        return tuple(found[key] for key in sorted(found) if not namespace or key[0] == namespace)

    def _missing(self, kind: str, namespace: str) -> Unread | None:
        """Why nothing is known of a kind in a namespace ("" for everywhere); None when something is."""
        resource = Resource(ALL_PLURALS.get(kind, kind), "" if kind in CLUSTER_WIDE else namespace)
        for each in self._marker.unread if self._marker else ():
            if each.kind == kind and each.namespace in ("", namespace):
                return resource.unread(each.why, "")
        place = f"-n {namespace}" if namespace else "-A"
        remedy = f"kubectl get {resource.plural} {place} -o json > {resource.plural}.json"
        if kind not in self._listed:
            return resource.unread(_NOT_THERE, remedy)
        if kind in CLUSTER_WIDE or not namespace:
            return None
        asked = self.covered()
        return None if asked is None or namespace in asked else resource.unread(_NOT_THERE, remedy)

    def _places(self) -> set[str]:
        """The namespaces that the dump stands for."""
        # A list of Namespaces names all of them, also beside objects of one (-n shop). Objects of several come
        # from -A, where an empty namespace leaves nothing but its name. A single Namespace is what the dump is about.
        named = {name for _, name in self._contents.kinds["Namespace"]}
        trusted = "Namespace" not in self._listed or len(self._contents.places) > 1
        return self._contents.places | (named if trusted else set())
