"""The JSON of ``why`` and ``sweep``: a report and its documents in, ``imagepull/v1`` out.

Stable: programs read this. :func:`schema` describes it as a JSON Schema made from the same vocabularies, and the
tests hold every output against that. Fields are only ever added.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from bot.facts.cause import Disposition, Scope
from bot.facts.document import Document
from bot.facts.evidence import Answer, Witness
from bot.facts.objects import ContainerKind
from bot.facts.text import plain, redacted
from bot.facts.verdict import Confidence, Diagnosis, Incident, Place, Report


SCHEMA = "imagepull/v1"

_TEXT = {"type": "string"}
_TEXT_OR_NULL = {"type": ["string", "null"]}


def as_json(report: Report, documents: Sequence[Document], incidents: Sequence[Document]) -> str:
    """The report as JSON text, ASCII only, so that no terminal is led astray by it.

    Args:
        report: what was found.
        documents: those of :func:`bot.rendering.compose.documents`.
        incidents: those of :func:`bot.rendering.compose.incident_documents`, in the report's order.
    """
    return json.dumps(as_values(report, documents, incidents), indent=2)


def as_values(report: Report, documents: Sequence[Document], incidents: Sequence[Document]) -> dict[str, Any]:
    """The same as plain values."""
    told = {_key(each, pod): each for each in documents for pod in each.where.pods}
    return {
        "schema": SCHEMA,
        "cluster": report.cluster,
        "observed_at": report.observed_at,
        "failures": [_failure(each, told) for each in report.diagnoses],
        "incidents": [_incident(each, words) for each, words in zip(report.incidents, incidents, strict=True)],
        "unchecked": [{"what": what, "why": why} for what, why, _ in report.unchecked],
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
        ),
    }
