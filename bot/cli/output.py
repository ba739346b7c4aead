"""The JSON of ``why`` and ``sweep``: a report and its documents in, ``imagepull/v1`` out.

Stable: programs read this. :func:`schema` describes it as a JSON Schema made from the same vocabularies, and the
tests hold every output against that. Fields are only ever added.
"""

from collections.abc import Callable, Sequence
from typing import Any

from bot.cli.schemas import COUNT, TEXT, TEXT_OR_NULL, asked, asked_values, list_of, object_of, one_of, whole
from bot.facts.cause import Disposition, Scope
from bot.facts.document import Document
from bot.facts.evidence import Answer, Evidence, Witness
from bot.facts.objects import ContainerKind
from bot.facts.redaction import redact
from bot.facts.text import Text, plain, shown
from bot.facts.verdict import Confidence, Diagnosis, Incident, Report, Verdict


SCHEMA = "imagepull/v1"
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
        "asked": [asked_values(each) for each in report.asked],
    }


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of what :func:`as_values` gives."""
    return whole(
        SCHEMA,
        cluster=TEXT,
        observed_at=TEXT,
        failures=list_of(_failure_schema()),
        incidents=list_of(_incident_schema()),
        unchecked=list_of(object_of(what=TEXT, why=TEXT)),
        asked=asked(),
    )


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
    return object_of(
        namespace=TEXT,
        pod=TEXT,
        workload=TEXT,
        node=TEXT_OR_NULL,
        container=TEXT,
        container_kind=one_of(ContainerKind),
        image=TEXT,
        reason=TEXT,
        message=TEXT,
        symptom=TEXT_OR_NULL,
        verdict=_verdict_schema(),
        remedies=list_of(object_of(action=TEXT, disposition=one_of(Disposition), summary=TEXT)),
    )


def _verdict_schema() -> dict[str, Any]:
    evidence = object_of(
        check=TEXT, answer=one_of(Answer), summary=TEXT, source=one_of(Witness), why_unknown=TEXT_OR_NULL
    )
    return object_of(
        cause=TEXT_OR_NULL,
        confidence=one_of(Confidence),
        summary=TEXT,
        evidence=list_of(evidence),
        ruled_out=list_of(object_of(cause=TEXT, by=TEXT)),
        possible=list_of(TEXT),
    )


def _incident_schema() -> dict[str, Any]:
    return object_of(
        cause=TEXT_OR_NULL,
        scope=one_of(Scope),
        confidence=one_of(Confidence),
        where=object_of(**dict.fromkeys(_WHERE, TEXT_OR_NULL)),
        pods=list_of(TEXT),
        workloads=COUNT,
        summary=TEXT,
    )
