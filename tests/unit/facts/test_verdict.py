"""The cause that the evidence proves."""

from bot.facts.cause import Scope
from bot.facts.evidence import Answer, Evidence, Witness
from bot.facts.verdict import Confidence, Incident, Place, Verdict
from tests import reports


def test_verdict_finds_its_evidence() -> None:
    """The answer of a check, or None when it was not asked."""
    evidence = Evidence("secret-exists", Answer.NO, Witness.CLUSTER)
    verdict = Verdict("x", Confidence.HIGH, (evidence,))
    assert verdict.answer("secret-exists") is evidence
    assert verdict.answer("manifest-exists") is None


def test_incident_counts_pods_and_workloads_once() -> None:
    """Two containers of one pod are one pod, and twenty replicas one workload."""
    diagnoses = (reports.diagnosis("web-2"), reports.diagnosis("web-1"), reports.diagnosis("web-1"))
    incident = Incident(
        "wrong-tag", Place(Scope.WORKLOAD, "shop", "Deployment/web"), Confidence.HIGH, diagnoses
    )
    assert incident.pods == ("shop/web-1", "shop/web-2")
    assert incident.workloads == 1
