"""The JSON of ``check``: what was found and what is wrong with the files in, ``imagepull-check/v1`` out.

Stable: pipelines read this. :func:`schema` describes it; fields are only ever added.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

from bot.cli import schemas
from bot.cli.schemas import COUNT, TEXT, TEXT_OR_NULL, asked_values, list_of, object_of, one_of, whole
from bot.facts.evidence import Answer, Evidence, Witness
from bot.facts.objects import ContainerKind
from bot.facts.precheck import Forecast, Landing, Manifests, Outcome, Precheck
from bot.facts.redaction import redact
from bot.facts.text import Text, plain


SCHEMA = "imagepull-check/v1"

Say = Callable[[Evidence], Text]
Row = tuple[str, str, str]


def as_values(found: Precheck, manifests: Manifests, unchecked: list[Row], say: Say) -> dict[str, Any]:
    """The same as plain values."""
    counts = Counter(each.outcome for each in found.forecasts)
    return {
        "schema": SCHEMA,
        "cluster": found.cluster or None,
        "observed_at": found.observed_at,
        "counts": {str(outcome): counts[outcome] for outcome in Outcome},
        "images": [_image(each, say) for each in found.forecasts],
        "skipped": [
            {"file": redact(each.source), "kind": redact(each.kind), "name": redact(each.name)}
            for each in manifests.skipped
        ],
        "problems": [
            {"file": redact(each.source), "why": redact(each.why), "hint": redact(each.hint)}
            for each in manifests.problems
        ],
        "unchecked": [
            {"what": redact(what), "why": redact(why), "would_answer": redact(remedy) or None}
            for what, why, remedy in unchecked
        ],
        "asked": [asked_values(each) for each in found.asked],
    }


def nearest(forecast: Forecast) -> str:
    """The existing image that was most likely meant; "" when none is known."""
    similar, reference = forecast.answer("similar-tag-exists"), forecast.reference
    if similar is None or reference is None or similar.answer is not Answer.YES:
        return ""
    tag = similar.details.get("tag", "")  # there for a digest: what its tag leads to now
    there = similar.details.get("nearest", "")
    tail = f"{':' + tag if tag else ''}@{there}" if reference.digest else f":{there}"
    return reference.spelled.partition("@")[0].removesuffix(f":{reference.tag}") + tail if there else ""


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of what :func:`as_values` gives."""
    return whole(
        SCHEMA,
        cluster=TEXT_OR_NULL,
        observed_at=TEXT,
        counts=object_of(**{str(outcome): COUNT for outcome in Outcome}),
        images=list_of(_image_schema()),
        skipped=list_of(object_of(file=TEXT, kind=TEXT, name=TEXT)),
        problems=list_of(object_of(file=TEXT, why=TEXT, hint=TEXT)),
        unchecked=list_of(object_of(what=TEXT, why=TEXT, would_answer=TEXT_OR_NULL)),
        asked=schemas.asked(),
    )


def _image(forecast: Forecast, say: Say) -> dict[str, Any]:
    planned = forecast.planned
    return {
        "file": redact(planned.source),
        "namespace": redact(planned.namespace),
        "workload": redact(str(planned)),
        "image": redact(forecast.image),
        "containers": [{"name": redact(each.name), "kind": str(each.kind)} for each in forecast.containers],
        "pull_secrets": [redact(each) for each in forecast.pull_secrets],
        "verdict": str(forecast.outcome),
        "decisive": list(forecast.decisive),
        "missing": list(forecast.missing),
        "nearest": redact(nearest(forecast)) or None,
        "platforms": [_landing(each, say) for each in forecast.landings],
        "evidence": [_evidence(each, say) for each in forecast.evidence],
    }


def _landing(landing: Landing, say: Say) -> dict[str, Any]:
    return {
        "platform": str(landing.platform) if landing.platform else None,
        "nodes": [redact(each) for each in landing.nodes],
        "answer": str(landing.answer),
        "evidence": [_evidence(each, say) for each in landing.evidence],
    }


def _evidence(each: Evidence, say: Say) -> dict[str, Any]:
    return {
        "check": each.check,
        "answer": str(each.answer),
        "summary": plain(say(each)),
        "source": str(each.source),
        "why_unknown": redact(each.why_unknown) or None,
        "would_answer": redact(each.would_answer) or None,
    }


def _image_schema() -> dict[str, Any]:
    evidence = object_of(
        check=TEXT,
        answer=one_of(Answer),
        summary=TEXT,
        source=one_of(Witness),
        why_unknown=TEXT_OR_NULL,
        would_answer=TEXT_OR_NULL,
    )
    landing = object_of(
        platform=TEXT_OR_NULL, nodes=list_of(TEXT), answer=one_of(Answer), evidence=list_of(evidence)
    )
    return object_of(
        file=TEXT,
        namespace=TEXT,
        workload=TEXT,
        image=TEXT,
        containers=list_of(object_of(name=TEXT, kind=one_of(ContainerKind))),
        pull_secrets=list_of(TEXT),
        verdict=one_of(Outcome),
        decisive=list_of(TEXT),
        missing=list_of(TEXT),
        nearest=TEXT_OR_NULL,
        platforms=list_of(landing),
        evidence=list_of(evidence),
    )
