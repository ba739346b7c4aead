"""The JSON of ``why`` and ``sweep``: a report and its documents in, ``imagepull/v1`` out.

Stable: programs read this. :func:`schema` describes it as a JSON Schema made from the same vocabularies, and the
tests hold every output against that. Fields are only ever added.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC
from enum import StrEnum
from typing import Any

from bot.facts.cause import Disposition, Scope
from bot.facts.document import Document
from bot.facts.evidence import Answer, Evidence, Witness
from bot.facts.objects import ContainerKind
from bot.facts.redaction import redact
from bot.facts.testimony import Asked
from bot.facts.text import Text, plain, shown
from bot.facts.verdict import Confidence, Diagnosis, Incident, Report, Verdict


SCHEMA = "imagepull/v1"

_TEXT = {"type": "string"}
_TEXT_OR_NULL = {"type": ["string", "null"]}
_COUNT = {"type": "integer", "minimum": 0}
_WHERE = ("namespace", "workload", "node", "registry")


def as_values(
    report: Report,
    documents: Sequence[Document],
    incidents: Sequence[Document],
    say: Callable[[Evidence], Text],
) -> dict[str, Any]:
    """The same as plain values."""
    told = {
        (pod, each.where.container, each.where.container_kind, each.where.image, each.cause): each
        for each in documents
        for pod in each.where.pods
    }
    return {
        "schema": SCHEMA,
        "cluster": report.cluster,
        "observed_at": report.observed_at,
        "failures": [_failure(each, told[_told_as(each)], say) for each in report.diagnoses],
        "incidents": [
            _incident(each, words) for each, words in zip(report.incidents, incidents, strict=True)
        ],
        "unchecked": [{"what": redact(what), "why": redact(why)} for what, why, _ in report.unchecked],
        "asked": [_asked(each) for each in report.asked],
    }


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of what :func:`as_values` gives."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": SCHEMA,
        **_object(
            schema={"const": SCHEMA},
            cluster=_TEXT,
            observed_at=_TEXT,
            failures=_list(_failure_schema()),
            incidents=_list(_incident_schema()),
            unchecked=_list(_object(what=_TEXT, why=_TEXT)),
            asked=_list(
                _object(
                    registry=_TEXT,
                    questions=_COUNT,
                    last_hour=_COUNT,
                    budget=_TEXT,
                    left_alone_until=_TEXT_OR_NULL,
                )
            ),
        ),
    }


def _asked(asked: Asked) -> dict[str, Any]:
    until = asked.left_alone_until
    return {
        "registry": redact(asked.registry),
        "questions": asked.questions,
        "last_hour": asked.last_hour,
        "budget": asked.budget,
        "left_alone_until": until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if until else None,
    }


def _told_as(diagnosis: Diagnosis) -> tuple[str, str, str, str, str | None]:
    failure = diagnosis.failure
    container = shown(failure.volume or failure.container)
    return shown(failure.pod.key), container, str(failure.kind), shown(failure.image), diagnosis.verdict.cause


def _failure(diagnosis: Diagnosis, document: Document, say: Callable[[Evidence], Text]) -> dict[str, Any]:
    failure = diagnosis.failure
    return {
        "namespace": failure.pod.namespace,
        "pod": failure.pod.name,
        "workload": str(diagnosis.workload),
        "node": failure.pod.node or None,
        "container": failure.container,
        "container_kind": str(failure.kind),
        "image": redact(failure.image),
        "reason": redact(failure.reason),
        "message": redact(failure.message),
        "symptom": failure.symptom.id or None,
        "verdict": _verdict(diagnosis.verdict, document, say),
        "remedies": [
            {"action": each.action, "disposition": str(each.disposition), "summary": plain(each.summary)}
            for each in document.remedies
        ],
    }


def _verdict(verdict: Verdict, document: Document, say: Callable[[Evidence], Text]) -> dict[str, Any]:
    return {
        "cause": verdict.cause,
        "confidence": str(verdict.confidence),
        "summary": plain(document.headline),
        "evidence": [
            {
                "check": each.check,
                "answer": str(each.answer),
                "summary": plain(say(each)),
                "source": str(each.source),
                "why_unknown": redact(each.why_unknown) or None,
            }
            for each in verdict.evidence
        ],
        "ruled_out": [{"cause": each.cause, "by": each.by} for each in verdict.ruled_out],
        "possible": list(verdict.possible),
    }


def _incident(incident: Incident, document: Document) -> dict[str, Any]:
    place = incident.place
    return {
        "cause": incident.cause,
        "scope": str(place.scope),
        "confidence": str(incident.confidence),
        "where": {name: getattr(place, name) or None for name in _WHERE},
        "pods": list(incident.pods),
        "workloads": incident.workloads,
        "summary": plain(document.headline),
    }


def _failure_schema() -> dict[str, Any]:
    return _object(
        namespace=_TEXT,
        pod=_TEXT,
        workload=_TEXT,
        node=_TEXT_OR_NULL,
        container=_TEXT,
        container_kind=_one_of(ContainerKind),
        image=_TEXT,
        reason=_TEXT,
        message=_TEXT,
        symptom=_TEXT_OR_NULL,
        verdict=_verdict_schema(),
        remedies=_list(_object(action=_TEXT, disposition=_one_of(Disposition), summary=_TEXT)),
    )


def _verdict_schema() -> dict[str, Any]:
    evidence = _object(
        check=_TEXT, answer=_one_of(Answer), summary=_TEXT, source=_one_of(Witness), why_unknown=_TEXT_OR_NULL
    )
    return _object(
        cause=_TEXT_OR_NULL,
        confidence=_one_of(Confidence),
        summary=_TEXT,
        evidence=_list(evidence),
        ruled_out=_list(_object(cause=_TEXT, by=_TEXT)),
        possible=_list(_TEXT),
    )


def _incident_schema() -> dict[str, Any]:
    return _object(
        cause=_TEXT_OR_NULL,
        scope=_one_of(Scope),
        confidence=_one_of(Confidence),
        where=_object(**dict.fromkeys(_WHERE, _TEXT_OR_NULL)),
        pods=_list(_TEXT),
        workloads=_COUNT,
        summary=_TEXT,
    )


def _object(**fields: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def _list(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _one_of(words: Iterable[StrEnum]) -> dict[str, Any]:
    return {"enum": [str(each) for each in words]}
