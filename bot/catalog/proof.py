"""The examples beside each cause: what is given, and the verdict they prove.

A cause's folder in -> :class:`Example` values out; :func:`prove` holds one against a diagnosis. Running one needs
the whole diagnosis, which stands above this room, so the caller hands it in.
"""

import base64
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.catalog import schema
from bot.errors import PlaybookError
from bot.facts.verdict import Diagnosis, Report


# key under `given` -> apiVersion and kind of its objects where they do not say; owners of several kinds say it.
KINDS: Mapping[str, tuple[str, str]] = {
    "pods": ("v1", "Pod"),
    "events": ("v1", "Event"),
    "nodes": ("v1", "Node"),
    "namespaces": ("v1", "Namespace"),
    "serviceaccounts": ("v1", "ServiceAccount"),
    "secrets": ("v1", "Secret"),
    "deployments": ("apps/v1", "Deployment"),
    "replicasets": ("apps/v1", "ReplicaSet"),
    "statefulsets": ("apps/v1", "StatefulSet"),
    "daemonsets": ("apps/v1", "DaemonSet"),
    "jobs": ("batch/v1", "Job"),
    "cronjobs": ("batch/v1", "CronJob"),
}
_OPTIONS = ("at", "stalled_after", "vantage", "namespace", "target")
NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Given:
    """What a diagnosis is given: objects, or a recording's folder, or both (the objects are put beside).

    Attributes:
        objects: kind in the plural -> API objects. A kind that is not named cannot be read.
        registry: recorded exchanges, as in a recording's ``registry.json``.
        logs: ``namespace/pod/container`` -> the log's end.
        recording: folder of a dump; None for none.
        without: kinds of the recording that are held back, to see what cannot be known then.
        statements: what nodes said when they were asked: node, at, and the look's own words under said.
        options: ``at``, ``stalled_after``, ``vantage``, ``namespace``, ``target`` as a person would type them.
    """

    objects: Mapping[str, Sequence[Mapping[str, Any]]]
    registry: Sequence[Mapping[str, Any]] | None
    logs: Mapping[str, str]
    recording: Path | None
    without: tuple[str, ...]
    options: Mapping[str, str]
    statements: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Expected:
    """What the diagnosis must say. None: not looked at.

    Attributes:
        verdict: the cause; ``nothing`` when nothing may be claimed; None for "not known".
        near_miss: this looks like the cause of the folder and is another.
        pod: only the failures of this pod; "" for all.
        container: only those of this container; "" for all.
    """

    verdict: str | None
    confidence: str | None
    symptom: str | None
    ruled_out: tuple[str, ...]
    possible: tuple[str, ...] | None
    remedies: tuple[str, ...] | None
    near_miss: bool
    pod: str
    container: str


@dataclass(frozen=True, slots=True)
class Example:
    """One file of ``causes/<id>/examples``."""

    cause: str
    name: str
    about: str
    given: Given
    expected: Expected

    @property
    def positive(self) -> bool:
        """It proves its folder's cause."""
        return self.expected.verdict == self.cause


Diagnose = Callable[[Given], Report]


def examples(folder: Path, cause: str, recordings: Path | None = None) -> tuple[Example, ...]:
    """The examples of one cause, by name.

    Args:
        folder: ``playbooks``.
        cause: id of the cause.
        recordings: where the recordings that examples name are; None when they are not carried.

    Raises:
        PlaybookError: one does not say what it must.
    """
    return tuple(
        read(path, cause, recordings)
        for path in sorted((folder / "causes" / cause / "examples").glob("*.yaml"))
    )


def read(path: Path, cause: str, recordings: Path | None = None) -> Example:
    """One example.

    Raises:
        PlaybookError: it does not say what it must.
    """
    where = f"causes/{cause}/examples/{path.name}"
    whole = schema.Fields(schema.parse(path.read_text(encoding="utf-8"), where), where)
    example = Example(
        cause=cause,
        name=path.stem,
        about=whole.text("about"),
        given=given(whole, where, recordings),
        expected=_expected(schema.Fields(whole.mapping("expect"), f"{where}: expect")),
    )
    whole.close()
    if example.positive and example.expected.near_miss:
        raise PlaybookError(f"{where}: expect: a near miss expects another verdict than its folder's")
    return example


def given(whole: schema.Fields, where: str, recordings: Path | None = None) -> Given:
    """What an example gives, of whatever it is one.

    Args:
        whole: the file.
        where: as errors call it.
        recordings: where the recordings that examples name are; None when they are not carried.

    Raises:
        PlaybookError: it does not say what it must.
    """
    fields = schema.Fields(whole.mapping("given"), f"{where}: given")
    return _given(fields, _options(whole, where), recordings)


def prove(example: Example, diagnose: Diagnose) -> tuple[str, ...]:
    """What a diagnosis says otherwise than the example expects, a sentence each; empty when it is proven."""
    expected = example.expected
    report = diagnose(example.given)
    found = [
        each
        for each in report.diagnoses
        if expected.pod in ("", each.failure.pod.name) and expected.container in ("", each.failure.container)
    ]
    if expected.verdict == NOTHING:
        return tuple(f"nothing was to be claimed, but {each.verdict.cause} was" for each in found)
    if not found:
        return ("no failure was found",)
    return tuple(dict.fromkeys(fault for each in found for fault in _faults(each, expected)))


def write(given: Given, folder: Path) -> Path:
    """Lay the given out as a dump, the way ``--from`` reads it; gives the folder.

    Raises:
        PlaybookError: the recording is not there.
    """
    if given.recording is not None:
        _copy(given.recording, folder, given.without)
    for kind, objects in given.objects.items():
        items = [_complete(kind, each) for each in objects]
        _put(folder / f"{kind}.json", {"apiVersion": "v1", "kind": "List", "items": items})
    if given.registry is not None:
        _put(folder / "registry.json", {"exchanges": list(given.registry)})
    for place, text in given.logs.items():
        log = folder / "logs" / f"{place}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(text, encoding="utf-8")
    return folder


def _given(fields: schema.Fields, options: Mapping[str, str], recordings: Path | None) -> Given:
    recording = _recording(fields, recordings) if fields.has("recording") else None
    given = Given(
        objects={kind: _objects(fields, kind) for kind in (*KINDS, "owners") if fields.has(kind)},
        registry=_objects(fields, "registry") if fields.has("registry") else None,
        logs=_texts(fields, "logs"),
        recording=recording,
        without=fields.texts("without"),
        options=options,
        statements=_objects(fields, "statements") if fields.has("statements") else (),
    )
    fields.close()
    if recording is None and "pods" not in given.objects:
        raise fields.wrong("pods", "either pods or a recording is needed")
    return given


def _recording(fields: schema.Fields, recordings: Path | None) -> Path:
    name = fields.text("recording")
    if any(part in ("..", "") or part.startswith(".") for part in name.split("/")):
        raise fields.wrong("recording", f"{name!r} is not <runtime>/<scenario>")
    # Where no recordings are carried the path stays as written, and running the example says so.
    return (recordings or Path("recordings")) / name / "dump"


def _objects(fields: schema.Fields, key: str) -> tuple[Mapping[str, Any], ...]:
    found: list[Mapping[str, Any]] = []
    for each in fields.values(key):
        if not isinstance(each, Mapping):
            raise fields.wrong(key, "a list of objects is expected")
        found.append(each)
    return tuple(found)


def _options(fields: schema.Fields, where: str) -> Mapping[str, str]:
    found = _texts(fields, "options")
    for key in found:
        if key not in _OPTIONS:
            raise PlaybookError(f"{where}: options: unknown key {key!r}", schema.nearest(key, _OPTIONS))
    return found


def _texts(fields: schema.Fields, key: str) -> Mapping[str, str]:
    if not fields.has(key):
        return {}
    found = fields.mapping(key)
    if not isinstance(found, Mapping):
        raise fields.wrong(key, "a mapping is expected")
    return {str(name): str(value) for name, value in found.items()}


def _expected(fields: schema.Fields) -> Expected:
    if not fields.listed("verdict"):
        raise fields.wrong("verdict", "a cause, nothing, or null for not known is expected")
    expected = Expected(
        verdict=fields.text("verdict") if fields.has("verdict") else None,
        confidence=fields.text("confidence") if fields.has("confidence") else None,
        symptom=fields.text("symptom") if fields.has("symptom") else None,
        ruled_out=fields.texts("ruled_out"),
        possible=fields.texts("possible") if fields.listed("possible") else None,
        remedies=fields.texts("remedies") if fields.listed("remedies") else None,
        near_miss=fields.flag("near_miss", default=False),
        pod=fields.text("pod", ""),
        container=fields.text("container", ""),
    )
    fields.close()
    return expected


def _faults(diagnosis: Diagnosis, expected: Expected) -> Iterable[str]:
    verdict = diagnosis.verdict
    if verdict.cause != expected.verdict:
        yield f"the verdict is {verdict.cause or 'not known'}, not {expected.verdict or 'not known'}"
    if expected.confidence is not None and verdict.confidence != expected.confidence:
        yield f"the confidence is {verdict.confidence}, not {expected.confidence}"
    if expected.symptom is not None and diagnosis.failure.symptom.id != expected.symptom:
        yield f"the symptom is {diagnosis.failure.symptom.id or 'not known'}, not {expected.symptom}"
    for cause in expected.ruled_out:
        if cause not in {each.cause for each in verdict.ruled_out}:
            yield f"{cause} is not ruled out"
    if expected.possible is not None and set(verdict.possible) != set(expected.possible):
        yield f"possible are {_listed(verdict.possible)}, not {_listed(expected.possible)}"
    actions = {each.action for each in verdict.remedies}
    if expected.remedies is not None and actions != set(expected.remedies):
        yield f"the remedies are {_listed(actions)}, not {_listed(expected.remedies)}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _complete(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    version, single = KINDS.get(kind, ("", ""))
    found = {"apiVersion": version, "kind": single, **given} if single else dict(given)
    if found.get("kind") == "Secret" and isinstance(found.get("stringData"), Mapping):
        # The API server keeps stringData as base64 data; so do dumps.
        plain = found.pop("stringData")
        coded = {name: base64.b64encode(str(text).encode()).decode() for name, text in plain.items()}
        found["data"] = {**found.get("data", {}), **coded}
    return found


def _copy(recording: Path, folder: Path, without: Sequence[str]) -> None:
    if not recording.is_dir():
        raise PlaybookError(
            f"there is no recording {'/'.join(recording.parts[-3:-1])!r} here", "run it in a checkout"
        )
    for path in sorted(recording.rglob("*")):
        relative = path.relative_to(recording)
        if (
            path.is_file()
            and not path.is_symlink()
            and relative.parts[0].removesuffix(".json") not in without
        ):
            (folder / relative).parent.mkdir(parents=True, exist_ok=True)
            (folder / relative).write_bytes(path.read_bytes())


def _put(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1, default=str), encoding="utf-8")
