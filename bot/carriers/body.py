"""What a webhook says: a notice in, ``imagepull/v1`` out.

Stable: programs read this. :func:`schema` describes it from the same vocabularies, and fields are only ever added. Nothing of it
is markup, and strangers' words in it have their control characters spelled out.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from bot.facts.cause import Disposition, Scope, Severity
from bot.facts.document import Document, EvidenceLine
from bot.facts.evidence import Answer, Witness
from bot.facts.notice import Notice, Share, Standing, Storm
from bot.facts.text import Paragraph, plain
from bot.facts.verdict import Confidence
from bot.ports.dispatching import State


SCHEMA: Final = "imagepull/v1"
# A registry may be the same one for a thousand clusters; the largest of them are told in full.
MOST_CLUSTERS: Final = 20
_WHERE = ("namespace", "workload", "registry")
_TEXT: Final = {"type": "string"}
_OR_NULL: Final = {"type": ["string", "null"]}
_COUNT: Final = {"type": "integer", "minimum": 0}
_MOMENT: Final = {"type": "string", "format": "date-time"}
_MOMENT_OR_NULL: Final = {"type": ["string", "null"], "format": "date-time"}


def encoded(values: Mapping[str, Any]) -> bytes:
    """As it is sent; the same for the same."""
    return json.dumps(values, separators=(",", ":"), ensure_ascii=True).encode()


def values(notice: Notice, state: State, number: int) -> dict[str, Any]:
    """What is told, as plain values.

    Args:
        notice: how the incident stands by now.
        state: what became of it.
        number: of posts about one incident the later has the larger.
    """
    return {
        "schema": SCHEMA,
        "type": f"incident.{state}",
        "timestamp": _moment(notice.ended or notice.at),
        "state": str(state),
        "sequence": number,
        "incident": _incident(notice),
    }


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of what :func:`values` gives."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{SCHEMA} incident",
        **_object(
            schema={"const": SCHEMA},
            type={"enum": [f"incident.{each}" for each in State]},
            timestamp=_MOMENT,
            state=_one_of(State),
            sequence=_COUNT,
            incident=_incident_schema(),
        ),
    }


def _incident(notice: Notice) -> dict[str, Any]:
    first = notice.shares[0].document if notice.shares else None
    return {
        "id": notice.incident,
        "standing": str(notice.standing),
        "cause": first.cause if first else None,
        "title": first.title if first else None,
        "summary": plain(first.headline) if first else None,
        "confidence": str(first.confidence if first else Confidence.LOW),
        "severity": str(first.severity if first else Severity.HIGH if notice.storm else Severity.MEDIUM),
        "scope": str(first.where.scope if first else Scope.CLUSTER),
        "where": _where(first),
        "since": _moment(notice.since),
        "ended": _moment(notice.ended) if notice.ended else None,
        "news": notice.news,
        "returns": notice.returns,
        "acknowledged": bool(notice.acknowledged_by),
        "snoozed_until": _moment(notice.snoozed_until) if notice.snoozed_until else None,
        "survivor": notice.survivor or None,
        "counts": _counts(notice),
        "clusters": [_share(each) for each in notice.shares[:MOST_CLUSTERS]],
        "storm": _storm(notice.storm) if notice.storm else None,
    }


def _incident_schema() -> dict[str, Any]:
    return _object(
        id=_TEXT,
        standing=_one_of(Standing),
        cause=_OR_NULL,
        title=_OR_NULL,
        summary=_OR_NULL,
        confidence=_one_of(Confidence),
        severity=_one_of(Severity),
        scope=_one_of(Scope),
        where=_object(**dict.fromkeys((*_WHERE, "node"), _OR_NULL)),
        since=_MOMENT,
        ended=_MOMENT_OR_NULL,
        news=_TEXT,
        returns=_COUNT,
        acknowledged={"type": "boolean"},
        snoozed_until=_MOMENT_OR_NULL,
        survivor=_OR_NULL,
        counts=_object(clusters=_COUNT, workloads=_COUNT, pods=_COUNT),
        clusters={**_list(_share_schema()), "maxItems": MOST_CLUSTERS},
        storm={"anyOf": [{"type": "null"}, _storm_schema()]},
    )


def _where(document: Document | None) -> dict[str, str | None]:
    where = document.where if document else None
    found = {name: getattr(where, name, "") or None for name in _WHERE}
    # An incident of one node names it alone; one of many workloads lists where they are.
    alone = where is not None and where.scope is Scope.NODE and where.node_count == 1
    return {**found, "node": where.nodes[0] if where is not None and alone and where.nodes else None}


def _counts(notice: Notice) -> dict[str, int]:
    storm = notice.storm
    if storm is not None:
        return {"clusters": 1, "workloads": storm.workloads, "pods": storm.pods}
    return {
        "clusters": len(notice.shares),
        "workloads": sum(each.workloads for each in notice.shares),
        "pods": sum(each.pods for each in notice.shares),
    }


def _share(share: Share) -> dict[str, Any]:
    document = share.document
    where = document.where
    return {
        "cluster": share.cluster,
        "cause": document.cause,
        "summary": plain(document.headline),
        "confidence": str(document.confidence),
        "workload_count": share.workloads,
        "pod_count": share.pods,
        "namespaces": list(share.namespaces),
        "workloads": list(where.workloads),
        "pods": list(where.pods),
        "nodes": list(where.nodes),
        "registry": where.registry or None,
        "image": where.image or None,
        "meaning": _lines(document.meaning),
        "proof": _lines(document.proof),
        "evidence": [_answer(each) for each in document.evidence],
        "possible": [each.cause for each in document.possible],
        "fix": _lines(document.fix),
        "commands": [{"why": each.why, "argv": list(each.argv)} for each in document.commands],
        "remedies": [
            {"action": each.action, "disposition": str(each.disposition), "summary": plain(each.summary)}
            for each in document.remedies
        ],
        "links": list(document.references),
    }


def _share_schema() -> dict[str, Any]:
    names = _list(_TEXT)
    return _object(
        cluster=_TEXT,
        cause=_OR_NULL,
        summary=_TEXT,
        confidence=_one_of(Confidence),
        workload_count=_COUNT,
        pod_count=_COUNT,
        namespaces=names,
        workloads=names,
        pods=names,
        nodes=names,
        registry=_OR_NULL,
        image=_OR_NULL,
        meaning=names,
        proof=names,
        evidence=_list(
            _object(
                check=_TEXT,
                answer=_one_of(Answer),
                summary=_TEXT,
                source=_one_of(Witness),
                why_unknown=_OR_NULL,
            )
        ),
        possible=names,
        fix=names,
        commands=_list(_object(why=_TEXT, argv=names)),
        remedies=_list(_object(action=_TEXT, disposition=_one_of(Disposition), summary=_TEXT)),
        links=names,
    )


def _answer(line: EvidenceLine) -> dict[str, Any]:
    return {
        "check": line.check,
        "answer": str(line.answer),
        "summary": plain(line.summary),
        "source": str(line.source),
        "why_unknown": line.why_unknown or None,
    }


def _storm(storm: Storm) -> dict[str, Any]:
    return {
        "cluster": storm.cluster,
        "incidents": storm.incidents,
        "namespaces": storm.namespaces,
        "causes": [
            {"cause": each.cause, "title": each.title, "incidents": each.incidents, "pods": each.pods}
            for each in storm.piles
        ],
        "more_causes": storm.more,
    }


def _storm_schema() -> dict[str, Any]:
    cause = _object(cause=_OR_NULL, title=_TEXT, incidents=_COUNT, pods=_COUNT)
    return _object(
        cluster=_TEXT, incidents=_COUNT, namespaces=_COUNT, causes=_list(cause), more_causes=_COUNT
    )


def _lines(paragraphs: tuple[Paragraph, ...]) -> list[str]:
    return [plain(each.text) for each in paragraphs]


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _object(**fields: Mapping[str, Any]) -> dict[str, Any]:
    # Fields are only ever added: a receiver must not refuse one that it does not know.
    return {"type": "object", "properties": fields, "required": list(fields)}


def _list(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _one_of(words: type[StrEnum]) -> dict[str, Any]:
    return {"enum": [str(each) for each in words]}
