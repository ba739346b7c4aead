"""The JSON that programs read: exactly the documented shape, ASCII, without secrets."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest

from bot.cli import output
from bot.facts.testimony import Asked
from bot.facts.verdict import Confidence, Report, Verdict
from bot.rendering import compose
from bot.rendering.voice import Voice
from tests import reports


def _values(found: Report) -> dict[str, Any]:
    voice = Voice(reports.catalog())
    documents, incidents = compose.documents(found, voice), compose.incident_documents(found, voice)
    values: dict[str, Any] = json.loads(
        json.dumps(output.as_values(found, documents, incidents, voice.answer))
    )
    jsonschema.validate(values, output.schema())
    return values


def test_json_is_the_documented_shape() -> None:
    """Field for field as the product page has it."""
    assert _values(reports.report(reports.diagnosis())) == {
        "schema": "imagepull/v1",
        "cluster": "prod-eu",
        "observed_at": "2026-03-01T14:20:00+00:00",
        "failures": [
            {
                "namespace": "shop",
                "pod": "web-1",
                "workload": "Deployment/web",
                "node": "node-a",
                "container": "web",
                "container_kind": "main",
                "image": reports.IMAGE,
                "reason": "ImagePullBackOff",
                "message": reports.MESSAGE,
                "symptom": "manifest-not-found",
                "verdict": {
                    "cause": "wrong-tag",
                    "confidence": "high",
                    "summary": "The tag 1.4 does not exist in registry.corp.example/shop/web",
                    "evidence": [
                        {
                            "check": check,
                            "answer": answer,
                            "summary": summary,
                            "source": source,
                            "why_unknown": None,
                        }
                        for check, answer, summary, source in (
                            ("image-ran-before", "no", "It never ran here", "history"),
                            ("manifest-exists", "no", "The registry has no such tag", "registry"),
                            ("repository-exists", "yes", "The repository is there", "registry"),
                            ("similar-tag-exists", "yes", "There is 1.3", "registry"),
                        )
                    ],
                    "ruled_out": [{"cause": "image-removed", "by": "image-ran-before"}],
                    "possible": [],
                },
                "remedies": [
                    {
                        "action": "set-image",
                        "disposition": "needs-approval",
                        "summary": "Point Deployment/web at an image that exists.",
                    },
                    {"action": "manual", "disposition": "manual", "summary": "A person has to do this."},
                ],
            }
        ],
        "incidents": [
            {
                "cause": "wrong-tag",
                "scope": "workload",
                "confidence": "high",
                "where": {"namespace": "shop", "workload": "Deployment/web", "node": None, "registry": None},
                "pods": ["shop/web-1"],
                "workloads": 1,
                "summary": "The tag 1.4 does not exist in registry.corp.example/shop/web",
            }
        ],
        "unchecked": [{"what": "secrets in shop", "why": "forbidden"}],
        "asked": [],
    }


def test_json_counts_what_registries_were_asked() -> None:
    """How often, what their budget is, and until when one is left alone."""
    until = datetime(2026, 3, 1, 15, 0, tzinfo=UTC)
    counts = (Asked("docker.io", 2, 9, "20/m"), Asked("registry.corp.example", 4, 4, "60/h", until))
    assert _values(reports.report(asked=counts))["asked"] == [
        {"registry": "docker.io", "questions": 2, "last_hour": 9, "budget": "20/m", "left_alone_until": None},
        {
            "registry": "registry.corp.example",
            "questions": 4,
            "last_hour": 4,
            "budget": "60/h",
            "left_alone_until": "2026-03-01T15:00:00Z",
        },
    ]


def test_unknown_answers_and_unknown_causes_are_null() -> None:
    """Null, not an empty text; an unknown answer says why."""
    values = _values(reports.report(reports.diagnosis(judged=reports.unproven())))
    assert values["failures"][0]["verdict"]["evidence"][1]["why_unknown"] == "the registry was not asked"
    assert values["failures"][0]["verdict"]["possible"] == ["image-removed"]
    lost = _values(reports.report(reports.diagnosis(judged=Verdict(None, Confidence.LOW, ()), node="")))
    assert lost["failures"][0]["verdict"]["cause"] is None
    assert lost["failures"][0]["node"] is None
    assert lost["incidents"][0]["cause"] is None


def test_every_failure_has_its_own_answers() -> None:
    """Replicas share words about the cause; what was answered about each stays its own."""
    two = [reports.diagnosis("web-1"), reports.diagnosis("web-2", judged=reports.verdict("1.5"))]
    failures = _values(reports.report(*two))["failures"]
    assert [each["verdict"]["evidence"][3]["summary"] for each in failures] == [
        "There is 1.3",
        "There is 1.5",
    ]


@pytest.mark.attack(31, "JSON")
def test_nothing_secret_gets_out() -> None:
    """Credentials in messages and images are redacted here, too."""
    message = "Get https://user:hunter2@registry/v2/?X-Amz-Signature=canary: denied"
    found = reports.report(reports.diagnosis(message=message, image="https://user:hunter2@host/x"))
    text = json.dumps(_values(found))
    assert "hunter2" not in text
    assert "canary" not in text
    assert "denied" in text


def test_hostile_names_do_not_break_it() -> None:
    """Escapes are JSON's own; each failure still finds its words."""
    hostile = 'x"}\x1b[2J\u202e\n'
    values = _values(reports.report(reports.diagnosis(f"p{hostile}", image=f"i{hostile}")))
    assert values["failures"][0]["pod"] == f"p{hostile}"


def test_empty_report_is_valid() -> None:
    """A healthy cluster is an answer."""
    assert _values(reports.report())["failures"] == []


@pytest.mark.parametrize("change", [{"schema": "imagepull/v2"}, {"more": 1}, {"failures": [{}]}])
def test_schema_refuses_what_is_not_promised(change: dict[str, Any]) -> None:
    """It is strict enough to notice a change."""
    values = {**_values(reports.report()), **change}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(values, output.schema())


def test_schema_is_a_schema() -> None:
    """Of the dialect it names."""
    jsonschema.Draft202012Validator.check_schema(output.schema())


def test_incidents_and_documents_belong_together() -> None:
    """A mix-up is an error, not a wrong sentence."""
    found = reports.report(reports.diagnosis())
    with pytest.raises(ValueError, match="zip"):
        output.as_values(replace(found), compose.documents(found, Voice(reports.catalog())), (), lambda _: ())
